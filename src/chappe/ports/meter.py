"""Counting what happens, by name and one label; where the figures go is the meter's business."""

from __future__ import annotations

from typing import Protocol


class Meter(Protocol):
    """Counts and durations; cheap enough for every batch, and made once."""

    def count(self, name: str, label: str = "", by: int = 1) -> None:
        """Adds to a counter."""
        ...

    def observe(self, name: str, seconds: float, label: str = "") -> None:
        """Adds one duration to a histogram."""
        ...

    def gauge(self, name: str, value: float, label: str = "") -> None:
        """Sets a level."""
        ...
