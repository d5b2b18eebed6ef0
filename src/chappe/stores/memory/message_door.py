"""The door for message records, in memory."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from chappe.domain.ids import id_time_ms, node_of
from chappe.domain.message import (
    AcceptResult,
    Message,
    NoteRecord,
    PartRecord,
    Standing,
    StoredMessage,
    Taken,
    Transition,
    oldest_holder,
)
from chappe.domain.receipt import Receipt, UnmatchedReceipt, stored_key
from chappe.domain.report import Delivery, NoticeRecord
from chappe.domain.state import FINAL, State
from chappe.ports.ledger import Quota
from chappe.ports.messages import AwaitedPage, AwaitedPart, PartLookup, PartMatch, Timeline
from chappe.stores.memory.tables import MessageRow, Tables


class MessageDoor:
    """Answers `ports.messages.MessageStore`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def accept(self, batch: Sequence[Message], *, whole: bool = False) -> list[Taken]:
        """See the port."""
        tables = self._tables
        quotas, keys = dict(tables.quotas), dict(tables.keys)
        answers = []
        for message in batch:
            key = (message.account, message.idempotency_key)
            if message.idempotency_key and keys.get(key, -1) >= oldest_holder(message):
                answers.append(Taken(AcceptResult.REPEATED, keys[key]))
            elif (left := _less(quotas.get(message.account, Quota()), message)) is None:
                answers.append(Taken(AcceptResult.NO_BALANCE, message.id))
            else:
                if message.idempotency_key:
                    keys[key] = message.id
                if message.charge or message.counted:
                    quotas[message.account] = left
                answers.append(Taken(AcceptResult.ACCEPTED, message.id))
        if whole and any(answer.result is AcceptResult.NO_BALANCE for answer in answers):
            return answers
        tables.quotas, tables.keys = quotas, keys
        for message, answer in zip(batch, answers, strict=True):
            if answer.result is AcceptResult.ACCEPTED:
                state = State.SCHEDULED if message.due_ms else State.QUEUED
                standing = Standing(state, message.connector, due_ms=message.due_ms)
                tables.messages[message.id] = MessageRow(message, standing)
                tables.label(message)
        return answers

    async def move(self, transitions: Sequence[Transition]) -> list[bool]:
        """See the port."""
        return [self._move(change) for change in transitions]

    def _move(self, change: Transition) -> bool:
        tables = self._tables
        self._write_parts(change)
        row = tables.messages.get(change.message_id)
        if row is None:
            return False
        if not (1 << row.standing.state) & change.only_from:
            return False
        if change.when_all_parts:
            filed = [
                part.open
                for part in tables.parts.values()
                if part.message_id == change.message_id and part.number > 0
            ]
            # Once it is sent, all its parts are those that the SMSC took: one for a text that went as message_payload.
            wanted = len(filed) if row.standing.state is State.SENT else row.message.parts
            if filed.count(False) < wanted:
                return False
        columns: dict[str, object] = {"state": change.to}
        if change.uncounted:
            columns["attempts"] = max(row.standing.attempts - 1, 0)
        for name in ("connector", "due_ms", "error", "command_status", "possible_duplicate"):
            value = getattr(change, name)
            if value is not None:
                columns[name] = value
        if change.to is State.SENT and not row.standing.sent_ms:
            columns["sent_ms"] = change.at_ms
        if change.to in FINAL:
            columns["final_ms"] = change.at_ms
        row.change(**columns)
        if change.note is not None:
            tables.notes.setdefault(change.message_id, []).append(NoteRecord(change.at_ms, change.note))
        if change.body is not None:
            row.message = change.body
        self._settle(change, row)
        if change.leased_ms:
            tables.owe(change.owes, change.leased_ms, 1)
        else:
            tables.owe(change.owes, change.at_ms)
        return True

    def _settle(self, change: Transition, row: MessageRow) -> None:
        """Gives a charge back or takes the rest of it: one of the two, and once."""
        message, quota = row.message, self._tables.quota(row.message.account)
        taken = any(message_id == message.id for message_id, _ in self._tables.parts)
        if row.settled or not (message.charge or message.counted):
            return
        if change.refund and not taken:
            row.change(refunded=message.charge)
            amount, parts = quota.amount + message.charge, quota.parts + message.counted
            self._tables.quotas[message.account] = Quota(amount, quota.reserved - message.reserved, parts)
            row.settled = True
        elif change.settles:
            self._tables.quotas[message.account] = Quota(
                quota.amount, quota.reserved - message.reserved, quota.parts
            )
            row.settled = True

    def _write_parts(self, change: Transition) -> None:
        tables = self._tables
        for sent in change.sent:
            key = (change.message_id, sent.number)
            if key in tables.parts:
                continue
            tables.parts[key] = PartRecord(
                *key, change.group, sent.smsc_id, change.at_ms, open=change.awaits, packet=sent.packet
            )
            tables.part_keys[key] = stored_key(sent.smsc_id)
        told = change.part
        if told is not None:
            part = tables.parts.get((change.message_id, told.number))
            if part is not None and part.open:
                tables.parts[change.message_id, told.number] = msgspec.structs.replace(
                    part,
                    open=not told.final,
                    word=told.word,
                    error=told.error,
                    receipt=told.receipt,
                    done_ms=told.done_ms,
                )

    async def messages(self, ids: Sequence[int]) -> list[StoredMessage | None]:
        """See the port."""
        rows = [self._tables.messages.get(message_id) for message_id in ids]
        return [row.stored() if row else None for row in rows]

    async def messages_between(self, account: str, ranges: Sequence[tuple[int, int]]) -> list[StoredMessage]:
        """See the port."""
        return [
            row.stored()
            for message_id, row in sorted(self._tables.messages.items())
            if row.message.account == account
            and any(
                first <= message_id <= last and node_of(message_id) == node_of(first)
                for first, last in ranges
            )
        ]

    async def timeline(self, message_id: int) -> Timeline | None:
        """See the port."""
        tables = self._tables
        row = tables.messages.get(message_id)
        if row is None:
            return None
        return Timeline(
            found=row.stored(),
            parts=tuple(part for key, part in sorted(tables.parts.items()) if key[0] == message_id),
            notes=tuple(tables.notes.get(message_id, ())),
            notices=tuple(
                NoticeRecord(
                    notice=entry.owed.notice,
                    lane=entry.owed.lane,
                    delivery=entry.delivery,
                    attempts=entry.owed.attempts,
                    due_ms=entry.owed.due_ms,
                    answer=entry.answer,
                    answered_ms=entry.answered_ms,
                )
                for key, entry in sorted(tables.outbox.items())
                if key[0] == message_id
            ),
        )

    async def find_parts(self, lookups: Sequence[PartLookup]) -> list[PartMatch | None]:
        """See the port."""
        return [self._find(lookup) for lookup in lookups]

    def _find(self, lookup: PartLookup) -> PartMatch | None:
        tables = self._tables
        for index, wanted in enumerate(lookup.keys):
            for key, part in sorted(tables.parts.items(), reverse=True):
                if not part.open or part.group != lookup.space or tables.part_keys[key] != wanted:
                    continue
                found = tables.messages[key[0]].stored()
                if index == 0 or found.message.destination.value == lookup.subscriber:
                    return PartMatch(found, part, index)
        return None

    async def note(self, notes: Sequence[tuple[int, NoteRecord]]) -> None:
        """See the port."""
        for message_id, record in notes:
            self._tables.notes.setdefault(message_id, []).append(record)

    async def park_receipts(self, receipts: Sequence[tuple[Receipt, int]]) -> None:
        """See the port."""
        for value, due in receipts:
            number = next(self._tables.numbers)
            self._tables.unmatched[number] = (UnmatchedReceipt(number, value, 0, due), False)

    async def unmatched(self, now_ms: int, limit: int) -> list[UnmatchedReceipt]:
        """See the port."""
        due = [
            entry
            for entry, orphan in self._tables.unmatched.values()
            if not orphan and entry.due_ms <= now_ms
        ]
        return sorted(due, key=lambda entry: entry.due_ms)[:limit]

    async def settle_unmatched(self, matched: Sequence[int], again: Sequence[tuple[int, int | None]]) -> None:
        """See the port."""
        for number in matched:
            self._tables.unmatched.pop(number, None)
        for number, due in again:
            if number not in self._tables.unmatched:
                continue
            entry, _ = self._tables.unmatched[number]
            tried = msgspec.structs.replace(entry, tries=entry.tries + 1, due_ms=due or 0)
            self._tables.unmatched[number] = (tried, due is None)

    async def unmatched_counts(self) -> tuple[int, int]:
        """See the port."""
        orphans = sum(orphan for _, orphan in self._tables.unmatched.values())
        return len(self._tables.unmatched) - orphans, orphans

    async def overdue(self, now_ms: int, limit: int) -> list[StoredMessage]:
        """See the port."""
        due = [row for row in self._tables.waiting_in(State.SENT) if 0 < row.standing.due_ms <= now_ms]
        due.sort(key=lambda row: row.standing.due_ms)
        return [row.stored() for row in due[:limit]]

    async def awaited_parts(self, connector: str, after: tuple[int, int], limit: int) -> AwaitedPage:
        """See the port."""
        waiting = sorted(
            (row.standing.due_ms, row.message.id, row)
            for row in self._tables.waiting_in(State.SENT)
            if row.standing.due_ms > 0 and (row.standing.due_ms, row.message.id) > after
        )[:limit]
        parts = tuple(
            AwaitedPart(row.message, part)
            for _, message_id, row in waiting
            if row.standing.connector == connector
            for key, part in sorted(self._tables.parts.items())
            if key[0] == message_id and part.open
        )
        return AwaitedPage(parts, waiting[-1][:2] if len(waiting) == limit else None)

    async def purge_texts(self, after_id: int, before_id: int, limit: int) -> int:
        """See the port."""
        settled = [n for n in self._settled() if after_id < n < before_id][:limit]
        for message_id in settled:
            row = self._tables.messages[message_id]
            row.message = msgspec.structs.replace(row.message, text=None, octets=None)
        return settled[-1] if settled else 0

    async def purge_records(self, before_id: int, limit: int) -> int:
        """See the port."""
        tables = self._tables
        owing = {key[0] for key, entry in tables.outbox.items() if entry.delivery is Delivery.OPEN}
        old = [n for n in self._settled() if n < before_id and n not in owing][:limit]
        for message_id in old:
            del tables.messages[message_id]
            tables.notes.pop(message_id, None)
            tables.labels.pop(message_id, None)
            tables.conversions.pop(message_id, None)
            for table in (tables.parts, tables.part_keys, tables.outbox):
                for key in [key for key in table if key[0] == message_id]:
                    del table[key]
            for known in [known for known, held in tables.keys.items() if held == message_id]:
                del tables.keys[known]
        mos = [n for n in sorted(tables.incoming) if n < before_id and n not in owing][:limit]
        for message_id in mos:
            del tables.incoming[message_id]
            tables.outbox.pop((message_id, 0), None)
        left = {row.message.batch.id for row in tables.messages.values() if row.message.batch is not None}
        over = [n for n, row in tables.batches.items() if n < before_id and not row.slices and n not in left]
        for batch_id in over[:limit]:
            del tables.batches[batch_id]
        before_ms = id_time_ms(before_id)
        lost = [
            number
            for number, (entry, orphan) in sorted(tables.unmatched.items())
            if orphan and entry.receipt.received_ms < before_ms
        ][:limit]
        for number in lost:
            del tables.unmatched[number]
        return len(old) + len(mos) + len(lost)

    def _settled(self) -> list[int]:
        return sorted(
            message_id
            for message_id, row in self._tables.messages.items()
            if row.standing.state is State.SENT or row.standing.state in FINAL
        )

    async def newest_id(self) -> int:
        """See the port."""
        tables = self._tables
        return max(max(each, default=0) for each in (tables.messages, tables.incoming, tables.batches))


def _less(quota: Quota, message: Message) -> Quota | None:
    """What is left with a message's charge taken, None where there is not enough."""
    if quota.amount < message.charge or quota.parts < message.counted:
        return None
    return Quota(
        quota.amount - message.charge, quota.reserved + message.reserved, quota.parts - message.counted
    )
