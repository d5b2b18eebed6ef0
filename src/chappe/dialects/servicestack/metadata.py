"""What the service tells of itself: `/metadata`, a page for each format, and types in several languages. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import escape
from types import MappingProxyType
from typing import Any, Final

import msgspec

from chappe.dialects.servicestack.datacontract import write_xml
from chappe.dialects.servicestack.dtos import (
    OPERATIONS,
    SEND,
    Dto,
    Member,
    Operation,
    Shape,
    plain,
    reachable,
)
from chappe.dialects.servicestack.faults import not_found
from chappe.dialects.servicestack.formats import Format
from chappe.dialects.servicestack.html_page import code, markup
from chappe.dialects.servicestack.jsv import write_jsv
from chappe.dialects.servicestack.routes import Call, Page
from chappe.dialects.servicestack.types_csharp import csharp
from chappe.dialects.servicestack.types_python import python
from chappe.dialects.servicestack.types_script import module, typescript
from chappe.dialects.servicestack.writing import html_answer, json_answer, text_answer
from chappe.protocols.http.forms import BadForm, parse_form
from chappe.protocols.http.messages import HttpRequest, HttpResponse

VERSION: Final = "6.110"
"""The version of ServiceStack whose conventions these are; clients that compare get one that they know."""

_HOST: Final = re.compile(r"[A-Za-z0-9.\-\[\]:]{1,255}")
_PLAIN_TEXT: Final = "text/plain; charset=utf-8"
_SCRIPT: Final = "text/javascript; charset=utf-8"

Language = Callable[[Operation, tuple[Dto, ...]], str]

LANGUAGES: Final[Mapping[str, tuple[Language, str]]] = MappingProxyType(
    {
        "typescript": (typescript, _PLAIN_TEXT),
        "mjs": (module, _SCRIPT),
        "python": (python, _PLAIN_TEXT),
        "csharp": (csharp, _PLAIN_TEXT),
    }
)
_TREE: Final = "metadata"


def page_of(request: HttpRequest, call: Call) -> HttpResponse:
    """The answer to a question about the service. Raises Faulty for one that there is nothing about."""
    if call.page is Page.METADATA:
        return _overview(call)
    if call.page is Page.OPERATION:
        return _operation(request, call)
    return _types(request, call)


def _overview(call: Call) -> HttpResponse:
    if call.style.format is not Format.HTML:
        return json_answer(described())
    rows = [
        {
            "Operation": operation.name,
            "Route": ", ".join(f"{operation.verb} {route}" for route in operation.routes),
            "Notes": operation.note,
            "Roles": ", ".join(operation.roles),
        }
        for operation in OPERATIONS.values()
    ]
    links = "".join(
        f'<li><a href="/{kind}/metadata?op={SEND.name}">{SEND.name} in {kind}</a></li>'
        for kind in ("json", "xml", "jsv", "csv")
    ) + "".join(f'<li><a href="/types/{name}">types: {name}</a></li>' for name in (*LANGUAGES, _TREE))
    return html_answer("Operations", f"{markup(rows)}<ul>{links}</ul>")


def _operation(request: HttpRequest, call: Call) -> HttpResponse:
    """The page of one operation in the format that the path names: its types and a sample of both directions."""
    asked = _query(request)
    operation = OPERATIONS.get(asked.get("op", SEND.name).lower())
    if operation is None:
        raise not_found(request.path)
    shape = call.hint or Format.JSON
    language = LANGUAGES.get(asked.get("lang", "mjs"))
    if language is None:
        raise not_found(request.path)
    sent, told = (_sample(dto, shape) for dto in (operation.request, operation.response))
    kind = f"application/{shape.value}" if shape in (Format.JSON, Format.XML) else f"text/{shape.value}"
    head = (
        f"{operation.verb} {operation.routes[0]} HTTP/1.1\nHost: {_host(request) or 'HOST'}\nAccept: {kind}"
    )
    roles = f"<p>Requires any of the roles: {', '.join(operation.roles)}</p>" if operation.roles else ""
    text = (
        f"{roles}<p>{escape(operation.note)}</p><h2>Types</h2>{code(language[0](operation, _ordered(operation)))}"
        "<p>To override the Content-type in your clients, use the HTTP Accept Header, append the "
        f".{shape.value} suffix or ?format={shape.value}</p><h2>Sample</h2>"
        + code(f"{head}\nContent-Type: {kind}\nContent-Length: length\n\n{sent}")
        + code(f"HTTP/1.1 200 OK\nContent-Type: {kind}\nContent-Length: length\n\n{told}")
    )
    return html_answer(operation.name, text)


def _sample(dto: Dto, shape: Format) -> str:
    values = sample_values(dto)
    if shape is Format.XML:
        return write_xml(dto, values).decode()
    tree = plain(dto, values, camel=dto.camel)
    return write_jsv(tree) if shape is Format.JSV else msgspec.json.encode(tree).decode()


def sample_values(dto: Dto) -> dict[str, Any]:
    """A value with the name of each member's type in its place."""
    found: dict[str, Any] = {}
    for member in dto.members:
        match member.shape:
            case Shape.FLAG:
                found[member.name] = False
            case Shape.OBJECT:
                assert member.of is not None
                found[member.name] = sample_values(member.of)
            case Shape.LIST:
                assert member.of is not None
                found[member.name] = [sample_values(member.of)]
            case Shape.TEXTS:
                found[member.name] = ["String"]
            case Shape.MAP:
                found[member.name] = {"String": "String"}
            case _:
                found[member.name] = "String"
    return found


def _types(request: HttpRequest, call: Call) -> HttpResponse:
    if not call.detail:
        links = "".join(f'<li><a href="/types/{name}">{name}</a></li>' for name in (*LANGUAGES, _TREE))
        return html_answer("Types", f"<ul>{links}</ul>")
    if call.detail == _TREE:
        return json_answer(described())
    found = LANGUAGES.get(call.detail)
    if found is None:
        raise not_found(request.path)
    write, content_type = found
    return text_answer(_head(request, call.detail) + write(SEND, _ordered(SEND)), content_type)


def _ordered(operation: Operation) -> tuple[Dto, ...]:
    """Every type, the request last: it speaks of the response."""
    others = [dto for dto in reachable(operation) if dto is not operation.request]
    return (*others, operation.request)


def _head(request: HttpRequest, language: str) -> str:
    """The comment by which tools of ServiceStack know where a file came from."""
    date = datetime.fromtimestamp(request.received_ms / 1000, UTC)
    scheme = "https" if request.secure else "http"
    host = _host(request)
    lines = (
        "Options:",
        f"Date: {date:%Y-%m-%d %H:%M:%S}",
        f"Version: {VERSION}",
        "Tip: To override a DTO option, remove the comment prefix before updating",
        f"BaseUrl: {scheme}://{host}" if host else "BaseUrl:",
    )
    quotes = ('"""', '"""') if language == "python" else ("/*", "*/")
    return "{} {}\n{}\n\n".format(quotes[0], "\n".join(lines), quotes[1])


def _host(request: HttpRequest) -> str:
    host = request.header(b"host") or ""
    return host if _HOST.fullmatch(host) else ""


def _query(request: HttpRequest) -> dict[str, str]:
    try:
        return {name.lower(): value for name, value in parse_form(request.query)}
    except BadForm:
        return {}


def described() -> dict[str, Any]:
    """Operations and types as a tree, for generators that bring their own language."""
    types = {dto.name: dto for operation in OPERATIONS.values() for dto in reachable(operation)}
    asked = {operation.request.name for operation in OPERATIONS.values()}
    return {
        "config": {"baseUrl": "", "addReturnMarker": True, "usePath": "/types"},
        "types": [_type(dto) for dto in types.values() if dto.name not in asked],
        "operations": [
            {
                "request": _type(operation.request),
                "response": _type(operation.response),
                "actions": [operation.verb],
                "returnsVoid": False,
                "method": operation.verb,
                "returnType": {"name": operation.response.name},
                "routes": [{"path": route, "verbs": operation.verb} for route in operation.routes],
                "notes": operation.note,
                "requiresAuth": bool(operation.roles),
                "requiresAnyRole": list(operation.roles),
            }
            for operation in OPERATIONS.values()
        ],
    }


def _type(dto: Dto) -> dict[str, Any]:
    return {
        "name": dto.name,
        "namespace": dto.space.rpartition("/")[2],
        "properties": [
            {
                "name": member.name,
                **_clr(member),
                "isRequired": member.required,
                **({"description": member.note} if member.note else {}),
            }
            for member in dto.members
        ],
    }


def _clr(member: Member) -> dict[str, Any]:
    """A member's type as .NET calls it."""
    lists = "System.Collections.Generic"
    match member.shape:
        case Shape.FLAG:
            return {"type": "Boolean", "namespace": "System", "isValueType": True}
        case Shape.LIST | Shape.TEXTS:
            of = member.of.name if member.of is not None else "String"
            return {"type": "List`1", "namespace": lists, "genericArgs": [of]}
        case Shape.OBJECT:
            assert member.of is not None
            return {"type": member.of.name, "namespace": member.of.space.rpartition("/")[2]}
        case Shape.MAP:
            return {"type": "Dictionary`2", "namespace": lists, "genericArgs": ["String", "String"]}
        case _:
            return {"type": "String", "namespace": "System"}
