"""The file: what is refused with which sentence and left untouched, what is made and migrated, what a transaction promises."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from chappe.ports.store import StoreUnusable
from chappe.stores.sqlite import database as module
from chappe.stores.sqlite.database import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    Database,
    library_problem,
    open_database,
    rows_of,
    run,
)


def refused(path: Path, *, create: bool = True) -> str:
    with pytest.raises(StoreUnusable) as caught:
        open_database(path, create=create).connection.close()
    return str(caught.value)


def test_a_store_is_made_from_nothing(tmp_path: Path) -> None:
    database = open_database(tmp_path / "new.db")
    connection = database.connection
    assert connection.pragma("user_version") == SCHEMA_VERSION == 1
    assert connection.pragma("application_id") == APPLICATION_ID
    assert connection.pragma("journal_mode") == "wal"
    assert connection.pragma("synchronous") == 2  # FULL
    connection.close()


def test_an_empty_file_is_made_a_store(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    open_database(tmp_path / "empty.db").connection.close()


def test_a_store_is_opened_again_with_what_is_in_it(tmp_path: Path) -> None:
    for _ in range(2):
        database = open_database(tmp_path / "s.db")
        with database.transaction():
            database.run("insert_entry", "acme", 1, 5, "note", 0)
        database.connection.close()
    database = open_database(tmp_path / "s.db", create=False)
    assert len(database.rows("entries", "acme", 9)) == 2
    database.connection.close()


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize("octets", [b"hello", b"SQLite format 2\x00" * 9, b"\x00" * 4096, b"x"])
def test_a_file_that_is_none(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(octets)
    assert "is no SQLite file" in refused(path)
    assert path.read_bytes() == octets


def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 4096)
    assert "damaged" in refused(path)


def foreign(path: Path, *statements: str) -> bytes:
    with sqlite3.connect(path) as connection:
        for statement in ("CREATE TABLE theirs (x)", "INSERT INTO theirs VALUES (1)", *statements):
            connection.execute(statement)
    connection.close()
    return path.read_bytes()


@pytest.mark.parametrize("statements", [(), ("PRAGMA application_id = 7",), ("PRAGMA user_version = 1",)])
def test_another_programs_file_is_refused_and_stays_as_it_was(
    tmp_path: Path, statements: tuple[str, ...]
) -> None:
    path = tmp_path / "theirs.db"
    before = foreign(path, *statements)
    assert "another program" in refused(path)
    assert path.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["theirs.db"]


def test_a_newer_versions_store_is_refused_and_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    database = open_database(path)
    database.connection.pragma("user_version", SCHEMA_VERSION + 1)
    database.connection.close()
    before = path.read_bytes()
    assert (
        f"newer version of Chappe (schema {SCHEMA_VERSION + 1}, this one knows {SCHEMA_VERSION})"
        in refused(path)
    )
    assert path.read_bytes() == before


@pytest.mark.parametrize("create", [True, False])
def test_a_folder_is_no_store(tmp_path: Path, create: bool) -> None:
    assert "is not a file" in refused(tmp_path, create=create)


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "no" / "s.db")
    assert not (tmp_path / "no").exists()


def test_a_store_that_must_exist_is_not_made(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "s.db", create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def nobody() -> Iterator[None]:
    """Without the rights of root, who may read everything."""
    if os.geteuid():
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.usefixtures("nobody")
def test_a_file_that_may_not_be_read() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        path.write_bytes(b"SQLite format 3\x00")
        path.chmod(0)
        assert "cannot be read: Permission denied" in refused(path)


@pytest.mark.usefixtures("nobody")
def test_a_folder_that_may_not_be_written() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o500)
        assert "cannot be opened" in refused(Path(folder) / "s.db")
        Path(folder).chmod(0o700)


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    assert "cannot be read" in refused(tmp_path / ("x" * 5_000))


class Impatient(apsw.Connection):
    """A connection that does not wait for locks."""

    def set_busy_timeout(self, milliseconds: int) -> None:
        super().set_busy_timeout(0)


def test_one_that_another_process_will_not_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.db"
    other = apsw.Connection(str(path))
    other.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
    other.execute("BEGIN EXCLUSIVE")
    other.execute("CREATE TABLE x (y)")
    monkeypatch.setattr(apsw, "Connection", Impatient)
    assert "held by another process" in refused(path)
    other.execute("ROLLBACK")
    other.close()


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ("3.51.2", False),
        ("3.45.0", False),
        ("3.51.3", True),
        ("3.54.1", True),
        ("4.0.0", True),
        ("3.6.23.1", False),
    ],
)
def test_a_library_that_could_corrupt_the_log_is_refused(version: str, safe: bool) -> None:
    assert (library_problem(version) == "") is safe


# ---------------------------------------------------------------- migration


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.db"
    monkeypatch.setattr(
        module, "load_migrations", lambda: ("CREATE TABLE meta (x);", "CREATE TABLE meta (y);")
    )
    monkeypatch.setattr(module, "SCHEMA_VERSION", 2)
    with pytest.raises(apsw.SQLError):
        open_database(path)
    connection = apsw.Connection(str(path))
    assert connection.pragma("user_version") == 0
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchall() == [(0,)]
    connection.close()


def test_a_store_of_an_older_schema_is_brought_up_step_by_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.db"
    database = open_database(path)
    with database.transaction():
        database.run("insert_entry", "acme", 1, 5, "old", 0)
    database.connection.close()
    steps = (*module.load_migrations(), "ALTER TABLE ledger ADD COLUMN by TEXT NOT NULL DEFAULT 'nobody';")
    monkeypatch.setattr(module, "load_migrations", lambda: steps)
    monkeypatch.setattr(module, "SCHEMA_VERSION", 2)
    database = open_database(path)
    assert database.connection.pragma("user_version") == 2
    assert database.connection.execute("SELECT note, by FROM ledger").fetchall() == [("old", "nobody")]
    database.connection.close()


# ---------------------------------------------------------------- statements and transactions


def test_a_transaction_is_all_or_nothing(db: Database) -> None:
    def fail() -> None:
        with db.transaction():
            db.run("insert_entry", "acme", 1, 5, "note", 0)
            db.queued("op", 3)
            db.owed_change += 2
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert db.rows("entries", "acme", 9) == []
    assert (db.depth_changes, db.owed_change) == ({}, 0)
    assert not db.connection.in_transaction
    with db.transaction():
        db.run("insert_entry", "acme", 1, 5, "note", 0)
    assert len(db.rows("entries", "acme", 9)) == 1


def test_counts_are_those_of_the_present_transaction(db: Database) -> None:
    with db.transaction():
        db.queued("op", 3)
        db.queued("op", -1)
        db.queued("spare", 1)
        db.owed_change += 1
    assert (db.depth_changes, db.owed_change) == ({"op": 2, "spare": 1}, 1)
    with db.transaction():
        pass
    assert (db.depth_changes, db.owed_change) == ({}, 0)


def test_rows_come_all_or_the_first_or_none(db: Database) -> None:
    assert db.row("entries", "acme", 9) is None
    assert db.rows("entries", "acme", 9) == []
    for amount in (5, 6):
        run(db, "insert_entry", "acme", 1, amount, "note", 0)
    assert db.row("entries", "acme", 9) == ("acme", 1, 6, "note", 0)
    assert [row[2] for row in rows_of(db, "entries", "acme", 9)] == [6, 5]


def test_a_statement_that_does_not_exist_is_an_error(db: Database) -> None:
    with pytest.raises(KeyError):
        db.rows("no such statement")
