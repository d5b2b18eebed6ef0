from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.connectors.smpp.inbound import STATES, Read, Reader
from chappe.connectors.smpp.settings import SmppSettings
from chappe.domain.address import Address
from chappe.domain.incoming import Arrival, PartSet
from chappe.domain.receipt import Receipt
from chappe.domain.state import State
from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import DataSm, DeliverSm, EnquireLink
from chappe.protocols.smpp.message_states import WORDS, MessageState
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.receipt_variants import VARIANTS, Facts, WrittenReceipt, variant
from chappe.protocols.smpp.tlvs import Tag, Tlv, integer
from chappe.protocols.smpp.tlvs import text as text_tlv
from chappe.text.encodings import Charset

NOW_MS = 1_773_500_000_000
SUBSCRIBER = Address("31612345678", 1, 1)
SERVICE = Address("8080", 3, 0)


def read(pdu: Pdu, **settings: Any) -> Read:
    return Reader(SmppSettings(host="h", **settings), connector="op", group="supplier").read(pdu, NOW_MS)


def deliver(octets: bytes = b"", tlvs: tuple[Tlv, ...] = (), **given: Any) -> Pdu:
    body = DeliverSm(
        source_addr_ton=1,
        source_addr_npi=1,
        source_addr="31612345678",
        dest_addr_ton=3,
        destination_addr="8080",
        short_message=octets,
        **given,
    )
    return Pdu(int(Command.DELIVER_SM), 0, 77, body, tlvs)


def data(tlvs: tuple[Tlv, ...] = (), **given: Any) -> Pdu:
    body = DataSm(
        source_addr_ton=1,
        source_addr_npi=1,
        source_addr="31612345678",
        dest_addr_ton=3,
        destination_addr="8080",
        **given,
    )
    return Pdu(int(Command.DATA_SM), 0, 77, body, tlvs)


def arrival(pdu: Pdu, **settings: Any) -> Arrival:
    found = read(pdu, **settings)
    assert isinstance(found.value, Arrival)
    assert found.otherwise is None
    return found.value


def receipt(pdu: Pdu, **settings: Any) -> Receipt:
    found = read(pdu, **settings)
    assert isinstance(found.value, Receipt)
    return found.value


# ---------------------------------------------------------------- receipts


FACTS = Facts(
    message_id="0a1b2c3d4e",
    state=MessageState.UNDELIVERABLE,
    submitted=datetime(2026, 3, 14, 15, 9, 55, tzinfo=UTC),
    done=datetime(2026, 3, 14, 15, 12, 1, tzinfo=UTC),
    err="011",
    text="Hello Ann",
)


def as_pdu(written: WrittenReceipt) -> Pdu:
    if written.command == Command.DATA_SM:
        return data(written.tlvs, esm_class=written.esm_class, data_coding=written.data_coding)
    return deliver(written.text, written.tlvs, esm_class=written.esm_class, data_coding=written.data_coding)


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("state", [MessageState.UNDELIVERABLE, MessageState.DELIVERED, MessageState.ENROUTE])
def test_every_variant_is_read(name: str, state: MessageState) -> None:
    facts = Facts(
        FACTS.message_id, state, FACTS.submitted, FACTS.done, "000" if state == 2 else "011", "Hello Ann"
    )
    written = variant(name, facts)
    found = receipt(as_pdu(written), receipts_without_flag=True)
    assert found.smsc_id == written.receipt_id
    assert found.state is STATES[state]
    assert int(found.error or "0") == int(facts.err)
    assert (found.source, found.destination) == (SUBSCRIBER, SERVICE)
    assert (found.group, found.connector, found.received_ms) == ("supplier", "op", NOW_MS)
    assert found.sure is (name != "V17")
    assert found.raw.rstrip("\0 \r\n") == _words(written)[:255].rstrip("\0 \r\n")


def _words(written: WrittenReceipt) -> str:
    for tag, value in written.tlvs:
        if tag == Tag.MESSAGE_PAYLOAD:
            return value.decode("utf-16-be" if written.data_coding == 8 else "latin-1")
    return written.text.decode("utf-16-be" if written.data_coding == 8 else "latin-1")


def test_all_that_a_receipt_says_is_kept() -> None:
    found = receipt(as_pdu(variant("V1", FACTS)))
    assert found.word == "UNDELIV"
    assert (found.sub, found.dlvrd, found.text) == ("001", "000", "Hello Ann")
    assert (found.submit_date, found.done_date) == ("2603141509", "2603141512")


@pytest.mark.parametrize(
    ("state", "means"),
    [
        (MessageState.DELIVERED, State.DELIVERED),
        (MessageState.EXPIRED, State.EXPIRED),
        (MessageState.DELETED, State.UNDELIVERED),
        (MessageState.UNDELIVERABLE, State.UNDELIVERED),
        (MessageState.UNKNOWN, State.UNKNOWN),
        (MessageState.REJECTED, State.REJECTED),
        (MessageState.SKIPPED, State.UNDELIVERED),
        (MessageState.ENROUTE, None),
        (MessageState.ACCEPTED, None),
        (MessageState.SCHEDULED, None),
    ],
)
def test_states_by_word_and_by_number(state: MessageState, means: State | None) -> None:
    by_word = receipt(deliver(f"id:5 stat:{WORDS[state]}".encode(), esm_class=4))
    assert (by_word.state, by_word.word) == (means, WORDS[state])
    tlvs = (text_tlv(Tag.RECEIPTED_MESSAGE_ID, "5"), integer(Tag.MESSAGE_STATE, state))
    assert receipt(deliver(b"", tlvs, esm_class=4)).state is means
    assert receipt(deliver(f"id:5 stat:{int(state)}".encode(), esm_class=4)).state is means


def test_every_state_has_a_meaning() -> None:
    assert set(STATES) == set(MessageState)


def test_nothing_is_final_in_an_intermediate_notification() -> None:
    found = receipt(deliver(b"id:5 stat:DELIVRD", esm_class=0x20))
    assert (found.state, found.word) == (None, "DELIVRD")


def test_a_word_that_nobody_knows_is_not_final_and_counted() -> None:
    found = read(deliver(b"id:5 stat:HANDED err:000", esm_class=4))
    assert isinstance(found.value, Receipt)
    assert (found.value.state, found.value.word) == (None, "HANDED")
    assert found.oddities == ("receipt_of_unknown_state",)


@pytest.mark.parametrize(
    ("octets", "tlvs", "smsc_id"),
    [
        (b"your message has been delivered", (), ""),
        (b"", (), ""),
        (b"\xff\x00\x80", (), ""),
        (b"id:5 but no state", (), ""),
        (b"no text", (text_tlv(Tag.RECEIPTED_MESSAGE_ID, "9f"),), "9f"),
    ],
)
def test_a_receipt_that_cannot_be_read_is_kept_for_people(
    octets: bytes, tlvs: tuple[Tlv, ...], smsc_id: str
) -> None:
    found = read(deliver(octets, tlvs, esm_class=4))
    assert isinstance(found.value, Receipt)
    assert (found.value.smsc_id, found.value.state, found.value.raw) == (
        smsc_id,
        None,
        str(octets, "latin-1"),
    )
    assert found.value.source == SUBSCRIBER
    assert found.oddities == ("unreadable_receipt",)


def test_the_text_of_a_receipt_is_kept_to_its_255th_character() -> None:
    tlvs = ((int(Tag.MESSAGE_PAYLOAD), b"id:5 stat:DELIVRD text:" + b"x" * 400),)
    assert len(receipt(data(tlvs, esm_class=4)).raw) == 255


CONFLICT = (text_tlv(Tag.RECEIPTED_MESSAGE_ID, "77"), integer(Tag.MESSAGE_STATE, MessageState.EXPIRED))


def test_tlvs_stand_before_the_text_unless_the_operator_says_otherwise() -> None:
    pdu = deliver(b"id:5 stat:DELIVRD", CONFLICT, esm_class=4)
    found = read(pdu)
    assert isinstance(found.value, Receipt)
    assert (found.value.smsc_id, found.value.state) == ("77", State.EXPIRED)
    assert found.oddities == ("receipt_text_and_tlvs_differ",)
    other = receipt(pdu, prefer_text_over_tlvs=True)
    assert (other.smsc_id, other.state) == ("5", State.DELIVERED)


@pytest.mark.parametrize("default", ["gsm7", "gsm7-packed", "latin1", "utf8"])
def test_ids_are_read_as_ascii_whatever_the_default_alphabet(default: str) -> None:
    found = receipt(deliver(b"id:a_b@c stat:DELIVRD", esm_class=4), default_charset=Charset(default))
    assert found.smsc_id == "a_b@c"


def test_a_receipt_in_packed_septets_is_read_where_the_smsc_packs() -> None:
    from chappe.text import gsm7

    octets = gsm7.pack(gsm7.encode("id:5 stat:DELIVRD"))
    assert receipt(deliver(octets, esm_class=4), default_charset=Charset.GSM7_PACKED).smsc_id == "5"
    assert receipt(deliver(octets, esm_class=4)).smsc_id == ""


def test_a_receipt_behind_a_header_and_in_little_endian() -> None:
    octets = "id:5 stat:DELIVRD".encode("utf-16-le")
    found = receipt(deliver(octets, esm_class=4, data_coding=8), utf16_le=True)
    assert found.smsc_id == "5"
    header = b"\x05\x00\x03\x07\x01\x01"
    assert receipt(deliver(header + b"id:5 stat:DELIVRD", esm_class=0x44)).smsc_id == "5"
    assert receipt(deliver(b"\x99id:5 stat:DELIVRD", esm_class=0x44)).smsc_id == ""


# ---------------------------------------------------------------- receipts without their flag (S18, V17)


V1 = as_pdu(variant("V17", FACTS))


def test_a_text_that_looks_like_a_receipt_is_an_mo() -> None:
    assert arrival(V1).octets.startswith(b"id:0a1b2c3d4e")


def test_where_the_operator_allows_it_it_may_be_either() -> None:
    found = read(V1, receipts_without_flag=True)
    assert isinstance(found.value, Receipt)
    assert found.value.sure is False
    assert found.value.smsc_id == "0a1b2c3d4e"
    assert found.otherwise == arrival(V1)


def test_an_ordinary_text_stays_an_mo_there_too() -> None:
    assert arrival(deliver(b"hello"), receipts_without_flag=True).octets == b"hello"


@pytest.mark.parametrize("esm_class", [0x08, 0x10, 0x18])
def test_acknowledgements_of_subscribers_are_mos(esm_class: int) -> None:
    pdu = deliver(b"id:5 stat:DELIVRD", esm_class=esm_class)
    assert arrival(pdu, receipts_without_flag=True).esm_class == esm_class


# ---------------------------------------------------------------- MOs


def test_an_mo_with_all_its_fields() -> None:
    tlvs = ((0x1500, b"v"), integer(Tag.USER_MESSAGE_REFERENCE, 5))
    pdu = deliver(
        b"hello",
        tlvs,
        service_type="CMT",
        protocol_id=64,
        priority_flag=2,
        validity_period="000001000000000R",
        esm_class=0x80,
    )
    assert arrival(pdu) == Arrival(
        group="supplier",
        connector="op",
        source=SUBSCRIBER,
        destination=SERVICE,
        octets=b"hello",
        charset="gsm7",
        data_coding=0,
        received_ms=NOW_MS,
        esm_class=0x80,
        priority=2,
        protocol_id=64,
        service_type="CMT",
        validity="000001000000000R",
        tlvs=tlvs,
        sequence=77,
    )


def test_an_mo_in_data_sm() -> None:
    found = arrival(data(((int(Tag.MESSAGE_PAYLOAD), b"x" * 300),), service_type="WAP"))
    assert (found.octets, found.service_type, found.tlvs) == (b"x" * 300, "WAP", ())


@pytest.mark.parametrize(
    ("coding", "settings", "charset"),
    [
        (0, {}, "gsm7"),
        (0, {"default_charset": Charset.LATIN1}, "latin1"),
        (1, {}, "ascii"),
        (3, {}, "latin1"),
        (4, {}, "binary"),
        (6, {}, "cyrillic"),
        (8, {}, "ucs2"),
        (8, {"utf16_le": True}, "ucs2-le"),
        (0x18, {"utf16_le": True}, "ucs2-le"),
        (0xF5, {}, "binary"),
        (0x99, {}, "binary"),
    ],
)
def test_charsets(coding: int, settings: dict[str, Any], charset: str) -> None:
    assert arrival(deliver(b"ab", data_coding=coding), **settings).charset == charset


def test_packed_septets_are_unpacked_from_behind_their_header() -> None:
    from chappe.text import gsm7

    packed = gsm7.pack(gsm7.encode("hello"))
    found = arrival(deliver(packed), default_charset=Charset.GSM7_PACKED)
    assert (found.octets, found.charset) == (b"hello", "gsm7")
    header = b"\x05\x00\x03\x07\x02\x01"
    behind = header + gsm7.pack(gsm7.encode("hello"), 1)
    found = arrival(deliver(behind, esm_class=0x40), default_charset=Charset.GSM7_PACKED)
    assert (found.octets, found.header) == (b"hello", header)


def part_set(kind: str, reference: int, total: int) -> PartSet:
    return PartSet("supplier", "31612345678", "8080", kind, reference, total)


@pytest.mark.parametrize(
    ("header", "expected", "number"),
    [
        ("0500030b0302", part_set("udh8", 11, 3), 2),
        ("0608040b0c0302", part_set("udh16", 0x0B0C, 3), 2),
        # E1: other elements before and after.
        ("0b05040b8423f000030b0302", part_set("udh8", 11, 3), 2),
        ("0b00030b0302" + "05040b8423f0", part_set("udh8", 11, 3), 2),
        ("080003050201" + "240101", part_set("udh8", 5, 2), 1),
        ("0605040b8423f0", None, 0),
        # E5: numbers that cannot be, kept to be marked.
        ("0500030b0300", part_set("udh8", 11, 3), 0),
        ("0500030b0304", part_set("udh8", 11, 3), 4),
        ("0608040b0c0000", part_set("udh16", 0x0B0C, 0), 0),
        # One part of one is a message.
        ("0500030b0101", None, 0),
    ],
)
def test_headers(header: str, expected: PartSet | None, number: int) -> None:
    octets = bytes.fromhex(header)
    found = arrival(deliver(octets + b"text", esm_class=0x40))
    assert (found.part_set, found.number) == (expected, number)
    assert (found.header, found.octets) == (octets, b"text")


def sar(reference: int, total: int, number: int) -> tuple[Tlv, ...]:
    return (
        integer(Tag.SAR_MSG_REF_NUM, reference),
        integer(Tag.SAR_TOTAL_SEGMENTS, total),
        integer(Tag.SAR_SEGMENT_SEQNUM, number),
    )


def test_parts_by_tlvs() -> None:
    found = arrival(deliver(b"text", sar(0x1234, 3, 2)))
    assert (found.part_set, found.number, found.tlvs) == (part_set("sar", 0x1234, 3), 2, ())
    assert arrival(deliver(b"text", sar(1, 3, 9))).number == 9
    assert arrival(deliver(b"text", sar(1, 1, 1))).part_set is None
    assert arrival(deliver(b"text", sar(1, 3, 2)[:2])).part_set is None


def test_a_header_stands_before_tlvs() -> None:
    found = arrival(deliver(bytes.fromhex("0500030b0302") + b"x", sar(1, 2, 1), esm_class=0x40))
    assert found.part_set == part_set("udh8", 11, 3)


@pytest.mark.parametrize("octets", [b"", b"\x90abc", b"\x05\x00\x09abc", b"\x05\x00"])
def test_a_header_that_is_none_leaves_binary(octets: bytes) -> None:
    found = read(deliver(octets, esm_class=0x40))
    assert isinstance(found.value, Arrival)
    assert (found.value.octets, found.value.charset, found.value.header) == (octets, "binary", b"")
    assert found.oddities == ("bad_udh",)


def test_a_header_that_nothing_announces_is_found_where_the_operator_says_so() -> None:
    pdu = deliver(bytes.fromhex("0500030b0302") + b"text")
    assert arrival(pdu).octets == pdu.body.short_message  # type: ignore[attr-defined]
    found = read(pdu, sniff_udh=True)
    assert isinstance(found.value, Arrival)
    assert (found.value.part_set, found.value.octets) == (part_set("udh8", 11, 3), b"text")
    assert found.oddities == ("udh_not_announced",)
    assert arrival(deliver(b"text"), sniff_udh=True).octets == b"text"


def test_two_texts_in_one_are_refused_unless_the_operator_prefers_one() -> None:
    pdu = deliver(b"short", ((int(Tag.MESSAGE_PAYLOAD), b"payload"),))
    refused = read(pdu)
    assert (refused.value, refused.status, refused.oddities) == (None, 0x01, ("both_payloads",))
    assert arrival(pdu, prefer_payload=True).octets == b"payload"


def test_a_receipt_with_two_texts_is_read() -> None:
    found = receipt(deliver(b"dlr", ((int(Tag.MESSAGE_PAYLOAD), b"id:5 stat:DELIVRD"),), esm_class=4))
    assert found.smsc_id == "5"


def test_anything_else_is_refused() -> None:
    assert read(Pdu(int(Command.ENQUIRE_LINK), 0, 1, EnquireLink())).status == 0x03


@given(
    octets=st.binary(max_size=254),
    esm_class=st.integers(0, 255),
    coding=st.integers(0, 255),
    default=st.sampled_from(["gsm7", "gsm7-packed", "latin1", "ascii", "utf8"]),
    lenient=st.booleans(),
    tlvs=st.lists(
        st.tuples(st.sampled_from([0x1E, 0x427, 0x424, 0x20C, 0x20E, 0x20F, 0x1500]), st.binary(max_size=9))
    ),
)
def test_nothing_that_comes_in_raises_or_is_lost(
    *, octets: bytes, esm_class: int, coding: int, default: str, lenient: bool, tlvs: list[Tlv]
) -> None:
    found = read(
        deliver(octets, tuple(tlvs), esm_class=esm_class, data_coding=coding),
        default_charset=Charset(default),
        sniff_udh=lenient,
        utf16_le=lenient,
        receipts_without_flag=lenient,
        prefer_payload=lenient,
    )
    assert (found.value is None) == bool(found.status)
    if isinstance(found.value, Arrival) and not any(tag == 0x424 for tag, _ in tlvs):
        assert default == "gsm7-packed" or found.value.header + found.value.octets == octets


@pytest.mark.parametrize(
    ("value", "network"),
    [
        (b"20801\0", "20801"),
        (b"310410", "310410"),
        (b"208\0", ""),
        (b"2080199\0", ""),
        (b"2080x\0", ""),
        (b"", ""),
        ("٢٠٨٠١".encode()[:7], ""),
    ],
)
def test_the_network_is_read_from_the_vendors_tlv(value: bytes, network: str) -> None:
    line = b"id:7a submit date:20260314150900 done date:20260314151200 stat:DELIVRD err:000"
    assert receipt(deliver(line, ((0x1401, value),), esm_class=4)).network == network
    assert receipt(deliver(line, esm_class=4)).network == ""
