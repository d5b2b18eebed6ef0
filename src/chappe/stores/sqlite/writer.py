"""The one writer: a thread that commits for all who wait at once. Knows transactions and time, not messages."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import apsw

from chappe.ports.store import StoreBusy, StoreError, StoreFailed
from chappe.stores.sqlite.database import Database

T = TypeVar("T")

_MAX_JOBS: Final = 512
"""At most so many pieces of work in one commit, so that none waits for an endless one."""

_Job = tuple[Callable[..., Any], tuple[Any, ...], "asyncio.Future[Any]"]
_Done = tuple["asyncio.Future[Any]", Any, BaseException | None]


class Writer:
    """Runs work in its thread, many pieces in one transaction, and answers after the sync.

    Commits are at least `interval` seconds apart under load (at low rates the cost is commits, not rows); a
    lone piece of work on an idle store does not wait. A piece that fails does not take others with it. After a
    failed write or sync nothing more is taken: what the file holds is then known only after a restart.
    """

    def __init__(
        self,
        database: Database,
        loop: asyncio.AbstractEventLoop,
        *,
        interval: float = 0.002,
        committed: Callable[[Database], None] = lambda _database: None,
    ) -> None:
        self._database = database
        self._loop = loop
        self._interval = interval
        self._committed = committed
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._failure: StoreFailed | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="chappe-writer", daemon=True)
        self._thread.start()

    def do(self, work: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:
        """Hands in `work(database, *arguments)`; the future is done once its effect is on disk."""
        future: asyncio.Future[T] = self._loop.create_future()
        if self._closed:
            future.set_exception(StoreFailed("the store is closed"))
        elif self._failure is not None:
            future.set_exception(self._failure)
        else:
            self._jobs.put((work, arguments, future))
        return future

    async def close(self) -> None:
        """Finishes what was handed in and ends the thread."""
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
            while len(batch) < _MAX_JOBS:
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if job is None:
                    stop = True
                    break
                batch.append(job)
            done = self._commit(batch)
            last = time.monotonic()
            self._loop.call_soon_threadsafe(_deliver, done)

    def _commit(self, batch: list[_Job]) -> list[_Done]:
        if self._failure is not None:
            return [(future, None, self._failure) for _, _, future in batch]
        database = self._database
        done: list[_Done] = []
        try:
            with database.transaction():
                for work, arguments, future in batch:
                    done.append((future, work(database, *arguments), None))
        except Exception as error:  # noqa: BLE001 - whatever it was, each piece is tried by itself and gets its own answer
            # A lock that another process holds is waited for once, not once for each piece.
            alone = self._fatal(error) or isinstance(error, apsw.BusyError | apsw.LockedError)
            if len(batch) > 1 and not alone:
                return [outcome for job in batch for outcome in self._commit([job])]
            return [(future, None, self._translate(error)) for _, _, future in batch]
        self._committed(database)
        return done

    @staticmethod
    def _fatal(error: BaseException) -> bool:
        # After a failed sync the kernel may have dropped the pages: trying again could succeed falsely.
        return isinstance(error, apsw.IOError | apsw.CorruptError | apsw.NotADBError)

    def _translate(self, error: Exception) -> BaseException:
        if self._fatal(error):
            self._failure = StoreFailed(f"the store failed and takes nothing more until a restart: {error}")
            return self._failure
        if isinstance(error, apsw.FullError):
            return StoreBusy("the disk is full")
        if isinstance(error, apsw.BusyError | apsw.LockedError):
            return StoreBusy("another process holds the store")
        if isinstance(error, apsw.Error):
            return StoreError(f"the store refused a statement: {error}")
        return error


def _deliver(done: list[_Done]) -> None:
    for future, result, error in done:
        if future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
