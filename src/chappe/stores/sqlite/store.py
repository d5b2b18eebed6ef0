"""The store over one SQLite file: its doors put together, the counts that it keeps, its opening and closing."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from chappe.ports.store import StoreBusy
from chappe.stores.sqlite.database import Database, open_database
from chappe.stores.sqlite.incoming_door import IncomingDoor
from chappe.stores.sqlite.message_door import MessageDoor
from chappe.stores.sqlite.operator_doors import DirectoryDoor, LedgerDoor
from chappe.stores.sqlite.outbox_door import OutboxDoor
from chappe.stores.sqlite.queue_door import QueueDoor
from chappe.stores.sqlite.writer import Writer

_SPACE_LOOKED_AT_EVERY: Final = 0.25
DEFAULT_RESERVE: Final = 32 << 20
"""Octets of disk kept for state changes of what is already held."""

DEFAULT_INTERVAL: Final = 0.002
"""Seconds between commits under load."""


class Room:
    """Whether the disk has room for new work, looked at a few times a second."""

    __slots__ = ("_at", "_enough", "_free_octets", "_reserve")

    def __init__(self, free_octets: Callable[[], int], reserve: int) -> None:
        self._free_octets = free_octets
        self._reserve = reserve
        self._at = 0.0
        self._enough = True

    def check(self) -> None:
        """Raises StoreBusy while less than the reserve is free."""
        now = time.monotonic()
        if now - self._at >= _SPACE_LOOKED_AT_EVERY:
            self._at = now
            self._enough = self._free_octets() >= self._reserve
        if not self._enough:
            raise StoreBusy("the disk is nearly full; what is left is kept for messages already held")


class Counts:
    """Queue depths and open notices: read once at opening, then kept by the writer after each commit."""

    __slots__ = ("depths", "owed")

    def __init__(self, database: Database) -> None:
        self.depths: dict[str, int] = {row[0]: row[1] for row in database.rows("depths")}
        counted = database.row("count_open")
        self.owed: int = counted[0] if counted else 0

    def committed(self, database: Database) -> None:
        """Called in the writer's thread between a commit and its answers."""
        for connector, by in database.depth_changes.items():
            self.depths[connector] = self.depths.get(connector, 0) + by
        self.owed += database.owed_change

    def depths_now(self) -> Mapping[str, int]:
        """A copy, safe against the writer's thread."""
        return self.depths.copy()


class SqliteStore(MessageDoor, QueueDoor, OutboxDoor, DirectoryDoor, LedgerDoor, IncomingDoor):
    """Answers `ports.store.Store`. Made by `open_store`, inside a running event loop."""

    def __init__(self, database: Database, room: Room, interval: float) -> None:
        counts = Counts(database)
        writer = Writer(database, asyncio.get_running_loop(), interval=interval, committed=counts.committed)
        MessageDoor.__init__(self, writer, room.check)
        QueueDoor.__init__(self, writer, counts.depths_now)
        OutboxDoor.__init__(self, writer, lambda: counts.owed)
        DirectoryDoor.__init__(self, writer)
        LedgerDoor.__init__(self, writer)
        IncomingDoor.__init__(self, writer)
        self._database = database

    async def close(self) -> None:
        """Finishes what was handed in, writes the log back and closes the file."""
        await self._writer.close()
        self._database.connection.close()


def open_store(
    path: Path,
    *,
    create: bool = True,
    interval: float = DEFAULT_INTERVAL,
    reserve: int = DEFAULT_RESERVE,
    free_octets: Callable[[], int] | None = None,
    vfs: str | None = None,
    cache_mb: int = 16,
) -> SqliteStore:
    """Opens or makes the store's file; raises StoreUnusable with a sentence that says why not.

    `interval` is the least time between commits under load, in seconds; `reserve` the octets of disk kept for
    what is already held, `free_octets` tells how many are left.
    """
    database = open_database(path, create=create, vfs=vfs, cache_mb=cache_mb)
    folder = path.parent

    def free() -> int:
        usage = os.statvfs(folder)
        return usage.f_bavail * usage.f_frsize

    return SqliteStore(database, Room(free_octets or free, reserve), interval)
