"""What came of an ask, in each of its shapes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chappe.dialect_kit.contract import PlainAsk
from chappe.dialects.servicestack.faults import not_empty
from chappe.dialects.servicestack.parse import ServiceAsk, parse
from chappe.dialects.servicestack.render import fault, render, wrong_method
from chappe.dialects.servicestack.signing_in import Signed
from chappe.domain.ids import IdRenderer
from chappe.domain.refusal import Reason, Refusal
from chappe.protocols.http.messages import HttpRequest, HttpResponse

RENDERER = IdRenderer(b"k" * 32)
DONE = [{"messages": [{"accepted": True}]}]


def rendered(path: str, outcome: Any) -> HttpResponse:
    ask = parse(HttpRequest("POST", path, b"", [], b"", "192.0.2.1", 0))
    assert isinstance(ask, ServiceAsk)
    return render(ask, outcome, RENDERER)


@pytest.mark.parametrize(
    ("path", "outcome", "status", "body"),
    [
        ("/api/SendSMPPSmsRequest", DONE, 200, b'{"messages":[{"accepted":true}]}'),
        ("/api/SendSMPPSmsRequest[]", DONE, 200, b'[{"messages":[{"accepted":true}]}]'),
        ("/json/oneway/SendSMPPSmsRequest", DONE, 204, b""),
        ("/auth", Signed({"UserId": "u"}), 200, b'{"userId":"u"}'),
        ("/json/oneway/Authenticate", Signed({"UserId": "u"}), 204, b""),
        ("/jsv/reply/SendSMPPSmsRequest", Refusal(Reason.STORE_BUSY), 503, b"{ResponseStatus:{ErrorCode:ServiceUnavailable,Message:The service is overloaded}}"),
    ],
)  # fmt: skip
def test_outcomes(path: str, outcome: Any, status: int, body: bytes) -> None:
    response = rendered(path, outcome)
    assert (response.status, response.body) == (status, body)


def test_faults() -> None:
    assert rendered("/api/SendSMPPSmsRequest", not_empty("Messages")).status == 400
    ready = HttpResponse(204)
    assert render(PlainAsk(ready), None, RENDERER) is ready
    request = HttpRequest("BREW", "/api/x", b"", [], b"", "192.0.2.1", 0)
    assert json.loads(fault(request).body)["responseStatus"]["errorCode"] == "InternalServerError"
    assert wrong_method(request).status == 405
