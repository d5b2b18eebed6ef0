"""Ledgers: append-only files of JSON lines, one for each thing that happened at one of the ends, and their reading.
What two ledgers say of each other is reconcile.py's.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias

import msgspec

_TOKEN = re.compile(rb"(?:#|%23|tok=)(\d{8})(?!\d)")
_encode_lines = msgspec.json.Encoder().encode_lines


class Row(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, tag_field="event"):
    """A line. `at` is Unix seconds."""

    at: float


class SubmitRow(Row, frozen=True, gc=False, omit_defaults=True, tag="submit"):
    """SMSC: a message came in, and this is what was decided."""

    system_id: str
    bind: int
    """Number of the connection, from 1."""
    sequence: int
    source: str
    destination: str
    status: int | None
    """The command_status; None for a message that was lost: neither taken nor answered."""
    id: str = ""
    """As the answer writes it; empty for a message that was not taken."""
    token: str = ""
    """The eight digits that follow `#` in the text, by which ledgers are joined."""
    digest: str = ""
    """Of the octets of the message, where the ledger keeps no texts."""
    text: str = ""
    """The octets of the message as Latin-1, where the ledger keeps texts."""
    answered: bool = True
    """False: the answer never went out."""
    mark: int | None = None
    """The TLV user_message_reference."""


class DeliverRow(Row, frozen=True, gc=False, omit_defaults=True, tag="deliver"):
    """SMSC: a receipt or an MO went out."""

    system_id: str
    bind: int
    sequence: int
    id: str
    """The receipt's message id as it writes it; the number of an MO."""
    state: str = ""
    """Empty for an MO."""
    attempt: int = 1


class AckRow(Row, frozen=True, gc=False, omit_defaults=True, tag="ack"):
    """SMSC: the answer to a receipt or an MO came in."""

    bind: int
    sequence: int
    id: str
    status: int
    state: str = ""


class SentRow(Row, frozen=True, gc=False, omit_defaults=True, tag="sent"):
    """Client: a message is about to be submitted."""

    token: str


class AnsweredRow(Row, frozen=True, gc=False, omit_defaults=True, tag="answered"):
    """Client: a submission was answered."""

    token: str
    status: int
    id: str = ""


class ReceiptRow(Row, frozen=True, gc=False, omit_defaults=True, tag="receipt"):
    """Client: a receipt came."""

    id: str
    state: str = ""


class HookRow(Row, frozen=True, gc=False, omit_defaults=True, tag="hook"):
    """Webhook: a request came."""

    method: str
    target: str
    body: str = ""
    """As Latin-1."""
    token: str = ""


AnyRow: TypeAlias = SubmitRow | DeliverRow | AckRow | SentRow | AnsweredRow | ReceiptRow | HookRow

_read_row = msgspec.json.Decoder(AnyRow).decode


def token_in(octets: bytes) -> str:
    """The token that a text or a URL carries: `#`, `%23` or `tok=` and eight digits; empty where there is none."""
    found = _TOKEN.search(octets)
    return "" if found is None else found[1].decode()


def digest_of(octets: bytes) -> str:
    """Sixteen hexadecimal digits that tell octets apart without telling what they say."""
    return blake2b(octets, digest_size=8).hexdigest()


class LedgerWriter:
    """Appends rows; those of one turn of the loop are written at its end, with one write."""

    def __init__(self, path: Path) -> None:
        """Opens the file, and makes it where there is none. Raises OSError."""
        self._loop = asyncio.get_running_loop()
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._rows: list[AnyRow] = []
        self._flushing: asyncio.Handle | None = None

    def write(self, row: AnyRow) -> None:
        """Puts a row behind the others."""
        self._rows.append(row)
        if self._flushing is None:
            self._flushing = self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Writes what waits. Raises OSError; the rows are kept then."""
        self._flushing = None
        if not self._rows:
            return
        octets = _encode_lines(self._rows)
        while octets:
            octets = octets[os.write(self._file, octets) :]
        self._rows.clear()

    def close(self) -> None:
        """Writes what waits and closes the file."""
        if self._flushing is not None:
            self._flushing.cancel()
        try:
            self.flush()
        finally:
            os.close(self._file)


def read_ledger(lines: Iterable[bytes]) -> Iterator[AnyRow]:
    """The rows of a ledger, from its lines. A last line without its end was cut by a kill and is passed over.

    Raises ValueError, with the line's number, for a line that is none.
    """
    for number, line in enumerate(lines, 1):
        if not line.endswith(b"\n"):
            return
        try:
            yield _read_row(line)
        except msgspec.MsgspecError as error:
            raise ValueError(f"line {number} of the ledger: {error}") from error


def read_ledger_file(path: Path) -> list[AnyRow]:
    """All rows of a ledger's file. Raises OSError and ValueError."""
    with path.open("rb") as lines:
        return list(read_ledger(lines))
