"""What writers of notices may ask."""

from __future__ import annotations

from chappe.dialect_kit.contract import Dialect
from chappe.dialect_kit.telling import Telling, untold
from chappe.domain.error_table import STANDARD, ErrorMap, ErrorTable
from chappe.domain.ids import IdRenderer
from chappe.domain.state import State
from chappe.ports.carrier import HttpCall, NoticeWriter
from chappe.protocols.http.messages import HttpResponse
from making import message, notice

RENDERER = IdRenderer(b"k" * 32)


def test_errors_are_read_by_the_tables_as_they_are_now() -> None:
    tables = [ErrorTable()]
    telling = Telling(RENDERER, lambda: tables[-1], lambda number: number[:2], lambda: 5)
    told = notice(message(), state=State.UNDELIVERED, error="7", connector="op")
    assert telling.error_of(told) is STANDARD[5]
    tables.append(ErrorTable([ErrorMap(connector="op", errors={"7": 24})]))
    assert telling.error_of(told) is STANDARD[24]
    assert telling.network(told) == "31"
    assert telling.network(notice(message(), network="20801")) == "20801"


def test_without_tables_what_is_known_by_itself_is_told() -> None:
    telling = untold(RENDERER)
    told = notice(message(), state=State.EXPIRED)
    assert telling.error_of(told) is STANDARD[8]
    assert (telling.network(told), telling.now_ms()) == ("", 0)


class Writer:
    def __init__(self, who: object) -> None:
        self.who = who

    def write(self, _notice: object) -> HttpCall:
        return HttpCall("GET", "http://client.example/")

    def taken(self, _status: int, _body: bytes) -> bool:
        return True


def test_a_dialects_writers_are_made_with_it() -> None:
    def make(telling: Telling) -> NoticeWriter:
        return Writer(telling)

    dialect = Dialect(
        name="d",
        endpoints=(),
        writer=Writer,
        wrong_method=lambda _: HttpResponse(405),
        fault=lambda _: HttpResponse(500),
        telling_writers={"d-told": make},
    )
    telling = untold(RENDERER)
    made = dialect.writers(RENDERER, telling)
    assert set(made) == {"d", "d-told"}
    assert made["d-told"].who is telling  # type: ignore[attr-defined]
    assert set(dialect.writers(RENDERER)) == {"d", "d-told"}
