"""What is owed to clients, in SQL. These functions run in the writer's thread, inside its transaction."""

from __future__ import annotations

import msgspec

from chappe.domain.report import Delivery
from chappe.stores.sqlite.database import Database, Row


def lanes(db: Database) -> list[Row]:
    """Lanes with open notices and the time of each one's first; one look-up per lane."""
    found: list[Row] = []
    row = db.row("first_lane")
    while row is not None:
        found.append(row)
        row = db.row("next_lane", row[0])
    return found


def owed_count(db: Database) -> int:
    """Open notices as of the last commit."""
    return db.owed


def settle(db: Database, rows: str) -> None:
    """Writes how handing over ended."""
    db.owed_change -= sum(delivery != Delivery.OPEN for (delivery,) in db.rows("settle", rows))


def give_up(db: Database, page: tuple[int, int, int], at_ms: int, why: str, longer: str) -> tuple[int, int]:
    """Ends open notices of messages of a page (between two ids, so many at most): the last id looked at (0 for none left), and how many ended."""
    ids = [row[0] for row in db.rows("notices_between", *page)]
    if not ids:
        return 0, 0
    ended = len(db.rows("give_up", msgspec.json.encode(ids).decode(), at_ms, why, longer))
    db.owed_change -= ended
    return int(ids[-1]), ended
