"""How fast accounts may submit: by way, in all, each account by itself; no turn is lost by a refusal."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chappe.domain.account import Account
from chappe.pipeline.throughput import CAMPAIGN, OwnTurns, exceeded

HTTP, SMPP = "jasmin", "smpp"


def passed(turns: OwnTurns, account: Account, dialect: str, *moments: float) -> list[bool]:
    return [exceeded(turns, account, dialect, moment) == 0 for moment in moments]


def test_an_account_without_a_limit_always_passes_and_is_not_kept() -> None:
    turns = OwnTurns()
    assert all(passed(turns, Account(name="a"), HTTP, *[0.0] * 1_000))
    assert turns._due == {}


def test_turns_have_a_least_distance() -> None:
    account = Account(name="a", throughput=2.0)
    assert passed(OwnTurns(), account, HTTP, 9.0, 9.0, 9.4, 9.5, 9.9, 10.0) == [
        True,
        False,
        False,
        True,
        False,
        True,
    ]


def test_a_burst_passes_at_once() -> None:
    account = Account(name="a", throughput=10.0, burst=3)
    assert passed(OwnTurns(), account, HTTP, *[5.0] * 4, 5.1, 5.1) == [True, True, True, False, True, False]


@pytest.mark.parametrize(("dialect", "other"), [(HTTP, SMPP), (SMPP, HTTP)])
def test_a_limit_of_one_way_does_not_hold_for_the_other(dialect: str, other: str) -> None:
    name = "smpp_throughput" if dialect == SMPP else "http_throughput"
    account, turns = Account(name="a", **{name: 1.0}), OwnTurns()
    assert passed(turns, account, dialect, 5.0, 5.0) == [True, False]
    assert all(passed(turns, account, other, *[5.0] * 10))


def test_both_ways_together_keep_to_what_holds_in_all() -> None:
    account, turns = Account(name="a", throughput=1.0, http_throughput=5.0, smpp_throughput=5.0), OwnTurns()
    assert passed(turns, account, HTTP, 5.0) == [True]
    assert passed(turns, account, SMPP, 5.5, 6.0) == [False, True]


def test_a_refusal_takes_no_turn_of_the_other_limit() -> None:
    account, turns = Account(name="a", throughput=1.0, http_throughput=0.5), OwnTurns()
    assert passed(turns, account, SMPP, 5.0) == [True]
    assert passed(turns, account, HTTP, 5.9, 6.0) == [
        False,
        True,
    ]  # the refused one left the way's turn alone


def test_what_was_exceeded_is_named() -> None:
    turns = OwnTurns()
    account = Account(name="a", throughput=7.0, http_throughput=3.0)
    assert [exceeded(turns, account, HTTP, 5.0) for _ in range(2)] == [0.0, 3.0]


def test_accounts_do_not_share_turns() -> None:
    turns = OwnTurns()
    for name in ("a", "b"):
        assert passed(turns, Account(name=name, throughput=1.0), HTTP, 5.0, 5.0) == [True, False]


def test_a_changed_limit_holds_at_once() -> None:
    turns = OwnTurns()
    assert passed(turns, Account(name="a", throughput=0.01), HTTP, 5.0, 6.0) == [True, False]
    assert passed(turns, Account(name="a", throughput=10.0), HTTP, 6.0, 6.0, 6.1) == [True, False, True]
    assert passed(turns, Account(name="a", throughput=10.0, burst=2), HTTP, 6.1, 6.1, 6.1) == [
        True,
        True,
        False,
    ]


@given(
    st.floats(0.5, 50.0),
    st.integers(1, 5),
    st.lists(st.floats(0.0, 0.3), min_size=1, max_size=60),
)
@settings(deadline=None)
def test_no_stretch_of_time_has_more_than_its_share(rate: float, burst: int, gaps: list[float]) -> None:
    account, turns = Account(name="a", throughput=rate, burst=burst), OwnTurns()
    now, taken = 100.0, []
    for gap in gaps:
        now += gap
        if exceeded(turns, account, HTTP, now) == 0:
            taken.append(now)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            assert last - first + 1 <= burst + rate * (taken[last] - taken[first]) + 1e-6


def test_replies_of_campaigns_wait_for_no_turn_and_take_none() -> None:
    account, turns = Account(name="a", throughput=1.0, http_throughput=1.0), OwnTurns()
    assert passed(turns, account, CAMPAIGN, *[5.0] * 9) == [True] * 9
    assert passed(turns, account, HTTP, 5.0, 5.0) == [True, False]
