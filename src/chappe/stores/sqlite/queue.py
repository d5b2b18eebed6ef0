"""Queues of MTs in SQL. These functions run in the writer's thread, inside its transaction."""

from __future__ import annotations

from chappe.stores.sqlite.database import Database, Row


def new_owner(db: Database) -> int:
    """A fencing number greater than every earlier one."""
    row = db.row("next_owner")
    assert row is not None
    return int(row[0])


def claim(db: Database, connector: str, limit: int, owner: int, again_ms: int) -> list[Row]:
    """Writes attempts on queued messages: highest priority first, accounts in turn, oldest first."""
    taken: list[Row] = []
    while len(taken) < limit:
        first = db.row("first_account", connector)
        if first is None:
            break
        priority, account = first
        accounts = _accounts(db, connector, priority, account)
        # Those after the account served last come first, so that with many accounts and few places all get a turn.
        last = db.turns.get(connector, "")
        accounts.sort(key=lambda name: (name <= last, name))
        share = max((limit - len(taken)) // len(accounts), 1)
        for name in accounts:
            wanted = min(share, limit - len(taken))
            if wanted <= 0:
                break
            # RETURNING promises no order; ids rise with time.
            taken += sorted(db.rows("claim", connector, priority, name, wanted, owner, again_ms))
            db.turns[connector] = name
    if taken:
        db.queued(connector, -len(taken))
    return taken


def _accounts(db: Database, connector: str, priority: int, first: str) -> list[str]:
    accounts = [first]
    while (row := db.row("next_account", connector, priority, accounts[-1])) is not None:
        accounts.append(row[0])
    return accounts


def release_due(db: Database, now_ms: int, limit: int) -> dict[str, int]:
    """Scheduled messages whose time has come are queued."""
    released: dict[str, int] = {}
    for (connector,) in db.rows("release_due", now_ms, limit):
        released[connector] = released.get(connector, 0) + 1
    for connector, count in released.items():
        db.queued(connector, count)
    return released


def depths(db: Database) -> dict[str, int]:
    """Queued messages by connector as of the last commit, those with none left out."""
    return {connector: depth for connector, depth in db.depths.items() if depth}
