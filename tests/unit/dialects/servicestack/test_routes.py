"""Paths of this service and of ServiceStack to calls."""

from __future__ import annotations

import pytest

from chappe.dialects.servicestack.dtos import REFRESH, SEND, SIGN_IN, Operation
from chappe.dialects.servicestack.faults import Faulty
from chappe.dialects.servicestack.formats import Format
from chappe.dialects.servicestack.routes import Page, call_of, style_of
from chappe.protocols.http.messages import HttpRequest


def request(path: str, query: bytes = b"", accept: str = "*/*") -> HttpRequest:
    return HttpRequest("POST", path, query, [(b"accept", accept.encode())], b"", "192.0.2.1", 0)


@pytest.mark.row("003-002")
@pytest.mark.row("003-020")
@pytest.mark.row("003-022")
@pytest.mark.parametrize(
    ("path", "operation", "shape", "flags"),
    [
        ("/communication/message/smpp/sms", SEND, Format.JSON, "own"),
        ("/communication/message/smpp/sms/", SEND, Format.JSON, "own"),
        ("/Communication/Message/SMPP/SMS", SEND, Format.JSON, "own"),
        ("/communication/message/smpp/sms.xml", SEND, Format.XML, "own"),
        ("/communication/message/smpp/sms.JSON", SEND, Format.JSON, "own"),
        ("/communication/message/smpp/sms.csv", SEND, Format.CSV, "own"),
        ("/api/SendSMPPSmsRequest", SEND, Format.JSON, "loose"),
        ("/api/sendsmppsmsrequest.jsv", SEND, Format.JSV, "loose"),
        ("/api/SendSMPPSmsRequest[]", SEND, Format.JSON, "loose batch"),
        ("/api/SendSMPPSmsRequest[].xml", SEND, Format.XML, "loose batch"),
        ("/json/reply/SendSMPPSmsRequest", SEND, Format.JSON, ""),
        ("/XML/Reply/SendSMPPSmsRequest", SEND, Format.XML, ""),
        ("/jsv/reply/SendSMPPSmsRequest", SEND, Format.JSV, ""),
        ("/csv/reply/SendSMPPSmsRequest", SEND, Format.CSV, ""),
        ("/html/reply/SendSMPPSmsRequest", SEND, Format.HTML, ""),
        ("/json/oneway/SendSMPPSmsRequest", SEND, Format.JSON, "one_way"),
        ("/xml/oneway/SendSMPPSmsRequest[]", SEND, Format.XML, "one_way batch"),
        ("/auth", SIGN_IN, Format.JSON, ""),
        ("/auth/credentials", SIGN_IN, Format.JSON, ""),
        ("/authenticate/logout", SIGN_IN, Format.JSON, ""),
        ("/api/Authenticate", SIGN_IN, Format.JSON, "loose"),
        ("/json/reply/Authenticate", SIGN_IN, Format.JSON, ""),
        ("/access-token", REFRESH, Format.JSON, "loose"),
        ("/api/GetAccessToken", REFRESH, Format.JSON, "loose"),
    ],
)
def test_operations(path: str, operation: Operation, shape: Format, flags: str) -> None:
    call = call_of(request(path))
    assert (call.operation, call.style.format, call.page) == (operation, shape, None)
    assert {name for name in ("own", "one_way", "batch", "loose") if getattr(call, name)} == set(
        flags.split()
    )


@pytest.mark.parametrize(
    ("path", "page", "detail"),
    [
        ("/metadata", Page.METADATA, ""),
        ("/types", Page.TYPES, ""),
        ("/types/TypeScript", Page.TYPES, "typescript"),
        ("/xml/metadata", Page.OPERATION, ""),
        ("/auth/github", None, "github"),
    ],
)
def test_pages_and_what_they_are_about(path: str, page: Page | None, detail: str) -> None:
    call = call_of(request(path))
    assert (call.page, call.detail) == (page, detail)


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/communication", "/communication/message/sms", "/communication/message/smpp/sms/1"),
        *("/api", "/api/Nothing", "/api/SendSMPPSmsRequest/x", "/api/Authenticate[]", "/api/[]", "/api/.xml"),
        *("/json/reply", "/json/other/SendSMPPSmsRequest", "/json/reply/SendSMPPSmsRequest/x", "/yaml/reply/SendSMPPSmsRequest"),
        *("/api/reply/SendSMPPSmsRequest", "/types/a/b", "/auth/a/b", "/json/SendSMPPSmsRequest", "/metadata/x"),
    ],
)  # fmt: skip
def test_paths_that_lead_nowhere(path: str) -> None:
    with pytest.raises(Faulty) as refused:
        call_of(request(path))
    assert refused.value.fault.status == 404


@pytest.mark.row("003-021")
@pytest.mark.row("003-022")
def test_the_query_goes_before_the_path_and_the_path_before_accept() -> None:
    path = "/communication/message/smpp/sms"
    assert call_of(request(path, b"format=xml", "application/json")).style.format is Format.XML
    assert call_of(request(path, b"format=json", "application/xml")).style.format is Format.JSON
    assert call_of(request(f"{path}.xml", b"format=jsv")).style.format is Format.JSV
    assert call_of(request(f"{path}.xml", b"", "application/json")).style.format is Format.XML
    assert call_of(request("/csv/reply/SendSMPPSmsRequest", b"", "text/html")).style.format is Format.CSV


@pytest.mark.parametrize(("query", "status"), [(b"format=yaml", 406), (b"a=%ff", 400), (b"a&" * 2_000, 400)])
def test_queries_that_cannot_be_followed(query: bytes, status: int) -> None:
    asked = request("/api/SendSMPPSmsRequest", query, "application/xml")
    with pytest.raises(Faulty) as refused:
        call_of(asked)
    assert refused.value.fault.status == status
    assert style_of(asked).format is Format.XML
