"""Which notices are claimed for which carrier, and that a slow receiver costs the others nothing."""

from __future__ import annotations

from collections.abc import Sequence

from chappe.domain.report import Delivery, NoticeRecord, Owed, ReportOn, ReportWish, Way
from chappe.ports.carrier import Carried, Handover
from chappe.ports.store import StoreBusy
from chappe.workers.notifier import Notifier
from unit.pipeline.rig import Rig, rig
from unit.workers.rims import Ear
from unit.workers.warp import Errors, LoopClock, at, warped


def wish(host: str) -> ReportWish:
    return ReportWish(Way.WEBHOOK, ReportOn.SMSC, "jasmin", f"http://{host}.example/dlr", "POST")


def telling() -> tuple[Rig, Notifier, Errors]:
    house, errors = rig(), Errors()
    house.clock = LoopClock()
    house.begin()
    return house, Notifier(house.notify, house.store, house.clock, errors), errors


async def owing(house: Rig, *hosts: str) -> list[int]:
    return [await house.sent(report=wish(host)) for host in hosts]


async def record(house: Rig, message_id: int) -> NoticeRecord:
    (found,) = await house.notices(message_id)
    return found


@warped
async def test_what_is_owed_from_before_is_found_and_handed_over() -> None:
    house, notifier, errors = telling()
    (message_id,) = await owing(house, "one")
    ear = Ear(notifier, one=5)
    notifier.serve("http", ear)
    notifier.start()
    await at(0.5)
    assert ear.batches == [("http://one.example", 1)]
    ear.answer()
    await at(0.6)
    found = await record(house, message_id)
    assert (found.delivery, found.attempts, found.answer) == (Delivery.DONE, 1, "told")
    await notifier.stop(1.0)
    assert errors.told == []


@warped
async def test_what_a_process_that_is_gone_had_claimed_is_taken_over_unless_others_serve_its_lanes() -> None:
    for shared in (False, True):
        house, notifier, _ = telling()
        await owing(house, "one")
        await house.notify.take("http://one.example", 5)
        ear = Ear(notifier, one=5)
        notifier.serve("http", ear, shared=shared)
        notifier.start()
        await at(0.5 if shared else 0.25)
        assert ear.batches == ([] if shared else [("http://one.example", 1)])
        ear.answer()
        await notifier.stop(1.0)


@warped
async def test_a_settle_that_the_store_refuses_for_now_is_told_again() -> None:
    house, notifier, errors = telling()
    (message_id,) = await owing(house, "one")
    settle, refusals = house.notify.settle, [StoreBusy("the disk is full")]

    async def refusing(carried: Sequence[Carried]) -> None:
        if refusals:
            raise refusals.pop()
        await settle(carried)

    house.notify.settle = refusing  # type: ignore[method-assign]
    ear = Ear(notifier, one=5)
    notifier.serve("http", ear)
    notifier.start()
    await at(0.5)
    ear.answer()
    await at(3.0)
    found = await record(house, message_id)
    assert (found.delivery, found.attempts, len(errors.told)) == (Delivery.DONE, 1, 1)
    assert ear.batches == [("http://one.example", 1)]
    await notifier.stop(1.0)


@warped
async def test_only_what_there_is_room_for_is_claimed_and_the_slow_one_waits_alone() -> None:
    house, notifier, _ = telling()
    ear = Ear(notifier, slow=0, quick=2)
    notifier.serve("http", ear)
    notifier.start()
    slow, *quick = await owing(house, "slow", "quick", "quick", "quick")
    notifier.lanes_due({"http://slow.example", "http://quick.example"})
    await at(0.1)
    ear.left["quick"] = 0
    await at(0.5)
    # The lane got what its room held, again as long as it had some: three notices by twos.
    assert ear.batches == [("http://quick.example", 2), ("http://quick.example", 1)]
    assert (await record(house, slow)).attempts == 0
    ear.answer()
    ear.left["slow"] = 1
    notifier.roomy("http://slow.example")
    await at(0.6)
    assert ear.batches[2:] == [("http://slow.example", 1)]
    assert [(await record(house, one)).delivery for one in quick] == [Delivery.DONE] * 3
    await notifier.stop(1.0)


@warped
async def test_a_failed_one_comes_again_when_its_time_has_come() -> None:
    house, notifier, _ = telling()
    (message_id,) = await owing(house, "one")
    ear = Ear(notifier, one=5)
    notifier.serve("http", ear)
    notifier.start()
    await at(0.1)
    ear.answer(Handover.FAILED)
    # Chance stands at 0, so the first pause is half of ten seconds; lanes are looked at each second.
    await at(4.5)
    assert len(ear.batches) == 1
    await at(6.5)
    assert len(ear.batches) == 2
    assert (await record(house, message_id)).attempts == 2
    await notifier.stop(1.0)


@warped
async def test_a_lane_that_nobody_serves_is_left_alone_and_costs_nothing() -> None:
    house, notifier, errors = telling()
    (message_id,) = await owing(house, "one")
    notifier.serve("smpp", Ear(notifier, one=5))
    notifier.start()
    notifier.lanes_due({"http://one.example", "gopher://one"})
    await at(10)
    await notifier.stop(1.0)
    assert (await record(house, message_id)).attempts == 0
    assert errors.told == []


@warped
async def test_stopping_closes_each_carrier_once_and_writes_how_the_last_calls_went() -> None:
    house, notifier, _ = telling()
    (message_id,) = await owing(house, "one")
    ear = Ear(notifier, one=5)
    notifier.serve("http", ear)
    notifier.serve("https", ear)
    notifier.start()
    await at(0.5)
    assert ear.held
    await notifier.stop(7.0)
    assert ear.closed_with == 7.0
    assert (await record(house, message_id)).delivery is Delivery.DONE


@warped
async def test_after_stopping_nothing_more_is_claimed() -> None:
    house, notifier, _ = telling()
    ear = Ear(notifier, one=5)
    notifier.serve("http", ear)
    notifier.start()
    await at(0.5)
    await notifier.stop(1.0)
    (message_id,) = await owing(house, "one")
    notifier.lanes_due({"http://one.example"})
    await at(20)
    assert (await record(house, message_id)).attempts == 0


@warped
async def test_room_is_reserved_only_where_nothing_waits_before() -> None:
    house, notifier, errors = telling()
    ear = Ear(notifier, one=2, two=1)
    notifier.serve("http", ear)
    assert not notifier.reserve("http://one.example")
    notifier.start()
    await at(0.5)
    assert [notifier.reserve("http://one.example") for _ in range(3)] == [True, True, False]
    notifier.give_back("http://one.example", 1)
    assert notifier.reserve("http://one.example")
    assert not notifier.reserve("smpp:nobody")
    await owing(house, "two", "two")
    notifier.lanes_due(["http://two.example"])
    assert not notifier.reserve("http://two.example")
    await at(0.6)
    ear.left["two"] = 0
    assert ear.batches == [("http://two.example", 1), ("http://two.example", 1)]
    ear.answer()
    await notifier.stop(1.0)
    assert errors.told == []


@warped
async def test_a_lane_with_room_again_is_not_asked_for_when_the_store_holds_nothing_of_it() -> None:
    house, notifier, _ = telling()
    ear = Ear(notifier, one=5)
    notifier.serve("http", ear)
    notifier.start()
    await at(0.2)
    asked: list[str] = []
    take = house.notify.take

    async def watched(lane: str, limit: int) -> list[Owed]:
        asked.append(lane)
        return await take(lane, limit)

    house.notify.take = watched  # type: ignore[method-assign]
    notifier.roomy("http://one.example")
    await at(0.3)
    assert asked == []
    (message_id,) = await owing(house, "one")
    notifier.lanes_due(["http://one.example"])
    await at(0.4)
    assert asked == ["http://one.example"]
    assert [owed.message_id for owed in ear.held] == [message_id]
    await notifier.stop(1.0)


@warped
async def test_nothing_is_handed_over_before_what_is_being_claimed() -> None:
    house, notifier, _ = telling()
    ear = Ear(notifier, one=5)
    notifier.serve("http", ear)
    notifier.start()
    await at(0.2)
    take = house.notify.take
    during: list[bool] = []

    async def watched(lane: str, limit: int) -> list[Owed]:
        during.append(notifier.reserve("http://one.example"))
        return await take(lane, limit)

    house.notify.take = watched  # type: ignore[method-assign]
    await owing(house, "one")
    notifier.lanes_due(["http://one.example"])
    await at(0.4)
    assert during == [False]
    assert notifier.reserve("http://one.example")
    await notifier.stop(1.0)
