from __future__ import annotations

import asyncio

from chappe.connectors.loopback.schedule import Schedule


async def test_what_is_due_together_is_done_in_one_go_and_the_rest_waits_for_its_time() -> None:
    done: list[str] = []
    over = asyncio.Event()

    def after() -> None:
        done.append("|")
        over.set()

    schedule = Schedule(after)
    schedule.add(60.0, lambda: done.append("late"))
    schedule.add(0.0, lambda: done.append("first"))
    schedule.add(0.0, lambda: done.append("second"))
    assert done == []
    async with asyncio.timeout(5):
        await over.wait()
    assert done == ["first", "second", "|"]
    assert schedule._handle is not None
    assert round(schedule._handle.when() - asyncio.get_running_loop().time()) >= 55
    schedule.stop()


async def test_things_are_done_in_the_order_of_their_times() -> None:
    done: list[int] = []
    over = asyncio.Event()
    schedule = Schedule(lambda: over.set() if len(done) == 3 else None)
    for seconds in (0.003, 0.001, 0.002):
        schedule.add(seconds, lambda seconds=seconds: done.append(round(seconds * 1000)))
    async with asyncio.timeout(5):
        await over.wait()
    assert done == [1, 2, 3]


async def test_what_is_added_while_things_are_done_has_a_turn_of_its_own() -> None:
    done: list[str] = []
    over = asyncio.Event()
    schedule = Schedule(lambda: done.append("|"))

    def first() -> None:
        done.append("first")
        schedule.add(0.0, second)

    def second() -> None:
        done.append("second")
        over.set()

    schedule.add(0.0, first)
    async with asyncio.timeout(5):
        await over.wait()
    assert done[:3] == ["first", "|", "second"]


async def test_one_timer_serves_them_all() -> None:
    schedule = Schedule(lambda: None)
    schedule.add(60.0, lambda: None)
    first = schedule._handle
    schedule.add(61.0, lambda: None)
    assert schedule._handle is first
    schedule.add(1.0, lambda: None)
    assert schedule._handle is not first
    assert first is not None
    assert first.cancelled()
    schedule.stop()
    assert schedule._handle is None


async def test_nothing_is_done_after_a_stop() -> None:
    done: list[str] = []
    schedule = Schedule(lambda: done.append("|"))
    schedule.add(0.0, lambda: done.append("never"))
    schedule.stop()
    schedule.stop()
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(0.001, over.set)
    async with asyncio.timeout(5):
        await over.wait()
    assert done == []
