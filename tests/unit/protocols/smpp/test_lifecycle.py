"""lifecycle.py: binding, unbinding, the timers and the end, one side at a time."""

import pytest

from chappe.protocols.smpp.codec import encode_body
from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import (
    BindReceiver,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    DeliverSm,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from chappe.protocols.smpp.events import (
    BindRequested,
    Bound,
    Closing,
    Detail,
    Expired,
    Reason,
    Refused,
    Request,
    Unbound,
    Unknown,
)
from chappe.protocols.smpp.lifecycle import NotBoundError
from chappe.protocols.smpp.states import Role, State
from chappe.protocols.smpp.statuses import Status
from unit.protocols.smpp.talking import answer_to, bound_esme, bound_smsc, said, sent, session

MODES = [
    (BindTransmitter("a", "b"), State.BOUND_TX),
    (BindReceiver("a", "b"), State.BOUND_RX),
    (BindTransceiver("a", "b"), State.BOUND_TRX),
]


# ---------------------------------------------------------------- binding


@pytest.mark.parametrize(("bind", "mode"), MODES)
def test_an_esme_binds(bind, mode) -> None:
    esme = session(Role.ESME)
    assert (esme.state, esme.peer_version) == (State.OPEN, 0)
    esme.bind(bind, 0.0)
    (pdu,) = sent(esme)
    assert (pdu.body, pdu.sequence) == (bind, 1)
    assert esme.state is State.BINDING
    (event,) = said(esme, answer_to(bind), 1)
    assert isinstance(event, Bound)
    assert (event.mode, esme.state) == (mode, mode)


@pytest.mark.parametrize(("bind", "mode"), MODES)
def test_an_smsc_is_bound_to(bind, mode) -> None:
    smsc = session(Role.SMSC)
    (event,) = said(smsc, bind, 9)
    assert isinstance(event, BindRequested)
    assert event.pdu.body == bind
    assert smsc.state is State.BINDING
    assert smsc.accept_bind(event.pdu, system_id="Chappe", now=0.0)
    assert smsc.state is mode
    (pdu,) = sent(smsc)
    assert (pdu.body.system_id, pdu.sequence, pdu.status) == ("Chappe", 9, 0)


@pytest.mark.parametrize(
    ("version", "tlvs"), [(0x00, ()), (0x33, ()), (0x34, ((0x0210, b"\x34"),)), (0x50, ((0x0210, b"\x34"),))]
)
def test_versions_that_are_accepted_and_who_is_told_ours(version, tlvs) -> None:
    """B25."""
    smsc = session(Role.SMSC)
    (event,) = said(smsc, BindTransceiver("a", interface_version=version))
    smsc.accept_bind(event.pdu, system_id="", now=0.0)
    (pdu,) = sent(smsc)
    assert pdu.tlvs == tlvs
    assert smsc.tlvs_allowed is bool(tlvs)
    assert smsc.peer_version == min(version, 0x34)


def test_a_version_that_is_not_accepted() -> None:
    smsc = session(Role.SMSC)
    events = said(smsc, BindTransceiver("a", interface_version=0x51), 4)
    assert events == [Refused(Status.ESME_RBINDFAIL, Detail.BAD_VERSION, Command.BIND_TRANSCEIVER, 4)]
    (pdu,) = sent(smsc)
    assert (pdu.command, pdu.status, pdu.sequence) == (
        Command.BIND_TRANSCEIVER_RESP,
        Status.ESME_RBINDFAIL,
        4,
    )
    assert smsc.state is State.OPEN


@pytest.mark.parametrize(
    ("ours", "theirs", "allowed", "version"),
    [
        (0x34, None, True, 0x34),
        (0x34, 0x34, True, 0x34),
        (0x34, 0x50, True, 0x34),
        (0x34, 0x33, False, 0x33),
        (0x33, None, False, 0x33),
        (0x33, 0x34, False, 0x33),
    ],
)
def test_the_lower_version_of_the_two_holds(ours, theirs, allowed, version) -> None:
    esme = session(Role.ESME)
    esme.bind(BindTransceiver("a", interface_version=ours), 0.0)
    said(esme, BindTransceiverResp("s"), 1, 0, () if theirs is None else ((0x0210, bytes((theirs,))),))
    assert (esme.tlvs_allowed, esme.peer_version) == (allowed, version)


def test_a_refused_bind_leaves_the_session_open_for_another() -> None:
    smsc = session(Role.SMSC)
    (event,) = said(smsc, BindTransceiver("a"), 1)
    assert smsc.refuse_bind(event.pdu, Status.ESME_RINVPASWD)
    (pdu,) = sent(smsc)
    assert (pdu.command, pdu.status) == (Command.BIND_TRANSCEIVER_RESP, Status.ESME_RINVPASWD)
    assert smsc.state is State.OPEN
    assert isinstance(said(smsc, BindTransceiver("a"), 2)[0], BindRequested)


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (BindTransceiverResp(), Status.ESME_RINVPASWD, Status.ESME_RINVPASWD),
        (GenericNack(), Status.ESME_RINVCMDID, Status.ESME_RINVCMDID),
        (GenericNack(), 0, Status.ESME_RBINDFAIL),
    ],
)
def test_our_bind_refused_is_the_end(body, status, told) -> None:
    esme = session(Role.ESME)
    esme.bind(BindTransceiver("a"), 0.0)
    assert said(esme, body, 1, status) == [Closing(Reason.BIND_REFUSED, told)]
    assert esme.state is State.CLOSED


def test_octets_behind_the_end_are_not_looked_at() -> None:
    esme = session(Role.ESME)
    esme.bind(BindTransceiver("a"), 0.0)
    esme.take_outgoing()
    end = encode_body(BindTransceiverResp(), 1, 0x0D)
    assert len(esme.receive(end + encode_body(EnquireLink(), 5) + b"\0\0\0\1" + bytes(12), 0.0)) == 1
    assert esme.outgoing_size == 0
    assert said(esme, EnquireLink(), 6) == []


def test_who_may_bind_and_when() -> None:
    with pytest.raises(NotBoundError):
        session(Role.SMSC).bind(BindTransceiver("a"), 0.0)
    with pytest.raises(NotBoundError):
        bound_esme().bind(BindTransceiver("a"), 0.0)


def test_an_answer_to_a_bind_that_is_no_longer_wanted_does_nothing() -> None:
    smsc = session(Role.SMSC)
    (event,) = said(smsc, BindTransceiver("a"), 1)
    smsc.close(Reason.DISCONNECTED)
    assert not smsc.accept_bind(event.pdu, system_id="", now=0.0)
    assert not smsc.refuse_bind(event.pdu, 0x0D)
    assert smsc.outgoing_size == 0


def test_the_longest_pdu_before_and_after_the_bind() -> None:
    """B2."""
    smsc = session(Role.SMSC, limit_before_bind=40)
    long = encode_body(SubmitSm(short_message=b"x" * 100), 1)
    assert smsc.receive(long, 0.0)[-1] == Closing(Reason.FRAMING, Status.ESME_RINVCMDLEN)
    smsc = bound_smsc(limit_before_bind=40)
    assert isinstance(smsc.receive(long, 0.0)[0], Request)


# ---------------------------------------------------------------- timers


@pytest.mark.parametrize("role", Role)
def test_no_bind_in_time(role) -> None:
    """B13."""
    one = session(role, now=100.0)
    assert one.next_deadline() == 110.0
    assert one.tick(109.9) == []
    assert one.tick(110.0) == [Closing(Reason.SESSION_INIT_TIMER)]
    assert one.next_deadline() is None
    assert one.tick(999.0) == []


def test_the_answer_to_a_bind_has_its_own_time() -> None:
    esme = session(Role.ESME, now=0.0)
    esme.bind(BindTransceiver("a"), 9.0)
    assert esme.next_deadline() == 19.0
    smsc = session(Role.SMSC, now=0.0)
    said(smsc, BindTransceiver("a"), now=9.0)
    assert smsc.next_deadline() == 19.0


def test_silence_is_asked_about_and_then_ends_the_session() -> None:
    """B14."""
    smsc = bound_smsc(now=0.0)
    assert smsc.next_deadline() == 30.0
    assert smsc.tick(30.0) == []
    (pdu,) = sent(smsc)
    assert isinstance(pdu.body, EnquireLink)
    assert smsc.next_deadline() == 60.0
    assert smsc.tick(60.0) == [Closing(Reason.ENQUIRE_LINK_TIMER)]


def test_any_pdu_is_a_sign_of_life() -> None:
    smsc = bound_smsc(now=0.0)
    said(smsc, SubmitSm(), 2, now=10.0)
    assert smsc.next_deadline() == 40.0
    smsc.tick(40.0)
    (pdu,) = sent(smsc)
    said(smsc, SubmitSm(), 3, now=59.0)
    assert smsc.next_deadline() == 89.0
    assert said(smsc, EnquireLinkResp(), pdu.sequence, now=60.0) == []
    assert smsc.next_deadline() == 90.0


def test_half_a_pdu_is_no_sign_of_life() -> None:
    smsc = bound_smsc(now=0.0)
    smsc.receive(b"\0\0", 29.0)
    assert smsc.next_deadline() == 30.0


def test_the_rest_of_a_pdu_must_come_in_time() -> None:
    """B4: one octet a second does not postpone it, a whole PDU does."""
    smsc = bound_smsc(now=0.0)
    link = encode_body(EnquireLink(), 2)
    for second in range(9):
        assert smsc.receive(link[second : second + 1], float(second)) == []
    assert smsc.next_deadline() == 10.0
    smsc.receive(link[9:] + link[:1], 9.5)
    assert smsc.next_deadline() == 19.5
    assert smsc.tick(19.5) == [Closing(Reason.PDU_READ_TIMER)]
    smsc = bound_smsc(now=0.0)
    smsc.receive(link[:8], 1.0)
    smsc.receive(link[8:], 2.0)
    assert smsc.next_deadline() == 32.0


def test_nothing_happens_behind_the_timer_that_ends_the_session() -> None:
    smsc = bound_smsc(now=0.0, pdu_read_timer=30.0)
    smsc.receive(b"\0", 0.0)
    assert smsc.tick(30.0) == [Closing(Reason.PDU_READ_TIMER)]
    assert smsc.outgoing_size == 0


def test_inactivity_ends_in_order_and_enquire_link_is_no_activity() -> None:
    """B15."""
    assert bound_smsc(now=0.0).next_deadline() == 30.0
    smsc = bound_smsc(now=0.0, inactivity_timer=100.0, enquire_link_timer=None)
    said(smsc, EnquireLink(), 2, now=50.0)
    said(smsc, SubmitSm(), 3, now=60.0)
    assert smsc.next_deadline() == 160.0
    sent(smsc)
    assert smsc.tick(160.0) == []
    (pdu,) = sent(smsc)
    assert isinstance(pdu.body, Unbind)
    smsc.respond_submit(3, "1")
    assert said(smsc, UnbindResp(), pdu.sequence, now=161.0) == [Closing(Reason.INACTIVITY_TIMER)]


def test_the_peers_unbind_counts_before_our_own_for_inactivity() -> None:
    smsc = bound_smsc(now=0.0, inactivity_timer=10.0)
    smsc.tick(10.0)
    assert said(smsc, Unbind(), 8, now=11.0) == [Unbound(), Closing(Reason.UNBOUND)]


def test_inactivity_of_a_peer_that_does_not_answer_the_unbind() -> None:
    smsc = bound_smsc(now=0.0, inactivity_timer=10.0)
    smsc.tick(10.0)
    assert smsc.tick(15.0) == [Closing(Reason.INACTIVITY_TIMER)]


def test_requests_expire_and_make_room() -> None:
    """B16."""
    esme = bound_esme(now=0.0, window_out=1, enquire_link_timer=None)
    number = esme.request(SubmitSm(), token="t", now=5.0)
    assert (esme.next_deadline(), esme.room) == (65.0, 0)
    assert esme.tick(65.0) == [Expired("t", number, 5.0)]
    assert (esme.outstanding, esme.room) == (0, 1)
    assert esme.state is State.BOUND_TRX


def test_the_earlier_of_timers_and_open_requests_is_the_deadline() -> None:
    esme = bound_esme(now=0.0, response_timer=20.0)
    esme.request(SubmitSm(), now=1.0)
    assert esme.next_deadline() == 21.0
    esme = bound_esme(now=0.0)
    esme.request(SubmitSm(), now=1.0)
    assert esme.next_deadline() == 30.0


# ---------------------------------------------------------------- ending


def test_our_unbind_waits_for_open_requests_and_then_for_its_answer() -> None:
    """B20."""
    esme = bound_esme(now=0.0)
    number = esme.request(SubmitSm(), token="t", now=0.0)
    sent(esme)
    assert esme.unbind(1.0) == []
    assert esme.outgoing_size == 0
    with pytest.raises(NotBoundError):
        esme.request(SubmitSm(), now=1.0)
    assert esme.room == 0
    said(esme, SubmitSmResp("7"), number, now=2.0)
    (pdu,) = sent(esme)
    assert isinstance(pdu.body, Unbind)
    assert esme.next_deadline() == 7.0
    assert said(esme, UnbindResp(), pdu.sequence, now=3.0) == [Closing(Reason.UNBOUND)]


def test_a_second_unbind_changes_nothing() -> None:
    esme = bound_esme(now=0.0)
    esme.unbind(1.0)
    assert len(sent(esme)) == 1
    assert esme.unbind(2.0) == []
    assert sent(esme) == []


def test_what_comes_in_while_we_unbind_is_still_taken_and_answered() -> None:
    esme = bound_esme(now=0.0)
    esme.unbind(1.0)
    (unbind,) = sent(esme)
    (event,) = said(esme, DeliverSm(), 44, now=1.5)
    assert isinstance(event, Request)
    assert said(esme, UnbindResp(), unbind.sequence, now=2.0) == []
    assert esme.respond_deliver(44)
    assert esme.next_deadline() == 0.0
    assert esme.tick(2.1) == [Closing(Reason.UNBOUND)]
    assert [pdu.sequence for pdu in sent(esme)] == [44]


def test_an_answered_unbind_does_not_wait_for_the_owner_for_ever() -> None:
    esme = bound_esme(now=0.0)
    esme.unbind(1.0)
    (unbind,) = sent(esme)
    said(esme, DeliverSm(), 44, now=1.5)
    said(esme, UnbindResp(), unbind.sequence, now=2.0)
    assert esme.tick(6.0) == [Closing(Reason.UNBOUND)]
    assert not esme.respond_deliver(44)


def test_an_unbind_without_an_answer() -> None:
    esme = bound_esme(now=0.0)
    esme.unbind(1.0)
    assert esme.tick(5.9) == []
    assert esme.tick(6.0) == [Closing(Reason.UNBIND_TIMER)]


def test_the_peers_unbind_is_answered_at_once_when_nothing_is_open() -> None:
    """B20."""
    smsc = bound_smsc(now=0.0)
    assert said(smsc, Unbind(), 8, now=1.0) == [Unbound(), Closing(Reason.UNBOUND)]
    (pdu,) = sent(smsc)
    assert (pdu.command, pdu.sequence) == (Command.UNBIND_RESP, 8)


def test_the_peers_unbind_comes_behind_the_answers_it_is_owed() -> None:
    smsc = bound_smsc(now=0.0)
    said(smsc, SubmitSm(), 7, now=1.0)
    assert said(smsc, Unbind(), 8, now=1.0) == [Unbound()]
    assert smsc.state is State.UNBOUND
    assert smsc.outgoing_size == 0
    assert said(smsc, SubmitSm(), 9, now=1.0) == [
        Refused(Status.ESME_RINVBNDSTS, Detail.BAD_STATE, Command.SUBMIT_SM, 9)
    ]
    assert said(smsc, EnquireLink(), 10, now=1.0) == []
    smsc.respond_submit(7, "1")
    assert smsc.next_deadline() == 0.0
    assert smsc.tick(2.0) == [Closing(Reason.UNBOUND)]
    assert [(pdu.command, pdu.sequence) for pdu in sent(smsc)] == [
        (Command.SUBMIT_SM_RESP, 9),
        (Command.ENQUIRE_LINK_RESP, 10),
        (Command.SUBMIT_SM_RESP, 7),
        (Command.UNBIND_RESP, 8),
    ]


def test_the_peers_unbind_does_not_wait_for_the_owner_for_ever() -> None:
    smsc = bound_smsc(now=0.0)
    said(smsc, SubmitSm(), 7, now=1.0)
    said(smsc, Unbind(), 8, now=1.0)
    assert smsc.tick(5.9) == []
    assert smsc.tick(6.0) == [Closing(Reason.UNBOUND)]
    assert [pdu.command for pdu in sent(smsc)] == [Command.UNBIND_RESP]


def test_after_the_peers_unbind_our_open_requests_may_still_be_answered() -> None:
    smsc = bound_smsc(now=0.0)
    number = smsc.request(DeliverSm(), token="t", now=0.5)
    sent(smsc)
    assert said(smsc, Unbind(), 8, now=1.0) == [Unbound()]
    assert [pdu.command for pdu in sent(smsc)] == [Command.UNBIND_RESP]
    with pytest.raises(NotBoundError):
        smsc.request(DeliverSm(), now=1.0)
    assert said(smsc, Unbind(), 9, now=1.1) == []
    assert [pdu.sequence for pdu in sent(smsc)] == [9]
    events = said(smsc, answer_to(DeliverSm()), number, now=2.0)
    assert events[0].token == "t"
    assert events[1:] == [Closing(Reason.UNBOUND)]


def test_after_the_peers_unbind_the_response_timer_is_the_end() -> None:
    smsc = bound_smsc(now=0.0, enquire_link_timer=None)
    number = smsc.request(DeliverSm(), token="t", now=0.5)
    said(smsc, Unbind(), 8, now=1.0)
    assert smsc.next_deadline() == 60.5
    assert smsc.tick(60.5) == [Expired("t", number, 0.5), Closing(Reason.UNBOUND)]


def test_both_unbind_at_once() -> None:
    esme = bound_esme(now=0.0)
    esme.unbind(1.0)
    sent(esme)
    assert said(esme, Unbind(), 8, now=1.1) == [Unbound(), Closing(Reason.UNBOUND)]
    assert [pdu.command for pdu in sent(esme)] == [Command.UNBIND_RESP]


def test_the_end_gives_every_open_request_an_outcome() -> None:
    """B21."""
    esme = bound_esme(now=0.0)
    first = esme.request(SubmitSm(), token="a", now=1.0)
    second = esme.request(SubmitSm(), token="b", now=2.0)
    said(esme, DeliverSm(), 3)
    assert esme.close(Reason.DISCONNECTED, 7) == [
        Unknown("a", first, 1.0),
        Unknown("b", second, 2.0),
        Closing(Reason.DISCONNECTED, 7),
    ]
    assert esme.close(Reason.DISCONNECTED) == []
    assert (esme.outstanding, esme.inbound_open, esme.room) == (0, 0, 0)
    assert esme.next_deadline() is None
    with pytest.raises(NotBoundError):
        esme.request(SubmitSm(), now=3.0)


def test_unbinding_what_is_not_bound_closes_it() -> None:
    assert session(Role.SMSC).unbind(0.0) == [Closing(Reason.STOPPED)]
    assert bound_esme().close(Reason.STOPPED) == [Closing(Reason.STOPPED)]


def test_an_unbind_refused_by_generic_nack_is_an_answer_all_the_same() -> None:
    esme = bound_esme(now=0.0)
    esme.unbind(1.0)
    (unbind,) = sent(esme)
    assert said(esme, GenericNack(), unbind.sequence, 3) == [Closing(Reason.UNBOUND)]
