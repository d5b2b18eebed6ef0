"""Stretches of messages in SQL: this function runs in the writer's thread, inside its transaction."""

from __future__ import annotations

import msgspec

from chappe.stores.sqlite.database import Database, Row


class StretchRows(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What one stretch held."""

    rows: list[Row]
    looked_at: int
    last_id: int


def stretch(db: Database, account: str, after_id: int, before_id: int, most: int) -> StretchRows:
    """Looks at so many records at most."""
    found = db.row("stretch_end", after_id, before_id, most)
    if found is None or not found[0]:
        return StretchRows([], 0, 0)
    return StretchRows(db.rows("stretch", after_id, found[1], account), found[0], found[1])
