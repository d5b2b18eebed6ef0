"""The store put together: the room it keeps, the counts it keeps, opening and closing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest

from chappe.ports.store import StoreBusy, StoreFailed, StoreUnusable
from chappe.stores.sqlite import store as module
from chappe.stores.sqlite.database import Database
from chappe.stores.sqlite.store import DEFAULT_RESERVE, Room, open_store
from making import NOW, message


def test_the_room_is_looked_at_a_few_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=1_000.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    looks: list[int] = []
    free = [100]

    def look() -> int:
        looks.append(1)
        return free[0]

    room = Room(look, 50)
    for _ in range(1_000):
        room.check()
    assert len(looks) == 1
    free[0] = 49
    room.check()
    clock.now += 0.25
    with pytest.raises(StoreBusy, match="nearly full"):
        room.check()
    free[0] = 50
    with pytest.raises(StoreBusy):
        room.check()
    clock.now += 0.25
    room.check()
    assert len(looks) == 3


def test_counts_follow_commits(db: Database) -> None:
    db.count()
    assert (db.depths, db.owed) == ({}, 0)
    for _ in range(2):
        with db.transaction():
            db.queued("op", 2)
            db.owed_change = 3
    assert (db.depths, db.owed, db.fed) == ({"op": 4}, 6, {"op"})

    def fail() -> None:
        with db.transaction():
            db.queued("op", 1)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (db.depths, db.owed, db.fed) == ({"op": 4}, 6, set())


async def test_the_disk_of_the_store_itself_is_looked_at(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s.db", interval=0, reserve=1 << 62)
    with pytest.raises(StoreBusy):
        await store.accept([message()])
    await store.close()
    assert DEFAULT_RESERVE >= 1 << 20


async def test_what_was_handed_in_before_closing_is_kept(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s.db", reserve=0)
    batch = [message() for _ in range(20)]
    waiting = [asyncio.ensure_future(store.accept([each])) for each in batch]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*waiting)
    store = open_store(tmp_path / "s.db", create=False, reserve=0)
    assert None not in await store.messages([each.id for each in batch])
    await store.close()


async def test_a_closed_store_takes_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s.db", reserve=0)
    await store.close()
    with pytest.raises(StoreFailed, match="closed"):
        await store.accept([message()])
    with pytest.raises(StoreFailed):
        await store.claim("op", 1, 1, NOW)
    await store.close()


def sizes(folder: Path) -> dict[str, int]:
    return {each.name: each.stat().st_size for each in folder.iterdir()}


async def test_closing_writes_the_log_back(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s.db", reserve=0)
    await store.accept([message() for _ in range(50)])
    assert sizes(tmp_path)["s.db-wal"] > 0
    await store.close()
    assert list(sizes(tmp_path)) == ["s.db"]


async def test_a_store_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    (tmp_path / "s.db").write_text("notes")
    with pytest.raises(StoreUnusable, match="no SQLite file"):
        open_store(tmp_path / "s.db")
