"""The door for balances: never negative, never charged twice. What messages take and get back happens in `accept`
and `move`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class LedgerEntry(msgspec.Struct, frozen=True, gc=False):
    """A deposit (or a withdrawal, negative) by an operator: micro-units, why, and parts for the count of messages."""

    account: str
    at_ms: int
    amount: int
    note: str
    parts: int = 0


class Quota(msgspec.Struct, frozen=True, gc=False):
    """What an account has: micro-units that it may spend, those set aside until an SMSC takes a message, parts."""

    amount: int = 0
    reserved: int = 0
    parts: int = 0


class LedgerStore(Protocol):
    """Balances of accounts, in micro-units."""

    async def deposit(self, entry: LedgerEntry) -> int | None:
        """Adds to a balance and says the new one; None, and nothing done, if it or the count would become negative."""
        ...

    async def balances(self, accounts: Sequence[str]) -> list[int]:
        """What may be spent, in order; 0 for an account never paid in."""
        ...

    async def quotas(self, accounts: Sequence[str]) -> list[Quota]:
        """All that accounts have, in order."""
        ...

    async def entries(self, account: str, limit: int) -> list[LedgerEntry]:
        """Newest deposits first."""
        ...
