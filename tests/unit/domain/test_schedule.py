"""Deferral and validity: what fills in, what clamps, what could never be sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.account import Account
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.schedule import MAX_AHEAD_MS, resolve_times

NOW = 1_800_000_000_000
HOUR = 3_600_000


def account(default: int = 0, longest: int = 0) -> Account:
    return Account(name="a", default_validity=default, max_validity=longest)


@pytest.mark.parametrize(
    ("rules", "due", "expires", "found"),
    [
        (account(), 0, 0, (0, 0)),
        (account(), NOW - 1, 0, (0, 0)),  # a schedule in the past is at once
        (account(), NOW, 0, (0, 0)),
        (account(), NOW + HOUR, 0, (NOW + HOUR, 0)),
        (account(), 0, NOW + HOUR, (0, NOW + HOUR)),
        (account(default=60), 0, 0, (0, NOW + 60_000)),
        (account(default=60), NOW + HOUR, 0, (NOW + HOUR, NOW + HOUR + 60_000)),
        (account(default=60), 0, NOW + HOUR, (0, NOW + HOUR)),
        (account(longest=60), 0, 0, (0, NOW + 60_000)),
        (account(longest=60), 0, NOW + HOUR, (0, NOW + 60_000)),
        (account(longest=7_200), 0, NOW + HOUR, (0, NOW + HOUR)),
        (account(default=600, longest=60), 0, 0, (0, NOW + 60_000)),
        (account(), NOW + MAX_AHEAD_MS, 0, (NOW + MAX_AHEAD_MS, 0)),
    ],
)
def test_times(rules: Account, due: int, expires: int, found: tuple[int, int]) -> None:
    assert resolve_times(rules, due, expires, NOW) == found


@pytest.mark.parametrize(
    ("due", "expires", "reason"),
    [
        (NOW + MAX_AHEAD_MS + 1, 0, Reason.BAD_SCHEDULE),
        (0, NOW - 1, Reason.BAD_VALIDITY),
        (NOW + HOUR, NOW + HOUR - 1, Reason.BAD_VALIDITY),
    ],
)
def test_what_could_never_be_sent_is_refused(due: int, expires: int, reason: Reason) -> None:
    found = resolve_times(account(), due, expires, NOW)
    assert isinstance(found, Refusal)
    assert found.reason is reason


offsets = st.one_of(st.just(-NOW), st.integers(-HOUR, MAX_AHEAD_MS * 2))


@given(st.integers(0, 10**6), st.integers(0, 10**6), offsets, offsets)
def test_what_is_accepted_can_be_sent_within_the_rules(
    default: int, longest: int, due: int, expires: int
) -> None:
    found = resolve_times(account(default, longest), NOW + due, NOW + expires, NOW)
    if isinstance(found, Refusal):
        return
    first, last = found
    assert first == 0 or NOW < first <= NOW + MAX_AHEAD_MS
    start = first or NOW
    assert last == 0 or last >= start
    if longest:
        assert 0 < last <= start + longest * 1_000
    if default:
        assert last
