"""The door for balances: never negative, never charged twice. Debits of messages happen in `accept` and `move`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class LedgerEntry(msgspec.Struct, frozen=True, gc=False):
    """A deposit (or a withdrawal, negative) by an operator: micro-units and why."""

    account: str
    at_ms: int
    amount: int
    note: str


class LedgerStore(Protocol):
    """Balances of accounts, in micro-units."""

    async def deposit(self, entry: LedgerEntry) -> int | None:
        """Adds to a balance and says the new one; None, and nothing done, if it would become negative."""
        ...

    async def balances(self, accounts: Sequence[str]) -> list[int]:
        """Balances in order; 0 for an account never paid in."""
        ...

    async def entries(self, account: str, limit: int) -> list[LedgerEntry]:
        """Newest deposits first."""
        ...
