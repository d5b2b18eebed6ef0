"""A house for each journey: SMSC, tap and webhook receiver open, the gateway started."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from chappe.app.opening import open_configured_store, open_keys
from journeys.house import CONFIG_NAME, PASSWORD, House, write_config


@pytest.fixture(scope="session")
def secret_hash() -> str:
    """Of least cost: what hashing costs is shown elsewhere."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration, a key and a store in which nothing stands yet."""
    folder = tmp_path_factory.mktemp("empty")
    config = write_config(folder / CONFIG_NAME)
    open_keys(config)

    async def make() -> None:
        await open_configured_store(config).close()

    asyncio.run(make())
    return folder


@pytest.fixture
async def outside(
    tmp_path: Path, empty: Path, secret_hash: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """Everything but the gateway."""
    folder = tmp_path / "house"
    shutil.copytree(empty, folder)
    house = House(folder, secret_hash)
    monkeypatch.setattr("chappe.app.use_cases.SystemClock", lambda: house.clock)
    monkeypatch.setattr("chappe.management.passwords._MEMORY_KIB", 64)
    await house.open()
    yield house
    await house.close()


@pytest.fixture
async def house(outside: House) -> House:
    """With the gateway in this process, its connector bound."""
    await outside.start()
    await outside.healthy()
    return outside
