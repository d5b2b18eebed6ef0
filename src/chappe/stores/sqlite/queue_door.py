"""The door for queues: claims and their kin as work for the writer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chappe.domain.message import StoredMessage
from chappe.stores.sqlite import queue
from chappe.stores.sqlite.database import Row, rows_of
from chappe.stores.sqlite.records import stored_message, to_json
from chappe.stores.sqlite.writer import Works


class QueueDoor:
    """Answers `ports.queue.QueueStore`."""

    def __init__(self, writer: Works) -> None:
        self._writer = writer

    async def new_owner(self) -> int:
        """See the port."""
        return await self._writer.do(queue.new_owner)

    async def claim(self, connector: str, limit: int, owner: int, again_ms: int) -> list[StoredMessage]:
        """See the port."""
        rows = await self._writer.do(queue.claim, connector, limit, owner, again_ms)
        return [stored_message(row) for row in rows]

    async def stranded(self, owner: int, dead: Sequence[int], before: int, limit: int) -> list[StoredMessage]:
        """See the port."""
        rows = await self._writer.do(rows_of, "stranded", owner, to_json(dead), before, limit)
        return _stored(sorted(rows))

    async def release_due(self, now_ms: int, limit: int) -> Mapping[str, int]:
        """See the port."""
        return await self._writer.do(queue.release_due, now_ms, limit)

    async def next_due(self) -> int:
        """See the port."""
        return int((await self._writer.do(rows_of, "next_due"))[0][0] or 0)

    async def expired(self, now_ms: int, limit: int) -> list[StoredMessage]:
        """See the port."""
        return _stored(await self._writer.do(rows_of, "expired", now_ms, limit))

    async def depths(self) -> Mapping[str, int]:
        """See the port."""
        return await self._writer.do(queue.depths)


def _stored(rows: list[Row]) -> list[StoredMessage]:
    return [stored_message(row) for row in rows]
