"""The door for what is owed: claims in order of messages, the count kept over commits and restarts."""

from __future__ import annotations

from pathlib import Path

from chappe.domain.report import Delivery, DeliveryOutcome, ReportOn
from chappe.stores.sqlite.store import SqliteStore, open_store
from making import NOW, message, notice, sent, webhook

LANE = "http://client.example"


async def owe(store: SqliteStore, count: int) -> list[int]:
    batch = [message(report=webhook()) for _ in range(count)]
    await store.accept(batch)
    await store.claim("op", count, 1, NOW)
    await store.move([sent(each, str(each.id), owes=(notice(each, ReportOn.SMSC),)) for each in batch])
    return [each.id for each in batch]


async def test_claims_come_in_the_order_of_their_messages(store: SqliteStore) -> None:
    ids = await owe(store, 50)
    assert [one.message_id for one in await store.claim_notices(LANE, 50, NOW, NOW + 60)] == ids


async def test_the_count_is_right_from_the_first_moment_after_opening(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s.db", interval=0, reserve=0)
    ids = await owe(store, 3)
    await store.settle([DeliveryOutcome(ids[0], 1, Delivery.DONE, NOW)])
    await store.close()
    store = open_store(tmp_path / "s.db", interval=0, reserve=0)
    assert await store.owed_count() == 2
    await store.settle([DeliveryOutcome(ids[1], 1, Delivery.GIVEN_UP, NOW)])
    assert await store.owed_count() == 1
    await store.close()


async def test_settling_nothing_or_what_nobody_owes_changes_nothing(store: SqliteStore) -> None:
    await owe(store, 1)
    await store.settle([])
    await store.settle([DeliveryOutcome(12345, 1, Delivery.DONE, NOW)])
    assert await store.owed_count() == 1
