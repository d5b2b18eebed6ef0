"""One SMPP connector: its binds, what comes in by them, and how they fare. What goes out stands in sender.py."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec

from chappe.connectors.smpp.bind import Bind, Owed, Phase, bind_bodies
from chappe.connectors.smpp.inbound import Reader
from chappe.connectors.smpp.sender import Sender
from chappe.connectors.smpp.settings import SmppSettings, decode
from chappe.connectors.smpp.translate import Translator
from chappe.domain.incoming import Arrival
from chappe.domain.link import ConnectorRecord, Health, LinkStatus
from chappe.net.smpp_link import SmppLink
from chappe.net.tls import client_context
from chappe.ports.connector import Ack, ConnectorEvents, Inbound, Outgoing, SendOutcome
from chappe.ports.connector_kind import Context
from chappe.protocols.smpp.command_ids import UNANSWERED, Command
from chappe.protocols.smpp.events import Answer, Expired, Late, Reason, Refused, Unknown
from chappe.protocols.smpp.statuses import Status, name_of

_ACKS: Final[Mapping[Ack, int]] = MappingProxyType(
    {
        Ack.TAKEN: int(Status.ESME_ROK),
        Ack.LATER: int(Status.ESME_RX_T_APPN),
        Ack.REFUSED: int(Status.ESME_RX_R_APPN),
    }
)
_DELIVER_SM: Final = int(Command.DELIVER_SM)
_RECOVERY: Final = 1.0
"""Seconds between two looks at a pace that throttling holds down."""
_DOUBT_MS: Final = 300_000
"""How long after a lost connection an MO may be one that was taken before."""
_CUT_WAIT: Final = 1.0
"""Seconds for connections that were cut to be gone."""


class SmppConnector:
    """Answers `ports.connector.Connector`, and `BindOwner` for its binds."""

    def __init__(
        self, record: ConnectorRecord, settings: SmppSettings, events: ConnectorEvents, context: Context
    ) -> None:
        """Raises ValueError where the settings cannot be used."""
        self._name = record.name
        self._settings = settings
        self._events = events
        self._clock = context.clock
        self._chance = context.chance
        self._meter = context.meter
        self._reader = Reader(settings, connector=record.name, group=record.key_space)
        self._tls = tls_context(settings)
        self._sender = Sender(
            settings,
            throughput=record.throughput,
            receipts=record.receipts,
            clock=context.clock,
            tell=self._ended,
            refilled=self._stir,
        )
        self._binds: tuple[Bind, ...] = ()
        self._gone = asyncio.Event()
        self._closing = False
        self._outcomes: list[SendOutcome] = []
        self._telling = False
        self._full = False
        """Whether there was no room when somebody asked."""
        self._changed = False
        self._slowed = False
        self._doubtful_until_ms = 0
        self._bound: set[Bind] = set()
        self._recovery: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------ the port

    async def open(self) -> None:
        """See the port."""
        self._binds = tuple(
            Bind(body, self._settings, tls=self._tls, chance=self._chance, owner=self)
            for body in bind_bodies(self._settings)
        )
        self._sender.serve([bind for bind in self._binds if bind.transmits])
        for index, bind in enumerate(self._binds):
            bind.open(index * self._settings.stagger)

    def room(self) -> int:
        """See the port. Counted in parts: of a long message the rest waits for places."""
        room = self._sender.room()
        if room <= 0:
            self._full = True
        return room

    def send(self, batch: Sequence[Outgoing]) -> None:
        """See the port."""
        self._sender.send(batch)

    def acknowledge(self, answers: Sequence[tuple[object, Ack]]) -> None:
        """See the port. Where the connection is gone nothing is said: the SMSC sends again what was not answered."""
        links: dict[SmppLink, None] = {}
        for handle, ack in answers:
            assert isinstance(handle, Owed)
            if _respond(handle, _ACKS[ack]):
                links[handle.link] = None
        for link in links:
            link.flush()

    def status(self) -> LinkStatus:
        """See the port."""
        binds = self._binds
        bound = [bind for bind in binds if bind.phase is Phase.BOUND]
        return LinkStatus(
            self._name,
            self._health(),
            len(bound),
            len(binds),
            sum(bind.outstanding for bind in binds),
            sum(self._settings.window for bind in bound if bind.usable),
            self._sender.pace.rate,
            self._detail(),
        )

    async def close(self, grace: float) -> None:
        """See the port."""
        self._closing = True
        self._sender.stop()
        if self._recovery is not None:
            self._recovery.cancel()
            self._recovery = None
        for bind in self._binds:
            bind.leave()
        await self._until_gone(grace)
        for bind in self._binds:
            if bind.phase is not Phase.CLOSED:
                bind.cut()
        await self._until_gone(_CUT_WAIT)
        self._tell()

    # ------------------------------------------------------------ BindOwner

    def answered(self, bind: Bind, answer: Answer) -> None:
        """See BindOwner."""
        self._sender.answered(bind, answer)

    def unanswered(self, event: Expired | Unknown) -> None:
        """See BindOwner."""
        self._sender.unanswered(event)

    def late(self, event: Late) -> None:
        """See BindOwner."""
        self._sender.late(event)

    def received(self, requests: Sequence[Owed]) -> None:
        """See BindOwner."""
        now_ms = self._clock.now_ms()
        batch: list[Inbound] = []
        self._count_incoming(requests)
        for owed in requests:
            if owed.pdu.command in UNANSWERED:
                self._count("ignored_request")
                continue
            try:
                read = self._reader.read(owed.pdu, now_ms)
            except Exception:  # noqa: BLE001 - one PDU that we stumble over takes no other along, and is not lost
                self._count("unreadable_request")
                _respond(owed, int(Status.ESME_RX_T_APPN))
                continue
            for oddity in read.oddities:
                self._count(oddity)
            if read.value is None:
                _respond(owed, read.status)
            else:
                value = read.value
                if isinstance(value, Arrival) and now_ms < self._doubtful_until_ms:
                    value = msgspec.structs.replace(value, maybe_repeated=True)
                batch.append(Inbound(value, owed, read.otherwise))
        if batch:
            # A receipt is matched at once if the answer that came before it is told before it.
            self._tell_outcomes()
            self._events.arrived(self, batch)

    def irregular(self, event: Refused) -> None:
        """See BindOwner."""
        self._count(event.detail.value)

    def ended(self, reason: Reason, status: int) -> None:
        """See BindOwner."""
        if reason is Reason.BIND_REFUSED:
            self._meter.count("binds_refused", f"{self._name}:{name_of(status)}")
        elif not self._closing:
            self._meter.count("binds_lost", f"{self._name}:{reason.value}")
            # An answer to an MO may have been on its way: the SMSC sends such a one again.
            self._doubtful_until_ms = self._clock.now_ms() + _DOUBT_MS

    def moved(self, bind: Bind) -> None:
        """See BindOwner."""
        if bind.phase is not Phase.BOUND:
            self._bound.discard(bind)
        elif bind not in self._bound:
            self._bound.add(bind)
            self._meter.count("binds_made", self._name)
        if not self._closing:
            self._sender.look_at_binds()
        elif all(each.phase is Phase.CLOSED for each in self._binds):
            self._gone.set()
        self._changed = True
        self._stir()

    def settled(self, seconds: float) -> None:
        """See BindOwner."""
        self._meter.observe("smpp_answer_seconds", seconds, self._name)
        self._sender.pump()
        self._stir()

    # ------------------------------------------------------------ telling

    def _ended(self, outcome: SendOutcome) -> None:
        self._outcomes.append(outcome)
        self._stir()

    def _stir(self) -> None:
        """Tells once this turn of the loop is over; what comes up until then is told together."""
        if not self._telling:
            self._telling = True
            asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        self._telling = False
        self._tell_outcomes()
        slowed = self._sender.pace.slowed
        if slowed is not self._slowed:
            self._slowed, self._changed = slowed, True
        if slowed and self._recovery is None and not self._closing:
            self._recovery = asyncio.get_running_loop().call_later(_RECOVERY, self._look_at_pace)
        if self._changed or (self._full and self._sender.room() > 0):
            self._changed = self._full = False
            self._events.changed(self.status())

    def _tell_outcomes(self) -> None:
        if self._outcomes:
            outcomes, self._outcomes = self._outcomes, []
            self._events.outcomes(self._name, outcomes)

    def _look_at_pace(self) -> None:
        """A pace that nobody draws on recovers too, and routing is to know: a slowed way may get no messages."""
        self._recovery = None
        self._sender.look_at_pace()
        self._stir()

    def _count_incoming(self, requests: Sequence[Owed]) -> None:
        short = sum(owed.pdu.command == _DELIVER_SM for owed in requests)
        if short:
            self._meter.count("smpp_incoming", f"{self._name}:deliver_sm", short)
        data = sum(owed.pdu.command == Command.DATA_SM for owed in requests) if short < len(requests) else 0
        if data:
            self._meter.count("smpp_incoming", f"{self._name}:data_sm", data)

    def _count(self, what: str) -> None:
        self._meter.count("smpp_oddities", f"{self._name}:{what}")

    # ------------------------------------------------------------ how it fares

    def _health(self) -> Health:
        if self._closing or not self._binds:
            return Health.OFF
        if any(bind.usable for bind in self._binds):
            return Health.SLOWED if self._sender.pace.slowed else Health.UP
        if any(bind.phase is Phase.CONNECTING and bind.transmits for bind in self._binds):
            return Health.CONNECTING
        return Health.DOWN

    def _detail(self) -> str:
        """Why the first bind that is not up is not."""
        return next((bind.detail for bind in self._binds if bind.detail), "")

    async def _until_gone(self, seconds: float) -> None:
        if all(bind.phase is Phase.CLOSED for bind in self._binds):
            return
        try:
            async with asyncio.timeout(seconds):
                await self._gone.wait()
        except TimeoutError:
            return


def _respond(owed: Owed, status: int) -> bool:
    session = owed.link.session
    if not status and owed.pdu.command == _DELIVER_SM:
        return session.respond_deliver(owed.pdu.sequence)
    return session.respond(owed.pdu, status)


def tls_context(settings: SmppSettings) -> ssl.SSLContext | None:
    """What the connections are wrapped in. Raises BadTls."""
    if not settings.tls:
        return None
    authority = Path(settings.tls_authority) if settings.tls_authority else None
    return client_context(authority, verify=settings.tls_verify)


# ---------------------------------------------------------------- the kind


def check(settings: Mapping[str, Any]) -> str:
    """The first thing wrong with a record's settings as a sentence that names the key, empty if none."""
    try:
        Translator(decode(settings))
    except ValueError as error:
        return str(error)
    return ""


def build(record: ConnectorRecord, events: ConnectorEvents, context: Context) -> SmppConnector:
    """A connector of this kind, not open yet. Raises ValueError for settings that cannot be used."""
    return SmppConnector(record, decode(record.settings), events, context)
