"""The door for looking an account's messages through by time, a stretch at a time, so that nobody waits for the whole."""

from __future__ import annotations

from typing import Protocol

import msgspec

from chappe.domain.message import StoredMessage


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """What one stretch held: the account's messages in order of their ids, how many records were looked at, the last of
    their ids; 0 for none, and then there are no more.
    """

    found: tuple[StoredMessage, ...]
    looked_at: int
    last_id: int


class ReportStore(Protocol):
    """Messages by time."""

    async def stretch(self, account: str, after_id: int, before_id: int, most: int) -> Stretch:
        """Looks at up to `most` records between two ids, neither included, and gives those of an account."""
        ...
