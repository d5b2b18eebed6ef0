"""What an operator may set of a loopback connector, and what is wrong with it. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

import msgspec


class LoopbackSettings(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """Delays are milliseconds, `response_timer` seconds.

    `window` is how many messages may be unanswered, `receipts` whether the network tells of final states,
    `echo` whether it sends each delivered text back as an MO, `magic` whether the numbers of fates.py have
    their fates; `away_ms` is how long the link stays down after a break, `again_ms` after how long what was not
    taken is handed over again. What the connector was given is kept: the latest `keep` attempts in memory, and every one
    as a line of JSON at the end of the file `record`, if that is set.
    """

    delay_ms: int = 0
    receipt_delay_ms: int = 0
    response_timer: float = 60.0
    window: int = 1_000
    receipts: bool = True
    echo: bool = False
    magic: bool = True
    away_ms: int = 1_000
    again_ms: int = 1_000
    keep: int = 1_000
    record: str = ""

    def problem(self) -> str:
        """The first thing wrong with these settings as a sentence that names the key, empty if none."""
        for key in ("delay_ms", "receipt_delay_ms", "away_ms", "again_ms"):
            if getattr(self, key) < 0:
                return f"{key} is less than 0 milliseconds"
        # Written so that what is no number (TOML has nan) is refused too.
        if not 0 < self.response_timer < inf:
            return "response_timer is not more than 0 seconds, or has no end"
        if self.keep < 0:
            return f"keep is at least 0, not {self.keep}"
        if self.window < 1:
            return f"window is at least 1, not {self.window}"
        return ""


def decode(settings: Mapping[str, Any]) -> LoopbackSettings:
    """The settings in a record. Raises ValueError with a sentence that names the key."""
    made = msgspec.convert(dict(settings), LoopbackSettings, strict=False)
    wrong = made.problem()
    if wrong:
        raise ValueError(wrong)
    return made


def check(settings: Mapping[str, Any]) -> str:
    """The first thing wrong with a record's settings as a sentence that names the key, empty if none."""
    try:
        decode(settings)
    except ValueError as error:
        return str(error)
    return ""
