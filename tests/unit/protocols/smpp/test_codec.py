"""codec.py: the hand-written PDUs of tests/vectors/smpp both ways, and every command by its table."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.protocols.smpp.codec import (
    DecodeError,
    EncodeError,
    decode,
    decode_by_table,
    encode,
    encode_body,
    encode_by_table,
)
from chappe.protocols.smpp.command_ids import RESPONSE
from chappe.protocols.smpp.commands import (
    BODIES,
    BindTransmitterResp,
    Body,
    DeliverSm,
    EnquireLink,
    SubmitMulti,
    SubmitSm,
    SubmitSmResp,
    Unbind,
)
from chappe.protocols.smpp.destinations import SmeAddress
from chappe.protocols.smpp.fields import COctet, CountedOctets, Field, FieldError
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.statuses import Status
from chappe.protocols.smpp.tlvs import TlvError
from unit.protocols.smpp.strategies import bodies, mutated, pdus, sequences, tlv_tuples
from unit.protocols.smpp.vectors import load, octets_of, pdu_of

GOOD = load("good.toml")
MALFORMED = load("malformed.toml")
ROWS = [(body, field) for body in BODIES.values() for field in body.layout]
ROW_NAMES = [f"{body.__name__}.{field.name}" for body, field in ROWS]


def named(vectors: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("vector", vectors, ids=[vector["name"] for vector in vectors])


@named(GOOD)
def test_octets_are_read(vector: dict[str, Any]) -> None:
    assert decode(octets_of(vector["octets"])) == pdu_of(vector)


@named([vector for vector in GOOD if "one_way" not in vector])
def test_octets_are_written(vector: dict[str, Any]) -> None:
    assert encode(pdu_of(vector)).hex(" ") == octets_of(vector["octets"]).hex(" ")


@named([vector for vector in GOOD if "one_way" in vector])
def test_what_is_not_written_as_it_was_read_says_the_same(vector: dict[str, Any]) -> None:
    octets = encode(pdu_of(vector))
    assert octets != octets_of(vector["octets"])
    assert decode(octets) == pdu_of(vector)


def test_every_command_has_a_vector() -> None:
    assert {vector["type"] for vector in GOOD} == {body.__name__ for body in BODIES.values()}


@named(MALFORMED)
def test_bad_bodies_of_sound_frames(vector: dict[str, Any]) -> None:
    octets = octets_of(vector["octets"])
    with pytest.raises(DecodeError) as caught:
        decode(octets)
    assert Status(caught.value.error).name == vector["error"]
    if len(octets) < 16:
        assert (caught.value.command, caught.value.status, caught.value.sequence) == (0, 0, 0)
    else:
        assert caught.value.command == int.from_bytes(octets[4:8], "big")
        assert caught.value.status == int.from_bytes(octets[8:12], "big")
        assert caught.value.sequence == int.from_bytes(octets[12:16], "big")


@given(pdus())
def test_round_trip_of_every_pdu(pdu: Pdu) -> None:
    assert decode(encode(pdu)) == pdu


@given(bodies([SubmitSm, DeliverSm]), sequences, st.integers(0, 0xFFFFFFFF), tlv_tuples)
def test_the_hand_written_path_writes_what_the_tables_write(
    body: Body, sequence: int, status: int, tlvs: tuple[tuple[int, bytes], ...]
) -> None:
    assert encode_body(body, sequence, status, tlvs) == encode_by_table(body, sequence, status, tlvs)


@given(
    bodies([b for b in BODIES.values() if b.__name__ in ("SubmitSmResp", "DeliverSmResp", "DataSmResp")]),
    sequences,
)
def test_the_hand_written_responses_are_those_of_the_tables(body: Body, sequence: int) -> None:
    assert encode_body(body, sequence) == encode_by_table(body, sequence, 0, ())


def outcome(read: Any, frame: bytes) -> object:
    try:
        return read(frame)
    except DecodeError as bad:
        return bad.error
    except (FieldError, TlvError) as bad:
        return bad.status


def by_table(frame: bytes) -> Pdu:
    return decode_by_table(frame, *(int.from_bytes(frame[i : i + 4], "big") for i in (4, 8, 12)))


@given(mutated())
def test_the_hand_written_path_reads_what_the_tables_read(frame: bytes) -> None:
    assert outcome(decode, frame) == outcome(by_table, frame)


@given(st.binary(max_size=200))
def test_random_octets_raise_nothing_else(noise: bytes) -> None:
    frame = (len(noise) + 4).to_bytes(4, "big") + noise
    try:
        pdu = decode(frame)
    except DecodeError:
        return
    assert decode(encode(pdu)) == pdu


def bad_octets(field: Field) -> bytes | None:
    match field.kind:
        case COctet(maximum):
            return b"1" * maximum + b"\0"
        case CountedOctets(maximum):
            return bytes((maximum + 1,)) + b"x" * (maximum + 1)
        case _:
            return None


def frame_with(body: type[Body], field: Field, octets: bytes, *, cut: bool) -> bytes:
    parts = b""
    for row in body.layout:
        if row.name == field.name:
            parts += octets
            if cut:
                break
        else:
            default = getattr(body(), row.name)
            parts += b"\1\2d\0" if row.name == "dest_address" else row.kind.write(default)
    return (
        (16 + len(parts)).to_bytes(4, "big")
        + int(body.command).to_bytes(4, "big")
        + bytes(4)
        + b"\0\0\0\1"
        + parts
    )


@pytest.mark.parametrize(("body", "field"), ROWS, ids=ROW_NAMES)
def test_a_pdu_that_ends_before_a_field_has_the_status_of_its_row(body: type[Body], field: Field) -> None:
    frame = frame_with(body, field, b"", cut=True)
    rest = body.layout[body.layout.index(field) :]
    if body.command >= RESPONSE:
        # Strings may end with the PDU there, so that the first field to be missed is the next of another kind.
        rest = tuple(row for row in rest if not isinstance(row.kind, COctet))
    if not rest or (body.command >= RESPONSE and len(frame) == 16):
        assert getattr(decode(frame).body, field.name) == ""
    else:
        with pytest.raises(DecodeError) as caught:
            decode(frame)
        assert caught.value.error == rest[0].status


TOO_LONG = [(body, field) for body, field in ROWS if bad_octets(field) is not None]


@pytest.mark.parametrize(
    ("body", "field"), TOO_LONG, ids=[f"{body.__name__}.{field.name}" for body, field in TOO_LONG]
)
def test_a_field_that_is_too_long_has_the_status_of_its_row(body: type[Body], field: Field) -> None:
    octets = bad_octets(field)
    assert octets is not None
    frame = frame_with(body, field, octets, cut=False)
    if body.command < RESPONSE:
        with pytest.raises(DecodeError) as caught:
            decode(frame)
        assert caught.value.error == field.status
        assert field.name in str(caught.value)
    else:
        assert getattr(decode(frame).body, field.name) == octets[:-1].decode()
    value = "1" * (len(octets) - 1) if isinstance(field.kind, COctet) else octets[1:]
    fields: dict[str, Any] = {"dest_address": (SmeAddress("1"),)} if body is SubmitMulti else {}
    with pytest.raises(EncodeError, match=field.name):
        encode_body(body(**fields, **{field.name: value}), 1)


@pytest.mark.parametrize(
    "body",
    [
        SubmitSm(source_addr_ton=256),
        SubmitSm(esm_class=-1),
        SubmitSm(source_addr="a\0b"),
        SubmitSm(destination_addr="12\N{EURO SIGN}"),
        SubmitSm(service_type="a\0"),
        SubmitSm(validity_period="1" * 17),
        SubmitSm(short_message=b"x" * 255),
        SubmitSmResp("x" * 65),
        SubmitSmResp("a\0b"),
        SubmitSmResp("\N{EURO SIGN}"),
    ],
    ids=str,
)
def test_what_has_no_octets_is_refused(body: Body) -> None:
    with pytest.raises(EncodeError):
        encode_body(body, 1)


@pytest.mark.parametrize(
    ("sequence", "status", "tlvs"),
    [
        (-1, 0, ()),
        (2**32, 0, ()),
        (1, 2**32, ()),
        (1, 0, ((0x10000, b""),)),
        (1, 0, ((-1, b""),)),
        (1, 0, ((0x1401, bytes(0x10000)),)),
        (1, 0, ((0x0427, b"22"),)),
    ],
)
@pytest.mark.parametrize("body", [SubmitSm(), Unbind(), SubmitSmResp("1")], ids=["hot", "table", "response"])
def test_numbers_and_tlvs_that_do_not_fit_are_refused(
    body: Body, sequence: int, status: int, tlvs: tuple[tuple[int, bytes], ...]
) -> None:
    with pytest.raises(EncodeError):
        encode_body(body, sequence, status, tlvs)


def test_a_pdu_whose_command_is_not_its_bodys_is_refused() -> None:
    with pytest.raises(EncodeError):
        encode(Pdu(Unbind.command, 0, 1, EnquireLink()))


def test_sequence_number_zero_and_above_the_highest_are_read_as_they_stand() -> None:
    for sequence in (0, 0x80000000, 0xFFFFFFFF):
        assert decode(encode_body(EnquireLink(), sequence)).sequence == sequence


def test_a_body_is_left_out_only_where_it_says_nothing() -> None:
    assert len(encode_body(BindTransmitterResp(), 1, 0x0D)) == 16
    assert len(encode_body(BindTransmitterResp(), 1, 0)) == 17
    assert len(encode_body(BindTransmitterResp("x"), 1, 0x0D)) == 18
    assert len(encode_body(SubmitSmResp(), 1, 0x0D, ((0x0425, b"\1"),))) == 22
