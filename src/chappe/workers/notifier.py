"""From the outbox to carriers: claims what a lane's carrier has room for, and writes how handing over went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from chappe.domain.report import Owed
from chappe.pipeline.notify import Notify
from chappe.ports.carrier import Carried, Carrier, Handover
from chappe.ports.clock import Clock
from chappe.ports.outbox import OutboxStore
from chappe.workers.loop import Loop, OnError

_MOST_AT_ONCE: Final = 500
_LOOK_AT_LANES: Final = 1.0
"""Seconds between looks at what is due again."""


class Notifier:
    """Answers `ports.carrier.CarrierEvents` and `AtOnce`.

    Lanes with something due stand in a line; one that has no room leaves it and comes back when its carrier says
    that it has, so that a slow receiver costs the others nothing.
    """

    def __init__(self, notify: Notify, outbox: OutboxStore, clock: Clock, on_error: OnError) -> None:
        self._notify = notify
        self._outbox = outbox
        self._clock = clock
        self._carriers: dict[str, tuple[Carrier, Callable[[str], bool]]] = {}
        self._shared: set[str] = set()
        self._begun = False
        self._due: dict[str, None] = {}
        # Lanes of which the store may hold something due; the others need not be asked when they have room again.
        self._behind: set[str] = set()
        # The lane whose notices are being claimed: what they are is not known yet, and nothing may overtake them.
        self._taking = ""
        self._reserved: Counter[str] = Counter()
        self._done: list[Carried] = []
        self._stopping = False
        self._next_look = 0.0
        self._claiming = Loop("notify", self._claim, on_error)
        self._settling = Loop("settle", self._settle, on_error)

    def serve(
        self,
        prefix: str,
        carrier: Carrier,
        mine: Callable[[str], bool] = lambda _: True,
        *,
        shared: bool = False,
    ) -> None:
        """Gives a carrier the lanes that begin so and that this process looks after; others may too if `shared`."""
        self._carriers[prefix] = (carrier, mine)
        if shared:
            self._shared.add(prefix)

    # ------------------------------------------------------------ what others tell

    def lanes_due(self, lanes: Iterable[str]) -> None:
        """Lanes got notices."""
        mine = [lane for lane in lanes if self._carrier(lane) is not None]
        if mine:
            self._behind.update(mine)
            self._due.update(dict.fromkeys(mine))
            self._claiming.poke()

    def roomy(self, lane: str) -> None:
        """See the port."""
        if lane in self._behind:
            self._due[lane] = None
            self._claiming.poke()

    def carried(self, batch: Sequence[Carried]) -> None:
        """See the port."""
        self._done += batch
        self._behind.update(
            [one.owed.lane for one in batch if one.handover in (Handover.FAILED, Handover.AWAY)]
        )
        self._settling.poke()

    # ------------------------------------------------------------ at once

    def reserve(self, lane: str) -> bool:
        """See the port."""
        if lane in self._behind or lane == self._taking or self._stopping or not self._begun:
            return False
        carrier = self._carrier(lane)
        if carrier is None or carrier.room(lane) <= self._reserved[lane]:
            return False
        self._reserved[lane] += 1
        return True

    def hand(self, lane: str, batch: Sequence[Owed]) -> None:
        """See the port."""
        self.give_back(lane, len(batch))
        carrier = self._carrier(lane)
        assert carrier is not None
        carrier.carry(lane, batch)

    def give_back(self, lane: str, count: int) -> None:
        """See the port."""
        self._reserved[lane] -= count
        if self._reserved[lane] <= 0:
            del self._reserved[lane]

    # ------------------------------------------------------------ running

    def start(self) -> None:
        """Begins."""
        self._claiming.start()
        self._settling.start()

    async def stop(self, grace: float) -> None:
        """Claims no more, lets calls under way end, writes how they went."""
        self._stopping = True
        await self._claiming.stop()
        for carrier in {carrier for carrier, _ in self._carriers.values()}:
            await carrier.close(grace)
        await self._settling.stop()
        await self._settle()

    def _carrier(self, lane: str) -> Carrier | None:
        carrier, mine = self._carriers.get(lane.partition(":")[0], (None, None))
        return carrier if mine is not None and mine(lane) else None

    async def _claim(self) -> float:
        if not self._begun:
            await self._take_over()
            self._begun = True
        await self._serve_due()
        now = self._clock.monotonic()
        if now >= self._next_look:
            self._next_look = now + _LOOK_AT_LANES
            now_ms = self._clock.now_ms()
            due = [
                lane.lane
                for lane in await self._outbox.lanes()
                if lane.due_ms <= now_ms and self._carrier(lane.lane) is not None
            ]
            self._behind.update(due)
            self._due.update(dict.fromkeys(due))
            await self._serve_due()
        return _LOOK_AT_LANES

    async def _take_over(self) -> None:
        for lane in await self._outbox.lanes():
            if self._carrier(lane.lane) is not None and lane.lane.partition(":")[0] not in self._shared:
                await self._notify.free(lane.lane)

    async def _serve_due(self) -> None:
        while self._due and not self._stopping:
            lane = next(iter(self._due))
            del self._due[lane]
            carrier = self._carrier(lane)
            room = 0
            if carrier is not None:
                room = min(carrier.room(lane) - self._reserved[lane], _MOST_AT_ONCE)
            if carrier is None or room <= 0:
                continue
            self._behind.discard(lane)
            self._taking = lane
            try:
                batch = await self._notify.take(lane, room)
            finally:
                self._taking = ""
            if batch:
                carrier.carry(lane, batch)
            if len(batch) == room:
                self._behind.add(lane)
                self._due[lane] = None

    async def _settle(self) -> float:
        while self._done:
            done, self._done = self._done, []
            try:
                await self._notify.settle(done)
            except Exception:
                # Nothing of it is written: it is told again, before what came meanwhile.
                self._done = done + self._done
                raise
        return 60.0
