"""What each refusal is called on this wire: HTTP status, error code and text; and the words for message states."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from chappe.dialects.servicestack.faults import CHALLENGE, Fault
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.state import State

_LOGIN: Final = (401, "Unauthorized", "Invalid Username or Password")
_AMISS: Final = (500, "InternalServerError", "The request could not be processed")

ANSWERS: Final[Mapping[Reason, tuple[int, str, str]]] = MappingProxyType(
    {
        # A client learns the same from a wrong name, a wrong password, a wrong place and too many of them.
        Reason.BAD_CREDENTIALS: _LOGIN,
        Reason.TOO_MANY_FAILURES: _LOGIN,
        Reason.ADDRESS_NOT_ALLOWED: _LOGIN,
        Reason.MAY_NOT_SEND: (403, "Forbidden", "This account may not send"),
        Reason.MAY_NOT_BIND: (403, "Forbidden", "This account may not bind"),
        Reason.MAY_NOT_ASK_BALANCE: (403, "Forbidden", "This account may not ask for its balance"),
        Reason.MAY_NOT_ASK_RATE: (403, "Forbidden", "This account may not ask for rates"),
        Reason.NO_RIGHT: (403, "Forbidden", "Not authorized"),
        Reason.FILTERED: (400, "ArgumentException", "A value is not allowed to this account"),
        Reason.BAD_DESTINATION: (400, "ArgumentException", "Invalid number"),
        Reason.BAD_SENDER: (400, "ArgumentException", "Invalid sender"),
        Reason.BAD_TEXT: (400, "ArgumentException", "Invalid content"),
        Reason.TOO_MANY_PARTS: (400, "ArgumentException", "The content is too long"),
        Reason.BAD_VALIDITY: (400, "ArgumentException", "Invalid validity"),
        Reason.BAD_SCHEDULE: (400, "ArgumentException", "Invalid schedule"),
        Reason.BAD_CALLBACK: (400, "ArgumentException", "Invalid callback URL"),
        Reason.TOO_FAST: (429, "TooManyRequests", "Too many messages a second"),
        Reason.TOO_MANY_BINDS: (429, "TooManyRequests", "Too many sessions"),
        Reason.NO_BALANCE: (402, "PaymentRequired", "The balance does not cover this message"),
        Reason.NO_ROUTE: (400, "NoRoute", "No route found"),
        Reason.NO_CONNECTOR: (503, "ServiceUnavailable", "No connector is up"),
        Reason.NO_CHANNEL: (400, "NoRoute", "No route found for this channel"),
        Reason.BAD_APP: (400, "ArgumentException", "Invalid app"),
        Reason.NOT_FOUND: (404, "NotFound", "There is no such thing"),
        Reason.TOO_LATE: (409, "OptimisticConcurrencyException", "The message is on its way already"),
        Reason.KEY_REUSED: (
            409,
            "OptimisticConcurrencyException",
            "'clientMessageId' was used for another message to this number within 24 hours.",
        ),
        Reason.SPAM: (400, "Rejected", "The content is taken for spam"),
        Reason.BLACKLISTED: (400, "Rejected", "The number is on a list of numbers not to be written to"),
        Reason.REJECTED_BY_RULE: (400, "Rejected", "The message was rejected"),
        Reason.INTERCEPTED: (400, "Rejected", "The message was rejected"),
        Reason.INTERCEPTOR_FAILED: (503, "ServiceUnavailable", "The message could not be processed"),
        Reason.INTERCEPTOR_DOWN: (503, "ServiceUnavailable", "The message could not be processed"),
        Reason.STORE_BUSY: (503, "ServiceUnavailable", "The service is overloaded"),
        Reason.INTERNAL: _AMISS,
    }
)
"""One answer for every reason there is."""

WHOLE: Final = frozenset(
    {Reason.MAY_NOT_SEND, Reason.TOO_FAST, Reason.STORE_BUSY, Reason.INTERCEPTOR_DOWN, Reason.INTERNAL}
)
"""Reasons that say nothing of a message: where all messages of a call were refused for one, the call was."""

_TELLING: Final = frozenset(
    {
        *(Reason.BAD_TEXT, Reason.TOO_MANY_PARTS, Reason.FILTERED, Reason.NO_RIGHT, Reason.BAD_SENDER),
        Reason.INTERCEPTED,
    }
)
"""Reasons whose own text tells a client more, and nothing that is not its business."""

FAULT: Final = Fault(*_AMISS)
"""The answer to a fault of ours."""


def fault_of(refusal: Refusal) -> Fault:
    """A refusal of a whole call."""
    status, code, text = _answer(refusal)
    return Fault(status, code, text, headers=CHALLENGE if status == 401 else ())


def text_of(refusal: Refusal) -> str:
    """A refusal of one message, as its `error`."""
    return _answer(refusal)[2]


def _answer(refusal: Refusal) -> tuple[int, str, str]:
    # A reason may come that is not of messages over this wire; it is no client's fault then.
    status, code, text = ANSWERS.get(refusal.reason, _AMISS)
    if refusal.text and refusal.reason in _TELLING:
        text = refusal.text
    return status, code, text


STATE_WORDS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.SCHEDULED: "Queued",
        State.QUEUED: "Queued",
        State.IN_FLIGHT: "Queued",
        State.SENT: "Sent",
        State.HELD: "Queued",
        State.PARKED: "Queued",
        State.DELIVERED: "Delivered",
        State.UNDELIVERED: "Undelivered",
        State.EXPIRED: "Expired",
        State.REJECTED: "Rejected",
        State.CANCELLED: "Cancelled",
        State.UNKNOWN: "Unknown",
    }
)
"""Each state as a callback has it."""
