"""How fast each account may submit: one token bucket an account, made when first needed."""

from __future__ import annotations

from chappe.domain.account import Account
from chappe.domain.throttle import TokenBucket


class Throughput:
    """The buckets of all accounts that have a limit."""

    __slots__ = ("_buckets", "_sharing")

    def __init__(self, sharing: int = 1) -> None:
        """`sharing` processes have the same limits: each keeps its share, so that together they keep the whole."""
        self._sharing = sharing
        self._buckets: dict[str, TokenBucket] = {}

    def admits(self, account: Account, now: float) -> bool:
        """Takes one token of the account's; False where none is left. `now` is monotonic seconds."""
        if not account.throughput:
            return True
        bucket = self._buckets.get(account.name)
        rate = account.throughput / self._sharing
        burst = max(float(account.burst or 1) / self._sharing, 1.0)
        if bucket is None or bucket.rate != rate or bucket.burst != burst:
            bucket = self._buckets[account.name] = TokenBucket(rate, burst, now)
        return bucket.take(1, now) == 1
