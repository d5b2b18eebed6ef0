"""One commit for many pieces of work: in it together, each with its own answer. Knows errors of SQLite, no threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import apsw

from chappe.ports.store import StoreBusy, StoreError, StoreFailed
from chappe.stores.sqlite.database import Database

Job = tuple[Callable[..., Any], tuple[Any, ...]]
"""A function of this package that takes the database first, and its other arguments."""

Outcome = tuple[Any, BaseException | None]
"""What a job answered, or why it could not."""


class Committer:
    """Runs jobs in transactions. A job that fails takes no other with it.

    After a failed write or sync nothing more is taken: what the file holds is then known only after a restart.
    """

    def __init__(self, database: Database, committed: Callable[[Database], None]) -> None:
        self._database = database
        self._committed = committed
        self.failure: StoreFailed | None = None

    def commit(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Does all in one transaction; when this returns, what was answered without an error is on disk."""
        if self.failure is not None:
            return [(None, self.failure) for _ in jobs]
        database = self._database
        done: list[Outcome] = []
        try:
            with database.transaction():
                for work, arguments in jobs:
                    done.append((work(database, *arguments), None))
        except Exception as error:  # noqa: BLE001 - whatever it was, each piece is tried by itself and gets its own answer
            # A lock that another process holds is waited for once, not once for each piece.
            alone = _fatal(error) or isinstance(error, apsw.BusyError | apsw.LockedError)
            if len(jobs) > 1 and not alone:
                return [outcome for job in jobs for outcome in self.commit([job])]
            return [(None, self._translate(error)) for _ in jobs]
        self._committed(database)
        return done

    def _translate(self, error: Exception) -> BaseException:
        if _fatal(error):
            self.failure = StoreFailed(f"the store failed and takes nothing more until a restart: {error}")
            return self.failure
        if isinstance(error, apsw.FullError):
            return StoreBusy("the disk is full")
        if isinstance(error, apsw.BusyError | apsw.LockedError):
            return StoreBusy("another process holds the store")
        if isinstance(error, apsw.Error):
            return StoreError(f"the store refused a statement: {error}")
        return error


def _fatal(error: BaseException) -> bool:
    # After a failed sync the kernel may have dropped the pages: trying again could succeed falsely.
    return isinstance(error, apsw.IOError | apsw.CorruptError | apsw.NotADBError)
