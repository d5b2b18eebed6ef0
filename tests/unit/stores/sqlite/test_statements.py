"""Named SQL: every name is used, every use has its statement, and what runs all the time finds its rows by an index."""

from __future__ import annotations

import ast
import re
from importlib import resources
from pathlib import Path

import apsw
import pytest

import chappe.stores.sqlite
from chappe.stores.sqlite.database import Database
from chappe.stores.sqlite.statements import load_migrations, load_statements

PACKAGE = Path(str(resources.files(chappe.stores.sqlite)))
NAMES = sorted(load_statements())


def texts_in_python() -> set[str]:
    """Every string of the package's modules."""
    found: set[str] = set()
    for file in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def names_asked_for() -> set[str]:
    """The names that modules ask for by a call: db.row("x"), do(rows_of, "x"), statements["x"]."""
    found: set[str] = set()
    for file in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            given = [one for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if called in ("row", "rows", "run", "do") and given:
                found.add(given[0].value)
    return found


def test_every_statement_is_used() -> None:
    assert set(NAMES) - texts_in_python() == set()


def test_every_name_asked_for_has_a_statement() -> None:
    asked = names_asked_for()
    assert len(asked) > 20
    assert asked - set(NAMES) == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_statement_is_sql_for_this_schema(db: Database, name: str) -> None:
    assert plan(db, name) is not None
    assert ";" not in db.statements[name]


def test_every_statement_says_what_it_is_for_where_its_name_does_not() -> None:
    for file in (PACKAGE / "sql").glob("*.sql"):
        text = file.read_text("utf-8")
        assert text.startswith("-- ")
        assert re.findall(r"^-- name:\s*$", text, re.MULTILINE) == []


def test_a_name_given_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "a.sql").write_text("-- name: one\nSELECT 1;\n-- name: two\n-- Why.\nSELECT 2;\n")
    (tmp_path / "sql" / "notes.txt").write_text("-- name: one\nnothing")
    monkeypatch.setattr(resources, "files", lambda _package: tmp_path)
    assert dict(load_statements()) == {"one": "SELECT 1", "two": "SELECT 2"}
    (tmp_path / "sql" / "b.sql").write_text("-- name: one\nSELECT 3;\n")
    with pytest.raises(ValueError, match="one is written twice"):
        load_statements()


def test_the_statements_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        load_statements()["claim"] = ""  # type: ignore[index]


def test_migrations_come_in_the_order_of_their_numbers() -> None:
    files = sorted((PACKAGE / "migrations").glob("*.sql"))
    assert [file.name[:4] for file in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert load_migrations() == tuple(file.read_text("utf-8") for file in files)


# ---------------------------------------------------------------- plans


def plan(db: Database, name: str) -> list[str]:
    """How SQLite would find the rows, a line a step."""
    for count in range(12):
        try:
            steps = db.connection.execute(f"EXPLAIN QUERY PLAN {db.statements[name]}", (None,) * count)
        except apsw.BindingsError:
            continue
        return [step[3] for step in steps]
    raise AssertionError(name)


SEARCHES = [
    ("first_account", "message_ready (connector=?)"),
    ("next_account", "message_ready (connector=? AND priority=? AND account>?)"),
    ("claim", "message_ready (connector=? AND priority=? AND account=?)"),
    ("release_due", "message_due (due_ms>? AND due_ms<?)"),
    ("next_due", "message_due (due_ms>?)"),
    ("overdue", "message_overdue (due_ms>? AND due_ms<?)"),
    ("expired", "message_expiry (expires_ms>? AND expires_ms<?)"),
    ("find_parts", "part_open (key=? AND space=?)"),
    ("unmatched_due", "unmatched_due (due_ms<?)"),
    ("claim_notices", "outbox_open (lane=? AND due_ms<?)"),
    ("free_notices", "outbox_open (lane=? AND due_ms>? AND due_ms<?)"),
    ("next_lane", "outbox_open (lane>?)"),
    ("repeat_of", "incoming_digest (digest=? AND received_ms>?)"),
    ("changed_entries", "directory_revision (revision>?)"),
    ("entries", "ledger_account (account=?)"),
    ("parts_held", "held_part_set (part_set=?)"),
    ("drop_set", "held_part_set (part_set=?)"),
    ("notes_of", "note_message (message_id=?)"),
    ("key_owner", "idempotency USING PRIMARY KEY (account=? AND key=?)"),
    ("free_keys", "idempotency USING PRIMARY KEY (account=? AND key=?)"),
    ("delete_keys", "idempotency USING PRIMARY KEY (account=? AND key=?)"),
    ("parts_of", "part USING PRIMARY KEY (message_id=?)"),
    ("notices_of", "outbox USING PRIMARY KEY (message_id=?)"),
    ("close_parts", "part USING PRIMARY KEY (message_id=? AND number=?)"),
    ("listed", "m USING PRIMARY KEY (list=? AND number=?)"),
    ("delist", "list_member USING PRIMARY KEY (list=? AND number=?)"),
    ("list_page", "list_member USING PRIMARY KEY (list=? AND number>?)"),
    (
        "count_mos_of_account",
        "COVERING INDEX incoming_account (account=? AND received_ms>? AND received_ms<?)",
    ),
    ("mos_of_account_up", "incoming_account (account=? AND received_ms>? AND received_ms<?)"),
    ("mos_of_instance_down", "incoming_instance (instance=? AND received_ms>? AND received_ms<?)"),
    ("mos_down", "incoming_received (received_ms>? AND received_ms<?)"),
    ("settle", "outbox USING PRIMARY KEY (message_id=? AND slot=?)"),
]


@pytest.mark.parametrize(("name", "search"), SEARCHES)
def test_what_runs_often_finds_its_rows_by_its_index(db: Database, name: str, search: str) -> None:
    assert any(search in step for step in plan(db, name)), plan(db, name)


LARGE = frozenset({"message", "part", "outbox", "note", "idempotency", "incoming", "unmatched", "ledger"})
WHOLE_INDEX = frozenset({"first_lane", "depths", "count_open", "stranded"})
"""These walk an index of open rows only: once at opening, or for their first row."""

WHOLE_TABLE = frozenset({"count_unmatched"})
OFFLINE = frozenset(
    {
        *(
            "message_bodies",
            "notice_bodies",
            "note_bodies",
            "receipt_bodies",
            "incoming_bodies",
            "incoming_differs",
            "bad_states",
            "columns_differ",
        ),
        *("parts_without_message", "notices_without_message", "double_refunds", "unbalanced"),
        *("parts_unbalanced", "reserved_differs", "reserved_for_nothing"),
    }
)
"""Only `verify-store` asks these."""


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OFFLINE])
def test_nothing_that_runs_beside_traffic_walks_a_whole_table(db: Database, name: str) -> None:
    walks = [step for step in plan(db, name) if re.match(r"SCAN (\w+)", step) and step.split()[1] in LARGE]
    if name in WHOLE_INDEX:
        assert all(" INDEX " in step for step in walks)
    elif name not in WHOLE_TABLE:
        assert walks == []


@pytest.mark.parametrize(
    "name",
    [
        "message_ready",
        "message_due",
        "message_overdue",
        "message_expiry",
        "message_flight",
        "part_open",
        "outbox_open",
    ],
)
def test_hot_indices_hold_open_rows_only(db: Database, name: str) -> None:
    ((sql,),) = db.connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchall()
    assert " WHERE " in sql


@pytest.mark.parametrize(
    "name", ["move_messages", "mark_sent", "states", "select_messages", "refund", "settle_charges"]
)
def test_messages_are_changed_by_their_id(db: Database, name: str) -> None:
    assert any("message USING INTEGER PRIMARY KEY (rowid=?)" in step for step in plan(db, name))
