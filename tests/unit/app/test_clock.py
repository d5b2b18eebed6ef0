"""The machine's clocks, in the units that the port promises."""

from __future__ import annotations

import time

from chappe.app.clock import SystemClock


def test_the_wall_clock_counts_unix_milliseconds() -> None:
    before = time.time()
    told = SystemClock().now_ms()
    assert before * 1000 - 1 <= told <= time.time() * 1000 + 1


def test_the_other_counts_seconds_and_never_goes_back() -> None:
    clock = SystemClock()
    before = time.monotonic()
    told = [clock.monotonic() for _ in range(100)]
    assert told == sorted(told)
    assert before <= told[0] <= told[-1] <= time.monotonic()
