"""The engines that the store's contract is run against; a new engine adds one line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chappe.ports.store import Store
from chappe.stores.memory.store import MemoryStore
from chappe.stores.sqlite.database import open_database
from chappe.stores.sqlite.shared_writer import SharedWriter
from chappe.stores.sqlite.store import connect_store, open_store
from making import begin_ids_anew


@asynccontextmanager
async def shared(folder: Path) -> AsyncIterator[Store]:
    """The SQLite engine behind a writer that other processes could share."""
    database = open_database(folder / "s.db")
    database.count()
    writer = SharedWriter(database, 0.0, lambda: None)
    await writer.listen(folder / "w")
    engine = await connect_store(folder / "w", folder, fed=lambda _queues, _lanes: None, reserve=0)
    yield engine
    await engine.close()
    await writer.close()


@pytest.fixture(params=["memory", "sqlite", "shared"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "shared":
        async with shared(tmp_path) as engine:
            yield engine
        return
    engine = (
        MemoryStore() if request.param == "memory" else open_store(tmp_path / "s.db", interval=0, reserve=0)
    )
    yield engine
    await engine.close()


@pytest.fixture(autouse=True)
def _ids() -> None:
    """Every test counts its ids from the beginning: so many fit into a millisecond only."""
    begin_ids_anew()
