"""Seen and read: told to clients as news on the way, after the delivery that they imply, in any order and in one batch."""

from __future__ import annotations

import itertools

import pytest

from chappe.domain.receipt import READ, SEEN, Receipt
from chappe.domain.report import ReportOn, StatusNotice
from chappe.domain.state import State
from unit.pipeline.rig import ALL_NEWS, START_MS, WEBHOOK, Rig, receipt, rig


def told(word: str, at_ms: int = START_MS) -> Receipt:
    if word == "DELIVRD":
        return receipt("A1", more=True, received_ms=at_ms)
    return receipt("A1", None, word=word, raw=word, received_ms=at_ms)


async def words(house: Rig, message_id: int) -> list[tuple[str, State]]:
    notices = [record.notice for record in await house.notices(message_id)]
    return sorted(
        (notice.word, notice.state)
        for notice in notices
        if isinstance(notice, StatusNotice) and notice.event is ReportOn.INTERMEDIATE
    )


@pytest.mark.parametrize("order", list(itertools.permutations(("DELIVRD", SEEN, READ))))
@pytest.mark.parametrize("together", [True, False])
async def test_in_any_order(order: tuple[str, ...], *, together: bool) -> None:
    house = rig()
    message_id = await house.sent("A1", report=WEBHOOK)
    receipts = [told(word) for word in order]
    for batch in [receipts] if together else [[one] for one in receipts]:
        await house.receipts.accept(batch)
    assert await house.state(message_id) is State.DELIVERED
    assert await words(house, message_id) == [("READ", State.DELIVERED), ("SEEN", State.DELIVERED)]
    events = [event for event, _ in await house.events(message_id)]
    assert events.count(ReportOn.SUCCESS) == 1
    assert await house.store.unmatched_counts() == (0, 0)
    assert house.meter.by_name["contradicting_receipts"] == 0


async def test_what_is_read_later_is_told_later_and_the_end_stays_where_it_was() -> None:
    house = rig()
    message_id = await house.sent("A1", report=WEBHOOK)
    await house.receipts.accept([told("DELIVRD")])
    before = await house.standing(message_id)
    await house.receipts.accept([told(READ, START_MS + 60_000)])
    assert await house.standing(message_id) == before
    (part,) = (await house.timeline(message_id)).parts
    assert (part.word, part.done_ms) == ("READ", START_MS + 60_000)


async def test_twice_read_is_told_once() -> None:
    house = rig()
    message_id = await house.sent("A1", report=WEBHOOK)
    await house.receipts.accept([told(READ), told(READ)])
    await house.receipts.accept([told(READ)])
    assert await words(house, message_id) == [("READ", State.DELIVERED)]


async def test_whoever_does_not_ask_is_not_told() -> None:
    house = rig()
    wish = type(WEBHOOK)(WEBHOOK.way, ALL_NEWS - ReportOn.INTERMEDIATE, "jasmin", WEBHOOK.target, "POST")
    message_id = await house.sent("A1", report=wish)
    await house.receipts.accept([told("DELIVRD"), told(READ)])
    assert await words(house, message_id) == []


async def test_a_message_that_failed_is_not_read() -> None:
    house = rig()
    message_id = await house.sent("A1", report=WEBHOOK)
    await house.receipts.accept([receipt("A1", State.UNDELIVERED, more=True)])
    await house.receipts.accept([told(READ)])
    assert await house.state(message_id) is State.UNDELIVERED
    assert await words(house, message_id) == []


async def test_a_long_text_of_one_part_is_delivered_by_one_receipt() -> None:
    house = rig()
    message_id = await house.sent("A1", text="x" * 300)
    await house.receipts.accept([told("DELIVRD")])
    assert await house.state(message_id) is State.DELIVERED


async def test_without_more_to_come_a_part_is_closed_as_ever() -> None:
    house = rig()
    message_id = await house.sent("A1")
    await house.receipts.accept([receipt("A1")])
    (part,) = (await house.timeline(message_id)).parts
    assert not part.open
