"""The states of a message as SMPP numbers and spells them, both ways. What follows from one is not known here."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType


class MessageState(IntEnum):
    """message_state, SMPP 3.4 §5.2.28; SMPP 5.0 added SCHEDULED and SKIPPED, which 3.4 peers send too."""

    SCHEDULED = 0
    ENROUTE = 1
    DELIVERED = 2
    EXPIRED = 3
    DELETED = 4
    UNDELIVERABLE = 5
    ACCEPTED = 6
    UNKNOWN = 7
    REJECTED = 8
    SKIPPED = 9


WORDS: Mapping[MessageState, str] = MappingProxyType(
    {
        MessageState.SCHEDULED: "SCHEDLD",
        MessageState.ENROUTE: "ENROUTE",
        MessageState.DELIVERED: "DELIVRD",
        MessageState.EXPIRED: "EXPIRED",
        MessageState.DELETED: "DELETED",
        MessageState.UNDELIVERABLE: "UNDELIV",
        MessageState.ACCEPTED: "ACCEPTD",
        MessageState.UNKNOWN: "UNKNOWN",
        MessageState.REJECTED: "REJECTD",
        MessageState.SKIPPED: "SKIPPED",
    }
)
"""The seven letters of each state in a receipt's `stat`, SMPP 3.4 Appendix B."""

_LENIENT: Mapping[str, MessageState] = MappingProxyType(
    {
        **{word: state for state, word in WORDS.items()},
        **{state.name: state for state in MessageState},
        **{str(int(state)): state for state in MessageState},
        "UNDELIVERED": MessageState.UNDELIVERABLE,
        "UNDELIVRD": MessageState.UNDELIVERABLE,
        "UNDELIVERD": MessageState.UNDELIVERABLE,
        "FAILED": MessageState.UNDELIVERABLE,
        "DELIVERD": MessageState.DELIVERED,
        "CANCELLED": MessageState.DELETED,
        "CANCELED": MessageState.DELETED,
        "BUFFERED": MessageState.ENROUTE,
        "BUFFRED": MessageState.ENROUTE,
        "EN_ROUTE": MessageState.ENROUTE,
        "SCHEDUL": MessageState.SCHEDULED,
    }
)


_NUMBERS: Mapping[int, MessageState] = MappingProxyType({int(state): state for state in MessageState})


def state_of_word(word: str) -> MessageState | None:
    """The state that a `stat` means: seven letters, the full word, the number, in any case; None for others."""
    return _LENIENT.get(word) or _LENIENT.get(word.strip().upper())


def state_of_number(number: int) -> MessageState | None:
    """The state of a message_state; None for a number that no version of SMPP defines."""
    return _NUMBERS.get(number)
