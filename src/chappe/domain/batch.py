"""Batches: one call for very many messages, kept in slices that become messages one after the other. Frozen and pure."""

from __future__ import annotations

from enum import IntEnum

import msgspec

from chappe.domain.address import Address
from chappe.domain.report import BatchMark
from chappe.domain.submission import Submission


class BatchState(IntEnum):
    """Where a batch is; the numbers are stored."""

    OPEN = 1
    """It has slices that are not messages yet: its time has not come, or it is being spread."""
    SPREAD = 2
    """All of it are messages, each with its own fate."""
    CANCELLING = 3
    """Its client wants it no more; what still waits is being cancelled."""
    CANCELLED = 4


class Batch(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What was accepted by one call. `due_ms` is when it may begin, 0 for at once; `total` counts destinations.

    `key` is the client's idempotency key, `digest` what tells the request that came with it from others. Times are Unix milliseconds.
    """

    mark: BatchMark
    account: str
    user: str
    dialect: str
    created_ms: int
    due_ms: int
    total: int
    key: str = ""
    digest: str = ""

    @property
    def id(self) -> int:
        """The batch's number, made as those of messages are."""
        return self.mark.id


class Recipient(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One destination, and how the client wrote it where that is another text."""

    address: Address
    given: str = ""


class Mailing(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The same message for several destinations: a submission to be completed with each, or why it is refused.

    `refused` is a sentence in the dialect's words.
    """

    submission: Submission | None
    refused: str
    recipients: list[Recipient]


class Slice(msgspec.Struct, frozen=True, gc=False):
    """A piece of a batch that is due: its number, the batch and how that stands."""

    number: int
    batch: Batch
    state: BatchState
    mailings: list[Mailing]


class BatchLine(msgspec.Struct, frozen=True, gc=False):
    """One destination of a batch as a dialect reads it. Lines of one message share the very same submission."""

    recipient: Recipient
    submission: Submission | None
    refused: str = ""


class BatchProgress(msgspec.Struct, frozen=True, gc=False):
    """How a batch fares: `waiting` counts destinations that are not messages yet, `states` messages by State."""

    batch: Batch
    state: BatchState
    waiting: int
    states: dict[int, int]
