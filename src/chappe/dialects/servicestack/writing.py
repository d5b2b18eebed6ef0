"""Values and faults as responses, in whichever format a call is answered. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from chappe.dialects.servicestack.csv_text import write_csv
from chappe.dialects.servicestack.datacontract import write_xml, write_xml_list
from chappe.dialects.servicestack.dtos import ERROR_RESPONSE, RESPONSE_STATUS, Operation, Values, plain
from chappe.dialects.servicestack.faults import Fault
from chappe.dialects.servicestack.formats import Format
from chappe.dialects.servicestack.html_page import markup, page
from chappe.dialects.servicestack.jsv import write_jsv
from chappe.protocols.http.messages import Headers, HttpResponse

JSON_TYPE: Final = "application/json; charset=utf-8"
HTML_TYPE: Final = "text/html; charset=utf-8"
COMMON: Final = (("Vary", "Accept"), ("X-Content-Type-Options", "nosniff"))
_NO_STORE: Final = (("Cache-Control", "no-store"),)
_GUARD: Final = (("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),)


class Style(msgspec.Struct, frozen=True, gc=False):
    """How a call is answered: its format, and which of its two names JSV goes by."""

    format: Format = Format.JSON
    jsv: str = "text/jsv"


def answer(operation: Operation, values: Values, style: Style, headers: Headers = ()) -> HttpResponse:
    """The response to a call that succeeded."""
    dto = operation.response
    match style.format:
        case Format.XML:
            return _response(200, write_xml(dto, values), "application/xml", headers)
        case Format.CSV:
            name = (("Content-Disposition", f'attachment; filename="{operation.name}.csv"'),)
            return _response(
                200, write_csv(dto, values).encode("utf-8", "replace"), "text/csv", (*name, *headers)
            )
        case _:
            return _tree(200, operation.name, plain(dto, values, camel=dto.camel), style, headers)


def answers(
    operation: Operation, items: Sequence[Values], style: Style, headers: Headers = ()
) -> HttpResponse:
    """The response to several requests at once."""
    dto = operation.response
    if style.format is Format.XML:
        return _response(200, write_xml_list(dto, items), "application/xml", headers)
    if style.format is Format.CSV:
        text = "".join(write_csv(dto, each) for each in items)
        return _response(200, text.encode("utf-8", "replace"), "text/csv", headers)
    trees = [plain(dto, each, camel=dto.camel) for each in items]
    return _tree(200, operation.name, trees, style, headers)


def fault_answer(fault: Fault, style: Style, operation: Operation | None = None) -> HttpResponse:
    """The response to a call that failed.

    JSON says it twice: clients of ServiceStack's own look for small first letters, those generated from this
    service for the declared ones. XML says it in the operation's own response, which typed clients expect.
    """
    status = fault.values()
    headers = (*fault.headers, *_NO_STORE)
    if style.format is Format.XML:
        dto = operation.response if operation is not None else ERROR_RESPONSE
        octets = write_xml(dto, {"ResponseStatus": status})
        return _response(fault.status, octets, "application/xml", headers)
    declared = plain(RESPONSE_STATUS, status)
    if style.format is Format.CSV:
        octets = f"ErrorCode,Message\r\n{_row(fault.code)},{_row(fault.message)}\r\n".encode(
            "utf-8", "replace"
        )
        return _response(fault.status, octets, "text/csv", headers)
    tree: dict[str, Any] = {"ResponseStatus": declared}
    if style.format is Format.JSON:
        tree = {"responseStatus": plain(RESPONSE_STATUS, status, camel=True), **tree}
    name = f"{fault.status} {fault.code}" if style.format is Format.HTML else fault.code
    return _tree(fault.status, name, tree, style, headers)


def nothing(headers: Headers = ()) -> HttpResponse:
    """The response to a call that wants none."""
    return HttpResponse(204, b"", JSON_TYPE, (*COMMON, *headers))


def html_answer(title: str, inner: str) -> HttpResponse:
    """A page."""
    return _response(200, page(title, inner), HTML_TYPE, _GUARD)


def json_answer(tree: Any) -> HttpResponse:
    """A tree that is of no declared type."""
    return _response(200, msgspec.json.encode(tree), JSON_TYPE, ())


def text_answer(text: str, content_type: str) -> HttpResponse:
    """Code, for whoever fetches it."""
    return _response(200, text.encode(), content_type, ())


def _row(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _tree(status: int, title: str, tree: Any, style: Style, headers: Headers) -> HttpResponse:
    if style.format is Format.HTML:
        return _response(status, page(title, markup(tree)), HTML_TYPE, (*_GUARD, *headers))
    if style.format is Format.JSV:
        return _response(status, write_jsv(tree).encode("utf-8", "replace"), style.jsv, headers)
    return _response(status, msgspec.json.encode(tree), JSON_TYPE, headers)


def _response(status: int, octets: bytes, content_type: str, headers: Headers) -> HttpResponse:
    return HttpResponse(status, octets, content_type, (*COMMON, *headers))
