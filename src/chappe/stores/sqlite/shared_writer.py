"""The one writer as a process of its own: commits what several processes ask for over a local socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from chappe.net.frames import Frames
from chappe.net.unix_socket import bound
from chappe.stores.sqlite.commit import Committer
from chappe.stores.sqlite.database import Database
from chappe.stores.sqlite.wire import BY_NUMBER, Ask, Fed, Known, Told, read_asks, told, write_parts
from chappe.stores.sqlite.writer import MOST_JOBS

_BACKLOG: Final = 128


class SharedWriter:
    """Serves `RemoteWriter`s. Everything runs in the loop's thread: while it syncs, the next work gathers in the sockets.

    After each commit all are told which queues and lanes got something, so that nobody need look.
    """

    def __init__(self, database: Database, interval: float, failed: Callable[[], None]) -> None:
        """`failed` is called once the file can no longer be trusted: the process must end."""
        self._database = database
        self._interval = interval
        self._failed = failed
        self._committer = Committer(database, self._committed)
        self._loop = asyncio.get_running_loop()
        self._fed: set[str] = set()
        self._lanes: set[str] = set()
        self._asked: list[tuple[_Asker, int, Known, tuple[Any, ...]]] = []
        self._due: asyncio.Handle | None = None
        self._last = 0.0
        self._server: asyncio.AbstractServer | None = None
        self.askers: set[_Asker] = set()
        self._nobody = asyncio.Event()
        self._nobody.set()

    async def listen(self, path: Path) -> None:
        """Serves on a socket that only this user may open; one left by an earlier process is replaced."""
        self._server = await self._loop.create_unix_server(
            lambda: _Asker(self), sock=bound(path), backlog=_BACKLOG
        )

    async def close(self) -> None:
        """Commits what was asked for, answers it, closes the file."""
        if self._server is not None:
            self._server.close()
        while self._asked:
            self._commit()
        for asker in tuple(self.askers):
            asker.leave()
        await self._nobody.wait()
        if self._server is not None:
            await self._server.wait_closed()
        self._database.connection.close()

    def enter(self, asker: _Asker) -> None:
        """A process came."""
        self.askers.add(asker)
        self._nobody.clear()

    def leave(self, asker: _Asker) -> None:
        """A process is gone."""
        self.askers.discard(asker)
        if not self.askers:
            self._nobody.set()

    def ask(self, asker: _Asker, asks: list[Ask]) -> None:
        """Takes work in; it is done with whatever else has come by then."""
        for one in asks:
            known = BY_NUMBER[one.work]
            self._asked.append((asker, one.number, known, known.arguments.decode(one.arguments)))
        if self._due is None:
            wait = self._interval - (self._loop.time() - self._last)
            self._due = (
                self._loop.call_later(wait, self._commit) if wait > 0 else self._loop.call_soon(self._commit)
            )

    def _committed(self, database: Database) -> None:
        self._fed |= database.fed
        self._lanes |= database.lanes

    def _commit(self) -> None:
        self._due = None
        batch, self._asked = self._asked[:MOST_JOBS], self._asked[MOST_JOBS:]
        self._last = self._loop.time()
        outcomes = self._committer.commit([(known.work, arguments) for _, _, known, arguments in batch])
        answers: dict[_Asker, list[Told | Fed]] = {}
        for (asker, number, _, _), (result, error) in zip(batch, outcomes, strict=True):
            answers.setdefault(asker, []).append(told(number, result, error))
        if self._fed or self._lanes:
            fed = Fed(list(self._fed), list(self._lanes))
            self._fed.clear()
            self._lanes.clear()
            for asker in self.askers:
                answers.setdefault(asker, []).append(fed)
        for asker, parts in answers.items():
            asker.answer(parts)
        if self._committer.failure is not None:
            self._failed()
        elif self._asked:
            self._due = self._loop.call_soon(self._commit)


class _Asker(asyncio.Protocol):
    """One process that asks."""

    def __init__(self, writer: SharedWriter) -> None:
        self._writer = writer
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        # A cast, since the transports of uvloop are no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._writer.enter(self)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol. Whoever sends what is no ask of ours is cut off."""
        try:
            for octets in self._frames.feed(data):
                self._writer.ask(self, read_asks(octets))
        except (ValueError, IndexError, msgspec.DecodeError):
            self.cut()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol. What it asked for is done all the same."""
        del exc
        self._transport = None
        self._writer.leave(self)

    def answer(self, parts: list[Told | Fed]) -> None:
        """Sends answers, if the asker is still there."""
        if self._transport is not None:
            self._transport.write(write_parts(parts))

    def cut(self) -> None:
        """Closes at once, whatever is still to be written."""
        if self._transport is not None:
            self._transport.abort()

    def leave(self) -> None:
        """Closes once what was answered is written."""
        if self._transport is not None:
            self._transport.close()
