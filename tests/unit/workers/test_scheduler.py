"""What time brings, when, and whom it tells."""

from __future__ import annotations

import pytest

from chappe.domain.link import ConnectorRecord
from chappe.domain.state import State
from chappe.pipeline.accept_mo import PART_WAIT_MS
from chappe.pipeline.release import BATCH
from chappe.ports.connector import Ack
from chappe.workers.scheduler import Scheduler
from unit.pipeline.rig import MO_ROUTE, START_MS, WEBHOOK, Rig, rig
from unit.pipeline.test_accept_mo import part
from unit.workers.warp import Errors, LoopClock, at, warped


class Told:
    """What the scheduler told of: connectors woken and lanes due."""

    def __init__(self) -> None:
        self.woken: list[str] = []
        self.lanes: list[str] = []
        self.errors = Errors()


def ticking(*records: ConnectorRecord) -> tuple[Rig, Scheduler, Told]:
    house, told = rig(*records, MO_ROUTE), Told()
    house.clock = LoopClock()
    house.begin()
    scheduler = Scheduler(
        release=house.release,
        expire=house.expire,
        receipts=house.receipts,
        mos=house.mos,
        wake=told.woken.append,
        lanes_due=told.lanes.extend,
        on_error=told.errors,
    )
    return house, scheduler, told


@warped
async def test_a_scheduled_message_goes_into_its_queue_when_its_time_has_come() -> None:
    house, scheduler, told = ticking()
    message_id = await house.accept(due_ms=START_MS + 60_000)
    scheduler.start()
    await at(59.9)
    assert told.woken == []
    assert await house.state(message_id) is State.SCHEDULED
    await at(60.3)
    assert told.woken == ["op"]
    assert await house.state(message_id) is State.QUEUED
    await scheduler.stop()
    assert told.errors.told == []


@warped
async def test_many_are_released_without_a_pause_between_full_batches() -> None:
    house, scheduler, told = ticking()
    for _ in range(BATCH + 1):
        await house.accept(due_ms=START_MS + 1_000)
    scheduler.start()
    await at(1.2)
    await scheduler.stop()
    assert told.woken == ["op", "op"]
    assert (await house.store.depths())["op"] == BATCH + 1


@warped
async def test_a_validity_that_ends_is_told_at_once() -> None:
    house, scheduler, told = ticking()
    message_id = await house.accept(expires_ms=START_MS + 2_000, report=WEBHOOK)
    scheduler.start()
    await at(1.9)
    assert told.lanes == []
    await at(2.3)
    await scheduler.stop()
    assert told.lanes == ["http://client.example"]
    assert await house.state(message_id) is State.EXPIRED


@warped
async def test_a_receipt_that_never_comes_is_given_up() -> None:
    house, scheduler, told = ticking(ConnectorRecord(name="op", receipt_wait=30))
    message_id = await house.sent(report=WEBHOOK)
    scheduler.start()
    await at(29)
    assert await house.state(message_id) is State.SENT
    await at(42)
    await scheduler.stop()
    assert await house.state(message_id) is State.UNKNOWN
    assert told.lanes == ["http://client.example"]


@warped
async def test_parts_that_never_came_are_not_waited_for_for_ever() -> None:
    house, scheduler, told = ticking()
    taken = await house.mos.accept([part(1, b"half", total=2)])
    assert taken.answers == (Ack.TAKEN,)
    scheduler.start()
    await at(PART_WAIT_MS / 1000 - 1)
    assert told.lanes == []
    await at(PART_WAIT_MS / 1000 + 11)
    await scheduler.stop()
    assert told.lanes == ["smpp:acme"]


@pytest.mark.parametrize("duty", ["expire", "seldom"])
def test_trouble_of_the_store_is_told_and_the_next_tick_goes_on(duty: str) -> None:
    @warped
    async def run() -> None:
        house, scheduler, told = ticking()
        message_id = await house.accept(due_ms=START_MS + 5_000)
        name = "expired" if duty == "expire" else "overdue"
        whole = getattr(house.store, name)

        async def failing(*_: object) -> object:
            raise OSError("no disk")

        setattr(house.store, name, failing)
        scheduler.start()
        await at(3.5)
        setattr(house.store, name, whole)
        await at(6)
        await scheduler.stop()
        # A second between tries of what fails each time, not a spin.
        assert told.errors.told[0] == ("schedule", "OSError: no disk")
        assert len(told.errors.told) == (4 if duty == "expire" else 1)
        assert await house.state(message_id) is State.QUEUED

    run()
