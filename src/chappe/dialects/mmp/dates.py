"""Dates of this wire, `yyyyMMddHHmm` without a zone: the account's, or that of the vendor's home. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Final

from chappe.domain.account import Account
from chappe.domain.conditions import zone_of as named_zone

ISTANBUL: Final = timezone(timedelta(hours=3))
"""Where no zone is set. Turkey keeps this offset all year since 2016, so that no table of zones is needed for it."""

_FORM: Final = re.compile(r"[0-9]{12}([0-9]{2})?")


def zone_of(account: Account) -> tzinfo:
    """The zone of an account's dates."""
    if not account.timezone:
        return ISTANBUL
    try:
        return named_zone(account.timezone)
    except ValueError:
        # It was known when it was set: the machine's tables went away since.
        return ISTANBUL


def read_date(text: str, zone: tzinfo) -> int:
    """Unix milliseconds, 0 for the empty text; seconds may be given too. Raises ValueError."""
    if not text:
        return 0
    if not _FORM.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not yyyyMMddHHmm")
    numbers = [int(text[:4]), *(int(text[at : at + 2]) for at in range(4, len(text), 2))]
    try:
        moment = datetime(*numbers, tzinfo=zone)  # type: ignore[arg-type, misc]
        return max(int(moment.timestamp() * 1000), 1)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no date") from error


def write_date(unix_ms: int, zone: tzinfo) -> str:
    """The minute of a moment, empty for 0."""
    return f"{datetime.fromtimestamp(unix_ms / 1000, zone):%Y%m%d%H%M}" if unix_ms else ""
