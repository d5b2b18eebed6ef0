"""Rates: a bucket never lets more through than its rate and burst; a pace slows, recovers, and never exceeds its limit."""

from copy import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.throttle import UNLIMITED, Pace, TokenBucket

rates = st.floats(0.1, 10_000)
steps = st.lists(st.tuples(st.floats(0, 5), st.integers(0, 200)), min_size=1, max_size=40)


@given(rates, st.floats(1, 500), steps)
def test_no_window_of_time_lets_more_through_than_rate_and_burst(
    rate: float, burst: float, asked: list[tuple[float, int]]
) -> None:
    bucket = TokenBucket(rate, burst, 0.0)
    now, taken = 0.0, []
    for pause, wanted in asked:
        now += pause
        granted = bucket.take(wanted, now)
        assert 0 <= granted <= wanted
        taken.append((now, granted))
    for first, (since, _) in enumerate(taken):
        total = sum(granted for _, granted in taken[first:])
        assert total <= burst + (now - since) * rate + 1e-3


@given(rates, st.floats(1, 500), steps)
def test_a_bucket_refuses_only_when_it_must(
    rate: float, burst: float, asked: list[tuple[float, int]]
) -> None:
    bucket = TokenBucket(rate, burst, 0.0)
    now = 0.0
    for pause, wanted in asked:
        now += pause
        free = bucket.available(now)
        assert bucket.take(wanted, now) == min(wanted, free)
        wait = bucket.wait(now)
        assert (wait == 0) == (bucket.available(now) >= 1)
        assert copy(bucket).available(now + wait + 1e-6) >= 1


@given(st.integers(0, 10**9), st.floats(0, 1e9))
def test_a_rate_of_nothing_is_no_limit(wanted: int, now: float) -> None:
    bucket = TokenBucket(0.0, 1, 0.0)
    assert bucket.take(wanted, now) == wanted
    assert bucket.available(now) == UNLIMITED
    assert bucket.wait(now) == 0.0


def test_a_clock_that_goes_back_fills_nothing() -> None:
    bucket = TokenBucket(1.0, 5, 100.0)
    assert bucket.take(5, 100.0) == 5
    assert bucket.take(1, 50.0) == 0
    assert bucket.take(9, 102.0) == 2


def test_what_is_given_back_may_be_taken_again_but_not_above_the_burst() -> None:
    bucket = TokenBucket(1.0, 3, 0.0)
    bucket.take(3, 0.0)
    bucket.give_back(2)
    assert bucket.available(0.0) == 2
    bucket.give_back(50)
    assert bucket.available(0.0) == 3


def test_a_burst_is_at_least_one() -> None:
    assert TokenBucket(10.0, 0, 0.0).take(1, 0.0) == 1


# ---------------------------------------------------------------- pace


@given(
    st.one_of(st.just(0.0), st.floats(0.1, 5_000)),
    st.lists(st.tuples(st.floats(0, 3), st.integers(0, 50), st.booleans()), max_size=60),
)
def test_a_pace_never_exceeds_its_limit_whatever_the_network_says(
    limit: float, history: list[tuple[float, int, bool]]
) -> None:
    pace, now = Pace(limit, 0.0), 0.0
    for pause, wanted, throttled in history:
        now += pause
        before = pace.rate
        if throttled:
            pace.throttled(now)
            assert pace.rate <= before or before == 0
            assert pace.rate > 0
        assert 0 <= pace.take(wanted, now) <= wanted
        assert pace.rate <= limit or limit == 0
        assert pace.slowed == (pace.rate not in (0, limit))


def test_throttling_cuts_once_for_answers_that_come_together() -> None:
    pace = Pace(100.0, 0.0)
    for at in (10.0, 10.1, 10.2, 10.49):
        pace.throttled(at)
    assert pace.rate == 60.0
    pace.throttled(10.6)
    assert pace.rate == pytest.approx(36.0)


def test_quiet_brings_the_limit_back_by_a_twentieth_a_second() -> None:
    pace = Pace(100.0, 0.0)
    pace.throttled(10.0)
    pace.available(10.6)
    assert pace.rate == pytest.approx(60.0, abs=1)
    for tenth in range(50):
        pace.available(10.6 + tenth / 10)
    assert 80 <= pace.rate <= 90
    pace.available(30.0)
    assert (pace.rate, pace.slowed) == (100.0, False)


def test_a_cut_never_empties_the_pace() -> None:
    pace = Pace(100.0, 0.0)
    for second in range(1, 100):
        pace.throttled(float(second))
    assert pace.rate == 1.0
    slow = Pace(0.5, 0.0)
    slow.throttled(1.0)
    assert 0 < slow.rate <= 0.5


def test_without_a_limit_the_first_cut_starts_from_the_rate_seen() -> None:
    pace, now = Pace(0.0, 0.0), 0.0
    for _ in range(30):
        now += 0.1
        pace.take(20, now)
    pace.throttled(now)
    assert pace.rate == pytest.approx(120, rel=0.15)
    for tenth in range(1, 400):
        pace.available(now + tenth / 10)
    assert (pace.rate, pace.slowed) == (0.0, False)


def test_a_cut_gives_no_burst_for_free() -> None:
    pace = Pace(100.0, 0.0)
    assert pace.take(10, 0.0) == 10
    pace.throttled(0.0)
    assert pace.take(5, 0.0) == 0
    assert pace.wait(0.0) > 0


def test_what_was_not_used_comes_back() -> None:
    pace = Pace(10.0, 0.0)
    assert pace.take(1, 0.0) == 1
    pace.give_back(1)
    assert pace.available(0.0) == 1
