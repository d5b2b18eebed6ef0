"""The door for batches, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from chappe.domain.batch import Batch, BatchProgress, BatchState, Mailing, Slice
from chappe.domain.message import AcceptResult, Message, Standing, StoredMessage
from chappe.domain.state import WAITING, State
from chappe.ports.batches import Unsent
from chappe.stores.memory.message_door import MessageDoor
from chappe.stores.memory.tables import BatchRow, MessageRow, Tables

_STILL_OPEN = WAITING | {State.IN_FLIGHT}


class BatchDoor:
    """Answers `ports.batches.BatchStore`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def open_batch(self, batch: Batch, slices: Sequence[Sequence[Mailing]]) -> Batch:
        """See the port."""
        for row in self._tables.batches.values():
            if batch.key and (row.batch.account, row.batch.key) == (batch.account, batch.key):
                return row.batch
        numbered = {next(self._tables.numbers): list(mailings) for mailings in slices}
        state = BatchState.OPEN if numbered else BatchState.SPREAD
        self._tables.batches[batch.id] = BatchRow(batch, state, batch.due_ms, numbered)
        return batch

    async def due_slices(self, now_ms: int, limit: int) -> list[Slice]:
        """See the port."""
        due = [row for row in self._tables.batches.values() if row.slices and row.due_ms <= now_ms]
        due.sort(key=lambda row: row.due_ms)
        return [
            Slice(min(row.slices), row.batch, row.state, row.slices[min(row.slices)]) for row in due[:limit]
        ]

    async def take_slice(
        self, number: int, messages: Sequence[Message], unsent: Sequence[Unsent], at_ms: int
    ) -> list[int] | None:
        """See the port."""
        tables = self._tables
        holding = [row for row in tables.batches.values() if number in row.slices]
        if not holding:
            return None
        taken = await MessageDoor(tables).accept(messages, whole=True)
        unpaid = [at for at, answer in enumerate(taken) if answer.result is not AcceptResult.ACCEPTED]
        if unpaid:
            return unpaid
        await self.file_unsent(unsent, at_ms)
        (row,) = holding
        del row.slices[number]
        if not row.slices and row.state is BatchState.OPEN:
            row.state = BatchState.SPREAD
        return []

    async def file_unsent(self, unsent: Sequence[Unsent], at_ms: int) -> None:
        """See the port."""
        for each in unsent:
            standing = Standing(each.state, "", final_ms=at_ms, error=each.error)
            self._tables.messages[each.message.id] = MessageRow(each.message, standing)
            self._tables.owe(each.owes, at_ms)

    async def cancel_batch(self, batch_id: int) -> bool:
        """See the port."""
        row = self._tables.batches.get(batch_id)
        if row is None or row.state in (BatchState.CANCELLING, BatchState.CANCELLED):
            return False
        row.state, row.due_ms = BatchState.CANCELLING, 0
        return True

    async def cancelling(self, limit: int) -> list[StoredMessage]:
        """See the port."""
        found: list[StoredMessage] = []
        for batch_id, row in sorted(self._tables.batches.items()):
            if row.state is not BatchState.CANCELLING or row.slices:
                continue
            mine = self._messages(batch_id)
            waiting = [each.stored() for each in mine if each.standing.state in WAITING]
            found += waiting[: limit - len(found)]
            if not any(each.standing.state in _STILL_OPEN for each in mine):
                row.state = BatchState.CANCELLED
        return found

    async def batch(self, batch_id: int) -> BatchProgress | None:
        """See the port."""
        row = self._tables.batches.get(batch_id)
        if row is None:
            return None
        states: dict[int, int] = {}
        for each in self._messages(batch_id):
            states[each.standing.state] = states.get(each.standing.state, 0) + 1
        waiting = sum(len(mailing.recipients) for mailings in row.slices.values() for mailing in mailings)
        return BatchProgress(row.batch, row.state, waiting, states)

    def _messages(self, batch_id: int) -> list[MessageRow]:
        return [
            row
            for row in self._tables.messages.values()
            if row.message.batch is not None and row.message.batch.id == batch_id
        ]
