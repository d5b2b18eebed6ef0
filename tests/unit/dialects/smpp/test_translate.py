"""Tables of what ESMEs write and what becomes of it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.smpp.translate import (
    Multi,
    read_data_sm,
    read_replace_sm,
    read_submit_multi,
    read_submit_sm,
)
from chappe.domain.address import Address
from chappe.domain.extras import Extras
from chappe.domain.refusal import Right
from chappe.domain.report import FINALS, NO_REPORT, ReportOn, ReportWish, Way
from chappe.domain.submission import NO_OPTIONS, SmppOptions, Submission
from chappe.protocols.smpp.commands import Body, DataSm, ReplaceSm, SubmitMulti, SubmitSm
from chappe.protocols.smpp.destinations import DistributionList, SmeAddress, UnsuccessSme
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.statuses import Status
from chappe.protocols.smpp.tlvs import Tag, Tlv, integer
from making import NOW, message

PLAIN = SubmitSm(destination_addr="31612345678", dest_addr_ton=1, dest_addr_npi=1, short_message=b"hi")


def pdu_of(body: Body, *tlvs: Tlv) -> Pdu:
    return Pdu(body.command, 0, 1, body, tlvs)


def read(*tlvs: Tlv, **given: Any) -> Submission | Status:
    body = msgspec.structs.replace(PLAIN, **given)
    return read_submit_sm(body, pdu_of(body, *tlvs), "acme", NOW)


def taken(*tlvs: Tlv, **given: Any) -> Submission:
    made = read(*tlvs, **given)
    assert isinstance(made, Submission), made
    return made


def test_a_plain_submit_sm_asks_for_nothing_special() -> None:
    assert taken() == Submission(
        destination=Address("31612345678", 1, 1), octets=b"hi", data_coding=0, options=NO_OPTIONS
    )


@pytest.mark.parametrize(
    ("written", "ton", "npi", "meant"),
    [
        ("31612345678", 1, 1, Address("31612345678", 1, 1)),
        ("+31612345678", 1, 1, Address("31612345678", 1, 1)),
        ("0031612345678", 1, 1, Address("31612345678", 1, 1)),
        ("+31612345678", 0, 0, Address("31612345678", 1, 1)),
        ("0031612345678", 0, 0, Address("0031612345678", 0, 0)),
        ("0612345678", 2, 1, Address("0612345678", 2, 1)),
        ("0612345678", 2, 8, Address("0612345678", 2, 8)),
        ("4466", 3, 0, Address("4466", 3, 0)),
        ("1", 0, 0, Address("1", 0, 0)),
        ("1" * 20, 0, 0, Address("1" * 20, 0, 0)),
        ("31612345678", 1, 18, Address("31612345678", 1, 18)),
        ("", 1, 1, Status.ESME_RINVDSTADR),
        ("+", 1, 1, Status.ESME_RINVDSTADR),
        ("00", 1, 1, Status.ESME_RINVDSTADR),
        ("+31612345678", 2, 1, Status.ESME_RINVDSTADR),
        ("++31", 1, 1, Status.ESME_RINVDSTADR),
        ("31 6", 1, 1, Status.ESME_RINVDSTADR),
        ("Chappe", 5, 0, Status.ESME_RINVDSTADR),
        ("\xb2\xb3", 1, 1, Status.ESME_RINVDSTADR),
        ("31612345678\n", 1, 1, Status.ESME_RINVDSTADR),
        ("1" * 21, 1, 1, Status.ESME_RINVDSTADR),
        ("31612345678", 7, 1, Status.ESME_RINVDSTTON),
        ("31612345678", 255, 1, Status.ESME_RINVDSTTON),
        ("31612345678", 1, 19, Status.ESME_RINVDSTNPI),
    ],
)
def test_destinations(written: str, ton: int, npi: int, meant: Address | Status) -> None:
    made = read(destination_addr=written, dest_addr_ton=ton, dest_addr_npi=npi)
    assert (made if isinstance(made, Status) else made.destination) == meant


@pytest.mark.parametrize(
    ("written", "ton", "npi", "meant"),
    [
        ("", 0, 0, None),
        ("", 5, 0, None),
        ("Chappe", 5, 0, Address("Chappe", 5, 0)),
        ("Chappe", 0, 0, Address("Chappe", 0, 0)),
        ("12 letters..", 5, 0, Status.ESME_RINVSRCADR),
        ("A Shop & Co", 5, 0, Address("A Shop & Co", 5, 0)),
        ("+31201234567", 1, 1, Address("31201234567", 1, 1)),
        ("0031201234567", 1, 1, Address("31201234567", 1, 1)),
        ("+31201234567", 0, 0, Address("31201234567", 1, 1)),
        ("4466", 3, 0, Address("4466", 3, 0)),
        ("12345678901234567890", 1, 1, Address("12345678901234567890", 1, 1)),
        ("Caf\xe9", 5, 0, Status.ESME_RINVSRCADR),
        ("a\nb", 5, 0, Status.ESME_RINVSRCADR),
        ("Chappe", 7, 0, Status.ESME_RINVSRCTON),
        ("Chappe", 5, 19, Status.ESME_RINVSRCNPI),
    ],
)
def test_sources(written: str, ton: int, npi: int, meant: Address | Status | None) -> None:
    made = read(source_addr=written, source_addr_ton=ton, source_addr_npi=npi)
    if isinstance(made, Status):
        assert made == meant
    else:
        assert made.source == meant
        assert (Right.SOURCE_ADDRESS in made.asks) is (meant is not None)


@pytest.mark.parametrize(
    ("registered", "events"),
    [
        (0x00, None),
        (0x01, FINALS),
        (0x02, ReportOn.FAILURE),
        (0x03, ReportOn.SUCCESS),
        (0x10, ReportOn.INTERMEDIATE),
        (0x11, FINALS | ReportOn.INTERMEDIATE),
        (0x12, ReportOn.FAILURE | ReportOn.INTERMEDIATE),
        (0x04, None),
        (0x0D, FINALS),
    ],
)
def test_registered_delivery(registered: int, events: ReportOn | None) -> None:
    made = taken(registered_delivery=registered)
    assert made.report == (NO_REPORT if events is None else ReportWish(Way.SMPP, events, "smpp", "acme"))
    assert (Right.RECEIPT_LEVEL in made.asks) is (events is not None)
    assert made.options.registered_delivery == registered


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"registered_delivery": 0x20}, Status.ESME_RINVREGDLVFLG),
        ({"registered_delivery": 0xFF}, Status.ESME_RINVREGDLVFLG),
        ({"priority_flag": 4}, Status.ESME_RINVPRTFLG),
        ({"replace_if_present_flag": 2}, Status.ESME_RINVREPFLAG),
        ({"esm_class": 0x04}, Status.ESME_RINVESMCLASS),
        ({"esm_class": 0x20}, Status.ESME_RINVESMCLASS),
        ({"esm_class": 0x18}, Status.ESME_RINVESMCLASS),
        ({"esm_class": 0x40, "short_message": b"\x09\x00\x03"}, Status.ESME_RINVESMCLASS),
        ({"esm_class": 0x40, "short_message": b""}, Status.ESME_RINVESMCLASS),
        ({"schedule_delivery_time": "tomorrow"}, Status.ESME_RINVSCHED),
        ({"schedule_delivery_time": "261340000000000+"}, Status.ESME_RINVSCHED),
        ({"validity_period": "000000"}, Status.ESME_RINVEXPIRY),
        ({"validity_period": "0000000100000000"}, Status.ESME_RINVEXPIRY),
    ],
)
def test_what_a_field_cannot_be(given: dict[str, Any], status: Status) -> None:
    assert read(**given) is status


@pytest.mark.parametrize("esm_class", [0x00, 0x01, 0x02, 0x03, 0x08, 0x10, 0x80])
def test_modes_and_the_acknowledgements_of_an_esme_are_passed_on(esm_class: int) -> None:
    made = taken(esm_class=esm_class)
    assert made.options.esm_class == esm_class
    assert not made.udhi


def test_a_header_is_told_of_and_its_octets_are_kept() -> None:
    octets = b"\x05\x00\x03\x07\x02\x01part"
    made = taken(esm_class=0x43, short_message=octets, data_coding=8)
    assert (made.udhi, made.octets, made.data_coding, made.options.esm_class) == (True, octets, 8, 0x43)


def test_every_field_of_its_own_is_kept() -> None:
    made = taken(
        service_type="CMT", protocol_id=0x40, replace_if_present_flag=1, sm_default_msg_id=9, priority_flag=3
    )
    assert made.options == SmppOptions("CMT", 0x40, 0, 1, 9, 0)
    assert (made.priority, made.asks) == (3, (Right.PRIORITY,))


@pytest.mark.parametrize(
    ("written", "after_ms"),
    [("000000010000000R", 3_600_000), ("200102000000000+", 0), ("200102010000004+", 0), ("", None)],
)
def test_times_relative_and_absolute(written: str, after_ms: int | None) -> None:
    """NOW is 2020-01-02T00:00:00Z."""
    made = taken(schedule_delivery_time=written, validity_period=written)
    expected = 0 if after_ms is None else NOW + after_ms
    assert made.due_ms == made.expires_ms == expected
    assert made.asks == (() if after_ms is None else (Right.VALIDITY, Right.SCHEDULE))


def test_all_rights_that_a_request_leans_on_are_named() -> None:
    made = taken(
        source_addr="Shop",
        source_addr_ton=5,
        priority_flag=1,
        validity_period="000000010000000R",
        schedule_delivery_time="000000010000000R",
        registered_delivery=1,
    )
    assert set(made.asks) == {
        Right.SOURCE_ADDRESS,
        Right.PRIORITY,
        Right.VALIDITY,
        Right.SCHEDULE,
        Right.RECEIPT_LEVEL,
    }


def test_tlvs_are_kept_but_for_those_that_no_esme_may_say_and_those_that_became_fields() -> None:
    kept = (
        (0x1401, b"20801\0"),
        (0x140A, b"25\0"),
        (0x3FFF, b"x"),
        integer(Tag.SAR_MSG_REF_NUM, 7),
        integer(Tag.SAR_TOTAL_SEGMENTS, 2),
        integer(Tag.SAR_SEGMENT_SEQNUM, 1),
        integer(Tag.DESTINATION_PORT, 2948),
    )
    dropped = (
        integer(Tag.USER_MESSAGE_REFERENCE, 513),
        (Tag.RECEIPTED_MESSAGE_ID, b"1\0"),
        integer(Tag.MESSAGE_STATE, 2),
        (Tag.NETWORK_ERROR_CODE, b"\x03\0\0"),
    )
    made = taken(*kept, *dropped)
    assert made.tlvs == kept
    assert made.reference == "513"


def test_a_text_may_come_in_message_payload_and_not_twice() -> None:
    long = (Tag.MESSAGE_PAYLOAD, b"x" * 1_000)
    made = taken(long, short_message=b"")
    assert (made.octets, made.tlvs) == (b"x" * 1_000, ())
    assert read(long) is Status.ESME_RINVMSGLEN
    assert taken(short_message=b"").octets == b""


def test_data_sm_is_a_submit_sm_whose_text_and_validity_are_tlvs() -> None:
    body = DataSm(
        service_type="WAP",
        source_addr="Shop",
        source_addr_ton=5,
        destination_addr="+31612345678",
        esm_class=1,
        registered_delivery=1,
        data_coding=8,
    )
    tlvs = ((Tag.MESSAGE_PAYLOAD, b"\0h"), (Tag.QOS_TIME_TO_LIVE, b"\0\0\0\x3c"), (0x1401, b"20801\0"))
    made = read_data_sm(body, pdu_of(body, *tlvs), "acme", NOW)
    assert made == Submission(
        destination=Address("31612345678", 1, 1),
        source=Address("Shop", 5, 0),
        octets=b"\0h",
        data_coding=8,
        expires_ms=NOW + 60_000,
        report=ReportWish(Way.SMPP, FINALS, "smpp", "acme"),
        tlvs=((0x1401, b"20801\0"),),
        options=SmppOptions("WAP", 0, 1, 0, 0, 1),
        asks=(Right.SOURCE_ADDRESS, Right.RECEIPT_LEVEL, Right.VALIDITY),
        extras=Extras(network="20801"),
    )
    assert read_data_sm(DataSm(), pdu_of(DataSm()), "acme", NOW) is Status.ESME_RINVDSTADR


def test_the_long_addresses_of_data_sm_are_no_numbers() -> None:
    body = DataSm(destination_addr="1" * 64)
    assert read_data_sm(body, pdu_of(body), "acme", NOW) is Status.ESME_RINVDSTADR


def multi(*addresses: SmeAddress | DistributionList, **given: Any) -> Multi | Status:
    body = SubmitMulti(dest_address=addresses, short_message=b"hi", **given)
    return read_submit_multi(body, pdu_of(body), "acme", NOW)


def test_submit_multi_is_one_submission_for_each_address() -> None:
    made = multi(SmeAddress("+31612345678", 1, 1), SmeAddress("x", 1, 1), SmeAddress("4466", 3, 0))
    assert isinstance(made, Multi)
    assert [one.destination for one in made.submissions] == [
        Address("31612345678", 1, 1),
        Address("4466", 3, 0),
    ]
    assert {one.octets for one in made.submissions} == {b"hi"}
    assert made.addresses == (UnsuccessSme("+31612345678", 0, 1, 1), UnsuccessSme("4466", 0, 3, 0))
    assert made.unsuccessful == (UnsuccessSme("x", Status.ESME_RINVDSTADR, 1, 1),)


def test_submit_multi_without_one_good_address_has_no_submission() -> None:
    made = multi(SmeAddress("x"), SmeAddress("y"))
    assert isinstance(made, Multi)
    assert (made.submissions, len(made.unsuccessful)) == ((), 2)


def test_a_distribution_list_or_a_bad_field_refuses_a_submit_multi_whole() -> None:
    assert multi(SmeAddress("31612345678"), DistributionList("all")) is Status.ESME_RINVDLNAME
    assert multi(SmeAddress("31612345678"), priority_flag=9) is Status.ESME_RINVPRTFLG


def test_replace_sm_has_the_coding_of_what_it_replaces() -> None:
    old = message(data_coding=8, udhi=False, charset="ucs2")
    body = ReplaceSm(message_id="1", short_message=b"\0h\0i")
    made = read_replace_sm(body, pdu_of(body), old, NOW)
    assert made == Submission(
        destination=old.destination, source=old.source, octets=b"\0h\0i", data_coding=8, report=old.report
    )


def test_replace_sm_may_name_other_times() -> None:
    body = ReplaceSm(
        message_id="1", schedule_delivery_time="000000010000000R", validity_period="000000020000000R"
    )
    made = read_replace_sm(body, pdu_of(body), message(), NOW)
    assert isinstance(made, Submission)
    assert (made.due_ms, made.expires_ms) == (NOW + 3_600_000, NOW + 7_200_000)


@pytest.mark.parametrize(
    ("given", "tlvs", "status"),
    [
        ({"schedule_delivery_time": "nonsense"}, (), Status.ESME_RINVSCHED),
        ({"validity_period": "nonsense"}, (), Status.ESME_RINVEXPIRY),
        ({"short_message": b"x"}, ((Tag.MESSAGE_PAYLOAD, b"y"),), Status.ESME_RINVMSGLEN),
    ],
)
def test_what_replace_sm_cannot_change(given: dict[str, Any], tlvs: tuple[Tlv, ...], status: Status) -> None:
    body = ReplaceSm(message_id="1", **given)
    assert read_replace_sm(body, pdu_of(body, *tlvs), message(), NOW) is status


octet = st.integers(0, 255)
string = st.text(st.characters(max_codepoint=255, exclude_characters="\0"), max_size=20)


@given(
    st.builds(
        SubmitSm,
        service_type=string,
        source_addr_ton=octet,
        source_addr_npi=octet,
        source_addr=string,
        dest_addr_ton=octet,
        dest_addr_npi=octet,
        destination_addr=string | st.from_regex(r"\+?[0-9]{1,19}", fullmatch=True),
        esm_class=octet,
        protocol_id=octet,
        priority_flag=octet,
        schedule_delivery_time=string,
        validity_period=string,
        registered_delivery=octet,
        replace_if_present_flag=octet,
        data_coding=octet,
        sm_default_msg_id=octet,
        short_message=st.binary(max_size=254),
    ),
    st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=20)), max_size=4),
)
def test_whatever_an_esme_writes_is_a_submission_or_a_status(body: SubmitSm, tlvs: list[Tlv]) -> None:
    made = read_submit_sm(body, pdu_of(body, *tlvs), "acme", NOW)
    if isinstance(made, Submission):
        assert made.destination.value.isdigit()
        assert len(made.destination.value) <= 20
        assert made.text is None
    else:
        assert made in Status
        assert made != Status.ESME_ROK


@pytest.mark.row("001-250")
@pytest.mark.row("001-252")
@pytest.mark.parametrize(
    ("tlvs", "extras"),
    [
        ((), None),
        (((0x1401, b"20801\0"),), Extras(network="20801")),
        (((0x140A, b"150\0"),), Extras(tariff="150")),
        (((0x1401, b"310410"), (0x140A, b"999999")), Extras(network="310410", tariff="999999")),
        (((0x1401, b"carrier\0"), (0x140A, b"1.50\0")), None),
        (((0x140A, b"1234567\0"),), None),
    ],
)
def test_network_and_tariff_of_a_single_connection(
    tlvs: tuple[tuple[int, bytes], ...], extras: Extras | None
) -> None:
    body = SubmitSm(destination_addr="31612345678", short_message=b"h")
    made = read_submit_sm(body, pdu_of(body, *tlvs), "acme", NOW)
    assert isinstance(made, Submission)
    assert made.extras == extras
    # Connectors that declare the TLVs pass them on as they came.
    assert made.tlvs == tlvs
