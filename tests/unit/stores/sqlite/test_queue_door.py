"""The door for queues: records come back in order, depths are kept and not counted."""

from __future__ import annotations

from pathlib import Path

from chappe.domain.state import State
from chappe.stores.sqlite.store import SqliteStore, open_store
from making import NOW, message


async def test_claims_come_oldest_first_though_sql_promises_no_order(store: SqliteStore) -> None:
    given = [message() for _ in range(200)]
    await store.accept(list(reversed(given)))
    found = await store.claim("op", 200, 7, NOW)
    assert [one.message.id for one in found] == [each.id for each in given]
    assert {one.standing.state for one in found} == {State.IN_FLIGHT}


async def test_depths_are_right_from_the_first_moment_after_opening(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s.db", interval=0, reserve=0)
    await store.accept([message() for _ in range(3)] + [message(connector="spare"), message(due_ms=NOW)])
    await store.close()
    store = open_store(tmp_path / "s.db", interval=0, reserve=0)
    assert await store.depths() == {"op": 3, "spare": 1}
    await store.claim("op", 2, 1, NOW)
    assert await store.depths() == {"op": 1, "spare": 1}
    await store.claim("op", 2, 1, NOW)
    assert await store.depths() == {"spare": 1}
    await store.close()


async def test_an_idle_store_has_nothing_due(store: SqliteStore) -> None:
    assert await store.next_due() == 0
    assert await store.depths() == {}
    assert await store.stranded(2, [1], 2, 9) == []
    assert await store.expired(NOW, 9) == []


async def test_owners_rise_over_restarts(tmp_path: Path) -> None:
    owners = []
    for _ in range(3):
        store = open_store(tmp_path / "s.db", interval=0, reserve=0)
        owners.append(await store.new_owner())
        await store.close()
    assert owners == [1, 2, 3]
