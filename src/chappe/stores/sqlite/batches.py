"""Builds what the writer is handed: JSON text of many rows at once. Pure; runs in the caller's thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from chappe.domain.message import Message, Transition, oldest_holder
from chappe.domain.state import WAITING, State, bits
from chappe.stores.sqlite.records import label_row, message_row, owed_rows, receipt_row, sent_rows, to_json

_WAITING_BITS = bits(WAITING)
_FLIGHT_BITS = bits({State.IN_FLIGHT})


class NewBatch(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """New messages ready for SQL: JSON text of their rows, and what must be decided before they are written.

    `charges` lists (position, account, charge, what of it is only set aside, counted parts) of the messages that take
    something, `keys` (position, account, key, the id from which on an earlier holder counts) of those that have one;
    `queued` says how many go into which queue if all are taken; `labels` are (position, row) of those that have one.
    """

    rows: str
    ids: tuple[int, ...]
    charges: tuple[tuple[int, str, int, int, int], ...]
    keys: tuple[tuple[int, str, str, int], ...]
    queued: tuple[tuple[str, int], ...]
    whole: bool
    labels: tuple[tuple[int, str], ...] = ()


def new_batch(messages: Sequence[Message], *, whole: bool) -> NewBatch:
    """New messages, ready for the writer."""
    queued: dict[str, int] = {}
    for message in messages:
        if not message.due_ms:
            queued[message.connector] = queued.get(message.connector, 0) + 1
    return NewBatch(
        rows=to_json([message_row(message) for message in messages]),
        ids=tuple([message.id for message in messages]),
        charges=tuple(
            [
                (at, message.account, message.charge, message.reserved, message.counted)
                for at, message in enumerate(messages)
                if message.charge or message.counted
            ]
        ),
        keys=tuple(
            [
                (at, message.account, message.idempotency_key, oldest_holder(message))
                for at, message in enumerate(messages)
                if message.idempotency_key
            ]
        ),
        queued=tuple(queued.items()),
        whole=whole,
        labels=tuple(
            [
                (at, to_json(label_row(message, message.extras)))
                for at, message in enumerate(messages)
                if message.extras is not None and message.extras.labelled
            ]
        ),
    )


class MoveBatch(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Changes of distinct messages, ready for SQL: JSON text per statement, empty where there is nothing to do.

    `plain_sent` holds those that only go from in flight to sent; `leaving` those that may leave a queue, `entering`
    those that enter one; `owes` are (message, lane, row), since they are written only where the change applied; no
    lane where they are claimed already, so that nobody is told to look for them.
    """

    rows: str
    plain_sent: str
    parts: str
    receipts: str
    notes: tuple[tuple[int, str], ...]
    uncounted: tuple[int, ...]
    leaving: str
    entering: tuple[int, ...]
    refunds: tuple[int, ...]
    settles: tuple[int, ...]
    owes: tuple[tuple[int, str, str], ...]


def rounds_of(transitions: Sequence[Transition]) -> list[Sequence[Transition]]:
    """The changes in rounds that name each message once: one statement can change a row only once."""
    if len({change.message_id for change in transitions}) == len(transitions):
        return [transitions]
    rounds: list[list[Transition]] = []
    seen: dict[int, int] = {}
    for change in transitions:
        position = seen.get(change.message_id, 0)
        seen[change.message_id] = position + 1
        if position == len(rounds):
            rounds.append([])
        rounds[position].append(change)
    return list(rounds)


def move_batch(changes: Sequence[Transition]) -> MoveBatch:
    """Changes of distinct messages, ready for the writer."""
    rows: list[list[Any]] = []
    plain: list[list[Any]] = []
    parts: list[list[Any]] = []
    receipts: list[list[Any]] = []
    notes: list[tuple[int, str]] = []
    uncounted: list[int] = []
    leaving: list[int] = []
    entering: list[int] = []
    refunds: list[int] = []
    settles: list[int] = []
    owes: list[tuple[int, str, str]] = []
    for change in changes:
        if _is_plain_sent(change):
            plain.append([change.message_id, change.at_ms, change.due_ms])
        else:
            rows.append(transition_row(change))
            if change.only_from & _WAITING_BITS:
                leaving.append(change.message_id)
            if change.to is State.QUEUED:
                entering.append(change.message_id)
        if change.sent:
            parts += sent_rows(change)
        row = receipt_row(change)
        if row is not None:
            receipts.append(row)
        if change.note is not None:
            notes.append((change.message_id, to_json([change.message_id, change.at_ms, change.note])))
        if change.uncounted:
            uncounted.append(change.message_id)
        if change.refund:
            refunds.append(change.message_id)
        if change.settles:
            settles.append(change.message_id)
        if change.owes:
            owes += _owed(change)
    return MoveBatch(
        rows=_text(rows),
        plain_sent=_text(plain),
        parts=_text(parts),
        receipts=_text(receipts),
        notes=tuple(notes),
        uncounted=tuple(uncounted),
        leaving=_text(leaving),
        entering=tuple(entering),
        refunds=tuple(refunds),
        settles=tuple(settles),
        owes=tuple(owes),
    )


def _owed(change: Transition) -> list[tuple[int, str, str]]:
    leased = change.leased_ms
    rows = owed_rows(change.owes, leased, 1) if leased else owed_rows(change.owes, change.at_ms)
    return [(change.message_id, "" if leased else row[2], to_json(row)) for row in rows]


def transition_row(change: Transition) -> list[Any]:
    """A change of state for `move_messages`."""
    return [
        change.message_id,
        change.only_from,
        change.to,
        change.at_ms,
        change.connector,
        change.due_ms,
        change.error,
        change.command_status,
        change.possible_duplicate,
        1 if change.when_all_parts else 0,
        change.body,
    ]


def _is_plain_sent(change: Transition) -> bool:
    return (
        change.to is State.SENT
        and change.only_from == _FLIGHT_BITS
        and change.error == ""
        and change.command_status == 0
        and change.due_ms is not None
        and change.possible_duplicate is None
        and change.connector is None
    )


def _text(rows: list[Any]) -> str:
    return to_json(rows) if rows else ""
