"""The acceptance rows that take a socket to show: what a client binds, sends, and hears."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chappe.connectors.smpp.inbound import STATES
from chappe.dialects.smpp.statuses import MESSAGE_STATES
from chappe.domain.state import State
from chappe.protocols.smpp.commands import CancelSm, DataSm, DeliverSm
from chappe.protocols.smpp.message_states import MessageState, state_of_word
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.receipts import ReceiptFields, read
from chappe.protocols.smpp.tlvs import Tag, find, find_integer, find_text
from dialects.smpp.core_under_test import NOW, House


def fields_of(pdu: Pdu) -> ReceiptFields:
    body = pdu.body
    text = body.short_message if isinstance(body, DeliverSm) else find(pdu.tlvs, Tag.MESSAGE_PAYLOAD)
    assert text is not None
    found = read(text.decode("ascii"))
    assert found is not None
    return found


@pytest.mark.row("001-224")
async def test_three_binds_an_mt_its_receipt_and_an_mo(house: House) -> None:
    transmitter = await house.transmitter()
    receiver = await house.receiver()
    message_id = await transmitter.submit(b"Hello Ann")
    assert (await house.stored(message_id)).message.octets == b"Hello Ann"
    await house.sent(message_id)
    await house.receipt(message_id)
    receipt = await receiver.next()
    assert isinstance(receipt.body, DeliverSm)
    assert (receipt.body.source_addr, receipt.body.destination_addr) == ("31612345678", "Shop")
    assert (fields_of(receipt).id, fields_of(receipt).stat) == (message_id, "DELIVRD")
    receiver.take(receipt)
    await house.meter.reaches(1, "notices", "taken")
    receiver.unbind()
    transceiver = await house.transceiver()
    await receiver.gone()
    await house.arrival(b"STOP")
    mo = await transceiver.next()
    assert isinstance(mo.body, DeliverSm)
    assert (mo.body.source_addr, mo.body.destination_addr) == ("31612345678", "4466")
    assert (mo.body.esm_class, mo.body.short_message) == (0, b"STOP")
    transceiver.take(mo)
    again = await transceiver.submit(b"Bye")
    await house.sent(again)
    await house.receipt(again)
    assert fields_of(await transceiver.next()).id == again
    assert transmitter.got == []


@pytest.mark.row("001-225")
@pytest.mark.row("001-226")
@pytest.mark.row("001-231")
@pytest.mark.parametrize(("account", "kind"), [("cm-deliver", DeliverSm), ("cm", DataSm)])
async def test_the_receipt_comes_in_the_pdu_of_the_account_with_the_id_of_the_response(
    house: House, account: str, kind: type[DeliverSm | DataSm]
) -> None:
    esme = await house.transceiver(account)
    message_id = await esme.submit()
    house.clock.ms += 61_000
    await house.sent(message_id)
    await house.receipt(message_id)
    pdu = await esme.next()
    fields = fields_of(pdu)
    assert type(pdu.body) is kind
    assert fields.id == message_id == find_text(pdu.tlvs, Tag.RECEIPTED_MESSAGE_ID)
    assert fields.state == find_integer(pdu.tlvs, Tag.MESSAGE_STATE) == MessageState.DELIVERED
    assert fields.submit_date == f"{datetime.fromtimestamp(NOW / 1000, UTC):%Y%m%d%H%M%S}"
    assert fields.done_date == f"{datetime.fromtimestamp(NOW / 1000 + 61, UTC):%Y%m%d%H%M%S}"


@pytest.mark.parametrize(
    ("word", "state", "number"),
    [
        pytest.param("DELIVRD", State.DELIVERED, 2, marks=pytest.mark.row("001-236")),
        pytest.param("EXPIRED", State.EXPIRED, 3, marks=pytest.mark.row("001-237")),
        pytest.param("UNDELIV", State.UNDELIVERED, 5, marks=pytest.mark.row("001-239")),
        pytest.param("UNKNOWN", State.UNKNOWN, 7, marks=pytest.mark.row("001-241")),
        pytest.param("REJECTD", State.REJECTED, 8, marks=pytest.mark.row("001-242")),
        pytest.param("ACCEPTD", None, 6, marks=pytest.mark.row("001-240")),
        pytest.param("ENROUTE", None, 1, marks=pytest.mark.row("001-243")),
    ],
)
async def test_a_state_that_the_network_spells_is_ours_and_is_spelt_so_again(
    house: House, word: str, state: State | None, number: int
) -> None:
    told = state_of_word(word)
    assert told == number
    assert STATES[told] is state
    esme = await house.transceiver("cm")
    message_id = await esme.submit(registered_delivery=0x11)
    await house.sent(message_id)
    await house.receipt(message_id, state=STATES[told], word=word)
    standing = (await house.stored(message_id)).standing
    assert standing.state is (state or State.SENT)
    assert MESSAGE_STATES[standing.state] == (number if state else MessageState.ENROUTE)
    pdu = await esme.next()
    assert fields_of(pdu).stat == word
    assert find_integer(pdu.tlvs, Tag.MESSAGE_STATE) == number
    assert pdu.body.esm_class == (0x04 if state else 0x20)  # type: ignore[attr-defined]


@pytest.mark.row("001-238")
async def test_a_cancelled_message_is_deleted_and_a_deleted_one_was_not_delivered(house: House) -> None:
    """No network of this document says DELETED: one that does ended the message without delivering it."""
    assert state_of_word("DELETED") is MessageState.DELETED
    assert STATES[MessageState.DELETED] is State.UNDELIVERED
    esme = await house.transceiver("cm")
    message_id = await esme.submit()
    assert (await esme.ask(CancelSm(message_id=message_id))).status == 0
    assert (await house.stored(message_id)).standing.state is State.CANCELLED
    pdu = await esme.next()
    assert fields_of(pdu).stat == "DELETED"
    assert find_integer(pdu.tlvs, Tag.MESSAGE_STATE) == 4
