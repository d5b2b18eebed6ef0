"""Values inside rich content that have a form of their own: links, MIME types, times, numbers, coordinates. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from chappe.dialects.cm.rich_fields import BadRich, Fields, number_of, text_of

_MOST_LINK: Final = 2_048
_LINK: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x1f\x7f]+")
_SCRIPTS: Final = frozenset({"javascript", "vbscript", "data", "file", "blob", "about"})
"""Schemes that run or read something on the device in place of opening a page or an app."""
_MIME: Final = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+*-]{1,127}(\s*;[^\x00-\x1f\x7f]*)?")
_NUMBER: Final = re.compile(r"(?:\+|00)?([1-9][0-9]{4,14})")
_FILLING: Final = re.compile(r"[\s().-]")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}")
_SCRIPT_DATE: Final = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2} [0-9]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT[+-][0-9]{4})( \(.*\))?"
)


def web_address(fields: Fields, name: str) -> str:
    """An http or https URL with a host; raises BadRich."""
    link = text_of(fields, name, required=True, most=_MOST_LINK).strip()
    try:
        parts = urlsplit(link)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or not _LINK.fullmatch(link):
        raise BadRich(f"{fields.where}.{name} is not an http or https URL")
    return link


def app_link(fields: Fields, name: str) -> str:
    """A link of the web or of an app, whatever its scheme; raises BadRich."""
    link = text_of(fields, name, required=True, most=_MOST_LINK).strip()
    scheme = link.partition(":")[0].casefold()
    if not _LINK.fullmatch(link) or scheme in _SCRIPTS:
        raise BadRich(f"{fields.where}.{name} is not a link")
    return web_address(fields, name) if scheme in ("http", "https") else link


def mime_type(fields: Fields, name: str) -> str:
    """A MIME type such as image/png; raises BadRich."""
    text = text_of(fields, name, required=True, most=256).strip()
    if not _MIME.fullmatch(text):
        raise BadRich(f"{fields.where}.{name} is not a MIME type")
    return text


def calendar_time(fields: Fields, name: str) -> datetime:
    """A time in ISO 8601, with an offset or without, or as JavaScript writes one as text; raises BadRich."""
    text = text_of(fields, name, required=True, most=100).strip()
    try:
        script = _SCRIPT_DATE.fullmatch(text)
        if script is not None:
            return datetime.strptime(script[1], "%b %d %Y %H:%M:%S GMT%z")
        if _DATE.match(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise BadRich(f"{fields.where}.{name} is not a time such as 2018-02-05T07:00:00")


def later(start: datetime, end: datetime) -> bool:
    """Whether an appointment would end before it starts; two times of which one has no offset cannot be compared."""
    return (start.tzinfo is None) == (end.tzinfo is None) and start > end


def international(fields: Fields, name: str) -> str:
    """The digits of a number in international form, with plus sign, two zeros or neither before it; raises BadRich."""
    number = _NUMBER.fullmatch(_FILLING.sub("", text_of(fields, name, required=True, most=40)))
    if number is None:
        raise BadRich(f"{fields.where}.{name} is not an international number")
    return number[1]


def coordinate(fields: Fields, name: str, most: int) -> float | None:
    """Degrees, at most so many either way; None where there are none. Raises BadRich."""
    degrees = number_of(fields, name)
    if degrees is not None and abs(degrees) > most:
        raise BadRich(f"{fields.where}.{name} is not between -{most} and {most} degrees")
    return degrees
