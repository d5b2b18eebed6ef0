"""Rates: a token bucket, and a pace that a network's throttling slows and quiet raises. Time is an argument."""

from __future__ import annotations

from typing import Final


class TokenBucket:
    """Lets `rate` things a second through, at most `burst` at once. A rate of 0 lets everything through."""

    __slots__ = ("_at", "_level", "burst", "rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate = rate
        self.burst = max(burst, 1.0)
        self._level = self.burst
        self._at = now

    def _fill(self, now: float) -> None:
        if now > self._at:
            self._level = min(self.burst, self._level + (now - self._at) * self.rate)
            self._at = now

    def available(self, now: float) -> int:
        """How many may pass now without being taken; a large number where there is no limit."""
        if self.rate <= 0:
            return UNLIMITED
        self._fill(now)
        return int(self._level + 1e-9)

    def take(self, wanted: int, now: float) -> int:
        """Takes up to `wanted` and says how many were granted."""
        if self.rate <= 0:
            return wanted
        granted = min(wanted, self.available(now))
        self._level -= granted
        return granted

    def give_back(self, count: int) -> None:
        """Returns what was taken and not used."""
        self._level = min(self.burst, self._level + count)

    def wait(self, now: float) -> float:
        """Seconds until one more may pass; 0 if one may now."""
        if self.rate <= 0 or self.available(now) >= 1:
            return 0.0
        return (1.0 - self._level) / self.rate


UNLIMITED: Final = 1 << 30


def next_turn(due: float, now: float, interval: float, burst: int) -> float | None:
    """When the turn after this one is due, None if this one comes too early; times are seconds.

    The same as a token bucket of one number: turns are `interval` apart, `burst` of them may come at once.
    """
    slack = interval * (max(burst, 1) - 1)
    if due - slack > now + 1e-9:
        return None
    return max(due, now) + interval


_SLOWER: Final = 0.6
_RECOVERY_PER_SECOND: Final = 0.05
_SETTLE_SECONDS: Final = 0.5
_SLOWEST: Final = 1.0


class Pace:
    """The rate of a whole connector: a configured limit, lowered by throttling answers, raised again additively.

    Additive increase, multiplicative decrease: each burst of throttling answers cuts the rate once (answers to
    what was already under way do not cut again), then it grows by a twentieth of the limit a second. Where no
    limit is configured the first cut starts from the rate last seen, and the limit falls away again once it has grown to
    double that.
    """

    __slots__ = ("_bucket", "_ceiling", "_cut_at", "_grown_at", "_limit", "_seen", "_seen_at", "_seen_count")

    def __init__(self, limit: float, now: float) -> None:
        self._limit = limit
        self._bucket = TokenBucket(limit, self._burst(limit), now)
        self._ceiling = limit
        self._cut_at = -_SETTLE_SECONDS
        self._grown_at = now
        self._seen = 0.0
        self._seen_at = now
        self._seen_count = 0

    @staticmethod
    def _burst(rate: float) -> float:
        # A tenth of a second's worth: smooth enough for an SMSC that counts per second, few enough wake-ups.
        return max(rate / 10.0, 1.0)

    @property
    def rate(self) -> float:
        """Messages a second allowed now; 0 for no limit."""
        return self._bucket.rate

    @property
    def slowed(self) -> bool:
        """Whether throttling answers hold the rate below its limit."""
        return self._bucket.rate > 0 and self._bucket.rate != self._limit

    def available(self, now: float) -> int:
        """How many may go now."""
        self._grow(now)
        return self._bucket.available(now)

    def take(self, wanted: int, now: float) -> int:
        """Takes up to `wanted`, says how many were granted."""
        self._grow(now)
        granted = self._bucket.take(wanted, now)
        self._seen_count += granted
        if now - self._seen_at >= 1.0:
            self._seen = self._seen_count / (now - self._seen_at)
            self._seen_at, self._seen_count = now, 0
        return granted

    def give_back(self, count: int) -> None:
        """Returns what was taken and could not be handed over."""
        self._bucket.give_back(count)

    def wait(self, now: float) -> float:
        """Seconds until the next may go."""
        return self._bucket.wait(now)

    def throttled(self, now: float) -> None:
        """Tells of a throttling answer (ESME_RTHROTTLED or ESME_RMSGQFUL)."""
        if now - self._cut_at < _SETTLE_SECONDS:
            return
        self._cut_at = now
        self._grown_at = now + _SETTLE_SECONDS
        current = self._bucket.rate
        if current <= 0:
            elapsed = max(now - self._seen_at, 0.1)
            current = max(self._seen, self._seen_count / elapsed, _SLOWEST)
            self._ceiling = current * 2.0
        # A limit below one a second stays what it is at most: a cut never raises the rate.
        self._set(max(current * _SLOWER, min(_SLOWEST, self._limit / 10.0 or _SLOWEST)), now)

    def _grow(self, now: float) -> None:
        if not self.slowed:
            self._grown_at = now
            return
        elapsed = now - self._grown_at
        if elapsed < 0.1:
            return
        self._grown_at = now
        rate = self._bucket.rate + max(self._ceiling * _RECOVERY_PER_SECOND, 0.5) * elapsed
        if rate >= self._ceiling:
            self._set(self._limit, now)
        else:
            self._set(rate, now)

    def _set(self, rate: float, now: float) -> None:
        level = self._bucket.available(now) if self._bucket.rate > 0 else 0
        self._bucket = TokenBucket(rate, self._burst(rate), now)
        if rate > 0:
            self._bucket.take(int(max(self._bucket.burst - level, 0)), now)
