"""The door for what is owed to clients: notices wait here until handed over or given up by a stated rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from chappe.domain.report import DeliveryOutcome, Owed


class LaneDue(msgspec.Struct, frozen=True, gc=False):
    """A lane with open notices and when its first one is due (Unix ms)."""

    lane: str
    due_ms: int


class OutboxStore(Protocol):
    """Notices by lane. They enter by `move` and `accept_incoming`, in the commit that makes them due."""

    async def lanes(self) -> list[LaneDue]:
        """Lanes with open notices; the cost is by lane, not by notice."""
        ...

    async def claim_notices(self, lane: str, limit: int, now_ms: int, until_ms: int) -> list[Owed]:
        """Takes due notices of a lane, oldest first, counting the attempt.

        Each is due again at `until_ms` should nothing more be heard of it.
        """
        ...

    async def free_notices(self, lane: str, now_ms: int, until_ms: int, limit: int) -> int:
        """Makes up to `limit` open notices of a lane due now that are due later, but not after `until_ms`.

        For leases of a process that is gone. How many there were.
        """
        ...

    async def settle(self, outcomes: Sequence[DeliveryOutcome]) -> None:
        """Writes how handing over ended: done, again at a time, or given up."""
        ...

    async def give_up(
        self,
        after_id: int,
        before_id: int,
        limit: int,
        *,
        at_ms: int,
        why: str,
        longer: Sequence[str] = (),
    ) -> tuple[int, int]:
        """Ends the open notices of up to `limit` messages between two ids, but no MO in words that are kept `longer`.

        The last id looked at, 0 when none is left, and how many notices ended.
        """
        ...

    async def owed_count(self) -> int:
        """Open notices; kept, not counted."""
        ...
