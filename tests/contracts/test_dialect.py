"""What every HTTP dialect must do, whatever its words: answer each refusal, name each state, survive bad input."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from chappe.app.registry import http_dialects
from chappe.dialect_kit.contract import Dialect, PlainAsk, SubmitAsk
from chappe.domain.address import Address
from chappe.domain.ids import IdRenderer
from chappe.domain.refusal import Reason, Refusal, Refused
from chappe.domain.report import IncomingNotice, ReportOn
from chappe.domain.state import FINAL, State
from chappe.protocols.http.messages import HttpRequest
from dialects.http_rig import NOW, Rig
from dialects.well_formed import WELL_FORMED
from making import message, notice, webhook

DIALECTS = http_dialects()
RENDERER = IdRenderer(b"k" * 32)
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")


@pytest.fixture(params=sorted(DIALECTS))
def dialect(request: pytest.FixtureRequest) -> Dialect:
    found: Dialect = DIALECTS[request.param]
    return found


def is_clean(body: bytes) -> bool:
    return b"Traceback" not in body and b'File "' not in body and b"0x7f" not in body


def asked(dialect: Dialect) -> list[tuple[str, str]]:
    return [(method, endpoint.path) for endpoint in dialect.endpoints for method in endpoint.methods]


@pytest.mark.parametrize("reason", list(Reason))
def test_each_refusal_has_an_answer(dialect: Dialect, reason: Reason) -> None:
    request = HttpRequest("GET", "/", b"", (), b"", "192.0.2.1", NOW)
    for endpoint in dialect.endpoints:
        ask = _ask_of(endpoint.parse, request)
        if ask is None:
            continue
        response = endpoint.render(ask, Refusal(reason, "it", "because"), RENDERER)
        assert 400 <= response.status < 600 or response.body
        assert is_clean(response.body)


@pytest.mark.parametrize("reason", list(Reason))
async def test_a_client_is_told_of_each_refusal(dialect: Dialect, reason: Reason) -> None:
    rig = Rig(dialect)

    async def refused(*_: object, **__: object) -> None:
        raise Refused(Refusal(reason, "it", "because"))

    rig.submit.prepared = refused  # type: ignore[method-assign, assignment]
    request = WELL_FORMED[dialect.name]
    response = await rig.ask(
        request.target, method=request.method, body=request.body, headers=dict(request.headers)
    )
    assert response.status >= 400 or response.body
    assert is_clean(response.body)
    assert rig.faults == []


def _ask_of(parse: Callable[[HttpRequest], object], request: HttpRequest) -> SubmitAsk | None:
    """An ask that the endpoint's renderer takes; None for an endpoint that asks nothing of the core."""
    login = b"username=acme&password=acme-pass&to=31612345678&content=x"
    for query in (
        login,
        b"username=acme&password=acme-pass",
        b"username=acme&password=acme-pass&to=31612345678",
    ):
        try:
            ask = parse(msgspec.structs.replace(request, query=query))
        except Exception:  # noqa: BLE001 - whichever of the three the endpoint understands will do
            continue
        if not isinstance(ask, PlainAsk):
            return ask  # type: ignore[return-value]
    return None


@pytest.mark.parametrize("state", sorted(FINAL))
@pytest.mark.parametrize("event", [ReportOn.SMSC, ReportOn.SUCCESS, ReportOn.FAILURE, ReportOn.INTERMEDIATE])
def test_each_state_has_a_callback(dialect: Dialect, state: State, event: ReportOn) -> None:
    of = message(report=webhook(event, WELL_FORMED[dialect.name].told_at))
    call = dialect.writer(RENDERER).write(notice(of, event, state=state))
    assert call.method in ("GET", "POST")
    assert call.url.startswith(of.report.target.partition("[")[0])
    whole = (call.url.encode() + call.body).decode()
    assert any(form in whole for form in (RENDERER.uuid(of.id), RENDERER.decimal(of.id), str(of.id)))
    for name, value in call.headers:
        assert (name + value).isprintable()


def test_texts_cannot_break_out_of_a_callback(dialect: Dialect) -> None:
    of = message(report=webhook(ReportOn.SUCCESS))
    evil = "a&b=c\r\nX-Evil: 1 \x00 é 😀"
    written = notice(of, text=evil, error=evil, smsc_id=evil, connector="op", done_date=evil)
    call = dialect.writer(RENDERER).write(written)
    whole = call.url.encode() + call.body
    assert b"\r" not in whole
    assert b"\n" not in whole
    # In a JSON body a line of a header is a text like any other: what matters is that it stays in its quotes.
    is_json = any(
        value.startswith("application/json") for name, value in call.headers if name == "Content-Type"
    )
    if is_json:
        assert msgspec.json.decode(call.body)
    assert b"X-Evil: 1" not in (call.url.encode() if is_json else whole)


def test_an_mo_has_a_callback(dialect: Dialect) -> None:
    mo = IncomingNotice(
        7, "acme", webhook(), Address("31612345678"), Address("1234"), "op", None, b"\x00\xff", 4, NOW
    )
    call = dialect.writer(RENDERER).write(mo)
    assert b"31612345678" in call.url.encode() + call.body


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe\x00", b"{", b"[" * 1000 + b"]" * 1000, b"x" * 1_000_000, b"\x00" * 100]
)
@pytest.mark.parametrize(
    "content_type", ["", "application/json", "application/x-www-form-urlencoded", "text/xml", "é"]
)
async def test_any_body_gets_an_answer_of_the_dialect(
    dialect: Dialect, body: bytes, content_type: str
) -> None:
    rig = Rig(dialect)
    headers = [(b"content-type", content_type.encode("latin-1"))] if content_type else []
    for method, path in asked(dialect):
        response = await rig.serve.answer(HttpRequest(method, path, b"", headers, body, "192.0.2.1", NOW))
        assert response.status != 500
        assert is_clean(response.body)
    assert rig.faults == []
    assert await rig.stored() == []


@pytest.mark.parametrize("method", METHODS)
async def test_any_verb_gets_an_answer(dialect: Dialect, method: str) -> None:
    rig = Rig(dialect)
    for endpoint in dialect.endpoints:
        response = await rig.serve.answer(HttpRequest(method, endpoint.path, b"", (), b"", "192.0.2.1", NOW))
        assert is_clean(response.body)
    assert rig.faults == []


@pytest.mark.parametrize(
    "query", [b"%", b"%zz", b"a" * 60_000, b"&" * 5_000, b"a=1&" * 2_000, b"to=%00", b"=", b"%F0%9F=1"]
)
async def test_any_query_gets_an_answer(dialect: Dialect, query: bytes) -> None:
    rig = Rig(dialect)
    for method, path in asked(dialect):
        usual = await rig.serve.answer(HttpRequest(method, path, b"", (), b"", "192.0.2.1", NOW))
        response = await rig.serve.answer(HttpRequest(method, path, query, (), b"", "192.0.2.1", NOW))
        assert is_clean(response.body)
        assert len(response.body) < len(usual.body) + 5_000
    assert rig.faults == []


async def test_a_fault_of_ours_gets_the_dialects_answer_and_is_told(dialect: Dialect) -> None:
    rig = Rig(dialect)

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    rig.store.accept = broken  # type: ignore[method-assign, assignment]
    assert dialect.name in WELL_FORMED, (
        "name a request that this dialect takes in tests/dialects/well_formed.py"
    )
    request = WELL_FORMED[dialect.name]
    response = await rig.ask(
        request.target, method=request.method, body=request.body, headers=dict(request.headers)
    )
    assert response.status >= 500
    assert b"secret" not in response.body
    assert len(rig.faults) == 1


async def test_an_unknown_path_is_not_found(dialect: Dialect) -> None:
    assert (await Rig(dialect).ask("/nothing-here")).status == 404
