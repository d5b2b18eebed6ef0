"""The door for batches: taken whole in one commit, spread slice by slice, each slice in a commit with its messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from chappe.domain.batch import Batch, BatchProgress, Mailing, Slice
from chappe.domain.message import Message, StoredMessage
from chappe.domain.refusal import Reason
from chappe.domain.report import Notice
from chappe.domain.state import State


class Unsent(msgspec.Struct, frozen=True, gc=False):
    """A message of a batch that ends as it begins: its final state, why, and the notices that are owed for it."""

    message: Message
    state: State
    error: str
    owes: tuple[Notice, ...] = ()
    reason: Reason | None = None


class BatchStore(Protocol):
    """Records of batches and their slices."""

    async def open_batch(self, batch: Batch, slices: Sequence[Sequence[Mailing]]) -> Batch:
        """Writes a batch and all its slices in one commit.

        Says which batch stands: an earlier one of the same account and key, then nothing is written. Raises
        StoreBusy or StoreFailed; then nothing is written either.
        """
        ...

    async def due_slices(self, now_ms: int, limit: int) -> list[Slice]:
        """The next slice of up to `limit` batches whose time has come, and of those that are being cancelled."""
        ...

    async def take_slice(
        self, number: int, messages: Sequence[Message], unsent: Sequence[Unsent], at_ms: int
    ) -> list[int] | None:
        """Makes a slice into messages in one commit: queued or scheduled ones, and those that have ended.

        An empty list says that it is done; None that the slice was taken already, and nothing is written. Else
        the positions of messages that their account cannot pay: then nothing is written either.
        """
        ...

    async def file_unsent(self, unsent: Sequence[Unsent], at_ms: int) -> None:
        """Writes messages of no batch that end as they come, and what is owed for them, in one commit.

        Raises StoreBusy or StoreFailed; then nothing is written.
        """
        ...

    async def cancel_batch(self, batch_id: int) -> bool:
        """Marks a batch as unwanted; False if it is so already."""
        ...

    async def cancelling(self, limit: int) -> list[StoredMessage]:
        """Messages that still wait, of batches that are being cancelled and have no slices any more.

        Those of them that have nothing waiting or in flight any more are marked as cancelled.
        """
        ...

    async def batch(self, batch_id: int) -> BatchProgress | None:
        """How a batch fares; its messages are counted by an index."""
        ...
