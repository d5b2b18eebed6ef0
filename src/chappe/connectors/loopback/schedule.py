"""Things to do later, by one timer for all of them. What they are is not known here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush

Action = Callable[[], None]


class Schedule:
    """Runs actions when they are due, in order of time and then of coming; all that are due run together.

    `after` is called at the end of each such run.
    """

    __slots__ = ("_after", "_count", "_handle", "_handle_at", "_heap")

    def __init__(self, after: Action) -> None:
        self._after = after
        self._heap: list[tuple[float, int, Action]] = []
        self._count = 0
        self._handle: asyncio.TimerHandle | None = None
        self._handle_at = 0.0

    def add(self, seconds: float, action: Action) -> None:
        """Runs this in so many seconds; never before the present turn of the loop is over."""
        loop = asyncio.get_running_loop()
        at = loop.time() + seconds
        self._count += 1
        heappush(self._heap, (at, self._count, action))
        self._wake_at(loop, at)

    def stop(self) -> None:
        """Forgets everything."""
        self._heap.clear()
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _wake_at(self, loop: asyncio.AbstractEventLoop, at: float) -> None:
        if self._handle is not None:
            if self._handle_at <= at:
                return
            self._handle.cancel()
        self._handle_at = at
        self._handle = loop.call_at(at, self._run)

    def _run(self) -> None:
        self._handle = None
        loop = asyncio.get_running_loop()
        now = loop.time()
        heap = self._heap
        due: list[Action] = []
        while heap and heap[0][0] <= max(now, self._handle_at):
            due.append(heappop(heap)[2])
        for action in due:
            action()
        self._after()
        if heap:
            self._wake_at(loop, heap[0][0])
