"""hotpath.py: what it does itself, and what it leaves to the tables. That both agree is shown in test_codec.py."""

import pytest

from chappe.protocols.smpp.codec import encode_by_table
from chappe.protocols.smpp.commands import DataSmResp, DeliverSm, DeliverSmResp, SubmitSm, SubmitSmResp
from chappe.protocols.smpp.hotpath import (
    read_message_resp,
    read_short_message,
    write_message_resp,
    write_short_message,
)
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.tlvs import TlvError

USUAL = {
    "source_addr_ton": 5,
    "source_addr_npi": 6,
    "source_addr": "A" * 20,
    "dest_addr_ton": 1,
    "dest_addr_npi": 2,
    "destination_addr": "3" * 20,
    "esm_class": 3,
    "protocol_id": 4,
    "priority_flag": 7,
    "registered_delivery": 8,
    "replace_if_present_flag": 9,
    "data_coding": 10,
    "sm_default_msg_id": 11,
    "short_message": b"\0" * 254,
}
TLVS = ((0x001E, b"42\0"), (0x0427, b"\2"), (0x1401, b"\0"))


@pytest.mark.parametrize("kind", [SubmitSm, DeliverSm])
@pytest.mark.parametrize("tlvs", [(), TLVS])
def test_the_usual_is_done_here(kind, tlvs) -> None:
    for body in (kind(**USUAL), kind(), kind(source_addr="\xe9", data_coding=255)):
        frame = write_short_message(body, 7, 9, tlvs)
        assert frame == encode_by_table(body, 9, 7, tlvs)
        assert read_short_message(frame, body.command, 7, 9) == Pdu(body.command, 7, 9, body, tlvs)


def test_a_service_type_is_read_here_too() -> None:
    body = SubmitSm(service_type="CMT12", short_message=b"x")
    frame = encode_by_table(body, 1, 0, ())
    assert read_short_message(frame, body.command, 0, 1) == Pdu(body.command, 0, 1, body)


@pytest.mark.parametrize(
    "odd",
    [
        {"service_type": "CMT"},
        {"schedule_delivery_time": "000001000000000R"},
        {"validity_period": "000001000000000R"},
        {"source_addr": "1" * 21},
        {"destination_addr": "1" * 21},
        {"source_addr": "\0"},
        {"destination_addr": "\0"},
        {"source_addr": "\u20ac"},
        {"destination_addr": "\u20ac"},
        {"short_message": b"x" * 255},
        {"esm_class": 256},
        {"dest_addr_npi": -1},
    ],
    ids=str,
)
def test_what_is_not_written_here(odd) -> None:
    assert write_short_message(SubmitSm(**(USUAL | odd)), 0, 1, ()) is None


@pytest.mark.parametrize(
    "body",
    [
        SubmitSm(schedule_delivery_time="000001000000000R"),
        SubmitSm(validity_period="000001000000000R"),
    ],
)
def test_times_are_not_read_here(body) -> None:
    assert read_short_message(encode_by_table(body, 1, 0, ()), 4, 0, 1) is None


@pytest.mark.parametrize("cut", range(16, 16 + 17))
def test_a_cut_off_body_is_not_read_here(cut) -> None:
    assert read_short_message(encode_by_table(SubmitSm(), 1, 0, ())[:cut], 4, 0, 1) is None


@pytest.mark.parametrize(
    "octets",
    [
        b"123456\0" + bytes(16),
        bytes(3) + b"1" * 21 + bytes(14),
        bytes(6) + b"1" * 21 + bytes(11),
        bytes(16) + b"\xff" + bytes(255),
        bytes(16) + b"\2x",
    ],
    ids=["service_type", "source_addr", "destination_addr", "sm_length", "short_message"],
)
def test_what_is_too_long_is_not_read_here(octets) -> None:
    assert read_short_message(bytes(16) + octets, 4, 0, 1) is None


def test_bad_tlvs_are_refused_here() -> None:
    with pytest.raises(TlvError):
        write_short_message(SubmitSm(), 0, 1, ((0x0427, b""),))
    with pytest.raises(TlvError):
        read_short_message(encode_by_table(SubmitSm(), 1, 0, ()) + b"\4", 4, 0, 1)


@pytest.mark.parametrize("kind", [SubmitSmResp, DeliverSmResp, DataSmResp])
def test_the_usual_response(kind) -> None:
    for message_id in ("", "x" * 64, "\xe9"):
        frame = write_message_resp(kind(message_id), 9)
        assert frame == encode_by_table(kind(message_id), 9, 0, ())
        assert read_message_resp(frame, kind.command, 8, 9) == Pdu(kind.command, 8, 9, kind(message_id))


@pytest.mark.parametrize("message_id", ["x" * 65, "\0", "\u20ac"])
def test_message_ids_that_are_not_written_here(message_id) -> None:
    assert write_message_resp(SubmitSmResp(message_id), 1) is None


@pytest.mark.parametrize("octets", [b"", b"abc", b"a\0\0", b"a\0\4\x25\0\1\1"])
def test_responses_that_are_not_read_here(octets) -> None:
    assert read_message_resp(bytes(16) + octets, 0x80000004, 0, 1) is None
