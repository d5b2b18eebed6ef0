"""Looks a whole store file through: SQLite's own check, then what our records promise one another. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from chappe.domain.incoming import Incoming
from chappe.domain.message import Message, Note
from chappe.domain.receipt import Receipt
from chappe.domain.report import Notice
from chappe.ports.store import StoreUnusable
from chappe.stores.sqlite.database import Database, open_database

_MOST_TOLD: Final = 100


def verify(path: Path) -> tuple[list[str], dict[str, int]]:
    """What is wrong with a store, a sentence each (at most a hundred), and how many records were looked at.

    Raises StoreUnusable for a file that cannot be opened as a store at all.
    """
    database = open_database(path, create=False)
    try:
        counts: dict[str, int] = {}
        problems: list[str] = []
        try:
            for problem in _problems(database, counts):
                problems.append(problem)
                if len(problems) >= _MOST_TOLD:
                    break
        except (apsw.CorruptError, apsw.NotADBError, apsw.IOError) as error:
            problems.append(f"the file is damaged: {error}")
    finally:
        database.connection.close()
    return problems, counts


def _problems(database: Database, counts: dict[str, int]) -> Iterator[str]:
    for (told,) in database.connection.execute("PRAGMA integrity_check"):
        if told != "ok":
            yield f"integrity: {told}"
    yield from _bodies(database, counts)
    for name, sentence in (
        ("bad_states", "message {0} is in state {1}, which is none"),
        ("columns_differ", "message {0}: its columns and its record disagree"),
        ("incoming_differs", "MO {0}: its columns and its record disagree"),
        ("parts_without_message", "part {1} belongs to message {0}, which does not exist"),
        ("labels_without_message", "the label of message {0} belongs to no message"),
        ("conversions_without_label", "the conversion of message {0} belongs to no label"),
        ("batches_without_slices", "batch {0} is open and has no slices"),
        ("slices_without_batch", "slice {0} belongs to batch {1}, which does not exist"),
        ("notices_without_message", "notice {1} belongs to message {0}, which does not exist"),
        ("double_refunds", "message {0} was refunded {1} of {2}"),
        ("unbalanced", "account {0}: the balance is {1}, deposits and charges make {2}"),
        ("parts_unbalanced", "account {0}: {1} parts are left, deposits and messages make {2}"),
        ("reserved_differs", "account {0}: {1} is set aside, open messages make {2}"),
        ("reserved_for_nothing", "message {0} is settled, but a part of its charge is still set aside"),
    ):
        for row in database.rows(name):
            yield sentence.format(*row)


def _bodies(database: Database, counts: dict[str, int]) -> Iterator[str]:
    for what, statement, kind in (
        ("messages", "message_bodies", Message),
        ("notices", "notice_bodies", Notice),
        ("notes", "note_bodies", Note),
        ("receipts", "receipt_bodies", Receipt),
        ("MOs", "incoming_bodies", Incoming),
    ):
        decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(kind)
        counts[what] = 0
        for key, body in database.connection.execute(database.statements[statement]):
            counts[what] += 1
            try:
                decoder.decode(body)
            except msgspec.DecodeError as error:
                yield f"{what}: record {key} does not read: {error}"


def backup(path: Path, target: Path) -> int:
    """Copies a store while it is in use, consistently; the size of the copy in octets. Raises StoreUnusable."""
    if target.exists():
        raise StoreUnusable(f"{target} exists already")
    database = open_database(path, create=False)
    copy = apsw.Connection(str(target))
    try:
        with copy.backup("main", database.connection, "main") as work:
            while not work.done:
                work.step(1_000)
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()
    except apsw.Error as error:
        raise StoreUnusable(f"the copy to {target} failed: {error}") from error
    finally:
        copy.close()
        database.connection.close()
    return target.stat().st_size
