"""A load-generating ESME: several binds, a window, a total or a rate, receipts counted, latencies measured."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chappe.net.smpp_link import SmppLink
from chappe.protocols.smpp.commands import (
    BindTransceiver,
    BindTransmitter,
    SubmitSm,
)
from chappe.protocols.smpp.events import (
    Answer,
    Bound,
    Closing,
    Event,
    Expired,
    Reason,
    Request,
    Settings,
    Unknown,
)
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.states import Role
from chappe.protocols.smpp.statuses import Kind, kind_of, name_of
from chappe.sim.esme_tally import EsmeReport, Tally
from chappe.sim.incoming import ton_npi
from chappe.sim.latency import Pace
from chappe.sim.ledger import LedgerWriter

_LOOK: Final = 0.05
"""Seconds between two looks at whether all is done."""
_LEAVE: Final = 2.0
"""Seconds that the far end has to answer our unbind."""


class BindRefused(ConnectionError):
    """The far end did not let us bind; `status` is its command_status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the bind was refused with {name_of(status)}")
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class EsmeSettings:
    """What is to be sent, and how. Times are seconds; `problems` says what of it is nonsense."""

    host: str = "127.0.0.1"
    port: int = 2775
    system_id: str = "load"
    password: str = ""
    binds: int = 1
    window: int = 100
    """Open submit_sm on one bind."""
    total: int = 10_000
    rate: float | None = None
    """Submits a second over all binds; None for as fast as answers come."""
    first: int = 0
    """The first token."""
    receives: bool = True
    """Binds as transceiver; else as transmitter, and no receipts come."""
    receipts: bool = True
    """Whether receipts are asked for."""
    source: str = "Chappe"
    destination: str = "31600000000"
    """Its last eight digits are the token's."""
    text: str = "load #{seq}"
    """`{seq}` becomes the token's eight digits; ASCII."""
    retry: bool = False
    """Whether what was throttled or never answered is submitted again."""
    reconnect: float | None = None
    """How soon a lost connection is made anew; None: it stays lost."""
    receipt_wait: float = 5.0
    """How long after the last one receipts are still waited for."""
    give_up: float = 60.0
    """How long nothing at all may come before the run ends."""
    stays: bool = False
    """Whether it stays bound, whatever has come, until `leave` is called."""
    ledger: Path | None = None

    def problems(self) -> tuple[str, ...]:
        """A sentence for each value that makes no sense; none if all is well."""
        return tuple(self._problems())

    def _problems(self) -> Iterator[str]:
        for name in ("binds", "window", "total"):
            if getattr(self, name) < 1:
                yield f"{name} is {getattr(self, name)}: at least 1 is meant"
        for name in ("receipt_wait", "give_up"):
            if getattr(self, name) < 0:
                yield f"{name} is {getattr(self, name)}: it cannot be below 0"
        if self.rate is not None and self.rate <= 0:
            yield f"rate is {self.rate}: it must be above 0, or absent for no limit"
        if not 8 <= len(self.destination) <= 20 or not self.destination.isdecimal():
            yield f"destination is {self.destination!r}: 8 to 20 digits are meant"
        if not self.text.isascii() or len(self.text.replace("{seq}", 8 * "0")) > 160:
            yield "text must be ASCII of at most 160 characters"


class _Bind:
    """One bind. See LinkOwner."""

    def __init__(self, run: EsmeRun) -> None:
        self._run = run
        settings = run.settings
        timers = Settings(window_out=settings.window, window_in=100_000, throttle_mark=200_000)
        self.link = SmppLink(Role.ESME, timers, self)

    def connected(self, link: SmppLink) -> None:
        """See LinkOwner."""
        self._run.connected(self)
        settings = self._run.settings
        bind = BindTransceiver if settings.receives else BindTransmitter
        link.session.bind(bind(settings.system_id, settings.password), link.now())

    def happened(self, link: SmppLink, events: Sequence[Event]) -> None:
        """See LinkOwner."""
        run = self._run
        for event in events:
            match event:
                case Answer(pdu, (int() as number, float() as due, float() as sent_at)):
                    run.answered(number, due, pdu, sent_at)
                case Request(pdu):
                    link.session.respond(pdu)
                    run.delivered(pdu)
                case Unknown((int() as number, float() as due, _)) | Expired(
                    (int() as number, float() as due, _)
                ):
                    run.unanswered(number, due)
                case Bound():
                    run.bound(self)
                case Closing(Reason.BIND_REFUSED, status):
                    run.bind_refused(status)
                case _:
                    pass
        run.progressed()

    def writable(self, link: SmppLink) -> None:  # noqa: ARG002 - every bind is filled
        """See LinkOwner."""
        self._run.fill()

    def closed(self, link: SmppLink) -> None:  # noqa: ARG002 - it is the bind's own
        """See LinkOwner."""
        self._run.lost(self)


class EsmeRun:
    """One run, from its binds to its report. Make it within a running loop and await `run`."""

    def __init__(self, settings: EsmeSettings) -> None:
        """Raises ValueError with the settings' problems, and OSError where the ledger cannot be opened."""
        problems = settings.problems()
        if problems:
            raise ValueError("; ".join(problems))
        self.settings = settings
        self._loop = asyncio.get_running_loop()
        self._ledger = None if settings.ledger is None else LedgerWriter(settings.ledger)
        self._tally = Tally(self._ledger)
        self._pace: Pace | None = None
        self._finished: asyncio.Future[None] = self._loop.create_future()
        self._gone = asyncio.Event()
        self._links: set[_Bind] = set()
        self._bound: list[_Bind] = []
        self._again: deque[tuple[int, float]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._head, _, self._tail = settings.text.encode().partition(b"{seq}")
        self._numbered = "{seq}" in settings.text
        self._prefix = settings.destination[:-8]
        self._source = ton_npi(settings.source)
        self._begun = self._last_answer = self._last = 0.0
        self._open = 0

    async def run(self) -> EsmeReport:
        """Binds, submits, waits for answers and receipts, unbinds.

        Raises OSError where nobody listens and BindRefused, both only without `reconnect`.
        """
        self._last = time.monotonic()
        looking = self._loop.create_task(self._look())
        try:
            await asyncio.gather(*(self._connect() for _ in range(self.settings.binds)))
            await self._finished
        finally:
            looking.cancel()
            if self._timer is not None:
                self._timer.cancel()
            for task in self._tasks:
                task.cancel()
            await self._leave()
            if self._ledger is not None:
                self._ledger.close()
        return self._tally.report(self._last_answer - self._begun, self._open + len(self._again))

    def stop(self) -> None:
        """Submits no more; what is open is still waited for."""
        if self._pace is None:
            self._finish()
        else:
            self._pace.stop()

    def leave(self) -> None:
        """Submits no more, waits for nothing, and unbinds."""
        self.stop()
        self._finish()

    # ------------------------------------------------------------ connections

    async def _connect(self) -> None:
        self._tally.connects += 1
        try:
            await self._loop.create_connection(
                lambda: _Bind(self).link, self.settings.host, self.settings.port
            )
        except OSError:
            if self.settings.reconnect is None:
                raise
            self._connect_later(self.settings.reconnect)

    def _connect_later(self, delay: float) -> None:
        async def connect() -> None:
            await asyncio.sleep(delay)
            await self._connect()

        task = self._loop.create_task(connect())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _leave(self) -> None:
        # What a first failure left to say is said by the one that is being raised.
        if not self._finished.cancel() and not self._finished.cancelled():
            self._finished.exception()
        for bind in tuple(self._links):
            # An unbind waits for what is open, and this run has given that up.
            if bind.link.session.outstanding:
                bind.link.close()
            else:
                bind.link.unbind()
        if self._links:
            try:
                await asyncio.wait_for(self._gone.wait(), _LEAVE)
            except TimeoutError:
                for bind in self._links:
                    bind.link.abort()

    def connected(self, bind: _Bind) -> None:
        """A connection stands."""
        self._links.add(bind)

    def bound(self, bind: _Bind) -> None:
        """A bind stands; the run begins with the last of the first ones."""
        self._bound.append(bind)
        if self._pace is None and len(self._bound) == self.settings.binds:
            self._begun = self._last_answer = time.monotonic()
            self._pace = Pace(self.settings.total, self.settings.rate, self._begun)

    def bind_refused(self, status: int) -> None:
        """The far end did not let us bind."""
        if self.settings.reconnect is None and not self._finished.done():
            self._finished.set_exception(BindRefused(status))

    def lost(self, bind: _Bind) -> None:
        """A connection is gone."""
        self._links.discard(bind)
        if not self._links:
            self._gone.set()
        if bind in self._bound:
            self._bound.remove(bind)
        if self._finished.done():
            return
        if self.settings.reconnect is not None:
            self._connect_later(self.settings.reconnect)
        elif self._pace is None:
            self._finished.set_exception(ConnectionError("a connection was lost before all were bound"))
        elif not self._bound:
            self._finish()

    # ------------------------------------------------------------ messages

    def fill(self) -> None:
        """Submits what is due, as far as windows have room."""
        pace = self._pace
        if pace is None or self._finished.done():
            return
        # Some loops' own clocks stand still within a turn, and tick in milliseconds.
        now = time.monotonic()
        due = len(self._again) + pace.ready(now)
        for bind in self._bound:
            count = 0 if bind.link.stalled else min(due, bind.link.session.room)
            due -= count
            for _ in range(count):
                self._submit(bind.link, pace, now)
            if count:
                bind.link.flush_soon()
        at = pace.next_due()
        if at is not None and due <= 0 and self._timer is None:
            self._timer = self._loop.call_later(at - now, self._paced)

    def _paced(self) -> None:
        self._timer = None
        self.fill()

    def _submit(self, link: SmppLink, pace: Pace, now: float) -> None:
        settings = self.settings
        if self._again:
            number, due = self._again.popleft()
            self._tally.resent += 1
        else:
            number, due = pace.take(now)
            number += settings.first
        text = b"%b%08d%b" % (self._head, number, self._tail) if self._numbered else self._head
        body = SubmitSm(
            "",
            *self._source,
            settings.source,
            1,
            1,
            f"{self._prefix}{number % 100_000_000:08}",
            registered_delivery=1 if settings.receipts else 0,
            short_message=text,
        )
        self._tally.submitting(f"{number:08}", time.time())
        link.session.request(body, now=link.now(), token=(number, due, now))
        self._open += 1

    def answered(self, number: int, due: float, pdu: Pdu, sent_at: float) -> None:
        """An answer came."""
        self._open -= 1
        now = self._last_answer = time.monotonic()
        self._tally.answered(f"{number:08}", pdu, now - due, now - sent_at, time.time())
        if self.settings.retry and kind_of(pdu.status) is Kind.THROTTLE:
            self._again.append((number, due))

    def unanswered(self, number: int, due: float) -> None:
        """No answer came: the link broke, or took too long."""
        self._open -= 1
        if self.settings.retry:
            self._again.append((number, due))
        else:
            self._tally.unanswered += 1

    def delivered(self, pdu: Pdu) -> None:
        """A receipt or an MO came."""
        self._tally.delivered(pdu, time.time())

    # ------------------------------------------------------------ the end

    def progressed(self) -> None:
        """Something came."""
        self._last = time.monotonic()
        self.fill()
        self._look_once()

    async def _look(self) -> None:
        while not self._finished.done():
            await asyncio.sleep(_LOOK)
            self._look_once()

    def _look_once(self) -> None:
        if self.settings.stays:
            return
        quiet = time.monotonic() - self._last
        if quiet > self.settings.give_up:
            self._finish()
        elif self._pace is not None and self._pace.done and not self._open and not self._again:
            expected = self.settings.receives and self.settings.receipts
            if (
                not expected
                or self._tally.matched >= self._tally.accepted
                or quiet > self.settings.receipt_wait
            ):
                self._finish()

    def _finish(self) -> None:
        if not self._finished.done():
            self._finished.set_result(None)


async def load(settings: EsmeSettings) -> EsmeReport:
    """One run; raises as EsmeRun does."""
    return await EsmeRun(settings).run()
