"""HTTP/1.1 calls over kept-alive connections: one write a request, no timer and no task of its own for any of them.

Who may be called is the caller's to say: every address is put to it before it is connected to.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import Final

import httptools
import msgspec

_ORIGIN: Final = re.compile(r"(https?)://([^/?#]+)", re.IGNORECASE)
_FIT: Final = re.compile(r"[!-~]+")
"""What may stand in a request line: an octet beyond these could end it, and begin another's header."""

_LOOKED_UP_FOR: Final = 30.0
_IDLE_SECONDS: Final = 20.0
_SWEEP_SECONDS: Final = 0.5
_BODY_READ: Final = 65_536
_HEADERS_READ: Final = 65_536
"""Octets of an answer that are no body: headers, interim answers, chunk extensions, trailers."""


class CannotCall(OSError):
    """The call was not answered; the message says why in a few words."""


class HttpAnswer(msgspec.Struct, frozen=True, gc=False):
    """A response: its status, headers with names in lower case (the last of a name), and up to 64 KiB of body."""

    status: int
    headers: Mapping[bytes, bytes]
    body: bytes


class Origin(msgspec.Struct, frozen=True):
    """Where a URL leads, and what its Host header says."""

    secure: bool
    host: str
    port: int
    authority: str


@lru_cache(maxsize=4096)
def _origin(scheme: str, authority: str) -> Origin:
    host, port = authority, ""
    if authority.startswith("["):
        host, _, port = authority[1:].partition("]")
        port = port.removeprefix(":")
    elif ":" in authority:
        host, _, port = authority.rpartition(":")
    secure = scheme.lower() == "https"
    number = int(port or (443 if secure else 80))
    if not 0 < number < 65_536:
        raise ValueError(port)
    return Origin(secure, host.rstrip("."), number, authority)


def split_url(url: str) -> tuple[Origin, str]:
    """The origin and the request target of an http or https URL. Raises CannotCall for anything else."""
    found = _ORIGIN.match(url)
    if found is None or not _FIT.fullmatch(url):
        raise CannotCall("no http or https URL")
    target = url[found.end() :].partition("#")[0]
    if not target.startswith("/"):
        target = f"/{target}"
    try:
        return _origin(found[1], found[2]), target
    except ValueError as error:
        raise CannotCall("no port number in the URL") from error


class HttpClient:
    """Connections by destination, kept alive between calls.

    `allowed` says whether an address may be connected to: names are looked up here and the very address that was
    allowed is the one connected to, so that a name with changing answers leads nowhere else. `purpose` keeps
    connections of callers with different rules apart.
    """

    def __init__(self, *, connect_seconds: float, total_seconds: float, tls: ssl.SSLContext) -> None:
        self._connect_seconds = connect_seconds
        self._total_seconds = total_seconds
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._idle: dict[tuple[Origin, Hashable], deque[_Connection]] = {}
        self._all: set[_Connection] = set()
        self._looked_up: dict[tuple[str, int], tuple[float, tuple[str, ...]]] = {}
        self._finding: dict[tuple[str, int], asyncio.Task[tuple[str, ...]]] = {}
        self._sweeping: asyncio.TimerHandle | None = None
        self._closed = False

    async def call(
        self, url: str, head: bytes, body: bytes, *, allowed: Callable[[str], bool], purpose: Hashable = None
    ) -> HttpAnswer:
        """One request; `head` is the method, then the header lines, each but the method ended by CR LF.

        Raises CannotCall or TimeoutError. A connection that turns out to have been closed meanwhile is replaced
        once; the server may then see the request twice, as it may whenever an answer is lost.
        """
        origin, target = split_url(url)
        method, _, lines = head.partition(b"\r\n")
        octets = b"%b %b HTTP/1.1\r\nHost: %b\r\n%bContent-Length: %d\r\n\r\n%b" % (
            method,
            target.encode("latin-1"),
            origin.authority.encode("latin-1"),
            lines,
            len(body),
            body,
        )
        key = (origin, purpose)
        idle = self._idle.get(key)
        while idle:
            connection = idle.pop()
            if connection.usable:
                try:
                    return await connection.ask(octets, self._loop.time() + self._total_seconds)
                except _Stale:
                    break
        connection = await self._connect(key, allowed)
        try:
            return await connection.ask(octets, self._loop.time() + self._total_seconds)
        except _Stale as error:
            raise CannotCall("the connection was closed without an answer") from error

    async def close(self) -> None:
        """Closes every connection; calls under way fail."""
        self._closed = True
        if self._sweeping is not None:
            self._sweeping.cancel()
        for finding in self._finding.values():
            finding.cancel()
        for connection in tuple(self._all):
            connection.cut(CannotCall("stopped"))

    # ------------------------------------------------------------ inside

    async def _connect(self, key: tuple[Origin, Hashable], allowed: Callable[[str], bool]) -> _Connection:
        origin = key[0]
        if self._closed:
            raise CannotCall("stopped")
        addresses = [address for address in await self._look_up(origin.host, origin.port) if allowed(address)]
        if not addresses:
            raise CannotCall(f"{origin.host} has no address that may be called")
        failure = ""
        for address in addresses[:3]:
            try:
                async with asyncio.timeout(self._connect_seconds):
                    _, connection = await self._loop.create_connection(
                        lambda: _Connection(self, key),
                        address,
                        origin.port,
                        ssl=self._tls if origin.secure else None,
                        server_hostname=origin.host if origin.secure else None,
                    )
            except TimeoutError:
                failure = "no connection in time"
            except OSError as error:
                failure = f"cannot connect: {error.strerror or error}"
            else:
                return connection
        raise CannotCall(failure)

    async def _look_up(self, host: str, port: int) -> tuple[str, ...]:
        known = self._looked_up.get((host, port))
        if known is not None and known[0] > self._loop.time():
            return known[1]
        # A look-up holds a thread of few and cannot be ended: one for each name, however many calls wait for it.
        finding = self._finding.get((host, port))
        if finding is None:
            finding = self._finding[host, port] = self._loop.create_task(self._find(host, port))
        try:
            async with asyncio.timeout(self._connect_seconds):
                addresses = await asyncio.shield(finding)
        except TimeoutError as error:
            raise CannotCall(f"{host} was not found in time") from error
        if not addresses:
            raise CannotCall(f"{host} is not found")
        return addresses

    async def _find(self, host: str, port: int) -> tuple[str, ...]:
        try:
            found = await self._loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            # The latter for what cannot be a name at all, such as one with a label of more than 63 octets.
            return ()
        finally:
            del self._finding[host, port]
        addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
        if len(self._looked_up) > 10_000:
            self._looked_up.clear()
        self._looked_up[host, port] = (self._loop.time() + _LOOKED_UP_FOR, addresses)
        return addresses

    def entered(self, connection: _Connection) -> None:
        """A connection stands; one timer looks after all of them."""
        if self._closed:
            connection.cut(None)
            return
        self._all.add(connection)
        if self._sweeping is None and not self._closed:
            self._sweeping = self._loop.call_later(_SWEEP_SECONDS, self._sweep)

    def free(self, connection: _Connection) -> None:
        """A connection can serve another call."""
        self._idle.setdefault(connection.key, deque()).append(connection)

    def left(self, connection: _Connection) -> None:
        """A connection is gone."""
        self._all.discard(connection)
        idle = self._idle.get(connection.key)
        if idle is not None:
            if connection in idle:
                idle.remove(connection)
            if not idle:
                del self._idle[connection.key]

    def _sweep(self) -> None:
        now = self._loop.time()
        for connection in tuple(self._all):
            connection.look(now)
        self._sweeping = self._loop.call_later(_SWEEP_SECONDS, self._sweep) if self._all else None


class _Stale(Exception):
    """The connection was closed before a single octet of the answer came."""


class _Connection(asyncio.Protocol):
    """One connection: at most one call at a time."""

    def __init__(self, client: HttpClient, key: tuple[Origin, Hashable]) -> None:
        self.key = key
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[HttpAnswer] | None = None
        self._until = self._loop.time() + _IDLE_SECONDS
        self._headers: dict[bytes, bytes] = {}
        self._fruitless = 0
        self._body: list[bytes] = []
        self._size = 0
        self._heard = False
        self._has_headers = False

    @property
    def usable(self) -> bool:
        """Whether it can be given a call."""
        return self._transport is not None and not self._transport.is_closing()

    async def ask(self, octets: bytes, until: float) -> HttpAnswer:
        """Sends a request and waits for its answer. Raises _Stale, CannotCall or TimeoutError."""
        if self._transport is None:
            raise _Stale
        answer: asyncio.Future[HttpAnswer] = self._loop.create_future()
        self._answer = answer
        self._until = until
        self._heard = False
        self._fruitless = 0
        self._transport.write(octets)
        try:
            return await answer
        except asyncio.CancelledError:
            self.cut(None)
            raise

    def look(self, now: float) -> None:
        """Ends what has taken too long: a call, or idleness."""
        if now >= self._until:
            self.cut(TimeoutError())

    def cut(self, error: Exception | None) -> None:
        """Closes at once; a call under way fails with the error."""
        if self._answer is not None and not self._answer.done() and error is not None:
            self._answer.set_exception(error)
        self._answer = None
        if self._transport is not None:
            self._transport.abort()

    # ------------------------------------------------------------ asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = transport  # type: ignore[assignment]  # uvloop's transports are of no asyncio class
        self._client.entered(self)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._answer is None:
            # Nobody asked: whatever this is, it cannot be an answer.
            self.cut(None)
            return
        self._heard = True
        self._fruitless += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.cut(CannotCall("the answer is no HTTP"))
        else:
            if self._fruitless > _HEADERS_READ and self._answer is not None:
                self.cut(CannotCall("the answer's headers are too long"))

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        del exc
        self._transport = None
        self._client.left(self)
        answer, self._answer = self._answer, None
        if answer is None or answer.done():
            return
        if (
            self._has_headers
            and b"content-length" not in self._headers
            and b"transfer-encoding" not in self._headers
        ):
            # RFC 9112 §6.3: such a body ends with the connection.
            answer.set_result(self._made())
        elif self._heard:
            answer.set_exception(CannotCall("the connection broke within the answer"))
        else:
            answer.set_exception(_Stale())

    # ------------------------------------------------------------ httptools

    def on_message_begin(self) -> None:
        """See httptools."""
        if self._answer is None:
            # Beyond the answer: what begins here must not be taken for that of the next call.
            self.cut(None)
        self._headers = {}
        self._body = []
        self._size = 0
        self._has_headers = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """See httptools."""
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """See httptools."""
        self._has_headers = True

    def on_body(self, body: bytes) -> None:
        """See httptools."""
        self._fruitless = 0
        self._body.append(body)
        self._size += len(body)
        if self._size > _BODY_READ:
            # More than is worth reading: the answer stands, the connection does not.
            self._finish(keep=False)

    def on_message_complete(self) -> None:
        """See httptools."""
        if self._parser.get_status_code() < 200:
            self._has_headers = False
            return
        self._finish(keep=self._parser.should_keep_alive())

    def _made(self) -> HttpAnswer:
        status: int = self._parser.get_status_code()
        return HttpAnswer(status, self._headers, b"".join(self._body)[:_BODY_READ])

    def _finish(self, *, keep: bool) -> None:
        answer, self._answer = self._answer, None
        if answer is None or answer.done():
            return
        answer.set_result(self._made())
        if keep and self.usable:
            self._until = self._loop.time() + _IDLE_SECONDS
            self._client.free(self)
        elif self._transport is not None:
            self._transport.close()
