"""One bind: connects, binds, and does so again after every loss, each time later. Knows PDUs and tokens, not messages."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import Final, Protocol

import msgspec

from chappe.connectors.smpp.attempts import Token
from chappe.connectors.smpp.settings import BindMode, SmppSettings
from chappe.domain.retry import full_jitter
from chappe.net.smpp_link import SmppLink
from chappe.ports.clock import Chance
from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import (
    Bind as BindBody,
)
from chappe.protocols.smpp.commands import (
    BindReceiver,
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
    Late,
    Reason,
    Refused,
    Request,
    Settings,
    Unbound,
    Unknown,
)
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.states import Role, State
from chappe.protocols.smpp.statuses import name_of
from chappe.protocols.smpp.tlvs import Tlv

_REFUSED_FIRST: Final = 10.0
"""Seconds that the back-off of refused binds begins with: who is refused is not let in by asking again at once."""
_SENDING: Final = frozenset({State.BOUND_TX, State.BOUND_TRX})
_OFFERED: Final = frozenset((int(Command.DELIVER_SM), int(Command.DATA_SM), int(Command.ALERT_NOTIFICATION)))
_BODIES: Final[Mapping[BindMode, tuple[type[BindBody], ...]]] = MappingProxyType(
    {
        BindMode.TRANSCEIVER: (BindTransceiver,),
        BindMode.TRANSMITTER: (BindTransmitter,),
        BindMode.RECEIVER: (BindReceiver,),
        BindMode.PAIR: (BindTransmitter, BindReceiver),
    }
)


class Phase(Enum):
    """How far a bind has come."""

    WAITING = "waiting"
    """For its turn to connect."""
    CONNECTING = "connecting"
    BOUND = "bound"
    LEAVING = "leaving"
    """Still connected, but nothing new goes out."""
    CLOSED = "closed"
    """For ever."""


class Owed(msgspec.Struct, frozen=True):
    """A request of the SMSC that awaits our answer, and the connection that it came by."""

    link: SmppLink
    pdu: Pdu


class BindOwner(Protocol):
    """Who a bind belongs to. None of these may block."""

    def answered(self, bind: Bind, answer: Answer) -> None:
        """A request got its answer."""
        ...

    def unanswered(self, event: Expired | Unknown) -> None:
        """A request got no answer in time, or will get none."""
        ...

    def late(self, event: Late) -> None:
        """A request that was given up got its answer."""
        ...

    def received(self, requests: Sequence[Owed]) -> None:
        """Requests of the SMSC, in the order of one read."""
        ...

    def irregular(self, event: Refused) -> None:
        """Something came in that the session dealt with alone."""
        ...

    def ended(self, reason: Reason, status: int) -> None:
        """A connection is gone that stood; `status` is why the SMSC did not let us bind, where it did not."""
        ...

    def moved(self, bind: Bind) -> None:
        """The phase changed, or the peer takes octets again."""
        ...

    def settled(self, seconds: float) -> None:
        """All events of one read were told, answers among them: there may be room.

        `seconds` is how long the last of those requests waited.
        """
        ...


def session_settings(settings: SmppSettings) -> Settings:
    """What the protocol session of each bind is set to."""
    return Settings(
        window_out=settings.window,
        response_timer=settings.response_timer,
        enquire_link_timer=settings.enquire_link,
        enquire_link_response_timer=settings.enquire_link_wait,
        session_init_timer=settings.bind_timer,
        offered=_OFFERED,
    )


def bind_bodies(settings: SmppSettings) -> list[BindBody]:
    """The bind requests of a connector, one for each of its binds."""
    return [
        body(
            settings.system_id,
            settings.password,
            settings.system_type,
            settings.interface_version,
            settings.addr_ton,
            settings.addr_npi,
            settings.address_range,
        )
        for _ in range(settings.binds)
        for body in _BODIES[settings.bind]
    ]


class Bind:
    """Answers `net.smpp_link.LinkOwner`. `backlog` is what waits for this bind's window, in order."""

    def __init__(
        self,
        body: BindBody,
        settings: SmppSettings,
        *,
        tls: ssl.SSLContext | None,
        chance: Chance,
        owner: BindOwner,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._body = body
        self._settings = settings
        self._session_settings = session_settings(settings)
        self._tls = tls
        self._chance = chance
        self._owner = owner
        self._link: SmppLink | None = None
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._losses = 0
        self._refusals = 0
        self._bound_at: float | None = None
        self._end: Closing | None = None
        self._stopping = False
        self.transmits = not isinstance(body, BindReceiver)
        """Whether messages can go out by it once it is bound."""
        self.phase = Phase.WAITING
        self.usable = False
        """Whether messages can go out by it now."""
        self.detail = ""
        """Why it is not bound."""
        self.backlog: deque[tuple[Token, SubmitSm, tuple[Tlv, ...]]] = deque()

    @property
    def room(self) -> int:
        """How many requests would go out now; none while the peer takes no octets (reliability B28)."""
        link = self._link
        return link.session.room if self.usable and link is not None and not link.stalled else 0

    @property
    def outstanding(self) -> int:
        """Requests without an answer."""
        return self._link.session.outstanding if self._link is not None else 0

    # ------------------------------------------------------------ the owner's calls

    def open(self, delay: float) -> None:
        """Begins to connect in so many seconds."""
        self._connect_in(delay)

    def request(self, body: SubmitSm, tlvs: tuple[Tlv, ...], token: Token, now: float) -> None:
        """Queues a request; `flush_soon` is to follow. Raises as `Session.request` does."""
        assert self._link is not None
        self._link.session.request(body, now=now, tlvs=tlvs, token=token)

    def flush_soon(self) -> None:
        """Writes what was queued once this turn of the loop is over."""
        if self._link is not None:
            self._link.flush_soon()

    def renew(self) -> None:
        """Unbinds in order, open requests first, and binds anew: the SMSC does not take this bind for bound."""
        if self.phase is Phase.BOUND and self._link is not None:
            self._enter(Phase.LEAVING, "the SMSC took the bind for none")
            self._link.unbind()

    def leave(self) -> None:
        """Unbinds in order, open requests first, and stays away."""
        self._stopping = True
        link = self._link
        if link is None:
            self._stop_connecting()
            self._enter(Phase.CLOSED)
        elif self.phase is Phase.BOUND:
            self._enter(Phase.LEAVING)
            link.unbind()
        elif self.phase is Phase.CONNECTING:
            self.cut()

    def cut(self) -> None:
        """Ends at once: open requests get their event before this returns."""
        self._stopping = True
        self._stop_connecting()
        if self._link is None:
            self._enter(Phase.CLOSED)
            return
        self._link.close(Reason.STOPPED)
        if self._link is not None:
            self._link.abort()

    # ------------------------------------------------------------ LinkOwner

    def connected(self, link: SmppLink) -> None:
        """See LinkOwner."""
        self._link = link
        self._end = None
        if self._stopping:
            link.abort()
        else:
            link.session.bind(self._body, link.now())

    def happened(self, link: SmppLink, events: Sequence[Event]) -> None:
        """See LinkOwner."""
        owner = self._owner
        sent_at: float | None = None
        requests: list[Owed] = []
        for event in events:
            if type(event) is Answer:
                sent_at = event.sent_at
                owner.answered(self, event)
            elif type(event) is Request:
                requests.append(Owed(link, event.pdu))
            elif isinstance(event, Expired | Unknown):
                sent_at = event.sent_at
                owner.unanswered(event)
            elif isinstance(event, Late):
                owner.late(event)
            elif isinstance(event, Refused):
                owner.irregular(event)
            else:
                self._lifecycle(link, event)
        if requests:
            owner.received(requests)
        if sent_at is not None:
            owner.settled(link.now() - sent_at)

    def writable(self, link: SmppLink) -> None:  # noqa: ARG002 - it has one link
        """See LinkOwner."""
        self._owner.moved(self)

    def closed(self, link: SmppLink) -> None:  # noqa: ARG002 - it has one link
        """See LinkOwner."""
        self._link = None
        end = self._end or Closing(Reason.DISCONNECTED)
        refused = end.reason is Reason.BIND_REFUSED
        self._owner.ended(end.reason, end.status)
        self._lost(
            f"bind refused: {name_of(end.status)}" if refused else f"connection lost: {end.reason.value}",
            refused=refused,
        )

    # ------------------------------------------------------------ inside

    def _lifecycle(self, link: SmppLink, event: Event) -> None:
        if isinstance(event, Bound):
            self._bound_at = link.now()
            self._refusals = 0
            self._enter(Phase.BOUND, usable=event.mode in _SENDING)
        elif isinstance(event, Unbound):
            self._enter(Phase.LEAVING, "the SMSC unbinds")
        elif isinstance(event, Closing):
            self._end = event
            if self.phase is Phase.BOUND:
                self._enter(Phase.LEAVING, f"connection lost: {event.reason.value}")

    def _enter(self, phase: Phase, detail: str = "", *, usable: bool = False) -> None:
        self.phase = phase
        self.usable = usable
        self.detail = detail
        self._owner.moved(self)

    def _connect_in(self, delay: float) -> None:
        self._timer = self._loop.call_later(delay, self._begin)

    def _begin(self) -> None:
        self._timer = None
        self._enter(Phase.CONNECTING, self.detail)
        self._task = self._loop.create_task(self._connect(), name=f"connect {self._settings.host}")

    async def _connect(self) -> None:
        settings = self._settings
        host = settings.host.strip("[] ")
        try:
            async with asyncio.timeout(settings.connect_timer):
                await self._loop.create_connection(
                    self._make_link,
                    host,
                    settings.port,
                    ssl=self._tls,
                    server_hostname=host if self._tls is not None else None,
                )
        except (OSError, ValueError) as error:
            self._task = None
            if self._link is not None:
                self._link.abort()
            else:
                self._lost(f"cannot connect: {_reason(error)}")
        else:
            self._task = None

    def _make_link(self) -> SmppLink:
        return SmppLink(Role.ESME, self._session_settings, self)

    def _stop_connecting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _lost(self, detail: str, *, refused: bool = False) -> None:
        if self._stopping:
            self._enter(Phase.CLOSED)
            return
        self._connect_in(self._delay(refused=refused))
        self._enter(Phase.WAITING, detail)

    def _delay(self, *, refused: bool) -> float:
        """Seconds until the next connect: full jitter, from the start again after a steady bind (reliability B22)."""
        settings = self._settings
        bound_at, self._bound_at = self._bound_at, None
        if refused:
            self._refusals += 1
            first = min(_REFUSED_FIRST, settings.refused_longest)
            return full_jitter(self._refusals, first, settings.refused_longest, self._chance())
        if bound_at is not None and self._loop.time() - bound_at >= settings.steady_after:
            self._losses = 0
        self._losses += 1
        return full_jitter(self._losses, settings.reconnect_first, settings.reconnect_longest, self._chance())


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no connection in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: {error.verify_message}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
