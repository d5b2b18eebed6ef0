"""The way to a writer in another process: hands work over a local socket and waits for its answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import msgspec

from chappe.net.frames import MOST_OCTETS, Frames
from chappe.ports.store import StoreError, StoreFailed
from chappe.stores.sqlite.wire import Ask, Fed, error_of, known, pack, read_answers, write_parts

T = TypeVar("T")

_MOST_WORK: Final = MOST_OCTETS // 2
"""Octets of one piece of work, and of all that go as one frame."""

OnFed = Callable[[list[str], list[str]], None]
"""Told of queues and lanes to which somebody's commit added something."""


class RemoteWriter(asyncio.Protocol):
    """Answers `Works`. Made by `connect_writer`.

    When the writer is gone, what was asked for may or may not be on disk: every wait ends with StoreFailed, and the
    process must end and recover.
    """

    def __init__(self, fed: OnFed) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_fed = fed
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None
        self._number = 0
        self._waiting: dict[int, tuple[asyncio.Future[Any], msgspec.msgpack.Decoder[Any]]] = {}
        self._asks: list[Ask] = []
        self._octets = 0
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._closed = False

    def do(self, work: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:
        """See Works. What is asked for in one turn of the loop goes as one frame."""
        future: asyncio.Future[T] = self._loop.create_future()
        if self._transport is None or self._closed:
            future.set_exception(StoreFailed("the store is closed" if self._closed else "the writer is gone"))
            return future
        told, packed = known(work), pack(arguments)
        octets = len(memoryview(packed))
        if octets > _MOST_WORK:
            # The writer would cut the line, and everybody's work with it.
            future.set_exception(StoreError(f"work of {octets >> 20} MiB is more than is taken at once"))
            return future
        if self._octets + octets > _MOST_WORK:
            self._send()
        self._number += 1
        if not self._asks:
            self._loop.call_soon(self._send)
        self._asks.append(Ask(self._number, told.number, packed))
        self._octets += octets
        self._waiting[self._number] = (future, told.result)
        return future

    async def close(self) -> None:
        """See Works: waits for every answer, then closes the connection."""
        if self._closed:
            return
        self._closed = True
        while self._waiting and self._transport is not None:
            await asyncio.wait([future for future, _ in self._waiting.values()])
        if self._transport is not None:
            self._transport.close()
        await self._gone

    def _send(self) -> None:
        asks, self._asks, self._octets = self._asks, [], 0
        if asks and self._transport is not None:
            self._transport.write(write_parts(asks))

    # ------------------------------------------------------------ asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        # A cast, since the transports of uvloop are no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        for octets in self._frames.feed(data):
            for part in read_answers(octets):
                if isinstance(part, Fed):
                    self._on_fed(part.queues, part.lanes)
                    continue
                future, result = self._waiting.pop(part.number)
                if future.done():
                    continue
                error = error_of(part)
                if error is None:
                    future.set_result(result.decode(part.result))
                else:
                    future.set_exception(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        del exc
        self._transport = None
        waiting, self._waiting = self._waiting, {}
        for future, _ in waiting.values():
            if not future.done():
                future.set_exception(StoreFailed("the writer is gone"))
        if not self._gone.done():
            self._gone.set_result(None)


async def connect_writer(path: Path, fed: OnFed) -> RemoteWriter:
    """Connects to the writer's socket. Raises OSError while nobody listens there."""
    _, writer = await asyncio.get_running_loop().create_unix_connection(lambda: RemoteWriter(fed), str(path))
    return writer
