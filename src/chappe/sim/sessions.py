"""One client's session at the simulated SMSC: its bind, its requests, the answers to what it was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from chappe.net.smpp_link import SmppLink
from chappe.protocols.smpp.commands import (
    Bind,
    CancelSm,
    CancelSmResp,
    DataSm,
    QuerySm,
    QuerySmResp,
    SubmitMulti,
    SubmitSm,
)
from chappe.protocols.smpp.events import (
    Answer,
    BindRequested,
    Event,
    Expired,
    Late,
    Refused,
    Request,
    Settings,
    Unbound,
    Unknown,
)
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.states import State
from chappe.protocols.smpp.statuses import Status
from chappe.sim.centre import Centre
from chappe.sim.deliveries import Delivery, Mailbox
from chappe.sim.intake import Intake, Reply
from chappe.sim.links import SimLink
from chappe.sim.memory import Memory

_RECEIVING = frozenset((State.BOUND_RX, State.BOUND_TRX))


class Lobby:
    """What every session needs of the house: who may bind, and where their mail waits."""

    def __init__(
        self,
        centre: Centre,
        memory: Memory | None,
        settings: Settings,
        *,
        system_id: str,
        credentials: Mapping[str, str],
    ) -> None:
        """Without credentials everyone may bind. `system_id` is what the SMSC calls itself."""
        self.centre = centre
        self.memory = memory
        self.settings = settings
        self.system_id = system_id
        self.intake = Intake(centre, memory)
        self.mailboxes: dict[str, Mailbox] = {}
        self.sessions: set[EsmeSession] = set()
        self.empty = asyncio.Event()
        """Set while there is no connection."""
        self.empty.set()
        self._credentials = credentials
        self._connections = 0

    def next_connection(self) -> int:
        """A number for another connection, from 1."""
        self._connections += 1
        return self._connections

    def mailbox(self, system_id: str) -> Mailbox:
        """The mailbox of a system_id, made where there is none yet."""
        found = self.mailboxes.get(system_id)
        if found is None:
            found = self.mailboxes[system_id] = Mailbox(self.centre, system_id)
        return found

    def judge(self, bind: Bind) -> int:
        """The command_status that a bind is answered with."""
        if self.centre.behaviour.bind_status:
            return self.centre.behaviour.bind_status
        if not self._credentials:
            return 0
        password = self._credentials.get(bind.system_id)
        if password is None:
            return Status.ESME_RINVSYSID
        return 0 if password == bind.password else Status.ESME_RINVPASWD

    def entered(self, session: EsmeSession) -> None:
        """A connection stands."""
        self.sessions.add(session)
        self.empty.clear()

    def left(self, session: EsmeSession) -> None:
        """A connection is gone."""
        self.sessions.discard(session)
        if not self.sessions:
            self.empty.set()


class EsmeSession:
    """See LinkOwner; also the Submitter of its messages and the Receiver of its deliveries."""

    __slots__ = ("_lobby", "held", "link", "mailbox", "number", "submits", "system_id")

    def __init__(self, lobby: Lobby) -> None:
        self._lobby = lobby
        self.number = lobby.next_connection()
        self.system_id = ""
        self.submits = 0
        self.held: list[tuple[float, Reply]] = []
        self.link = SimLink(lobby.settings, self)
        self.link.dark = lobby.centre.behaviour.dark
        self.mailbox = lobby.mailbox("")

    # ------------------------------------------------------------ LinkOwner

    def connected(self, link: SmppLink) -> None:  # noqa: ARG002 - it is the session's own
        """See LinkOwner."""
        self._lobby.entered(self)

    def happened(self, link: SmppLink, events: Sequence[Event]) -> None:
        """See LinkOwner."""
        unknown: list[Delivery] = []
        session = link.session
        was_closed = session.state is State.CLOSED
        for event in events:
            match event:
                case Request(pdu):
                    self._requested(pdu)
                    if session.state is State.CLOSED and not was_closed:
                        # The simulator broke off over this one; what came behind it was never read.
                        break
                case Answer(pdu, Delivery() as delivery):
                    self.mailbox.acked(delivery, self, pdu.sequence, pdu.status)
                case Late(pdu, Delivery() as delivery):
                    self.mailbox.acked(delivery, self, pdu.sequence, pdu.status)
                case Expired(Delivery() as delivery):
                    self.mailbox.put(delivery)
                case Unknown(Delivery() as delivery):
                    unknown.append(delivery)
                case BindRequested(pdu):
                    self._bind(pdu)
                case Refused():
                    self._lobby.centre.counters.irregular += 1
                case Unbound():
                    self.mailbox.leave(self)
                case _:
                    pass
        if unknown:
            self.mailbox.leave(self)
            self.mailbox.put_back(unknown)
        if self.held:
            self._lobby.intake.release(self)

    def writable(self, link: SmppLink) -> None:  # noqa: ARG002 - it is the session's own
        """See LinkOwner."""
        self.mailbox.pump()

    def closed(self, link: SmppLink) -> None:  # noqa: ARG002 - it is the session's own
        """See LinkOwner."""
        self.mailbox.leave(self)
        self._lobby.left(self)

    # ------------------------------------------------------------ Receiver

    @property
    def room(self) -> int:
        """See Receiver."""
        link = self.link
        return 0 if link.stalled or link.dark or link.session.state not in _RECEIVING else link.session.room

    def deliver(self, delivery: Delivery) -> int:
        """See Receiver."""
        link = self.link
        sequence = link.session.request(delivery.body, now=link.now(), tlvs=delivery.tlvs, token=delivery)
        link.flush_soon()
        return sequence

    # ------------------------------------------------------------ requests

    def _requested(self, pdu: Pdu) -> None:
        match pdu.body:
            case SubmitSm() | DataSm() as body:
                self._lobby.intake.submit(self, pdu, body)
            case SubmitMulti() as body:
                self._lobby.intake.submit_multi(self, pdu, body)
            case QuerySm() as body:
                self._query(pdu, body)
            case CancelSm() as body:
                self._cancel(pdu, body)

    def _bind(self, pdu: Pdu) -> None:
        lobby, link = self._lobby, self.link
        bind = pdu.body
        assert isinstance(bind, Bind)
        status = lobby.judge(bind)
        if status:
            lobby.centre.counters.bind_refusals += 1
            link.session.refuse_bind(pdu, status)
            link.close()
            return
        lobby.centre.counters.binds += 1
        self.system_id = bind.system_id
        self.mailbox = lobby.mailbox(bind.system_id)
        link.session.accept_bind(pdu, system_id=lobby.system_id, now=link.now())
        if link.session.state in _RECEIVING:
            self.mailbox.join(self)

    def _query(self, pdu: Pdu, body: QuerySm) -> None:
        self._lobby.centre.counters.queries += 1
        memory = self._lobby.memory
        found = None if memory is None else memory.find(body.message_id, body.source_addr)
        if found is None:
            self.link.session.respond(pdu, Status.ESME_RINVMSGID)
            return
        answer = QuerySmResp(body.message_id, found.final_date, found.state, found.err)
        self.link.session.respond(pdu, 0, answer)

    def _cancel(self, pdu: Pdu, body: CancelSm) -> None:
        self._lobby.centre.counters.queries += 1
        memory = self._lobby.memory
        found = None if memory is None else memory.find(body.message_id, body.source_addr)
        if found is None:
            self.link.session.respond(pdu, Status.ESME_RINVMSGID)
        elif found.cancel(self._lobby.centre.moment()):
            self.link.session.respond(pdu, 0, CancelSmResp())
        else:
            self.link.session.respond(pdu, Status.ESME_RCANCELFAIL)
