"""The formats of this wire: what each is called, and which one a client is answered in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from chappe.protocols.http.messages import HttpRequest


class Format(Enum):
    """A format by the word that paths, suffixes and `?format=` have for it."""

    JSON = "json"
    XML = "xml"
    JSV = "jsv"
    CSV = "csv"
    HTML = "html"


FORMATS: Final[Mapping[str, Format]] = MappingProxyType({each.value: each for each in Format})
_BY_TYPE: Final[Mapping[str, Format]] = MappingProxyType(
    {
        "application/json": Format.JSON,
        "text/json": Format.JSON,
        "application/xml": Format.XML,
        "text/xml": Format.XML,
        "application/jsv": Format.JSV,
        "text/jsv": Format.JSV,
        "text/x-jsv": Format.JSV,
        "text/csv": Format.CSV,
        "text/html": Format.HTML,
        "application/xhtml+xml": Format.HTML,
    }
)
_PREFERRED: Final = (Format.HTML, Format.JSON, Format.XML, Format.JSV, Format.CSV)
"""The order among several that a client takes: ServiceStack's, whatever the client's own."""

_WHATEVER: Final = frozenset({"*/*", "*", "application/*", "text/*"})
_JSV_TYPES: Final = ("text/jsv", "application/jsv")


class NoSuchFormat(ValueError):
    """`?format=` names none that is spoken here."""


def media_type(header: str | None) -> tuple[str, str | None]:
    """A Content-Type's type in small letters, and its charset if it names one."""
    kind, *parameters = (part.strip() for part in (header or "").split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return kind.lower(), value.strip().strip('"').lower()
    return kind.lower(), None


def format_of_body(request: HttpRequest) -> Format | None:
    """The format that a body is in by its Content-Type, None for another or none."""
    return _BY_TYPE.get(media_type(request.header(b"content-type"))[0])


def format_of_query(pairs: list[tuple[str, str]]) -> Format | None:
    """What `?format=` asks for. Raises NoSuchFormat."""
    for name, value in pairs:
        if name.lower() == "format" and value:
            found = FORMATS.get(value.lower())
            if found is None:
                raise NoSuchFormat(value[:40])
            return found
    return None


def accepted_format(request: HttpRequest) -> Format:
    """What the Accept header asks for, JSON where it leaves that open or names only what is not spoken here."""
    accept = request.header(b"accept")
    body = format_of_body(request)
    # A form is answered as what it is not: by the default.
    same = body if body in (Format.XML, Format.JSV) else Format.JSON
    if not accept:
        return same
    named = [kind for kind in map(_named, accept.split(",")) if kind]
    found = {_BY_TYPE[kind] for kind in named if kind in _BY_TYPE}
    if body is not None and body in found:
        return body
    for each in _PREFERRED:
        if each in found:
            return each
    if any(kind in _WHATEVER for kind in named):
        return same
    return Format.JSON


def _named(media_range: str) -> str:
    """The type of one range of an Accept header, empty for one that is ruled out by `q=0`."""
    kind, *parameters = (part.strip().lower() for part in media_range.split(";"))
    for parameter in parameters:
        name, _, weight = parameter.partition("=")
        if name.strip() == "q" and weight.strip().rstrip("0") in ("", "."):
            return ""
    return kind


def jsv_type(request: HttpRequest) -> str:
    """JSV has had two names; a client is answered by the one that it used."""
    spoken = f"{request.header(b'accept') or ''},{request.header(b'content-type') or ''}".lower()
    return next((kind for kind in _JSV_TYPES if kind in spoken), _JSV_TYPES[0])
