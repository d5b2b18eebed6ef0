"""The life of a session from either end: open, bound, unbinding, closed; and the timers that end it.
What is allowed in which state stands in states.py, the requests and answers within in session.py.
"""

from enum import Enum

from chappe.protocols.smpp.command_ids import RESPONSE, UNANSWERED
from chappe.protocols.smpp.commands import BODIES, Bind, BindResp, Body, EnquireLink, Unbind, UnbindResp
from chappe.protocols.smpp.events import (
    BindRequested,
    Bound,
    Closing,
    Detail,
    Event,
    Expired,
    Reason,
    Refused,
    Settings,
    Unbound,
    Unknown,
)
from chappe.protocols.smpp.framing import Framer
from chappe.protocols.smpp.inbound import Inbound
from chappe.protocols.smpp.outgoing import FIRST_VERSION_WITH_TLVS, Outgoing
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.states import ALLOWED, BINDS, BOUND, CONTROL, Role, State
from chappe.protocols.smpp.statuses import Status
from chappe.protocols.smpp.timers import Timer, Timers
from chappe.protocols.smpp.tlvs import Tag, find_integer, integer
from chappe.protocols.smpp.window import Window

LAST_VERSION = 0x50
"""The highest interface_version that is bound: SMPP 5.0, whose PDUs of 3.4 are the same."""


class NotBoundError(RuntimeError):
    """The state, or an unbind under way, does not allow this request; nothing was sent."""


class Phase(Enum):
    """How far the end of the session has come."""

    RUNNING = "running"
    DRAINING = "draining"
    """We want to unbind: our open requests come first."""
    ASKED = "asked"
    """Our unbind is out."""
    GRANTED = "granted"
    """Our unbind was answered: our own answers come first."""
    OWING = "owing"
    """The peer's unbind came in: our answers to its requests go before unbind_resp."""
    SETTLING = "settling"
    """unbind_resp is out: our open requests come first."""


class Lifecycle:
    """Where one session stands, and how it gets from there to its end."""

    __slots__ = (
        "_accepts",
        "_control",
        "_end",
        "_framer",
        "_inbound",
        "_is_bound",
        "_may_request",
        "_out",
        "_peer",
        "_phase",
        "_settings",
        "_timers",
        "_unbind_owed",
        "_window",
        "peer_version",
        "role",
        "state",
    )

    def __init__(self, role: Role, settings: Settings, now: float) -> None:
        """Begins when the connection stands; session_init_timer runs from `now`."""
        self.role = role
        self.peer_version = 0
        """The interface_version that both ends know; 0 before the bind."""
        self._peer = role.peer
        self._settings = settings
        # Before the bind an SMSC cannot know who sends; an ESME chose its SMSC.
        self._framer = Framer(settings.limit_before_bind if role is Role.SMSC else settings.limit)
        self._inbound = Inbound()
        self._out = Outgoing()
        self._window = Window(
            settings.window_out, settings.response_timer, settings.tombstone_time, settings.tombstones
        )
        self._timers = Timers(
            {
                Timer.SESSION_INIT: settings.session_init_timer,
                Timer.PDU_READ: settings.pdu_read_timer,
                Timer.ENQUIRE_LINK: settings.enquire_link_timer,
                Timer.ENQUIRE_LINK_RESPONSE: settings.enquire_link_response_timer,
                Timer.INACTIVITY: settings.inactivity_timer,
                Timer.UNBIND: settings.unbind_timer,
            }
        )
        # Our own bind, enquire_link and unbind that await their answer: the last of each, with its number.
        self._control: dict[int, int] = {}
        self._unbind_owed = 0
        self._may_request: frozenset[int] = frozenset()
        self._accepts: frozenset[int] = frozenset()
        self._phase = Phase.RUNNING
        self._end = Reason.UNBOUND
        self._enter(State.OPEN)
        self._timers.start(Timer.SESSION_INIT, now)

    @property
    def tlvs_allowed(self) -> bool:
        """Whether the peer's version has optional parameters (SMPP 3.4 §3.4.1)."""
        return self._out.tlvs_allowed

    @property
    def outgoing_size(self) -> int:
        """Octets that wait to be written."""
        return self._out.size

    def take_outgoing(self) -> bytes:
        """The octets to be written now; they are not kept."""
        return self._out.take()

    def next_deadline(self) -> float | None:
        """When `tick` is to be called, at the latest; 0.0 for at once."""
        if self.state is State.CLOSED:
            return None
        if self._phase is not Phase.RUNNING and self._may_settle():
            return 0.0
        timer = self._timers.next_deadline()
        answer = self._window.next_deadline()
        if timer is None or answer is None:
            return answer if timer is None else timer
        return min(timer, answer)

    def tick(self, now: float) -> list[Event]:
        """Does what time alone brings: expiry, enquire_link, the ends that timers make."""
        events: list[Event] = []
        if self.state is State.CLOSED:
            return events
        events.extend(Expired(one.token, one.sequence, one.sent_at) for one in self._window.expire(now))
        self._run_timers(now, events)
        self._settle(now, events)
        return events

    # ------------------------------------------------------------ binding

    def bind(self, body: Bind, now: float) -> None:
        """ESME: asks to be bound; `Bound` or `Closing` follows. Raises NotBoundError when not OPEN."""
        if body.command not in ALLOWED[self.role, self.state]:
            raise NotBoundError(f"bind in state {self.state.value}")
        self._ask(body)
        self.peer_version = body.interface_version
        self._enter(State.BINDING)
        self._timers.start(Timer.SESSION_INIT, now)

    def accept_bind(self, pdu: Pdu, *, system_id: str, now: float) -> bool:
        """SMSC: answers `BindRequested` with yes. False: the session has ended meanwhile.

        sc_interface_version goes only to peers that know it (SMPP 3.4 §4.1.2).
        """
        if self.state is not State.BINDING or not isinstance(pdu.body, Bind):
            return False
        self._agree(min(pdu.body.interface_version, FIRST_VERSION_WITH_TLVS))
        tlvs = (integer(Tag.SC_INTERFACE_VERSION, FIRST_VERSION_WITH_TLVS),) if self.tlvs_allowed else ()
        self._out.put(BODIES[pdu.command | RESPONSE](system_id), pdu.sequence, 0, tlvs)
        self._bound(BINDS[pdu.command], now)
        return True

    def refuse_bind(self, pdu: Pdu, status: int) -> bool:
        """SMSC: answers `BindRequested` with no; the session is OPEN again, and the owner free to close it."""
        if self.state is not State.BINDING:
            return False
        self._out.put(BODIES[pdu.command | RESPONSE](), pdu.sequence, status)
        self._enter(State.OPEN)
        return True

    def _bind_requested(self, pdu: Pdu, body: Bind, now: float, events: list[Event]) -> None:
        if body.interface_version > LAST_VERSION:
            self._out.put(BODIES[pdu.command | RESPONSE](), pdu.sequence, Status.ESME_RBINDFAIL)
            events.append(Refused(Status.ESME_RBINDFAIL, Detail.BAD_VERSION, pdu.command, pdu.sequence))
            return
        self._enter(State.BINDING)
        self._timers.start(Timer.SESSION_INIT, now)
        events.append(BindRequested(pdu))

    def _bind_answered(self, mode: State, pdu: Pdu, now: float, events: list[Event]) -> None:
        if pdu.status or not isinstance(pdu.body, BindResp):
            self._close(Reason.BIND_REFUSED, pdu.status or Status.ESME_RBINDFAIL, events)
            return
        theirs = find_integer(pdu.tlvs, Tag.SC_INTERFACE_VERSION)
        # SMPP 3.4 §4.1.2 takes a missing version for an old SMSC; many that know TLVs do not send it.
        self._agree(self.peer_version if theirs is None else min(theirs, self.peer_version))
        self._bound(mode, now)
        events.append(Bound(mode, pdu))

    def _agree(self, version: int) -> None:
        self.peer_version = version
        self._out.tlvs_allowed = version >= FIRST_VERSION_WITH_TLVS

    def _bound(self, mode: State, now: float) -> None:
        self._enter(mode)
        self._framer.limit = self._settings.limit
        self._timers.stop(Timer.SESSION_INIT)
        self._timers.start(Timer.ENQUIRE_LINK, now)
        self._timers.start(Timer.INACTIVITY, now)

    # ------------------------------------------------------------ ending

    def unbind(self, now: float) -> list[Event]:
        """Ends in order: nothing new goes out, open requests are waited for, then unbind, then `Closing`."""
        if not self._is_bound:
            return self.close(Reason.STOPPED)
        events: list[Event] = []
        self._begin_unbind(Reason.UNBOUND)
        self._settle(now, events)
        return events

    def close(self, reason: Reason, status: int = 0) -> list[Event]:
        """Ends at once: an `Unknown` for each open request, then `Closing`. Empty when it had ended already."""
        events: list[Event] = []
        self._close(reason, status, events)
        return events

    def _close(self, reason: Reason, status: int, events: list[Event]) -> None:
        if self.state is State.CLOSED:
            return
        self._enter(State.CLOSED)
        events.extend(Unknown(one.token, one.sequence, one.sent_at) for one in self._window.drain())
        self._inbound.clear()
        self._timers.stop_all()
        events.append(Closing(reason, status))

    def _begin_unbind(self, end: Reason) -> None:
        if self._phase is Phase.RUNNING:
            self._phase = Phase.DRAINING
            self._end = end
            self._may_request = frozenset()

    def _unbind_requested(self, pdu: Pdu, now: float, events: list[Event]) -> None:
        if self.state is State.UNBOUND:
            self._out.put(UnbindResp(), pdu.sequence)
            return
        self._enter(State.UNBOUND)
        self._unbind_owed = pdu.sequence
        self._phase = Phase.OWING
        self._end = Reason.UNBOUND
        self._timers.start(Timer.UNBIND, now)
        events.append(Unbound())

    def _may_settle(self) -> bool:
        if self._phase in (Phase.DRAINING, Phase.SETTLING):
            return not len(self._window)
        return self._phase in (Phase.GRANTED, Phase.OWING) and not self._inbound.open

    def _settle(self, now: float, events: list[Event]) -> None:
        while self.state is not State.CLOSED and self._may_settle():
            match self._phase:
                case Phase.DRAINING:
                    self._ask(Unbind())
                    self._phase = Phase.ASKED
                    self._timers.start(Timer.UNBIND, now)
                case Phase.OWING:
                    self._out.put(UnbindResp(), self._unbind_owed)
                    self._phase = Phase.SETTLING
                    self._timers.stop(Timer.UNBIND)
                case _:
                    self._close(self._end, 0, events)

    # ------------------------------------------------------------ what both need

    def _enter(self, state: State) -> None:
        self.state = state
        self._is_bound = state in BOUND
        self._may_request = ALLOWED[self.role, state] - CONTROL - UNANSWERED
        self._accepts = (ALLOWED[self._peer, state] & self._settings.offered) - CONTROL - UNANSWERED

    def _ask(self, body: Body) -> None:
        sequence = self._out.next_sequence(self._window)
        self._out.put(body, sequence)
        self._control[body.command] = sequence

    def _run_timers(self, now: float, events: list[Event]) -> None:
        for timer in self._timers.due(now):
            self._due(timer, now, events)
            if self.state is State.CLOSED:
                return

    def _due(self, timer: Timer, now: float, events: list[Event]) -> None:
        match timer:
            case Timer.SESSION_INIT:
                self._close(Reason.SESSION_INIT_TIMER, 0, events)
            case Timer.PDU_READ:
                self._close(Reason.PDU_READ_TIMER, 0, events)
            case Timer.ENQUIRE_LINK:
                self._ask(EnquireLink())
                self._timers.start(Timer.ENQUIRE_LINK_RESPONSE, now)
            case Timer.ENQUIRE_LINK_RESPONSE:
                self._close(Reason.ENQUIRE_LINK_TIMER, 0, events)
            case Timer.INACTIVITY:
                self._begin_unbind(Reason.INACTIVITY_TIMER)
            case Timer.UNBIND if self._phase is Phase.ASKED:
                self._close(Reason.UNBIND_TIMER if self._end is Reason.UNBOUND else self._end, 0, events)
            case Timer.UNBIND:
                # The owner has had its time; what it answers from now on comes too late.
                self._inbound.clear()
