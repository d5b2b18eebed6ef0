"""Quantiles against their definition, and the open-loop pace over times that the test gives."""

from hypothesis import given
from hypothesis import strategies as st

from chappe.sim.latency import Latencies, Pace, Quantiles


def test_quantiles_of_a_thousand() -> None:
    latencies = Latencies()
    for number in range(1_000, 0, -1):
        latencies.add(number / 1_000)
    assert len(latencies) == 1_000
    assert latencies.quantiles() == Quantiles(1_000, 501.0, 901.0, 991.0, 1_000.0, 1_000.0)


def test_quantiles_of_nothing() -> None:
    assert Latencies().quantiles() == Quantiles(0, 0.0, 0.0, 0.0, 0.0, 0.0)


@given(st.lists(st.floats(0, 100), min_size=1))
def test_quantiles_are_in_order_and_among_what_was_measured(seconds: list[float]) -> None:
    latencies = Latencies()
    for one in seconds:
        latencies.add(one)
    found = latencies.quantiles()
    spread = [found.p50, found.p90, found.p99, found.p999, found.highest]
    assert spread == sorted(spread)
    assert set(spread) <= {round(one * 1000, 3) for one in seconds}
    assert found.highest == round(max(seconds) * 1000, 3)


def test_without_a_rate_all_is_due_at_once() -> None:
    pace = Pace(3, None, 10.0)
    assert pace.ready(10.0) == 3
    assert [pace.take(11.0) for _ in range(3)] == [(0, 11.0), (1, 11.0), (2, 11.0)]
    assert pace.done
    assert pace.next_due() is None


def test_with_a_rate_each_has_its_moment_however_late_it_is_taken() -> None:
    pace = Pace(4, 2.0, 10.0)
    assert pace.ready(10.0) == 1
    assert pace.take(10.0) == (0, 10.0)
    assert pace.ready(10.4) == 0
    assert pace.next_due() == 10.5
    assert pace.ready(11.2) == 2
    assert pace.take(11.2) == (1, 10.5)
    assert pace.ready(99.0) == 3 - pace.taken + 1
    pace.stop()
    assert pace.done
    assert pace.ready(99.0) == 0
    assert pace.next_due() is None
