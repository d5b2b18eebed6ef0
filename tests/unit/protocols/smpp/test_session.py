"""session.py: requests and answers of one side, the peer's oddities, and what each is answered with."""

import pytest

from chappe.protocols.smpp.codec import EncodeError, encode_body
from chappe.protocols.smpp.command_ids import RESPONSE, Command
from chappe.protocols.smpp.commands import (
    BODIES,
    AlertNotification,
    BindReceiver,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    SubmitMulti,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from chappe.protocols.smpp.destinations import SmeAddress
from chappe.protocols.smpp.events import (
    Answer,
    BindRequested,
    Closing,
    Detail,
    Late,
    Reason,
    Refused,
    Request,
    Unbound,
)
from chappe.protocols.smpp.lifecycle import NotBoundError
from chappe.protocols.smpp.outgoing import TlvsNotAllowedError
from chappe.protocols.smpp.session import WindowFullError
from chappe.protocols.smpp.states import ALLOWED, Role, State
from chappe.protocols.smpp.statuses import Status
from unit.protocols.smpp.talking import answer_to, bound_esme, bound_smsc, said, sent, session

MINIMAL = {command: body() for command, body in BODIES.items()} | {
    Command.SUBMIT_MULTI: SubmitMulti(dest_address=(SmeAddress("1"),))
}


def raw(command: int, sequence: int = 1, body: bytes = b"", status: int = 0) -> bytes:
    return b"".join(n.to_bytes(4, "big") for n in (16 + len(body), command, status, sequence)) + body


# ---------------------------------------------------------------- requests of ours


def test_a_request_and_its_answer() -> None:
    esme = bound_esme()
    number = esme.request(SubmitSm(short_message=b"hi"), tlvs=((0x1401, b"1\0"),), token="t", now=3.0)
    (pdu,) = sent(esme)
    assert (pdu.body.short_message, pdu.tlvs) == (b"hi", ((0x1401, b"1\0"),))
    assert (pdu.sequence, pdu.status) == (number, 0)
    assert esme.outstanding == 1
    (event,) = said(esme, SubmitSmResp("42"), number, now=4.0)
    assert isinstance(event, Answer)
    assert (event.token, event.sent_at, event.pdu.body.message_id) == ("t", 3.0, "42")
    assert esme.outstanding == 0


def test_answers_in_any_order_find_their_requests() -> None:
    """B12."""
    esme = bound_esme()
    numbers = [esme.request(SubmitSm(), token=token, now=0.0) for token in "abc"]
    stream = b"".join(encode_body(SubmitSmResp("x"), numbers[i]) for i in (2, 0, 1))
    assert [event.token for event in esme.receive(stream, 1.0)] == ["c", "a", "b"]


def test_an_error_without_a_body_is_an_answer() -> None:
    """B18: the owner is told the status as it stands."""
    esme = bound_esme()
    number = esme.request(SubmitSm(), token="t", now=0.0)
    (event,) = esme.receive(raw(Command.SUBMIT_SM_RESP, number, status=0x58), 0.0)
    assert (event.token, event.pdu.status) == ("t", Status.ESME_RTHROTTLED)


def test_generic_nack_answers_a_request() -> None:
    esme = bound_esme()
    number = esme.request(SubmitSm(), token="t", now=0.0)
    (event,) = said(esme, GenericNack(), number, 3)
    assert isinstance(event, Answer)
    assert (event.token, event.pdu.command, event.pdu.status) == ("t", Command.GENERIC_NACK, 3)


def test_the_window_has_an_end() -> None:
    """B17."""
    esme = bound_esme(window_out=2)
    assert esme.room == 2
    esme.request(SubmitSm(), now=0.0)
    number = esme.request(SubmitSm(), now=0.0)
    assert esme.room == 0
    esme.take_outgoing()
    with pytest.raises(WindowFullError):
        esme.request(SubmitSm(), now=0.0)
    assert esme.outgoing_size == 0
    said(esme, SubmitSmResp(), number)
    assert esme.room == 1


@pytest.mark.parametrize(
    ("bind", "role", "body"),
    [
        (BindReceiver(), Role.ESME, SubmitSm()),
        (BindReceiver(), Role.ESME, DataSm()),
        (BindTransmitter(), Role.SMSC, DeliverSm()),
        (BindTransceiver(), Role.ESME, DeliverSm()),
        (BindTransceiver(), Role.SMSC, SubmitSm()),
        (BindTransceiver(), Role.ESME, EnquireLink()),
        (BindTransceiver(), Role.SMSC, AlertNotification()),
    ],
)
def test_what_the_bind_does_not_allow_is_not_sent(bind, role, body) -> None:
    one = bound_esme(bind) if role is Role.ESME else bound_smsc(bind)
    with pytest.raises(NotBoundError):
        one.request(body, now=0.0)
    assert (one.outgoing_size, one.outstanding) == (0, 0)


def test_nothing_is_sent_before_the_bind() -> None:
    esme = session(Role.ESME)
    with pytest.raises(NotBoundError):
        esme.request(SubmitSm(), now=0.0)
    assert esme.room == 0


def test_a_request_that_cannot_be_written_changes_nothing() -> None:
    esme = bound_esme()
    with pytest.raises(EncodeError):
        esme.request(SubmitSm(source_addr="1" * 21), now=0.0)
    assert (esme.outgoing_size, esme.outstanding) == (0, 0)


def test_an_old_peer_gets_no_tlvs() -> None:
    """B25."""
    smsc = bound_smsc(BindTransceiver(interface_version=0x33))
    smsc.request(DeliverSm(short_message=b"x"), tlvs=((0x0427, b"\2"),), now=0.0)
    assert sent(smsc)[0].tlvs == ()
    with pytest.raises(TlvsNotAllowedError):
        smsc.request(DeliverSm(), tlvs=((0x0424, b"x"),), now=0.0)
    assert smsc.outstanding == 1


def test_requests_without_a_response() -> None:
    smsc = session(Role.SMSC)
    smsc.announce(Outbind("smsc", "pw"))
    (pdu,) = sent(smsc)
    assert (pdu.body, pdu.status) == (Outbind("smsc", "pw"), 0)
    with pytest.raises(NotBoundError):
        smsc.announce(AlertNotification())
    smsc = bound_smsc()
    smsc.announce(AlertNotification(), ((0x0422, b"\0"),))
    assert sent(smsc)[0].tlvs == ((0x0422, b"\0"),)
    assert smsc.outstanding == 0
    smsc.unbind(0.0)
    with pytest.raises(NotBoundError):
        smsc.announce(AlertNotification())


def test_an_esme_hears_of_an_outbind_and_then_binds() -> None:
    esme = session(Role.ESME)
    (event,) = said(esme, Outbind("smsc", "pw"))
    assert isinstance(event, Request)
    assert esme.inbound_open == 0
    assert not esme.respond(event.pdu)
    esme.bind(BindReceiver(), 0.0)
    assert esme.state is State.BINDING


# ---------------------------------------------------------------- requests of the peer


def test_a_request_waits_for_its_answer() -> None:
    smsc = bound_smsc()
    (event,) = said(smsc, SubmitSm(short_message=b"hi"), 77)
    assert isinstance(event, Request)
    assert (event.pdu.body.short_message, smsc.inbound_open) == (b"hi", 1)
    assert smsc.respond(event.pdu, body=SubmitSmResp("9"), tlvs=((0x0423, b"\0\0\0"),))
    (pdu,) = sent(smsc)
    assert (pdu.sequence, pdu.status, pdu.body, pdu.tlvs) == (
        77,
        0,
        SubmitSmResp("9"),
        ((0x0423, b"\0\0\0"),),
    )
    assert smsc.inbound_open == 0
    assert not smsc.respond(event.pdu)
    assert smsc.outgoing_size == 0


def test_an_empty_answer_is_that_of_the_request() -> None:
    smsc = bound_smsc()
    for number, body in enumerate((SubmitSm(), DataSm(), QuerySm()), 1):
        (event,) = said(smsc, body, number)
        smsc.respond(event.pdu, 0x45)
        (pdu,) = sent(smsc)
        assert (pdu.command, pdu.status, pdu.sequence) == (body.command | RESPONSE, 0x45, number)


def test_the_short_ways_to_answer() -> None:
    smsc = bound_smsc()
    said(smsc, SubmitSm(), 5)
    assert smsc.respond_submit(5, "id")
    assert not smsc.respond_submit(5, "id")
    assert smsc.take_outgoing() == encode_body(SubmitSmResp("id"), 5)
    esme = bound_esme()
    said(esme, DeliverSm(), 6)
    assert esme.respond_deliver(6)
    assert not esme.respond_deliver(6)
    assert esme.take_outgoing() == encode_body(DeliverSmResp(), 6)


def test_an_answer_that_cannot_be_written_leaves_the_request_open() -> None:
    smsc = bound_smsc()
    said(smsc, SubmitSm(), 5)
    with pytest.raises(EncodeError):
        smsc.respond_submit(5, "x" * 65)
    assert smsc.inbound_open == 1
    assert smsc.respond_submit(5, "x")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("state", [State.OPEN, State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX])
@pytest.mark.parametrize(
    "command", [command for command in Command if command < RESPONSE], ids=lambda c: c.name
)
def test_every_request_in_every_state(role, state, command) -> None:
    """B8: what the table does not allow is answered with an error and changes nothing."""
    binds = {
        State.BOUND_TX: BindTransmitter(),
        State.BOUND_RX: BindReceiver(),
        State.BOUND_TRX: BindTransceiver(),
    }
    offered = frozenset(Command)
    if state is State.OPEN:
        one = session(role, offered=offered)
    else:
        one = (bound_smsc if role is Role.SMSC else bound_esme)(binds[state], offered=offered)
    body = MINIMAL[command]
    events = said(one, body, 5, now=1.0)
    answers = sent(one)
    if command in ALLOWED[role.peer, state]:
        assert not [event for event in events if isinstance(event, Refused)]
        return
    assert one.state is state
    assert one.inbound_open == 0
    (event,) = events
    assert isinstance(event, Refused)
    if command in (Command.OUTBIND, Command.ALERT_NOTIFICATION):
        assert answers == []
        assert (event.status, event.detail) == (0, Detail.BAD_STATE)
        return
    second = isinstance(body, BindTransceiver | BindReceiver | BindTransmitter) and role is Role.SMSC
    status = Status.ESME_RALYBND if second else Status.ESME_RINVBNDSTS
    assert [(pdu.command, pdu.sequence, pdu.status) for pdu in answers] == [(command | RESPONSE, 5, status)]
    assert event == Refused(status, Detail.ALREADY_BOUND if second else Detail.BAD_STATE, command, 5)


def test_a_second_bind_while_the_first_waits() -> None:
    smsc = session(Role.SMSC)
    (first,) = said(smsc, BindTransceiver("a"), 1)
    (event,) = said(smsc, BindTransmitter("a"), 2)
    assert (event.status, event.detail) == (Status.ESME_RALYBND, Detail.ALREADY_BOUND)
    assert isinstance(first, BindRequested)
    assert smsc.accept_bind(first.pdu, system_id="", now=0.0)


@pytest.mark.parametrize("state", ["open", "binding", "bound", "full"])
def test_enquire_link_is_answered_at_once(state) -> None:
    """B14."""
    if state in ("open", "binding"):
        smsc = session(Role.SMSC)
        if state == "binding":
            said(smsc, BindTransceiver(), 1)
    else:
        smsc = bound_smsc(window_in=1, throttle_mark=1, window_out=1)
        smsc.request(DeliverSm(), now=0.0)
        said(smsc, SubmitSm(), 3)
    smsc.take_outgoing()
    assert said(smsc, EnquireLink(), 4) == []
    assert smsc.take_outgoing() == encode_body(EnquireLinkResp(), 4)


@pytest.mark.parametrize("command", [0x0000000A, 0x00000111, 0x00010200, 0x7FFFFFFF])
def test_an_unknown_request(command) -> None:
    """B6."""
    smsc = bound_smsc()
    assert smsc.receive(raw(command, 8), 0.0) == [Refused(3, Detail.UNKNOWN_COMMAND, command, 8)]
    assert smsc.take_outgoing() == encode_body(GenericNack(), 8, 3)
    assert smsc.state is State.BOUND_TRX


@pytest.mark.parametrize(
    ("octets", "detail"),
    [
        (raw(0x8000000A, 8), Detail.UNKNOWN_COMMAND),
        (raw(0xFFFFFFFF, 8), Detail.UNKNOWN_COMMAND),
        (raw(Command.SUBMIT_SM_RESP, 8, b"x\0"), Detail.STRAY_RESPONSE),
        (raw(Command.ENQUIRE_LINK_RESP, 8), Detail.STRAY_RESPONSE),
        (raw(Command.UNBIND_RESP, 8), Detail.STRAY_RESPONSE),
        (raw(Command.BIND_TRANSMITTER_RESP, 8, b"\0"), Detail.STRAY_RESPONSE),
        (raw(Command.GENERIC_NACK, 0, status=2), Detail.STRAY_RESPONSE),
    ],
)
@pytest.mark.parametrize("make", [bound_smsc, bound_esme])
def test_a_response_to_nothing_is_never_answered(make, octets, detail) -> None:
    """B7."""
    one = make()
    (event,) = one.receive(octets, 0.0)
    assert (event.status, event.detail) == (0, detail)
    assert one.outgoing_size == 0
    assert one.state is State.BOUND_TRX


def test_a_response_of_another_kind_does_not_answer() -> None:
    esme = bound_esme()
    number = esme.request(SubmitSm(), token="t", now=0.0)
    (event,) = said(esme, DataSmResp("1"), number)
    assert event.detail is Detail.STRAY_RESPONSE
    assert esme.outstanding == 1


def test_a_response_whose_body_cannot_be_read_answers_by_its_header() -> None:
    smsc = bound_smsc()
    esme = bound_esme()
    number = esme.request(QuerySm("1"), token="t", now=0.0)
    events = esme.receive(raw(Command.QUERY_SM_RESP, number, b"1\0\0"), 0.0)
    assert [type(event) for event in events] == [Refused, Answer]
    assert events[0].detail is Detail.BAD_BODY
    assert events[1].pdu.body == QuerySmResp()
    assert smsc.receive(raw(Command.QUERY_SM_RESP, 1, b"1\0\0"), 0.0)[1].detail is Detail.STRAY_RESPONSE


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"123456\0", Status.ESME_RINVSERTYP),
        (b"\0\0\0" + b"1" * 30, Status.ESME_RINVSRCADR),
        (bytes(17) + b"\0\1", Status.ESME_RINVOPTPARSTREAM),
        (bytes(17) + b"\4\x27\0\2\0\0", Status.ESME_RINVPARLEN),
    ],
)
def test_a_bad_body_is_answered_and_the_stream_goes_on(body, status) -> None:
    """B9, B10."""
    smsc = bound_smsc()
    events = smsc.receive(raw(Command.SUBMIT_SM, 6, body) + encode_body(SubmitSm(), 7), 0.0)
    assert events[0] == Refused(status, Detail.BAD_BODY, Command.SUBMIT_SM, 6)
    assert isinstance(events[1], Request)
    assert smsc.take_outgoing() == encode_body(SubmitSmResp(), 6, status)


def test_a_bad_body_in_the_wrong_state_is_in_the_wrong_state() -> None:
    smsc = session(Role.SMSC)
    (event,) = smsc.receive(raw(Command.SUBMIT_SM, 6, b"123456\0"), 0.0)
    assert (event.status, event.detail) == (Status.ESME_RINVBNDSTS, Detail.BAD_STATE)


def test_a_bad_body_of_a_request_without_a_response() -> None:
    esme = session(Role.ESME)
    (event,) = esme.receive(raw(Command.OUTBIND, 6, b"x"), 0.0)
    assert (event.status, event.detail) == (0, Detail.BAD_BODY)
    assert esme.outgoing_size == 0


@pytest.mark.parametrize(
    "body", [ReplaceSm("1"), MINIMAL[Command.SUBMIT_MULTI]], ids=lambda b: type(b).__name__
)
def test_what_is_not_offered(body) -> None:
    """B26."""
    smsc = bound_smsc()
    assert said(smsc, body, 6) == [Refused(3, Detail.NOT_OFFERED, body.command, 6)]
    assert smsc.take_outgoing() == encode_body(GenericNack(), 6, 3)
    smsc = bound_smsc(offered=frozenset((body.command,)))
    assert isinstance(said(smsc, body, 6)[0], Request)
    assert said(smsc, SubmitSm(), 7)[0].detail is Detail.NOT_OFFERED


def test_the_inward_window() -> None:
    """B17: first reading should pause, then the peer is throttled."""
    smsc = bound_smsc(window_in=2, throttle_mark=3)
    assert not smsc.paused
    said(smsc, SubmitSm(), 1)
    said(smsc, SubmitSm(), 2)
    assert smsc.paused
    assert isinstance(said(smsc, SubmitSm(), 3)[0], Request)
    assert said(smsc, SubmitSm(), 4) == [Refused(0x58, Detail.OVER_WINDOW, Command.SUBMIT_SM, 4)]
    assert smsc.take_outgoing() == encode_body(SubmitSmResp(), 4, 0x58)
    assert smsc.inbound_open == 3
    smsc.respond_submit(1, "1")
    smsc.respond_submit(2, "2")
    assert not smsc.paused


@pytest.mark.parametrize("number", [0, 0x80000000, 0xFFFFFFFF])
def test_a_number_that_cannot_be_is_answered_with_itself(number) -> None:
    """B11."""
    smsc = bound_smsc()
    events = said(smsc, SubmitSm(), number)
    assert events[0] == Refused(0, Detail.BAD_SEQUENCE, Command.SUBMIT_SM, number)
    assert isinstance(events[1], Request)
    assert smsc.respond_submit(number, "1")
    assert smsc.take_outgoing() == encode_body(SubmitSmResp("1"), number)


def test_the_highest_number_is_nothing_odd() -> None:
    (event,) = said(bound_smsc(), SubmitSm(), 0x7FFFFFFF)
    assert isinstance(event, Request)


def test_an_answer_to_enquire_link_bears_its_number_and_its_name() -> None:
    smsc = bound_smsc()
    smsc.tick(30.0)
    (pdu,) = sent(smsc)
    for body, number in ((EnquireLinkResp(), pdu.sequence + 1), (DeliverSmResp(), pdu.sequence)):
        (event,) = said(smsc, body, number, now=31.0)
        assert event == Refused(0, Detail.STRAY_RESPONSE, body.command, number)
    assert said(smsc, EnquireLinkResp(), pdu.sequence, now=31.0) == []


def test_a_number_used_again_while_it_is_open() -> None:
    """B11: both are answered, in order, and it is counted; the window counts both too."""
    smsc = bound_smsc(throttle_mark=2)
    said(smsc, SubmitSm(), 5)
    events = said(smsc, SubmitSm(), 5)
    assert events[0] == Refused(0, Detail.REPEATED_SEQUENCE, Command.SUBMIT_SM, 5)
    assert isinstance(events[1], Request)
    assert smsc.inbound_open == 2
    assert said(smsc, SubmitSm(), 5)[0].detail is Detail.OVER_WINDOW
    smsc.take_outgoing()
    assert [smsc.respond_submit(5, "a"), smsc.respond_submit(5, "b"), smsc.respond_submit(5, "c")] == [
        True,
        True,
        False,
    ]
    assert [pdu.body.message_id for pdu in sent(smsc)] == ["a", "b"]


def test_a_late_answer_still_finds_its_request() -> None:
    """B16."""
    esme = bound_esme(enquire_link_timer=None, tombstone_time=100.0)
    number = esme.request(SubmitSm(), token="t", now=0.0)
    esme.tick(60.0)
    (event,) = said(esme, SubmitSmResp("7"), number, now=159.0)
    assert isinstance(event, Late)
    assert (event.token, event.pdu.body.message_id) == ("t", "7")
    assert said(esme, SubmitSmResp("7"), number, now=159.0)[0].detail is Detail.STRAY_RESPONSE


@pytest.mark.parametrize("length", [0, 15, 66_561, 0xFFFFFFFF])
def test_a_lost_frame_ends_the_session(length) -> None:
    """B1, B2, B3: what was good before it counts, then generic_nack with the header's number."""
    smsc = bound_smsc()
    stream = (
        encode_body(SubmitSm(), 5) + length.to_bytes(4, "big") + raw(Command.SUBMIT_SM, 6)[4:] + bytes(50)
    )
    events = smsc.receive(stream, 0.0)
    assert isinstance(events[0], Request)
    assert events[1:] == [Refused(2, Detail.BAD_LENGTH, 0, 6), Closing(Reason.FRAMING, 2)]
    assert smsc.take_outgoing() == encode_body(GenericNack(), 6, 2)
    assert smsc.receive(encode_body(SubmitSm(), 7), 0.0) == []
    assert not smsc.respond_submit(5, "1")


def test_a_lost_frame_behind_an_unbind_does_not_end_it_twice() -> None:
    smsc = bound_smsc()
    events = smsc.receive(encode_body(Unbind(), 5) + bytes(16), 0.0)
    assert [event for event in events if isinstance(event, Closing)] == [Closing(Reason.UNBOUND)]


def test_a_hundred_in_one_read_and_one_in_many() -> None:
    """B5."""
    stream = b"".join(encode_body(SubmitSm(short_message=b"x" * n), n) for n in range(1, 101))
    whole = bound_smsc().receive(stream, 0.0)
    piecewise = bound_smsc()
    assert [event for octet in stream for event in piecewise.receive(bytes((octet,)), 0.0)] == whole
    assert len(whole) == 100


def test_octets_behind_the_last_pdu_of_a_session_are_not_looked_at() -> None:
    esme = session(Role.ESME)
    esme.bind(BindTransceiver(), 0.0)
    esme.take_outgoing()
    refused = encode_body(BindTransceiverResp(), 1, 0x0D)
    assert esme.receive(refused + encode_body(EnquireLink(), 2), 0.0) == [Closing(Reason.BIND_REFUSED, 0x0D)]
    assert esme.outgoing_size == 0


def test_our_unbind_and_its_answer() -> None:
    esme = bound_esme()
    esme.unbind(1.0)
    (pdu,) = sent(esme)
    assert said(esme, UnbindResp(), pdu.sequence, now=2.0) == [Closing(Reason.UNBOUND)]


def test_only_the_answer_to_our_unbind_ends_it() -> None:
    esme = bound_esme(now=0.0)
    esme.tick(30.0)
    (link,) = sent(esme)
    said(esme, DeliverSm(), 4, now=30.0)
    esme.unbind(31.0)
    (unbind,) = sent(esme)
    assert said(esme, EnquireLinkResp(), link.sequence, now=32.0) == []
    assert said(esme, Unbind(), 5, now=32.0) == [Unbound()]
    assert said(esme, UnbindResp(), unbind.sequence, now=32.0) == []
    assert esme.respond_deliver(4)
    assert esme.tick(33.0) == [Closing(Reason.UNBOUND)]
    assert [pdu.command for pdu in sent(esme)] == [Command.DELIVER_SM_RESP, Command.UNBIND_RESP]


def test_answers_to_control_requests_may_come_with_a_generic_nack() -> None:
    smsc = bound_smsc()
    smsc.tick(30.0)
    (pdu,) = sent(smsc)
    assert said(smsc, GenericNack(), pdu.sequence, 3, now=31.0) == []
    assert smsc.next_deadline() == 61.0


def test_a_bind_answered_with_a_bad_body_is_answered() -> None:
    esme = session(Role.ESME)
    esme.bind(BindTransceiver(), 0.0)
    esme.receive(raw(Command.BIND_TRANSCEIVER_RESP, 1, b"smsc"), 0.0)
    assert esme.state is State.BOUND_TRX


def test_the_bind_answer_and_more_in_one_read() -> None:
    esme = session(Role.ESME)
    esme.bind(BindTransceiver(), 0.0)
    events = esme.receive(encode_body(BindTransceiverResp("s"), 1) + encode_body(DeliverSm(), 1), 0.0)
    assert [type(event).__name__ for event in events] == ["Bound", "Request"]
    assert answer_to(DeliverSm()) == DeliverSmResp()
