"""tlvs.py: the table of SMPP 3.4 §5.3.2 typed anew, reading, writing and the typed accessors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.protocols.smpp.statuses import Status
from chappe.protocols.smpp.tlvs import (
    PARAMETERS,
    VENDOR_TAGS,
    Kind,
    Tag,
    TlvError,
    find,
    find_integer,
    find_text,
    integer,
    read_tlvs,
    text,
    value_of,
    write_tlvs,
)
from unit.protocols.smpp.strategies import tlv_tuples, tlvs_of

# Tag, clause, kind (i integer, c C-octet string, o octets), octets.
TABLE = """
0005 1 i 1 dest_addr_subunit
000D 2 i 1 source_addr_subunit
0006 3 i 1 dest_network_type
000E 4 i 1 source_network_type
0007 5 i 1 dest_bearer_type
000F 6 i 1 source_bearer_type
0008 7 i 2 dest_telematics_id
0010 8 i 1 source_telematics_id
0017 9 i 4 qos_time_to_live
0019 10 i 1 payload_type
001D 11 c 1-256 additional_status_info_text
001E 12 c 1-65 receipted_message_id
0030 13 i 1 ms_msg_wait_facilities
0201 14 i 1 privacy_indicator
0202 15 o 2-23 source_subaddress
0203 16 o 2-23 dest_subaddress
0204 17 i 2 user_message_reference
0205 18 i 1 user_response_code
020D 19 i 1 language_indicator
020A 20 i 2 source_port
020B 21 i 2 destination_port
020C 22 i 2 sar_msg_ref_num
020E 23 i 1 sar_total_segments
020F 24 i 1 sar_segment_seqnum
0210 25 i 1 sc_interface_version
1201 26 i 1 display_time
1204 27 i 1 ms_validity
0420 28 i 1 dpf_result
0421 29 i 1 set_dpf
0422 30 i 1 ms_availability_status
0423 31 o 3 network_error_code
0424 32 o 0-65535 message_payload
0425 33 i 1 delivery_failure_reason
0426 34 i 1 more_messages_to_send
0427 35 i 1 message_state
0381 36 o 4-19 callback_num
0302 37 i 1 callback_num_pres_ind
0303 38 o 0-65 callback_num_atag
0304 39 i 1 number_of_messages
1203 40 i 2 sms_signal
130C 41 o 0-1 alert_on_message_delivery
1380 42 i 1 its_reply_type
1383 43 o 2 its_session_info
0501 44 o 1 ussd_service_op
"""
ROWS = [line.split() for line in TABLE.split("\n") if line]
KINDS = {"i": Kind.INTEGER, "c": Kind.C_OCTET, "o": Kind.OCTETS}


@pytest.mark.parametrize(("number", "clause", "kind", "size", "name"), ROWS, ids=[row[4] for row in ROWS])
def test_a_row_is_that_of_the_specification(number, clause, kind, size, name) -> None:
    tag = int(number, 16)
    low, _, high = size.partition("-")
    assert Tag[name.upper()] == tag
    assert PARAMETERS[tag] == (KINDS[kind], int(low), int(high or low), f"5.3.2.{clause}")


def test_no_row_is_missing_and_none_too_many() -> None:
    assert {int(row[0], 16) for row in ROWS} == set(Tag) == set(PARAMETERS)


@pytest.mark.parametrize("tag", PARAMETERS, ids=lambda tag: tag.name)
def test_every_tag_round_trips_and_holds_its_lengths(tag) -> None:
    row = PARAMETERS[tag]
    for length in {row.low, min(row.high, 70)}:
        tlvs = ((int(tag), b"1" * length),)
        octets = write_tlvs(tlvs)
        assert octets == int(tag).to_bytes(2, "big") + length.to_bytes(2, "big") + b"1" * length
        assert read_tlvs(octets, 0) == tlvs
    for length in {row.low - 1, row.high + 1} & set(range(0xFFFF)):
        octets = int(tag).to_bytes(2, "big") + length.to_bytes(2, "big") + b"1" * length
        with pytest.raises(TlvError) as caught:
            read_tlvs(octets, 0)
        assert caught.value.status == Status.ESME_RINVPARLEN
        assert tag.name.lower() in str(caught.value)
        assert read_tlvs(octets, 0, lenient=True) == ((int(tag), b"1" * length),)
        with pytest.raises(TlvError):
            write_tlvs(((int(tag), b"1" * length),))


@given(tlv_tuples)
def test_round_trip(tlvs) -> None:
    assert read_tlvs(b"??" + write_tlvs(tlvs), 2) == tlvs


def strictly(octets: bytes) -> object:
    try:
        return read_tlvs(octets, 0)
    except TlvError as bad:
        return Status(bad.status)


@given(st.binary(max_size=60))
def test_random_octets_are_read_or_refused(noise) -> None:
    kept = read_tlvs(noise, 0, lenient=True)
    outcome = strictly(noise)
    assert outcome in (kept, Status.ESME_RINVOPTPARSTREAM, Status.ESME_RINVPARLEN)
    if outcome == kept:
        assert write_tlvs(kept) == noise


def test_unknown_and_repeated_tags_are_kept_as_they_stand() -> None:
    tlvs = ((0x1401, b"20801\0"), (0x3FFF, b""), (0x0204, b"\0\1"), (0x0204, b"\0\2"), (0xFFFF, b"x"))
    assert read_tlvs(write_tlvs(tlvs), 0) == tlvs
    assert find(tlvs, 0x0204) == b"\0\1"
    assert find(tlvs, 0x0205) is None


@pytest.mark.parametrize("octets", ["04", "0424", "042400", "04240001", "0424FFFF00"])
def test_one_that_runs_over_the_end(octets) -> None:
    good = "0204000212 34"
    with pytest.raises(TlvError) as caught:
        read_tlvs(bytes.fromhex(good + octets), 0)
    assert caught.value.status == Status.ESME_RINVOPTPARSTREAM
    assert read_tlvs(bytes.fromhex(good + octets), 0, lenient=True) == ((0x0204, b"\x12\x34"),)


@pytest.mark.parametrize(
    ("tlv", "value"),
    [
        (integer(Tag.MESSAGE_STATE, 2), 2),
        (integer(Tag.QOS_TIME_TO_LIVE, 0xFFFFFFFF), 0xFFFFFFFF),
        (text(Tag.RECEIPTED_MESSAGE_ID, "abc"), "abc"),
        (text(0x1401, "20801"), b"20801\0"),
        ((0x0423, b"\3\0\1"), b"\3\0\1"),
        ((0x001E, b"abc"), "abc"),
        ((0x001E, b"abc\0def"), "abc"),
    ],
)
def test_values_in_the_type_of_their_kind(tlv, value) -> None:
    assert value_of(tlv) == value


@given(st.sampled_from([tag for tag, row in PARAMETERS.items() if row.kind is Kind.INTEGER]), st.data())
def test_integers_round_trip(tag, data) -> None:
    number = data.draw(st.integers(0, 256 ** PARAMETERS[tag].high - 1))
    tlv = integer(tag, number)
    assert find_integer((tlv,), tag) == value_of(tlv) == number
    assert len(tlv[1]) == PARAMETERS[tag].high


@given(tlvs_of(Tag.RECEIPTED_MESSAGE_ID))
def test_texts_end_at_their_nul(tlv) -> None:
    assert find_text((tlv,), Tag.RECEIPTED_MESSAGE_ID) == tlv[1].split(b"\0")[0].decode("latin-1")


@pytest.mark.parametrize(
    "make",
    [
        lambda: integer(Tag.MESSAGE_STATE, 256),
        lambda: integer(Tag.MESSAGE_STATE, -1),
        lambda: integer(Tag.MESSAGE_PAYLOAD, 1),
        lambda: integer(0x1401, 1),
        lambda: text(0x1401, "a\0"),
        lambda: text(0x1401, "\u20ac"),
    ],
)
def test_values_that_no_tlv_can_hold(make) -> None:
    with pytest.raises(TlvError) as caught:
        make()
    assert caught.value.status == Status.ESME_RINVOPTPARAMVAL


@pytest.mark.parametrize(
    "tlv", [(0x10000, b""), (-1, b""), (0x1401, bytes(0x10000))], ids=["high", "low", "long"]
)
def test_tags_and_lengths_that_do_not_fit(tlv) -> None:
    with pytest.raises(TlvError):
        write_tlvs((tlv,))


def test_what_is_absent_or_empty() -> None:
    assert find_integer((), Tag.MESSAGE_STATE) is None
    assert find_integer(((int(Tag.MESSAGE_STATE), b""),), Tag.MESSAGE_STATE) is None
    assert find_text((), Tag.RECEIPTED_MESSAGE_ID) is None


def test_vendors_have_their_own_range() -> None:
    assert (VENDOR_TAGS[0], VENDOR_TAGS[-1]) == (0x1400, 0x3FFF)
    assert not any(tag in VENDOR_TAGS for tag in Tag)
