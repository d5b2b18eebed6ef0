"""From queues to connectors: claims what a connector has room for, when there is something to claim."""

from __future__ import annotations

from typing import Final

from chappe.pipeline.dispatch import Dispatch
from chappe.workers.link_board import LinkBoard
from chappe.workers.loop import Loop, OnError

_MOST_AT_ONCE: Final = 500
_LOOK_ANYWAY: Final = 5.0
"""Seconds after which a queue is looked at although nobody said that it has something."""


class Dispatcher:
    """One loop per connector, so that a slow one holds up no other."""

    def __init__(self, dispatch: Dispatch, board: LinkBoard, on_error: OnError) -> None:
        self._dispatch = dispatch
        self._board = board
        self._on_error = on_error
        self._loops: dict[str, Loop] = {}

    def wake(self, connector: str) -> None:
        """A queue got something, or a connector got room."""
        loop = self._loops.get(connector)
        if loop is not None:
            loop.poke()

    def begin(self, connector: str) -> None:
        """Begins to serve a connector."""
        if connector not in self._loops:
            loop = self._loops[connector] = Loop(
                f"dispatch {connector}", lambda: self._serve(connector), self._on_error
            )
            loop.start()

    async def end(self, connector: str) -> None:
        """Claims no more for a connector."""
        loop = self._loops.pop(connector, None)
        if loop is not None:
            await loop.stop()

    async def stop(self) -> None:
        """Claims no more at all."""
        for name in list(self._loops):
            await self.end(name)

    async def _serve(self, name: str) -> float:
        connector = self._board.connectors.get(name)
        if connector is None:
            return _LOOK_ANYWAY
        while (room := min(connector.room(), _MOST_AT_ONCE)) > 0:
            batch = await self._dispatch.take(name, room)
            if not batch:
                break
            connector.send(batch)
        return _LOOK_ANYWAY
