"""Sees batches through: slices into messages, and the cancelling of those that are not wanted any more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from chappe.pipeline.batches import Batches
from chappe.workers.loop import Loop, OnError

_LOOK_EVERY: Final = 0.25
"""Seconds between looks: batches are taken by other processes too, and their time comes."""


class BatchKeeper:
    """Spreads batches while there are any that are due; one process of a gateway has this duty."""

    def __init__(
        self, batches: Batches, lanes_due: Callable[[Iterable[str]], None], on_error: OnError
    ) -> None:
        self._batches = batches
        self._lanes_due = lanes_due
        self._loop = Loop("batches", self._turn, on_error)

    def start(self) -> None:
        """Begins."""
        self._loop.start()

    def poke(self) -> None:
        """Something is to be done."""
        self._loop.poke()

    async def stop(self) -> None:
        """Ends after the slice that is under way."""
        await self._loop.stop()

    async def _turn(self) -> float:
        spread = await self._batches.step()
        if spread.lanes:
            self._lanes_due(spread.lanes)
        return 0.0 if spread.done else _LOOK_EVERY
