"""One HTTP/1.1 connection of a client: octets to request values and back, one write a response, limits kept.

What is answered is the listener's to know; parsing is llhttp's, strict about what smugglers use.
"""

from __future__ import annotations

import asyncio
import http
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import Final, Protocol
from urllib.parse import unquote

import httptools

from chappe.protocols.http.messages import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest], Awaitable[HttpResponse]]

_PIPELINED: Final = 16
"""Requests that may wait on one connection; then nothing more is read."""

_WRITE_HIGH: Final = 1 << 20
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_BAD: Final = HttpResponse(400, b"Invalid HTTP request\n")
_TOO_LONG: Final = HttpResponse(431, b"Request header fields too large\n")
_TOO_LARGE: Final = HttpResponse(413, b"Request body too large\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """Octets, seconds and counts that one listener bears with."""

    header_octets: int = 65_536
    header_seconds: float = 10.0
    request_seconds: float = 60.0
    idle_seconds: float = 75.0
    write_seconds: float = 30.0
    body_octets: int = 5 << 20
    connections: int = 10_000
    connections_per_address: int = 2_000


class Listener(Protocol):
    """What a connection asks of who accepted it."""

    limits: HttpLimits
    closing: bool

    def entered(self, connection: HttpConnection, address: str) -> bool:
        """Counts a connection in; False if it is one too many."""
        ...

    def left(self, connection: HttpConnection, address: str) -> None:
        """Counts it out."""
        ...

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """The response to a request; never raises."""
        ...

    def behind(self, address: str, *, secure: bool, headers: list[tuple[bytes, bytes]]) -> tuple[str, bool]:
        """The client's own address and scheme, where a trusted proxy stands before it."""
        ...

    def date(self) -> bytes:
        """The Date header's value (RFC 9110 §6.6.1)."""
        ...


@lru_cache(maxsize=512)
def _head(status: int, content_type: str) -> bytes:
    try:
        phrase = http.HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\nContent-Type: {content_type}\r\n".encode("latin-1")


class HttpConnection(asyncio.Protocol):
    """A connection: requests in order, each answered before the next is begun."""

    def __init__(self, listener: Listener, *, secure: bool) -> None:
        self._listener = listener
        self._secure = secure
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._address = ""
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._size = 0
        self._head_size = 0
        self._in_head = True
        self._waiting: deque[tuple[HttpRequest, bool]] = deque()
        self._serving: asyncio.Task[None] | None = None
        self._ends = False
        self._reading = True
        self._until = self._loop.time() + listener.limits.header_seconds

    # ------------------------------------------------------------ asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = transport  # type: ignore[assignment]  # uvloop's transports are of no asyncio class
        assert self._transport is not None
        self._transport.set_write_buffer_limits(high=_WRITE_HIGH)
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if isinstance(peer, tuple) else ""
        if not self._listener.entered(self, self._address):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._ends:
            return
        if self._in_head:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Nothing here is upgraded to: the request itself stands and is answered in HTTP/1.1.
            self._ends = True
        except httptools.HttpParserError:
            self._refuse(_BAD)
        else:
            if self._in_head and self._head_size > self._listener.limits.header_octets:
                self._refuse(_TOO_LONG)

    def eof_received(self) -> bool:
        """See asyncio.Protocol: a client may close its side and still want its answers."""
        self._ends = True
        if self._serving is None:
            self._close()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol. What is being answered goes on: it may be a message on its way to disk."""
        del exc
        self._transport = None
        self._waiting.clear()
        self._listener.left(self, self._address)

    def pause_writing(self) -> None:
        """See asyncio.Protocol: the peer takes nothing of its answers."""
        self._until = self._loop.time() + self._listener.limits.write_seconds

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self._until = (
            inf if self._serving is not None else self._loop.time() + self._listener.limits.idle_seconds
        )

    # ------------------------------------------------------------ httptools

    def on_message_begin(self) -> None:
        """See httptools."""
        self._url = b""
        self._headers = []
        self._body = []
        self._size = 0
        self._until = self._loop.time() + self._listener.limits.header_seconds

    def on_url(self, url: bytes) -> None:
        """See httptools; a long one comes in pieces."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """See httptools."""
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """See httptools."""
        limits = self._listener.limits
        self._in_head = False
        self._head_size = 0
        self._until = self._loop.time() + limits.request_seconds
        for name, value in self._headers:
            if name == b"expect" and value.lower() == b"100-continue" and self._transport is not None:
                self._transport.write(_CONTINUE)
            elif name == b"content-length" and int(value) > limits.body_octets:
                self._refuse(_TOO_LARGE)

    def on_body(self, body: bytes) -> None:
        """See httptools."""
        self._size += len(body)
        if self._size > self._listener.limits.body_octets:
            self._refuse(_TOO_LARGE)
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """See httptools."""
        self._in_head = True
        if self._ends:
            return
        url = httptools.parse_url(self._url)
        path = (url.path or b"/").decode("latin-1")
        address, secure = self._listener.behind(self._address, secure=self._secure, headers=self._headers)
        request = HttpRequest(
            self._parser.get_method().decode("latin-1"),
            unquote(path, errors="replace") if "%" in path else path,
            url.query or b"",
            self._headers,
            self._body[0] if len(self._body) == 1 else b"".join(self._body),
            address,
            time.time_ns() // 1_000_000,
            secure,
        )
        keep = self._parser.should_keep_alive()
        self._until = inf
        if self._serving is None:
            self._serving = self._loop.create_task(self._serve(request, keep))
            return
        self._waiting.append((request, keep))
        if len(self._waiting) >= _PIPELINED and self._reading and self._transport is not None:
            self._reading = False
            self._transport.pause_reading()

    # ------------------------------------------------------------ answering

    async def _serve(self, request: HttpRequest, keep: bool) -> None:  # noqa: FBT001 - the two facts of a request
        while True:
            response = await self._listener.answer(request)
            keep = keep and not (self._listener.closing or (self._ends and not self._waiting))
            self._write(response, head_only=request.method == "HEAD", keep=keep)
            if not keep:
                self._close()
                break
            if not self._waiting:
                break
            request, keep = self._waiting.popleft()
            if not self._reading and self._transport is not None:
                self._reading = True
                self._transport.resume_reading()
        self._serving = None
        self._until = self._loop.time() + self._listener.limits.idle_seconds

    def _write(self, response: HttpResponse, *, head_only: bool, keep: bool) -> None:
        if self._transport is None:
            return
        body = response.body
        more = b"".join(
            f"{name}: {value}\r\n".encode("latin-1", "replace") for name, value in response.headers
        )
        # Head and body in one write: in two, the second would wait for the first one's acknowledgement.
        self._transport.write(
            b"%b%b%bDate: %b\r\nContent-Length: %d\r\n\r\n%b"
            % (
                _head(response.status, response.content_type),
                more,
                b"" if keep else b"Connection: close\r\n",
                self._listener.date(),
                len(body),
                b"" if head_only else body,
            )
        )

    def _refuse(self, response: HttpResponse) -> None:
        """Answers what cannot be served, and reads no further: where the next request begins is not known."""
        if self._ends:
            return
        self._ends = True
        if self._serving is None:
            self._write(response, head_only=False, keep=False)
            self._close()

    def _close(self) -> None:
        self._ends = True
        if self._transport is not None:
            self._until = self._loop.time() + self._listener.limits.write_seconds
            self._transport.close()

    def look(self, now: float) -> None:
        """Ends what has taken too long: a request that is not whole, idleness, a peer that takes no answer."""
        if now >= self._until and self._transport is not None:
            self._transport.abort()

    def leave(self) -> None:
        """Closes now if nothing is being answered, else after that answer."""
        if self._serving is None:
            self._close()
