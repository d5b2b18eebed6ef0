"""What the engine in memory holds, and the two steps that several doors share."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import msgspec

from chappe.domain.app import Device
from chappe.domain.batch import Batch, BatchState, Mailing
from chappe.domain.conversion import Conversion, Label
from chappe.domain.incoming import HeldPart, Incoming, PartSet
from chappe.domain.message import Message, NoteRecord, PartRecord, Standing, StoredMessage
from chappe.domain.pin import Pin
from chappe.domain.receipt import UnmatchedReceipt
from chappe.domain.report import Delivery, Notice, Owed, lane_of, slot_of
from chappe.domain.state import State
from chappe.ports.directory import Entry, Kind
from chappe.ports.ledger import LedgerEntry, Quota


class OwedRow(msgspec.Struct):
    """A notice, where it stands and the last answer to it."""

    owed: Owed
    delivery: Delivery = Delivery.OPEN
    answer: str = ""
    answered_ms: int = 0


class MessageRow(msgspec.Struct):
    """A message, where it stands, who holds its present attempt, and whether its charge is taken or given back."""

    message: Message
    standing: Standing
    owner: int = 0
    settled: bool = False

    def change(self, **columns: object) -> None:
        """Changes some columns of the standing."""
        self.standing = msgspec.structs.replace(self.standing, **columns)

    def stored(self) -> StoredMessage:
        """The record as the port gives it."""
        return StoredMessage(self.message, self.standing)


class BatchRow(msgspec.Struct):
    """A batch, where it stands, and what of it is no message yet."""

    batch: Batch
    state: BatchState
    due_ms: int
    slices: dict[int, list[Mailing]]


class Tables:
    """Dictionaries in the place of tables."""

    def __init__(self) -> None:
        self.messages: dict[int, MessageRow] = {}
        self.keys: dict[tuple[str, str], int] = {}
        self.parts: dict[tuple[int, int], PartRecord] = {}
        self.part_keys: dict[tuple[int, int], str] = {}
        self.notes: dict[int, list[NoteRecord]] = {}
        self.outbox: dict[tuple[int, int], OwedRow] = {}
        self.unmatched: dict[int, tuple[UnmatchedReceipt, bool]] = {}
        self.quotas: dict[str, Quota] = {}
        self.ledger: list[LedgerEntry] = []
        self.directory: dict[tuple[Kind, str], Entry] = {}
        self.incoming: dict[int, Incoming] = {}
        self.held: dict[PartSet, list[HeldPart]] = {}
        self.batches: dict[int, BatchRow] = {}
        self.pins: dict[int, Pin] = {}
        self.cleared_pins: set[int] = set()
        self.lists: dict[str, dict[str, int]] = {}
        self.labels: dict[int, Label] = {}
        self.conversions: dict[int, Conversion] = {}
        self.numbers = itertools.count(1)
        self.owner = 0
        self.revision = 0
        self.turns: dict[str, str] = {}
        self.devices: dict[tuple[str, str], Device] = {}

    def label(self, message: Message) -> None:
        """Notes by what a message is found, if it is to be."""
        if message.extras is not None and message.extras.labelled:
            self.labels[message.id] = Label(
                message.id,
                message.account,
                message.destination.value,
                message.source.value,
                message.reference,
                message.extras.groupings,
            )

    def quota(self, account: str) -> Quota:
        """What an account has."""
        return self.quotas.get(account, Quota())

    def owe(self, notices: Iterable[Notice], due_ms: int, attempts: int = 0) -> None:
        """Puts notices into the outbox; a slot already owed stays as it is."""
        for notice in notices:
            key = (notice.message_id, slot_of(notice))
            if key not in self.outbox:
                self.outbox[key] = OwedRow(Owed(*key, lane_of(notice.wish), due_ms, attempts, notice))

    def enlist(self, name: str, numbers: Iterable[str], at_ms: int) -> int:
        """Puts numbers on a list; how many were not on it yet."""
        members = self.lists.setdefault(name, {})
        new = {number: at_ms for number in numbers if number not in members}
        members.update(new)
        return len(new)

    def delist(self, name: str, numbers: Iterable[str]) -> int:
        """Takes numbers off a list; how many were on it."""
        members = self.lists.get(name, {})
        return sum(members.pop(number, None) is not None for number in numbers)

    def waiting_in(self, state: State) -> Iterator[MessageRow]:
        """Messages in one state, oldest first."""
        return (row for _, row in sorted(self.messages.items()) if row.standing.state is state)
