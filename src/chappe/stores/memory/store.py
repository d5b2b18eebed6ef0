"""The store in memory: its doors put together. Nothing in it outlives the process."""

from __future__ import annotations

from chappe.stores.memory.batch_door import BatchDoor
from chappe.stores.memory.device_door import DeviceDoor
from chappe.stores.memory.incoming_door import IncomingDoor
from chappe.stores.memory.labels_door import LabelsDoor
from chappe.stores.memory.list_door import ListDoor
from chappe.stores.memory.message_door import MessageDoor
from chappe.stores.memory.operator_doors import DirectoryDoor, LedgerDoor
from chappe.stores.memory.outbox_door import OutboxDoor
from chappe.stores.memory.pins_door import PinsDoor
from chappe.stores.memory.queue_door import QueueDoor
from chappe.stores.memory.report_door import ReportDoor
from chappe.stores.memory.tables import Tables


class MemoryStore(
    MessageDoor,
    QueueDoor,
    OutboxDoor,
    DirectoryDoor,
    LedgerDoor,
    IncomingDoor,
    BatchDoor,
    LabelsDoor,
    ListDoor,
    PinsDoor,
    ReportDoor,
    DeviceDoor,
):
    """Answers `ports.store.Store`."""

    def __init__(self) -> None:
        self._tables = Tables()

    async def close(self) -> None:
        """Forgets everything."""
        self._tables = Tables()
