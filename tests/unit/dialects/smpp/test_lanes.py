"""A lane over receivers that are counters: turns, room, outcomes, and what is told of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from chappe.dialects.smpp.lanes import Handing, Lane, Telling
from chappe.domain.report import Owed, StatusNotice
from chappe.ports.carrier import Carried, Handover
from making import message, notice, webhook

NOTICE: StatusNotice = notice(message(report=webhook()))


def owed(number: int, attempts: int = 1) -> Owed:
    return Owed(number, 2, "smpp:acme", 0, attempts, NOTICE)


class Told:
    """See CarrierEvents."""

    def __init__(self) -> None:
        self.batches: list[list[Carried]] = []
        self.lanes: list[str] = []

    def carried(self, batch: Sequence[Carried]) -> None:
        self.batches.append(list(batch))

    def roomy(self, lane: str) -> None:
        self.lanes.append(lane)

    @property
    def all(self) -> list[tuple[int, Handover]]:
        return [(one.owed.message_id, one.handover) for batch in self.batches for one in batch]


class Ear:
    """A receiver with a window."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.open: list[Handing] = []

    @property
    def room(self) -> int:
        return self.capacity - len(self.open)

    def deliver(self, handing: Handing) -> None:
        handing.open = 1
        self.open.append(handing)

    def answer(self, count: int = 1, handover: Handover = Handover.TAKEN) -> None:
        for _ in range(count):
            self.open.pop(0).settled(handover, handover.value)

    def numbers(self) -> list[int]:
        return [one.owed.message_id for one in self.open]


class Rig:
    def __init__(self) -> None:
        self.told = Told()
        self.telling = Telling(self.told)
        self.emptied: list[Lane] = []
        self.lane = Lane("smpp:acme", self.telling, self.emptied.append)

    def ear(self, capacity: int) -> Ear:
        ear = Ear(capacity)
        self.lane.join(ear)
        return ear


async def turn() -> None:
    """Lets one turn of the loop pass."""
    done = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(done.set_result, None)
    await done


async def test_sessions_get_notices_in_turn_and_as_many_as_they_have_room_for() -> None:
    rig = Rig()
    one, two, three = rig.ear(3), rig.ear(2), rig.ear(1)
    assert rig.lane.room() == 6
    rig.lane.carry([owed(number) for number in range(6)])
    assert (one.numbers(), two.numbers(), three.numbers()) == ([0, 3, 5], [1, 4], [2])
    assert rig.lane.room() == 0
    rig.lane.carry([owed(6)])
    assert rig.lane.room() == 0
    three.answer()
    rig.lane.pump()
    assert three.numbers() == [6]


async def test_outcomes_of_one_turn_are_one_batch() -> None:
    rig = Rig()
    ear = rig.ear(10)
    rig.lane.carry([owed(number) for number in range(3)])
    ear.answer(2)
    assert rig.told.batches == []
    await turn()
    assert [len(batch) for batch in rig.told.batches] == [2]
    ear.answer(1, Handover.FAILED)
    await turn()
    assert rig.told.all == [(0, Handover.TAKEN), (1, Handover.TAKEN), (2, Handover.FAILED)]
    assert rig.told.batches[1][0].answer == "failed"


async def test_a_bind_tells_of_room_once_a_turn() -> None:
    rig = Rig()
    rig.ear(1)
    rig.ear(1)
    assert rig.told.lanes == []
    await turn()
    assert rig.told.lanes == ["smpp:acme"]
    await turn()
    assert rig.told.lanes == ["smpp:acme"]


async def test_room_is_told_of_when_half_is_free_and_only_to_who_was_refused_it() -> None:
    rig = Rig()
    ear = rig.ear(8)
    await turn()
    rig.told.lanes.clear()
    rig.lane.carry([owed(number) for number in range(8)])
    ear.answer()
    rig.lane.pump()
    await turn()
    assert rig.told.lanes == []
    rig.lane.carry([owed(8)])
    assert rig.lane.room() == 0
    ear.answer(3)
    rig.lane.pump()
    await turn()
    assert rig.told.lanes == []
    ear.answer()
    rig.lane.pump()
    rig.lane.pump()
    await turn()
    assert rig.told.lanes == ["smpp:acme"]
    ear.answer(4)
    rig.lane.pump()
    await turn()
    assert rig.told.lanes == ["smpp:acme"]


async def test_what_waits_for_the_last_session_is_told_as_away_and_the_lane_as_empty() -> None:
    rig = Rig()
    one, two = rig.ear(1), rig.ear(1)
    rig.lane.carry([owed(number) for number in range(4)])
    rig.lane.leave(one)
    rig.lane.leave(one)
    await turn()
    assert rig.told.all == []
    one.answer(1, Handover.AWAY)
    rig.lane.leave(two)
    assert not rig.emptied
    two.answer(1, Handover.AWAY)
    await turn()
    assert sorted(rig.told.all) == [(number, Handover.AWAY) for number in range(4)]
    assert rig.emptied == [rig.lane]
    assert rig.lane.empty


async def test_a_session_that_leaves_hands_its_turn_to_the_next() -> None:
    rig = Rig()
    one, two = rig.ear(1), rig.ear(2)
    rig.lane.carry([owed(0), owed(1), owed(2), owed(3)])
    assert (one.numbers(), two.numbers()) == ([0], [1, 2])
    two.answer(2)
    rig.lane.leave(one)
    assert two.numbers() == [3]


async def test_nobody_bound_is_away() -> None:
    rig = Rig()
    assert rig.lane.room() == 0
    rig.lane.carry([owed(1), owed(2)])
    await turn()
    assert rig.told.all == [(1, Handover.AWAY), (2, Handover.AWAY)]


async def test_a_notice_claimed_again_while_under_way_is_not_handed_over_twice() -> None:
    rig = Rig()
    ear = rig.ear(5)
    rig.lane.carry([owed(1)])
    rig.lane.carry([owed(1, attempts=2), owed(2)])
    assert ear.numbers() == [1, 2]
    ear.answer(2)
    await turn()
    assert rig.told.all == [(1, Handover.TAKEN), (1, Handover.TAKEN), (2, Handover.TAKEN)]
    assert [one.owed.attempts for one in rig.told.batches[0]] == [1, 2, 1]
    rig.lane.carry([owed(1, attempts=3)])
    assert ear.numbers() == [1]


async def test_the_worst_that_is_said_of_a_part_is_said_of_the_whole() -> None:
    rig = Rig()
    ear = rig.ear(5)
    for first, second, whole in (
        (Handover.TAKEN, Handover.TAKEN, Handover.TAKEN),
        (Handover.TAKEN, Handover.AWAY, Handover.AWAY),
        (Handover.AWAY, Handover.FAILED, Handover.FAILED),
        (Handover.GONE, Handover.TAKEN, Handover.GONE),
        (Handover.GONE, Handover.FAILED, Handover.GONE),
    ):
        rig.told.batches.clear()
        rig.lane.carry([owed(1)])
        handing = ear.open.pop()
        handing.open = 2
        handing.settled(first, first.value)
        await turn()
        assert rig.told.all == []
        handing.settled(second, second.value)
        await turn()
        assert rig.told.all == [(1, whole)]
        assert rig.told.batches[0][0].answer == ("ESME_ROK" if whole is Handover.TAKEN else whole.value)


async def test_outcomes_can_be_told_at_once() -> None:
    rig = Rig()
    ear = rig.ear(1)
    rig.lane.carry([owed(1)])
    ear.answer()
    rig.telling.flush()
    assert (rig.told.all, rig.told.lanes) == ([(1, Handover.TAKEN)], ["smpp:acme"])
    rig.telling.flush()
    await turn()
    assert len(rig.told.batches) == 1
