"""Balances in SQL. These functions run in the writer's thread, inside its transaction."""

from __future__ import annotations

from chappe.ports.ledger import LedgerEntry
from chappe.stores.sqlite.database import Database


def deposit(db: Database, entry: LedgerEntry) -> int | None:
    """Adds to a balance and says the new one; None, and nothing done, if it or the count would become negative."""
    db.run("open_balance", entry.account)
    row = db.row("change_balance", entry.account, entry.amount, entry.parts)
    if row is None:
        return None
    db.run("insert_entry", entry.account, entry.at_ms, entry.amount, entry.note, entry.parts)
    return int(row[0])
