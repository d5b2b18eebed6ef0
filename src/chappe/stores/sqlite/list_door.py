"""The door for the numbers of lists, as work for the writer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from chappe.stores.sqlite import lists
from chappe.stores.sqlite.database import Row, rows_of, run
from chappe.stores.sqlite.records import to_json
from chappe.stores.sqlite.writer import Works

_LookedUp = tuple[int, int, "asyncio.Future[list[int]]"]
"""One caller's first position among what is looked up together, the one after its last, and what it waits for."""


class ListDoor:
    """Answers `ports.lists.ListStore`."""

    def __init__(self, writer: Works) -> None:
        self._writer = writer
        self._asked: list[tuple[str, str]] = []
        self._askers: list[_LookedUp] = []

    async def listed(self, asked: Sequence[tuple[str, str]]) -> list[int]:
        """See the port. What several callers ask during one turn of the loop is one statement."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[int]] = loop.create_future()
        if not self._askers:
            loop.call_soon(self._look_up)
        start = len(self._asked)
        self._asked += asked
        self._askers.append((start, len(self._asked), future))
        return await future

    def _look_up(self) -> None:
        asked, self._asked = self._asked, []
        askers, self._askers = self._askers, []
        work = self._writer.do(rows_of, "listed", to_json(asked))

        def done(work: asyncio.Future[list[Row]]) -> None:
            error = work.exception()
            found = [] if error is not None else [row[0] for row in work.result()]
            for start, end, future in askers:
                if future.done():
                    continue
                if error is not None:
                    future.set_exception(error)
                else:
                    future.set_result([at - start for at in found if start <= at < end])

        work.add_done_callback(done)

    async def enlist(self, name: str, numbers: Sequence[str], at_ms: int, *, again: bool = False) -> int:
        """See the port."""
        listed = to_json(numbers)
        new = await self._writer.do(lists.enlist, name, at_ms, listed)
        if again:
            await self._writer.do(run, "date_members", name, at_ms, listed)
        return new

    async def delist(self, name: str, numbers: Sequence[str]) -> int:
        """See the port."""
        return await self._writer.do(lists.delist, name, to_json(numbers))

    async def list_page(self, name: str, after: str, limit: int) -> list[tuple[str, int]]:
        """See the port."""
        rows = await self._writer.do(rows_of, "list_page", name, after, limit)
        return [(row[0], row[1]) for row in rows]

    async def list_counts(self) -> dict[str, int]:
        """See the port."""
        return {row[0]: row[1] for row in await self._writer.do(rows_of, "list_counts")}

    async def drop_list(self, name: str, limit: int) -> int:
        """See the port."""
        return await self._writer.do(lists.drop, name, limit)
