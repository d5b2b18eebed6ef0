from __future__ import annotations

from typing import Any

import pytest

from chappe.connectors.smpp.declared import BadTlv, Declared, octets_of
from chappe.connectors.smpp.settings import DeclaredTlv, SmppSettings, TlvType
from chappe.protocols.smpp.tlvs import Tag, Tlv
from making import message


def declared(*tlvs: DeclaredTlv, **given: Any) -> Declared:
    return Declared(SmppSettings(host="h", tlvs=tlvs, **given))


def of(type_: TlvType, value: int | str | None = None, origin: str = "", tag: int = 0x1400) -> DeclaredTlv:
    return DeclaredTlv(tag, type_, value, origin)


@pytest.mark.parametrize(
    ("type_", "value", "octets"),
    [
        (TlvType.INT1, 5, b"\x05"),
        (TlvType.INT1, "0x10", b"\x10"),
        (TlvType.INT2, 258, b"\x01\x02"),
        (TlvType.INT2, "0258", b"\x01\x02"),
        (TlvType.INT4, "1", b"\0\0\0\x01"),
        (TlvType.CSTRING, "110", b"110\0"),
        (TlvType.CSTRING, 110, b"110\0"),
        (TlvType.OCTETS, "é", b"\xc3\xa9"),
        (TlvType.HEX, "0x01ff", b"\x01\xff"),
        (TlvType.HEX, "01 FF", b"\x01\xff"),
    ],
)
def test_values_by_type(type_: TlvType, value: int | str, octets: bytes) -> None:
    assert octets_of(of(type_, value), value) == octets


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (TlvType.INT1, 256),
        (TlvType.INT1, -1),
        (TlvType.INT2, "many"),
        (TlvType.INT4, 1 << 32),
        (TlvType.CSTRING, "a\0b"),
        (TlvType.CSTRING, "Ж"),
        (TlvType.HEX, "0x1"),
    ],
)
def test_what_does_not_fit_its_type_is_refused_without_being_quoted(type_: TlvType, value: int | str) -> None:
    with pytest.raises(BadTlv, match="0x1400") as refused:
        octets_of(of(type_, value), value)
    assert str(value) not in str(refused.value).replace("0x1400", "")
    with pytest.raises(BadTlv):
        declared(of(type_, value))


@pytest.mark.parametrize(
    ("tag", "type_", "value"),
    [
        (Tag.USER_MESSAGE_REFERENCE, TlvType.INT1, 1),
        (Tag.NUMBER_OF_MESSAGES, TlvType.INT2, 1),
        (Tag.SMS_SIGNAL, TlvType.HEX, ""),
        (0x1400, TlvType.OCTETS, "x" * 65_536),
    ],
)
def test_what_does_not_fit_its_tag_is_refused_once_and_not_with_every_message(
    tag: int, type_: TlvType, value: int | str
) -> None:
    with pytest.raises(BadTlv, match="tlvs: "):
        declared(of(type_, value, tag=tag))


def test_fixed_values_go_with_every_message() -> None:
    made = declared(of(TlvType.INT1, 5), of(TlvType.CSTRING, "x", tag=0x1401))
    assert made.tlvs(message(), split_here=False) == ((0x1400, b"\x05"), (0x1401, b"x\0"))


@pytest.mark.parametrize(
    ("origin", "value"),
    [
        ("reference", b"ref-1"),
        ("account", b"acme"),
        ("user", b"ann"),
        ("route", b"all"),
        ("tag:peid", b"77=8"),
    ],
)
def test_values_from_the_message(origin: str, value: bytes) -> None:
    made = declared(of(TlvType.OCTETS, origin=origin))
    one = message(reference="ref-1", user="ann", tags=("x", "peid=77=8"))
    assert made.tlvs(one, split_here=False) == ((0x1400, value),)


def test_a_message_without_the_value_goes_without_the_tlv() -> None:
    made = declared(of(TlvType.OCTETS, origin="tag:peid"), of(TlvType.OCTETS, origin="reference", tag=0x1401))
    assert made.tlvs(message(tags=("peid",)), split_here=False) == ()


def test_a_bad_value_in_one_message_is_its_own_fault() -> None:
    made = declared(of(TlvType.INT2, origin="reference"))
    with pytest.raises(BadTlv):
        made.tlvs(message(reference="ann"), split_here=False)
    assert made.tlvs(message(reference="258"), split_here=False) == ((0x1400, b"\x01\x02"),)


SAR: tuple[Tlv, ...] = (
    (int(Tag.SAR_MSG_REF_NUM), b"\0\x07"),
    (int(Tag.SAR_TOTAL_SEGMENTS), b"\x02"),
    (int(Tag.SAR_SEGMENT_SEQNUM), b"\x01"),
)
VENDOR: Tlv = (0x1500, b"v")
PAYLOAD: Tlv = (int(Tag.MESSAGE_PAYLOAD), b"text")


def test_a_clients_tlvs_go_on() -> None:
    one = message(tlvs=(VENDOR, *SAR))
    assert declared().tlvs(one, split_here=False) == (VENDOR, *SAR)


def test_a_clients_parts_are_not_mixed_with_ours_and_its_payload_is_the_text() -> None:
    one = message(tlvs=(VENDOR, *SAR, PAYLOAD))
    assert declared().tlvs(one, split_here=True) == (VENDOR,)
    assert declared().tlvs(one, split_here=False) == (VENDOR, *SAR)


def test_only_some_of_a_clients_tlvs_where_the_operator_says_so() -> None:
    one = message(tlvs=(VENDOR, (0x1501, b"w")))
    assert declared(pass_tlvs=(0x1501,)).tlvs(one, split_here=False) == ((0x1501, b"w"),)
    assert declared(pass_tlvs=()).tlvs(one, split_here=False) == ()


def test_a_declared_tlv_stands_instead_of_the_clients() -> None:
    made = declared(of(TlvType.OCTETS, "ours", tag=0x1500))
    assert made.tlvs(message(tlvs=(VENDOR,)), split_here=False) == ((0x1500, b"ours"),)
