"""The numbers of lists in SQL. These functions run in the writer's thread, inside its transaction."""

from __future__ import annotations

from chappe.stores.sqlite.database import Database


def enlist(db: Database, name: str, at_ms: int, numbers: str) -> int:
    """Puts numbers (a JSON array) on a list; how many were not on it yet."""
    before = db.connection.total_changes()
    db.run("enlist", name, at_ms, numbers)
    return db.connection.total_changes() - before


def delist(db: Database, name: str, numbers: str) -> int:
    """Takes numbers (a JSON array) off a list; how many were on it."""
    before = db.connection.total_changes()
    db.run("delist", name, numbers)
    return db.connection.total_changes() - before


def drop(db: Database, name: str, limit: int) -> int:
    """Takes up to so many numbers off a list; how many."""
    before = db.connection.total_changes()
    db.run("drop_members", name, limit)
    return db.connection.total_changes() - before
