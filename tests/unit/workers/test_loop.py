"""When a duty runs: at once, when poked, when its time comes; after an error it rests."""

from __future__ import annotations

import asyncio

from chappe.workers.loop import Loop
from unit.workers.warp import Errors, at, now, warped


class Duty:
    """Notes when it ran; returns `wait`, or raises what it is given."""

    def __init__(self, wait: float = 60.0) -> None:
        self.ran: list[float] = []
        self.wait = wait
        self.error: Exception | None = None
        self.gate: asyncio.Event | None = None

    async def __call__(self) -> float:
        self.ran.append(now())
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        return self.wait


@warped
async def test_pokes_do_not_shorten_the_rest_after_an_error() -> None:
    duty, errors = Duty(), Errors()
    duty.error = OSError("disk gone")
    loop = Loop("write", duty, errors)
    loop.start()
    for hundredth in range(1, 500):
        await at(hundredth / 100)
        loop.poke()
    await loop.stop()
    assert len(errors.told) <= 6


@warped
async def test_it_runs_at_once_and_again_after_the_time_that_it_named() -> None:
    duty, errors = Duty(2.0), Errors()
    loop = Loop("count", duty, errors)
    loop.start()
    await at(7)
    await loop.stop()
    assert duty.ran == [0, 2, 4, 6]
    assert errors.told == []


@warped
async def test_a_poke_makes_it_run_at_once_and_many_make_one_run() -> None:
    duty = Duty()
    loop = Loop("count", duty, Errors())
    loop.start()
    await at(5)
    for _ in range(50):
        loop.poke()
    await at(6)
    loop.poke()
    await at(7)
    await loop.stop()
    assert duty.ran == [0, 5, 6]


@warped
async def test_a_poke_during_a_run_is_not_lost() -> None:
    duty = Duty()
    duty.gate = asyncio.Event()
    loop = Loop("count", duty, Errors())
    loop.start()
    await at(1)
    loop.poke()
    await at(2)
    assert duty.ran == [0]
    duty.gate.set()
    await at(3)
    await loop.stop()
    assert duty.ran == [0, 2]


@warped
async def test_an_error_is_told_and_waited_out_and_the_duty_goes_on() -> None:
    duty, errors = Duty(), Errors()
    duty.error = OSError("disk gone")
    loop = Loop("write", duty, errors, pause=3.0)
    loop.start()
    await at(10)
    assert duty.ran == [0, 3, 6, 9]
    assert errors.told == [("write", "OSError: disk gone")] * 4
    duty.error = None
    await at(200)
    await loop.stop()
    assert duty.ran == [0, 3, 6, 9, 12, 72, 132, 192]


@warped
async def test_the_pause_after_an_error_is_a_second_unless_told_otherwise() -> None:
    duty, errors = Duty(0.0), Errors()
    duty.error = ValueError("bad")
    loop = Loop("spin", duty, errors)
    loop.start()
    await at(100.5)
    await loop.stop()
    assert len(duty.ran) == 101


@warped
async def test_stopping_lets_the_present_run_end_and_starts_none_anew() -> None:
    duty = Duty(0.5)
    duty.gate = asyncio.Event()
    loop = Loop("count", duty, Errors())
    loop.start()
    await at(1)
    stopping = asyncio.ensure_future(loop.stop())
    await at(2)
    assert not stopping.done()
    duty.gate.set()
    await stopping
    assert now() == 2
    loop.poke()
    await at(10)
    assert duty.ran == [0]


@warped
async def test_stopping_does_not_wait_for_the_next_run() -> None:
    duty = Duty(3_600.0)
    loop = Loop("count", duty, Errors())
    loop.start()
    await at(1)
    await loop.stop()
    assert now() == 1


async def test_one_that_was_never_started_can_be_stopped() -> None:
    await Loop("never", Duty(), Errors()).stop()
