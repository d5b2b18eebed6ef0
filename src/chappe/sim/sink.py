"""A webhook sink: takes HTTP requests, keeps them, answers as it is told to. Small and fast; no routing, no files."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final, cast
from urllib.parse import unquote

import httptools
import msgspec

from chappe.protocols.http.messages import HttpRequest
from chappe.sim.ledger import HookRow, LedgerWriter, token_in
from chappe.sim.wheel import Wheel

_LONGEST: Final = 64 << 20
"""Octets of a body; a longer one is refused with 413."""


class Reply(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """How one request is answered."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    """Seconds before the answer."""
    hang: bool = False
    """No answer ever; the connection stays open."""
    cut: bool = False
    """The connection is broken instead of an answer."""
    close: bool = False
    """The connection is closed after the answer."""


def redirect(to: str, status: int = 302) -> Reply:
    """An answer that sends the caller elsewhere."""
    return Reply(status=status, headers=(("Location", to),))


def busy(retry_after: int | str, status: int = 429) -> Reply:
    """An answer that asks the caller to come back: after so many seconds, or at an HTTP date."""
    return Reply(status=status, headers=(("Retry-After", str(retry_after)),))


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkSettings:
    """Where the sink listens and what it answers unless it is told otherwise."""

    host: str = "127.0.0.1"
    port: int = 0
    reply: Reply = field(default_factory=Reply)
    keep: int = 10_000
    """How many requests are kept, the last ones; all are counted."""
    ledger: Path | None = None

    def problems(self) -> tuple[str, ...]:
        """A sentence for each value that makes no sense; none if all is well."""
        return tuple(self._problems())

    def _problems(self) -> Iterator[str]:
        if not 0 <= self.port <= 65_535:
            yield f"port is {self.port}: 0 to 65535 is meant"
        if self.keep < 0:
            yield f"keep is {self.keep}: it cannot be below 0"
        if not 100 <= self.reply.status <= 599:
            yield f"status is {self.reply.status}: 100 to 599 is meant"
        if self.reply.delay < 0:
            yield f"delay is {self.reply.delay}: it cannot be below 0"


class Sink:
    """A running sink: `open`, then look at `requests` or `wait` for them, then `close`."""

    def __init__(self, settings: SinkSettings | None = None) -> None:
        """Raises ValueError with the settings' problems, and OSError where the ledger cannot be opened."""
        self._settings = settings = SinkSettings() if settings is None else settings
        problems = settings.problems()
        if problems:
            raise ValueError("; ".join(problems))
        self._loop = asyncio.get_running_loop()
        self._ledger = None if settings.ledger is None else LedgerWriter(settings.ledger)
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._scripts: dict[str, deque[Reply]] = {}
        self._always: dict[str, Reply] = {}
        self._waiting: list[tuple[Callable[[HttpRequest], bool], asyncio.Future[HttpRequest]]] = []
        self._counted: list[tuple[int, asyncio.Future[None]]] = []
        self._usual = _write(settings.reply)
        self.wheel = Wheel(self._loop)
        self.requests: deque[HttpRequest] = deque(maxlen=settings.keep)
        """The last requests, oldest first."""
        self.count = 0
        """All requests."""
        self.answers: Counter[int] = Counter()
        """How many answers of each status; requests that get none are not among them."""
        self.port = 0
        """Where it listens, once open."""

    async def open(self, tls: ssl.SSLContext | None = None) -> None:
        """Listens. Raises OSError."""
        settings = self._settings
        self._server = await self._loop.create_server(
            lambda: _Connection(self), settings.host, settings.port, ssl=tls, backlog=1024
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Closes every connection, unanswered requests or not."""
        if self._server is not None:
            self._server.close()
        self.wheel.clear()
        for connection in tuple(self._connections):
            connection.abort()
        await self._empty.wait()
        if self._ledger is not None:
            self._ledger.close()

    def url(self, path: str = "/") -> str:
        """The address of a path here."""
        return f"http://{self._settings.host}:{self.port}{path}"

    def script(self, replies: Iterable[Reply], path: str = "") -> None:
        """The next requests to this path, or to any, get these answers in order; later ones the usual one."""
        self._scripts.setdefault(path, deque()).extend(replies)

    def always(self, reply: Reply, path: str = "") -> None:
        """Every request to this path, or to any without its own, gets this answer from now on."""
        self._always[path] = reply

    async def wait(self, wanted: Callable[[HttpRequest], bool]) -> HttpRequest:
        """The first kept request that is wanted; waits for it where there is none yet."""
        for request in self.requests:
            if wanted(request):
                return request
        future: asyncio.Future[HttpRequest] = self._loop.create_future()
        self._waiting.append((wanted, future))
        return await future

    async def wait_count(self, count: int) -> None:
        """Returns once so many requests have come since the start."""
        if self.count < count:
            future: asyncio.Future[None] = self._loop.create_future()
            self._counted.append((count, future))
            await future

    # ------------------------------------------------------------ what connections say

    def entered(self, connection: _Connection) -> None:
        """A connection stands."""
        self._connections.add(connection)
        self._empty.clear()

    def left(self, connection: _Connection) -> None:
        """A connection is gone."""
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()

    def arrived(self, request: HttpRequest) -> tuple[Reply, bytes]:
        """A request came: how it is answered, and the answer's octets."""
        self.count += 1
        self.requests.append(request)
        if self._ledger is not None:
            target = f"{request.path}?{str(request.query, 'latin-1')}" if request.query else request.path
            token = token_in(target.encode()) or token_in(request.body)
            body = str(request.body, "latin-1")
            self._ledger.write(HookRow(request.received_ms / 1000, request.method, target, body, token))
        if self._waiting or self._counted:
            self._wake(request)
        if not self._scripts and not self._always:
            return self._settings.reply, self._usual
        reply = self._reply_to(request.path)
        return reply, _write(reply)

    def _reply_to(self, path: str) -> Reply:
        for place in (path, ""):
            script = self._scripts.get(place)
            if script:
                return script.popleft()
            if place in self._always:
                return self._always[place]
        return self._settings.reply

    def _wake(self, request: HttpRequest) -> None:
        for one in tuple(self._waiting):
            wanted, future = one
            if future.done() or wanted(request):
                self._waiting.remove(one)
                if not future.done():
                    future.set_result(request)
        for pair in tuple(self._counted):
            count, reached = pair
            if reached.done() or self.count >= count:
                self._counted.remove(pair)
                if not reached.done():
                    reached.set_result(None)


class _Connection(asyncio.Protocol):
    """One client. Requests are answered one after the other, however many came at once."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._size = 0
        self._address = ""
        self._secure = False
        self._owed: deque[tuple[HttpRequest, bool]] = deque()
        self._busy = False
        """No next request is looked at: one waits for its answer, or the connection is at its end."""

    # ------------------------------------------------------------ asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        # Not every loop's transports inherit from asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if isinstance(peer, tuple) else "local"
        self._secure = transport.get_extra_info("sslcontext") is not None
        self._sink.entered(self)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._refuse(400)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why it was lost changes nothing
        """See asyncio.Protocol."""
        self._transport = None
        self._owed.clear()
        self._sink.left(self)

    def abort(self) -> None:
        """Cuts the connection."""
        if self._transport is not None:
            self._transport.abort()

    # ------------------------------------------------------------ httptools

    def on_url(self, url: bytes) -> None:
        """See httptools."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """See httptools."""
        name = name.lower()
        self._headers.append((name, value))
        if name == b"expect" and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """See httptools."""
        self._size += len(body)
        if self._size <= _LONGEST:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """See httptools."""
        url = httptools.parse_url(self._url)
        request = HttpRequest(
            str(self._parser.get_method(), "latin-1"),
            unquote(str(url.path or b"/", "latin-1")),
            url.query or b"",
            tuple(self._headers),
            b"".join(self._body),
            self._address,
            int(time.time() * 1000),
            self._secure,
        )
        too_long = self._size > _LONGEST
        self._url = b""
        self._headers.clear()
        self._body.clear()
        self._size = 0
        if too_long:
            self._refuse(413)
            return
        self._owed.append((request, self._parser.should_keep_alive()))
        self._next()

    # ------------------------------------------------------------ answers

    def _next(self) -> None:
        while self._owed and not self._busy:
            request, keep = self._owed.popleft()
            reply, octets = self._sink.arrived(request)
            if reply.hang:
                self._busy = True
            elif reply.delay:
                self._busy = True
                self._sink.wheel.add(reply.delay, self._delayed, (reply, octets, keep))
            else:
                self._answer(reply, octets, keep=keep)

    def _delayed(self, item: tuple[Reply, bytes, bool]) -> None:
        reply, octets, keep = item
        self._busy = False
        self._answer(reply, octets, keep=keep)
        self._next()

    def _answer(self, reply: Reply, octets: bytes, *, keep: bool) -> None:
        if self._transport is None:
            return
        if reply.cut:
            self._busy = True
            self._transport.abort()
            return
        self._sink.answers[reply.status] += 1
        self._transport.write(octets)
        if reply.close or not keep:
            self._busy = True
            self._transport.close()

    def _refuse(self, status: int) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._owed.clear()
        self._answer(Reply(status=status), _write(Reply(status=status, close=True)), keep=False)


def _write(reply: Reply) -> bytes:
    try:
        reason = HTTPStatus(reply.status).phrase
    except ValueError:
        reason = "-"
    lines = [f"HTTP/1.1 {reply.status} {reason}", f"Content-Length: {len(reply.body)}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    if reply.close:
        lines.append("Connection: close")
    return "\r\n".join((*lines, "", "")).encode("latin-1") + reply.body
