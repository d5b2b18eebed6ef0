"""Time and chance as arguments: what the real ones and the tests' ones have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Chance = Callable[[], float]
"""A number uniform in [0, 1) at each call."""


class Clock(Protocol):
    """The two clocks: one for dates, one for durations."""

    def now_ms(self) -> int:
        """Unix milliseconds by the wall clock; may step."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...
