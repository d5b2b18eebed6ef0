"""Servers that a caller may meet: each connection is served by a script of the test's, well behaved or not."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

PATIENCE = 10.0
"""Seconds after which a test gives up waiting."""


class Line:
    """One connection as the server sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def request(self) -> bytes:
        """The next request as octets, its body included; raises IncompleteReadError where none comes."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b": ")
            if name.lower() == b"content-length":
                length = int(value)
        return head + await self._reader.readexactly(length)

    def say(self, octets: bytes) -> None:
        self.writer.write(octets)

    def hang_up(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def gone(self) -> None:
        """Waits for the client to hang up."""
        with contextlib.suppress(ConnectionError):
            while await self._reader.read(65_536):
                pass


Script = Callable[[Line], Awaitable[None]]


class Server:
    """What listens; `connections` counts all that came, `requests` is for scripts to fill."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self.connections = 0
        self.open = 0
        self.most = 0
        self.requests: list[bytes] = []
        self.port = 0

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits for a condition that connections and requests change."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    def note(self, request: bytes) -> None:
        self.requests.append(request)
        self._changed.set()

    def met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(Line(reader, writer)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, line: Line) -> None:
        self.connections += 1
        self.open += 1
        self.most = max(self.most, self.open)
        self._changed.set()
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._script(line)
        finally:
            self.open -= 1
            self._changed.set()
            line.hang_up()

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def serving(
    script: Script, *, context: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[Server]:
    made = Server(script)
    listener = await asyncio.start_server(made.met, host, port, ssl=context)
    made.port = listener.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        listener.close()
        await made.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def saying(octets: bytes, *, then: str = "stay") -> Script:
    """Says the same to every request, and then stays, hangs up or resets."""

    async def script(line: Line) -> None:
        while True:
            await line.request()
            line.say(octets)
            if then == "hang up":
                return
            if then == "reset":
                line.reset()
                return

    return script


async def silence(line: Line) -> None:
    """Takes everything and says nothing."""
    await line.gone()
