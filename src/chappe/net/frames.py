"""Frames over a local stream: a length of four octets, most significant first, then so many octets. Pure."""

from __future__ import annotations

from typing import Final

MOST_OCTETS: Final = 256 << 20
"""Longer than any batch of ours: whoever announces more is not one of us."""

_LENGTH: Final = 4


def frame(octets: bytes) -> bytes:
    """Octets as one frame."""
    return b"%b%b" % (len(octets).to_bytes(_LENGTH, "big"), octets)


class Frames:
    """Puts frames together from octets as they come."""

    __slots__ = ("_octets",)

    def __init__(self) -> None:
        self._octets = bytearray()

    def feed(self, octets: bytes) -> list[bytes]:
        """The frames that are whole by now; raises ValueError for a length that none of ours has."""
        pending = self._octets
        pending += octets
        found = []
        at = 0
        while len(pending) - at >= _LENGTH:
            length = int.from_bytes(pending[at : at + _LENGTH], "big")
            if length > MOST_OCTETS:
                raise ValueError(f"a frame of {length} octets")
            if len(pending) - at - _LENGTH < length:
                break
            start = at + _LENGTH
            at = start + length
            found.append(bytes(pending[start:at]))
        del pending[:at]
        return found
