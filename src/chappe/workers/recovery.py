"""Takes over attempts of processes that are gone, when it is told that there are such."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from chappe.pipeline.release import Release
from chappe.workers.loop import Loop, OnError

_NOTHING_TO_DO: Final = 3_600.0


class Recovery:
    """One loop; a store that refuses for now is asked again after a pause."""

    def __init__(self, release: Release, owner: int, told: Callable[[int], None], on_error: OnError) -> None:
        """`owner` is this process's number; `told` hears how many attempts were interrupted."""
        self._release = release
        self._owner = owner
        self._told = told
        self._dead: set[int] = set()
        self._before = 0
        self._due = False
        self._loop = Loop("recover", self._recover, on_error)

    def start(self) -> None:
        """Begins."""
        self._loop.start()

    async def stop(self) -> None:
        """Ends; what is left is taken over at the next start."""
        await self._loop.stop()

    def take_over(self, dead: Sequence[int], before: int) -> None:
        """What these owners held, and all that came before `before`, is to be taken over."""
        self._dead.update(dead)
        self._before = max(self._before, before)
        self._due = True
        self._loop.poke()

    async def _recover(self) -> float:
        if not self._due:
            return _NOTHING_TO_DO
        count = 0
        while found := await self._release.stranded(self._owner, sorted(self._dead), self._before):
            count += found
        self._due = False
        if count:
            self._told(count)
        return _NOTHING_TO_DO
