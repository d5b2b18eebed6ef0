"""Latencies and paces of load generators: what was due when, and how long it took. No socket, no clock."""

from __future__ import annotations

from array import array
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Milliseconds, to a microsecond; all 0 where nothing was measured."""

    count: int
    p50: float
    p90: float
    p99: float
    p999: float
    highest: float


class Latencies:
    """Seconds that single things took: each is kept, so that quantiles are exact."""

    __slots__ = ("_seconds", "add")

    def __init__(self) -> None:
        self._seconds = array("d")
        self.add = self._seconds.append
        """Notes one latency, in seconds."""

    def __len__(self) -> int:
        return len(self._seconds)

    def quantiles(self) -> Quantiles:
        """How they are spread."""
        ordered = sorted(self._seconds)
        count = len(ordered)
        if not count:
            return Quantiles(0, 0.0, 0.0, 0.0, 0.0, 0.0)
        marks = (ordered[min(count - 1, int(share * count))] for share in (0.5, 0.9, 0.99, 0.999))
        return Quantiles(count, *(round(mark * 1000, 3) for mark in (*marks, ordered[-1])))


class Pace:
    """So many things, each due at its own moment whatever became of those before (open loop)."""

    __slots__ = ("_begun", "_rate", "_taken", "_total")

    def __init__(self, total: int, rate: float | None, now: float) -> None:
        """`rate` a second, None for all at once; `now` is the moment that the first is due, in seconds."""
        self._total = total
        self._rate = rate
        self._begun = now
        self._taken = 0

    @property
    def done(self) -> bool:
        """Whether all have been taken."""
        return self._taken >= self._total

    @property
    def taken(self) -> int:
        """How many have been taken."""
        return self._taken

    def ready(self, now: float) -> int:
        """How many are due and not taken yet."""
        if self._rate is None:
            return self._total - self._taken
        return min(self._total, int((now - self._begun) * self._rate) + 1) - self._taken

    def take(self, now: float) -> tuple[int, float]:
        """The number of the next, from 0, and when it was due: with a rate that may be long ago."""
        number = self._taken
        self._taken += 1
        return number, now if self._rate is None else self._begun + number / self._rate

    def next_due(self) -> float | None:
        """When the next is due; None when there is none, or no rate."""
        if self._rate is None or self.done:
            return None
        return self._begun + self._taken / self._rate

    def stop(self) -> None:
        """No more are due."""
        self._total = self._taken
