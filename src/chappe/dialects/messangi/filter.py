"""The filter syntax of getMOMessages and messageReport: `from=1,2&order=desc&keyword=%5EX.*`. Pure."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec

from chappe.dialects.messangi.encoded import BadEncoding, decoded
from chappe.domain.address import BadAddress, destination

_MOST_VALUES: Final = 200
_LONGEST_PATTERN: Final = 500


class Filter(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a search asks for; empty where it does not. `carriers` are names as they were written."""

    sources: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()
    pattern: str = ""
    newest_first: bool = True


def read_filter(segment: bytes) -> Filter:
    """The filter that a path segment holds. Names are read whatever their case, unknown ones passed over.

    Values were encoded by themselves, and the whole perhaps once more: it is cut at `&` and `=` as it came if it has
    any, else after decoding. Raises BadEncoding for what cannot be meant; the message names it.
    """
    if segment.lower() in (b"", b"null"):
        return Filter()
    text = segment if b"=" in segment else decoded(segment)
    found: dict[str, list[str]] = {}
    for pair in text.split(b"&"):
        name, _, value = pair.partition(b"=")
        # Values are cut at commas before they are decoded: an encoded one is part of a value. A pattern is one value.
        word = name.decode("latin-1").strip().lower()
        pieces = [value] if word == "keyword" else value.split(b",")
        found.setdefault(word, []).extend(_text(piece, word) for piece in pieces if piece)
        if sum(map(len, found.values())) > _MOST_VALUES:
            raise BadEncoding("parameters")
    pattern = (found.get("keyword") or [""])[-1]
    if len(pattern) > _LONGEST_PATTERN:
        raise BadEncoding("keyword")
    return Filter(
        sources=_numbers(found.get("from", []), "from"),
        destinations=_numbers(found.get("to", []), "to"),
        carriers=tuple(found.get("carrier", [])),
        pattern="" if pattern.lower() == "null" else pattern,
        newest_first=_order(found.get("order", [])),
    )


def _text(piece: bytes, word: str) -> str:
    try:
        return unquote_to_bytes(piece).decode()
    except UnicodeDecodeError as error:
        raise BadEncoding(word) from error


def _numbers(texts: list[str], word: str) -> tuple[str, ...]:
    numbers = []
    for text in texts:
        if text.lower() == "null":
            continue
        try:
            numbers.append(destination(text.strip()).value)
        except BadAddress as error:
            raise BadEncoding(word) from error
    return tuple(numbers)


def _order(texts: list[str]) -> bool:
    if not texts or texts[-1].lower() in ("desc", "null"):
        return True
    if texts[-1].lower() == "asc":
        return False
    raise BadEncoding("order")
