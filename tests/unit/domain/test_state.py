"""The table of states: closed, final states are ends, every other one can reach one."""

import pytest

from chappe.domain.state import ALLOWED, FINAL, OPEN, WAITING, State, bits, may_follow, sources


def test_the_table_names_every_state_and_no_other() -> None:
    assert set(ALLOWED) == set(State)
    assert frozenset().union(*ALLOWED.values()) <= set(State)


def test_open_and_final_are_all_there_is() -> None:
    assert set(State) == OPEN | FINAL
    assert not OPEN & FINAL
    assert WAITING < OPEN


@pytest.mark.parametrize("state", FINAL)
def test_nothing_follows_a_final_state(state: State) -> None:
    assert ALLOWED[state] == frozenset()


@pytest.mark.parametrize("state", OPEN)
def test_every_open_state_can_end_and_can_be_sent(state: State) -> None:
    reached, front = set(), {state}
    while front:
        reached |= front
        front = set().union(*(ALLOWED[one] for one in front)) - reached
    assert reached >= FINAL
    assert State.SENT in reached


@pytest.mark.parametrize("state", State)
def test_no_state_follows_itself(state: State) -> None:
    assert not may_follow(state, state)


@pytest.mark.parametrize("then", State)
def test_sources_are_the_table_read_backwards(then: State) -> None:
    assert sources(then) == {now for now in State if may_follow(now, then)}


def test_what_was_taken_by_the_network_is_sent_again_only_after_a_push() -> None:
    # The one exception is pipeline/fallback.py, which marks what the subscriber may see twice.
    assert ALLOWED[State.SENT] == FINAL | {State.SCHEDULED}


def test_an_attempt_is_made_from_the_queue_only() -> None:
    assert sources(State.IN_FLIGHT) == {State.QUEUED}


def test_bits_say_which_states() -> None:
    mask = bits({State.SENT, State.UNKNOWN})
    assert [state for state in State if mask & 1 << state] == [State.SENT, State.UNKNOWN]
    assert bits(()) == 0


def test_the_stored_numbers_do_not_change() -> None:
    assert {state.name: state.value for state in State} == {
        "SCHEDULED": 1,
        "QUEUED": 2,
        "IN_FLIGHT": 3,
        "SENT": 4,
        "HELD": 5,
        "PARKED": 6,
        "DELIVERED": 10,
        "UNDELIVERED": 11,
        "EXPIRED": 12,
        "REJECTED": 13,
        "CANCELLED": 14,
        "UNKNOWN": 15,
    }
