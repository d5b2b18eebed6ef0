"""What is handed over to one system_id: notices under way, those that wait for room, the sessions they go by in turn."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from chappe.domain.report import Owed
from chappe.ports.carrier import Carried, CarrierEvents, Handover
from chappe.protocols.smpp.statuses import name_of

PREFIX: Final = "smpp:"
"""What the names of our lanes begin with; the rest is a system_id."""

_SEVERITY: Final = (Handover.TAKEN, Handover.AWAY, Handover.FAILED, Handover.GONE)


class Telling:
    """Gathers what one turn of the loop brings and tells it as one batch."""

    def __init__(self, events: CarrierEvents) -> None:
        self._events = events
        self._carried: list[Carried] = []
        self._roomy: dict[str, None] = {}
        self._soon: asyncio.Handle | None = None

    def carried(self, one: Carried) -> None:
        """An attempt ended."""
        self._carried.append(one)
        self._later()

    def roomy(self, lane: str) -> None:
        """A lane can take more."""
        self._roomy[lane] = None
        self._later()

    def flush(self) -> None:
        """Tells now."""
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        carried, self._carried = self._carried, []
        roomy, self._roomy = self._roomy, {}
        if carried:
            self._events.carried(carried)
        for lane in roomy:
            self._events.roomy(lane)

    def _later(self) -> None:
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_soon(self.flush)


class Handing:
    """One notice under way: how many of its PDUs are not settled yet, and the worst that was said of one."""

    __slots__ = ("_lane", "answer", "handover", "open", "owed", "repeats")

    def __init__(self, owed: Owed, lane: Lane) -> None:
        self.owed = owed
        self.repeats: list[Owed] = []
        """The same notice claimed again meanwhile: it is not handed over twice, and gets the same outcome."""
        self.open = 0
        self.handover = Handover.TAKEN
        self.answer = name_of(0)
        self._lane = lane

    def settled(self, handover: Handover, answer: str, pdus: int = 1) -> None:
        """So many of its PDUs ended this way."""
        self.open -= pdus
        if handover is not Handover.TAKEN and _SEVERITY.index(handover) > _SEVERITY.index(self.handover):
            self.handover, self.answer = handover, answer
        if self.open <= 0:
            self._lane.ended(self)


class Receiver(Protocol):
    """A session that takes deliver_sm."""

    @property
    def room(self) -> int:
        """How many PDUs it could send now."""
        ...

    @property
    def capacity(self) -> int:
        """How many it could send if none were open."""
        ...

    def deliver(self, handing: Handing) -> None:
        """Sends a notice; its end is told to the handing."""
        ...


class Lane:
    """All that goes to one system_id."""

    def __init__(self, name: str, telling: Telling, emptied: Callable[[Lane], None]) -> None:
        """`emptied` is told when nobody is bound and nothing is under way."""
        self.name = name
        self._telling = telling
        self._emptied = emptied
        self._receivers: list[Receiver] = []
        self._turn = 0
        self._waiting: deque[Handing] = deque()
        self._under_way: dict[tuple[int, int], Handing] = {}
        self._hungry = False
        """Whether someone asked for room when there was none."""

    @property
    def empty(self) -> bool:
        """Whether nobody is bound and nothing is under way."""
        return not self._receivers and not self._under_way

    @property
    def bound(self) -> bool:
        """Whether a session can receive."""
        return bool(self._receivers)

    def join(self, receiver: Receiver) -> None:
        """A session can receive."""
        self._receivers.append(receiver)
        self._telling.roomy(self.name)
        self.pump()

    def leave(self, receiver: Receiver) -> None:
        """A session receives no more; what waited for the last one is told as not there. Twice is once."""
        if receiver in self._receivers:
            self._receivers.remove(receiver)
        if self._receivers:
            self.pump()
            return
        while self._waiting:
            self._waiting.popleft().settled(Handover.AWAY, "not bound", 0)
        self._look_empty()

    def room(self) -> int:
        """How many notices it would take now."""
        free = self._free()
        if free <= 0:
            self._hungry = True
            return 0
        return free

    def carry(self, batch: Sequence[Owed]) -> None:
        """Takes notices over."""
        for owed in batch:
            key = (owed.message_id, owed.slot)
            known = self._under_way.get(key)
            if known is not None:
                known.repeats.append(owed)
                continue
            handing = self._under_way[key] = Handing(owed, self)
            self._waiting.append(handing)
        if self._receivers:
            self.pump()
        else:
            while self._waiting:
                self._waiting.popleft().settled(Handover.AWAY, "not bound", 0)

    def pump(self) -> None:
        """Hands over what waits, oldest first, as far as there is room; says so when there is enough for more."""
        while self._waiting:
            receiver = self._next()
            if receiver is None:
                return
            receiver.deliver(self._waiting.popleft())
        # Room is told of by halves, so that what is claimed comes in batches and not one by one.
        if self._hungry and 2 * self._free() >= sum([one.capacity for one in self._receivers]) > 0:
            self._hungry = False
            self._telling.roomy(self.name)

    def ended(self, handing: Handing) -> None:
        """A notice is settled; see `Handing.settled`."""
        owed = handing.owed
        del self._under_way[owed.message_id, owed.slot]
        for one in (owed, *handing.repeats):
            self._telling.carried(Carried(one, handing.handover, handing.answer))
        self._look_empty()

    def _free(self) -> int:
        return sum([one.room for one in self._receivers]) - len(self._waiting)

    def _next(self) -> Receiver | None:
        """The next session in turn that has room."""
        receivers = self._receivers
        for step in range(len(receivers)):
            place = (self._turn + step) % len(receivers)
            if receivers[place].room > 0:
                self._turn = place + 1
                return receivers[place]
        return None

    def _look_empty(self) -> None:
        if self.empty:
            self._emptied(self)
