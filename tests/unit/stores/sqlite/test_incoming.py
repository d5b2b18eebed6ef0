"""MOs in SQL: repeats by digest and window, parts by set."""

from __future__ import annotations

from chappe.stores.sqlite import incoming
from chappe.stores.sqlite.database import Database
from chappe.stores.sqlite.incoming import NewIncoming
from chappe.stores.sqlite.records import owed_rows, to_json
from making import NOW, message, new_id, notice


def mo(digest: str = "", at_ms: int = NOW, window_ms: int = 0, *, owes: bool = False) -> NewIncoming:
    row = None
    if owes:
        (columns,) = owed_rows((notice(message()),), NOW)
        row = (columns[2], to_json(columns))
    return NewIncoming(new_id(), "acme", at_ms, digest, at_ms - window_ms, "{}", row)


def accept(db: Database, *taken: NewIncoming, sets: tuple[str, ...] = ()) -> list[bool]:
    with db.transaction():
        return incoming.accept(db, list(taken), list(sets))


def test_a_repeat_is_known_by_its_digest_within_its_window(db: Database) -> None:
    assert accept(db, mo("d"), mo("d", NOW + 5, 10), mo("e", NOW + 5, 10)) == [True, False, True]
    assert accept(db, mo("d", NOW + 10, 10), mo("d", NOW + 9, 10)) == [True, False]
    assert accept(db, mo("", NOW, 10), mo("", NOW, 10)) == [True, True]


def test_without_a_window_nothing_is_a_repeat(db: Database) -> None:
    assert accept(db, mo("d"), mo("d"), mo("d", NOW + 1)) == [True, True, True]


def test_only_what_is_new_is_owed(db: Database) -> None:
    accept(db, mo("d", owes=True))
    assert db.owed_change == 1
    accept(db, mo("d", NOW + 1, 10, owes=True))
    assert db.owed_change == 0


def test_sets_are_dropped_with_what_was_made_of_them(db: Database) -> None:
    with db.transaction():
        held = incoming.hold_parts(db, [("one", 2, NOW, "b"), ("two", 1, NOW, "x"), ("one", 1, NOW + 1, "a")])
    assert [[row[0] for row in rows] for rows in held] == [[1, 2], [1], [1, 2]]
    accept(db, mo(), sets=("one",))
    assert [text for text, _ in incoming.stale_sets(db, NOW + 9, 9)] == ["two"]


def test_a_set_is_as_old_as_its_first_part(db: Database) -> None:
    with db.transaction():
        incoming.hold_parts(db, [("one", 2, NOW + 500, "b"), ("one", 1, NOW, "a"), ("two", 1, NOW + 1, "x")])
    assert incoming.stale_sets(db, NOW, 9) == []
    ((text, rows),) = incoming.stale_sets(db, NOW + 1, 9)
    assert (text, [row[0] for row in rows]) == ("one", [1, 2])
    assert len(incoming.stale_sets(db, NOW + 2, 9)) == 2
    assert len(incoming.stale_sets(db, NOW + 2, 1)) == 1
