"""Golden texts of receipts in each form, their TLVs and their PDUs."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.smpp.deliver import (
    Written,
    error_octet,
    receipt_error,
    receipt_state,
    write_mo,
    write_notice,
    write_receipt,
)
from chappe.dialects.smpp.statuses import MESSAGE_STATES
from chappe.domain.account import Account
from chappe.domain.address import Address
from chappe.domain.error_table import ErrorMap, ErrorTable
from chappe.domain.ids import EPOCH_MS, IdMaker, IdRenderer
from chappe.domain.report import FINALS, IncomingNotice, ReportOn, ReportWish, StatusNotice, Way
from chappe.domain.state import FINAL, State
from chappe.protocols.smpp.codec import encode_body
from chappe.protocols.smpp.commands import DataSm, DeliverSm
from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.receipts import read
from chappe.protocols.smpp.tlvs import Tag, find, find_integer, find_text

ACCEPTED_MS = 1_790_000_000_250
"""2026-09-21T14:13:20.250Z"""

DONE_MS = ACCEPTED_MS + 65_000
"""2026-09-21T14:14:25.250Z"""

MESSAGE_ID = IdMaker(1).next(ACCEPTED_MS)
SHOWN = IdRenderer(b"k" * 32).hex(MESSAGE_ID)
WISH = ReportWish(Way.SMPP, FINALS, "smpp", "acme")
CM = Account(name="cm", smpp_receipts="cm")
CM_DATA = Account(name="cm", smpp_receipts="cm", smpp_receipt_pdu="data_sm")
JASMIN = Account(name="jasmin")
SPEC = Account(name="spec", smpp_receipts="appendix_b")


def notice(**given: Any) -> StatusNotice:
    fields: dict[str, Any] = {
        "message_id": MESSAGE_ID,
        "account": "acme",
        "event": ReportOn.SUCCESS,
        "state": State.DELIVERED,
        "wish": WISH,
        "source": Address("Shop", 5, 0),
        "destination": Address("31612345678", 1, 1),
        "connector": "op",
        "smsc_id": "77",
        "error": "000",
        "sent_ms": ACCEPTED_MS + 100,
        "done_ms": DONE_MS,
        "text": "Hello Ann, your parcel",
    }
    return StatusNotice(**{**fields, **given})


def written(account: Account, *, tlvs: bool = True, **given: Any) -> Written:
    return write_receipt(notice(**given), account, SHOWN, tlvs=tlvs)


def text_of(one: Written) -> str:
    body, tlvs = one
    if isinstance(body, DeliverSm):
        return body.short_message.decode()
    payload = find(tlvs, Tag.MESSAGE_PAYLOAD)
    assert payload is not None
    return payload.decode()


@pytest.mark.row("001-227")
@pytest.mark.row("001-228")
@pytest.mark.row("001-233")
@pytest.mark.row("001-234")
@pytest.mark.row("001-246")
@pytest.mark.row("001-247")
def test_the_cm_form() -> None:
    """The dates are 20260921141320 and 20260921141425: four digits of year, and seconds."""
    golden = (
        "id:18b2f4c27d0042008464d84545746cb9 submit date:20260921141320 done date:20260921141425 "
        "stat:DELIVRD err:000"
    )
    assert text_of(written(CM)) == golden
    assert text_of(written(CM_DATA)) == golden
    for absent in ("sub:", "dlvrd:", "text:"):
        assert absent not in golden


def test_the_jasmin_form() -> None:
    assert text_of(written(JASMIN)) == (
        "id:18b2f4c27d0042008464d84545746cb9 submit date:2609211413 done date:2609211414 stat:DELIVRD err:000"
    )


def test_the_form_of_appendix_b() -> None:
    assert text_of(written(SPEC)) == (
        "id:18b2f4c27d0042008464d84545746cb9 sub:001 dlvrd:001 submit date:2609211413 "
        "done date:2609211414 stat:DELIVRD err:000 text:Hello Ann, your parc"
    )
    failed = text_of(written(SPEC, event=ReportOn.FAILURE, state=State.UNDELIVERED, error="11", text=""))
    assert failed.endswith(
        "sub:001 dlvrd:000 submit date:2609211413 done date:2609211414 stat:UNDELIV err:011 text:"
    )


@pytest.mark.row("001-225")
def test_a_receipt_goes_from_the_subscriber_to_the_sender_in_the_pdu_that_the_account_says() -> None:
    body, tlvs = written(CM)
    assert body == DeliverSm(
        source_addr_ton=1,
        source_addr_npi=1,
        source_addr="31612345678",
        dest_addr_ton=5,
        dest_addr_npi=0,
        destination_addr="Shop",
        esm_class=0x04,
        short_message=text_of(written(CM)).encode(),
    )
    assert find(tlvs, Tag.MESSAGE_PAYLOAD) is None
    body, tlvs = written(CM_DATA)
    assert body == DataSm(
        source_addr_ton=1,
        source_addr_npi=1,
        source_addr="31612345678",
        dest_addr_ton=5,
        dest_addr_npi=0,
        destination_addr="Shop",
        esm_class=0x04,
    )
    assert find(tlvs, Tag.MESSAGE_PAYLOAD) == text_of(written(CM)).encode()


@pytest.mark.row("001-226")
@pytest.mark.parametrize("account", [CM, CM_DATA], ids=["deliver_sm", "data_sm"])
@pytest.mark.parametrize("state", sorted(FINAL))
def test_id_and_state_are_told_by_tlvs_too(account: Account, state: State) -> None:
    one = written(account, event=ReportOn.FAILURE, state=state)
    _, tlvs = one
    fields = read(text_of(one))
    assert fields is not None
    assert find_text(tlvs, Tag.RECEIPTED_MESSAGE_ID) == SHOWN == fields.id
    assert find_integer(tlvs, Tag.MESSAGE_STATE) == MESSAGE_STATES[state] == fields.state
    encode_body(one[0], 1, 0, tlvs)


@pytest.mark.row("001-232")
@pytest.mark.parametrize(
    ("state", "word", "number"),
    [
        (State.DELIVERED, "DELIVRD", 2),
        (State.EXPIRED, "EXPIRED", 3),
        (State.CANCELLED, "DELETED", 4),
        (State.UNDELIVERED, "UNDELIV", 5),
        (State.UNKNOWN, "UNKNOWN", 7),
        (State.REJECTED, "REJECTD", 8),
    ],
)
def test_each_final_state_has_its_word_of_seven_letters(state: State, word: str, number: int) -> None:
    body, tlvs = written(CM, event=ReportOn.FAILURE, state=state)
    assert isinstance(body, DeliverSm)
    assert f" stat:{word} err:" in body.short_message.decode()
    assert find_integer(tlvs, Tag.MESSAGE_STATE) == number
    assert (body.esm_class, len(word)) == (0x04, 7)


def test_every_final_state_is_in_the_table_above() -> None:
    assert len(FINAL) == 6


@pytest.mark.row("001-232")
@pytest.mark.parametrize(
    ("word", "told", "number"),
    [
        ("ENROUTE", "ENROUTE", 1),
        ("ACCEPTD", "ACCEPTD", 6),
        ("acceptd", "ACCEPTD", 6),
        ("BUFFRED", "ENROUTE", 1),
        ("", "ENROUTE", 1),
        ("DELIVRD", "ENROUTE", 1),
        ("whatever", "ENROUTE", 1),
    ],
)
def test_a_state_on_the_way_is_told_as_an_intermediate_notification(
    word: str, told: str, number: int
) -> None:
    body, tlvs = written(CM, event=ReportOn.INTERMEDIATE, state=State.SENT, word=word)
    assert isinstance(body, DeliverSm)
    assert f" stat:{told} err:000" in body.short_message.decode()
    assert body.esm_class == 0x20
    assert find_integer(tlvs, Tag.MESSAGE_STATE) == number


def test_the_smscs_own_answer_is_told_as_accepted_or_as_what_it_was() -> None:
    assert receipt_state(notice(event=ReportOn.SMSC, state=State.SENT)) is MessageState.ACCEPTED
    assert receipt_state(notice(event=ReportOn.SMSC, state=State.REJECTED)) is MessageState.REJECTED


@pytest.mark.parametrize(
    ("error", "command_status", "shown"),
    [
        ("000", 0, "000"),
        ("0", 0, "000"),
        ("11", 0, "011"),
        ("0011", 0, "011"),
        ("254", 0, "254"),
        ("1234", 0, "999"),
        ("9" * 5_000, 0, "999"),
        ("", 0, "000"),
        ("", 0x58, "088"),
        ("", 0x500, "999"),
        ("cancelled", 0, "000"),
        ("-1", 0, "000"),
        (" 7 ", 0, "007"),
        ("\u0663", 0, "000"),
    ],
)
def test_the_error_has_three_digits(error: str, command_status: int, shown: str) -> None:
    one = written(
        JASMIN, event=ReportOn.FAILURE, state=State.UNDELIVERED, error=error, command_status=command_status
    )
    assert text_of(one).endswith(f" stat:UNDELIV err:{shown}")


def test_a_networks_error_of_three_letters_is_kept_where_the_form_has_characters_and_not_digits() -> None:
    assert receipt_error(notice(error="21b")) == "21b"
    assert text_of(written(JASMIN, error="21b")).endswith(" err:21b")


@pytest.mark.row("001-235")
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"state": State.DELIVERED}, "DELIVRD err:000"),
        ({"state": State.DELIVERED, "error": "21b"}, "DELIVRD err:000"),
        ({"state": State.UNDELIVERED, "error": "254"}, "UNDELIV err:005"),
        ({"state": State.UNDELIVERED, "error": "020"}, "UNDELIV err:022"),
        ({"state": State.UNDELIVERED, "error": "21b"}, "UNDELIV err:024"),
        ({"state": State.EXPIRED}, "EXPIRED err:008"),
        ({"state": State.EXPIRED, "error": "20"}, "EXPIRED err:021"),
        ({"state": State.REJECTED, "error": "ESME_RTHROTTLED", "command_status": 0x58}, "REJECTD err:028"),
        ({"state": State.SENT, "event": ReportOn.INTERMEDIATE, "word": "ENROUTE"}, "ENROUTE err:000"),
    ],
)
def test_the_error_of_the_cm_form_is_a_standard_one(given: dict[str, Any], shown: str) -> None:
    errors = ErrorTable([ErrorMap(connector="*", errors={"020": 22, "21b": 24})])
    told = notice(**{"event": ReportOn.FAILURE, **given})
    assert text_of(write_receipt(told, CM, SHOWN, tlvs=True, errors=errors)).endswith(f" stat:{shown}")


@pytest.mark.row("001-249")
def test_the_network_is_a_tlv_of_the_cm_form_where_it_is_known() -> None:
    _, tlvs = written(CM, network="20801")
    assert find(tlvs, 0x1401) == b"20801\0"
    for account, network in ((CM, ""), (JASMIN, "20801")):
        _, tlvs = written(account, network=network)
        assert find(tlvs, 0x1401) is None


@pytest.mark.row("001-251")
def test_a_tariff_is_on_no_deliver_sm_of_the_cm_form() -> None:
    mo = IncomingNotice(MESSAGE_ID, "acme", WISH, Address("1"), Address("2"), "op", "hi", b"hi", 0, DONE_MS)
    mo = msgspec.structs.replace(mo, tlvs=((0x1401, b"20801\0"), (0x140A, b"150\0"), (0x1500, b"x")))
    ((_, tlvs),) = write_mo(mo, CM, tlvs=True)
    assert tlvs == ((0x1401, b"20801\0"), (0x1500, b"x"))
    ((_, tlvs),) = write_mo(mo, JASMIN, tlvs=True)
    assert (0x140A, b"150\0") in tlvs


def test_the_networks_error_is_a_tlv_where_there_is_one() -> None:
    _, tlvs = written(CM, event=ReportOn.FAILURE, state=State.UNDELIVERED, error="027")
    assert find(tlvs, Tag.NETWORK_ERROR_CODE) == b"\x03\x00\x1b"
    for fields in ({"error": "000"}, {"error": "21b"}, {"error": "027", "smsc_id": ""}):
        _, tlvs = written(CM, **fields)
        assert find(tlvs, Tag.NETWORK_ERROR_CODE) is None


@pytest.mark.parametrize(
    ("error", "octet"), [("027", 27), ("255", 255), ("256", 0), ("", 0), ("21b", 0), ("1" * 5_000, 0)]
)
def test_the_error_of_a_query_is_one_octet(error: str, octet: int) -> None:
    assert error_octet(error) == octet


@pytest.mark.parametrize(
    ("reference", "told"),
    [("513", 513), ("0", 0), ("65535", 65_535), ("65536", None), ("", None), ("mine", None)],
)
def test_the_clients_own_reference_comes_back(reference: str, told: int | None) -> None:
    _, tlvs = written(JASMIN, reference=reference)
    assert find_integer(tlvs, Tag.USER_MESSAGE_REFERENCE) == told


def test_a_client_below_smpp_34_gets_a_deliver_sm_without_tlvs() -> None:
    body, tlvs = written(CM_DATA, tlvs=False)
    assert isinstance(body, DeliverSm)
    assert tlvs == ()
    assert body.short_message.decode() == text_of(written(CM))


def test_what_the_gateway_ended_by_itself_is_dated_too() -> None:
    assert "done date:20260921141320 " in text_of(written(CM, sent_ms=0, done_ms=0))


@pytest.mark.row("001-230")
@given(
    account=st.sampled_from([CM, CM_DATA, JASMIN, SPEC]),
    at=st.integers(EPOCH_MS, EPOCH_MS + (1 << 41) - 1),
    took=st.integers(0, 366 * 86_400_000),
    state=st.sampled_from(sorted(FINAL)),
    error=st.text(max_size=40),
    text=st.text(max_size=400),
    word=st.text(max_size=20),
    event=st.sampled_from([ReportOn.SUCCESS, ReportOn.FAILURE, ReportOn.INTERMEDIATE, ReportOn.SMSC]),
)
def test_no_receipt_is_over_255_characters(
    *, account: Account, at: int, took: int, state: State, error: str, text: str, word: str, event: ReportOn
) -> None:
    message_id = IdMaker(7).next(at)
    one = write_receipt(
        notice(
            message_id=message_id,
            state=state,
            error=error,
            text=text,
            word=word,
            event=event,
            done_ms=at + took,
        ),
        account,
        IdRenderer(b"k" * 32).hex(message_id),
        tlvs=True,
    )
    line = text_of(one)
    assert len(line) <= 255
    assert line.isascii()
    encode_body(one[0], 1, 0, one[1])
    fields = read(line)
    assert fields is not None
    assert fields.id == IdRenderer(b"k" * 32).hex(message_id)


@pytest.mark.row("001-244")
@pytest.mark.row("001-245")
@given(
    st.lists(st.integers(EPOCH_MS, EPOCH_MS + (1 << 41) - 1), min_size=2, max_size=50),
    st.binary(min_size=16, max_size=64),
)
def test_ids_are_32_characters_without_a_blank_and_no_two_alike(times: list[int], key: bytes) -> None:
    maker, renderer = IdMaker(3), IdRenderer(key)
    shown = [renderer.hex(maker.next(at)) for at in times]
    assert len(set(shown)) == len(shown)
    for each in shown:
        assert len(each) == 32
        assert each.isalnum()
        assert each.isascii()
        assert f"id:{each} submit date:" in text_of(write_receipt(notice(), CM, each, tlvs=True))


def test_a_notice_of_either_kind_is_written() -> None:
    assert write_notice(notice(), CM, SHOWN, tlvs=True) == (written(CM),)
    mo = IncomingNotice(MESSAGE_ID, "acme", WISH, Address("1"), Address("2"), "op", "hi", b"hi", 0, DONE_MS)
    assert write_notice(mo, CM, SHOWN, tlvs=True) == write_mo(mo, CM, tlvs=True)
