"""An event loop whose time stands while there is work and jumps to the next timer when there is none: nothing is slept."""

from __future__ import annotations

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

from unit.pipeline.rig import START_MS, SetClock


class _Selector(selectors.DefaultSelector):
    """Never waits for what is timed: says how long it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise AssertionError("everything waits for ever")
        ready = super().select(0)
        if not ready:
            self.passed += timeout
        return ready


class WarpLoop(asyncio.SelectorEventLoop):
    """Its `time()` begins at 0."""

    def __init__(self) -> None:
        self._passing = _Selector()
        super().__init__(self._passing)

    def time(self) -> float:
        return self._passing.passed


class LoopClock(SetClock):
    """The loop's time as both clocks, plus what the test advanced by itself."""

    def now_ms(self) -> int:
        return self.ms + round(asyncio.get_running_loop().time() * 1000)

    def monotonic(self) -> float:
        return self.seconds + asyncio.get_running_loop().time()


def warped(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Runs an async test on a warped loop."""

    @functools.wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        with asyncio.Runner(loop_factory=WarpLoop) as runner:
            runner.run(test(*arguments, **named))

    return run


async def at(seconds: float) -> None:
    """Returns when the loop's time has come to this."""
    loop = asyncio.get_running_loop()
    reached = loop.create_future()
    loop.call_at(seconds, reached.set_result, None)
    await reached


def now() -> float:
    return round(asyncio.get_running_loop().time(), 6)


class Errors:
    """What duties told of: (duty, sentence)."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def __call__(self, duty: str, error: BaseException) -> None:
        self.told.append((duty, f"{type(error).__name__}: {error}"))


__all__ = ["START_MS", "Errors", "LoopClock", "WarpLoop", "at", "now", "warped"]
