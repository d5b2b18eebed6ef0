"""The port to clients' ears: a carrier hands notices over, by webhook or to a bound SMPP client."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

import msgspec

from chappe.domain.report import Notice, Owed


class Handover(Enum):
    """How one attempt to hand a notice over ended."""

    TAKEN = "taken"
    FAILED = "failed"
    """Try again by the plan."""
    GONE = "gone"
    """The receiver says never again, or it is no receiver that we may call."""
    AWAY = "away"
    """The receiver is not there; says nothing about the notice, and costs no attempt."""


class Carried(msgspec.Struct, frozen=True, gc=False):
    """One notice handed over or not. `answer` is short and for people; `retry_after` seconds if the receiver said so."""

    owed: Owed
    handover: Handover
    answer: str = ""
    retry_after: float | None = None


class CarrierEvents(Protocol):
    """What a carrier tells; neither call blocks."""

    def carried(self, batch: Sequence[Carried]) -> None:
        """Attempts ended; every Owed handed in gets exactly one."""
        ...

    def roomy(self, lane: str) -> None:
        """A lane can take more."""
        ...


class Carrier(Protocol):
    """Hands notices over. All calls are made in the event loop."""

    def room(self, lane: str) -> int:
        """How many notices of this lane it would take now; 0 while the receiver is away."""
        ...

    def carry(self, lane: str, batch: Sequence[Owed]) -> None:
        """Takes notices over; never blocks."""
        ...

    async def close(self, grace: float) -> None:
        """Takes no more, waits up to `grace` seconds for what is under way."""
        ...


class AtOnce(Protocol):
    """Hands notices over in the moment that they become due, without asking the store for them. Nothing here blocks."""

    def reserve(self, lane: str) -> bool:
        """Sets room for one notice of this lane aside, if it is served here and nothing waits before it."""
        ...

    def hand(self, lane: str, batch: Sequence[Owed]) -> None:
        """Hands over what room was reserved for; it is stored as claimed."""
        ...

    def give_back(self, lane: str, count: int) -> None:
        """Room that was reserved in vain."""
        ...


class HttpCall(msgspec.Struct, frozen=True, gc=False):
    """One request to a client's server; `private` are networks it may reach although they are not public."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class NoticeWriter(Protocol):
    """A dialect's words for notices sent by HTTP: pure."""

    def write(self, notice: Notice) -> HttpCall:
        """The request that tells of this notice."""
        ...

    def taken(self, status: int, body: bytes) -> bool:
        """Whether this answer acknowledges it."""
        ...
