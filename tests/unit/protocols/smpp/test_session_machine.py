"""session.py and lifecycle.py: two sessions talk over a wire that cuts as it likes, beside a model of what is open.

Whatever one sends the other accepts; every request gets exactly one outcome, a late answer apart.
"""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import (
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    DataSm,
    DeliverSm,
    SubmitSm,
)
from chappe.protocols.smpp.events import (
    Answer,
    BindRequested,
    Bound,
    Closing,
    Detail,
    Expired,
    Late,
    Reason,
    Refused,
    Request,
    Unknown,
)
from chappe.protocols.smpp.lifecycle import NotBoundError
from chappe.protocols.smpp.session import WindowFullError
from chappe.protocols.smpp.states import BOUND, Role, State
from unit.protocols.smpp.talking import session

SIDES = st.sampled_from((0, 1))
WINDOW = 3


class Talk(RuleBasedStateMachine):
    """Side 0 is the ESME, side 1 the SMSC."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        # A PDU may lie on the wire for as long as it likes here; what that does to a session is told elsewhere.
        long = {"window_out": WINDOW, "pdu_read_timer": 1e9, "tombstone_time": 1e9}
        self.ends = (session(Role.ESME, **long), session(Role.SMSC, **long))
        self.wires = (bytearray(), bytearray())
        self.asked: tuple[list[object], list[object]] = ([], [])
        self.open: tuple[set[int], set[int]] = (set(), set())
        self.outcomes: Counter[int] = Counter()
        self.given_up: set[int] = set()
        self.next_token = 0

    def heard(self, side: int, events: list[object]) -> None:
        for event in events:
            match event:
                case BindRequested(pdu):
                    assert self.ends[side].accept_bind(pdu, system_id="s", now=self.now)
                case Bound():
                    assert self.ends[side].state in BOUND
                case Request(pdu):
                    self.asked[side].append(pdu)
                case Answer(pdu, token, sent_at):
                    assert sent_at <= self.now
                    assert pdu.tlvs == ()
                    self.settled(side, token)
                case Expired(token) | Unknown(token):
                    self.given_up.add(token)
                    self.settled(side, token)
                case Late(_, token):
                    assert token in self.given_up
                    self.given_up.remove(token)
                case Refused():
                    # An enquire_link overtaken by other traffic may be answered after the next one was sent.
                    assert event.detail is Detail.STRAY_RESPONSE
                    assert event.command == Command.ENQUIRE_LINK_RESP
                case Closing(reason):
                    assert event is events[-1]
                    assert reason in (
                        Reason.UNBOUND,
                        Reason.UNBIND_TIMER,
                        Reason.ENQUIRE_LINK_TIMER,
                        Reason.SESSION_INIT_TIMER,
                        Reason.DISCONNECTED,
                    )
                    assert not self.open[side]
        self.flush(side)

    def settled(self, side: int, token: int) -> None:
        self.open[side].remove(token)
        self.outcomes[token] += 1

    def flush(self, side: int) -> None:
        self.wires[1 - side].extend(self.ends[side].take_outgoing())

    @rule(bind=st.sampled_from((BindTransmitter, BindReceiver, BindTransceiver)))
    @precondition(lambda self: self.ends[0].state is State.OPEN)
    def bind(self, bind) -> None:
        self.ends[0].bind(bind("e", "p"), self.now)
        self.flush(0)

    @rule(side=SIDES, kind=st.sampled_from((SubmitSm, DeliverSm, DataSm)), many=st.integers(1, 5))
    def request(self, side, kind, many) -> None:
        one = self.ends[side]
        for _ in range(many):
            token = self.next_token
            try:
                one.request(kind(), token=token, now=self.now)
            except NotBoundError:
                assert one.room == 0 or kind is not DataSm
                return
            except WindowFullError:
                assert len(self.open[side]) == WINDOW
                return
            self.next_token += 1
            self.open[side].add(token)
        self.flush(side)

    @rule(side=SIDES, octets=st.integers(1, 200))
    @precondition(lambda self: any(self.wires))
    def carry(self, side, octets) -> None:
        wire = self.wires[side]
        data = bytes(wire[:octets])
        del wire[:octets]
        self.heard(side, self.ends[side].receive(data, self.now))

    @rule()
    def carry_all(self) -> None:
        while any(self.wires):
            for side in (0, 1):
                data = bytes(self.wires[side])
                self.wires[side].clear()
                self.heard(side, self.ends[side].receive(data, self.now))

    @rule(side=SIDES, which=st.integers(0, 9), status=st.sampled_from((0, 0x58)))
    def answer(self, side, which, status) -> None:
        asked = self.asked[side]
        if not asked:
            return
        pdu = asked.pop(which % len(asked))
        before = self.ends[side].inbound_open
        if self.ends[side].respond(pdu, status):
            assert self.ends[side].inbound_open == before - 1
        self.heard(side, self.ends[side].tick(self.now))

    @rule(seconds=st.sampled_from((0.5, 4.0, 12.0, 31.0, 61.0)))
    def wait(self, seconds) -> None:
        self.now += seconds
        for side in (0, 1):
            deadline = self.ends[side].next_deadline()
            if deadline is not None and deadline <= self.now:
                self.heard(side, self.ends[side].tick(self.now))
                after = self.ends[side].next_deadline()
                assert after is None or after > self.now

    @rule(side=SIDES)
    @precondition(lambda self: self.next_token > 3)
    def unbind(self, side) -> None:
        if self.ends[side].state in BOUND:
            self.heard(side, self.ends[side].unbind(self.now))

    @rule()
    @precondition(lambda self: self.next_token > 12)
    def disconnect(self) -> None:
        for side in (0, 1):
            self.wires[side].clear()
            self.heard(side, self.ends[side].close(Reason.DISCONNECTED))

    @invariant()
    def what_is_open_is_what_the_model_says(self) -> None:
        for side in (0, 1):
            one = self.ends[side]
            assert one.outstanding == len(self.open[side]) <= WINDOW
            assert one.room in (0, WINDOW - one.outstanding)
            assert one.inbound_open <= len(self.asked[side])
        assert all(count == 1 for count in self.outcomes.values())

    def teardown(self) -> None:
        for side in (0, 1):
            self.heard(side, self.ends[side].close(Reason.DISCONNECTED))
            assert self.ends[side].state is State.CLOSED
        assert sum(self.outcomes.values()) == self.next_token


TestTalk = Talk.TestCase
TestTalk.settings = settings(stateful_step_count=40)
