"""Query strings and form bodies: pairs of texts from octets, and back. Strict about UTF-8, lenient about separators."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote_plus, unquote_to_bytes

_MOST_PAIRS: Final = 1_000


class BadForm(ValueError):
    """Octets that are no form: not UTF-8 after decoding, or too many pairs. The message says which."""


def parse_form(octets: bytes) -> list[tuple[str, str]]:
    """The pairs of `a=1&b=2` in order. Empty pairs (a doubled ampersand) are passed over; a `+` is a blank.

    Raises BadForm for names or values that are not UTF-8, and for more than a thousand pairs.
    """
    pairs = []
    for piece in octets.split(b"&"):
        if not piece:
            continue
        name, _, value = piece.partition(b"=")
        pairs.append((_text(name), _text(value)))
        if len(pairs) > _MOST_PAIRS:
            raise BadForm("too many arguments")
    return pairs


def _text(octets: bytes) -> str:
    if b"+" in octets:
        octets = octets.replace(b"+", b" ")
    if b"%" in octets:
        octets = unquote_to_bytes(octets)
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        raise BadForm("an argument is not UTF-8") from error


def write_form(pairs: Iterable[tuple[str, str | bytes]]) -> str:
    """The pairs as a query string or form body, in order; blanks as `+`."""
    return "&".join([f"{_quoted(name)}={_quoted(value)}" for name, value in pairs])


def _quoted(value: str | bytes) -> str:
    # Most values are plain words and numbers, and looking is far cheaper than quoting.
    if isinstance(value, str) and value.isalnum() and value.isascii():
        return value
    return quote_plus(value)
