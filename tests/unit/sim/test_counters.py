"""Counters back to 0, and figures a second between two snapshots."""

import msgspec

from chappe.sim.counters import Counters, Snapshot, rates


def test_reset() -> None:
    counters = Counters(submits=3, irregular=2)
    counters.reset()
    assert counters == Counters()


def test_rates_are_between_two_snapshots() -> None:
    before = Snapshot(10.0, Counters(submits=100, ok=100), 1, 0, 0, 0)
    after = Snapshot(12.0, Counters(submits=301, ok=200), 1, 0, 0, 0)
    found = rates(before, after)
    assert (found["submits"], found["ok"], found["throttled"]) == (100.5, 50.0, 0.0)
    assert found.keys() == set(msgspec.structs.asdict(Counters()))
    assert rates(after, after) == {}
