"""Which operation a path means, and how: ServiceStack's own routes and this service's. Pure."""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

from chappe.dialects.servicestack.dtos import OPERATIONS, REFRESH, SEND, SIGN_IN, Operation
from chappe.dialects.servicestack.faults import Fault, Faulty, not_found
from chappe.dialects.servicestack.formats import (
    FORMATS,
    Format,
    NoSuchFormat,
    accepted_format,
    format_of_query,
    jsv_type,
)
from chappe.dialects.servicestack.writing import Style
from chappe.protocols.http.forms import BadForm, parse_form
from chappe.protocols.http.messages import HttpRequest

_BATCH: Final = "[]"
_SEND: Final = ("communication", "message", "smpp", "sms")
_SIGN_IN: Final = frozenset({"auth", "authenticate"})
_REFRESH: Final = "access-token"


class Page(Enum):
    """What is told of the service itself."""

    METADATA = "metadata"
    OPERATION = "operation"
    TYPES = "types"


class Call(msgspec.Struct, frozen=True, gc=False):
    """What a request's path and headers say; its body was not looked at.

    `operation` is None for a `page`. `own`: the path is one of the operation's own routes, which take one verb;
    ServiceStack's take any. `hint` is the format that the path names for bodies. `detail` is what stands where
    the path has a name of its own: a provider, a language, an operation.
    """

    operation: Operation | None
    style: Style
    own: bool = False
    one_way: bool = False
    batch: bool = False
    loose: bool = False
    hint: Format | None = None
    page: Page | None = None
    detail: str = ""


def style_of(request: HttpRequest, named: Format | None = None) -> Style:
    """How a request is answered; `named` is what its path asks for. Never fails: it is for errors too."""
    try:
        asked = format_of_query(parse_form(request.query))
    except (NoSuchFormat, BadForm):
        asked = None
    return Style(asked or named or accepted_format(request), jsv_type(request))


def call_of(request: HttpRequest) -> Call:
    """What a request asks for. Raises Faulty where no route leads there, or it asks for a format that is none."""
    try:
        format_of_query(parse_form(request.query))
    except NoSuchFormat as error:
        raise Faulty(Fault(406, "NotSupportedException", f"ContentType not supported '{error}'")) from error
    except BadForm as error:
        raise Faulty(Fault(400, "SerializationException", f"Could not read the query: {error}")) from error
    parts = [part for part in request.path.split("/") if part]
    parts, suffix = _without_suffix(parts)
    words = tuple(part.lower() for part in parts)
    first = FORMATS.get(words[0]) if words else None
    found = _framework(words, first) if first is not None or words[:1] == ("api",) else _own(words)
    if found is None:
        raise not_found(request.path)
    return msgspec.structs.replace(found, style=style_of(request, suffix or first), hint=suffix or first)


def _without_suffix(parts: list[str]) -> tuple[list[str], Format | None]:
    if not parts:
        return parts, None
    name, dot, suffix = parts[-1].rpartition(".")
    found = FORMATS.get(suffix.lower()) if dot and name else None
    return ([*parts[:-1], name], found) if found else (parts, None)


_ANY_STYLE: Final = Style()


def _framework(words: tuple[str, ...], first: Format | None) -> Call | None:
    """`/json/reply/Name`, `/json/oneway/Name`, `/json/metadata`, `/api/Name`."""
    if first is not None and words[1:] == ("metadata",):
        return Call(None, _ANY_STYLE, page=Page.OPERATION)
    way = "reply" if first is None else words[1] if len(words) == 3 else ""
    if way not in ("reply", "oneway") or len(words) != (2 if first is None else 3):
        return None
    name = words[-1]
    operation = OPERATIONS.get(name.removesuffix(_BATCH))
    if operation is None:
        return None
    batch = name.endswith(_BATCH)
    if batch and operation is not SEND:
        return None
    return Call(operation, _ANY_STYLE, one_way=way == "oneway", batch=batch, loose=first is None)


def _own(words: tuple[str, ...]) -> Call | None:
    if words == _SEND:
        return Call(SEND, _ANY_STYLE, own=True)
    if words and words[0] in _SIGN_IN and len(words) <= 2:
        return Call(SIGN_IN, _ANY_STYLE, detail=words[1] if len(words) == 2 else "")
    if words == (_REFRESH,):
        return Call(REFRESH, _ANY_STYLE, loose=True)
    if words == ("metadata",):
        return Call(None, _ANY_STYLE, page=Page.METADATA)
    if words[:1] == ("types",) and len(words) <= 2:
        return Call(None, _ANY_STYLE, page=Page.TYPES, detail=words[1] if len(words) == 2 else "")
    return None
