"""HTTP listeners in the running loop: who may connect, how many, from where; what comes in is answered by a callable."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections import Counter
from collections.abc import Sequence
from email.utils import formatdate
from typing import Final

from chappe.net.http_connection import Answer, HttpConnection, HttpLimits
from chappe.protocols.http.messages import HttpRequest, HttpResponse

_BACKLOG: Final = 2048
_SWEEP_SECONDS: Final = 1.0


class HttpListener:
    """One listening port; `answer` gets each request and must not raise."""

    def __init__(self, answer: Answer, limits: HttpLimits | None = None, trusted: Sequence[str] = ()) -> None:
        """`trusted` are networks of reverse proxies whose X-Forwarded-For and -Proto are believed."""
        self._answer = answer
        self.limits = limits or HttpLimits()
        self._trusted = tuple(ipaddress.ip_network(text, strict=False) for text in trusted)
        self._server: asyncio.Server | None = None
        self._connections: set[HttpConnection] = set()
        self._by_address: Counter[str] = Counter()
        self._empty = asyncio.Event()
        self._empty.set()
        self._date = b""
        self._sweeping: asyncio.TimerHandle | None = None
        self.closing = False
        self.port = 0
        """The port listened on, once `listen` has returned."""

    async def listen(
        self, host: str, port: int, context: ssl.SSLContext | None = None, *, shared: bool = False
    ) -> None:
        """Begins to listen; port 0 takes any free one. Raises OSError where the address is not to be had.

        A `shared` port may be listened on by other processes of this gateway too.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: HttpConnection(self, secure=context is not None),
            host,
            port,
            ssl=context,
            backlog=_BACKLOG,
            reuse_port=shared or None,
            ssl_handshake_timeout=self.limits.header_seconds if context is not None else None,
            start_serving=False,
        )
        self._sweep()
        await self._server.start_serving()
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self, grace: float = 10.0) -> None:
        """Takes no new connections, lets open requests end within `grace` seconds, closes."""
        self.closing = True
        if self._server is None:
            return
        self._server.close()
        for connection in tuple(self._connections):
            connection.leave()
        try:
            await asyncio.wait_for(self._empty.wait(), grace)
        except TimeoutError:
            for connection in tuple(self._connections):
                connection.look(float("inf"))
        if self._sweeping is not None:
            self._sweeping.cancel()
        self._server = None

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    # ------------------------------------------------------------ what connections ask

    def entered(self, connection: HttpConnection, address: str) -> bool:
        """See http_connection.Listener."""
        self._connections.add(connection)
        self._by_address[address] += 1
        self._empty.clear()
        limits = self.limits
        return len(self._connections) <= limits.connections and (
            self._by_address[address] <= limits.connections_per_address
        )

    def left(self, connection: HttpConnection, address: str) -> None:
        """See http_connection.Listener."""
        self._connections.discard(connection)
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]
        if not self._connections:
            self._empty.set()

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """See http_connection.Listener."""
        return await self._answer(request)

    def date(self) -> bytes:
        """See http_connection.Listener; a second old at most."""
        return self._date

    def behind(self, address: str, *, secure: bool, headers: list[tuple[bytes, bytes]]) -> tuple[str, bool]:
        """The client behind trusted proxies: the last address in X-Forwarded-For that is not one of them."""
        if not self._trusted or not self._is_trusted(address):
            return address, secure
        for name, value in headers:
            if name == b"x-forwarded-for":
                for hop in reversed(value.decode("latin-1").split(",")):
                    address = hop.strip()
                    if not self._is_trusted(address):
                        break
            elif name == b"x-forwarded-proto":
                secure = value == b"https"
        return address, secure

    def _is_trusted(self, address: str) -> bool:
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self._trusted)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        self._date = formatdate(usegmt=True).encode("ascii")
        now = loop.time()
        for connection in tuple(self._connections):
            connection.look(now)
        self._sweeping = loop.call_later(_SWEEP_SECONDS, self._sweep)
