"""What is claimed: as much as there is room for, when something tells, by connectors that hold up nobody else."""

from __future__ import annotations

from chappe.domain.state import State
from chappe.workers.dispatcher import Dispatcher
from chappe.workers.link_board import LinkBoard
from unit.pipeline.rig import Rig, rig
from unit.workers.rims import Desk
from unit.workers.warp import Errors, at, warped


def served(*desks: Desk) -> tuple[Rig, Dispatcher, Errors]:
    """A pipeline, and a dispatcher that serves these connectors."""
    house, errors = rig(), Errors()
    board = LinkBoard(house.directory)
    board.connectors.update({desk.name: desk for desk in desks})
    return house, Dispatcher(house.dispatch, board, errors), errors


@warped
async def test_it_claims_while_there_is_room_and_leaves_the_rest_in_the_queue() -> None:
    desk = Desk(left=3)
    house, dispatcher, errors = served(desk)
    ids = [await house.accept() for _ in range(5)]
    dispatcher.begin("op")
    await at(1)
    assert desk.taken == ids[:3]
    assert [await house.state(one) for one in ids] == [State.IN_FLIGHT] * 3 + [State.QUEUED] * 2
    desk.left = 1
    dispatcher.wake("op")
    await at(2)
    assert desk.taken == ids[:4]
    assert await house.state(ids[4]) is State.QUEUED
    await dispatcher.stop()
    assert errors.told == []


@warped
async def test_without_room_nothing_is_claimed_and_no_attempt_is_counted() -> None:
    desk = Desk(left=0)
    house, dispatcher, _ = served(desk)
    message_id = await house.accept()
    dispatcher.begin("op")
    for second in range(1, 5):
        dispatcher.wake("op")
        await at(second)
    await dispatcher.stop()
    assert desk.batches == []
    assert desk.asked == 4
    assert (await house.standing(message_id)).attempts == 0


@warped
async def test_much_is_claimed_in_batches_of_at_most_five_hundred() -> None:
    desk = Desk(left=10_000)
    house, dispatcher, _ = served(desk)
    for _ in range(1_100):
        await house.accept()
    dispatcher.begin("op")
    await at(1)
    await dispatcher.stop()
    assert [len(batch) for batch in desk.batches] == [500, 500, 100]
    assert desk.taken == sorted(desk.taken)


@warped
async def test_a_queue_is_looked_at_every_five_seconds_although_nobody_tells() -> None:
    desk = Desk(left=10)
    house, dispatcher, _ = served(desk)
    dispatcher.begin("op")
    await at(1)
    message_id = await house.accept()
    await at(4.9)
    assert desk.taken == []
    await at(5.1)
    assert desk.taken == [message_id]
    await dispatcher.stop()


@warped
async def test_one_that_fails_holds_up_no_other_and_rests_between_its_tries() -> None:
    broken, desk = Desk("op", left=9), Desk("spare", left=9)
    broken.trouble = RuntimeError("lost its mind")
    house, dispatcher, errors = served(broken, desk)
    dispatcher.begin("op")
    dispatcher.begin("spare")
    await at(9.5)
    assert broken.asked == 10
    assert errors.told == [("dispatch op", "RuntimeError: lost its mind")] * 10
    assert desk.asked == 2
    broken.trouble = None
    message_id = await house.accept()
    await at(10.5)
    await dispatcher.stop()
    assert broken.taken == [message_id]


@warped
async def test_one_that_was_ended_is_given_no_more() -> None:
    desk = Desk(left=9)
    house, dispatcher, _ = served(desk)
    dispatcher.begin("op")
    dispatcher.begin("op")
    await at(1)
    await dispatcher.end("op")
    message_id = await house.accept()
    dispatcher.wake("op")
    await at(20)
    assert desk.taken == []
    assert await house.state(message_id) is State.QUEUED
    await dispatcher.end("op")


@warped
async def test_one_that_the_board_does_not_know_is_waited_for() -> None:
    house, dispatcher, errors = served()
    message_id = await house.accept()
    dispatcher.begin("op")
    await at(1)
    await dispatcher.stop()
    assert await house.state(message_id) is State.QUEUED
    assert errors.told == []
