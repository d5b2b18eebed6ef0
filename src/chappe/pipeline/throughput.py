"""How fast each account may submit: in all, by HTTP and by SMPP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chappe.domain.account import Account
from chappe.domain.throttle import next_turn
from chappe.ports.turns import Limit, Turns

SMPP: Final = "smpp"
"""The dialect that is no HTTP."""

CAMPAIGN: Final = "campaign"
"""What stands for a dialect on the replies of campaigns."""


class OwnTurns:
    """Answers `ports.turns.Turns` for the only process that takes submissions."""

    __slots__ = ("_due",)

    def __init__(self) -> None:
        self._due: dict[str, float] = {}

    def take(self, limits: Sequence[Limit], now: float) -> bool:
        """See the port."""
        due = self._due
        after: list[float] = []
        for limit in limits:
            then = next_turn(due.get(limit.key, 0.0), now, limit.interval, limit.burst)
            if then is None:
                return False
            after.append(then)
        for limit, then in zip(limits, after, strict=True):
            due[limit.key] = then
        return True


def exceeded(turns: Turns, account: Account, dialect: str, now: float) -> float:
    """The limit, messages a second, that a message would exceed; 0 if none, and then its turns are taken."""
    own = account.smpp_throughput if dialect == SMPP else account.http_throughput
    # How fast subscribers write is not the account's doing; each of them gets only so many replies.
    if not (own or account.throughput) or dialect == CAMPAIGN:
        return 0.0
    burst = account.burst or 1
    # A key names its limit: what a former one left behind does not bind the one that an operator set in its place.
    limits: list[Limit] = []
    if own:
        way = SMPP if dialect == SMPP else "http"
        limits.append(Limit(f"{account.name} {way} {own:g} {burst}", 1.0 / own, burst))
    if account.throughput:
        limits.append(
            Limit(f"{account.name} all {account.throughput:g} {burst}", 1.0 / account.throughput, burst)
        )
    if turns.take(limits, now):
        return 0.0
    return min(filter(None, (own, account.throughput)))
