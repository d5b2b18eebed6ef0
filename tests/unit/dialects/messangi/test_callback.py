"""Callbacks: MOs as a client in production reads them."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from chappe.dialects.messangi.callback import MessangiWriter
from chappe.domain.address import Address
from chappe.domain.ids import IdRenderer
from chappe.domain.report import IncomingNotice, ReportOn, ReportWish, Way
from chappe.domain.state import State
from making import NOW, message, notice, webhook

RENDERER = IdRenderer(b"k" * 32)
WRITER = MessangiWriter(RENDERER)


def mo(
    text: str | None, octets: bytes = b"", method: str = "POST", target: str = "http://c.example/mo"
) -> IncomingNotice:
    wish = ReportWish(Way.WEBHOOK, 0, "messangi", target, method)
    return IncomingNotice(7, "acme", wish, Address("316"), Address("2020"), "op", text, octets, 0, NOW)


@pytest.mark.parametrize("text", ["STOP", "a&b=c +%20", "Стоп 🚀", "line\r\nX: 1", ""])
def test_an_mo_is_mobile_and_mo(text: str) -> None:
    call = WRITER.write(mo(text))
    assert (call.method, call.url) == ("POST", "http://c.example/mo")
    assert ("Content-Type", "application/x-www-form-urlencoded") in call.headers
    assert parse_qsl(call.body.decode("ascii"), keep_blank_values=True) == [("mobile", "316"), ("mo", text)]


def test_by_get_it_stands_in_the_query() -> None:
    for target, joint in (("http://c.example/mo", "?"), ("http://c.example/mo?a=1#x", "&")):
        call = WRITER.write(mo("é", method="GET", target=target))
        assert (call.method, call.body) == ("GET", b"")
        assert call.url == f"{target.partition('#')[0]}{joint}mobile=316&mo=%C3%A9"


def test_octets_that_are_no_text_go_as_they_are() -> None:
    assert WRITER.write(mo(None, b"\x00\xff")).body == b"mobile=316&mo=%00%FF"


def test_any_2xx_takes_it() -> None:
    assert [WRITER.taken(status, b"x") for status in (199, 200, 204, 299, 300, 400, 500)] == [
        False, True, True, True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "word", "description"),
    [(State.DELIVERED, "DELIVERED_TO_DEVICE", "Delivered to Device"), (State.EXPIRED, "EXPIRED", "Expired")],
)
def test_statuses_by_the_vendors_words(state: State, word: str, description: str) -> None:
    of = message(report=msgspec.structs.replace(webhook(), method="GET"))
    call = WRITER.write(notice(of, ReportOn.SUCCESS, state=state))
    assert dict(parse_qsl(urlsplit(call.url).query)) == {
        "id": RENDERER.decimal(of.id),
        "mobile": of.destination.value,
        "from": of.source.value,
        "status": word,
        "statusDescription": description,
    }
