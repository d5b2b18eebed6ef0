"""The door for batches: room is asked for, others have their turn, and what was written is there after a restart."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from chappe.ports.store import StoreBusy
from chappe.stores.sqlite.store import SqliteStore, open_store
from chappe.stores.sqlite.verify import verify
from contracts.test_store_batches import batch, mailing, of, unsent
from making import NOW


async def test_a_full_disk_takes_neither_a_batch_nor_a_slice(tmp_path: Path) -> None:
    free = [1 << 40]
    store = open_store(tmp_path / "s.db", interval=0, free_octets=lambda: free[0])
    await store.open_batch(batch(), [[mailing("1", "2")]])
    await store.close()
    free[0] = 0
    store = open_store(tmp_path / "s.db", interval=0, free_octets=lambda: free[0])
    (piece,) = await store.due_slices(NOW, 10)
    with pytest.raises(StoreBusy):
        await store.open_batch(batch(), [[mailing("1")]])
    with pytest.raises(StoreBusy):
        await store.take_slice(piece.number, [of(piece.batch)], [], NOW)
    assert len(await store.due_slices(NOW, 10)) == 1
    await store.close()


async def test_a_large_batch_lets_others_have_their_turn(store: SqliteStore) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    await store.open_batch(batch(50), [[mailing(str(number))] for number in range(50)])
    task.cancel()
    assert turns >= 50


async def test_a_batch_half_spread_goes_on_after_a_restart_and_adds_up(tmp_path: Path) -> None:
    one = batch(3)
    store = open_store(tmp_path / "s.db", interval=0, reserve=0)
    await store.open_batch(one, [[mailing("1", "2")], [mailing("3")]])
    (piece,) = await store.due_slices(NOW, 10)
    await store.take_slice(piece.number, [of(one)], [unsent(one)], NOW)
    await store.close()
    assert verify(tmp_path / "s.db")[0] == []
    store = open_store(tmp_path / "s.db", interval=0, reserve=0)
    assert (await store.due_slices(NOW, 10))[0].mailings == [mailing("3")]
    assert await store.owed_count() == 1
    assert await store.depths() == {"op": 1}
    await store.close()
