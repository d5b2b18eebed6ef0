"""Ends of the wire for the loops to serve: a connector and a carrier whose room and answers a test decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chappe.domain.link import Health, LinkStatus
from chappe.domain.report import Owed
from chappe.ports.carrier import Carried, CarrierEvents, Handover
from chappe.ports.connector import Ack, Outgoing


class Desk:
    """A connector that takes as much as `left` says and answers nothing by itself."""

    def __init__(self, name: str = "op", left: int = 0) -> None:
        self.name = name
        self.left = left
        self.asked = 0
        self.batches: list[list[int]] = []
        self.acks: list[Ack] = []
        self.is_open = False
        self.closed_with: float | None = None
        self.trouble: Exception | None = None
        self.closing: Callable[[], None] = lambda: None

    @property
    def taken(self) -> list[int]:
        return [message_id for batch in self.batches for message_id in batch]

    async def open(self) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.is_open = True

    def room(self) -> int:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return self.left

    def send(self, batch: Sequence[Outgoing]) -> None:
        self.batches.append([outgoing.message.id for outgoing in batch])
        self.left -= len(batch)

    def acknowledge(self, answers: Sequence[tuple[object, Ack]]) -> None:
        self.acks += [ack for _, ack in answers]

    def status(self) -> LinkStatus:
        return LinkStatus(self.name, Health.UP if self.is_open else Health.OFF, binds=int(self.is_open))

    async def close(self, grace: float) -> None:
        self.closing()
        self.is_open = False
        self.closed_with = grace


class Ear:
    """A carrier with so much room for each lane; it holds what it was given until told how it went."""

    def __init__(self, events: CarrierEvents, **left: int) -> None:
        self.events = events
        self.left = left
        self.held: list[Owed] = []
        self.batches: list[tuple[str, int]] = []
        self.closed_with: float | None = None

    def room(self, lane: str) -> int:
        return self.left.get(lane.partition("://")[2].partition(".")[0], 0)

    def carry(self, lane: str, batch: Sequence[Owed]) -> None:
        self.batches.append((lane, len(batch)))
        self.held += batch

    def answer(self, handover: Handover = Handover.TAKEN) -> None:
        held, self.held = self.held, []
        self.events.carried([Carried(owed, handover, "told") for owed in held])

    async def close(self, grace: float) -> None:
        self.closed_with = grace
        self.answer()
