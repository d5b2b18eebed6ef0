from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.connectors.smpp.inbound import Reader
from chappe.connectors.smpp.settings import (
    LongMessages,
    Senders,
    SmppSettings,
    TonNpi,
)
from chappe.connectors.smpp.translate import Piece, Translator, Unfit
from chappe.domain.address import Address
from chappe.domain.incoming import Arrival
from chappe.domain.link import AskReceipts
from chappe.domain.message import Message
from chappe.domain.report import FINALS, NO_REPORT, ReportOn, ReportWish, Way
from chappe.domain.submission import SmppOptions
from chappe.protocols.smpp.codec import encode_body
from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import DeliverSm, SubmitSm
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.tlvs import Tag, find, find_integer
from chappe.text.encodings import Charset
from chappe.text.reassembly import join
from chappe.text.segments import plan, split
from making import message, webhook

EURO = "a€b{c}"


def pieces(one: Message, done: tuple[int, ...] = (), **settings: Any) -> list[Piece]:
    return Translator(SmppSettings(host="h", **settings)).pieces(one, done)


def body(one: Message, **settings: Any) -> SubmitSm:
    ((number, made, _),) = pieces(one, **settings)
    assert number == 1
    return made


def text(content: str, **given: Any) -> Message:
    """An accepted text as the pipeline counts it."""
    found = plan(content, reference_bits=given.get("reference_bits", 8))
    unicode = found.charset is Charset.UCS2
    fields = {"charset": found.charset.value, "data_coding": 8 if unicode else 0, "parts": found.parts}
    return message(text=content, **{"concatenation": 0x1234 if found.parts > 1 else 0, **fields, **given})


def octets(content: bytes, **given: Any) -> Message:
    return message(**{"text": None, "octets": content, "charset": "binary", "data_coding": 4, **given})


# ---------------------------------------------------------------- the plain case


def test_a_short_text() -> None:
    assert body(text("hello")) == SubmitSm(
        source_addr_ton=5,
        source_addr="Chappe",
        dest_addr_ton=1,
        dest_addr_npi=1,
        destination_addr="31612345678",
        short_message=b"hello",
    )


@pytest.mark.parametrize(
    ("coding", "charset", "content", "on_the_wire"),
    [
        (0, "gsm7", "é@€", b"\x05\x00\x1be"),
        (0x10, "gsm7", "é", b"\x05"),
        (0xF1, "gsm7", "é", b"\x05"),
        (1, "ascii", "e@", b"e@"),
        (3, "latin1", "é@", b"\xe9@"),
        (6, "cyrillic", "Ж", b"\xb6"),
        (7, "hebrew", "א", b"\xe0"),
        (8, "ucs2", "Ж", b"\x04\x16"),
        (0x18, "ucs2", "Ж", b"\x04\x16"),
        (8, "ucs2", "😀", b"\xd8\x3d\xde\x00"),
    ],
)
def test_alphabets(coding: int, charset: str, content: str, on_the_wire: bytes) -> None:
    made = body(message(text=content, charset=charset, data_coding=coding))
    assert (made.data_coding, made.short_message) == (coding, on_the_wire)


@pytest.mark.parametrize(
    ("default", "content", "coding", "on_the_wire"),
    [
        ("gsm7", EURO, 0, b"a\x1beb\x1b(c\x1b)"),
        ("latin1", "é@{", 0, b"\xe9@{"),
        ("latin1", "a€", 8, b"\0a\x20\xac"),
        ("ascii", "e@{", 0, b"e@{"),
        ("ascii", "é", 8, b"\0\xe9"),
        ("utf8", "é€", 0, b"\xc3\xa9\xe2\x82\xac"),
        ("gsm7-packed", "hello", 0, bytes.fromhex("e8329bfd06")),
        ("gsm7-packed", "é€", 0, b"\x85\x4d\x19"),
    ],
)
def test_what_data_coding_0_means_is_the_smscs_choice(
    default: str, content: str, coding: int, on_the_wire: bytes
) -> None:
    made = body(text(content), default_charset=Charset(default))
    assert (made.data_coding, made.short_message) == (coding, on_the_wire)


def test_a_text_whose_octets_would_not_fit_in_the_smscs_utf8_goes_as_ucs2() -> None:
    made = pieces(text("Δ" * 160), default_charset=Charset.UTF8)
    assert {one.data_coding for _, one, _ in made} == {8}
    assert len(made) == 3


def test_packed_text_with_an_explicit_gsm_coding_is_packed_too() -> None:
    one = message(text="hello", data_coding=0x10)
    assert body(one, default_charset=Charset.GSM7_PACKED).short_message == bytes.fromhex("e8329bfd06")


def test_a_clients_octets_under_another_default_are_converted() -> None:
    one = octets(b"\xe9t\xe9", charset="latin1", data_coding=0)
    made = body(one)
    assert (made.data_coding, made.short_message) == (0, b"\x05t\x05")
    made = body(octets("Ж".encode(), charset="utf8", data_coding=0))
    assert (made.data_coding, made.short_message) == (8, b"\x04\x16")


def test_a_clients_octets_that_are_no_text_pass_as_they_are() -> None:
    assert body(octets(b"\xff\x80", charset="ascii", data_coding=0)).short_message == b"\xff\x80"
    assert body(octets(bytes(range(200, 240)))).short_message == bytes(range(200, 240))


def test_octets_that_were_counted_as_one_part_stay_one() -> None:
    """160 septets, one to an octet, are one message though they are more than 140 octets."""
    assert body(octets(b"a" * 160, charset="gsm7", data_coding=0)).short_message == b"a" * 160
    assert body(octets(b"a" * 200, udhi=True)).short_message == b"a" * 200


def test_a_little_endian_smsc() -> None:
    assert body(text("Ж"), utf16_le=True).short_message == b"\x16\x04"
    one = octets(b"\x04\x16", charset="ucs2", data_coding=8)
    assert body(one, utf16_le=True).short_message == b"\x16\x04"
    assert body(one).short_message == b"\x04\x16"
    made = pieces(text("Ж" * 100), utf16_le=True)
    assert [one.short_message[6:8] for _, one, _ in made] == [b"\x16\x04"] * 2


# ---------------------------------------------------------------- headers of clients


UDH = b"\x05\x00\x03\x07\x02\x01"


def test_a_clients_own_header_goes_on() -> None:
    made = body(octets(UDH + b"abc", udhi=True, charset="gsm7", data_coding=0))
    assert (made.esm_class, made.short_message) == (0x40, UDH + b"abc")


def test_the_text_behind_a_clients_header_is_converted() -> None:
    one = octets(UDH + b"\xe9", udhi=True, charset="latin1", data_coding=0)
    assert body(one).short_message == UDH + b"\x05"
    little = octets(UDH + b"\x04\x16", udhi=True, charset="ucs2", data_coding=8)
    assert body(little, utf16_le=True).short_message == UDH + b"\x16\x04"
    packed = octets(UDH + b"hello", udhi=True, charset="gsm7", data_coding=0)
    # GSM 03.40 §9.2.3.24: one fill bit behind six octets.
    assert body(packed, default_charset=Charset.GSM7_PACKED).short_message == UDH + bytes.fromhex(
        "d06536fb0d"
    )


def test_what_cannot_be_said_behind_a_header_is_unfit() -> None:
    one = octets(UDH + "Ж".encode(), udhi=True, charset="utf8", data_coding=0)
    with pytest.raises(Unfit, match="gsm7"):
        pieces(one)
    long = octets(UDH + b"\x10" * 200, udhi=True, charset="gsm7", data_coding=0)
    with pytest.raises(Unfit, match="406 octets"):
        pieces(long, default_charset=Charset.UTF8)


def test_a_broken_header_passes_as_it_is() -> None:
    one = octets(b"\x90abc", udhi=True, charset="latin1", data_coding=0)
    assert body(one).short_message == b"\x90abc"


# ---------------------------------------------------------------- long messages


LONG = "0123456789" * 40


def test_long_by_a_header_of_8_bits() -> None:
    made = pieces(text(LONG))
    assert [number for number, _, _ in made] == [1, 2, 3]
    assert [one.short_message[:6].hex() for _, one, _ in made] == [
        "050003340301",
        "050003340302",
        "050003340303",
    ]
    assert all(one.esm_class == 0x40 and tlvs == () for _, one, tlvs in made)
    assert b"".join(one.short_message[6:] for _, one, _ in made) == LONG.encode()


def test_long_by_the_bits_that_were_counted_with() -> None:
    made = pieces(text(LONG, reference_bits=16))
    assert [one.short_message[:7].hex() for _, one, _ in made] == [
        "06080412340301",
        "06080412340302",
        "06080412340303",
    ]
    assert len(made[0][1].short_message) == 7 + 152


def test_long_by_16_bits_whatever_was_counted_with() -> None:
    made = pieces(text(LONG), long_messages=LongMessages.UDH16)
    assert made[0][1].short_message[:7].hex() == "06080412340301"


def test_long_by_sar() -> None:
    made = pieces(text(LONG), long_messages=LongMessages.SAR)
    assert [len(one.short_message) for _, one, _ in made] == [153, 153, 94]
    for number, one, tlvs in made:
        assert one.esm_class == 0
        assert find_integer(tlvs, Tag.SAR_MSG_REF_NUM) == 0x1234
        assert find_integer(tlvs, Tag.SAR_TOTAL_SEGMENTS) == 3
        assert find_integer(tlvs, Tag.SAR_SEGMENT_SEQNUM) == number


@pytest.mark.parametrize("content", [LONG, "Ж" * 100])
def test_long_by_payload_is_one_piece(content: str) -> None:
    ((number, one, tlvs),) = pieces(text(content), long_messages=LongMessages.PAYLOAD)
    assert (number, one.short_message, one.esm_class) == (1, b"", 0)
    assert find(tlvs, Tag.MESSAGE_PAYLOAD) == (
        content.encode() if content is LONG else content.encode("utf-16-be")
    )


def test_a_short_text_needs_no_payload() -> None:
    ((_, one, tlvs),) = pieces(text("hi"), long_messages=LongMessages.PAYLOAD)
    assert (one.short_message, tlvs) == (b"hi", ())


@pytest.mark.parametrize("way", LongMessages)
def test_long_binary(way: LongMessages) -> None:
    content = bytes(range(256)) * 2
    made = pieces(octets(content, parts=4, concatenation=9), long_messages=way)
    if way is LongMessages.PAYLOAD:
        assert find(made[0][2], Tag.MESSAGE_PAYLOAD) == content
        return
    assert len(made) == 4
    header = {LongMessages.UDH: 6, LongMessages.UDH16: 7, LongMessages.SAR: 0}[way]
    assert b"".join(one.short_message[header:] for _, one, _ in made) == content


def test_parts_that_are_done_are_left_out_and_the_others_keep_their_numbers() -> None:
    made = pieces(text(LONG), (1, 3))
    assert [number for number, _, _ in made] == [2]
    assert made[0][1].short_message[:6].hex() == "050003340302"
    assert pieces(text(LONG), (1, 2, 3)) == []
    assert pieces(text(LONG), (1,), long_messages=LongMessages.PAYLOAD) == []


def test_every_attempt_makes_the_same_parts() -> None:
    one = text(LONG)
    assert pieces(one) == pieces(one)


def test_a_text_that_becomes_long_only_here_has_a_reference_all_the_same() -> None:
    first, second = text("€" * 75), text("€" * 75)
    references = {
        pieces(one, default_charset=Charset.LATIN1)[0][1].short_message[3] for one in (first, second)
    }
    assert len(references) == 2
    made = pieces(first, default_charset=Charset.LATIN1)
    assert [one.data_coding for _, one, _ in made] == [8, 8]


def test_nothing_is_torn_and_nothing_exceeds_one_short_message() -> None:
    content = "a😀" * 60
    made = pieces(text(content))
    assert all(len(one.short_message) <= 140 for _, one, _ in made)
    assert "".join(one.short_message[6:].decode("utf-16-be") for _, one, _ in made) == content


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (Address("Chappe", 5, 0), ("Chappe", 5, 0)),
        (Address("31612345678", 1, 1), ("31612345678", 1, 1)),
        (Address("8080", 3, 1), ("8080", 3, 1)),
        (Address("", 0, 0), ("", 0, 0)),
    ],
)
def test_an_address_says_what_it_is(source: Address, expected: tuple[str, int, int]) -> None:
    made = body(text("x", source=source))
    assert (made.source_addr, made.source_addr_ton, made.source_addr_npi) == expected


RULES = Senders(TonNpi(5, 9), TonNpi(None, 6), TonNpi(6, 0))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (Address("Chappe", 0, 0), (5, 9)),
        (Address("31612345678", 1, 1), (1, 6)),
        (Address("8080", 3, 1), (6, 0)),
        (Address("123456", 1, 1), (6, 0)),
        (Address("1234567", 1, 1), (1, 6)),
    ],
)
def test_rules_by_the_kind_of_sender(source: Address, expected: tuple[int, int]) -> None:
    made = body(text("x", source=source), senders=RULES)
    assert (made.source_addr_ton, made.source_addr_npi) == expected


def test_a_rule_for_all_senders_stands_behind_that_of_a_kind() -> None:
    given = {"source_ton": 2, "source_npi": 8, "senders": Senders(alphanumeric=TonNpi(5, None))}
    made = body(text("x", source=Address("Chappe", 0, 0)), **given)
    assert (made.source_addr_ton, made.source_addr_npi) == (5, 8)
    made = body(text("x", source=Address("8080", 3, 1)), **given)
    assert (made.source_addr_ton, made.source_addr_npi) == (2, 8)


def test_a_rule_for_destinations() -> None:
    made = body(text("x"), dest_ton=2)
    assert (made.dest_addr_ton, made.dest_addr_npi) == (2, 1)


# ---------------------------------------------------------------- what else a submit_sm says


SME_ACKS = SmppOptions(registered_delivery=0x0D)


@pytest.mark.parametrize(
    ("asks", "report", "options", "registered"),
    [
        ("asked", NO_REPORT, SmppOptions(), 0),
        ("asked", webhook(ReportOn.SMSC), SmppOptions(), 0),
        ("asked", webhook(ReportOn.SUCCESS), SmppOptions(), 1),
        ("asked", webhook(ReportOn.FAILURE), SmppOptions(), 1),
        ("asked", webhook(ReportOn.FAILURE | ReportOn.INTERMEDIATE), SmppOptions(), 0x11),
        ("asked", ReportWish(Way.NONE, FINALS), SmppOptions(), 1),
        ("asked", NO_REPORT, SME_ACKS, 0x0C),
        ("always", NO_REPORT, SmppOptions(), 1),
        ("always", webhook(ReportOn.INTERMEDIATE), SmppOptions(), 0x11),
        ("always", NO_REPORT, SME_ACKS, 0x0D),
        ("never", webhook(ReportOn.SUCCESS | ReportOn.INTERMEDIATE), SME_ACKS, 0),
    ],
)
def test_registered_delivery(asks: str, report: Any, options: SmppOptions, registered: int) -> None:
    one = text("x", report=report, options=options)
    ((_, made, _),) = Translator(SmppSettings(host="h"), AskReceipts(asks)).pieces(one)
    assert made.registered_delivery == registered


def test_validity_is_absolute_and_in_utc() -> None:
    one = text("x", expires_ms=1_773_500_950_300)
    assert body(one).validity_period == "260314150910300+"
    assert body(one, validity=False).validity_period == ""
    assert body(text("x")).validity_period == ""
    assert body(text("x", expires_ms=10**15)).validity_period == ""


def test_what_smpp_clients_set_goes_on_and_stands_before_the_settings() -> None:
    options = SmppOptions("WAP", 64, 0xC3, 1, 9, 0)
    made = body(text("x", options=options, priority=2), service_type="CMT", protocol_id=1)
    assert (made.service_type, made.protocol_id, made.esm_class) == ("WAP", 64, 0x83)
    assert (made.replace_if_present_flag, made.sm_default_msg_id, made.priority_flag) == (1, 9, 2)
    made = body(text("x"), service_type="CMT", protocol_id=1)
    assert (made.service_type, made.protocol_id) == ("CMT", 1)


def test_tlvs_go_with_every_part() -> None:
    made = pieces(text(LONG, tlvs=((0x1500, b"v"),)), long_messages=LongMessages.SAR)
    assert [len(tlvs) for _, _, tlvs in made] == [4, 4, 4]
    assert all(tlvs[-1] == (0x1500, b"v") for _, _, tlvs in made)


# ---------------------------------------------------------------- there and back


ALPHABET = st.one_of(
    st.text("abc é@€{}[]Δ\n", min_size=1, max_size=500),
    st.text(min_size=1, max_size=200).filter(lambda each: each.isprintable()),
)


@given(
    ALPHABET,
    st.sampled_from(["gsm7", "gsm7-packed", "latin1", "ascii", "utf8"]),
    st.sampled_from(list(LongMessages)),
    st.sampled_from([8, 16]),
    st.booleans(),
)
def test_a_text_survives_the_way_to_the_smsc_and_back(
    content: str, default: str, way: LongMessages, bits: int, little: bool
) -> None:
    """What we submit, read by our own reader as if it were an MO, is the text; each part fits its PDU."""
    settings = SmppSettings(host="h", default_charset=Charset(default), long_messages=way, utf16_le=little)
    made = Translator(settings).pieces(text(content, reference_bits=bits))
    reader = Reader(settings, connector="op", group="op")
    parts: list[Arrival] = []
    for _, one, tlvs in made:
        assert encode_body(one, 1, 0, tlvs)
        sent = DeliverSm(
            esm_class=one.esm_class, data_coding=one.data_coding, short_message=one.short_message
        )
        read = reader.read(Pdu(int(Command.DELIVER_SM), 0, 1, sent, tlvs), 0)
        assert isinstance(read.value, Arrival)
        parts.append(read.value)
    if len(parts) > 1:
        assert [part.number for part in parts] == list(range(1, len(parts) + 1))
        assert {part.part_set for part in parts} == {parts[0].part_set}
    joined = join([part.octets for part in parts], Charset(parts[0].charset))
    assert not isinstance(joined, bytes)
    assert (joined.text, joined.lossy) == (content, False)


def test_the_cuts_are_those_that_were_counted() -> None:
    content = "€" * 100
    made = pieces(text(content))
    assert [one.short_message[6:] for _, one, _ in made] == split(content, Charset.GSM7)


@pytest.mark.row("001-058", "001-066")
@pytest.mark.parametrize(("settings", "most"), [({}, 66), ({"utf16_le": True}, 66)])
def test_unicode_parts_of_a_dialects_own_size(settings: dict[str, Any], most: int) -> None:
    content = "".join(chr(0x430 + at % 32) for at in range(133))
    one = text(content, charset="ucs2", data_coding=8, parts=3, concatenation=0x1234, unicode_part=most)
    found = [each for _, each, _ in pieces(one, **settings)]
    assert [each.short_message[:6] for each in found] == [bytes((5, 0, 3, 0x34, 3, n)) for n in (1, 2, 3)]
    assert [(len(each.short_message) - 6) // 2 for each in found] == [66, 66, 1]
    coding = "utf-16-le" if settings else "utf-16-be"
    assert "".join(each.short_message[6:].decode(coding) for each in found) == content


def test_a_dialects_own_size_holds_where_the_text_becomes_unicode_only_here() -> None:
    one = text("Δ" * 320, unicode_part=66)
    assert one.parts == 3
    found = [len(each.short_message) for _, each, _ in pieces(one, default_charset=Charset.LATIN1)]
    assert found == [138, 138, 138, 138, 6 + 112]
