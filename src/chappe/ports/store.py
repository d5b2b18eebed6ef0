"""The store: everything durable, behind doors that take batches. A call that has returned is on disk."""

from __future__ import annotations

from typing import Protocol

from chappe.ports.batches import BatchStore
from chappe.ports.devices import DeviceStore
from chappe.ports.directory import DirectoryStore
from chappe.ports.incoming import IncomingStore
from chappe.ports.labels import LabelStore
from chappe.ports.ledger import LedgerStore
from chappe.ports.lists import ListStore
from chappe.ports.messages import MessageStore
from chappe.ports.outbox import OutboxStore
from chappe.ports.pins import PinStore
from chappe.ports.queue import QueueStore
from chappe.ports.reports import ReportStore


class StoreError(Exception):
    """Something about the store; the message is a sentence for operators."""


class StoreBusy(StoreError):
    """New work cannot be taken now (disk full, say); what is held is safe, and trying again later may help."""


class StoreFailed(StoreError):
    """A write or sync failed: nothing more is taken until the process is started anew and recovers."""


class StoreUnusable(StoreError):
    """This store cannot be opened: not one of ours, damaged, or written by a newer version."""


class Store(
    MessageStore,
    QueueStore,
    LedgerStore,
    DirectoryStore,
    OutboxStore,
    IncomingStore,
    BatchStore,
    LabelStore,
    ListStore,
    PinStore,
    ReportStore,
    DeviceStore,
    Protocol,
):
    """All doors of one engine; batches of different doors may share one commit, each is all or nothing."""

    async def close(self) -> None:
        """Finishes what was handed in, then lets go of the files."""
        ...
