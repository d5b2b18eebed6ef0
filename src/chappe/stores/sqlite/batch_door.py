"""The door for batches, as work for the writer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from chappe.domain.batch import Batch, BatchProgress, BatchState, Mailing, Slice
from chappe.domain.message import Message, StoredMessage
from chappe.ports.batches import Unsent
from chappe.stores.sqlite import batch as work
from chappe.stores.sqlite.batches import new_batch
from chappe.stores.sqlite.database import rows_of
from chappe.stores.sqlite.records import owed_rows, stored_message, to_json
from chappe.stores.sqlite.writer import Works

_batch = msgspec.json.Decoder(Batch)
_mailings = msgspec.json.Decoder(list[Mailing])


class BatchDoor:
    """Answers `ports.batches.BatchStore`; `check_room` raises StoreBusy while new work must not be taken."""

    def __init__(self, writer: Works, check_room: Callable[[], None]) -> None:
        self._writer = writer
        self._check_room = check_room

    async def open_batch(self, batch: Batch, slices: Sequence[Sequence[Mailing]]) -> Batch:
        """See the port."""
        self._check_room()
        row = (batch.id, batch.account, batch.key, batch.due_ms, to_json(batch))
        texts = []
        for mailings in slices:
            texts.append((sum(len(mailing.recipients) for mailing in mailings), to_json(mailings)))
            # Others have their turn: all of a large batch at once would hold the loop for long.
            await asyncio.sleep(0)
        earlier = await self._writer.do(work.open_batch, row, texts)
        return _batch.decode(earlier) if earlier is not None else batch

    async def due_slices(self, now_ms: int, limit: int) -> list[Slice]:
        """See the port."""
        rows = await self._writer.do(rows_of, "due_slices", now_ms, limit)
        return [
            Slice(row[0], _batch.decode(row[2]), BatchState(row[1]), _mailings.decode(row[3])) for row in rows
        ]

    async def take_slice(
        self, number: int, messages: Sequence[Message], unsent: Sequence[Unsent], at_ms: int
    ) -> list[int] | None:
        """See the port."""
        self._check_room()
        ended, owes = _unsent_rows(unsent, at_ms)
        rows = work.SliceRows(new_batch(messages, whole=True), ended, owes)
        return await self._writer.do(work.take_slice, number, rows)

    async def file_unsent(self, unsent: Sequence[Unsent], at_ms: int) -> None:
        """See the port."""
        self._check_room()
        await self._writer.do(work.file_unsent, *_unsent_rows(unsent, at_ms))

    async def cancel_batch(self, batch_id: int) -> bool:
        """See the port."""
        return await self._writer.do(work.cancel_batch, batch_id)

    async def cancelling(self, limit: int) -> list[StoredMessage]:
        """See the port."""
        return [stored_message(row) for row in await self._writer.do(work.cancelling, limit)]

    async def batch(self, batch_id: int) -> BatchProgress | None:
        """See the port."""
        found = await self._writer.do(work.standing, batch_id)
        if found is None:
            return None
        return BatchProgress(
            _batch.decode(found.body), BatchState(found.state), found.waiting, dict(found.states)
        )


def _unsent_rows(unsent: Sequence[Unsent], at_ms: int) -> tuple[str, tuple[tuple[str, str], ...]]:
    ended = [_ended_row(each, at_ms) for each in unsent]
    owes = [(row[2], to_json(row)) for each in unsent for row in owed_rows(each.owes, at_ms)]
    return to_json(ended) if ended else "", tuple(owes)


def _ended_row(unsent: Unsent, at_ms: int) -> list[Any]:
    message = unsent.message
    return [
        message.id,
        message.account,
        unsent.state,
        at_ms,
        unsent.error,
        message.batch.id if message.batch is not None else None,
        message.parts,
        message,
    ]
