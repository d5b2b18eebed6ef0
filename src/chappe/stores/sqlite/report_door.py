"""The door for stretches of messages, as work for the writer."""

from __future__ import annotations

from chappe.ports.reports import Stretch
from chappe.stores.sqlite import reports as work
from chappe.stores.sqlite.records import stored_message
from chappe.stores.sqlite.writer import Works


class ReportDoor:
    """Answers `ports.reports.ReportStore`."""

    def __init__(self, writer: Works) -> None:
        self._writer = writer

    async def stretch(self, account: str, after_id: int, before_id: int, most: int) -> Stretch:
        """See the port."""
        told = await self._writer.do(work.stretch, account, after_id, before_id, most)
        return Stretch(tuple(stored_message(row) for row in told.rows), told.looked_at, told.last_id)
