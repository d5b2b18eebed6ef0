"""Codes and texts of this dialect: what a client is told of a call and of each message. Data, no parsing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from chappe.domain.refusal import Reason, Refusal

OK: Final = 0
BAD_LOGIN: Final = 101
NO_BALANCE: Final = 102
BAD_TOKEN: Final = 103
SOME_WRONG: Final = 201
MALFORMED: Final = 202
BAD_MSG_ARRAY: Final = 203
BAD_FROM: Final = 301
BAD_TO: Final = 302
BAD_NUMBER: Final = 303
BAD_BODY: Final = 304
BAD_FIELD: Final = 305
SPAM: Final = 401
BLACKLISTED: Final = 402
REJECTED: Final = 403
INTERNAL: Final = 500
UNKNOWN: Final = 999

UNKNOWN_TEXT: Final = "Unknown error"
INTERNAL_TEXT: Final = "An internal error has occurred"
NO_ACCOUNT_TEXT: Final = "No account found for the given authentication"
NO_BALANCE_TEXT: Final = "Insufficient balance."
UNROUTEABLE_TEXT: Final = "Message is unrouteable."
BAD_JSON_TEXT: Final = "Invalid JSON"
BAD_XML_TEXT: Final = "Invalid XML"


class Rejection(msgspec.Struct, frozen=True, gc=False):
    """Why one message, or a whole call, is not taken. `node` is the XML gateway's text where it differs."""

    code: int
    text: str
    node: str = ""

    @property
    def in_xml(self) -> str:
        """The text that the XML gateway answers with."""
        return self.node or self.text


UNKNOWN_TOKEN: Final = Rejection(BAD_LOGIN, NO_ACCOUNT_TEXT)
INVALID_TOKEN: Final = Rejection(BAD_TOKEN, "Invalid product token.")
NO_MSG: Final = Rejection(
    BAD_MSG_ARRAY,
    "A MESSAGES object requires at least one MSG object",
    "A MESSAGES node requires at least one MSG node",
)
MOST_MSG: Final = 1_000
"""Document 001: MSG elements of one call."""
TOO_MANY_MSG: Final = Rejection(
    BAD_MSG_ARRAY,
    f"A MESSAGES object may hold at most {MOST_MSG} MSG objects",
    f"A MESSAGES node may hold at most {MOST_MSG} MSG nodes",
)
NO_FROM: Final = Rejection(
    BAD_FROM, "No FROM field found in a MSG object.", "No FROM field found in a MSG node."
)
WRONG_FROM: Final = Rejection(
    BAD_FROM, "The FROM field is not at most 11 alphanumeric characters or at most 16 digits"
)
NO_NUMBER: Final = Rejection(
    BAD_TO, "Empty mobile number field, MT ignored", "No phone numbers found. Message will not be sent."
)
NO_BODY: Final = Rejection(BAD_BODY, "No body was found in a MSG object.", "No body was found in a MSG node.")
EMPTY_BODY: Final = Rejection(BAD_BODY, "A body without content was found")

_ANSWERS: Final[Mapping[Reason, Rejection]] = MappingProxyType(
    {
        Reason.BAD_CREDENTIALS: UNKNOWN_TOKEN,
        Reason.TOO_MANY_FAILURES: UNKNOWN_TOKEN,
        Reason.ADDRESS_NOT_ALLOWED: UNKNOWN_TOKEN,
        Reason.BAD_DESTINATION: Rejection(BAD_NUMBER, "The number is not a mobile number"),
        Reason.BAD_SENDER: WRONG_FROM,
        Reason.BAD_VALIDITY: Rejection(BAD_FIELD, "The validity ends before the message could be sent"),
        Reason.BAD_SCHEDULE: Rejection(BAD_FIELD, "The schedule is too far ahead"),
        Reason.NO_BALANCE: Rejection(NO_BALANCE, NO_BALANCE_TEXT),
        Reason.NO_ROUTE: Rejection(UNKNOWN, UNROUTEABLE_TEXT),
        Reason.NO_CONNECTOR: Rejection(UNKNOWN, UNROUTEABLE_TEXT),
        Reason.NO_CHANNEL: Rejection(BAD_FIELD, "No allowed channel is set up for this account"),
        Reason.BAD_APP: Rejection(BAD_FIELD, "The appKey names no app of this account"),
        Reason.TOO_FAST: Rejection(REJECTED, "More messages a second than this account may send"),
        Reason.SPAM: Rejection(SPAM, "Message has been spam filtered."),
        Reason.BLACKLISTED: Rejection(BLACKLISTED, "Message has been blacklisted."),
        Reason.STORE_BUSY: Rejection(INTERNAL, INTERNAL_TEXT),
        Reason.INTERNAL: Rejection(INTERNAL, INTERNAL_TEXT),
    }
)
_REJECTED: Final = Rejection(REJECTED, "Message has been rejected.")
"""The rest: rights, rates and rules of the account and of the operator."""


def rejection_of(refusal: Refusal, max_parts: int) -> Rejection:
    """What a client is told of a refusal; `max_parts` are those that the message could have had."""
    if refusal.reason is Reason.TOO_MANY_PARTS:
        return too_long(refusal.about, max_parts)
    if refusal.reason is Reason.BAD_TEXT:
        return Rejection(BAD_BODY, refusal.text or EMPTY_BODY.text)
    return _ANSWERS.get(refusal.reason, _REJECTED)


def too_long(parts: str, max_parts: int) -> Rejection:
    """A text of more parts than it may have is not cut."""
    return Rejection(
        BAD_BODY, f"Maximum number of parts exceeded. (need at least {parts}, max is {max_parts})"
    )


def not_a_number(number: str) -> Rejection:
    """The XML gateway puts a word before the sentence, the JSON one does not."""
    text = f"Gsm '{shown(number)}' is not a number."
    return Rejection(BAD_NUMBER, text, f"Rejected: {text}")


def not_an_array(name: str) -> Rejection:
    """A value that must be an array even for a single entry."""
    return Rejection(BAD_FIELD, f"The {name} object is an invalid type, it should be an array")


_SHOWN: Final = 100


def shown(text: str) -> str:
    """A client's text as it may be quoted: short, and without control characters."""
    return "".join(each for each in text[:_SHOWN] if each.isprintable())
