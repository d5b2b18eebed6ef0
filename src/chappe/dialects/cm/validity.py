"""The validity of a message as clients write it: a date with a zone, or a length of time. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

DEFAULT_MS: Final = 4 * 3_600_000
LONGEST_MS: Final = 48 * 3_600_000
HOUSE_ZONE: Final = "Europe/Amsterdam"
"""What a time without a zone means to the vendor: CE(S)T."""

# The document's first sample has one group of minutes too many: 11:50:50:05 is 11:50:05.
_MOMENT: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[ T]([0-9]{2}):([0-9]{2})(?::\5)?:([0-9]{2})"
    r"(?: ?(GMT|UTC|Z)| ?([+-])([0-9]{1,2})(?::?([0-9]{2}))?)?",
    re.IGNORECASE | re.ASCII,
)
_LENGTH: Final = re.compile(r"([0-9]{1,6}) ?([hm])", re.IGNORECASE | re.ASCII)
_UNIT_MS: Final = {"h": 3_600_000, "m": 60_000}.__getitem__


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    return ZoneInfo(name)


def read_validity(text: str, now_ms: int, zone: str = "") -> int | None:
    """The last moment in Unix milliseconds, at most 48 hours ahead; None for what is no validity or is past.

    `zone` is that of times without one, the vendor's own where it is empty.
    """
    text = text.strip()
    length = _LENGTH.fullmatch(text)
    if length is not None:
        expires_ms = now_ms + int(length[1]) * _UNIT_MS(length[2].lower())
    else:
        found = _moment(text, zone)
        if found is None:
            return None
        expires_ms = found
    return min(expires_ms, now_ms + LONGEST_MS) if expires_ms > now_ms else None


def _moment(text: str, zone: str) -> int | None:
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, named, sign, hours, minutes = found.groups()
    try:
        if named:
            where: tzinfo = UTC
        elif sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
            where = timezone(offset if sign == "+" else -offset)
        else:
            where = _zone(zone or HOUSE_ZONE)
        at = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=where)
        return int(at.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
