"""receipt_variants.py: every variant says the same truth to receipts.py."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.protocols.smpp.codec import decode, encode_body
from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import DataSm, DeliverSm
from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.pdu import payload
from chappe.protocols.smpp.receipt_variants import VARIANTS, Facts, WrittenReceipt, variant
from chappe.protocols.smpp.receipts import ReceiptFields, looks_like, read
from chappe.protocols.smpp.times import parse_receipt_date

SENT = datetime(2026, 3, 14, 15, 9, 55, tzinfo=UTC)
DONE = datetime(2026, 3, 14, 15, 12, 1, tzinfo=UTC)
FACTS = Facts("0e999f21-81ef", MessageState.DELIVERED, SENT, DONE, "000", "Hello Ann")

facts = st.builds(
    Facts,
    st.from_regex(r"\A[0-9a-f-]{1,64}\Z"),
    st.sampled_from(MessageState),
    st.just(SENT),
    st.just(DONE),
    st.from_regex(r"\A[0-9]{3}\Z"),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
)


def over_the_wire(written: WrittenReceipt) -> ReceiptFields | None:
    """What a peer reads of it, data_coding decoded as its owner would."""
    if written.command == Command.DATA_SM:
        body: DataSm | DeliverSm = DataSm(esm_class=written.esm_class, data_coding=written.data_coding)
    else:
        body = DeliverSm(
            esm_class=written.esm_class, data_coding=written.data_coding, short_message=written.text
        )
    pdu = decode(encode_body(body, 1, 0, written.tlvs))
    octets = payload(pdu).octets
    return read(octets.decode("utf-16-be" if written.data_coding == 8 else "latin-1"), pdu.tlvs)


def test_there_are_twenty_three() -> None:
    assert list(VARIANTS) == [f"V{n}" for n in range(1, 24)]
    with pytest.raises(KeyError):
        variant("V24", FACTS)


@pytest.mark.parametrize("name", VARIANTS)
@given(facts)
def test_every_variant_tells_the_truth(name, told) -> None:
    written = variant(name, told)
    found = over_the_wire(written)
    assert found is not None
    assert found.id == written.receipt_id
    assert found.state is told.state
    assert int(found.err) == int(told.err)
    assert not found.conflict


@pytest.mark.parametrize("name", VARIANTS)
def test_dates_are_the_truth_where_there_are_any(name) -> None:
    found = over_the_wire(variant(name, FACTS))
    assert found is not None
    submitted, done = parse_receipt_date(found.submit_date), parse_receipt_date(found.done_date)
    if name == "V15":
        assert (submitted, done) == (None, None)
    else:
        assert submitted is not None
        assert submitted.replace(second=0) == SENT.replace(second=0)
        assert (done is None) == (name == "V20")


WITHOUT_TEXT = ("V4", "V6", "V7", "V15", "V16", "V23")


@pytest.mark.parametrize("name", [name for name in VARIANTS if name not in WITHOUT_TEXT])
def test_the_text_comes_through(name) -> None:
    found = over_the_wire(variant(name, FACTS))
    assert found is not None
    assert found.text == "Hello Ann"


def test_the_text_of_a_subscriber_cannot_forge() -> None:
    """V23."""
    for state in MessageState:
        written = variant("V23", Facts("42", state, SENT, DONE))
        assert written.text.count(b"stat:") == 2
        found = over_the_wire(written)
        assert found is not None
        assert (found.id, found.state) == ("42", state)


@pytest.mark.parametrize(
    ("name", "message_id", "receipt_id"),
    [
        ("V11", "39f99dd5", "0972660181"),
        ("V11", "not hexadecimal", "not hexadecimal"),
        ("V12", "0e999f21-81ef", "E999F21-81EF"),
        ("V13", "04062581461644996000241", "4062581461644996000241"),
        ("V13", "000", "000"),
        ("V12", "0", "0"),
    ],
)
def test_ids_that_are_spelled_otherwise(name, message_id, receipt_id) -> None:
    assert variant(name, Facts(message_id, MessageState.DELIVERED, SENT, DONE)).receipt_id == receipt_id


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("V2", b" Text:Hello Ann"),
        ("V3", b"submit date:260314150955 done date:260314151201"),
        ("V4", b"id:0e999f21-81ef submit date:20260314150955 done date:20260314151201 stat:DELIVRD err:000"),
        ("V8", b" err:000 Hello Ann"),
        ("V9", b" sub:... dlvrd:... "),
        ("V10", b" err: 0000 "),
        ("V18", b" stat:Delivered "),
        ("V19", b"\t"),
        ("V20", b"submit date:2026-03-14 15:09:55 done date: stat"),
        ("V21", b" mcc:208 mnc:01 price:0.031 text:"),
    ],
)
def test_what_makes_the_variant(name, part) -> None:
    assert part in variant(name, FACTS).text


def test_where_and_how_it_is_sent() -> None:
    """V14, V15, V16, V17."""
    assert variant("V14", FACTS).data_coding == 8
    assert variant("V15", FACTS).text == b""
    assert variant("V16", FACTS).command == Command.DATA_SM
    assert variant("V16", FACTS).text == b""
    assert [name for name in VARIANTS if not looks_like(variant(name, FACTS).esm_class)] == ["V17"]
    long = Facts("x" * 64, MessageState.DELIVERED, SENT, DONE)
    assert (variant("V14", long).text, len(variant("V14", long).tlvs)) == (b"", 1)


@given(facts)
def test_none_is_longer_than_a_short_message(told) -> None:
    assert all(len(variant(name, told).text) <= 254 for name in VARIANTS)
