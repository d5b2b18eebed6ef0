"""The doors for what operators set and pay in, in memory."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from chappe.ports.directory import Conflict, Entry
from chappe.ports.ledger import LedgerEntry, Quota
from chappe.stores.memory.tables import Tables


class DirectoryDoor:
    """Answers `ports.directory.DirectoryStore`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def directory_revision(self) -> int:
        """See the port."""
        return self._tables.revision

    async def directory(self, since: int = 0) -> list[Entry]:
        """See the port."""
        changed = [entry for entry in self._tables.directory.values() if entry.revision > since]
        changed = [entry for entry in changed if since or entry.body is not None]
        return sorted(changed, key=lambda entry: entry.revision)

    async def put(self, entries: Sequence[Entry], expected: int | None = None) -> int:
        """See the port."""
        tables = self._tables
        if expected is not None and expected != tables.revision:
            raise Conflict
        tables.revision += 1
        for entry in entries:
            tables.directory[entry.kind, entry.key] = msgspec.structs.replace(entry, revision=tables.revision)
        return tables.revision


class LedgerDoor:
    """Answers `ports.ledger.LedgerStore`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def deposit(self, entry: LedgerEntry) -> int | None:
        """See the port."""
        tables = self._tables
        quota = tables.quota(entry.account)
        amount, parts = quota.amount + entry.amount, quota.parts + entry.parts
        if amount < 0 or parts < 0:
            return None
        tables.quotas[entry.account] = Quota(amount, quota.reserved, parts)
        tables.ledger.append(entry)
        return amount

    async def balances(self, accounts: Sequence[str]) -> list[int]:
        """See the port."""
        return [self._tables.quota(account).amount for account in accounts]

    async def quotas(self, accounts: Sequence[str]) -> list[Quota]:
        """See the port."""
        return [self._tables.quota(account) for account in accounts]

    async def entries(self, account: str, limit: int) -> list[LedgerEntry]:
        """See the port."""
        return [entry for entry in reversed(self._tables.ledger) if entry.account == account][:limit]
