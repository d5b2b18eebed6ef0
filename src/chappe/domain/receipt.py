"""Receipts from networks: their value, and the keys under which the SMSC's id of a part may be written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from chappe.domain.address import Address
from chappe.domain.state import State

SEEN: Final = "SEEN"
"""The word of a receipt without a state that tells: it was shown to the subscriber."""
READ: Final = "READ"
"""The same: the subscriber opened it."""

INTERACTIONS: Final = frozenset({SEEN, READ})
"""Words that tell of the subscriber, and so of a message that was delivered."""


class Receipt(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What an SMSC told of a part, as values. `state` is None for a state that is not final.

    `word` is the state as it was spelt; dates and counters are the SMSC's own text; `raw` is the whole
    receipt for the timeline. `source` and `destination` are as in the PDU: the subscriber is the source.
    """

    group: str
    connector: str
    smsc_id: str
    state: State | None
    word: str
    error: str
    source: Address
    destination: Address
    received_ms: int
    sub: str = ""
    dlvrd: str = ""
    submit_date: str = ""
    done_date: str = ""
    text: str = ""
    raw: str = ""
    sure: bool = True
    """False where only a matching id makes a receipt of it (reliability V17)."""
    network: str = ""
    """MCC and MNC of the subscriber's network, where the SMSC told it."""
    more: bool = False
    """Whether the network may tell of this part again after its final state: that it was seen or read."""


class UnmatchedReceipt(msgspec.Struct, frozen=True, gc=False):
    """A receipt whose part is not known yet: kept, tried again, then kept as an orphan."""

    id: int
    receipt: Receipt
    tries: int
    due_ms: int


_LONGEST_NUMBER: Final = 65
"""SMPP 3.4 §5.3.2.12: no SMSC's id is longer. What is longer is not read as a number: that costs time."""

_HEXADECIMAL: Final = re.compile(r"[0-9a-f]+")


def _canonical(text: str) -> str:
    digits = "".join(text.split()).replace("-", "").casefold()
    return digits.lstrip("0") or digits[:1]


def _hex_to_decimal(text: str) -> str | None:
    return str(int(text, 16)) if len(text) <= _LONGEST_NUMBER and _HEXADECIMAL.fullmatch(text) else None


def _decimal_to_hex(text: str) -> str | None:
    return f"{int(text):x}" if len(text) <= _LONGEST_NUMBER and text.isascii() and text.isdigit() else None


_LEAST_FOR_OTHERS: Final = 6
"""Characters of an id from which on it is looked for in other spellings too."""

NORMALISERS: Final[Mapping[str, Callable[[str], str | None]]] = MappingProxyType(
    {
        "same": lambda text: text,
        "hex": _decimal_to_hex,
        "decimal": _hex_to_decimal,
    }
)
"""How an id in a receipt becomes the id of the response: the same (but for case, leading zeros and dashes),
written in decimal there and hexadecimal here, or the reverse (Jasmin's dlr_msgid 0, 1 and 2)."""


def stored_key(smsc_id: str) -> str:
    """The key under which a part is filed: the response's id without case, dashes, blanks and leading zeros.

    Empty for an empty id, under which no receipt looks.
    """
    return _canonical(smsc_id)


def candidate_keys(smsc_id: str, normalisers: Iterable[str], prefix: str = "") -> tuple[tuple[str, str], ...]:
    """The keys to look a receipt's id up under, in order, each with the normaliser that made it.

    `prefix` is text that one side writes before the id and the other does not. An id of few digits is looked for
    as it is only: its other spellings could well be other messages' ids.
    """
    bare = smsc_id.removeprefix(prefix) if prefix else smsc_id
    base = _canonical(bare)
    made = [
        (name, NORMALISERS[name](base))
        for name in normalisers
        if name == "same" or len(base) >= _LEAST_FOR_OTHERS
    ]
    if prefix:
        made += [("prefix", bare), ("prefix", prefix + bare)]
    found: list[tuple[str, str]] = []
    for name, text in made:
        key = _canonical(text) if text is not None else ""
        if key and all(key != known for _, known in found):
            found.append((name, key))
    return tuple(found)
