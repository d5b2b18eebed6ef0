"""The standard errors of status reports, and which of them a network's own code, word or status means. Data and pure look-ups."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from chappe.domain.account import NAME
from chappe.domain.state import State

ANY: Final = "*"
"""The name of the map that holds for every connector."""


class StandardError(msgspec.Struct, frozen=True, gc=False):
    """One row: its number, its sentence, and whether it passes. `temporary` is None where document 001 does not say."""

    number: int
    text: str
    temporary: bool | None = None


_ROWS: Final = (
    StandardError(5, "Message not delivered by a third party"),
    StandardError(7, "Message not yet delivered by the operator: the recipient lacks credit", temporary=True),
    StandardError(8, "Message expired at a third party", temporary=True),
    StandardError(20, "Message not delivered: the request is malformed"),
    StandardError(21, "Message expired at the operator", temporary=True),
    StandardError(22, "Message not taken by the operator: the recipient lacks credit", temporary=True),
    StandardError(
        23,
        "Message not delivered: the recipient's number is wrong (invalid, blacklisted or barred)",
        temporary=False,
    ),
    StandardError(24, "Message not delivered: the recipient could not be reached", temporary=True),
    StandardError(25, "Message not delivered: trouble in the network", temporary=True),
    StandardError(
        26,
        "Message not delivered: passing trouble of the handset (SIM full, memory full, busy)",
        temporary=True,
    ),
    StandardError(27, "Message not delivered: the handset cannot receive it", temporary=False),
    StandardError(28, "Message not delivered: submitted too fast, or suspected as spam"),
    StandardError(29, "Message not delivered: its content is not allowed", temporary=False),
    StandardError(30, "Message not delivered: the spending limit is reached", temporary=True),
    StandardError(31, "Message not delivered: the recipient is suspended from premium services"),
    StandardError(33, "Message not delivered: parental lock"),
    StandardError(34, "Message not delivered: the age check failed", temporary=False),
    StandardError(35, "Message not delivered: the age check is missing", temporary=True),
    StandardError(36, "Message not delivered: the age check is not available", temporary=True),
    StandardError(37, "Message not delivered: the recipient is on the national do-not-contact list"),
)
STANDARD: Final[Mapping[int, StandardError]] = MappingProxyType({row.number: row for row in _ROWS})
"""Document 001, "Erreurs"; 6, 9 to 19 and 32 are not in it."""

NO_DETAIL: Final = 5
_EXPIRED: Final = 8
_EXPIRED_FOR_CREDIT: Final = 21
_CREDIT: Final = frozenset({7, 22})

_STATUSES: Final[Mapping[int, int]] = MappingProxyType(
    {
        # The message itself: lengths, addresses' types, flags, times, TLVs, service type.
        **dict.fromkeys((0x01, 0x06, 0x07, 0x0A, 0x15, 0x33, 0x34, 0x42, 0x43, 0x48, 0x49, 0x50, 0x51), 20),
        **dict.fromkeys((0x53, 0x54, 0x55, 0x61, 0x62, 0x63, 0x65, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4), 20),
        0x0B: 23,  # ESME_RINVDSTADR
        0x58: 28,  # ESME_RTHROTTLED
        0x66: 29,  # ESME_RX_R_APPN
        # The SMSC's own trouble: system error, queue full, a subsystem that is away.
        **dict.fromkeys((0x08, 0x14, 0x64), 25),
    }
)
"""command_status, SMPP 3.4 §5.1.3; what is not here says no more than that it failed."""

_GSM: Final[Mapping[int, int]] = MappingProxyType(
    {
        1: 23,  # unknown subscriber
        5: 23,  # unidentified subscriber
        6: 24,  # absent subscriber
        9: 23,  # illegal subscriber
        10: 27,  # bearer service not provisioned
        11: 27,  # teleservice not provisioned
        12: 27,  # illegal equipment
        13: 23,  # call barred
        21: 27,  # facility not supported
        27: 24,  # absent subscriber
        31: 26,  # subscriber busy
        32: 26,  # delivery failure: memory, equipment
        33: 25,  # list of waiting messages full
        34: 25,  # system failure
        35: 20,  # data missing
        36: 20,  # unexpected data value
    }
)
"""Errors of MAP, TS 29.002 §17.6.6, which many SMSCs write into `err` as they are."""

_BASES: Final[Mapping[str, Mapping[int, int]]] = MappingProxyType(
    {
        "": MappingProxyType({}),
        "gsm": _GSM,
        "standard": MappingProxyType({number: number for number in STANDARD}),
    }
)
_OWN: Final[Mapping[str, int]] = MappingProxyType(
    {
        "expired": _EXPIRED,
        "no_balance": 30,
        "bad_destination": 23,
        "blacklisted": 23,
        "suppressed": 23,
        "do_not_contact": 37,
        "spam": 28,
        "content": 29,
    }
)
"""Our own words for why a message ended."""

_STATUS_KEY: Final = re.compile(r"0[xX][0-9A-Fa-f]{1,8}|[0-9]{1,10}")


class ErrorMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What one connector's network means by its errors, in numbers of the standard table; `*` is for all connectors.

    `errors` are texts of `err` in receipts, `statuses` command_status (decimal, or hexadecimal with 0x), `words` those
    of `stat`. `base` says what an `err` means that is not listed: nothing, an error of MAP (`gsm`), or the standard
    number itself (`standard`).
    """

    connector: str
    base: str = ""
    errors: dict[str, int] = {}
    statuses: dict[str, int] = {}
    words: dict[str, int] = {}

    def problem(self) -> str:
        """The first thing wrong with this record as a sentence, empty if none."""
        if self.connector != ANY and not NAME.fullmatch(self.connector):
            return f"{self.connector!r} is neither a connector's name nor {ANY}"
        if self.base not in _BASES:
            return f"base is gsm or standard, not {self.base!r}"
        for text in self.statuses:
            if not _STATUS_KEY.fullmatch(text):
                return f"{text!r} is no command_status such as 0x45 or 69"
        for table in (self.errors, self.statuses, self.words):
            for number in table.values():
                if number not in STANDARD:
                    return f"{number} is no standard error; they are {', '.join(map(str, STANDARD))}"
        return ""


class _Map(msgspec.Struct, frozen=True, gc=False):
    errors: dict[str, int]
    statuses: dict[int, int]
    words: dict[str, int]


_NO_MAP: Final = _Map({}, {}, {})


class ErrorTable:
    """The operator's maps, compiled, before what we know ourselves."""

    __slots__ = ("_any", "_maps")

    def __init__(self, maps: Iterable[ErrorMap] = ()) -> None:
        compiled = {one.connector: _compiled(one) for one in maps}
        self._any = compiled.pop(ANY, _NO_MAP)
        self._maps = compiled

    def of_receipt(self, connector: str, error: str, word: str) -> StandardError | None:
        """What a receipt's `err` and `stat` mean by the operator's maps alone; None where they say nothing of them."""
        key = _error_key(error)
        for one in (self._maps.get(connector, _NO_MAP), self._any):
            number = one.errors.get(key) if key else None
            if number is None and word:
                number = one.words.get(word.upper())
            if number is not None:
                return STANDARD[number]
        return None

    def of_status(self, connector: str, status: int) -> StandardError | None:
        """What a command_status means by the operator's maps alone; None where they say nothing of it."""
        for one in (self._maps.get(connector, _NO_MAP), self._any):
            number = one.statuses.get(status)
            if number is not None:
                return STANDARD[number]
        return None

    def find(
        self, connector: str, state: State, *, error: str = "", word: str = "", status: int = 0
    ) -> StandardError | None:
        """The standard error of a message that stands so; None for one that is delivered or on its way without any."""
        if state is State.DELIVERED:
            return None
        found = self.of_receipt(connector, error, word)
        if found is None and status:
            found = self.of_status(connector, status)
            if found is None and status in _STATUSES:
                found = STANDARD[_STATUSES[status]]
        if state < State.DELIVERED:
            return found
        if state is State.EXPIRED:
            if found is not None and found.number in _CREDIT:
                return STANDARD[_EXPIRED_FOR_CREDIT]
            return found or STANDARD[_EXPIRED]
        return found or STANDARD[_OWN.get(error, NO_DETAIL)]


def _compiled(one: ErrorMap) -> _Map:
    base = {f"{theirs}": number for theirs, number in _BASES[one.base].items()}
    return _Map(
        errors={**base, **{_error_key(text): number for text, number in one.errors.items()}},
        statuses={_status(text): number for text, number in one.statuses.items()},
        words={word.upper(): number for word, number in one.words.items()},
    )


def _status(text: str) -> int:
    """A command_status as it was written; zeros in front of a decimal one mean nothing."""
    return int(text, 16) if text[:2] in ("0x", "0X") else int(text)


def _error_key(error: str) -> str:
    """An error without blanks and leading zeros: 000 is none, 011 and 11 are one."""
    return error.strip().upper().lstrip("0")
