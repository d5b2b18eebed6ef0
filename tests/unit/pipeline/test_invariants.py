"""Invariants I1 and I3 to I7 over random histories, on both engines; history.py says what they are."""

from __future__ import annotations

import asyncio
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from chappe.ports.store import Store
from chappe.stores.memory.store import MemoryStore
from chappe.stores.sqlite.database import open_database
from chappe.stores.sqlite.store import Room, SqliteStore
from chappe.stores.sqlite.verify import verify
from chappe.stores.sqlite.writer import Writer
from unit.pipeline.history import Histories, Watched, walk


class WatchedMemory(Watched, MemoryStore):
    """The engine in memory, watched."""


class WatchedSqlite(Watched, SqliteStore):
    """The engine over a file, watched."""


class MemoryHistories(Histories):
    """A crash leaves the store as it is."""

    async def make_store(self) -> Store:
        return WatchedMemory()


class SqliteHistories(Histories):
    """A crash closes the file and opens it anew."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()

    async def make_store(self) -> Store:
        database = open_database(Path(self.folder.name) / "s.db")
        database.connection.execute("PRAGMA synchronous = OFF")  # nothing is cut here; tests/faults does that
        database.count()
        writer = Writer(database, asyncio.get_running_loop(), interval=0.0)
        return WatchedSqlite(writer, Room(lambda: 1, 0), database)

    async def reopen(self, store: Store) -> Store:
        await store.close()
        return await self.make_store()

    def teardown(self) -> None:
        super().teardown()
        assert verify(Path(self.folder.name) / "s.db")[0] == []
        self.folder.cleanup()


TestMemoryHistories = MemoryHistories.TestCase
TestMemoryHistories.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)

TestSqliteHistories = SqliteHistories.TestCase
TestSqliteHistories.settings = settings(max_examples=20, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize("seed", range(15))
def test_long_histories_in_memory(seed: int) -> None:
    machine = MemoryHistories()
    try:
        walk(machine, random.Random(seed), 150)
    finally:
        machine.teardown()


@pytest.mark.parametrize("seed", range(100, 106))
def test_long_histories_over_a_file(seed: int) -> None:
    machine = SqliteHistories()
    try:
        walk(machine, random.Random(seed), 150)
    finally:
        machine.teardown()
