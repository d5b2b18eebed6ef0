"""A database with nothing in it, and a store over one; transactions are the tests' own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from chappe.stores.sqlite.database import Database, open_database
from chappe.stores.sqlite.store import SqliteStore, open_store


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = open_database(tmp_path / "s.db")
    yield database
    database.connection.close()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = open_store(tmp_path / "s.db", interval=0, reserve=0)
    yield opened
    await opened.close()
