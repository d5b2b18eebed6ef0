"""PINs in SQL: these functions run in the writer's thread, inside its transaction."""

from __future__ import annotations

import msgspec

from chappe.domain.ids import first_id_at
from chappe.domain.message import AcceptResult
from chappe.domain.pin import prefix_of
from chappe.ports.pins import PinLimits, PinTaken
from chappe.stores.sqlite.batches import NewBatch
from chappe.stores.sqlite.database import Database
from chappe.stores.sqlite.messages import accept

PinRow = tuple[int, str, str, int, str, int, int, int, str, int, int]
"""The columns of a PIN, in the order of domain.pin.Pin."""


class Opened(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How a new PIN was taken; `row` is the earlier one where it was repeated."""

    result: int
    row: PinRow | None
    wait_ms: int


def open_pin(db: Database, row: PinRow, new: NewBatch, limits: PinLimits) -> Opened:
    """Writes a PIN with its message, if neither its limits nor the balance forbid it."""
    account, number, made_ms, request = row[1], row[2], row[5], row[8]
    earlier = db.row("repeated_pin", account, request, limits.repeats_after_ms)
    if earlier is not None:
        return Opened(PinTaken.REPEATED, msgspec.convert(earlier, PinRow), 0)
    wait_ms = _wait(db, account, number, made_ms, limits)
    if wait_ms > 0:
        return Opened(PinTaken.TOO_SOON, None, wait_ms)
    if _is_full(db, account, number, limits):
        return Opened(PinTaken.TOO_MANY, None, 0)
    taken = accept(db, new)
    if taken.exceptions:
        unpaid = any(result is AcceptResult.NO_BALANCE for result, _ in taken.exceptions.values())
        return Opened(PinTaken.NO_BALANCE if unpaid else PinTaken.TOO_MANY, None, 0)
    db.rows("void_pins", account, number)
    db.run("insert_pin", *row[:9], prefix_of(number))
    return Opened(PinTaken.OPENED, None, 0)


def _wait(db: Database, account: str, number: str, made_ms: int, limits: PinLimits) -> int:
    if not limits.waits:
        return 0
    row = db.rows("pins_in_a_row", account, number, limits.hour_ms, len(limits.waits))
    if not row:
        return 0
    return int(row[0][0]) + limits.waits[len(row) - 1] - made_ms


def _is_full(db: Database, account: str, number: str, limits: PinLimits) -> bool:
    for name, what, since_ms, most in (
        ("pins_of_number", (account, number), limits.day_ms, limits.per_number),
        ("pins_of_range", (account, prefix_of(number)), limits.hour_ms, limits.per_range),
        ("pins_of_account", (account,), limits.hour_ms, limits.per_account),
    ):
        counted = db.row(name, *what, since_ms, most)
        if counted is not None and counted[0] >= most:
            return True
    return False


def void(db: Database, account: str, number: str) -> int:
    """Ends the open PINs of a number."""
    return len(db.rows("void_pins", account, number))


def clear(db: Database, now_ms: int, before_ms: int, limit: int) -> int:
    """Takes the texts of PINs that are over out of their messages, and forgets PINs that count for no limit any more."""
    over = [row[0] for row in db.rows("pins_to_clear", now_ms, limit)]
    if over:
        listed = _listed(over)
        for name in ("empty_texts", "empty_receipts", "pins_are_cleared"):
            db.run(name, listed)
    old = [row[0] for row in db.rows("forget_pins", first_id_at(before_ms), limit)]
    if old:
        # What a receipt brought since it was cleared.
        db.run("empty_receipts", _listed(old))
    return len(over) + len(old)


def _listed(ids: list[int]) -> str:
    return msgspec.json.encode(ids).decode()
