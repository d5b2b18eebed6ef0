"""What a call's parameters say, in the order that each method has them. Pure; what cannot be meant is named."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from chappe.dialects.messangi.encoded import (
    BadEncoding,
    decoded,
    is_utf8_base64,
    number_of,
    plain,
    plain_number_of,
    text_of,
)
from chappe.dialects.messangi.filter import Filter, read_filter
from chappe.dialects.messangi.paths import SEND_MT, SEND_PIN, SEND_SMS, Call
from chappe.domain.address import Address, BadAddress
from chappe.domain.mo_query import MOST_FOUND
from chappe.domain.pin import LONGEST, SHORTEST

_NUMBER: Final = re.compile(r"[0-9]{1,6}")
_MOMENT: Final = re.compile(r"[0-9]{1,15}")
_MOST_TEXT: Final = 40_000
"""Characters; 255 parts hold fewer."""


class BadParameter(ValueError):
    """A parameter that cannot be meant; its name is the message."""


class Sending(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is to be sent: `carrier` and `source` as written, empty where not given."""

    carrier: str
    source: str
    to: Address
    text: str
    flags: str = ""
    length: int = 0


class Page(msgspec.Struct, frozen=True, gc=False):
    """A page of a search, from 1 on, and what is searched for."""

    number: int
    size: int
    filter: Filter


def instance_of(call: Call) -> str:
    """The number of the instance that a call names, as written."""
    return decoded(call.parameters[0]).decode("utf-8", "replace")


def sending_of(call: Call) -> Sending:
    """The arguments of sendSMS, sendMT and of a PIN. Raises BadParameter."""
    given = call.parameters
    if call.method == SEND_MT:
        text, flags = _text_and_flags(given[4:])
        return Sending(
            source=_word(given[1], "from"),
            carrier=_word(given[2], "carrier"),
            to=_number(given[3], encoded=False),
            text=_text(text),
            flags=flags,
        )
    rest, length = given[4:], 0
    if call.method == SEND_PIN:
        rest, length = given[4:-1], _count(given[-1], "length", SHORTEST, LONGEST)
    else:
        assert call.method == SEND_SMS
    return Sending(
        carrier=_word(given[1], "carrier"),
        source=_word(given[2], "from"),
        to=_number(given[3], encoded=True),
        # Base64 of the standard alphabet holds slashes; nothing else in the path can.
        text=_text(b"/".join(rest), empty=call.method == SEND_PIN),
        length=length,
    )


def fired_by_path(call: Call) -> tuple[Address, str]:
    """Number and text of a message fired by its path. Raises BadParameter."""
    return _number(call.parameters[1], encoded=False), _text(b"/".join(call.parameters[2:]))


def guess_of(call: Call) -> tuple[Address, str]:
    """Number and digits of a PIN to be verified. Raises BadParameter."""
    try:
        digits = plain(call.parameters[2])
    except BadEncoding as error:
        raise BadParameter("pin") from error
    if not (digits.isascii() and digits.isdigit() and len(digits) <= LONGEST):
        raise BadParameter("pin")
    return _number(call.parameters[1], encoded=True), digits


def page_of(call: Call) -> Page:
    """Page, page size and filter of getMOMessages. Raises BadParameter."""
    return _page(call.parameters[1:])


def report_of(call: Call) -> tuple[int, int, Page]:
    """First and last moment (Unix milliseconds, the last not included) and page of messageReport. Raises BadParameter."""
    first = _moment(call.parameters[1], "initialDate")
    last = _moment(call.parameters[2], "finalDate")
    if last < first:
        raise BadParameter("finalDate")
    return first, last, _page(call.parameters[3:])


def _moment(segment: bytes, name: str) -> int:
    word = _word(segment, name)
    if not _MOMENT.fullmatch(word):
        raise BadParameter(name)
    return int(word)


def _page(given: tuple[bytes, ...]) -> Page:
    number = _count(given[0], "page", 0, 999_999)
    size = _count(given[1], "resultsPerPage", 1, MOST_FOUND)
    try:
        wanted = read_filter(b"/".join(given[2:]))
    except BadEncoding as error:
        raise BadParameter(str(error)) from error
    return Page(max(number, 1), size, wanted)


def message_id_of(call: Call) -> str:
    """The id of getMessage, as written."""
    return decoded(call.parameters[1]).decode("utf-8", "replace")


def fitting(text: str) -> str:
    """A text that can be sent. Raises BadParameter."""
    if len(text) > _MOST_TEXT:
        raise BadParameter("text")
    return text


def _text_and_flags(rest: tuple[bytes, ...]) -> tuple[bytes, str]:
    """The text of sendMT, and its flags where it has any: both forms are signed alike, so that the text must tell."""
    if len(rest) == 2 and rest[1] and is_utf8_base64(rest[0]):
        return rest[0], _word(rest[1], "flags")
    return b"/".join(rest), ""


def _word(segment: bytes, name: str) -> str:
    try:
        word = plain(segment)
    except BadEncoding as error:
        raise BadParameter(name) from error
    return "" if word == "null" else word


def _number(segment: bytes, *, encoded: bool) -> Address:
    try:
        return number_of(segment) if encoded else plain_number_of(segment)
    except (BadEncoding, BadAddress) as error:
        raise BadParameter("mobileNumber") from error


def _text(segment: bytes, *, empty: bool = False) -> str:
    try:
        text = text_of(segment)
    except BadEncoding as error:
        raise BadParameter("text") from error
    if not text and not empty:
        raise BadParameter("text")
    return fitting(text)


def _count(segment: bytes, name: str, least: int, most: int) -> int:
    word = _word(segment, name)
    if not _NUMBER.fullmatch(word) or not least <= int(word) <= most:
        raise BadParameter(name)
    return int(word)
