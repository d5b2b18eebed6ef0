"""Waiting messages go on: those due into their queues, those whose process ended back to where they can be sent."""

from __future__ import annotations

import pytest

from chappe.domain.link import ConnectorRecord
from chappe.domain.retry import Outcome, RetryPlan, UnknownPolicy
from chappe.domain.state import State
from chappe.pipeline.release import INTERRUPTED
from unit.pipeline.rig import START_MS, rig


async def test_scheduled_messages_are_queued_when_their_time_comes() -> None:
    house = rig()
    soon, later = await house.accept(due_ms=START_MS + 1_000), await house.accept(due_ms=START_MS + 2_000)
    house.clock.advance(0.999)
    assert await house.release.due() == {}
    house.clock.advance(0.001)
    assert await house.release.due() == {"op": 1}
    assert [going.message.id for going in await house.take()] == [soon]
    house.clock.advance(9)
    assert await house.release.due() == {"op": 1}
    assert [going.message.id for going in await house.take()] == [later]


async def test_a_clock_that_steps_back_releases_nothing_twice() -> None:
    house = rig()
    await house.accept(due_ms=START_MS + 1_000)
    house.clock.advance(1)
    assert await house.release.due() == {"op": 1}
    house.clock.ms -= 3_600_000
    assert await house.release.due() == {}
    house.clock.ms += 7_200_000
    assert await house.release.due() == {}


@pytest.mark.parametrize(
    ("record", "state"),
    [
        (ConnectorRecord(name="op"), State.SCHEDULED),
        (ConnectorRecord(name="op", unknown=UnknownPolicy.HOLD), State.HELD),
        (ConnectorRecord(name="op", retry=RetryPlan(attempts=1)), State.PARKED),
    ],
)
async def test_an_attempt_whose_process_ended_is_unknown_and_marked(
    record: ConnectorRecord, state: State
) -> None:
    house = rig(record)
    house.chance.value = 0.5
    message_id = await house.accept()
    await house.take()
    written = (await house.standing(message_id)).due_ms
    await house.crash()
    assert await house.release.stranded(house.owner, before=house.owner) == 1
    standing = await house.standing(message_id)
    assert (standing.state, standing.possible_duplicate, standing.error) == (state, INTERRUPTED, "unknown")
    assert standing.due_ms == written
    (note,) = await house.notes(message_id)
    assert (note.note.what, note.note.attempt, note.note.detail) == ("unknown", 1, INTERRUPTED)
    assert house.meter.by_name["interrupted"] == 1
    assert await house.release.stranded(house.owner, before=house.owner) == 0


async def test_it_does_not_go_again_before_the_time_that_was_written_first() -> None:
    house = rig()
    await house.accept()
    await house.take()
    await house.crash()
    await house.release.stranded(house.owner, before=house.owner)
    house.clock.advance(2.499)
    assert await house.release.due() == {}
    house.clock.advance(0.001)
    assert await house.release.due() == {"op": 1}


async def test_what_living_processes_hold_is_left_to_them() -> None:
    house = rig()
    message_id = await house.accept()
    await house.take()
    assert await house.release.stranded(house.owner, [99], before=house.owner) == 0
    await house.end(message_id, Outcome.SENT, "1")
    assert await house.state(message_id) is State.SENT


async def test_a_message_that_ends_the_process_each_time_is_parked_in_the_end() -> None:
    house = rig(ConnectorRecord(name="op", retry=RetryPlan(first=1, longest=1, attempts=3)))
    message_id = await house.accept()
    attempts = 0
    for _ in range(10):
        attempts += len(await house.take())
        await house.crash()
        await house.release.stranded(house.owner, before=house.owner)
        house.clock.advance(10)
        await house.release.due()
    assert attempts == 3
    assert await house.state(message_id) is State.PARKED


async def test_a_connector_that_is_gone_meanwhile_does_not_matter() -> None:
    house = rig()
    message_id = await house.accept()
    await house.take()
    await house.crash()
    house.directory.connectors.clear()
    assert await house.release.stranded(house.owner, before=house.owner) == 1
    assert await house.state(message_id) is State.SCHEDULED
