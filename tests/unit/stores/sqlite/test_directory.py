"""What operators set, in SQL: one revision a change, and no change on old knowledge."""

import pytest

from chappe.ports.directory import Conflict, Entry, Kind
from chappe.stores.sqlite import directory
from chappe.stores.sqlite.database import Database


def put(db: Database, *entries: Entry, expected: int | None = None) -> int:
    with db.transaction():
        return directory.put(db, entries, expected)


def test_every_change_has_its_revision(db: Database) -> None:
    assert directory.revision(db) == 0
    assert put(db, Entry(Kind.ACCOUNT, "a", "{}"), Entry(Kind.ROUTE, "a", "{}")) == 1
    assert put(db, Entry(Kind.ACCOUNT, "a", None)) == 2
    assert directory.revision(db) == 2
    assert db.rows("changed_entries", 1) == [("account", "a", None, 2)]
    assert db.rows("all_entries") == [("route", "a", "{}", 1)]


def test_a_change_decided_on_old_knowledge_writes_nothing(db: Database) -> None:
    put(db, Entry(Kind.ACCOUNT, "a", "{}"))
    with pytest.raises(Conflict):
        put(db, Entry(Kind.ACCOUNT, "a", None), expected=0)
    assert directory.revision(db) == 1
    assert put(db, Entry(Kind.ACCOUNT, "a", None), expected=1) == 2


def test_a_change_of_nothing_is_still_one(db: Database) -> None:
    assert put(db) == 1
