"""Back-off: within its bounds for every attempt and every chance, and never an overflow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.retry import RetryPlan, full_jitter

plans = st.builds(
    RetryPlan,
    first=st.floats(0.001, 1e6),
    factor=st.floats(1, 100),
    longest=st.floats(1e6, 1e9),
    attempts=st.integers(1, 10**6),
)
chances = st.floats(0, 1, exclude_max=True)
attempts = st.integers(1, 10**9)


@given(plans, attempts, chances)
def test_a_delay_is_at_least_half_of_its_back_off_and_at_most_all(
    plan: RetryPlan, attempt: int, chance: float
) -> None:
    assert plan.problem() == ""
    delay = plan.delay(attempt, chance)
    assert plan.first / 2 <= delay <= plan.longest
    assert plan.delay(attempt, 0.0) <= delay <= plan.delay(attempt, 0.0) * 2


@given(plans, st.integers(1, 10**6), chances)
def test_delays_never_shrink_from_one_attempt_to_the_next(
    plan: RetryPlan, attempt: int, chance: float
) -> None:
    assert plan.delay(attempt, chance) <= plan.delay(attempt + 1, chance)


def test_the_default_plan() -> None:
    wholes = [RetryPlan().delay(attempt, 0.0) * 2 for attempt in range(1, 13)]
    assert wholes == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]


@pytest.mark.parametrize(
    "plan",
    [
        RetryPlan(first=0),
        RetryPlan(first=-1),
        RetryPlan(factor=0.5),
        RetryPlan(factor=101),
        RetryPlan(longest=1),
        RetryPlan(attempts=0),
    ],
)
def test_a_plan_that_is_none(plan: RetryPlan) -> None:
    assert "retry plan" in plan.problem()


@given(attempts, st.floats(0.01, 100), st.floats(100, 1e6), chances)
def test_reconnects_spread_over_the_whole_back_off(
    attempt: int, first: float, longest: float, chance: float
) -> None:
    delay = full_jitter(attempt, first, longest, chance)
    assert first * 0.1 <= delay <= longest
    assert delay <= max(first * 2.0 ** min(attempt - 1, 60), first)


def test_reconnects_double_up_to_the_longest() -> None:
    assert [full_jitter(attempt, 1, 60, 0.999999) for attempt in (1, 2, 7, 900)] == pytest.approx(
        [1, 2, 60, 60], abs=1e-3
    )
