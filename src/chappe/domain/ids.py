"""Message ids: one sortable 63-bit number inside, keyed renderings outside. Nothing here reads a clock."""

from __future__ import annotations

import hashlib
import hmac
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


def id_time_ms(message_id: int) -> int:
    """Unix milliseconds at which the id was made."""
    return (message_id >> _TIME_SHIFT) + EPOCH_MS


def first_id_at(unix_ms: int) -> int:
    """The smallest id that could have been made at or after this time."""
    return max(unix_ms - EPOCH_MS, 0) << _TIME_SHIFT


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
    without dashes are the form of SMPP message_id.
    """

    __slots__ = ("_mac",)

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError("the id key needs at least 16 octets")
        self._mac = hashlib.blake2b(key=key, digest_size=8)

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
