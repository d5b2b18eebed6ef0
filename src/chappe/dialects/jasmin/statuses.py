"""What each refusal is called on this wire: HTTP status and text, and the words for message states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from chappe.domain.refusal import Reason, Refusal
from chappe.domain.state import State

Text = Callable[[str, Refusal], str]

_FALLBACK: Final = "Cannot send submit_sm, check SMPPClientManagerPB log file for details"


def _plain(text: str) -> Text:
    return lambda _user, _refusal: text


def _authentication(user: str, _refusal: Refusal) -> str:
    return f"Authentication failure for username:{user}"


def _authorization(user: str, _refusal: Refusal) -> str:
    return f"Authorization failed for username:{user}"


def _right(user: str, refusal: Refusal) -> str:
    return f"Authorization failed for user [{user}] ({refusal.about} not authorized)."


def _cannot(what: str) -> Text:
    return lambda user, _refusal: f"Authorization failed for user [{user}] (Cannot {what})."


def _filter(user: str, refusal: Refusal) -> str:
    return f"Value filter failed for user [{user}] ({refusal.about} filter mismatch)."


def _intercepted(_user: str, refusal: Refusal) -> str:
    return refusal.text or f"Interception specific error code {refusal.http_status}"


def _argument(name: str) -> Text:
    return lambda _user, refusal: (
        f"Argument [{name}] has an invalid value: [{refusal.text or refusal.about}]."
    )


ANSWERS: Final[Mapping[Reason, tuple[int, Text]]] = MappingProxyType(
    {
        # A client learns the same from a wrong name, a wrong password, a wrong place and too many of them.
        Reason.BAD_CREDENTIALS: (403, _authentication),
        Reason.TOO_MANY_FAILURES: (403, _authentication),
        Reason.ADDRESS_NOT_ALLOWED: (403, _authentication),
        Reason.MAY_NOT_SEND: (403, _authorization),
        Reason.MAY_NOT_BIND: (403, _authorization),
        Reason.MAY_NOT_ASK_BALANCE: (400, _cannot("check balance")),
        Reason.MAY_NOT_ASK_RATE: (400, _cannot("check rate")),
        Reason.NO_RIGHT: (400, _right),
        Reason.FILTERED: (400, _filter),
        Reason.BAD_DESTINATION: (400, _argument("to")),
        Reason.BAD_SENDER: (400, _argument("from")),
        Reason.BAD_TEXT: (400, _argument("content")),
        Reason.TOO_MANY_PARTS: (400, _argument("content")),
        Reason.BAD_VALIDITY: (400, _argument("validity-period")),
        Reason.BAD_SCHEDULE: (400, _argument("sdt")),
        Reason.BAD_CALLBACK: (400, _argument("dlr-url")),
        Reason.TOO_FAST: (403, _plain("User throughput exceeded")),
        Reason.TOO_MANY_BINDS: (403, _plain("User throughput exceeded")),
        Reason.NO_BALANCE: (403, _plain("Cannot charge submit_sm, check RouterPB log file for details")),
        Reason.NO_ROUTE: (412, _plain("No route found")),
        Reason.NO_CONNECTOR: (412, _plain("Failover route has no bound connectors")),
        # No client of this dialect names channels or apps; interceptors may.
        Reason.NO_CHANNEL: (412, _plain("No route found")),
        Reason.BAD_APP: (400, _plain("No such app")),
        Reason.NOT_FOUND: (404, _plain("No such message")),
        Reason.TOO_LATE: (412, _plain("The message is on its way already")),
        Reason.KEY_REUSED: (409, _plain("The idempotency key was used for another message")),
        Reason.INTERCEPTED: (520, _intercepted),
        # Jasmin has no words for these three; a status and a plain sentence, as for its own refusals.
        Reason.SPAM: (403, _plain("The content is taken for spam")),
        Reason.BLACKLISTED: (403, _plain("The destination is blacklisted")),
        Reason.REJECTED_BY_RULE: (403, _plain("The message is rejected by a rule")),
        Reason.INTERCEPTOR_FAILED: (
            400,
            _plain("Failed running interception script, check log for details"),
        ),
        Reason.INTERCEPTOR_DOWN: (503, _plain("InterceptorPB not connected !")),
        Reason.STORE_BUSY: (500, _plain(_FALLBACK)),
        Reason.INTERNAL: (500, _plain(_FALLBACK)),
    }
)
"""One answer for every reason there is; `user` is the name the client gave. A status in the refusal itself goes first."""

FAULT: Final = (500, _FALLBACK)

STATE_WORDS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.SCHEDULED: "ENROUTE",
        State.QUEUED: "ENROUTE",
        State.IN_FLIGHT: "ENROUTE",
        State.SENT: "ENROUTE",
        State.HELD: "ENROUTE",
        State.PARKED: "ENROUTE",
        State.DELIVERED: "DELIVRD",
        State.UNDELIVERED: "UNDELIV",
        State.EXPIRED: "EXPIRED",
        State.REJECTED: "REJECTD",
        State.CANCELLED: "DELETED",
        State.UNKNOWN: "UNKNOWN",
    }
)
"""Each state as message_status of a callback spells it."""
