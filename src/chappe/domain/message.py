"""The record that travels: what was accepted (never changes) and where it stands (changes by transitions)."""

from __future__ import annotations

from enum import IntEnum

import msgspec

from chappe.domain.address import Address
from chappe.domain.extras import Extras
from chappe.domain.ids import first_id_at, id_time_ms
from chappe.domain.report import NO_REPORT, BatchMark, Notice, ReportWish
from chappe.domain.state import State
from chappe.domain.submission import NO_OPTIONS, SmppOptions


class Message(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An accepted MT; the store keeps it as one blob beside the columns that change.

    `charset` and `data_coding` say how the text goes out; `parts` was counted with `reference_bits`;
    `concatenation` is the reference that all its parts bear, over every attempt. `charge` is in micro-units.
    """

    id: int
    account: str
    user: str
    dialect: str
    source: Address
    destination: Address
    text: str | None
    octets: bytes | None
    charset: str
    data_coding: int
    udhi: bool
    priority: int
    due_ms: int
    expires_ms: int
    parts: int
    concatenation: int
    reference_bits: int
    route: str
    connector: str
    charge: int
    report: ReportWish = NO_REPORT
    reference: str = ""
    tags: tuple[str, ...] = ()
    tlvs: tuple[tuple[int, bytes], ...] = ()
    options: SmppOptions = NO_OPTIONS
    idempotency_key: str = ""
    batch: BatchMark | None = None
    reserved: int = 0
    """What of the charge is only set aside until the SMSC takes the message; micro-units."""
    counted: int = 0
    """Parts taken from the account's count of messages."""
    extras: Extras | None = None
    key_holds_ms: int = 0
    """How long its idempotency key stands for it, 0 for as long as it is on record."""
    unicode_part: int = 0
    """UTF-16 code units of each part of a long Unicode text, 0 for as many as its header leaves room for."""


def oldest_holder(message: Message) -> int:
    """The smallest id of an earlier message that its idempotency key may stand for; 0 for any."""
    if not message.key_holds_ms:
        return 0
    return first_id_at(id_time_ms(message.id) - message.key_holds_ms)


class Standing(msgspec.Struct, frozen=True, gc=False):
    """Where a message stands: the columns that change. Times are Unix milliseconds, 0 where not yet."""

    state: State
    connector: str
    attempts: int = 0
    due_ms: int = 0
    sent_ms: int = 0
    final_ms: int = 0
    error: str = ""
    command_status: int = 0
    possible_duplicate: str = ""
    """Why the SMSC may have it twice; empty where it cannot."""
    refunded: int = 0


class StoredMessage(msgspec.Struct, frozen=True, gc=False):
    """A message and where it stands."""

    message: Message
    standing: Standing


class PartSent(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One part that the SMSC took: its number (from 1), the SMSC's id as it wrote it.

    `packet` is the network's own id of what the part was handed over in together with others, where it has such.
    """

    number: int
    smsc_id: str
    packet: str = ""


class PartRecord(msgspec.Struct, frozen=True, gc=False):
    """One part as the store keeps it, with what its receipt said."""

    message_id: int
    number: int
    group: str
    smsc_id: str
    sent_ms: int
    open: bool
    word: str = ""
    error: str = ""
    receipt: str = ""
    done_ms: int = 0
    packet: str = ""


class PartReceipt(msgspec.Struct, frozen=True, gc=False):
    """What a receipt writes on its part: final or not, the state word, the error and the receipt's own text."""

    number: int
    final: bool
    word: str
    error: str
    receipt: str
    done_ms: int


class Note(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A line of the timeline that no column tells: a failed attempt, a second receipt, an operator's act."""

    what: str
    connector: str = ""
    detail: str = ""
    attempt: int = 0


class NoteRecord(msgspec.Struct, frozen=True, gc=False):
    """A note and when it was written (Unix milliseconds)."""

    at_ms: int
    note: Note


class Transition(msgspec.Struct, frozen=True, gc=False):
    """One change of one message: all of it is applied in one commit, or nothing of it.

    It applies only while the message is in one of the states `only_from` (a bit mask of State); with
    `when_all_parts` only once every part has its final receipt. `sent` are parts that the SMSC took, filed
    under the key space `group` (the first id of a part stays) and open for receipts if it `awaits` them.
    `owes` are notices to put into the outbox, already claimed until `leased_ms` where that is set; `refund` gives the charge back (once, and only while no part was
    ever taken); `settles` takes what of it was only set aside (once, and not of what was given back); `uncounted` takes the attempt back; `note` is a line for the timeline. A `part` is written even
    where the state does not change. None leaves a column as it is.
    """

    message_id: int
    only_from: int
    to: State
    at_ms: int
    account: str = ""
    connector: str | None = None
    due_ms: int | None = None
    error: str | None = None
    command_status: int | None = None
    possible_duplicate: str | None = None
    sent: tuple[PartSent, ...] = ()
    group: str = ""
    awaits: bool = True
    part: PartReceipt | None = None
    when_all_parts: bool = False
    refund: bool = False
    settles: bool = False
    uncounted: bool = False
    owes: tuple[Notice, ...] = ()
    leased_ms: int = 0
    note: Note | None = None
    body: Message | None = None
    """The message with another text (replace_sm), where that changes."""


class AcceptResult(IntEnum):
    """How the store took one new message."""

    ACCEPTED = 1
    NO_BALANCE = 2
    REPEATED = 3
    """An earlier message has the same account and key."""


class Taken(msgspec.Struct, frozen=True, gc=False):
    """The store's answer for one new message; `message_id` is the earlier one's where repeated."""

    result: AcceptResult
    message_id: int
