"""The one writer as a thread: it commits for all who wait at once. Knows threads and time, not messages."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar

from chappe.ports.store import StoreFailed
from chappe.stores.sqlite.commit import Committer
from chappe.stores.sqlite.database import Database

T = TypeVar("T")

MOST_JOBS: Final = 512
"""At most so many pieces of work in one commit, so that none waits for an endless one."""

_Job = tuple[Callable[..., Any], tuple[Any, ...], "asyncio.Future[Any]"]
_Done = tuple["asyncio.Future[Any]", Any, BaseException | None]


class Works(Protocol):
    """What the doors hand their work to: the writer of this process, or the way to another's."""

    def do(self, work: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:
        """Hands in `work(database, *arguments)`; the future is done once its effect is on disk."""
        ...

    async def close(self) -> None:
        """Finishes what was handed in, then lets go."""
        ...


class Writer:
    """Answers `Works`: many pieces in one transaction, answered after the sync.

    Commits are at least `interval` seconds apart under load (at low rates the cost is commits, not rows); a
    lone piece of work on an idle store does not wait.
    """

    def __init__(
        self,
        database: Database,
        loop: asyncio.AbstractEventLoop,
        *,
        interval: float = 0.002,
        committed: Callable[[Database], None] = lambda _database: None,
    ) -> None:
        self._loop = loop
        self._interval = interval
        self._committer = Committer(database, committed)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="chappe-writer", daemon=True)
        self._thread.start()

    def do(self, work: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:
        """See Works."""
        future: asyncio.Future[T] = self._loop.create_future()
        if self._closed:
            future.set_exception(StoreFailed("the store is closed"))
        elif self._committer.failure is not None:
            future.set_exception(self._committer.failure)
        else:
            self._jobs.put((work, arguments, future))
        return future

    async def close(self) -> None:
        """See Works: ends the thread."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
            await self._loop.run_in_executor(None, self._thread.join)

    def _work(self) -> None:
        last = 0.0
        stop = False
        while not stop:
            job = self._jobs.get()
            if job is None:
                return
            wait = self._interval - (time.monotonic() - last)
            if wait > 0:
                time.sleep(wait)
            batch = [job]
            while len(batch) < MOST_JOBS:
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if job is None:
                    stop = True
                    break
                batch.append(job)
            last = time.monotonic()
            outcomes = self._committer.commit([(work, arguments) for work, arguments, _ in batch])
            done = [
                (future, result, error)
                for (_, _, future), (result, error) in zip(batch, outcomes, strict=True)
            ]
            self._loop.call_soon_threadsafe(_deliver, done)


def _deliver(done: list[_Done]) -> None:
    for future, result, error in done:
        if future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
