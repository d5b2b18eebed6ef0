"""A load-generating HTTP/1.1 client: connections kept alive, a total or a rate, latencies measured."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import httptools

from chappe.sim.latency import Latencies, Pace, Quantiles
from chappe.sim.ledger import AnsweredRow, LedgerWriter, SentRow

SEQ: Final = b"{seq}"
"""Stands in a request for the eight digits of its token."""
_LOOK: Final = 0.05
"""Seconds between two looks at whether anything still comes."""
_ID: Final = 200
"""Octets of an answer that the ledger keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLoadSettings:
    """What is to be requested, and how. Times are seconds; `problems` says what of it is nonsense."""

    host: str = "127.0.0.1"
    port: int
    request: bytes
    """A whole HTTP/1.1 request, `{seq}` in it as often as need be: `write_request` makes one."""
    connections: int = 50
    total: int = 10_000
    rate: float | None = None
    """Requests a second over all connections; None for as fast as answers come."""
    first: int = 0
    """The first token."""
    give_up: float = 60.0
    """How long nothing at all may come before the run ends."""
    ledger: Path | None = None

    def problems(self) -> tuple[str, ...]:
        """A sentence for each value that makes no sense; none if all is well."""
        return tuple(self._problems())

    def _problems(self) -> Iterator[str]:
        for name in ("connections", "total"):
            if getattr(self, name) < 1:
                yield f"{name} is {getattr(self, name)}: at least 1 is meant"
        if self.give_up < 0:
            yield f"give_up is {self.give_up}: it cannot be below 0"
        if self.rate is not None and self.rate <= 0:
            yield f"rate is {self.rate}: it must be above 0, or absent for no limit"
        if b"\r\n\r\n" not in self.request:
            yield "request is no HTTP request: it has no empty line after its headers"


@dataclass(frozen=True, slots=True)
class HttpLoadReport:
    """What came of a run."""

    sent: int
    accepted: int
    """Answers of 2xx."""
    statuses: Mapping[int, int]
    broken: int
    """Requests whose connection broke before the answer, and those never answered."""
    connects: int
    seconds: float
    """From the first request to the last answer."""
    accepted_per_second: float
    latency: Quantiles
    """From when a request was due: a stalled server shows."""
    service: Quantiles
    """From when it was sent."""


def write_request(
    method: str, target: str, host: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b""
) -> bytes:
    """A request with its Host and Content-Length, which counts `{seq}` as the eight digits it becomes."""
    length = len(body.replace(SEQ, b"00000000"))
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {length}")
    return "\r\n".join((*lines, "", "")).encode("latin-1") + body


class HttpLoad:
    """One run, from its connections to its report. Make it within a running loop and await `run`."""

    def __init__(self, settings: HttpLoadSettings) -> None:
        """Raises ValueError with the settings' problems, and OSError where the ledger cannot be opened."""
        problems = settings.problems()
        if problems:
            raise ValueError("; ".join(problems))
        self._settings = settings
        self._pieces = settings.request.split(SEQ)
        self._loop = asyncio.get_running_loop()
        self._ledger = None if settings.ledger is None else LedgerWriter(settings.ledger)
        self._finished: asyncio.Future[None] = self._loop.create_future()
        self._pace: Pace | None = None
        self._idle: deque[_Client] = deque()
        self._clients: set[_Client] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._latency = Latencies()
        self._service = Latencies()
        self._statuses: Counter[int] = Counter()
        self._begun = self._last = 0.0
        self._sent = self._open = self._broken = self._connects = 0

    async def run(self) -> HttpLoadReport:
        """Connects, requests, waits for the answers. Raises OSError where nobody listens at the start."""
        self._last = time.monotonic()
        looking = self._loop.create_task(self._look())
        try:
            await asyncio.gather(*(self._connect() for _ in range(self._settings.connections)))
            self._begun = self._last = time.monotonic()
            self._pace = Pace(self._settings.total, self._settings.rate, self._begun)
            self._fill()
            await self._finished
        finally:
            looking.cancel()
            if self._timer is not None:
                self._timer.cancel()
            for task in self._tasks:
                task.cancel()
            for client in tuple(self._clients):
                client.abort()
            await self._empty.wait()
            if self._ledger is not None:
                self._ledger.close()
        return self._report()

    def stop(self) -> None:
        """Requests no more; what is open is still waited for."""
        if self._pace is not None:
            self._pace.stop()
        self._end_if_done()

    # ------------------------------------------------------------ what clients say

    def entered(self, client: _Client) -> None:
        """A connection stands."""
        self._clients.add(client)
        self._empty.clear()
        self._idle.append(client)
        self._fill()

    def answered(self, client: _Client, status: int, body: bytes, *, keeps: bool) -> None:
        """An answer came, whole; `keeps`: its connection can carry another."""
        now = self._last = time.monotonic()
        self._open -= 1
        self._statuses[status] += 1
        self._latency.add(now - client.due)
        self._service.add(now - client.sent_at)
        if self._ledger is not None:
            verdict = 0 if 200 <= status <= 299 else status
            id_ = str(body[:_ID], "latin-1")
            self._ledger.write(AnsweredRow(time.time(), f"{client.token:08}", verdict, id_))
        if keeps:
            self._idle.append(client)
        self._fill()
        self._end_if_done()

    def left(self, client: _Client, *, owed: bool) -> None:
        """A connection is gone, an answer owed or not."""
        self._clients.discard(client)
        if not self._clients:
            self._empty.set()
        if client in self._idle:
            self._idle.remove(client)
        if owed:
            self._open -= 1
            self._broken += 1
        if self._finished.done():
            return
        self._end_if_done()
        if not self._finished.done():
            task = self._loop.create_task(self._connect_again())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    # ------------------------------------------------------------ inside

    async def _connect(self) -> None:
        self._connects += 1
        await self._loop.create_connection(lambda: _Client(self), self._settings.host, self._settings.port)

    async def _connect_again(self) -> None:
        while not self._finished.done():
            try:
                await self._connect()
            except OSError:
                await asyncio.sleep(_LOOK)
            else:
                return

    def _fill(self) -> None:
        pace = self._pace
        if pace is None:
            return
        # Some loops' own clocks stand still within a turn, and tick in milliseconds.
        now = time.monotonic()
        due = pace.ready(now)
        while due > 0 and self._idle:
            due -= 1
            number, at = pace.take(now)
            token = self._settings.first + number
            if self._ledger is not None:
                self._ledger.write(SentRow(time.time(), f"{token:08}"))
            self._sent += 1
            self._open += 1
            self._idle.popleft().ask((b"%08d" % token).join(self._pieces), token, at, now)
        coming = pace.next_due()
        if coming is not None and due <= 0 and self._timer is None:
            self._timer = self._loop.call_later(coming - now, self._paced)

    def _paced(self) -> None:
        self._timer = None
        self._fill()

    def _end_if_done(self) -> None:
        if self._pace is not None and self._pace.done and not self._open and not self._finished.done():
            self._finished.set_result(None)

    async def _look(self) -> None:
        while not self._finished.done():
            await asyncio.sleep(_LOOK)
            if time.monotonic() - self._last > self._settings.give_up:
                self._finished.set_result(None)

    def _report(self) -> HttpLoadReport:
        accepted = sum(count for status, count in self._statuses.items() if 200 <= status <= 299)
        seconds = self._last - self._begun
        return HttpLoadReport(
            sent=self._sent,
            accepted=accepted,
            statuses=dict(self._statuses),
            broken=self._broken,
            connects=self._connects,
            seconds=round(seconds, 3),
            accepted_per_second=round(accepted / seconds, 1) if seconds > 0 else 0.0,
            latency=self._latency.quantiles(),
            service=self._service.quantiles(),
        )


class _Client(asyncio.Protocol):
    """One connection with at most one request open."""

    def __init__(self, load: HttpLoad) -> None:
        self._load = load
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""
        self._owed = False
        self.token = 0
        self.due = 0.0
        self.sent_at = 0.0

    def ask(self, octets: bytes, token: int, due: float, now: float) -> None:
        """Sends the next request."""
        assert self._transport is not None
        self.token = token
        self.due = due
        self.sent_at = now
        self._owed = True
        self._body = b""
        self._transport.write(octets)

    def abort(self) -> None:
        """Cuts the connection."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        # Not every loop's transports inherit from asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._load.entered(self)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why it was lost changes nothing
        """See asyncio.Protocol."""
        self._transport = None
        self._load.left(self, owed=self._owed)

    def on_body(self, body: bytes) -> None:
        """See httptools."""
        if len(self._body) < _ID:
            self._body += body[:_ID]

    def on_message_complete(self) -> None:
        """See httptools."""
        status = self._parser.get_status_code()
        if status < 200:
            return
        if not self._owed:
            self.abort()
            return
        self._owed = False
        keeps = self._parser.should_keep_alive()
        self._load.answered(self, status, self._body, keeps=keeps)
        if not keeps:
            self.abort()


async def http_load(settings: HttpLoadSettings) -> HttpLoadReport:
    """One run; raises as HttpLoad does."""
    return await HttpLoad(settings).run()
