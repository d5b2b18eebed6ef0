"""The door for message records: domain records to batches for the writer, and rows back to records."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from chappe.domain.message import (
    AcceptResult,
    Message,
    NoteRecord,
    StoredMessage,
    Taken,
    Transition,
)
from chappe.domain.receipt import Receipt, UnmatchedReceipt
from chappe.ports.messages import AwaitedPage, AwaitedPart, PartLookup, PartMatch, Timeline
from chappe.ports.store import StoreBusy, StoreFailed
from chappe.stores.sqlite import messages
from chappe.stores.sqlite.batches import move_batch, new_batch, rounds_of
from chappe.stores.sqlite.database import Row, rows_of, run
from chappe.stores.sqlite.records import (
    message_of,
    note_record,
    notice_record,
    part_record,
    receipt,
    stored_message,
    to_json,
)
from chappe.stores.sqlite.writer import Works

_HandedIn = tuple[Sequence[Message], "asyncio.Future[list[Taken]]"]
"""What one caller wants accepted, and what it waits for."""


class MessageDoor:
    """Answers `ports.messages.MessageStore`; `check_room` raises StoreBusy while new work must not be taken."""

    def __init__(self, writer: Works, check_room: Callable[[], None]) -> None:
        self._writer = writer
        self._check_room = check_room
        self._gathered: list[_HandedIn] = []

    async def accept(self, batch: Sequence[Message], *, whole: bool = False) -> list[Taken]:
        """See the port. What several callers hand in during one turn of the loop goes to the writer as one batch."""
        self._check_room()
        if whole:
            return _answers(batch, await self._writer.do(messages.accept, new_batch(batch, whole=True)))
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Taken]] = loop.create_future()
        if not self._gathered:
            loop.call_soon(self._hand_in)
        self._gathered.append((batch, future))
        return await future

    def _hand_in(self) -> None:
        gathered, self._gathered = self._gathered, []
        self._hand_in_together(gathered)

    def _hand_in_together(self, gathered: Sequence[_HandedIn]) -> None:
        together = [message for batch, _ in gathered for message in batch]
        try:
            work = self._writer.do(messages.accept, new_batch(together, whole=False))
        except Exception as error:  # noqa: BLE001 - one that cannot be written down takes no other with it
            self._fail(gathered, error)
            return

        def done(work: asyncio.Future[messages.TakenBatch]) -> None:
            error = work.exception()
            if error is None:
                _share_out(gathered, _answers(together, work.result()))
            else:
                self._fail(gathered, error)

        work.add_done_callback(done)

    def _fail(self, gathered: Sequence[_HandedIn], error: BaseException) -> None:
        if len(gathered) > 1 and not isinstance(error, StoreBusy | StoreFailed):
            # It is one caller's doing: each is tried by itself and gets its own answer.
            for one in gathered:
                self._hand_in_together([one])
            return
        for _, future in gathered:
            if not future.done():
                future.set_exception(error)

    async def move(self, transitions: Sequence[Transition]) -> list[bool]:
        """See the port."""
        rounds = rounds_of(transitions)
        applied = await self._writer.do(messages.move, [move_batch(changes) for changes in rounds])
        if len(rounds) == 1:
            return [change.message_id in applied[0] for change in transitions]
        seen: dict[int, int] = {}
        answers = []
        for change in transitions:
            position = seen.get(change.message_id, 0)
            seen[change.message_id] = position + 1
            answers.append(change.message_id in applied[position])
        return answers

    async def messages(self, ids: Sequence[int]) -> list[StoredMessage | None]:
        """See the port."""
        rows = await self._writer.do(rows_of, "select_messages", to_json(ids))
        found = {row[0]: stored_message(row) for row in rows}
        return [found.get(message_id) for message_id in ids]

    async def messages_between(self, account: str, ranges: Sequence[tuple[int, int]]) -> list[StoredMessage]:
        """See the port."""
        rows = await self._writer.do(rows_of, "messages_between", to_json(ranges), account)
        return [stored_message(row) for row in rows]

    async def timeline(self, message_id: int) -> Timeline | None:
        """See the port."""
        record, parts, notes, notices = await self._writer.do(messages.timeline, message_id)
        if not record:
            return None
        return Timeline(
            found=stored_message(record[0]),
            parts=tuple(part_record(row, row[10]) for row in parts),
            notes=tuple(map(note_record, notes)),
            notices=tuple(map(notice_record, notices)),
        )

    async def find_parts(self, lookups: Sequence[PartLookup]) -> list[PartMatch | None]:
        """See the port."""
        keys = [[lookup.space, key] for lookup in lookups for key in lookup.keys]
        by_key: dict[int, list[Row]] = {}
        for row in await self._writer.do(rows_of, "find_parts", to_json(keys)):
            by_key.setdefault(row[0], []).append(row)
        answers: list[PartMatch | None] = []
        position = 0
        for lookup in lookups:
            found = None
            for index in range(len(lookup.keys)):
                found = found or _match(by_key.get(position + index, ()), lookup, index)
            position += len(lookup.keys)
            answers.append(found)
        return answers

    async def note(self, notes: Sequence[tuple[int, NoteRecord]]) -> None:
        """See the port."""
        rows = [[message_id, record.at_ms, record.note] for message_id, record in notes]
        await self._writer.do(run, "insert_notes", to_json(rows))

    async def park_receipts(self, receipts: Sequence[tuple[Receipt, int]]) -> None:
        """See the port."""
        rows = [[due, value.received_ms, value] for value, due in receipts]
        await self._writer.do(run, "park_receipts", to_json(rows))

    async def unmatched(self, now_ms: int, limit: int) -> list[UnmatchedReceipt]:
        """See the port."""
        rows = await self._writer.do(rows_of, "unmatched_due", now_ms, limit)
        return [UnmatchedReceipt(row[0], receipt(row[3]), row[2], row[1]) for row in rows]

    async def settle_unmatched(self, matched: Sequence[int], again: Sequence[tuple[int, int | None]]) -> None:
        """See the port."""
        forget, retry = to_json(matched) if matched else "", to_json(again) if again else ""
        await self._writer.do(messages.settle_unmatched, forget, retry)

    async def unmatched_counts(self) -> tuple[int, int]:
        """See the port."""
        ((waiting, orphans),) = await self._writer.do(rows_of, "count_unmatched")
        return waiting, orphans

    async def overdue(self, now_ms: int, limit: int) -> list[StoredMessage]:
        """See the port."""
        return [stored_message(row) for row in await self._writer.do(rows_of, "overdue", now_ms, limit)]

    async def awaited_parts(self, connector: str, after: tuple[int, int], limit: int) -> AwaitedPage:
        """See the port."""
        rows, last_ms, last_id = await self._writer.do(messages.awaited, connector, *after, limit)
        parts = tuple(AwaitedPart(message_of(row[11]), part_record(row, row[10] or "")) for row in rows)
        return AwaitedPage(parts, (last_ms, last_id) if last_id else None)

    async def purge_texts(self, after_id: int, before_id: int, limit: int) -> int:
        """See the port."""
        return await self._writer.do(messages.purge_texts, after_id, before_id, limit)

    async def purge_records(self, before_id: int, limit: int) -> int:
        """See the port."""
        return await self._writer.do(messages.purge_records, before_id, limit)

    async def newest_id(self) -> int:
        """See the port."""
        return int((await self._writer.do(rows_of, "newest_id"))[0][0])


def _answers(batch: Sequence[Message], taken: messages.TakenBatch) -> list[Taken]:
    if not taken.exceptions:
        return [Taken(AcceptResult.ACCEPTED, message.id) for message in batch]
    answers = []
    for position, message in enumerate(batch):
        result, earlier = taken.exceptions.get(position, (AcceptResult.ACCEPTED, message.id))
        answers.append(Taken(result, earlier or message.id))
    return answers


def _share_out(gathered: Sequence[_HandedIn], answers: Sequence[Taken]) -> None:
    """Gives each caller its part of the answers."""
    start = 0
    for batch, future in gathered:
        end = start + len(batch)
        if not future.done():
            future.set_result(list(answers[start:end]))
        start = end


def _match(rows: Iterable[Row], lookup: PartLookup, index: int) -> PartMatch | None:
    for row in rows:
        found = stored_message(row[11:])
        if index == 0 or lookup.subscriber == found.message.destination.value:
            return PartMatch(found, part_record(row[1:11]), index)
    return None
