"""What time brings: messages due, validities ended, receipts looked up again or given up, sets never completed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from chappe.pipeline.accept_mo import BATCH as SETS_BATCH
from chappe.pipeline.accept_mo import AcceptMo
from chappe.pipeline.accept_receipt import BATCH as RECEIPTS_BATCH
from chappe.pipeline.accept_receipt import AcceptReceipt
from chappe.pipeline.expire import BATCH as EXPIRE_BATCH
from chappe.pipeline.expire import Expire
from chappe.pipeline.release import BATCH as RELEASE_BATCH
from chappe.pipeline.release import Release
from chappe.workers.loop import Loop, OnError

_TICK: Final = 0.25
_SELDOM_TICKS: Final = 40


class Scheduler:
    """Four times a second what is due, every ten seconds what is seldom; while batches come full, without a pause."""

    def __init__(
        self,
        *,
        release: Release,
        expire: Expire,
        receipts: AcceptReceipt,
        mos: AcceptMo,
        wake: Callable[[str], None],
        lanes_due: Callable[[Iterable[str]], None],
        on_error: OnError,
    ) -> None:
        self._release = release
        self._expire = expire
        self._receipts = receipts
        self._mos = mos
        self._wake = wake
        self._lanes_due = lanes_due
        self._ticks = 0
        self._loop = Loop("schedule", self._tick, on_error)

    def start(self) -> None:
        """Begins."""
        self._loop.start()

    async def stop(self) -> None:
        """Ends."""
        await self._loop.stop()

    async def _tick(self) -> float:
        self._ticks += 1
        full = await self._due()
        if self._ticks % _SELDOM_TICKS == 1:
            full |= await self._seldom()
        elif self._expire.hurries:
            full |= await self._unreceipted()
        return 0.0 if full else _TICK

    async def _due(self) -> bool:
        released = await self._release.due()
        for connector in released:
            self._wake(connector)
        expired, lanes = await self._expire.waiting()
        looked_up, more_lanes = await self._receipts.look_again()
        self._tell(lanes | more_lanes)
        return (
            sum(released.values()) >= RELEASE_BATCH or expired >= EXPIRE_BATCH or looked_up >= RECEIPTS_BATCH
        )

    async def _seldom(self) -> bool:
        full = await self._unreceipted()
        given_up, lanes = await self._mos.give_up_sets()
        self._tell(lanes)
        return full or given_up >= SETS_BATCH

    async def _unreceipted(self) -> bool:
        unreceipted, lanes = await self._expire.unreceipted()
        self._tell(lanes)
        return unreceipted >= EXPIRE_BATCH

    def _tell(self, lanes: Iterable[str]) -> None:
        found = list(lanes)
        if found:
            self._lanes_due(found)
