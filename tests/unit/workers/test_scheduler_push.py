"""Where there are apps, pushes of which nothing is told are noticed within the second, others as seldom as before."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.domain.app import MessageType
from chappe.domain.retry import Outcome
from chappe.domain.state import State
from chappe.workers.scheduler import Scheduler
from unit.pipeline.pushing import by_app, pushing
from unit.workers.test_scheduler import Told
from unit.workers.warp import LoopClock, at, warped


@pytest.mark.parametrize("kind", [MessageType.OTP, MessageType.CRITICAL])
@warped
async def test_the_turn_of_a_push_ends_within_the_second(kind: MessageType) -> None:
    house, told = await pushing(), Told()
    house.clock = LoopClock()
    house.begin()
    given: dict[str, Any] = {"expires_ms": house.clock.now_ms() + 60_000}
    message_id = await house.accept(extras=by_app(kind), **given)
    await house.take("pusher")
    await house.end(message_id, Outcome.SENT, "P1", connector="pusher")
    scheduler = Scheduler(
        release=house.release,
        expire=house.expire,
        receipts=house.receipts,
        mos=house.mos,
        wake=told.woken.append,
        lanes_due=told.lanes.extend,
        on_error=told.errors,
    )
    scheduler.start()
    await at(29.5)
    assert await house.state(message_id) is State.SENT
    await at(31)
    await scheduler.stop()
    ends = State.EXPIRED if kind is MessageType.OTP else State.QUEUED
    assert await house.state(message_id) is ends
    assert told.woken == ([] if kind is MessageType.OTP else ["op"])
    assert told.errors.told == []
