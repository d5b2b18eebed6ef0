"""The door for message records: accepting them, changing their state, matching receipts, telling their story."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from chappe.domain.message import (
    Message,
    NoteRecord,
    PartRecord,
    StoredMessage,
    Taken,
    Transition,
)
from chappe.domain.receipt import Receipt, UnmatchedReceipt
from chappe.domain.report import NoticeRecord


class PartLookup(msgspec.Struct, frozen=True, gc=False):
    """Look a part up: the key space, candidate keys in order, and the subscriber whom it must have gone to.

    Only the first key may match without the subscriber's number agreeing.
    """

    space: str
    keys: tuple[str, ...]
    subscriber: str


class PartMatch(msgspec.Struct, frozen=True, gc=False):
    """The part found, its message, and which of the candidate keys found it."""

    found: StoredMessage
    part: PartRecord
    key_index: int


class AwaitedPart(msgspec.Struct, frozen=True, gc=False):
    """A part that a network took and has not told the end of, and its message."""

    message: Message
    part: PartRecord


class AwaitedPage(msgspec.Struct, frozen=True, gc=False):
    """Some awaited parts, and after which place the next page begins; None where this was the last."""

    parts: tuple[AwaitedPart, ...]
    after: tuple[int, int] | None


FIRST_PAGE: Final = (0, 0)


class AwaitedParts(Protocol):
    """What a connector that must ask for its receipts reads when it opens, since it may not be the one that sent."""

    async def awaited_parts(self, connector: str, after: tuple[int, int], limit: int) -> AwaitedPage:
        """Open parts of sent messages of this connector whose receipt is waited for, soonest given up first.

        At most `limit` sent messages, of whatever connector, are looked at: a page may be empty and not the last.
        """
        ...


class Timeline(msgspec.Struct, frozen=True, gc=False):
    """All that the store holds of one message, each list in order of time."""

    found: StoredMessage
    parts: tuple[PartRecord, ...]
    notes: tuple[NoteRecord, ...]
    notices: tuple[NoticeRecord, ...]


class MessageStore(AwaitedParts, Protocol):
    """Records of MTs."""

    async def accept(self, messages: Sequence[Message], *, whole: bool = False) -> list[Taken]:
        """Writes records, debits and queue entries in one commit; one answer each, in order.

        An account's balance never goes below zero: what it cannot pay is not written. With `whole`, one
        message that cannot be taken makes none be taken. A known idempotency key answers with the earlier id.
        Raises StoreBusy or StoreFailed; then nothing is written.
        """
        ...

    async def move(self, transitions: Sequence[Transition]) -> list[bool]:
        """Applies transitions, each whole or not at all; says for each whether the state was changed."""
        ...

    async def messages(self, ids: Sequence[int]) -> list[StoredMessage | None]:
        """Records by id, None where there is none."""
        ...

    async def messages_between(self, account: str, ranges: Sequence[tuple[int, int]]) -> list[StoredMessage]:
        """An account's records in ranges of ids, both ends included and of one node; in order of their ids.

        A range is to be short: every record of that while is looked at.
        """
        ...

    async def timeline(self, message_id: int) -> Timeline | None:
        """What became of one message, step by step."""
        ...

    async def find_parts(self, lookups: Sequence[PartLookup]) -> list[PartMatch | None]:
        """The open part behind each look-up, None where none matches."""
        ...

    async def note(self, notes: Sequence[tuple[int, NoteRecord]]) -> None:
        """Adds lines to timelines (message id, line)."""
        ...

    async def park_receipts(self, receipts: Sequence[tuple[Receipt, int]]) -> None:
        """Keeps receipts whose part is not known yet, each with the time (Unix ms) of its next look-up."""
        ...

    async def unmatched(self, now_ms: int, limit: int) -> list[UnmatchedReceipt]:
        """Unmatched receipts due for another look-up."""
        ...

    async def settle_unmatched(self, matched: Sequence[int], again: Sequence[tuple[int, int | None]]) -> None:
        """Removes matched ones; (id, due Unix ms) tries again, due None keeps it for good as an orphan."""
        ...

    async def unmatched_counts(self) -> tuple[int, int]:
        """How many receipts wait for their part, and how many are orphans."""
        ...

    async def overdue(self, now_ms: int, limit: int) -> list[StoredMessage]:
        """Sent messages whose receipt should have come by now (their `due_ms`)."""
        ...

    async def purge_texts(self, after_id: int, before_id: int, limit: int) -> int:
        """Empties texts of settled messages between two ids; says the last id looked at, 0 when all are done."""
        ...

    async def purge_records(self, before_id: int, limit: int) -> int:
        """Deletes settled messages, MOs and orphaned receipts from before an id, and all that hangs on them.

        One with a notice still owed stays. The sums of charges are kept, so that balances still add up. Says how
        many records went.
        """
        ...

    async def newest_id(self) -> int:
        """The largest id of a message or batch ever written, 0 for none."""
        ...
