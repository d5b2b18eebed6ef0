"""Numbers and sender names: what is one, its normal form, its TON and NPI, and how it looks in a log."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Final

import msgspec

MAX_DIGITS: Final = 20
"""SMPP 3.4 §5.2.9: an address field holds 20 octets and a NUL."""

MAX_ALPHANUMERIC: Final = 11
"""GSM 03.40 §9.1.2.5: eleven septet characters fit the address field."""

_DIGITS: Final = re.compile(r"[0-9]{1,20}")
_SENDER_TEXT: Final = re.compile(r"[\x20-\x7e]{1,11}")


class Ton(IntEnum):
    """Type of number, SMPP 3.4 §5.2.5."""

    UNKNOWN = 0
    INTERNATIONAL = 1
    NATIONAL = 2
    NETWORK_SPECIFIC = 3
    SUBSCRIBER = 4
    ALPHANUMERIC = 5
    ABBREVIATED = 6


class Npi(IntEnum):
    """Numbering plan indicator, SMPP 3.4 §5.2.6."""

    UNKNOWN = 0
    ISDN = 1
    DATA = 3
    TELEX = 4
    LAND_MOBILE = 6
    NATIONAL = 8
    PRIVATE = 9
    ERMES = 10
    INTERNET = 14
    WAP = 18


class Address(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An address as it stands on the wire: its text, type of number and numbering plan."""

    value: str = ""
    ton: int = Ton.UNKNOWN
    npi: int = Npi.UNKNOWN


class BadAddress(ValueError):
    """The text is no address of the kind asked for; the reason is its message."""


def destination(text: str) -> Address:
    """A subscriber's number from what a client wrote: digits, or `+` or `00` and digits.

    Raises BadAddress for anything else, and for more than 20 digits.
    """
    digits = text
    if text.startswith("+"):
        digits = text[1:]
    elif text.startswith("00"):
        digits = text[2:]
    if not _DIGITS.fullmatch(digits):
        raise BadAddress("a destination is 1 to 20 digits, with + or 00 before them or not")
    return Address(digits, Ton.INTERNATIONAL, Npi.ISDN)


def sender(text: str) -> Address:
    """A sender from what a client wrote: a number, a short code, or up to 11 characters of text.

    An empty text is the empty sender, to be filled by defaults. Raises BadAddress otherwise.
    """
    if not text:
        return Address()
    digits = text.removeprefix("+")
    if _DIGITS.fullmatch(digits):
        if digits.startswith("00") and len(digits) > 2:
            digits = digits[2:]
        international = text.startswith("+") or len(digits) > 6
        return Address(digits, Ton.INTERNATIONAL if international else Ton.NETWORK_SPECIFIC, Npi.ISDN)
    if _SENDER_TEXT.fullmatch(text):
        return Address(text, Ton.ALPHANUMERIC, Npi.UNKNOWN)
    raise BadAddress("a sender is a number of at most 20 digits or at most 11 printable characters")


def masked(number: str) -> str:
    """A number for logs and metrics: the first digits and the last two, `316*******78`."""
    if len(number) <= 5:
        return "*" * len(number)
    return f"{number[:3]}{'*' * (len(number) - 5)}{number[-2:]}"
