"""The port to turns: limits of throughput that hold over all processes of a gateway."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Limit(msgspec.Struct, frozen=True, gc=False):
    """One limit: a key, the seconds between its turns, and how many may come at once."""

    key: str
    interval: float
    burst: int


class Turns(Protocol):
    """Whose turn is due when, by key."""

    def take(self, limits: Sequence[Limit], now: float) -> bool:
        """Takes a turn under every limit, or under none and says False; `now` is monotonic seconds of the machine."""
        ...
