"""Batches in SQL: these functions run in the writer's thread, inside its transaction."""

from __future__ import annotations

import msgspec

from chappe.domain.batch import BatchState
from chappe.stores.sqlite.batches import NewBatch
from chappe.stores.sqlite.database import Database, Row
from chappe.stores.sqlite.messages import accept, owe


class SliceRows(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A slice made into messages, ready for SQL: new ones, those that have ended, and the notices these make due."""

    new: NewBatch
    ended: str
    owes: tuple[tuple[str, str], ...]


class Standing(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A batch's record, its state, destinations not spread yet, and how many messages are in which state."""

    body: str
    state: int
    waiting: int
    states: list[tuple[int, int]]


def open_batch(
    db: Database, row: tuple[int, str, str, int, str], slices: list[tuple[int, str]]
) -> str | None:
    """Writes a batch (id, account, key, due, body) and its slices (destinations, body).

    The record of an earlier batch with the same key, and then nothing is written.
    """
    number, account, key, due_ms, body = row
    state = BatchState.OPEN if slices else BatchState.SPREAD
    if db.row("open_batch", number, account, key, state, due_ms, body) is None:
        earlier = db.row("batch_of_key", account, key)
        return str(earlier[0]) if earlier else None
    for recipients, text in slices:
        db.run("insert_slice", number, recipients, text)
    return None


def take_slice(db: Database, number: int, rows: SliceRows) -> list[int] | None:
    """Turns a slice into messages: an empty list, or the positions that cannot be paid, or None if it is gone."""
    found = db.row("slice_batch", number)
    if found is None:
        return None
    if rows.new.ids:
        taken = accept(db, rows.new)
        if taken.exceptions:
            return sorted(taken.exceptions)
        db.run("join_batch", found[0], msgspec.json.encode(rows.new.ids).decode())
    if rows.ended:
        db.run("insert_ended", rows.ended)
    owe(db, rows.owes)
    db.run("drop_slice", number)
    db.run("batch_is_spread", found[0])
    return []


def file_unsent(db: Database, ended: str, owes: tuple[tuple[str, str], ...]) -> None:
    """Writes messages that ended as they came, and their notices."""
    if ended:
        db.run("insert_ended", ended)
    owe(db, owes)


def cancel_batch(db: Database, number: int) -> bool:
    """Marks a batch as unwanted."""
    return db.row("cancel_batch", number) is not None


def cancelling(db: Database, limit: int) -> list[Row]:
    """Waiting messages of unwanted batches; a batch that has none, and none in flight, is over."""
    found: list[Row] = []
    for (number,) in db.rows("cancelling_batches"):
        waiting = db.rows("batch_waiting", number, limit - len(found))
        found += waiting
        if not waiting:
            db.run("batch_is_cancelled", number)
        if len(found) >= limit:
            break
    return found


def standing(db: Database, number: int) -> Standing | None:
    """How a batch fares."""
    row = db.row("batch_row", number)
    if row is None:
        return None
    left = db.row("batch_slices_left", number)
    states = [(state, count) for state, count in db.rows("batch_states", number)]
    return Standing(row[0], row[1], left[0] if left else 0, states)
