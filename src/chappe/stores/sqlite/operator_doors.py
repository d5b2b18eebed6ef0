"""The doors for what operators set and pay in: directory and ledger, as work for the writer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chappe.ports.directory import Entry, Kind
from chappe.ports.ledger import LedgerEntry, Quota
from chappe.stores.sqlite import directory, ledger
from chappe.stores.sqlite.database import rows_of
from chappe.stores.sqlite.records import to_json
from chappe.stores.sqlite.writer import Works

_NOTHING: Final = Quota()


class DirectoryDoor:
    """Answers `ports.directory.DirectoryStore`."""

    def __init__(self, writer: Works) -> None:
        self._writer = writer

    async def directory_revision(self) -> int:
        """See the port."""
        return await self._writer.do(directory.revision)

    async def directory(self, since: int = 0) -> list[Entry]:
        """See the port."""
        name, values = ("changed_entries", (since,)) if since else ("all_entries", ())
        rows = await self._writer.do(rows_of, name, *values)
        return [Entry(Kind(row[0]), row[1], row[2], row[3]) for row in rows]

    async def put(self, entries: Sequence[Entry], expected: int | None = None) -> int:
        """See the port."""
        return await self._writer.do(directory.put, entries, expected)


class LedgerDoor:
    """Answers `ports.ledger.LedgerStore`."""

    def __init__(self, writer: Works) -> None:
        self._writer = writer

    async def deposit(self, entry: LedgerEntry) -> int | None:
        """See the port."""
        return await self._writer.do(ledger.deposit, entry)

    async def balances(self, accounts: Sequence[str]) -> list[int]:
        """See the port."""
        return [quota.amount for quota in await self.quotas(accounts)]

    async def quotas(self, accounts: Sequence[str]) -> list[Quota]:
        """See the port."""
        rows = await self._writer.do(rows_of, "balances", to_json(accounts))
        found = {row[0]: Quota(*row[1:]) for row in rows}
        return [found.get(account, _NOTHING) for account in accounts]

    async def entries(self, account: str, limit: int) -> list[LedgerEntry]:
        """See the port."""
        return [LedgerEntry(*row) for row in await self._writer.do(rows_of, "entries", account, limit)]
