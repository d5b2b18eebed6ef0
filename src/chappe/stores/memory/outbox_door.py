"""The door for what is owed to clients, in memory."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from chappe.domain.report import Delivery, DeliveryOutcome, IncomingNotice, Owed, lane_of
from chappe.ports.outbox import LaneDue
from chappe.stores.memory.tables import OwedRow, Tables


class OutboxDoor:
    """Answers `ports.outbox.OutboxStore`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def _open(self) -> list[OwedRow]:
        return [row for row in self._tables.outbox.values() if row.delivery is Delivery.OPEN]

    async def lanes(self) -> list[LaneDue]:
        """See the port."""
        first: dict[str, int] = {}
        for row in self._open():
            first[row.owed.lane] = min(first.get(row.owed.lane, row.owed.due_ms), row.owed.due_ms)
        return [LaneDue(lane, due) for lane, due in sorted(first.items())]

    async def claim_notices(self, lane: str, limit: int, now_ms: int, until_ms: int) -> list[Owed]:
        """See the port."""
        due = [row for row in self._open() if row.owed.lane == lane and row.owed.due_ms <= now_ms]
        due.sort(key=lambda row: (row.owed.due_ms, row.owed.message_id, row.owed.slot))
        for row in due[:limit]:
            row.owed = msgspec.structs.replace(row.owed, attempts=row.owed.attempts + 1, due_ms=until_ms)
        return sorted((row.owed for row in due[:limit]), key=lambda owed: (owed.message_id, owed.slot))

    async def free_notices(self, lane: str, now_ms: int, until_ms: int, limit: int) -> int:
        """See the port."""
        leased = [
            row for row in self._open() if row.owed.lane == lane and now_ms < row.owed.due_ms <= until_ms
        ]
        for row in leased[:limit]:
            row.owed = msgspec.structs.replace(row.owed, due_ms=now_ms)
        return len(leased[:limit])

    async def settle(self, outcomes: Sequence[DeliveryOutcome]) -> None:
        """See the port."""
        for outcome in outcomes:
            row = self._tables.outbox.get((outcome.message_id, outcome.slot))
            if row is None or row.delivery is not Delivery.OPEN:
                continue
            attempts = row.owed.attempts - outcome.uncounted
            row.owed = msgspec.structs.replace(row.owed, due_ms=outcome.due_ms, attempts=attempts)
            if outcome.moved is not None:
                row.owed = msgspec.structs.replace(
                    row.owed, notice=outcome.moved, lane=lane_of(outcome.moved.wish)
                )
            row.delivery, row.answer, row.answered_ms = outcome.delivery, outcome.answer, outcome.at_ms

    async def give_up(
        self,
        after_id: int,
        before_id: int,
        limit: int,
        *,
        at_ms: int,
        why: str,
        longer: Sequence[str] = (),
    ) -> tuple[int, int]:
        """See the port."""
        ids = sorted(
            {message_id for message_id, _ in self._tables.outbox if after_id < message_id < before_id}
        )
        ended = 0
        for row in self._open():
            notice = row.owed.notice
            if isinstance(notice, IncomingNotice) and notice.wish.dialect in longer:
                continue
            if row.owed.message_id in ids[:limit]:
                row.delivery, row.answered_ms, row.answer = Delivery.GIVEN_UP, at_ms, why
                ended += 1
        return (ids[:limit][-1] if ids else 0), ended

    async def owed_count(self) -> int:
        """See the port."""
        return len(self._open())
