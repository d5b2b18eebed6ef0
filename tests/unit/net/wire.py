"""HTTP as octets: a listener with a clerk behind it, and a client that says whatever a test wants it to say."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from chappe.net.http_connection import HttpLimits
from chappe.net.http_server import HttpListener
from chappe.protocols.http.messages import HttpRequest, HttpResponse

PATIENCE = 10.0
"""Seconds after which a test gives up waiting."""


@dataclass(frozen=True)
class Seen:
    """A response as the client sees it."""

    status: int
    headers: dict[str, str]
    body: bytes


class Clerk:
    """Answers each request with its body (its path where there is none), but none while `gate` is shut."""

    def __init__(self, response: HttpResponse | None = None) -> None:
        self.requests: list[HttpRequest] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._response = response
        self._asked = asyncio.Event()

    async def answer(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        self._asked.set()
        await self.gate.wait()
        return self._response or HttpResponse(200, request.body or request.path.encode())

    async def asked(self, count: int) -> None:
        """Waits for so many requests."""
        async with asyncio.timeout(PATIENCE):
            while len(self.requests) < count:
                self._asked.clear()
                await self._asked.wait()


class Peer:
    """A client of plain octets."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)

    async def pour(self, octets: bytes) -> None:
        """Sends the same again and again, until the server cuts the connection; raises ConnectionError then."""
        while True:
            self.writer.write(octets)
            await asyncio.wait_for(self.writer.drain(), PATIENCE)

    async def trickle(self, octets: bytes) -> None:
        """One octet a segment, as far as that can be had."""
        for octet in octets:
            self.writer.write(bytes((octet,)))
            await self.writer.drain()

    def reset(self) -> None:
        """Goes without a word (RST)."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def response(self, *, head: bool = False) -> Seen:
        """The next response; `head` where no body follows."""
        async with asyncio.timeout(PATIENCE):
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
            assert lines[0].startswith("HTTP/1.1 ")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
            length = 0 if head else int(headers.get("content-length", "0"))
            return Seen(int(lines[0].split()[1]), headers, await self.reader.readexactly(length))

    async def statuses(self, *octets: bytes) -> list[int]:
        """Sends, and reads the responses until the server closes."""
        self.send(*octets)
        found = []
        while not await self.ended(peek=True):
            found.append((await self.response()).status)
        return found

    async def ended(self, *, peek: bool = False) -> bool:
        """Whether the server has closed; waits for octets or the end. With `peek` octets are left to be read."""
        async with asyncio.timeout(PATIENCE):
            try:
                octets = await self.reader.read(1)
            except ConnectionError:
                return True
            if octets and peek:
                self.reader._buffer[:0] = octets  # type: ignore[attr-defined]
            return not octets


@asynccontextmanager
async def listening(
    clerk: Clerk,
    limits: HttpLimits | None = None,
    *,
    trusted: Sequence[str] = (),
    context: ssl.SSLContext | None = None,
) -> AsyncIterator[HttpListener]:
    listener = HttpListener(clerk.answer, limits, trusted)
    await listener.listen("127.0.0.1", 0, context)
    try:
        yield listener
    finally:
        clerk.gate.set()
        await listener.close(0.1)


@asynccontextmanager
async def peer(
    listener: HttpListener, *, context: ssl.SSLContext | None = None, source: str = "127.0.0.1"
) -> AsyncIterator[Peer]:
    reader, writer = await asyncio.open_connection(
        "127.0.0.1",
        listener.port,
        ssl=context,
        server_hostname="localhost" if context else None,
        local_addr=(source, 0),
    )
    try:
        yield Peer(reader, writer)
    finally:
        writer.transport.abort()


async def gone(listener: HttpListener) -> None:
    """Waits until no connection is open."""
    await asyncio.wait_for(listener._empty.wait(), PATIENCE)


GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def post(body: bytes, *lines: bytes, path: bytes = b"/") -> bytes:
    head = b"".join(line + b"\r\n" for line in lines)
    return b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%b\r\n%b" % (path, len(body), head, body)
