"""What each refusal and each state is called on this wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from chappe.domain.refusal import Reason, Refusal
from chappe.domain.state import State

OK: Final = "OK"
ERROR: Final = "ERROR"
BAD_SIGNATURE: Final = "BAD_SIGNATURE"
COMPLETED: Final = "Completed"
DENIED: Final = "Invalid signature, access denied"

Told = tuple[int, str, Callable[[Refusal], str]]
"""HTTP status, status word, description."""


def _plain(text: str) -> Callable[[Refusal], str]:
    return lambda _refusal: text


def _parameter(name: str) -> Callable[[Refusal], str]:
    return lambda refusal: f"Invalid parameter: {name}" + (f" ({refusal.text})" if refusal.text else "")


def _text(refusal: Refusal) -> str:
    name = "length" if refusal.about == "length" else "text"
    return _parameter(name)(refusal)


def _said(text: str) -> Callable[[Refusal], str]:
    return lambda refusal: f"{text}: {refusal.text}" if refusal.text else text


def _about(text: str) -> Callable[[Refusal], str]:
    return lambda refusal: f"{text}: {refusal.about}" if refusal.about else text


# Whoever guesses learns the same from an unknown key, another's instance, a wrong place and a wrong signature.
_DENIED: Final[Told] = (200, BAD_SIGNATURE, _plain(DENIED))

ANSWERS: Final[Mapping[Reason, Told]] = MappingProxyType(
    {
        Reason.BAD_CREDENTIALS: _DENIED,
        Reason.TOO_MANY_FAILURES: _DENIED,
        Reason.ADDRESS_NOT_ALLOWED: _DENIED,
        Reason.MAY_NOT_SEND: (200, ERROR, _plain("This account may not send messages")),
        Reason.MAY_NOT_BIND: (200, ERROR, _plain("This account may not bind")),
        Reason.MAY_NOT_ASK_BALANCE: (200, ERROR, _plain("This account may not ask for its balance")),
        Reason.MAY_NOT_ASK_RATE: (200, ERROR, _plain("This account may not ask for rates")),
        Reason.NO_RIGHT: (200, ERROR, _about("Not authorized")),
        Reason.FILTERED: (200, ERROR, _about("Not allowed")),
        Reason.BAD_DESTINATION: (200, ERROR, _parameter("mobileNumber")),
        Reason.BAD_SENDER: (200, ERROR, _parameter("from")),
        Reason.BAD_TEXT: (200, ERROR, _text),
        Reason.TOO_MANY_PARTS: (200, ERROR, _text),
        Reason.BAD_VALIDITY: (200, ERROR, _said("Invalid validity")),
        Reason.BAD_SCHEDULE: (200, ERROR, _said("Invalid schedule")),
        Reason.BAD_CALLBACK: (200, ERROR, _said("Invalid callback")),
        Reason.TOO_FAST: (429, ERROR, _said("Too many requests")),
        Reason.TOO_MANY_BINDS: (429, ERROR, _plain("Too many binds")),
        Reason.NO_BALANCE: (200, ERROR, _plain("Not enough funds")),
        Reason.NO_ROUTE: (200, ERROR, _plain("No route for this number")),
        Reason.NO_CONNECTOR: (503, ERROR, _plain("The carrier cannot be reached now")),
        Reason.NO_CHANNEL: (503, ERROR, _plain("The carrier cannot be reached now")),
        Reason.BAD_APP: (200, ERROR, _said("Invalid app")),
        Reason.KEY_REUSED: (200, ERROR, _plain("This call was made with another content before")),
        Reason.NOT_FOUND: (200, ERROR, _plain("There is no such message")),
        Reason.TOO_LATE: (200, ERROR, _plain("The message is on its way already")),
        Reason.INTERCEPTED: (200, ERROR, _said("Not allowed")),
        Reason.SPAM: (200, ERROR, _plain("The message was taken for spam")),
        Reason.BLACKLISTED: (200, ERROR, _said("Not allowed")),
        Reason.REJECTED_BY_RULE: (200, ERROR, _said("Not allowed")),
        Reason.INTERCEPTOR_FAILED: (503, ERROR, _plain("The message cannot be taken now")),
        Reason.INTERCEPTOR_DOWN: (503, ERROR, _plain("The message cannot be taken now")),
        Reason.STORE_BUSY: (503, ERROR, _plain("The message cannot be taken now")),
        Reason.INTERNAL: (503, ERROR, _plain("The message cannot be taken now")),
    }
)
"""One answer for every reason there is. What courier reads is the XML of a 2xx; from others it learns to try again."""

FAULT: Final = "Internal error"

STATE_WORDS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.SCHEDULED: "PENDING",
        State.QUEUED: "PENDING",
        State.IN_FLIGHT: "SENDING",
        State.SENT: "DELIVERED_TO_CARRIER",
        State.HELD: "SENDING",
        State.PARKED: "PENDING",
        State.DELIVERED: "DELIVERED_TO_DEVICE",
        State.UNDELIVERED: "UNDELIVERED",
        State.EXPIRED: "EXPIRED",
        State.REJECTED: "NOT_SENT",
        State.CANCELLED: "NOT_SENT",
        State.UNKNOWN: "DELIVERED_TO_CARRIER",
    }
)
"""Each state as the vendor's list of message statuses spells it."""


def described(word: str) -> str:
    """The statusDescription of a status, such as `Sent to Carrier`."""
    return word.replace("_", " ").title().replace(" To ", " to ")
