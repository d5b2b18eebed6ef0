"""Attempts: written before they are made, and what each outcome makes of a message by its connector's plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from chappe.domain.account import Account
from chappe.domain.link import ConnectorRecord, Health
from chappe.domain.message import Message, PartSent, StoredMessage, Transition
from chappe.domain.report import ReportOn, ReportWish, Way
from chappe.domain.retry import Outcome, RetryPlan, UnknownPolicy
from chappe.domain.routing import Route, Target
from chappe.domain.state import OPEN, State, bits
from chappe.ports.connector import SendOutcome
from chappe.ports.messages import Timeline
from chappe.ports.store import StoreBusy
from chappe.stores.memory.store import MemoryStore
from unit.pipeline.rig import BOTH_WAYS, START_MS, WEBHOOK, Rig, always, receipt, rig

CHARGED = Account(name="acme", charged=True)
ONCE = ConnectorRecord(name="op", retry=RetryPlan(attempts=1))
HOLDS = always(unknown=UnknownPolicy.HOLD)
LONG = "x" * 400  # three parts


async def charged(*records: Any) -> Rig:
    house = rig(CHARGED, *records)
    await house.pay_in(1_000_000)
    return house


# ---------------------------------------------------------------- taking


async def test_an_attempt_is_written_before_it_is_made() -> None:
    house = rig()
    message_id = await house.accept()
    (going,) = await house.take()
    assert (going.message.id, going.attempt, going.done) == (message_id, 1, ())
    standing = await house.standing(message_id)
    assert (standing.state, standing.attempts) == (State.IN_FLIGHT, 1)
    assert house.dispatch.in_flight == 1


async def test_should_the_process_end_the_next_attempt_is_in_the_future_already() -> None:
    house = rig()
    house.chance.value = 0.5
    message_id = await house.accept()
    await house.take()
    assert (await house.standing(message_id)).due_ms == START_MS + 3_750


async def test_no_more_is_taken_than_there_is_room_for() -> None:
    house = rig()
    ids = [await house.accept() for _ in range(5)]
    assert [going.message.id for going in await house.take(limit=2)] == ids[:2]
    assert [going.message.id for going in await house.take(limit=9)] == ids[2:]


async def test_nothing_is_taken_for_a_connector_that_is_gone() -> None:
    house = rig(Route(name="all", targets=(Target(connector="gone"),)))
    message_id = await house.accept()
    assert await house.take("gone") == []
    assert await house.state(message_id) is State.QUEUED


async def test_an_expired_message_ends_instead_of_going_out() -> None:
    house = await charged()
    late = await house.accept(expires_ms=START_MS + 1_000, report=WEBHOOK)
    live = await house.accept(expires_ms=START_MS + 1_001)
    house.clock.advance(1)
    assert [going.message.id for going in await house.take()] == [live]
    assert await house.state(late) is State.EXPIRED
    assert await house.balance() == 990_000
    assert await house.events(late) == [(ReportOn.SMSC, State.EXPIRED), (ReportOn.FAILURE, State.EXPIRED)]
    assert house.dispatch.in_flight == 1


# ---------------------------------------------------------------- sent


async def test_what_the_network_took_is_sent_with_its_ids_in_the_connectors_key_space() -> None:
    house = rig(always(group="supplier", receipt_wait=100))
    message_id = await house.accept(text=LONG, report=WEBHOOK)
    await house.take()
    house.clock.advance(2)
    concluded = await house.end(message_id, Outcome.SENT, "A1", "A2", "A3")
    standing = await house.standing(message_id)
    assert (standing.state, standing.sent_ms, standing.due_ms) == (
        State.SENT,
        START_MS + 2_000,
        START_MS + 102_000,
    )
    parts = (await house.timeline(message_id)).parts
    assert [(part.number, part.smsc_id, part.group, part.open) for part in parts] == [
        (number, f"A{number}", "supplier", True) for number in (1, 2, 3)
    ]
    assert concluded.lanes == {"http://client.example"}
    assert await house.events(message_id) == [(ReportOn.SMSC, State.SENT)]
    assert house.dispatch.in_flight == 0


@pytest.mark.parametrize(
    ("events", "waits"),
    [
        (ReportOn.SMSC, False),
        (ReportOn.SUCCESS, True),
        (ReportOn.FAILURE, True),
        (ReportOn.INTERMEDIATE, False),
    ],
)
async def test_a_receipt_is_waited_for_where_somebody_wants_it(events: ReportOn, waits: bool) -> None:
    house = rig(ConnectorRecord(name="op"))
    message_id = await house.sent(
        report=ReportWish(Way.WEBHOOK, events, "jasmin", "http://client.example/", "GET")
    )
    assert bool((await house.standing(message_id)).due_ms) is waits


async def test_an_earlier_error_is_gone_once_it_is_sent() -> None:
    house = rig()
    message_id = await house.accept()
    await house.take()
    await house.end(message_id, Outcome.DEFERRED, error="ESME_RSYSERR", command_status=8)
    assert (await house.standing(message_id)).error == "ESME_RSYSERR"
    house.clock.advance(10)
    await house.release.due()
    await house.take()
    await house.end(message_id, Outcome.SENT, "1")
    standing = await house.standing(message_id)
    assert (standing.state, standing.error, standing.command_status) == (State.SENT, "", 0)
    assert [note.note.what for note in await house.notes(message_id)] == ["deferred"]


# ---------------------------------------------------------------- not sent: outcome by policy

TABLE: list[tuple[str, Outcome, ConnectorRecord, State, bool, bool, bool]] = [
    # name, outcome, connector, state, attempt counted, refunded, marked as possible duplicate
    ("refused", Outcome.REFUSED, ConnectorRecord(name="op"), State.REJECTED, True, True, False),
    ("deferred", Outcome.DEFERRED, ConnectorRecord(name="op"), State.SCHEDULED, True, False, False),
    ("deferred at last", Outcome.DEFERRED, ONCE, State.REJECTED, True, True, False),
    ("throttled", Outcome.THROTTLED, ConnectorRecord(name="op"), State.QUEUED, False, False, False),
    ("throttled at last", Outcome.THROTTLED, ONCE, State.QUEUED, False, False, False),
    ("not sent", Outcome.NOT_SENT, ConnectorRecord(name="op"), State.QUEUED, False, False, False),
    ("unknown", Outcome.UNKNOWN, ConnectorRecord(name="op"), State.SCHEDULED, True, False, True),
    ("unknown at last", Outcome.UNKNOWN, ONCE, State.UNDELIVERED, True, False, True),
    ("unknown and held", Outcome.UNKNOWN, HOLDS, State.HELD, True, False, True),
    ("unfit", Outcome.UNFIT, ConnectorRecord(name="op"), State.PARKED, True, False, False),
    ("unclear", Outcome.UNCLEAR, ConnectorRecord(name="op"), State.PARKED, True, False, True),
    ("unclear at last", Outcome.UNCLEAR, ONCE, State.PARKED, True, False, True),
]


async def test_what_a_network_said_beside_its_yes_is_a_line_of_the_timeline() -> None:
    house = rig()
    plain, told = await house.accept(), await house.accept()
    await house.take()
    parts = [(PartSent(1, f"A{number}", "P"),) for number in range(2)]
    await house.dispatch.conclude(
        "op",
        [
            SendOutcome(plain, Outcome.SENT, parts[0]),
            SendOutcome(told, Outcome.SENT, parts[1], detail="partnerStatus:7"),
        ],
    )
    stories = [await house.store.timeline(message_id) for message_id in (plain, told)]
    assert [[line.note.detail for line in story.notes] for story in stories if story] == [
        [],
        ["partnerStatus:7"],
    ]
    assert [story.parts[0].packet for story in stories if story] == ["P", "P"]


@pytest.mark.parametrize("case", TABLE, ids=[case[0] for case in TABLE])
async def test_what_an_outcome_makes_of_a_message(
    case: tuple[str, Outcome, ConnectorRecord, State, bool, bool, bool],
) -> None:
    _, outcome, connector, state, counted, refunded, duplicate = case
    house = await charged(connector)
    message_id = await house.accept(report=WEBHOOK)
    await house.take()
    concluded = await house.end(message_id, outcome, error="why", command_status=8)
    standing = await house.standing(message_id)
    assert standing.state is state
    assert standing.attempts == int(counted)
    assert await house.balance() == (1_000_000 if refunded else 990_000)
    assert bool(standing.possible_duplicate) is duplicate
    assert (standing.error, standing.command_status) == ("why", 8)
    final = state >= State.DELIVERED
    told = [(ReportOn.SMSC, state), (ReportOn.FAILURE, state)] if final else []
    assert await house.events(message_id) == told
    assert bool(concluded.lanes) is final
    assert concluded.queues == ({"op"} if state is State.QUEUED else set())
    assert house.meter.by_label["send_failures", f"op:{outcome.value}"] == 1
    assert house.dispatch.in_flight == 0


async def test_retries_follow_the_plan_until_it_is_used_up() -> None:
    plan = RetryPlan(first=5, factor=2, longest=30, attempts=5)
    house = await charged(ConnectorRecord(name="op", retry=plan))
    message_id = await house.accept()
    delays = []
    for attempt in range(1, 6):
        (going,) = await house.take()
        assert going.attempt == attempt
        began = house.clock.ms
        await house.end(message_id, Outcome.DEFERRED, error="busy")
        standing = await house.standing(message_id)
        if attempt < 5:
            delays.append(standing.due_ms - began)
            house.clock.ms = standing.due_ms - 1
            assert await house.release.due() == {}
            house.clock.ms = standing.due_ms
            assert await house.release.due() == {"op": 1}
    assert delays == [2_500, 5_000, 10_000, 15_000]  # half of 5, 10, 20 and 30 seconds: chance fell low
    assert await house.state(message_id) is State.REJECTED
    assert await house.balance() == 1_000_000
    notes = await house.notes(message_id)
    assert [(note.note.what, note.note.attempt) for note in notes] == [
        ("deferred", number) for number in range(1, 6)
    ]


@pytest.mark.parametrize("detail", ["connection lost", ""])
async def test_an_unknown_outcome_is_marked_with_its_reason(detail: str) -> None:
    house = rig()
    message_id = await house.accept()
    await house.take()
    await house.end(message_id, Outcome.UNKNOWN, detail=detail)
    standing = await house.standing(message_id)
    assert detail in standing.possible_duplicate
    assert standing.possible_duplicate


async def test_what_may_have_arrived_is_not_refunded_although_the_last_attempt_was_refused() -> None:
    house = await charged()
    message_id = await house.accept()
    await house.take()
    await house.end(message_id, Outcome.UNKNOWN)
    house.clock.advance(10)
    await house.release.due()
    await house.take()
    await house.end(message_id, Outcome.REFUSED)
    assert await house.state(message_id) is State.UNDELIVERED
    assert await house.balance() == 990_000


async def test_throttled_messages_keep_their_place() -> None:
    house = rig()
    ids = [await house.accept() for _ in range(4)]
    await house.take(limit=3)
    await house.dispatch.conclude("op", [SendOutcome(ids[at], Outcome.THROTTLED) for at in (2, 0, 1)])
    assert [going.message.id for going in await house.take()] == ids


# ---------------------------------------------------------------- another way


@pytest.mark.parametrize(
    ("outcome", "state", "connector"),
    [
        (Outcome.DEFERRED, State.SCHEDULED, "spare"),
        (Outcome.REFUSED, State.SCHEDULED, "spare"),
        (Outcome.NOT_SENT, State.QUEUED, "spare"),
        (Outcome.THROTTLED, State.QUEUED, "op"),  # slow is not wrong: order is kept
        (Outcome.UNKNOWN, State.SCHEDULED, "op"),  # the other one would make a sure duplicate of it
    ],
)
async def test_another_way_is_tried_where_that_helps(outcome: Outcome, state: State, connector: str) -> None:
    house = rig(BOTH_WAYS)
    message_id = await house.accept()
    await house.take()
    concluded = await house.end(message_id, outcome)
    standing = await house.standing(message_id)
    assert (standing.state, standing.connector) == (state, connector)
    if state is State.QUEUED:
        assert concluded.queues == {connector}


async def test_a_refusal_on_one_way_is_tried_on_the_next_at_once() -> None:
    house = rig(BOTH_WAYS)
    message_id = await house.accept()
    await house.take()
    await house.end(message_id, Outcome.REFUSED)
    assert (await house.standing(message_id)).due_ms == START_MS
    assert await house.release.due() == {"spare": 1}


async def test_two_ways_that_refuse_are_each_asked_once() -> None:
    house = await charged(BOTH_WAYS)
    message_id = await house.accept()
    asked = []
    for _ in range(6):
        for connector in ("op", "spare"):
            for going in await house.take(connector):
                asked.append(connector)
                await house.end(going.message.id, Outcome.REFUSED, connector=connector)
        await house.release.due()
    assert asked == ["op", "spare"]
    assert await house.state(message_id) is State.REJECTED


async def test_no_way_is_tried_that_is_down() -> None:
    house = rig(BOTH_WAYS)
    message_id = await house.accept()
    await house.take()
    house.healths["spare"] = Health.DOWN
    await house.end(message_id, Outcome.DEFERRED)
    assert (await house.standing(message_id)).connector == "op"


async def test_all_parts_of_a_long_message_go_one_way() -> None:
    house = rig(BOTH_WAYS)
    message_id = await house.accept(text=LONG)
    await house.take()
    await house.end(message_id, Outcome.DEFERRED, "A1")
    standing = await house.standing(message_id)
    assert (standing.state, standing.connector) == (State.SCHEDULED, "op")


# ---------------------------------------------------------------- some parts only


@pytest.mark.parametrize("outcome", [Outcome.DEFERRED, Outcome.UNKNOWN, Outcome.THROTTLED, Outcome.NOT_SENT])
async def test_parts_that_got_across_are_not_sent_again(outcome: Outcome) -> None:
    house = rig()
    message_id = await house.accept(text=LONG)
    await house.take()
    await house.end(message_id, outcome, "A1")
    house.clock.advance(10)
    await house.release.due()
    (going,) = await house.take()
    assert going.done == (1,)
    await house.end(message_id, outcome, sent=(PartSent(3, "A3"),))
    house.clock.advance(20)
    await house.release.due()
    (going,) = await house.take()
    assert going.done == (1, 3)
    await house.end(message_id, Outcome.SENT, sent=(PartSent(2, "A2"),))
    assert await house.state(message_id) is State.SENT
    assert [part.smsc_id for part in (await house.timeline(message_id)).parts] == ["A1", "A2", "A3"]


async def test_throttled_again_and_again_it_still_remembers_its_parts() -> None:
    house = rig()
    message_id = await house.accept(text=LONG)
    await house.take()
    await house.end(message_id, Outcome.THROTTLED, "A1")
    for _ in range(3):
        (going,) = await house.take()
        assert going.done == (1,)
        await house.end(message_id, Outcome.THROTTLED)


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.DEFERRED])
async def test_a_message_of_which_a_part_got_across_is_not_refunded(outcome: Outcome) -> None:
    house = await charged(ConnectorRecord(name="op", retry=RetryPlan(attempts=2)))
    message_id = await house.accept(text=LONG)
    await house.take()
    await house.end(message_id, Outcome.DEFERRED, "A1")
    house.clock.advance(10)
    await house.release.due()
    await house.take()
    await house.end(message_id, outcome)
    assert (await house.standing(message_id)).final_ms
    assert await house.balance() == 970_000


# ---------------------------------------------------------------- late answers


@pytest.mark.parametrize("connector", [ConnectorRecord(name="op"), HOLDS])
async def test_a_late_answer_spares_the_next_attempt(connector: ConnectorRecord) -> None:
    house = rig(connector)
    message_id = await house.accept(report=WEBHOOK)
    await house.take()
    await house.end(message_id, Outcome.UNKNOWN, detail="no answer")
    concluded = await house.end(message_id, Outcome.SENT, "A1")
    standing = await house.standing(message_id)
    assert standing.state is State.SENT
    assert standing.possible_duplicate == "no answer"
    assert concluded.lanes
    house.clock.advance(100)
    assert await house.release.due() == {}
    assert house.meter.by_name["late_answers"] == 1


async def test_a_late_answer_after_the_next_attempt_was_queued_still_counts() -> None:
    house = rig()
    message_id = await house.accept()
    await house.take()
    await house.end(message_id, Outcome.UNKNOWN)
    house.clock.advance(10)
    await house.release.due()
    await house.end(message_id, Outcome.SENT, "A1")
    assert await house.state(message_id) is State.SENT
    assert await house.take() == []
    assert await house.store.depths() == {}


async def test_a_late_refusal_changes_nothing() -> None:
    house = rig()
    message_id = await house.accept()
    await house.take()
    await house.end(message_id, Outcome.UNKNOWN)
    before = await house.standing(message_id)
    await house.end(message_id, Outcome.REFUSED)
    assert await house.standing(message_id) == before


async def test_a_late_answer_for_a_message_that_is_gone_is_let_go() -> None:
    house = rig()
    concluded = await house.end(12345, Outcome.SENT, "A1")
    assert concluded.lanes == concluded.queues == frozenset()


async def test_the_answers_of_two_attempts_end_in_one_state() -> None:
    house = rig()
    message_id = await house.accept(report=WEBHOOK)
    await house.take()
    await house.end(message_id, Outcome.UNKNOWN)
    house.clock.advance(10)
    await house.release.due()
    await house.take()
    await house.end(message_id, Outcome.SENT, "A1")  # of the first attempt, while the second is under way
    await house.end(message_id, Outcome.SENT, "A2")
    assert await house.state(message_id) is State.SENT
    assert await house.events(message_id) == [(ReportOn.SMSC, State.SENT)]
    await house.receipts.accept([receipt("A1")])
    assert await house.state(message_id) is State.DELIVERED


async def test_an_answer_after_the_end_leaves_what_the_receipt_said() -> None:
    house = rig()
    message_id = await house.sent("A1")
    await house.receipts.accept([receipt("A1")])
    await house.end(message_id, Outcome.SENT, "A2")
    await house.end(message_id, Outcome.SENT, "A1")
    (part,) = (await house.timeline(message_id)).parts
    assert (part.smsc_id, part.open, part.word) == ("A1", False, "DELIVRD")


async def test_a_part_named_again_by_a_later_attempt_stays_as_its_receipt_left_it() -> None:
    house = rig()
    message_id = await house.accept(text="x" * 300)
    await house.take()
    await house.end(message_id, Outcome.DEFERRED, "A1")
    await house.receipts.accept([receipt("A1")])
    house.clock.advance(10)
    await house.release.due()
    await house.take()
    await house.end(message_id, Outcome.SENT, "A1", "A2")
    await house.receipts.accept([receipt("A2")])
    assert await house.state(message_id) is State.DELIVERED


async def test_an_outcome_for_a_message_cancelled_meanwhile_files_its_parts_only() -> None:
    house = rig()
    message_id = await house.accept()
    await house.take()
    await house.store.move([Transition(message_id, bits(OPEN), State.CANCELLED, START_MS)])
    await house.end(message_id, Outcome.SENT, "A1")
    assert await house.state(message_id) is State.CANCELLED
    assert len((await house.timeline(message_id)).parts) == 1


# ---------------------------------------------------------------- a store that has no room for a while


class Fickle(MemoryStore):
    """A store that refuses as long as it is told to."""

    refusing: frozenset[str] = frozenset()

    def _refuse(self, what: str) -> None:
        if what in self.refusing:
            raise StoreBusy("the disk is full")

    async def move(self, transitions: Sequence[Transition]) -> list[bool]:
        self._refuse("move")
        return await super().move(transitions)

    async def timeline(self, message_id: int) -> Timeline | None:
        self._refuse("timeline")
        return await super().timeline(message_id)

    async def messages(self, ids: Sequence[int]) -> list[StoredMessage | None]:
        self._refuse("messages")
        return await super().messages(ids)


def fickle(*records: Any) -> tuple[Rig, Fickle]:
    store = Fickle()
    return rig(*records, store=store), store


@pytest.mark.parametrize("outcome", [Outcome.SENT, Outcome.DEFERRED, Outcome.REFUSED])
async def test_outcomes_that_could_not_be_written_may_be_told_again(outcome: Outcome) -> None:
    house, store = fickle()
    message_id = await house.accept()
    await house.take()
    store.refusing = frozenset({"move"})
    with pytest.raises(StoreBusy):
        await house.end(message_id, outcome, "A1")
    assert house.dispatch.in_flight == 1
    assert house.meter.by_name["sent"] == house.meter.by_name["send_failures"] == 0
    store.refusing = frozenset()
    await house.end(message_id, outcome, "A1")
    assert await house.state(message_id) is not State.IN_FLIGHT
    assert house.dispatch.in_flight == 0


async def test_a_batch_with_a_late_answer_in_it_may_be_told_again_too() -> None:
    house, store = fickle()
    message_id = await house.accept()
    await house.take()
    store.refusing = frozenset({"messages"})
    batch = [SendOutcome(999, Outcome.SENT), SendOutcome(message_id, Outcome.SENT)]
    with pytest.raises(StoreBusy):
        await house.dispatch.conclude("op", batch)
    store.refusing = frozenset()
    await house.dispatch.conclude("op", batch)
    assert await house.state(message_id) is State.SENT


@pytest.mark.parametrize("refusing", ["move", "timeline"])
async def test_what_was_claimed_is_not_forgotten_when_a_later_step_fails(refusing: str) -> None:
    house, store = fickle()
    late = await house.accept(expires_ms=START_MS + 15_000)
    live = await house.accept()
    long = await house.accept(text=LONG)
    await house.take(limit=3)
    for message_id in (late, live):
        await house.end(message_id, Outcome.THROTTLED)
    await house.end(long, Outcome.DEFERRED, "A1")
    house.clock.advance(20)
    await house.release.due()
    store.refusing = frozenset({refusing})
    with pytest.raises(StoreBusy):
        await house.take()
    assert house.dispatch.in_flight == 0
    store.refusing = frozenset()
    going = await house.take()
    assert [(one.message.id, one.done) for one in going] == [(live, ()), (long, (1,))]
    assert await house.state(late) is State.EXPIRED
    assert house.dispatch.in_flight == 2


class Looking(MemoryStore):
    """A store in which nothing can be looked up once something was sent."""

    async def unmatched(self, now_ms: int, limit: int) -> list[Any]:
        raise StoreBusy("the disk is full")


async def test_an_early_receipt_that_cannot_be_looked_up_does_not_undo_the_outcome() -> None:
    house = rig(store=Looking())
    message_id = await house.accept()
    await house.take()
    await house.receipts.accept([receipt("A1")])
    await house.end(message_id, Outcome.SENT, "A1")
    assert await house.state(message_id) is State.SENT


async def test_a_message_is_claimed_by_one_process_only() -> None:
    house = rig()
    ids = [await house.accept() for _ in range(10)]
    other = Rig(house.directory, house.store, owner=2)
    mine, theirs = await house.take(limit=5), await other.take(limit=99)
    claimed = [going.message.id for going in (*mine, *theirs)]
    assert sorted(claimed) == ids
    stored: list[Message] = [going.message for going in mine]
    assert len(stored) == 5
