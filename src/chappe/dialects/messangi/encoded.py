"""What stands encoded in a path: Base64 of either alphabet, numbers plain or in Base64, percent-encoding. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final
from urllib.parse import unquote_to_bytes

from chappe.domain.address import Address, BadAddress, destination

_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]*")
_STANDARD: Final = bytes.maketrans(b"-_ ", b"+/+")
"""A `+` that a form decoder on the way made a blank of is one again."""

_PLAIN_NUMBER: Final = re.compile(r"\+?[0-9]+")


class BadEncoding(ValueError):
    """The segment is not what it should be."""


def decoded(segment: bytes) -> bytes:
    """A path segment without its percent-encoding."""
    return unquote_to_bytes(segment) if b"%" in segment else segment


def plain(segment: bytes) -> str:
    """A segment that is text as it stands. Raises BadEncoding where it is not UTF-8."""
    try:
        return decoded(segment).decode()
    except UnicodeDecodeError as error:
        raise BadEncoding("not UTF-8") from error


def from_base64(segment: bytes) -> bytes:
    """The octets of Base64 (RFC 4648 §4 and §5), padded or not, the alphabets mixed or not. Raises BadEncoding."""
    text = decoded(segment).translate(_STANDARD)
    letters = text.rstrip(b"=")
    if len(text) - len(letters) > 2 or len(letters) % 4 == 1 or not _BASE64.fullmatch(letters):
        raise BadEncoding("not Base64")
    try:
        return base64.b64decode(letters + b"=" * (-len(letters) % 4), validate=True)
    except binascii.Error as error:
        raise BadEncoding("not Base64") from error


def text_of(segment: bytes) -> str:
    """A text in Base64: UTF-8, else Latin-1. Raises BadEncoding."""
    octets = from_base64(segment)
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def is_utf8_base64(segment: bytes) -> bool:
    """Whether a segment by itself is a text in Base64."""
    try:
        from_base64(segment).decode()
    except ValueError:
        return False
    return True


def number_of(segment: bytes) -> Address:
    """A mobile number, in Base64 or as it stands: Base64 of a number never is one. Raises BadEncoding or BadAddress."""
    text = plain(segment)
    if not _PLAIN_NUMBER.fullmatch(text):
        try:
            text = from_base64(segment).decode("ascii")
        except UnicodeDecodeError as error:
            raise BadEncoding("not a number") from error
    return destination(text)


def plain_number_of(segment: bytes) -> Address:
    """A mobile number as it stands. Raises BadEncoding or BadAddress."""
    text = plain(segment)
    if not _PLAIN_NUMBER.fullmatch(text):
        raise BadAddress("not a number")
    return destination(text)
