"""Bodies to values of a type, from JSON, XML, JSV and forms: names without regard to case. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from chappe.dialects.servicestack.datacontract import BadXml, read_xml, read_xml_list
from chappe.dialects.servicestack.dtos import Dto, Member, Shape
from chappe.dialects.servicestack.faults import MOST_MESSAGES, Fault, Faulty, too_many, unreadable
from chappe.dialects.servicestack.formats import Format, format_of_body, media_type
from chappe.dialects.servicestack.jsv import BadJsv, read_jsv
from chappe.dialects.servicestack.multipart import BadMultipart, read_multipart
from chappe.protocols.http.forms import BadForm, parse_form
from chappe.protocols.http.messages import HttpRequest

_FORM: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/form-data"
_PLAIN: Final = "text/plain"
_CHARSETS: Final = frozenset({"utf-8", "utf8", "us-ascii", "iso-8859-1", "utf-16"})
_BOM: Final = "\ufeff"
_MOST_QUOTED: Final = 200
_MOST_NAMES: Final = 1_000
"""What an object may hold, unknown ones included; more is nobody's message."""


def read_body(
    dto: Dto, request: HttpRequest, hint: Format | None, *, batch: bool, loose: bool = False
) -> list[dict[str, Any]]:
    """The values in a body, one unless it is a `batch`; an empty body is a value without members. Raises Faulty.

    `hint` is the format that the path names, for a body that does not say what it is. With `loose` a body that
    calls itself text/plain is JSON: scripts in browsers call it so to be spared a question before it (CORS).
    """
    kind, charset = media_type(request.header(b"content-type"))
    if kind in (_FORM, _MULTIPART):
        return [bound(dto, _form(dto, request, kind), kind)]
    if not request.body:
        return [] if batch else [{}]
    shape = format_of_body(request)
    if not kind:
        shape = hint if hint is Format.XML or hint is Format.JSV else Format.JSON
        kind = f"application/{shape.value}"
    elif kind == _PLAIN and loose:
        shape = Format.JSON
    if shape not in (Format.JSON, Format.XML, Format.JSV):
        raise Faulty(Fault(415, "NotSupportedException", f"ContentType not supported '{kind[:100]}'"))
    if charset is not None and charset not in _CHARSETS:
        raise Faulty(Fault(415, "NotSupportedException", f"Charset not supported '{charset[:100]}'"))
    try:
        if shape is Format.XML:
            if batch:
                return read_xml_list(dto, request.body, charset)
            return [read_xml(dto, request.body, charset)]
        text = request.body.decode(charset or "utf-8").removeprefix(_BOM)
        tree = read_jsv(text) if shape is Format.JSV else msgspec.json.decode(text)
    except (BadXml, BadJsv, msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise unreadable(kind, dto.name, str(error)[:_MOST_QUOTED]) from error
    if not batch:
        return [bound(dto, tree, kind)]
    if not isinstance(tree, list):
        raise unreadable(kind, f"{dto.name}[]", "it is no array")
    if len(tree) > MOST_MESSAGES:
        raise Faulty(too_many(dto.name, MOST_MESSAGES, len(tree)))
    return [bound(dto, each, kind) for each in tree]


def _form(dto: Dto, request: HttpRequest, kind: str) -> dict[str, Any]:
    try:
        if kind == _MULTIPART:
            pairs: Iterable[tuple[str, str]] = read_multipart(
                request.header(b"content-type") or "", request.body
            )
        else:
            pairs = parse_form(request.body)
    except (BadForm, BadMultipart) as error:
        raise unreadable(kind, dto.name, str(error)) from error
    known = {member.name.lower(): member for member in dto.members}
    found: dict[str, Any] = {}
    for name, value in pairs:
        member = known.get(name.lower())
        if member is not None:
            found[name] = _inner(value, kind, dto) if member.shape is Shape.LIST else value
    return found


def _inner(text: str, kind: str, dto: Dto) -> Any:
    """A list in a field of a form: JSON or JSV, whichever it is."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    try:
        return read_jsv(text)
    except BadJsv as error:
        raise unreadable(kind, dto.name, str(error)) from error


def bound(dto: Dto, tree: Any, kind: str, path: str = "") -> dict[str, Any]:
    """A value by declared names from dictionaries of whatever names. Unknown ones are passed over. Raises Faulty."""
    if not isinstance(tree, dict) or len(tree) > _MOST_NAMES:
        raise unreadable(kind, dto.name, "it is no object, or one of too many members", path)
    known = {member.name.lower(): member for member in dto.members}
    found: dict[str, Any] = {}
    for name, value in tree.items():
        member = known.get(name.lower())
        if member is not None:
            place = f"{path}.{member.name}" if path else member.name
            found[member.name] = None if value is None else _bound(dto, member, value, kind, place)
    return found


def _bound(dto: Dto, member: Member, value: Any, kind: str, place: str) -> Any:
    if member.shape is Shape.LIST:
        assert member.of is not None
        if not isinstance(value, list):
            raise unreadable(kind, dto.name, f"'{place}' is no array", place)
        if len(value) > MOST_MESSAGES:
            raise Faulty(too_many(place, MOST_MESSAGES, len(value)))
        of = member.of
        return [
            None if each is None else bound(of, each, kind, f"{place}[{index}]")
            for index, each in enumerate(value)
        ]
    if isinstance(value, dict | list):
        raise unreadable(kind, dto.name, f"'{place}' is no text", place)
    if member.shape is Shape.FLAG:
        word = value if isinstance(value, bool) else str(value).strip().lower()
        if word not in (True, False, "true", "false", "1", "0", "", "on"):
            raise unreadable(kind, dto.name, f"'{place}' is no boolean", place)
        return word in (True, "true", "1", "on")
    # A number where a text is declared is its digits, as ServiceStack reads it.
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
