"""The closed list of reasons to say no to a client; each knows whose fault it is and whether trying again helps."""

from __future__ import annotations

from enum import Enum

import msgspec


class Fault(Enum):
    """Whose doing a refusal is."""

    CLIENT = "client"
    OPERATOR = "operator"
    GATEWAY = "gateway"


class Reason(Enum):
    """Why a submission or a bind is refused: (name, whose fault, whether the same request may pass later)."""

    BAD_CREDENTIALS = ("bad_credentials", Fault.CLIENT, False)
    TOO_MANY_FAILURES = ("too_many_failures", Fault.CLIENT, True)
    ADDRESS_NOT_ALLOWED = ("address_not_allowed", Fault.CLIENT, False)
    MAY_NOT_SEND = ("may_not_send", Fault.CLIENT, False)
    MAY_NOT_BIND = ("may_not_bind", Fault.CLIENT, False)
    MAY_NOT_ASK_BALANCE = ("may_not_ask_balance", Fault.CLIENT, False)
    MAY_NOT_ASK_RATE = ("may_not_ask_rate", Fault.CLIENT, False)
    NO_RIGHT = ("no_right", Fault.CLIENT, False)
    FILTERED = ("filtered", Fault.CLIENT, False)
    BAD_DESTINATION = ("bad_destination", Fault.CLIENT, False)
    BAD_SENDER = ("bad_sender", Fault.CLIENT, False)
    BAD_TEXT = ("bad_text", Fault.CLIENT, False)
    TOO_MANY_PARTS = ("too_many_parts", Fault.CLIENT, False)
    BAD_VALIDITY = ("bad_validity", Fault.CLIENT, False)
    BAD_SCHEDULE = ("bad_schedule", Fault.CLIENT, False)
    BAD_CALLBACK = ("bad_callback", Fault.CLIENT, False)
    TOO_FAST = ("too_fast", Fault.CLIENT, True)
    TOO_MANY_BINDS = ("too_many_binds", Fault.CLIENT, True)
    NO_BALANCE = ("no_balance", Fault.CLIENT, True)
    NO_ROUTE = ("no_route", Fault.OPERATOR, True)
    NO_CONNECTOR = ("no_connector", Fault.OPERATOR, True)
    NO_CHANNEL = ("no_channel", Fault.OPERATOR, True)
    """No route leads to any of the channels that may carry the message."""
    BAD_APP = ("bad_app", Fault.CLIENT, False)
    """The message names an app that is not one of the account's."""
    NOT_FOUND = ("not_found", Fault.CLIENT, False)
    TOO_LATE = ("too_late", Fault.CLIENT, False)
    KEY_REUSED = ("key_reused", Fault.CLIENT, False)
    """The idempotency key is that of an earlier message which said something else."""
    INTERCEPTED = ("intercepted", Fault.CLIENT, False)
    SPAM = ("spam", Fault.CLIENT, False)
    """A rule of the operator takes the content for spam."""
    BLACKLISTED = ("blacklisted", Fault.CLIENT, False)
    """The destination is on a list: of opt-outs, of those not to be contacted, or of the barred."""
    REJECTED_BY_RULE = ("rejected_by_rule", Fault.CLIENT, False)
    """A rule of the operator does not let the message through."""
    INTERCEPTOR_FAILED = ("interceptor_failed", Fault.OPERATOR, True)
    INTERCEPTOR_DOWN = ("interceptor_down", Fault.OPERATOR, True)
    STORE_BUSY = ("store_busy", Fault.GATEWAY, True)
    INTERNAL = ("internal", Fault.GATEWAY, True)

    def __init__(self, word: str, fault: Fault, retryable: bool) -> None:  # noqa: FBT001 - row of the table above
        self.word = word
        self.fault = fault
        self.retryable = retryable


class Right(Enum):
    """What an account may be allowed or forbidden, one by one, in the order of asking; the text names it in a refusal."""

    LONG_CONTENT = "Long content"
    RECEIPT_LEVEL = "Setting dlr level"
    RECEIPT_METHOD = "Setting dlr method"
    SOURCE_ADDRESS = "Setting source address"
    PRIORITY = "Setting priority"
    VALIDITY = "Setting validity period"
    BINARY = "Setting hex content"
    SCHEDULE = "Setting schedule delivery time"


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """One no: its reason, and what it is about.

    `about` names the field, right, filter or rule concerned; `text` is a sentence for people, without secrets.
    The statuses are what an operator's rule says that a wire is to answer, 0 where the reason alone decides.
    """

    reason: Reason
    about: str = ""
    text: str = ""
    http_status: int = 0
    smpp_status: int = 0


class Refused(Exception):
    """Carries a Refusal up to the place that answers the client."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.text or refusal.reason.word)
        self.refusal = refusal


def refuse(reason: Reason, about: str = "", text: str = "") -> Refused:
    """Makes the exception for a refusal, ready to be raised."""
    return Refused(Refusal(reason, about, text))
