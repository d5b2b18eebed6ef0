"""Records of MTs in SQL: these functions run in the writer's thread, inside its transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from chappe.domain.ids import id_time_ms
from chappe.domain.message import AcceptResult
from chappe.domain.state import State
from chappe.stores.sqlite.batches import MoveBatch, NewBatch
from chappe.stores.sqlite.database import Database, Row

_DELETES = (
    "delete_keys",
    "delete_messages",
    "delete_parts",
    "delete_notes",
    "delete_notices",
    "delete_labels",
    "delete_conversions",
)
"""What goes with records, in order: the keys are read from the messages."""


class TakenBatch(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Positions that were not taken as new, with why and, for a repeat, the earlier id."""

    exceptions: dict[int, tuple[AcceptResult, int]]


def accept(db: Database, batch: NewBatch) -> TakenBatch:
    """Debits, keys and records: all of them, or all but the exceptions, or with `whole` nothing."""
    exceptions: dict[int, tuple[AcceptResult, int]] = {}
    for position, account, key, oldest in batch.keys:
        message_id = batch.ids[position]
        if db.row("claim_key", account, key, message_id, oldest) is None:
            earlier = db.row("key_owner", account, key)
            exceptions[position] = (AcceptResult.REPEATED, earlier[0] if earlier else 0)
    if batch.charges:
        _debit(db, batch, exceptions)
        _forget_repeats_of_unpaid(batch, exceptions)
    if not exceptions:
        db.run("insert_messages", batch.rows)
        if batch.labels:
            _label(db, batch, exceptions)
        for connector, count in batch.queued:
            db.queued(connector, count)
        return TakenBatch(exceptions)
    rows = msgspec.json.decode(batch.rows, type=list[msgspec.Raw])
    refused = any(result is not AcceptResult.REPEATED for result, _ in exceptions.values())
    if batch.whole and refused:
        _undo(db, batch, exceptions)
        return TakenBatch(exceptions)
    taken = [row for position, row in enumerate(rows) if position not in exceptions]
    db.run("insert_messages", msgspec.json.encode(taken).decode())
    _label(db, batch, exceptions)
    for row in taken:
        fields = msgspec.json.decode(row, type=list[Any])
        if fields[3] == State.QUEUED:
            db.queued(fields[2], 1)
    _release_keys(db, batch, exceptions)
    return TakenBatch(exceptions)


def _label(db: Database, batch: NewBatch, exceptions: dict[int, tuple[AcceptResult, int]]) -> None:
    rows = [row for position, row in batch.labels if position not in exceptions]
    if rows:
        db.run("insert_labels", f"[{','.join(rows)}]")


def _debit(db: Database, batch: NewBatch, exceptions: dict[int, tuple[AcceptResult, int]]) -> None:
    wanted: dict[str, list[tuple[int, str, int, int, int]]] = {}
    for row in batch.charges:
        if row[0] not in exceptions:
            wanted.setdefault(row[1], []).append(row)
    for account, rows in wanted.items():
        _, _, charges, reserved, counted = zip(*rows, strict=True)
        if db.row("debit", account, sum(charges), sum(reserved), sum(counted)) is not None:
            continue
        for row in rows:
            if db.row("debit", *row[1:]) is None:
                exceptions[row[0]] = (AcceptResult.NO_BALANCE, 0)


def _forget_repeats_of_unpaid(batch: NewBatch, exceptions: dict[int, tuple[AcceptResult, int]]) -> None:
    # What repeats a message of this same batch that could not be paid has no earlier message to stand for.
    unpaid = {batch.ids[at] for at, (result, _) in exceptions.items() if result is AcceptResult.NO_BALANCE}
    for position, (_, earlier) in exceptions.items():
        if earlier in unpaid:
            exceptions[position] = (AcceptResult.NO_BALANCE, 0)


def _undo(db: Database, batch: NewBatch, exceptions: dict[int, tuple[AcceptResult, int]]) -> None:
    for row in batch.charges:
        if row[0] not in exceptions:
            db.run("credit", *row[1:])
    # Those of what could not be paid included; a repeat's key is an earlier message's.
    mine = [
        (account, key)
        for position, account, key, _ in batch.keys
        if exceptions.get(position, (None, 0))[0] is not AcceptResult.REPEATED
    ]
    if mine:
        db.run("free_keys", msgspec.json.encode(mine).decode())


def _release_keys(db: Database, batch: NewBatch, exceptions: dict[int, tuple[AcceptResult, int]]) -> None:
    # A message that could not be paid holds no key: the client may ask again.
    unpaid = [
        (account, key)
        for position, account, key, _ in batch.keys
        if exceptions.get(position, (None, 0))[0] is AcceptResult.NO_BALANCE
    ]
    if unpaid:
        db.run("free_keys", msgspec.json.encode(unpaid).decode())


def move(db: Database, rounds: list[MoveBatch]) -> list[set[int]]:
    """Applies changes, round by round; for each round the ids whose state changed."""
    return [_move_one(db, batch) for batch in rounds]


def _move_one(db: Database, batch: MoveBatch) -> set[int]:
    for name, rows in (
        ("insert_parts", batch.parts),
        ("close_parts", batch.receipts),
    ):
        if rows:
            db.run(name, rows)
    applied = _change_states(db, batch)
    notes = [row for message_id, row in batch.notes if message_id in applied]
    if notes:
        db.run("insert_notes", f"[{','.join(notes)}]")
    uncounted = applied.intersection(batch.uncounted)
    if uncounted:
        db.run("uncount_attempt", msgspec.json.encode(list(uncounted)).decode())
    for message_id in batch.refunds:
        refunded = db.row("refund", message_id) if message_id in applied else None
        if refunded is not None:
            db.run("credit", *refunded)
    if batch.settles:
        _settle(db, applied.intersection(batch.settles))
    owe(db, [(lane, row) for message_id, lane, row in batch.owes if message_id in applied])
    return applied


def _settle(db: Database, ids: Iterable[int]) -> None:
    """Takes what was only set aside; after the refunds, which leave nothing to be taken."""
    sums: dict[str, int] = {}
    for account, reserved in db.rows("settle_charges", msgspec.json.encode(list(ids)).decode()):
        sums[account] = sums.get(account, 0) + reserved
    for account, reserved in sums.items():
        db.run("settle_balance", account, reserved)


def _change_states(db: Database, batch: MoveBatch) -> set[int]:
    applied: set[int] = set()
    if batch.plain_sent:
        applied.update(row[0] for row in db.rows("mark_sent", batch.plain_sent))
    if not batch.rows:
        return applied
    before = db.rows("states", batch.leaving) if batch.leaving else []
    changed = db.rows("move_messages", batch.rows)
    applied.update(row[0] for row in changed)
    entering = set(batch.entering)
    for message_id, connector in changed:
        if message_id in entering:
            db.queued(connector, 1)
    for message_id, state, connector in before:
        if state == State.QUEUED and message_id in applied:
            db.queued(connector, -1)
    return applied


def owe(db: Database, owes: Sequence[tuple[str, str]]) -> None:
    """Puts notices (lane and row) into the outbox; a slot already owed stays as it is."""
    if not owes:
        return
    before = db.connection.total_changes()
    db.run("owe", f"[{','.join([row for _, row in owes])}]")
    db.lanes.update([lane for lane, _ in owes if lane])
    db.owed_change += db.connection.total_changes() - before


def awaited(
    db: Database, connector: str, after_ms: int, after_id: int, limit: int
) -> tuple[list[Row], int, int]:
    """Open parts of one connector's sent messages, and the last place looked at; (0, 0) where all were."""
    looked_at = db.rows("sent_waiting", after_ms, after_id, limit)
    ids = [row[1] for row in looked_at if row[2] == connector]
    found = db.rows("awaited_parts", msgspec.json.encode(ids).decode()) if ids else []
    if len(looked_at) < limit:
        return found, 0, 0
    return found, looked_at[-1][0], looked_at[-1][1]


def timeline(db: Database, message_id: int) -> tuple[list[Row], list[Row], list[Row], list[Row]]:
    """A record, its parts, its notes and its notices."""
    return (
        db.rows("select_messages", f"[{message_id}]"),
        db.rows("parts_of", message_id),
        db.rows("notes_of", message_id),
        db.rows("notices_of", message_id),
    )


def settle_unmatched(db: Database, matched: str, again: str) -> None:
    """Forgets receipts that found their part, and notes the tries of those that did not."""
    if matched:
        db.run("forget_unmatched", matched)
    if again:
        db.run("retry_unmatched", again)


def purge_texts(db: Database, after_id: int, before_id: int, limit: int) -> int:
    """Empties texts of settled messages; the last id looked at, 0 when none is left."""
    ids = [row[0] for row in db.rows("settled_between", after_id, before_id, limit)]
    if not ids:
        return 0
    db.run("empty_texts", msgspec.json.encode(ids).decode())
    return int(ids[-1])


def purge_records(db: Database, before_id: int, limit: int) -> int:
    """Deletes settled messages and MOs, keeping the sums of their charges."""
    ids = [row[0] for row in db.rows("old_records", before_id, limit)]
    if ids:
        listed = msgspec.json.encode(ids).decode()
        db.run("archive_charges", listed)
        for name in _DELETES:
            db.run(name, listed)
    removed = db.rows("purge_incoming", before_id, limit)
    if removed:
        db.run("delete_notices", msgspec.json.encode([row[0] for row in removed]).decode())
    db.rows("purge_batches", before_id, limit)
    orphans = db.rows("forget_orphans", id_time_ms(before_id), limit)
    return len(ids) + len(removed) + len(orphans)
