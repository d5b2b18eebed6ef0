"""Verbs, and faults before anything is asked of the core."""

from __future__ import annotations

import pytest

from chappe.dialect_kit.contract import ActAsk, BadRequest, PlainAsk
from chappe.dialects.servicestack.parse import VERBS, ServiceAsk, parse
from chappe.protocols.http.messages import HttpRequest

ROUTE = "/communication/message/smpp/sms"


def request(method: str, path: str, body: bytes = b"", accept: str = "*/*") -> HttpRequest:
    return HttpRequest(method, path, b"", [(b"accept", accept.encode())], body, "192.0.2.1", 0)


@pytest.mark.parametrize("path", ["/api/SendSMPPSmsRequest", "/json/reply/SendSMPPSmsRequest", "/auth"])
@pytest.mark.parametrize("method", VERBS)
def test_routes_of_the_framework_take_any_verb(method: str, path: str) -> None:
    ask = parse(request(method, path))
    if method == "OPTIONS":
        assert isinstance(ask, PlainAsk)
        assert dict(ask.response.headers)["Allow"] == ", ".join(VERBS)
    else:
        assert isinstance(ask, ServiceAsk)
        assert isinstance(ask, ActAsk)
        assert ask.credentials is None


@pytest.mark.row("003-002")
@pytest.mark.parametrize("method", VERBS)
def test_the_services_own_route_takes_post(method: str) -> None:
    if method == "POST":
        assert isinstance(parse(request(method, ROUTE)), ServiceAsk)
    elif method == "OPTIONS":
        assert parse(request(method, ROUTE)).response.status == 204  # type: ignore[union-attr]
    else:
        with pytest.raises(BadRequest) as refused:
            parse(request(method, ROUTE))
        response = refused.value.response
        assert (response.status, dict(response.headers)["Allow"]) == (405, "POST, OPTIONS")


@pytest.mark.parametrize(
    ("path", "root"),
    [(f"{ROUTE}.xml", b"<SMPPMsgResponse "), ("/api/Nothing.xml", b"<ErrorResponse ")],
)
def test_a_fault_is_told_in_the_format_that_was_asked_for(path: str, root: bytes) -> None:
    with pytest.raises(BadRequest) as refused:
        parse(request("POST", path, b"{", "application/xml"))
    assert root in refused.value.response.body
