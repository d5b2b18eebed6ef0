"""The store over one SQLite file: its doors put together, its opening and closing."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from chappe.ports.store import StoreBusy
from chappe.stores.sqlite.batch_door import BatchDoor
from chappe.stores.sqlite.database import Database, open_database
from chappe.stores.sqlite.device_door import DeviceDoor
from chappe.stores.sqlite.incoming_door import IncomingDoor
from chappe.stores.sqlite.labels_door import LabelsDoor
from chappe.stores.sqlite.list_door import ListDoor
from chappe.stores.sqlite.lock import hold
from chappe.stores.sqlite.message_door import MessageDoor
from chappe.stores.sqlite.mo_log_door import MoLogDoor
from chappe.stores.sqlite.operator_doors import DirectoryDoor, LedgerDoor
from chappe.stores.sqlite.outbox_door import OutboxDoor
from chappe.stores.sqlite.pins_door import PinsDoor
from chappe.stores.sqlite.queue_door import QueueDoor
from chappe.stores.sqlite.remote_writer import OnFed, connect_writer
from chappe.stores.sqlite.report_door import ReportDoor
from chappe.stores.sqlite.writer import Works, Writer

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


class SqliteStore(
    MessageDoor,
    QueueDoor,
    OutboxDoor,
    DirectoryDoor,
    LedgerDoor,
    IncomingDoor,
    BatchDoor,
    LabelsDoor,
    PinsDoor,
    ReportDoor,
    ListDoor,
    MoLogDoor,
    DeviceDoor,
):
    """Answers `ports.store.Store`. Made by `open_store`, inside a running event loop."""

    def __init__(
        self,
        writer: Works,
        room: Room,
        database: Database | None = None,
        held: IO[bytes] | None = None,
    ) -> None:
        """`database` is the file, where this process has it open; `held` the lock of the one that serves it."""
        MessageDoor.__init__(self, writer, room.check)
        QueueDoor.__init__(self, writer)
        OutboxDoor.__init__(self, writer)
        DirectoryDoor.__init__(self, writer)
        LedgerDoor.__init__(self, writer)
        IncomingDoor.__init__(self, writer)
        BatchDoor.__init__(self, writer, room.check)
        LabelsDoor.__init__(self, writer)
        ListDoor.__init__(self, writer)
        MoLogDoor.__init__(self, writer)
        DeviceDoor.__init__(self, writer)
        PinsDoor.__init__(self, writer, room.check)
        ReportDoor.__init__(self, writer)
        self._database = database
        self._held = held

    async def close(self) -> None:
        """Finishes what was handed in, writes the log back and closes the file."""
        await self._writer.close()
        if self._database is not None:
            self._database.connection.close()
        if self._held is not None:
            self._held.close()


def open_store(
    path: Path,
    *,
    create: bool = True,
    interval: float = DEFAULT_INTERVAL,
    reserve: int = DEFAULT_RESERVE,
    free_octets: Callable[[], int] | None = None,
    vfs: str | None = None,
    cache_mb: int = 16,
    serves: bool = False,
) -> SqliteStore:
    """Opens or makes the store's file; raises StoreUnusable with a sentence that says why not.

    `serves` is for the one process that takes over what others left: a second one is refused. `interval` is the least
    time between commits under load, in seconds; `reserve` the octets of disk kept for
    what is already held, `free_octets` tells how many are left.
    """
    held = hold(path) if serves and path.parent.is_dir() else None
    try:
        database = open_database(path, create=create, vfs=vfs, cache_mb=cache_mb)
        database.count()
    except BaseException:
        if held is not None:
            held.close()
        raise
    writer = Writer(database, asyncio.get_running_loop(), interval=interval)
    return SqliteStore(writer, room_at(path.parent, reserve, free_octets), database, held)


async def connect_store(
    socket: Path, folder: Path, *, fed: OnFed, reserve: int = DEFAULT_RESERVE
) -> SqliteStore:
    """The store behind another process's writer; `folder` is where its file lies. Raises OSError while nobody serves it.

    `fed` is told of queues and lanes that got something, whoever put it there.
    """
    return SqliteStore(await connect_writer(socket, fed), room_at(folder, reserve))


def room_at(folder: Path, reserve: int, free_octets: Callable[[], int] | None = None) -> Room:
    """Looks after the disk that a folder is on."""

    def free() -> int:
        usage = os.statvfs(folder)
        return usage.f_bavail * usage.f_frsize

    return Room(free_octets or free, reserve)
