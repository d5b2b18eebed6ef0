"""Domain records to rows and JSON text, and back. Pure; the only place that knows the columns' order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from chappe.domain.extras import Extras
from chappe.domain.message import Message, Note, NoteRecord, PartRecord, Standing, StoredMessage, Transition
from chappe.domain.receipt import Receipt, stored_key
from chappe.domain.report import Delivery, Notice, NoticeRecord, Owed, lane_of, slot_of
from chappe.domain.state import State
from chappe.stores.sqlite.database import Row

_encoder = msgspec.json.Encoder()
_message = msgspec.json.Decoder(Message)
_notice = msgspec.json.Decoder(Notice)
_note = msgspec.json.Decoder(Note)
_receipt = msgspec.json.Decoder(Receipt)


def to_json(value: Any) -> str:
    """JSON text of plain values and records: what the batch statements take."""
    return _encoder.encode(value).decode()


def message_row(message: Message) -> list[Any]:
    """A new message for `insert_messages`."""
    return [
        message.id,
        message.account,
        message.connector,
        State.SCHEDULED if message.due_ms else State.QUEUED,
        message.priority,
        message.due_ms,
        message.expires_ms,
        message.parts,
        message.charge,
        message,
    ]


def label_row(message: Message, extras: Extras) -> list[Any]:
    """By what a message is found, for `insert_labels`."""
    return [
        message.id,
        message.account,
        message.destination.value,
        message.source.value,
        message.reference,
        extras.groupings,
    ]


def stored_message(row: Row) -> StoredMessage:
    """A record from the twelve columns that every statement on messages gives."""
    standing = Standing(
        state=State(row[1]),
        connector=row[2],
        attempts=row[3],
        due_ms=row[4],
        sent_ms=row[5],
        final_ms=row[6],
        error=row[7],
        command_status=row[8],
        possible_duplicate=row[9],
        refunded=row[10],
    )
    return StoredMessage(_message.decode(row[11]), standing)


def sent_rows(change: Transition) -> list[list[Any]]:
    """The parts that an SMSC took, for `insert_parts`."""
    awaits = 1 if change.awaits else 0
    return [
        [
            change.message_id,
            part.number,
            change.group,
            stored_key(part.smsc_id),
            part.smsc_id,
            change.at_ms,
            awaits,
            *((part.packet,) if part.packet else ()),
        ]
        for part in change.sent
    ]


def receipt_row(change: Transition) -> list[Any] | None:
    """What a receipt says of a part, for `close_parts`."""
    part = change.part
    if part is None:
        return None
    final = 1 if part.final else 0
    return [change.message_id, part.number, final, part.word, part.error, part.receipt, part.done_ms]


def owed_rows(notices: Iterable[Notice], due_ms: int, attempts: int = 0) -> list[list[Any]]:
    """Notices for `owe`; with `attempts` they are claimed already, until `due_ms`."""
    return [[n.message_id, slot_of(n), lane_of(n.wish), due_ms, n, attempts] for n in notices]


def message_of(body: str) -> Message:
    """A message from its JSON text."""
    return _message.decode(body)


def part_record(row: Row, packet: str = "") -> PartRecord:
    """A part from its ten columns."""
    return PartRecord(
        row[0], row[1], row[2], row[3], row[4], bool(row[5]), row[6], row[7], row[8], row[9], packet
    )


def note_record(row: Row) -> NoteRecord:
    """A line of a timeline from its two columns."""
    return NoteRecord(row[0], _note.decode(row[1]))


def notice_record(row: Row) -> NoticeRecord:
    """A notice for the timeline from its seven columns."""
    return NoticeRecord(
        notice=_notice.decode(row[0]),
        lane=row[1],
        delivery=Delivery(row[2]),
        attempts=row[3],
        due_ms=row[4],
        answer=row[5],
        answered_ms=row[6],
    )


def owed(row: Row, lane: str) -> Owed:
    """A claimed notice from its five columns."""
    return Owed(row[0], row[1], lane, row[2], row[3], _notice.decode(row[4]))


def receipt(text: str) -> Receipt:
    """An unmatched receipt from its JSON text."""
    return _receipt.decode(text)
