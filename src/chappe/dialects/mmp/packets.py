"""Packet ids that need no store: each names the ranges of message ids that one call to Send made. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from chappe.domain.ids import IdRenderer, node_of, steps_between

Range = tuple[int, int]
"""The first and the last id of messages that were made one after the other by one node."""

MOST_MESSAGES: Final = 5_000
"""Messages of one call."""

_MOST_RANGES: Final = 12
"""Those of a packet whose messages came with many earlier ones; a database must hold the id that tells of them."""

_PIECE: Final = re.compile(r"([0-9a-f]{32})([0-9a-f]{32})?")


def ranges_of(ids: Iterable[int]) -> list[Range]:
    """The ranges of the messages that a call made or repeated: each of ids that their maker made without a gap."""
    ranges: list[Range] = []
    for message_id in sorted(set(ids)):
        if ranges and steps_between(ranges[-1][1], message_id) == 1:
            ranges[-1] = (ranges[-1][0], message_id)
        else:
            ranges.append((message_id, message_id))
    return ranges


def packet_id(ranges: Sequence[Range], renderer: IdRenderer) -> str:
    """The packet as a word; empty, as the class's default, for none and for one too scattered to be told."""
    if len(ranges) > _MOST_RANGES:
        return ""
    return ".".join(
        renderer.hex(first) if first == last else renderer.hex(first) + renderer.hex(last)
        for first, last in ranges
    )


def read_packet(text: str, renderer: IdRenderer) -> list[Range] | None:
    """The ranges behind a packet id, None for what is none of ours.

    Both ends of each are tagged, and no range is longer than a call can make it: what is asked for by a packet is
    never more than a few thousand ids.
    """
    pieces = text.lower().split(".", _MOST_RANGES)
    if len(pieces) > _MOST_RANGES:
        return None
    ranges: list[Range] = []
    for piece in pieces:
        found = _PIECE.fullmatch(piece)
        if found is None:
            return None
        first = renderer.parse(found[1])
        last = first if found[2] is None else renderer.parse(found[2])
        if first is None or last is None or not 0 <= steps_between(first, last) < MOST_MESSAGES:
            return None
        ranges.append((first, last))
    return ranges


def is_within(message_id: int, ranges: Sequence[Range]) -> bool:
    """Whether a message is of a packet."""
    return any(
        first <= message_id <= last and node_of(first) == node_of(message_id) for first, last in ranges
    )
