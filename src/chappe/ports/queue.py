"""The door for queues: one per connector, by priority, fair between accounts, in order within an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from chappe.domain.message import StoredMessage


class QueueStore(Protocol):
    """Queues of MTs. A claim is an attempt written before it is made."""

    async def new_owner(self) -> int:
        """A number for a process that will claim; greater than every earlier one (it fences old owners out)."""
        ...

    async def claim(self, connector: str, limit: int, owner: int, again_ms: int) -> list[StoredMessage]:
        """Takes up to `limit` queued messages of a connector into flight, counting the attempt.

        Highest priority first; within one, the accounts take turns; within an account, oldest first. No
        message is ever claimed twice. `again_ms` is when the attempt after this one may come if nothing more
        is heard (Unix ms): written now, so that a crash cannot make a tight loop.
        """
        ...

    async def stranded(self, owner: int, dead: Sequence[int], before: int, limit: int) -> list[StoredMessage]:
        """Hands messages in flight whose owner is dead, or was made before `before`, to another one: `owner`.

        Each goes to one taker only, whoever else asks at the same time.
        """
        ...

    async def release_due(self, now_ms: int, limit: int) -> Mapping[str, int]:
        """Scheduled messages whose time has come go into their queues; how many per connector."""
        ...

    async def next_due(self) -> int:
        """When the next scheduled message is due (Unix ms), 0 for none."""
        ...

    async def expired(self, now_ms: int, limit: int) -> list[StoredMessage]:
        """Waiting messages whose validity has ended."""
        ...

    async def depths(self) -> Mapping[str, int]:
        """Queued messages per connector; kept, not counted, so cheap."""
        ...
