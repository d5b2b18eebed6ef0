"""Message ids: one sortable 63-bit number inside, keyed renderings outside. Nothing here reads a clock."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

EPOCH_MS: Final = 1_577_836_800_000
"""2020-01-01T00:00:00Z; ids count milliseconds from here, which lasts 69 years in 41 bits."""

NODE_BITS: Final = 10
SEQUENCE_BITS: Final = 12
MAX_NODE: Final = (1 << NODE_BITS) - 1
_TIME_SHIFT: Final = NODE_BITS + SEQUENCE_BITS
_MAX_SEQUENCE: Final = (1 << SEQUENCE_BITS) - 1
_TAG_BITS: Final = 59
_TAG_MASK: Final = (1 << _TAG_BITS) - 1
_LOW_BITS: Final = 62
_LOW_MASK: Final = (1 << _LOW_BITS) - 1
_DECIMAL: Final = re.compile(r"0|-?[1-9][0-9]{0,18}")
_HALF_BITS: Final = 32
_HALF_MASK: Final = (1 << _HALF_BITS) - 1
_LONG: Final = 1 << 64
_MOST_SIGNED: Final = 1 << 63
_ROUNDS: Final = 6


def id_time_ms(message_id: int) -> int:
    """Unix milliseconds at which the id was made."""
    return (message_id >> _TIME_SHIFT) + EPOCH_MS


def first_id_at(unix_ms: int) -> int:
    """The smallest id that could have been made at or after this time."""
    return max(unix_ms - EPOCH_MS, 0) << _TIME_SHIFT


def node_of(message_id: int) -> int:
    """The node that made an id."""
    return message_id >> SEQUENCE_BITS & MAX_NODE


def steps_between(first: int, last: int) -> int:
    """How many times their maker was asked from one id to another; -1 where `last` is older or of another node.

    Only ids made at one moment, or borrowed from the next milliseconds, are few steps apart.
    """
    if last < first or node_of(first) != node_of(last):
        return -1
    elapsed = (last >> _TIME_SHIFT) - (first >> _TIME_SHIFT)
    return elapsed * (_MAX_SEQUENCE + 1) + (last & _MAX_SEQUENCE) - (first & _MAX_SEQUENCE)


class IdMaker:
    """Makes strictly rising ids: milliseconds, node, sequence.

    A clock that steps back does not repeat an id: the last time seen goes on being used, and a full
    millisecond borrows from the next. `floor` is the newest id known from before a restart.
    """

    __slots__ = ("_last_ms", "_node", "_sequence")

    def __init__(self, node: int, floor: int = 0) -> None:
        if not 0 <= node <= MAX_NODE:
            raise ValueError(f"node must be 0 to {MAX_NODE}, got {node}")
        self._node = node << SEQUENCE_BITS
        self._last_ms = floor >> _TIME_SHIFT
        self._sequence = _MAX_SEQUENCE

    def next(self, unix_ms: int) -> int:
        """A new id, greater than every earlier one of this maker."""
        elapsed = unix_ms - EPOCH_MS
        if elapsed > self._last_ms:
            self._last_ms = elapsed
            self._sequence = 0
        elif self._sequence < _MAX_SEQUENCE:
            self._sequence += 1
        else:
            self._last_ms += 1
            self._sequence = 0
        return (self._last_ms << _TIME_SHIFT) | self._node | self._sequence


class IdRenderer:
    """Writes ids for the outside with a keyed tag, so that none can be guessed or walked through.

    The form is a version 4 UUID (RFC 9562 §5.4), 63 bits of id and 59 of tag; its 32 hexadecimal digits
    without dashes are the form of SMPP message_id. Where only 64 bits are to be had there is no room for a tag: the
    signed decimal is the id under a keyed permutation (a Feistel network), so that one id tells nothing of the next.
    """

    __slots__ = ("_mac", "_round")

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError("the id key needs at least 16 octets")
        self._mac = hashlib.blake2b(key=key, digest_size=8)
        self._round = hashlib.blake2b(key=key, digest_size=4, person=b"decimal")

    def _tag(self, message_id: int) -> int:
        mac = self._mac.copy()
        mac.update(message_id.to_bytes(8, "big"))
        return int.from_bytes(mac.digest(), "big") & _TAG_MASK

    def hex(self, message_id: int) -> str:
        """32 lower-case hexadecimal digits."""
        value = (message_id << _TAG_BITS) | self._tag(message_id)
        high = value >> _LOW_BITS
        return f"{high >> 12:012x}4{high & 0xFFF:03x}{(value & _LOW_MASK) | 1 << 63:016x}"

    def uuid(self, message_id: int) -> str:
        """36 characters, lower case, dashes included."""
        text = self.hex(message_id)
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def parse(self, text: str) -> int | None:
        """The id behind either form, in any case; None if it is not one of ours."""
        try:
            octets = bytes.fromhex(text.replace("-", ""))
        except ValueError:
            return None
        if len(octets) != 16 or any(letter.isspace() for letter in text):
            return None
        high, low = int.from_bytes(octets[:8], "big"), int.from_bytes(octets[8:], "big")
        if (high >> 12) & 0xF != 4 or low >> 62 != 0b10:
            return None
        value = ((high >> 16) << 12 | high & 0xFFF) << _LOW_BITS | low & _LOW_MASK
        message_id = value >> _TAG_BITS
        expected = self._tag(message_id).to_bytes(8, "big")
        if not hmac.compare_digest((value & _TAG_MASK).to_bytes(8, "big"), expected):
            return None
        return message_id

    def decimal(self, message_id: int) -> str:
        """A signed 64-bit number in decimal digits, as a Java `long` is printed."""
        left, right = message_id >> _HALF_BITS, message_id & _HALF_MASK
        for number in range(_ROUNDS):
            left, right = right, left ^ self._mixed(number, right)
        value = left << _HALF_BITS | right
        return str(value - _LONG if value >= _MOST_SIGNED else value)

    def parse_decimal(self, text: str) -> int | None:
        """The id behind a signed decimal; None for what cannot be one. Any other number is some id, used or not."""
        if not _DECIMAL.fullmatch(text):
            return None
        value = int(text)
        if not -_MOST_SIGNED <= value < _MOST_SIGNED:
            return None
        value %= _LONG
        left, right = value >> _HALF_BITS, value & _HALF_MASK
        for number in reversed(range(_ROUNDS)):
            left, right = right ^ self._mixed(number, left), left
        message_id = left << _HALF_BITS | right
        return message_id if message_id < _MOST_SIGNED else None

    def _mixed(self, number: int, half: int) -> int:
        mac = self._round.copy()
        mac.update(bytes((number,)) + half.to_bytes(4, "big"))
        return int.from_bytes(mac.digest(), "big")
