"""Many things due at many moments with one timer: buckets of a few milliseconds. What is due is not known here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, Final

TICK: Final = 0.005
"""Seconds that one bucket spans: nothing is early, and all is at most so much late."""


class Wheel:
    """Calls `action(item)` once its time has come; things due in the same tick in the order they were added."""

    __slots__ = ("_buckets", "_loop", "_ticks", "_timer", "_timer_tick")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._buckets: dict[int, list[tuple[Callable[[Any], object], Any]]] = {}
        self._ticks: list[int] = []
        self._timer: asyncio.TimerHandle | None = None
        self._timer_tick = 0

    def __len__(self) -> int:
        """How many things are still to come."""
        return sum(map(len, self._buckets.values()))

    def add(self, delay: float, action: Callable[[Any], object], item: Any) -> None:
        """`action(item)` in `delay` seconds; at once where that is 0 or less."""
        if delay <= 0:
            action(item)
            return
        tick = int((self._loop.time() + delay) / TICK) + 1
        bucket = self._buckets.get(tick)
        if bucket is None:
            self._buckets[tick] = [(action, item)]
            heappush(self._ticks, tick)
            self._set_timer()
        else:
            bucket.append((action, item))

    def clear(self) -> None:
        """Forgets everything; nothing is called any more."""
        self._buckets.clear()
        self._ticks.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self) -> None:
        first = self._ticks[0]
        if self._timer is not None:
            if self._timer_tick <= first:
                return
            self._timer.cancel()
        self._timer_tick = first
        self._timer = self._loop.call_at(first * TICK, self._turn)

    def _turn(self) -> None:
        self._timer = None
        now = self._loop.time() + TICK / 1000
        ticks = self._ticks
        while ticks and ticks[0] * TICK <= now:
            for action, item in self._buckets.pop(heappop(ticks)):
                action(item)
        if ticks:
            self._set_timer()
