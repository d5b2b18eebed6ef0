"""Notices what operators change: compares the directory's revision several times a second and tells who must know."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from chappe.pipeline.directory import Directory
from chappe.ports.directory import DirectoryStore, Kind
from chappe.workers.loop import Loop, OnError

_LOOK_EVERY: Final = 0.2
Changed = Callable[[frozenset[Kind]], Awaitable[None]]


async def load_directory(store: DirectoryStore) -> Directory:
    """Everything that operators have set, compiled; read before anything else begins."""
    directory = Directory()
    revision = await store.directory_revision()
    directory.apply(await store.directory())
    directory.revision = revision
    return directory


class Watcher:
    """Keeps the compiled directory up to date, without a restart."""

    def __init__(
        self, store: DirectoryStore, directory: Directory, changed: Changed, on_error: OnError
    ) -> None:
        self._store = store
        self._directory = directory
        self._changed = changed
        self._untold: frozenset[Kind] = frozenset()
        self._loop = Loop("watch", self._look, on_error)

    def start(self) -> None:
        """Begins."""
        self._loop.start()

    async def stop(self) -> None:
        """Ends."""
        await self._loop.stop()

    async def _look(self) -> float:
        revision = await self._store.directory_revision()
        if revision > self._directory.revision:
            self._untold |= self._directory.apply(await self._store.directory(self._directory.revision))
            # What was added and removed since leaves no entry that would say how far we are.
            self._directory.revision = max(self._directory.revision, revision)
        if self._untold:
            await self._changed(self._untold)
            self._untold = frozenset()
        return _LOOK_EVERY
