"""Handing notices over: again by the plan, never faster, given up after a week or when the receiver says never again."""

from __future__ import annotations

import pytest

from chappe.domain.ids import id_time_ms
from chappe.domain.report import Delivery, NoticeRecord, Owed, Way
from chappe.domain.routing import MoTarget, Route
from chappe.pipeline.notify import KEEP_MS, PLAN
from chappe.ports.carrier import Carried, Handover
from unit.pipeline.rig import START_MS, WEBHOOK, Rig, rig
from unit.pipeline.test_accept_mo import arrival

LANE = "http://client.example"
DAY = 86_400


async def owing() -> tuple[Rig, int]:
    house = rig()
    return house, await house.sent(report=WEBHOOK)


async def handed(house: Rig, handover: Handover, answer: str = "", retry_after: float | None = None) -> Owed:
    (owed,) = await house.notify.take(LANE, 9)
    await house.notify.settle([Carried(owed, handover, answer, retry_after)])
    return owed


async def record(house: Rig, message_id: int) -> NoticeRecord:
    (found,) = await house.notices(message_id)
    return found


async def test_one_taken_is_done() -> None:
    house, message_id = await owing()
    owed = await handed(house, Handover.TAKEN, "200 ACK/Jasmin")
    assert owed.attempts == 1
    found = await record(house, message_id)
    assert (found.delivery, found.answer) == (Delivery.DONE, "200 ACK/Jasmin")
    assert await house.store.owed_count() == 0
    assert house.meter.by_label["notices", "taken"] == 1


async def test_one_under_way_when_the_process_ends_is_due_again_after_its_lease() -> None:
    house, _ = await owing()
    await house.notify.take(LANE, 9)
    await house.crash()
    house.clock.advance(149.999)
    assert await house.notify.take(LANE, 9) == []
    house.clock.advance(0.001)
    (owed,) = await house.notify.take(LANE, 9)
    assert owed.attempts == 2


async def test_one_that_fails_comes_again_by_the_plan() -> None:
    house, message_id = await owing()
    waits = []
    for attempt in range(1, 13):
        owed = await handed(house, Handover.FAILED, "500")
        assert owed.attempts == attempt
        due = (await record(house, message_id)).due_ms
        waits.append((due - house.clock.ms) / 1_000)
        house.clock.ms = due - 1
        assert await house.notify.take(LANE, 9) == []
        house.clock.ms = due
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 1_800, 1_800, 1_800]


async def test_an_endless_answer_is_kept_in_short() -> None:
    house, message_id = await owing()
    await handed(house, Handover.FAILED, "x" * 100_000)
    assert len((await record(house, message_id)).answer) == 200


@pytest.mark.parametrize(
    ("asked", "wait"),
    [(None, 5.0), (0.0, 5.0), (-5.0, 5.0), (60.0, 60.0), (10.0**9, float(DAY)), (float("nan"), 5.0)],
)
async def test_a_receiver_may_ask_for_more_time_but_not_for_ever(asked: float | None, wait: float) -> None:
    house, message_id = await owing()
    await handed(house, Handover.FAILED, retry_after=asked)
    assert (await record(house, message_id)).due_ms - house.clock.ms == wait * 1_000


async def test_one_whose_receiver_is_away_costs_no_attempt() -> None:
    house, message_id = await owing()
    for _ in range(5):
        assert (await handed(house, Handover.AWAY)).attempts == 1
    found = await record(house, message_id)
    assert (found.delivery, found.attempts, found.due_ms) == (Delivery.OPEN, 0, house.clock.ms)


async def test_one_whose_receiver_wants_no_more_is_given_up() -> None:
    house, message_id = await owing()
    await handed(house, Handover.GONE, "410")
    assert (await record(house, message_id)).delivery is Delivery.GIVEN_UP
    assert await house.store.owed_count() == 0


@pytest.mark.parametrize("handover", [Handover.FAILED, Handover.AWAY])
async def test_after_a_week_it_is_given_up(handover: Handover) -> None:
    house, message_id = await owing()
    house.clock.ms = id_time_ms(message_id) + KEEP_MS - 1
    await handed(house, handover)
    found = await record(house, message_id)
    assert found.delivery is Delivery.OPEN
    assert found.due_ms <= id_time_ms(message_id) + KEEP_MS
    house.clock.ms = id_time_ms(message_id) + KEEP_MS
    await handed(house, handover)
    assert (await record(house, message_id)).delivery is Delivery.GIVEN_UP


async def test_the_last_attempt_falls_on_the_end_of_the_week() -> None:
    house, message_id = await owing()
    last = id_time_ms(message_id) + KEEP_MS
    house.clock.ms = last - 60_000
    await handed(house, Handover.FAILED, retry_after=3_600.0)
    assert (await record(house, message_id)).due_ms == last


async def test_even_after_many_attempts_the_wait_is_at_most_an_hour() -> None:
    assert PLAN.delay(1_000_000, 0.999) <= 3_600
    assert PLAN.problem() == ""


async def test_each_of_a_batch_goes_its_own_way() -> None:
    house = rig()
    ids = [await house.sent(report=WEBHOOK) for _ in range(3)]
    batch = await house.notify.take(LANE, 9)
    ways = (Handover.TAKEN, Handover.FAILED, Handover.GONE)
    await house.notify.settle([Carried(owed, way) for owed, way in zip(batch, ways, strict=True)])
    assert [(await record(house, each)).delivery for each in ids] == [
        Delivery.DONE,
        Delivery.OPEN,
        Delivery.GIVEN_UP,
    ]
    assert await house.store.owed_count() == 1
    assert house.clock.ms == START_MS


# ---------------------------------------------------------------- MOs with several ways


def mo_house() -> Rig:
    targets = [
        MoTarget(account="acme", way=Way.WEBHOOK, target=f"http://{name}.example/mo", dialect="jasmin", priority=place)
        for place, name in enumerate(("first", "second", "third"))
    ]  # fmt: skip
    return rig(Route(name="mo", deliver=targets[0], deliver_also=tuple(targets[1:])))


async def hand(house: Rig, name: str, handover: Handover) -> None:
    (owed,) = await house.notify.take(f"http://{name}.example", 9)
    await house.notify.settle([Carried(owed, handover, "")])


async def due(house: Rig) -> dict[str, int]:
    """Seconds until each lane is due."""
    return {lane.lane[7:-8]: (lane.due_ms - house.clock.ms) // 1000 for lane in await house.store.lanes()}


async def test_an_mo_goes_round_its_ways_and_pauses_after_each_round() -> None:
    house = mo_house()
    await house.mos.accept([arrival()])
    for name, following in (("first", "second"), ("second", "third")):
        await hand(house, name, Handover.FAILED)
        assert await due(house) == {following: 0}
    await hand(house, "third", Handover.FAILED)
    assert await due(house) == {"first": PLAN.delay(1, 0)}
    house.clock.advance(60)
    for name in ("first", "second", "third"):
        await hand(house, name, Handover.FAILED)
    assert await due(house) == {"first": PLAN.delay(2, 0)}
    house.clock.advance(60)
    await hand(house, "first", Handover.TAKEN)
    assert await due(house) == {}


async def test_a_way_that_never_takes_it_is_left_out_and_the_last_gives_up() -> None:
    house = mo_house()
    await house.mos.accept([arrival()])
    for name, following in (("first", "second"), ("second", "third")):
        await hand(house, name, Handover.GONE)
        assert await due(house) == {following: 0}
    await hand(house, "third", Handover.FAILED)
    assert list(await due(house)) == ["third"]
    house.clock.advance(60)
    await hand(house, "third", Handover.GONE)
    assert await due(house) == {}
    assert await house.store.owed_count() == 0


async def test_a_week_is_a_week_over_all_ways() -> None:
    house = mo_house()
    await house.mos.accept([arrival()])
    house.clock.advance(8 * DAY)
    await hand(house, "first", Handover.FAILED)
    assert await due(house) == {}
