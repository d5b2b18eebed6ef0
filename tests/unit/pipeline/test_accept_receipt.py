"""Receipts: found in every spelling, in any order, early, twice, contradicting; never lost, and the first final state stands."""

from __future__ import annotations

import asyncio
from itertools import permutations
from typing import Any

import pytest

from chappe.domain.address import Address
from chappe.domain.link import ConnectorRecord
from chappe.domain.message import PartSent, StoredMessage
from chappe.domain.report import ReportOn
from chappe.domain.retry import Outcome, UnknownPolicy
from chappe.domain.state import FINAL, State
from chappe.ports.messages import PartLookup, PartMatch
from chappe.stores.memory.store import MemoryStore
from unit.pipeline.rig import START_MS, WEBHOOK, Rig, always, receipt, rig

LONG = "x" * 400  # three parts
LOOKS_MS = (1_000, 5_000, 30_000, 300_000, 3_600_000, 86_400_000)


async def look(house: Rig, at_ms: int) -> int:
    """One look at what is due at this time after the start."""
    house.clock.ms = START_MS + at_ms
    return (await house.receipts.look_again())[0]


# ---------------------------------------------------------------- one part


@pytest.mark.parametrize("state", sorted(FINAL))
async def test_a_final_receipt_ends_its_message_and_tells_the_client(state: State) -> None:
    house = rig()
    message_id = await house.sent("0A", report=WEBHOOK)
    received = await house.receipts.accept([receipt("0A", state, error="011", received_ms=START_MS + 9)])
    assert received.not_receipts == ()
    assert received.lanes == {"http://client.example"}
    standing = await house.standing(message_id)
    assert (standing.state, standing.error, standing.final_ms) == (state, "011", START_MS + 9)
    event = ReportOn.SUCCESS if state is State.DELIVERED else ReportOn.FAILURE
    assert await house.events(message_id) == [(ReportOn.SMSC, State.SENT), (event, state)]
    (part,) = (await house.timeline(message_id)).parts
    assert (part.open, part.error, part.done_ms) == (False, "011", START_MS + 9)
    assert part.receipt.startswith("id:0A stat:")


async def test_a_state_on_the_way_is_told_and_changes_nothing() -> None:
    house = rig()
    message_id = await house.sent("0A", report=WEBHOOK)
    for word in ("ENROUTE", "BUFFERED", "ENROUTE"):
        await house.receipts.accept([receipt("0A", None, word=word)])
    assert await house.state(message_id) is State.SENT
    told = [event for event, _ in await house.events(message_id)]
    assert told == [ReportOn.SMSC, ReportOn.INTERMEDIATE, ReportOn.INTERMEDIATE]
    await house.receipts.accept([receipt("0A")])
    assert await house.state(message_id) is State.DELIVERED


async def test_a_state_on_the_way_never_undoes_a_final_one() -> None:
    house = rig()
    message_id = await house.sent("0A")
    batch = [receipt("0A"), receipt("0A", None)]
    await house.receipts.accept(batch)
    await house.receipts.accept(batch)
    for at in LOOKS_MS:
        await look(house, at)
    assert await house.state(message_id) is State.DELIVERED
    assert house.meter.by_name["contradicting_receipts"] == 0


@pytest.mark.parametrize(
    ("response", "told", "record"),
    [
        ("39f99dd5", "0972660181", always()),
        ("0972660181", "39F99DD5", always()),
        ("0e999f21-81ef-4f3c", "E999F21-81EF-4F3C", always()),
        ("04062581461644996000241", "4062581461644996000241", always()),
        ("77", "SMSC-77", always(receipt_prefix="SMSC-")),
        ("SMSC-77", "77", always(receipt_prefix="SMSC-")),
    ],
)
async def test_ids_meet_in_every_spelling(response: str, told: str, record: ConnectorRecord) -> None:
    house = rig(record)
    message_id = await house.sent(response)
    await house.receipts.accept([receipt(told)])
    assert await house.state(message_id) is State.DELIVERED


async def test_the_learner_is_told_which_spelling_matched() -> None:
    house = rig()
    await house.sent("100000")
    await house.receipts.accept([receipt("100000")])
    await house.sent("39f99dd5")
    await house.receipts.accept([receipt("972660181")])
    assert house.meter.by_label["receipts", "op:same"] == 1
    assert house.meter.by_label["receipts", "op:hex"] == 1


async def test_only_the_id_as_written_matches_without_the_subscribers_number() -> None:
    house = rig()
    hexadecimal, plain = await house.sent("39f99dd5"), await house.sent("77")
    elsewhere = Address("4479", 1, 1)
    await house.receipts.accept([receipt("972660181", source=elsewhere), receipt("77", source=elsewhere)])
    assert await house.state(hexadecimal) is State.SENT
    assert await house.state(plain) is State.DELIVERED


async def test_connectors_of_one_supplier_share_their_ids_and_others_do_not() -> None:
    house = rig(always(group="supplier"))
    message_id = await house.sent("5")
    await house.receipts.accept([receipt("5", group="other", connector="spare")])
    assert await house.state(message_id) is State.SENT
    await house.receipts.accept([receipt("5", group="supplier", connector="spare")])
    assert await house.state(message_id) is State.DELIVERED


async def test_of_two_messages_with_one_id_the_newest_is_meant() -> None:
    house = rig()
    old, new = await house.sent("5"), await house.sent("5")
    await house.receipts.accept([receipt("5")])
    assert (await house.state(old), await house.state(new)) == (State.SENT, State.DELIVERED)


async def test_an_smsc_that_names_no_ids_confuses_no_messages() -> None:
    house = rig()
    message_id = await house.sent("")
    await house.receipts.accept([receipt(""), receipt("0"), receipt("-")])
    assert await house.state(message_id) is State.SENT


@pytest.mark.parametrize("length", [66, 5_000, 60_000])
async def test_an_endless_id_is_kept_like_any_other(length: int) -> None:
    house = rig()
    await house.receipts.accept([receipt("9" * length)])
    assert await house.store.unmatched_counts() == (1, 0)


async def test_a_held_message_is_ended_by_its_receipt() -> None:
    house = rig(always(unknown=UnknownPolicy.HOLD))
    message_id = await house.accept(text=LONG)
    await house.take()
    await house.end(message_id, Outcome.UNKNOWN, "A1")
    assert await house.state(message_id) is State.HELD
    await house.receipts.accept([receipt("A1", State.UNDELIVERED)])
    assert await house.state(message_id) is State.UNDELIVERED


# ---------------------------------------------------------------- twice, and contradicting


async def test_three_receipts_for_one_message_leave_nothing_behind() -> None:
    house = rig()
    message_id = await house.sent("0A", report=WEBHOOK)
    for _ in range(3):
        await house.receipts.accept([receipt("0A")])
    await look(house, 1_000)
    await look(house, 5_000)
    assert await house.store.unmatched_counts() == (0, 0)
    assert await house.events(message_id) == [
        (ReportOn.SMSC, State.SENT),
        (ReportOn.SUCCESS, State.DELIVERED),
    ]
    assert await house.notes(message_id) == ()
    assert house.meter.by_name["receipts_repeated"] == 2
    assert house.meter.by_name["contradicting_receipts"] == 0


@pytest.mark.parametrize("together", [True, False])
async def test_of_two_different_ends_the_first_stands_and_the_second_is_kept_and_counted(
    together: bool,
) -> None:
    house = rig()
    message_id = await house.sent("0A", report=WEBHOOK)
    batch = [receipt("0A", State.UNDELIVERED), receipt("0A", State.DELIVERED)]
    for part in [batch] if together else [[one] for one in batch]:
        await house.receipts.accept(part)
    await look(house, 1_000)
    await look(house, 5_000)
    assert await house.state(message_id) is State.UNDELIVERED
    assert [event for event, _ in await house.events(message_id)] == [ReportOn.SMSC, ReportOn.FAILURE]
    (note,) = await house.notes(message_id)
    assert "DELIVRD" in note.note.detail
    assert house.meter.by_name["contradicting_receipts"] == 1
    assert await house.store.unmatched_counts() == (0, 0)


async def test_a_receipt_after_time_had_ended_its_message_is_kept_for_the_timeline() -> None:
    house = rig(always(receipt_wait=60))
    message_id = await house.sent("0A", report=WEBHOOK)
    house.clock.advance(60)
    await house.expire.unreceipted()
    await house.receipts.accept([receipt("0A")])
    assert await house.state(message_id) is State.UNKNOWN
    assert [note.note.what for note in await house.notes(message_id)] == ["receipt"]
    assert house.meter.by_name["contradicting_receipts"] == 1


async def test_an_smsc_that_counts_anew_is_not_taken_to_repeat_itself() -> None:
    house = rig()
    await house.sent("1")
    await house.receipts.accept([receipt("1")])
    again = await house.accept()
    await house.take()
    await house.receipts.accept([receipt("1", State.UNDELIVERED)])  # before its response
    await look(house, 1_000)
    await house.end(again, Outcome.SENT, "1")
    await look(house, 5_000)
    assert await house.state(again) is State.UNDELIVERED


async def test_another_subscribers_receipt_under_a_known_id_is_no_repeat() -> None:
    house = rig()
    await house.sent("1")
    await house.receipts.accept([receipt("1")])
    await house.receipts.accept([receipt("1", source=Address("4479", 1, 1))])
    for at in LOOKS_MS:
        await look(house, at)
    assert await house.store.unmatched_counts() == (0, 1)


# ---------------------------------------------------------------- early and unmatched


async def test_a_receipt_before_its_response_is_matched_when_the_response_comes() -> None:
    house = rig()
    message_id = await house.accept(report=WEBHOOK)
    await house.take()
    await house.receipts.accept([receipt("0A")])
    assert await house.store.unmatched_counts() == (1, 0)
    concluded = await house.end(message_id, Outcome.SENT, "0A")
    assert await house.state(message_id) is State.DELIVERED
    assert await house.store.unmatched_counts() == (0, 0)
    assert concluded.lanes == {"http://client.example"}
    assert await house.events(message_id) == [
        (ReportOn.SMSC, State.SENT),
        (ReportOn.SUCCESS, State.DELIVERED),
    ]


async def test_also_in_another_spelling_and_over_another_bind() -> None:
    house = rig(always(group="supplier"), always("spare", group="supplier"))
    message_id = await house.accept()
    await house.take()
    await house.receipts.accept([receipt("972660181", group="supplier", connector="spare")])
    await house.end(message_id, Outcome.SENT, "39F99DD5")
    assert await house.state(message_id) is State.DELIVERED


async def test_also_when_the_response_itself_is_late() -> None:
    house = rig()
    message_id = await house.accept()
    await house.take()
    await house.end(message_id, Outcome.UNKNOWN)
    await house.receipts.accept([receipt("0A")])
    await house.end(message_id, Outcome.SENT, "0A")
    assert await house.state(message_id) is State.DELIVERED


async def test_also_when_only_some_parts_got_across() -> None:
    house = rig()
    message_id = await house.accept(text=LONG)
    await house.take()
    await house.receipts.accept([receipt("A1", State.UNDELIVERED)])
    await house.end(message_id, Outcome.DEFERRED, "A1")
    assert await house.state(message_id) is State.UNDELIVERED


async def test_after_a_restart_an_early_receipt_is_found_by_its_schedule() -> None:
    house = rig()
    message_id = await house.accept()
    await house.take()
    await house.receipts.accept([receipt("0A")])
    await house.crash()
    await house.release.stranded(house.owner, before=house.owner)
    await house.end(message_id, Outcome.SENT, "0A")
    assert await house.state(message_id) is State.SENT
    await look(house, 1_000)
    assert await house.state(message_id) is State.DELIVERED


async def test_an_unmatched_receipt_is_looked_up_by_its_schedule_and_then_kept_as_an_orphan() -> None:
    house = rig()
    await house.receipts.accept([receipt("nobody")])
    assert house.meter.by_label["receipts_unmatched", "op"] == 1
    for at in LOOKS_MS:
        assert await look(house, at - 1) == 0
        assert await look(house, at) == 1
    assert await house.store.unmatched_counts() == (0, 1)
    assert house.meter.by_name["receipts_orphaned"] == 1
    assert await look(house, 10 * LOOKS_MS[-1]) == 0


@pytest.mark.parametrize("before", LOOKS_MS)
async def test_a_part_that_turns_up_late_is_found_at_the_next_look(before: int) -> None:
    house = rig()
    await house.receipts.accept([receipt("0A")])
    for at in LOOKS_MS[: LOOKS_MS.index(before)]:
        await look(house, at)
    other = Rig(house.directory, house.store, house.clock)  # a process that knows nothing of what came early
    message_id = await other.sent("0A")
    await look(house, before)
    assert await house.state(message_id) is State.DELIVERED


async def test_after_a_long_standstill_each_look_still_waits_for_the_next() -> None:
    house = rig()
    await house.receipts.accept([receipt("nobody")])
    assert await look(house, 10**9) == 1
    assert await look(house, 10**9) == 0
    assert await look(house, 10**9 + 1) == 1


class Slow(MemoryStore):
    """A store whose look-ups wait until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def find_parts(self, lookups: Any) -> list[PartMatch | None]:
        await self.gate.wait()
        return await super().find_parts(lookups)


async def test_two_looks_at_once_do_not_take_up_the_same_receipt() -> None:
    store = Slow()
    house = rig(store=store)
    store.gate.set()
    message_id = await house.sent("0A")
    await store.park_receipts([(receipt("0A"), START_MS), (receipt("nobody"), START_MS)])
    store.gate.clear()
    looks = [asyncio.ensure_future(house.receipts.look_again()) for _ in range(3)]
    await asyncio.sleep(0)
    store.gate.set()
    assert sorted(count for count, _ in await asyncio.gather(*looks)) == [0, 0, 2]
    assert await house.state(message_id) is State.DELIVERED
    (left,) = await store.unmatched(START_MS + 10**9, 9)
    assert left.tries == 1
    assert house.meter.by_name["contradicting_receipts"] == 0


# ---------------------------------------------------------------- several parts


async def three_parts(house: Rig) -> int:
    message_id = await house.accept(text=LONG, report=WEBHOOK)
    await house.take()
    await house.end(message_id, Outcome.SENT, "A1", "A2", "A3")
    return message_id


@pytest.mark.parametrize("order", list(permutations(("A1", "A2", "A3"))))
@pytest.mark.parametrize("together", [True, False])
async def test_a_long_message_is_delivered_when_all_parts_are(order: tuple[str, ...], together: bool) -> None:
    house = rig()
    message_id = await three_parts(house)
    if together:
        await house.receipts.accept([receipt(each) for each in order])
    else:
        for each in order:
            assert await house.state(message_id) is State.SENT
            await house.receipts.accept([receipt(each)])
    assert await house.state(message_id) is State.DELIVERED
    assert await house.events(message_id) == [
        (ReportOn.SMSC, State.SENT),
        (ReportOn.SUCCESS, State.DELIVERED),
    ]
    assert house.meter.by_name["contradicting_receipts"] == 0


@pytest.mark.parametrize("failing", ["A1", "A2", "A3"])
@pytest.mark.parametrize("first", [True, False])
async def test_the_first_part_that_fails_ends_the_whole(failing: str, first: bool) -> None:
    house = rig()
    message_id = await three_parts(house)
    others = [receipt(each) for each in ("A1", "A2", "A3") if each != failing]
    bad = receipt(failing, State.UNDELIVERED, error="021")
    for each in [bad, *others] if first else [*others, bad]:
        await house.receipts.accept([each])
    standing = await house.standing(message_id)
    assert (standing.state, standing.error) == (State.UNDELIVERED, "021")
    assert [event for event, _ in await house.events(message_id)] == [ReportOn.SMSC, ReportOn.FAILURE]


async def test_two_parts_that_fail_alike_are_no_contradiction() -> None:
    house = rig()
    message_id = await three_parts(house)
    await house.receipts.accept([receipt("A1", State.UNDELIVERED)])
    await house.receipts.accept([receipt("A2", State.UNDELIVERED), receipt("A3", State.EXPIRED)])
    assert await house.state(message_id) is State.UNDELIVERED
    assert house.meter.by_name["contradicting_receipts"] == 1  # the third tells another end
    assert len(await house.notes(message_id)) == 1


@pytest.mark.parametrize("reported", [("A1",), ("A3",), ("A1", "A2")])
async def test_where_only_some_parts_are_ever_told_of_the_rest_is_taken_as_delivered(
    reported: tuple[str, ...],
) -> None:
    house = rig()  # V22
    message_id = await three_parts(house)
    await house.receipts.accept([receipt(each) for each in reported])
    assert (await house.standing(message_id)).due_ms == START_MS + 600_000
    house.clock.advance(599)
    await house.expire.unreceipted()
    assert await house.state(message_id) is State.SENT
    house.clock.advance(1)
    _, lanes = await house.expire.unreceipted()
    assert await house.state(message_id) is State.DELIVERED
    assert lanes == {"http://client.example"}
    assert await house.events(message_id) == [
        (ReportOn.SMSC, State.SENT),
        (ReportOn.SUCCESS, State.DELIVERED),
    ]


@pytest.mark.parametrize("waiting", [True, False])
async def test_a_part_that_fails_while_the_others_still_wait_ends_the_whole(waiting: bool) -> None:
    house = rig()
    message_id = await house.accept(text=LONG)
    await house.take()
    await house.end(message_id, Outcome.DEFERRED, "A1")
    if not waiting:
        house.clock.advance(10)
        await house.release.due()
        await house.take()
    await house.receipts.accept([receipt("A1", State.UNDELIVERED)])
    assert await house.state(message_id) is State.UNDELIVERED
    house.clock.advance(100)
    await house.release.due()
    assert await house.take() == []
    assert await house.store.depths() == {}


async def test_a_part_delivered_while_the_others_still_wait_counts_when_they_follow() -> None:
    house = rig()
    message_id = await house.accept(text=LONG)
    await house.take()
    await house.end(message_id, Outcome.DEFERRED, "A1")
    await house.receipts.accept([receipt("A1")])
    assert await house.state(message_id) is State.SCHEDULED
    house.clock.advance(10)
    await house.release.due()
    (going,) = await house.take()
    assert going.done == (1,)
    await house.end(message_id, Outcome.SENT, sent=(PartSent(2, "A2"), PartSent(3, "A3")))
    await house.receipts.accept([receipt("A2"), receipt("A3")])
    assert await house.state(message_id) is State.DELIVERED


# ---------------------------------------------------------------- unsure receipts


async def test_an_unsure_receipt_needs_a_part_of_the_same_subscriber() -> None:
    house = rig()  # V17 and S18
    message_id = await house.sent("77")
    forged = receipt("77", State.UNDELIVERED, sure=False, source=Address("4479", 1, 1))
    stranger = receipt("no such id", sure=False)
    received = await house.receipts.accept([forged, stranger])
    assert received.not_receipts == (0, 1)
    assert await house.state(message_id) is State.SENT
    assert await house.store.unmatched_counts() == (0, 0)
    received = await house.receipts.accept([receipt("77", sure=False)])
    assert received.not_receipts == ()
    assert await house.state(message_id) is State.DELIVERED


# ---------------------------------------------------------------- stored before acknowledged


class Watching(MemoryStore):
    """A store that counts what was in it at each call."""

    def __init__(self) -> None:
        super().__init__()
        self.lookups: list[PartLookup] = []
        self.read: list[StoredMessage | None] = []

    async def find_parts(self, lookups: Any) -> list[PartMatch | None]:
        self.lookups += lookups
        return await super().find_parts(lookups)


async def test_when_it_returns_every_receipt_is_stored_somewhere() -> None:
    store = Watching()
    house = rig(store=store)
    known = await house.sent("1")
    await house.receipts.accept([receipt("1"), receipt("2"), receipt("3", None)])
    assert len(store.lookups) == 3
    assert (await house.timeline(known)).parts[0].receipt == "id:1 stat:DELIVRD err:000"
    kept = [entry.receipt.smsc_id for entry in await store.unmatched(START_MS + 10**9, 9)]
    assert sorted(kept) == ["2", "3"]


async def test_nothing_received_is_nothing_done() -> None:
    received = await rig().receipts.accept([])
    assert (received.not_receipts, received.lanes) == ((), frozenset())
