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
"""Requests that may wait on one connection; then nothing more is read until half of them are answered."""

_WRITE_HIGH: Final = 1 << 20
_LINGERS: Final = 2.0
"""Seconds for a client to see its refusal while it still sends."""

_VERSIONS: Final = frozenset({"1.0", "1.1"})
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_BAD: Final = HttpResponse(400, b"Invalid HTTP request\n")
_TOO_LONG: Final = HttpResponse(431, b"Request header fields too large\n")
_TOO_LARGE: Final = HttpResponse(413, b"Request body too large\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """Octets, seconds and counts that one listener bears with."""

    header_octets: int = 65_536
    header_count: int = 256
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
        self._fruitless = 0
        self._in_head = True
        self._begun = False
        self._waiting: deque[tuple[HttpRequest, bool]] = deque()
        self._serving: asyncio.Task[None] | None = None
        self._ends = False
        self._reading = True
        self._drained: asyncio.Future[None] | None = None
        self._until = self._loop.time() + listener.limits.header_seconds
        self._taken_until = inf

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
        # Octets that are no body: a head, but also chunk extensions and trailers, which the parser gathers too.
        self._fruitless += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as stopped:
            self._read_on(data[stopped.args[0] :])
        except httptools.HttpParserError:
            self._refuse(_BAD)
        else:
            if self._fruitless > self._listener.limits.header_octets:
                self._refuse(_TOO_LONG)

    def eof_received(self) -> bool:
        """See asyncio.Protocol: a client may close its side and still want its answers."""
        self._ends = True
        if self._serving is None:
            self._close()
        # With TLS there is no half of a connection to keep.
        return not self._secure

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol. What is being answered goes on: it may be a message on its way to disk."""
        del exc
        self._transport = None
        self._waiting.clear()
        self._go_on()
        self._listener.left(self, self._address)

    def pause_writing(self) -> None:
        """See asyncio.Protocol: the peer takes nothing of its answers, so it gets no more of them."""
        self._taken_until = self._loop.time() + self._listener.limits.write_seconds
        self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self._taken_until = inf
        self._go_on()

    # ------------------------------------------------------------ httptools

    def on_message_begin(self) -> None:
        """See httptools."""
        self._url = b""
        self._headers = []
        self._body = []
        self._size = 0
        self._begun = True
        self._until = self._loop.time() + self._listener.limits.header_seconds

    def on_url(self, url: bytes) -> None:
        """See httptools; a long one comes in pieces."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """See httptools. Trailers are dropped: nobody may find in them what a proxy looks for in a head."""
        if self._in_head:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """See httptools."""
        if self._parser.should_upgrade():
            return
        if self._parser.get_http_version() not in _VERSIONS:
            self._refuse(_BAD)
            return
        limits = self._listener.limits
        self._in_head = False
        self._until = self._loop.time() + limits.request_seconds
        # Only a read that is too long itself can have hidden a head that is.
        if len(self._headers) > limits.header_count or (
            self._fruitless > limits.header_octets
            and sum(len(name) + len(value) for name, value in self._headers) + len(self._url)
            > limits.header_octets
        ):
            self._refuse(_TOO_LONG)
        self._fruitless = 0
        expects = False
        for name, value in self._headers:
            if name == b"expect":
                expects = value.lower() == b"100-continue"
            elif name == b"content-length" and int(value) > limits.body_octets:
                self._refuse(_TOO_LARGE)
        if expects and not self._ends and self._transport is not None:
            self._transport.write(_CONTINUE)

    def on_body(self, body: bytes) -> None:
        """See httptools."""
        self._fruitless = 0
        self._size += len(body)
        if self._size > self._listener.limits.body_octets:
            self._refuse(_TOO_LARGE)
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """See httptools."""
        self._in_head = True
        self._begun = False
        self._fruitless = 0
        if self._ends or self._parser.should_upgrade():
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
            self._url,
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
                self._serving = None
                self._close()
                return
            if self._drained is not None:
                await self._drained
            if not self._waiting:
                break
            request, keep = self._waiting.popleft()
            if len(self._waiting) <= _PIPELINED // 2 and not self._reading and self._transport is not None:
                self._reading = True
                self._transport.resume_reading()
        self._serving = None
        if self._ends or self._listener.closing:
            self._close()
            return
        limits = self._listener.limits
        self._until = self._loop.time() + (limits.header_seconds if self._begun else limits.idle_seconds)

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

    def _read_on(self, rest: bytes) -> None:
        """Reads a request that asks for an upgrade as one that does not (RFC 9110 §7.8).

        The parser has stopped before its body; `rest` is what it left.
        """
        method = self._parser.get_method()
        if method == b"CONNECT" or len(self._waiting) >= _PIPELINED:
            self._refuse(_BAD)
            return
        lines = b"".join(b"%b: %b\r\n" % header for header in self._headers if header[0] != b"upgrade")
        version = self._parser.get_http_version().encode()
        head = b"%b %b HTTP/%b\r\n%b\r\n" % (method, self._url, version, lines)
        self._parser = httptools.HttpRequestParser(self)
        self.data_received(head + rest)

    def _go_on(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)

    def _refuse(self, response: HttpResponse) -> None:
        """Answers what cannot be served, and reads no further: where the next request begins is not known."""
        if self._ends:
            return
        self._ends = True
        if self._serving is None:
            self._write(response, head_only=False, keep=False)
            self._linger()

    def _linger(self) -> None:
        """Says that no more will come, and takes what the client still sends.

        Closed at once, with octets unread, the connection would be reset and the client would not see why.
        """
        if self._transport is None or not self._transport.can_write_eof():
            self._close()
            return
        self._until = self._loop.time() + _LINGERS
        self._transport.write_eof()

    def _close(self) -> None:
        self._ends = True
        if self._transport is not None:
            self._until = self._loop.time() + self._listener.limits.write_seconds
            self._transport.close()

    def look(self, now: float) -> None:
        """Ends what has taken too long: a request that is not whole, idleness, a peer that takes no answer."""
        waits = self._serving is None and now >= self._until
        if (waits or now >= self._taken_until) and self._transport is not None:
            self._transport.abort()

    def leave(self) -> None:
        """Closes now if nothing is being answered, else after that answer."""
        if self._serving is None:
            self._close()
