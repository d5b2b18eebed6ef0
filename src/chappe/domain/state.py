"""Message states and the table of allowed changes; the only place that says what may follow what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final


class State(IntEnum):
    """Where a message is; the numbers are stored."""

    SCHEDULED = 1
    """Due later: asked for so, or waiting for its next attempt."""
    QUEUED = 2
    """Ready for its connector."""
    IN_FLIGHT = 3
    """An attempt is written and under way; its outcome is not known yet."""
    SENT = 4
    """The SMSC took it; a receipt may follow."""
    HELD = 5
    """An attempt's outcome stayed unknown and the connector's policy is to ask an operator."""
    PARKED = 6
    """Cannot go on without an operator; the reason stands beside it."""
    DELIVERED = 10
    UNDELIVERED = 11
    EXPIRED = 12
    REJECTED = 13
    CANCELLED = 14
    UNKNOWN = 15
    """The SMSC took it and never told, or told that it does not know, what became of it."""


FINAL: Final = frozenset(state for state in State if state >= State.DELIVERED)
OPEN: Final = frozenset(State) - FINAL
WAITING: Final = frozenset({State.SCHEDULED, State.QUEUED})

ALLOWED: Final[Mapping[State, frozenset[State]]] = MappingProxyType(
    {
        # A late answer takes a waiting message to sent, and the failure of one part ends one that waits for the rest.
        State.SCHEDULED: frozenset({State.QUEUED, State.SENT, State.PARKED}) | FINAL,
        State.QUEUED: frozenset({State.IN_FLIGHT, State.SCHEDULED, State.SENT, State.PARKED}) | FINAL,
        State.IN_FLIGHT: OPEN - {State.IN_FLIGHT} | FINAL,
        # One that went by push goes on by SMS where its push came to nothing.
        State.SENT: frozenset({State.SCHEDULED}) | FINAL,
        State.HELD: WAITING | {State.SENT} | FINAL,
        State.PARKED: WAITING | FINAL,
        **{state: frozenset() for state in FINAL},
    }
)
"""What may follow each state. A final state is followed by nothing: the first one stands."""


def may_follow(now: State, then: State) -> bool:
    """Whether a message in state `now` may go to state `then`."""
    return then in ALLOWED[now]


def sources(then: State) -> frozenset[State]:
    """The states from which `then` may be reached."""
    return frozenset(state for state in State if then in ALLOWED[state])


def bits(states: Iterable[State]) -> int:
    """A set of states as a bit mask, the form in which engines test it."""
    mask = 0
    for state in states:
        mask |= 1 << state
    return mask
