"""What operators set, in SQL. These functions run in the writer's thread, inside its transaction."""

from __future__ import annotations

from collections.abc import Sequence

from chappe.ports.directory import Conflict, Entry
from chappe.stores.sqlite.database import Database


def revision(db: Database) -> int:
    """The revision of the newest change."""
    row = db.row("revision")
    assert row is not None
    return int(row[0])


def put(db: Database, entries: Sequence[Entry], expected: int | None) -> int:
    """Writes and removes entries under one new revision; raises Conflict if another change came first."""
    if expected is not None and revision(db) != expected:
        raise Conflict
    row = db.row("raise_revision")
    assert row is not None
    for entry in entries:
        db.run("put_entry", entry.kind.value, entry.key, entry.body, row[0])
    return int(row[0])
