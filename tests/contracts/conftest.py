"""The engines that the store's contract is run against; a new engine adds one line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chappe.ports.store import Store
from chappe.stores.memory.store import MemoryStore
from chappe.stores.sqlite.store import open_store


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    engine: Store = (
        MemoryStore() if request.param == "memory" else open_store(tmp_path / "s.db", interval=0, reserve=0)
    )
    yield engine
    await engine.close()
