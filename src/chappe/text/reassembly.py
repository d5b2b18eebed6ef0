"""The parts of a long message back to one: what a new part means to those already held, and their text.

Pure: who holds the parts, and for how long, is not known here.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from itertools import groupby

from msgspec import Struct

from chappe.text.encodings import BYTE_ORDER_MARKS, Charset, Decoded, decode_text
from chappe.text.gsm7 import NO_SHIFTS, Shifts, unpack


class ReferenceKind(Enum):
    """What tells the parts apart; references of two kinds never meet."""

    UDH8 = "udh8"
    UDH16 = "udh16"
    SAR = "sar"
    """TLVs sar_msg_ref_num and its fellows, SMPP 3.4 §5.3.2.22."""


class Key(Struct, frozen=True, gc=False):
    """What parts of one message have in common; ``group`` names the connectors that may carry them."""

    group: str
    source: str
    destination: str
    kind: ReferenceKind
    reference: int
    total: int


class Part(Struct, frozen=True, gc=False):
    """One part: its number from 1 on, the total it claims, its payload without a header."""

    number: int
    total: int
    octets: bytes


class Waiting(Struct, frozen=True, gc=False):
    """The part is new, and these numbers are still missing."""

    missing: tuple[int, ...]


class Complete(Struct, frozen=True, gc=False):
    """The part was the last one missing: all payloads, in the order of their numbers."""

    payloads: tuple[bytes, ...]


class Repeat(Struct, frozen=True, gc=False):
    """The part is held already, octet for octet: nothing is to be done."""


class Conflict(Struct, frozen=True, gc=False):
    """The part belongs to another message: its number is held with other octets, or its total differs."""


class Stray(Struct, frozen=True, gc=False):
    """The part's number is 0 or above its total: to be delivered alone, and marked."""


Outcome = Waiting | Complete | Repeat | Conflict | Stray


def add(held: Sequence[Part], new: Part) -> Outcome:
    """Tell what a new part means to those held, which come in any order and have different numbers.

    The caller keeps the part on Waiting, closes the set on Complete, and opens a new set on Conflict.
    """
    if not 1 <= new.number <= new.total:
        return Stray()
    by_number: dict[int, bytes] = {}
    for part in held:
        if part.total != new.total:
            return Conflict()
        by_number[part.number] = part.octets
    known = by_number.setdefault(new.number, new.octets)
    if len(by_number) == len(held):
        return Repeat() if known == new.octets else Conflict()
    numbers = range(1, new.total + 1)
    if len(by_number) == new.total:
        return Complete(tuple(by_number[number] for number in numbers))
    return Waiting(tuple(number for number in numbers if number not in by_number))


def join(
    payloads: Iterable[bytes], charset: Charset, *, shifts: Shifts = NO_SHIFTS, fill_bits: int = 0
) -> Decoded | bytes:
    """Return the text of payloads in order; of a charset that is octets only, their octets.

    They are joined before they are read, so that an escape or surrogate pair that a sender tore is whole
    again. ``fill_bits`` stand before the packed septets of each part. Never raises for any octets.
    """
    if charset is Charset.GSM7_PACKED:
        payloads = (unpack(payload, None, fill_bits) for payload in payloads)
        charset = Charset.GSM7
    mark = BYTE_ORDER_MARKS.get(charset, b"")
    octets = b""
    for payload in payloads:  # some senders mark each part; inside a torn code unit it is no mark
        octets += payload if len(octets) % 2 else payload.removeprefix(mark)
    decoded = decode_text(octets, charset, shifts)
    return octets if decoded is None else decoded


def with_gaps(
    parts: Iterable[Part],
    total: int,
    charset: Charset,
    *,
    mark: str = "[…]",
    shifts: Shifts = NO_SHIFTS,
    fill_bits: int = 0,
) -> str | None:
    """Return the text of what is there of a message, with one mark for each run of missing parts.

    Parts come in any order. None for a charset that is octets only: a gap in octets cannot be shown.
    """
    by_number = {part.number: part.octets for part in parts}
    pieces: list[str] = []
    for present, numbers in groupby(range(1, total + 1), by_number.__contains__):
        run = [by_number[number] for number in numbers if present]
        joined = join(run, charset, shifts=shifts, fill_bits=fill_bits)
        if isinstance(joined, bytes):
            return None
        pieces.append(joined.text if present else mark)
    return "".join(pieces)
