"""The door for queues, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chappe.domain.message import StoredMessage
from chappe.domain.state import WAITING, State
from chappe.stores.memory.tables import MessageRow, Tables


class QueueDoor:
    """Answers `ports.queue.QueueStore`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def new_owner(self) -> int:
        """See the port."""
        self._tables.owner += 1
        return self._tables.owner

    async def claim(self, connector: str, limit: int, owner: int, again_ms: int) -> list[StoredMessage]:
        """See the port."""
        taken: list[MessageRow] = []
        while len(taken) < limit:
            queued = [r for r in self._tables.waiting_in(State.QUEUED) if r.standing.connector == connector]
            if not queued:
                break
            best = max(row.message.priority for row in queued)
            by_account: dict[str, list[MessageRow]] = {}
            for row in queued:
                if row.message.priority == best:
                    by_account.setdefault(row.message.account, []).append(row)
            last = self._tables.turns.get(connector, "")
            accounts = sorted(by_account, key=lambda name: (name <= last, name))
            share = max((limit - len(taken)) // len(accounts), 1)
            for name in accounts:
                for row in by_account[name][: min(share, limit - len(taken))]:
                    row.change(state=State.IN_FLIGHT, attempts=row.standing.attempts + 1, due_ms=again_ms)
                    row.owner = owner
                    taken.append(row)
                    self._tables.turns[connector] = name
        return [row.stored() for row in taken]

    async def stranded(self, owner: int, dead: Sequence[int], before: int, limit: int) -> list[StoredMessage]:
        """See the port."""
        rows = [
            row
            for row in self._tables.waiting_in(State.IN_FLIGHT)
            if row.owner != owner and (row.owner < before or row.owner in dead)
        ][:limit]
        for row in rows:
            row.owner = owner
        return [row.stored() for row in rows]

    async def release_due(self, now_ms: int, limit: int) -> Mapping[str, int]:
        """See the port."""
        due = [row for row in self._tables.waiting_in(State.SCHEDULED) if 0 < row.standing.due_ms <= now_ms]
        due.sort(key=lambda row: row.standing.due_ms)
        released: dict[str, int] = {}
        for row in due[:limit]:
            row.change(state=State.QUEUED)
            connector = row.standing.connector
            released[connector] = released.get(connector, 0) + 1
        return released

    async def next_due(self) -> int:
        """See the port."""
        due = [row.standing.due_ms for row in self._tables.waiting_in(State.SCHEDULED) if row.standing.due_ms]
        return min(due, default=0)

    async def expired(self, now_ms: int, limit: int) -> list[StoredMessage]:
        """See the port."""
        rows = [
            row
            for row in self._tables.messages.values()
            if row.standing.state in WAITING and 0 < row.message.expires_ms <= now_ms
        ]
        rows.sort(key=lambda row: row.message.expires_ms)
        return [row.stored() for row in rows[:limit]]

    async def depths(self) -> Mapping[str, int]:
        """See the port."""
        depths: dict[str, int] = {}
        for row in self._tables.waiting_in(State.QUEUED):
            depths[row.standing.connector] = depths.get(row.standing.connector, 0) + 1
        return depths
