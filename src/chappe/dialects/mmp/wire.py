"""The JSON of document 000 and how it is read: names in any case, numbers as texts, null as the default. Pure."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from chappe.protocols.http.messages import HttpRequest

_CHARSETS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "": "utf-8-sig",
        "utf-8": "utf-8-sig",
        "utf8": "utf-8-sig",
        "us-ascii": "ascii",
        "utf-16": "utf-16",
        "utf-16le": "utf-16-le",
        "utf-16be": "utf-16-be",
        "iso-8859-1": "iso-8859-1",
        "iso-8859-9": "iso-8859-9",
        "windows-1252": "cp1252",
        "windows-1254": "cp1254",
    }
)
"""Encodings of a body by the name in its Content-Type; the last of each pair are Turkish."""

_INT: Final = 2**31
_MOST_SHOWN: Final = 100


class ReportResponse(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One result, all of whose fields are always written: document 000, class ReportResponse."""

    partner_message_id: str = ""
    partner_status: str = ""
    partner_detail: str = ""
    api_status: str = ""
    send_at: str = ""
    sms_operator: str = ""
    sms_message_count: int = 0


class SmsResponse(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The answer to Send and to Report: document 000, class SmsResponse."""

    partner_packet_id: str = ""
    results: tuple[ReportResponse, ...] = ()


class Unreadable(ValueError):
    """A body, or a field of a message, that cannot be read; its message is a sentence for the client."""


class Unsupported(Unreadable):
    """A body in a charset that is not read here."""


Fields = dict[str, Any]
"""An object of the client's with its names in lower case."""


def read_body(request: HttpRequest) -> Fields:
    """The object of a body; raises Unreadable."""
    charset = _charset(request.header(b"content-type") or "")
    codec = _CHARSETS.get(charset)
    if codec is None:
        raise Unsupported(f"the charset {charset[:_MOST_SHOWN]!r} is not read here; UTF-8 is best")
    try:
        if codec == "utf-8-sig":
            found = msgspec.json.decode(request.body.removeprefix(codecs.BOM_UTF8))
        else:
            found = msgspec.json.decode(request.body.decode(codec))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Unreadable(f"the body is no JSON: {error}"[: 2 * _MOST_SHOWN]) from error
    fields = lowered(found)
    if fields is None:
        raise Unreadable("the body is no JSON object")
    return fields


def _charset(content_type: str) -> str:
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return ""


def lowered(found: Any) -> Fields | None:
    """An object by lower-case names, the first of two spellings; None for what is no object."""
    if not isinstance(found, dict):
        return None
    fields: Fields = {}
    for name, value in found.items():
        fields.setdefault(name.lower(), value)
    return fields


def list_of(fields: Fields, name: str) -> list[Any]:
    """A list of any length, empty where there is none; raises Unreadable for what is no list."""
    found = fields.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise Unreadable(f"{name} is no list")
    return found


def text_of(fields: Fields, name: str, most: int) -> str:
    """A text of at most so many characters, empty where there is none or null. An integer is taken for its digits."""
    return as_text(fields.get(name.lower()), name, most)


def as_text(found: Any, name: str, most: int) -> str:
    """A value as such a text; `name` is what it is called in a refusal."""
    if found is None:
        return ""
    if type(found) is int:
        found = str(found)
    if not isinstance(found, str):
        raise Unreadable(f"{name} is no text")
    if len(found) > most:
        raise Unreadable(f"{name} is longer than {most} characters")
    return found


def int_of(fields: Fields, name: str) -> int:
    """A C# int, which may be written as a text, 0 where there is none; raises Unreadable."""
    found = fields.get(name.lower())
    if found is None or found == "":
        return 0
    # Underscores are Python's own: no client means them.
    if isinstance(found, str) and len(found) <= 11 and found.isascii() and "_" not in found:
        try:
            found = int(found)
        except ValueError as error:
            raise Unreadable(f"{name} is no whole number") from error
    if type(found) is not int or not -_INT <= found < _INT:
        raise Unreadable(f"{name} is no whole number of 32 bits")
    return found


def is_yes(fields: Fields, name: str) -> bool:
    """Whether a field says yes; any other value is a no."""
    found = fields.get(name.lower())
    return found is True or (
        isinstance(found, str | int) and str(found).strip().lower() in ("yes", "true", "1")
    )
