"""The timers of SMPP 3.4 §2.7, and those that robustness adds, as deadlines over a clock that the caller holds.
What happens when one is due is for session.py to say.
"""

from collections.abc import Mapping
from enum import IntEnum
from math import inf


class Timer(IntEnum):
    """What may be waited for."""

    SESSION_INIT = 0
    """The bind, and its answer."""
    PDU_READ = 1
    """The rest of a PDU."""
    ENQUIRE_LINK = 2
    """Anything at all from the peer; when due it is asked for a sign of life."""
    ENQUIRE_LINK_RESPONSE = 3
    """That sign of life."""
    INACTIVITY = 4
    """A request or an answer, enquire_link excepted."""
    UNBIND = 5
    """The end of an unbind."""


class Timers:
    """Which timers run, and until when."""

    __slots__ = ("_deadlines", "_lengths")

    def __init__(self, lengths: Mapping[Timer, float | None]) -> None:
        """`lengths` gives each timer's seconds; None for one that never runs."""
        self._lengths = [lengths[timer] for timer in Timer]
        self._deadlines = [inf] * len(Timer)

    def start(self, timer: Timer, now: float) -> None:
        """Starts a timer, or starts it anew."""
        length = self._lengths[timer]
        if length is not None:
            self._deadlines[timer] = now + length

    def stop(self, timer: Timer) -> None:
        """Stops a timer, if it runs."""
        self._deadlines[timer] = inf

    def stop_all(self) -> None:
        """Stops them all."""
        self._deadlines = [inf] * len(Timer)

    def running(self, timer: Timer) -> bool:
        """Whether a timer runs."""
        return self._deadlines[timer] < inf

    def next_deadline(self) -> float | None:
        """When the first of the running timers is due."""
        first = min(self._deadlines)
        return first if first < inf else None

    def due(self, now: float) -> list[Timer]:
        """The timers whose time has come, earliest first; they no longer run."""
        deadlines = self._deadlines
        due = sorted((at, timer) for timer, at in zip(Timer, deadlines, strict=True) if at <= now)
        for _, timer in due:
            deadlines[timer] = inf
        return [timer for _, timer in due]
