"""The door for stretches of messages, in memory."""

from __future__ import annotations

from chappe.ports.reports import Stretch
from chappe.stores.memory.tables import Tables


class ReportDoor:
    """Answers `ports.reports.ReportStore`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def stretch(self, account: str, after_id: int, before_id: int, most: int) -> Stretch:
        """See the port."""
        ids = [number for number in sorted(self._tables.messages) if after_id < number < before_id][:most]
        found = (self._tables.messages[number].stored() for number in ids)
        mine = tuple(one for one in found if one.message.account == account)
        return Stretch(mine, len(ids), ids[-1] if ids else 0)
