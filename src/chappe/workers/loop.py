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
        self._poked = False
        self._waiting: asyncio.Future[None] | None = None
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(self._run(), name=self._name)

    def poke(self) -> None:
        """Makes the duty run soon; many pokes until then make one run."""
        self._poked = True
        if self._waiting is not None:
            self._wake(self._waiting)

    async def stop(self) -> None:
        """Lets the present run end, then no more."""
        self._stopping = True
        self.poke()
        if self._task is not None:
            await self._task
            self._task = None

    async def _run(self) -> None:
        while not self._stopping:
            self._poked = False
            try:
                wait = await self._duty()
            except Exception as error:  # noqa: BLE001 - one bad turn must not end a duty; whoever watches is told
                self._on_error(self._name, error)
                await self._rest()
                continue
            if wait > 0 and not self._poked:
                await self._wait(wait)

    async def _rest(self) -> None:
        """The pause after an error. Pokes do not shorten it: what fails is not asked again at the rate of its askers."""
        clock = asyncio.get_running_loop().time
        until = clock() + self._pause
        while not self._stopping and (left := until - clock()) > 0:
            await self._wait(left)

    async def _wait(self, seconds: float) -> None:
        # By hand, since asyncio.wait_for makes a task of each wait, and busy loops wait a thousand times a second.
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        timer = loop.call_later(seconds, self._wake, self._waiting)
        try:
            await self._waiting
        finally:
            timer.cancel()
            self._waiting = None

    @staticmethod
    def _wake(waiting: asyncio.Future[None]) -> None:
        if not waiting.done():
            waiting.set_result(None)
