"""One duty in a task of its own: run when poked or when its time comes, survived by errors, stopped cleanly."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

OnError = Callable[[str, BaseException], None]
"""Told of the duty's name and what went wrong; the duty goes on after a pause."""


class Loop:
    """Calls `duty` again and again: at once when poked, else after the seconds that it returns.

    `duty` returns how long to wait at most; an exception is told and waited out.
    """

    def __init__(
        self, name: str, duty: Callable[[], Awaitable[float]], on_error: OnError, pause: float = 1.0
    ) -> None:
        self._name = name
        self._duty = duty
        self._on_error = on_error
        self._pause = pause
        self._poked = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(self._run(), name=self._name)

    def poke(self) -> None:
        """Makes the duty run soon; many pokes until then make one run."""
        self._poked.set()

    async def stop(self) -> None:
        """Lets the present run end, then no more."""
        self._stopping = True
        self._poked.set()
        if self._task is not None:
            await self._task
            self._task = None

    async def _run(self) -> None:
        while not self._stopping:
            self._poked.clear()
            try:
                wait = await self._duty()
            except Exception as error:  # noqa: BLE001 - one bad turn must not end a duty; whoever watches is told
                self._on_error(self._name, error)
                wait = self._pause
            if wait > 0 and not self._stopping:
                try:
                    await asyncio.wait_for(self._poked.wait(), wait)
                except TimeoutError:
                    continue
