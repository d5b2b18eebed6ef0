"""Notices handed over with the commit that owes them: once each, only where there is room, never where nothing was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from chappe.domain.report import Owed, ReportOn
from chappe.domain.state import State
from chappe.pipeline.notify import LEASE_MS
from chappe.ports.store import StoreBusy
from unit.pipeline.rig import START_MS, WEBHOOK, Rig, receipt, rig

LANE = "http://client.example"


class Hands:
    """Room for so many notices."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.reserved: Counter[str] = Counter()
        self.handed: list[Owed] = []

    def reserve(self, lane: str) -> bool:
        if self.reserved[lane] >= self.room:
            return False
        self.reserved[lane] += 1
        return True

    def hand(self, lane: str, batch: Sequence[Owed]) -> None:
        self.reserved[lane] -= len(batch)
        self.handed += batch

    def give_back(self, lane: str, count: int) -> None:
        self.reserved[lane] -= count


async def due(house: Rig) -> list[int]:
    """What anybody who looks for the final notices finds."""
    found = await house.store.claim_notices(LANE, 100, house.clock.now_ms(), house.clock.now_ms() + 1)
    return [owed.slot for owed in found if owed.slot == 2]


async def test_what_has_room_is_handed_over_and_found_by_nobody() -> None:
    house, hands = rig(), Hands(1)
    ids = [await house.sent(smsc_id, report=WEBHOOK) for smsc_id in ("0A", "0B")]
    received = await house.receipts.accept([receipt("0A"), receipt("0B")], hands)
    assert [(owed.message_id, owed.slot, owed.attempts, owed.lane) for owed in hands.handed] == [
        (ids[0], 2, 1, LANE)
    ]
    assert hands.handed[0].due_ms == house.clock.now_ms() + LEASE_MS
    assert received.lanes == {LANE}
    assert await due(house) == [2]
    assert +hands.reserved == Counter()
    assert [await house.state(each) for each in ids] == [State.DELIVERED] * 2
    assert [event for event, _ in await house.events(ids[0])] == [ReportOn.SMSC, ReportOn.SUCCESS]


async def test_where_all_have_room_no_lane_is_told_of() -> None:
    house, hands = rig(), Hands(9)
    await house.sent("0A", report=WEBHOOK)
    assert (await house.receipts.accept([receipt("0A")], hands)).lanes == frozenset()
    assert len(hands.handed) == 1
    assert await due(house) == []


async def test_a_second_receipt_hands_nothing_over() -> None:
    house, hands = rig(), Hands(9)
    await house.sent("0A", report=WEBHOOK)
    await house.receipts.accept([receipt("0A"), receipt("0A", State.EXPIRED)], hands)
    assert len(hands.handed) == 1
    assert +hands.reserved == Counter()


async def test_a_state_on_the_way_is_left_to_the_store() -> None:
    house, hands = rig(), Hands(9)
    await house.sent("0A", report=WEBHOOK)
    received = await house.receipts.accept([receipt("0A", None, word="ENROUTE")], hands)
    assert (received.lanes, hands.handed) == ({LANE}, [])


async def test_nothing_is_handed_over_that_was_not_written() -> None:
    house, hands = rig(), Hands(9)
    message_id = await house.sent("0A", report=WEBHOOK)
    move = house.store.move

    async def full(_changes: object) -> list[bool]:
        raise StoreBusy("the disk is full")

    house.store.move = full  # type: ignore[method-assign,assignment]
    with pytest.raises(StoreBusy):
        await house.receipts.accept([receipt("0A")], hands)
    assert hands.handed == []
    assert +hands.reserved == Counter()
    house.store.move = move  # type: ignore[method-assign]
    await house.receipts.accept([receipt("0A")], hands)
    assert [owed.message_id for owed in hands.handed] == [message_id]
    assert hands.handed[0].due_ms > START_MS
