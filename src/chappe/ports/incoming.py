"""The door for MOs: parts waiting for their siblings, and whole messages with the notices they make due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chappe.domain.incoming import HeldPart, Incoming, PartSet
from chappe.domain.report import Notice


class IncomingStore(Protocol):
    """Records of MOs."""

    async def accept_incoming(
        self, taken: Sequence[tuple[Incoming, Notice | None]], sets: Sequence[PartSet]
    ) -> list[bool]:
        """Writes MOs and their notices, and removes the part sets they were made of, in one commit.

        False for one that is an exact repeat within its window: nothing is written for it.
        """
        ...

    async def hold_parts(self, parts: Sequence[HeldPart]) -> list[list[HeldPart]]:
        """Keeps parts of long MOs and answers with all parts held of each one's set, itself included."""
        ...

    async def stale_sets(self, before_ms: int, limit: int) -> list[list[HeldPart]]:
        """Part sets whose first part came before then: they will not be completed."""
        ...

    async def incoming(self, message_id: int) -> Incoming | None:
        """One MO by its id."""
        ...
