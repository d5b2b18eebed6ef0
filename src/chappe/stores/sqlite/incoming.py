"""MOs in SQL. These functions run in the writer's thread, inside its transaction."""

from __future__ import annotations

import msgspec

from chappe.domain.message import AcceptResult
from chappe.stores.sqlite import lists, messages
from chappe.stores.sqlite.batches import NewBatch
from chappe.stores.sqlite.database import Database, Row
from chappe.stores.sqlite.messages import owe
from chappe.stores.sqlite.records import to_json


class NewIncoming(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One MO ready for SQL; `owes` is its notice's lane and row, None where nobody is told."""

    id: int
    account: str
    received_ms: int
    digest: str
    repeats_after_ms: int
    body: str
    owes: tuple[str, str] | None
    instance: str = ""


class Response(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a campaign makes of an MO, ready for SQL: its reply if there is one, and (list, number) on and off."""

    reply: NewBatch | None
    joins: tuple[tuple[str, str], ...]
    leaves: tuple[tuple[str, str], ...]


def accept(db: Database, taken: list[NewIncoming], sets: list[str]) -> list[bool]:
    """Writes MOs and their notices and removes the part sets they were made of."""
    answers: list[bool] = []
    owes: list[tuple[str, str]] = []
    for mo in taken:
        repeat = bool(mo.digest) and db.row("repeat_of", mo.digest, mo.repeats_after_ms) is not None
        answers.append(not repeat)
        if repeat:
            continue
        db.run("insert_incoming", mo.id, mo.account, mo.received_ms, mo.digest, mo.instance, mo.body)
        if mo.owes is not None:
            owes.append(mo.owes)
    owe(db, owes)
    for part_set in sets:
        db.run("drop_set", part_set)
    return answers


def answer(
    db: Database, taken: NewIncoming, sets: list[str], response: Response
) -> tuple[bool, AcceptResult | None]:
    """Writes one MO with its response: whether it was new, and how its reply was taken."""
    (stored,) = accept(db, [taken], sets)
    if not stored:
        return False, None
    for name, number in response.joins:
        lists.enlist(db, name, taken.received_ms, to_json([number]))
    for name, number in response.leaves:
        lists.delist(db, name, to_json([number]))
    if response.reply is None:
        return True, None
    exceptions = messages.accept(db, response.reply).exceptions
    return True, exceptions[0][0] if exceptions else AcceptResult.ACCEPTED


def hold_parts(db: Database, parts: list[tuple[str, int, int, str]]) -> list[list[Row]]:
    """Keeps parts; for each one all that its set now holds."""
    for part in parts:
        db.run("hold_part", *part)
    return [db.rows("parts_held", part[0]) for part in parts]


def stale_sets(db: Database, before_ms: int, limit: int) -> list[tuple[str, list[Row]]]:
    """Sets whose first part came before a time, with all they hold."""
    return [(row[0], db.rows("parts_held", row[0])) for row in db.rows("stale_sets", before_ms, limit)]
