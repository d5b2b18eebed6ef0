"""The wheel over a clock that the test turns: order, lateness, one timer whatever is added."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chappe.sim.wheel import TICK, Wheel


class Timer:
    def __init__(self, at: float, call: Callable[[], None]) -> None:
        self.at = at
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Clock:
    """What a wheel needs of a loop."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.timers: list[Timer] = []

    def time(self) -> float:
        return self.now

    def call_at(self, at: float, call: Callable[[], None]) -> Timer:
        self.timers.append(Timer(at, call))
        return self.timers[-1]

    @property
    def live(self) -> list[Timer]:
        return [timer for timer in self.timers if not timer.cancelled]

    def turn_to(self, now: float) -> None:
        while due := [timer for timer in self.live if timer.at <= now]:
            first = min(due, key=lambda timer: timer.at)
            self.timers.remove(first)
            self.now = max(self.now, first.at)
            first.call()
        self.now = now


def made() -> tuple[Clock, Wheel, list[Any]]:
    clock = Clock()
    return clock, Wheel(clock), []  # type: ignore[arg-type]


def test_no_delay_is_at_once() -> None:
    clock, wheel, seen = made()
    wheel.add(0, seen.append, 1)
    wheel.add(-1, seen.append, 2)
    assert seen == [1, 2]
    assert clock.timers == []


def test_one_timer_however_much_is_added_and_the_earliest_moves_it() -> None:
    clock, wheel, seen = made()
    wheel.add(10, seen.append, "late")
    for number in range(1_000):
        wheel.add(5, seen.append, number)
    assert len(clock.live) == 1
    assert len(wheel) == 1_001
    clock.turn_to(1_006)
    assert seen == list(range(1_000))
    assert len(clock.live) == 1
    clock.turn_to(1_011)
    assert seen[-1] == "late"
    assert clock.live == []
    assert len(wheel) == 0


def test_what_an_action_adds_comes_in_its_turn() -> None:
    clock, wheel, seen = made()
    wheel.add(1, lambda item: wheel.add(1, seen.append, item), "x")
    clock.turn_to(1_001.5)
    assert seen == []
    clock.turn_to(1_002.5)
    assert seen == ["x"]


def test_clear_forgets_everything() -> None:
    clock, wheel, seen = made()
    wheel.add(1, seen.append, "x")
    wheel.clear()
    wheel.clear()
    clock.turn_to(1_010)
    assert (seen, len(wheel), clock.live) == ([], 0, [])
    wheel.add(1, seen.append, "y")
    clock.turn_to(1_012)
    assert seen == ["y"]


@given(st.lists(st.floats(0.0001, 3), max_size=50))
def test_nothing_is_early_and_nothing_later_than_a_tick(delays: list[float]) -> None:
    clock, wheel, seen = made()
    for delay in delays:
        wheel.add(delay, lambda due: seen.append((due, clock.now)), 1_000 + delay)
    clock.turn_to(1_010)
    assert len(seen) == len(delays)
    assert all(due - 1e-6 <= at <= due + 2 * TICK for due, at in seen)
    assert [at for _, at in seen] == sorted(at for _, at in seen)
