"""Searching the log of MOs: what is looked for, and what was found. How an engine finds it is the stores' affair."""

from __future__ import annotations

from typing import Final

import msgspec

from chappe.domain.conditions import compile_pattern
from chappe.domain.incoming import Incoming

MOST_FOUND: Final = 1_000
"""The most of one page."""


class MoQuery(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What an MO must be to be found: every part that is given must hold, of several values one suffices.

    `account` is empty only where an operator searches; `instance` is the key of a campaign's record. Times are Unix
    milliseconds of reception, `until_ms` not included, 0 for no bound. `sources` (subscribers) and `destinations`
    (codes) are whole numbers, digits only. An MO came from one of `networks` (MCC and MNC) or by one of `connectors`:
    of these two either suffices. `text` is contained in the MO's text, case ignored; `pattern` is an RE2 expression,
    matched from the text's start. `offset` and `limit` count MOs in the order of reception, newest first or oldest.
    """

    account: str = ""
    instance: str = ""
    since_ms: int = 0
    until_ms: int = 0
    sources: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    connectors: tuple[str, ...] = ()
    text: str = ""
    pattern: str = ""
    newest_first: bool = True
    offset: int = 0
    limit: int = 100

    def problem(self) -> str:
        """The first thing wrong with it as a sentence, empty if none."""
        if not 1 <= self.limit <= MOST_FOUND:
            return f"a page has 1 to {MOST_FOUND} messages"
        if min(self.offset, self.since_ms, self.until_ms) < 0:
            return "an offset and times must not be negative"
        if self.pattern:
            try:
                compile_pattern(self.pattern)
            except ValueError as error:
                return f"the pattern: {error}"
        return ""


class LoggedMo(msgspec.Struct, frozen=True, gc=False):
    """An MO of the log: the record, the campaign's record that it came to and the keyword pattern that matched there,
    the network it came from (MCC and MNC); empty where there is none.
    """

    mo: Incoming
    instance: str = ""
    keyword: str = ""
    network: str = ""


class MoFound(msgspec.Struct, frozen=True, gc=False):
    """One page of what was found, and how many there are on all pages."""

    total: int
    mos: tuple[LoggedMo, ...]
