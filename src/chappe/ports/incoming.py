"""The door for MOs: parts waiting for their siblings, and whole messages with the notices they make due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from chappe.domain.incoming import HeldPart, Incoming, PartSet
from chappe.domain.message import AcceptResult, Message
from chappe.domain.mo_query import MoFound, MoQuery
from chappe.domain.report import Notice


class Response(msgspec.Struct, frozen=True, gc=False):
    """What a campaign makes of an MO, written with it or not at all: a reply, and numbers that go on lists or off them.

    `joins` and `leaves` are pairs of a list and a number.
    """

    reply: Message | None = None
    joins: tuple[tuple[str, str], ...] = ()
    leaves: tuple[tuple[str, str], ...] = ()


class Answered(msgspec.Struct, frozen=True, gc=False):
    """How an MO and its response were taken: `reply` is None where there is none to take."""

    stored: bool
    reply: AcceptResult | None = None


class IncomingStore(Protocol):
    """Records of MOs."""

    async def accept_incoming(
        self, taken: Sequence[tuple[Incoming, Notice | None]], sets: Sequence[PartSet]
    ) -> list[bool]:
        """Writes MOs and their notices, and removes the part sets they were made of, in one commit.

        False for one that is an exact repeat within its window: nothing is written for it.
        """
        ...

    async def answer_incoming(
        self, mo: Incoming, notice: Notice | None, sets: Sequence[PartSet], response: Response
    ) -> Answered:
        """As `accept_incoming` for one MO, with its response in the same commit: a process that dies leaves all or none.

        Of an exact repeat nothing is written. A reply that cannot be paid, or whose key an earlier message holds, is
        not written; the rest is.
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

    async def find_mos(self, query: MoQuery) -> MoFound:
        """The log of MOs searched. Raises ValueError for a pattern that does not parse."""
        ...
