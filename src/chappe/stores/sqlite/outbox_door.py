"""The door for what is owed to clients, as work for the writer."""

from __future__ import annotations

from collections.abc import Sequence

from chappe.domain.report import DeliveryOutcome, Owed, lane_of
from chappe.ports.outbox import LaneDue
from chappe.stores.sqlite import outbox
from chappe.stores.sqlite.database import rows_of
from chappe.stores.sqlite.records import owed, to_json
from chappe.stores.sqlite.writer import Works


class OutboxDoor:
    """Answers `ports.outbox.OutboxStore`."""

    def __init__(self, writer: Works) -> None:
        self._writer = writer

    async def lanes(self) -> list[LaneDue]:
        """See the port."""
        return [LaneDue(row[0], row[1]) for row in await self._writer.do(outbox.lanes)]

    async def claim_notices(self, lane: str, limit: int, now_ms: int, until_ms: int) -> list[Owed]:
        """See the port."""
        rows = await self._writer.do(rows_of, "claim_notices", lane, now_ms, limit, until_ms)
        # RETURNING promises no order; ids rise with time.
        return [owed(row, lane) for row in sorted(rows)]

    async def free_notices(self, lane: str, now_ms: int, until_ms: int, limit: int) -> int:
        """See the port."""
        return len(await self._writer.do(rows_of, "free_notices", lane, now_ms, until_ms, limit))

    async def settle(self, outcomes: Sequence[DeliveryOutcome]) -> None:
        """See the port."""
        rows: list[list[object]] = [
            [o.message_id, o.slot, o.delivery, o.at_ms, o.answer, o.due_ms, 1 if o.uncounted else 0]
            for o in outcomes
        ]
        for row, outcome in zip(rows, outcomes, strict=True):
            if outcome.moved is not None:
                row += [lane_of(outcome.moved.wish), outcome.moved]
        await self._writer.do(outbox.settle, to_json(rows))

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
        return await self._writer.do(
            outbox.give_up, (after_id, before_id, limit), at_ms, why, to_json(longer)
        )

    async def owed_count(self) -> int:
        """See the port."""
        return await self._writer.do(outbox.owed_count)
