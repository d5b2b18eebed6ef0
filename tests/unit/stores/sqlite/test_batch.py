"""Batches in SQL: what looks for them several times a second reads open ones only."""

from __future__ import annotations

import pytest

from chappe.stores.sqlite import batch
from chappe.stores.sqlite.batches import NewBatch
from chappe.stores.sqlite.database import Database
from unit.stores.sqlite.test_statements import plan

NOTHING = NewBatch("[]", (), (), (), (), whole=True)


@pytest.mark.parametrize(
    ("name", "search"),
    [
        ("due_slices", "batch_open (due_ms<?)"),
        ("cancelling_batches", "batch_open"),
        ("batch_of_key", "batch_key (account=? AND key=?)"),
        ("batch_states", "message_batch (batch=?)"),
        ("batch_waiting", "message_batch (batch=? AND state=?)"),
        ("batch_is_cancelled", "message_batch (batch=? AND state=?)"),
        ("batch_slices_left", "batch_slice_batch (batch=?)"),
    ],
)
def test_rows_are_found_by_an_index(db: Database, name: str, search: str) -> None:
    assert any(search in step for step in plan(db, name)), plan(db, name)


def test_an_id_that_is_taken_is_an_error_and_no_silence(db: Database) -> None:
    with db.transaction():
        batch.open_batch(db, (7, "acme", "", 0, "{}"), [(1, "[]")])
    with pytest.raises(Exception, match="UNIQUE"), db.transaction():
        batch.open_batch(db, (7, "acme", "", 0, "{}"), [(1, "[]")])
    assert batch.standing(db, 7) == batch.Standing("{}", 1, 1, [])


def test_an_open_batch_stays_open_until_its_last_slice(db: Database) -> None:
    with db.transaction():
        batch.open_batch(db, (7, "acme", "", 0, "{}"), [(2, "[]"), (3, "[]")])
        (row,) = db.rows("due_slices", 0, 10)
        assert batch.take_slice(db, row[0], batch.SliceRows(NOTHING, "", ())) == []
    found = batch.standing(db, 7)
    assert found is not None
    assert (found.state, found.waiting) == (1, 3)
