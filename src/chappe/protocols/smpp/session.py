"""One SMPP session from either end, without a socket and without a clock: octets and times in, events out.
Requests and answers are here; how a session begins and ends is in lifecycle.py.
"""

from chappe.protocols.smpp.codec import DecodeError, decode
from chappe.protocols.smpp.command_ids import RESPONSE, UNANSWERED, Command
from chappe.protocols.smpp.commands import (
    BODIES,
    AlertNotification,
    Bind,
    Body,
    DeliverSmResp,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    SubmitSmResp,
)
from chappe.protocols.smpp.events import Answer, Detail, Event, Late, Reason, Refused, Request
from chappe.protocols.smpp.framing import FramingError
from chappe.protocols.smpp.lifecycle import Lifecycle, NotBoundError, Phase
from chappe.protocols.smpp.outgoing import MAX_SEQUENCE
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.states import ALLOWED, BINDS, Role, State
from chappe.protocols.smpp.statuses import Status
from chappe.protocols.smpp.timers import Timer
from chappe.protocols.smpp.tlvs import Tlv


class WindowFullError(RuntimeError):
    """As many requests as the window holds are open; nothing was sent."""


class Session(Lifecycle):
    """The state of one connection. After every call, write `take_outgoing()` and look at `next_deadline()`.

    Times are seconds of any clock that never goes back. Nothing is sent or ended by time alone: the owner
    calls `tick` when the deadline has come. `Closing` is the last event; after it every call does nothing.
    """

    __slots__ = ()

    @property
    def outstanding(self) -> int:
        """How many of our requests await their answer."""
        return len(self._window)

    @property
    def room(self) -> int:
        """How many requests could be sent now."""
        return max(0, self._window.size - len(self._window)) if self._may_request else 0

    @property
    def inbound_open(self) -> int:
        """How many of the peer's requests await our answer."""
        return self._inbound.open

    @property
    def paused(self) -> bool:
        """Whether the inward window is full: stop reading until answers have gone out."""
        return self._inbound.open >= self._settings.window_in

    # ------------------------------------------------------------ what the owner says

    def request(self, body: Body, *, now: float, tlvs: tuple[Tlv, ...] = (), token: object = None) -> int:
        """Queues a request and returns its sequence_number; its outcome comes as an event with `token`.

        Raises NotBoundError, WindowFullError, EncodeError, TlvsNotAllowedError; nothing was changed then.
        """
        command = body.command
        if command not in self._may_request:
            raise NotBoundError(f"{type(body).__name__} in state {self.state.value}")
        window = self._window
        if len(window) >= window.size:
            raise WindowFullError(f"{window.size} requests are open")
        sequence = self._out.next_sequence(window)
        self._out.put(body, sequence, 0, tlvs)
        window.add(sequence, command | RESPONSE, token, now)
        return sequence

    def announce(self, body: Outbind | AlertNotification, tlvs: tuple[Tlv, ...] = ()) -> int:
        """Queues one of the two requests that have no response. Raises as `request` does."""
        if body.command not in ALLOWED[self.role, self.state] or self._phase is not Phase.RUNNING:
            raise NotBoundError(f"{type(body).__name__} in state {self.state.value}")
        sequence = self._out.next_sequence(self._window)
        self._out.put(body, sequence, 0, tlvs)
        return sequence

    def respond(
        self, pdu: Pdu, status: int = 0, body: Body | None = None, tlvs: tuple[Tlv, ...] = ()
    ) -> bool:
        """Queues the answer to a `Request`; without `body` an empty one. False: it is not open (any more).

        Raises EncodeError and TlvsNotAllowedError; the request is then still open.
        """
        sequence = pdu.sequence
        if sequence not in self._inbound.numbers:
            return False
        self._out.put(BODIES[pdu.command | RESPONSE]() if body is None else body, sequence, status, tlvs)
        return self._inbound.answered(sequence)

    def respond_submit(self, sequence: int, message_id: str) -> bool:
        """`respond` for the usual case: submit_sm accepted, this is its id."""
        if sequence not in self._inbound.numbers:
            return False
        self._out.put(SubmitSmResp(message_id), sequence)
        return self._inbound.answered(sequence)

    def respond_deliver(self, sequence: int) -> bool:
        """`respond` for the usual case: deliver_sm accepted (SMPP 3.4 §4.6.2: message_id is NULL)."""
        if sequence not in self._inbound.numbers:
            return False
        self._out.put(DeliverSmResp(), sequence)
        return self._inbound.answered(sequence)

    # ------------------------------------------------------------ what the peer says

    def receive(self, data: bytes, now: float) -> list[Event]:
        """Takes octets of the peer, as many or as few as came."""
        events: list[Event] = []
        if self.state is State.CLOSED:
            return events
        framer = self._framer
        timers = self._timers
        frames = framer.feed(data)
        if frames:
            timers.stop(Timer.ENQUIRE_LINK_RESPONSE)
            self._take(frames, now, events)
            if self._is_bound:
                timers.start(Timer.ENQUIRE_LINK, now)
                if events:
                    timers.start(Timer.INACTIVITY, now)
        if not framer.incomplete:
            timers.stop(Timer.PDU_READ)
        elif frames or not timers.running(Timer.PDU_READ):
            timers.start(Timer.PDU_READ, now)
        if self._phase is not Phase.RUNNING:
            self._settle(now, events)
        if framer.error is not None:
            self._lost(framer.error, events)
        return events

    def _lost(self, error: FramingError, events: list[Event]) -> None:
        if self.state is State.CLOSED:
            return
        self._out.put(GenericNack(), error.sequence, error.status)
        events.append(Refused(error.status, Detail.BAD_LENGTH, 0, error.sequence))
        self._close(Reason.FRAMING, error.status, events)

    def _take(self, frames: list[bytes], now: float, events: list[Event]) -> None:
        inbound = self._inbound
        numbers = inbound.numbers
        mark = self._settings.throttle_mark
        for frame in frames:
            if self.state is State.CLOSED:
                return
            try:
                pdu = decode(frame)
            except DecodeError as error:
                self._undecodable(error, now, events)
                continue
            sequence = pdu.sequence
            if pdu.command >= RESPONSE:
                self._response(pdu, now, events)
            elif (
                pdu.command in self._accepts
                and 0 < sequence <= MAX_SEQUENCE
                and sequence not in numbers
                and inbound.open < mark
            ):
                numbers[sequence] = 1
                events.append(Request(pdu))
            else:
                self._uncommon(pdu, now, events)

    def _response(self, pdu: Pdu, now: float, events: list[Event]) -> None:
        found = self._window.take(pdu.sequence, pdu.command)
        if found is not None:
            events.append(Answer(pdu, found.token, found.sent_at))
            return
        for command, sequence in self._control.items():
            if sequence == pdu.sequence and pdu.command in (command | RESPONSE, Command.GENERIC_NACK):
                del self._control[command]
                self._control_answered(command, pdu, now, events)
                return
        late = self._window.take_late(pdu.sequence, pdu.command)
        if late is not None:
            events.append(Late(pdu, late.token))
        else:
            events.append(Refused(0, Detail.STRAY_RESPONSE, pdu.command, pdu.sequence))

    def _control_answered(self, command: int, pdu: Pdu, now: float, events: list[Event]) -> None:
        if command in BINDS:
            self._bind_answered(BINDS[command], pdu, now, events)
        elif command == Command.UNBIND and self._phase is Phase.ASKED:
            self._phase = Phase.GRANTED

    def _uncommon(self, pdu: Pdu, now: float, events: list[Event]) -> None:
        command = pdu.command
        if command not in ALLOWED[self._peer, self.state]:
            self._not_allowed(command, pdu.sequence, events)
        elif command == Command.ENQUIRE_LINK:
            self._out.put(EnquireLinkResp(), pdu.sequence)
        elif command == Command.UNBIND:
            self._unbind_requested(pdu, now, events)
        elif isinstance(pdu.body, Bind):
            self._bind_requested(pdu, pdu.body, now, events)
        elif command not in self._settings.offered:
            self._refuse(command, pdu.sequence, Status.ESME_RINVCMDID, Detail.NOT_OFFERED, events)
        elif command in UNANSWERED:
            events.append(Request(pdu))
        elif self._inbound.open >= self._settings.throttle_mark:
            self._refuse(command, pdu.sequence, Status.ESME_RTHROTTLED, Detail.OVER_WINDOW, events)
        else:
            # SMPP 3.4 §5.1.4 forbids such numbers, but an answer that bears the same one harms nobody.
            fresh = self._inbound.add(pdu.sequence)
            detail = Detail.BAD_SEQUENCE if fresh else Detail.REPEATED_SEQUENCE
            events.append(Refused(0, detail, command, pdu.sequence))
            events.append(Request(pdu))

    def _undecodable(self, error: DecodeError, now: float, events: list[Event]) -> None:
        command = error.command
        if command >= RESPONSE:
            body = BODIES.get(command)
            detail = Detail.UNKNOWN_COMMAND if body is None else Detail.BAD_BODY
            events.append(Refused(0, detail, command, error.sequence))
            if body is not None:
                # The header was sound, and it is what tells the outcome.
                self._response(Pdu(command, error.status, error.sequence, body()), now, events)
        elif command not in BODIES:
            self._refuse(command, error.sequence, error.error, Detail.UNKNOWN_COMMAND, events)
        elif command not in ALLOWED[self._peer, self.state]:
            self._not_allowed(command, error.sequence, events)
        else:
            self._refuse(command, error.sequence, error.error, Detail.BAD_BODY, events)

    def _not_allowed(self, command: int, sequence: int, events: list[Event]) -> None:
        if command in BINDS and self.state is not State.UNBOUND and self.role is Role.SMSC:
            self._refuse(command, sequence, Status.ESME_RALYBND, Detail.ALREADY_BOUND, events)
        else:
            self._refuse(command, sequence, Status.ESME_RINVBNDSTS, Detail.BAD_STATE, events)

    def _refuse(self, command: int, sequence: int, status: int, detail: Detail, events: list[Event]) -> None:
        if command in UNANSWERED:
            status = 0
        elif command in BODIES and status != Status.ESME_RINVCMDID:
            self._out.put(BODIES[command | RESPONSE](), sequence, status)
        else:
            # SMPP 3.4 §4.3: generic_nack answers an invalid or unsupported command_id.
            self._out.put(GenericNack(), sequence, status)
        events.append(Refused(int(status), detail, command, sequence))
