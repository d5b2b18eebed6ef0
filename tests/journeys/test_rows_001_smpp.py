"""Rows of document 001 about SMPP, over the whole gateway: an SMSC on one side, a client on the other."""

from __future__ import annotations

import re

import pytest

from chappe.domain.account import Account
from chappe.domain.routing import MoTarget, Route
from chappe.domain.state import State
from chappe.protocols.smpp.commands import BindReceiver, BindTransceiver, BindTransmitter, DataSm, DeliverSm
from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.pdu import Pdu, payload
from chappe.protocols.smpp.receipt_variants import VARIANTS
from chappe.protocols.smpp.receipts import read
from chappe.protocols.smpp.tlvs import Tag, find_integer
from chappe.sim.behaviour import Behaviour
from chappe.sim.incoming import Mo
from journeys.house import PASSWORD, House, until

CM = re.compile(r"id:([^\s]{1,32}) submit date:(\d{14}) done date:(\d{14}) stat:([A-Z]{7}) err:(\d{3})")


def text_of(pdu: Pdu) -> str:
    return payload(pdu).octets.decode("ascii")


@pytest.mark.row("001-224")
async def test_all_binds_carry_mt_receipt_and_mo_to_and_from_the_gateway(house: House) -> None:
    await house.save(Route(name="mo", deliver=MoTarget(account="acme", target="acme")))
    transmitter = await house.bound(BindTransmitter("acme", PASSWORD))
    receiver = await house.bound(BindReceiver("acme", PASSWORD))
    first = await transmitter.submit(b"by the transmitter")
    house.smsc.inject(Mo(text="to the receiver"))
    await until(lambda: len(receiver.got) == 2)
    receiver.unbind()
    await receiver.gone()
    transceiver = await house.bound(BindTransceiver("acme", PASSWORD))
    second = await transceiver.submit(b"by the transceiver")
    house.smsc.inject(Mo(text="to the transceiver"))
    await until(lambda: len(transceiver.got) == 2)
    assert transmitter.got == []
    for esme, message_id, mo in (
        (receiver, first, "to the receiver"),
        (transceiver, second, "to the transceiver"),
    ):
        assert sorted(pdu.body.esm_class for pdu in esme.got) == [0, 4]  # type: ignore[attr-defined]
        texts = [text_of(pdu) for pdu in esme.got]
        assert mo in texts
        assert any(text.startswith(f"id:{message_id} ") for text in texts)
    assert sorted(row.text for row in house.rows()) == ["by the transceiver", "by the transmitter"]


@pytest.mark.row("001-225")
@pytest.mark.row("001-226")
@pytest.mark.row("001-231")
@pytest.mark.parametrize(("pdu", "kind"), [("deliver_sm", DeliverSm), ("data_sm", DataSm)])
@pytest.mark.parametrize(
    ("magic", "state"),
    [
        pytest.param("990000", ("DELIVRD", MessageState.DELIVERED), marks=pytest.mark.row("001-236")),
        pytest.param("990002", ("EXPIRED", MessageState.EXPIRED), marks=pytest.mark.row("001-237")),
        pytest.param("990001", ("UNDELIV", MessageState.UNDELIVERABLE), marks=pytest.mark.row("001-239")),
        pytest.param("990005", ("UNKNOWN", MessageState.UNKNOWN), marks=pytest.mark.row("001-241")),
        pytest.param("990003", ("REJECTD", MessageState.REJECTED), marks=pytest.mark.row("001-242")),
    ],
)
async def test_the_networks_state_reaches_the_client_in_the_pdu_of_its_account(
    house: House, pdu: str, kind: type, magic: str, state: tuple[str, MessageState]
) -> None:
    await house.save(Account(name="acme", smpp_receipts="cm", smpp_receipt_pdu=pdu))
    esme = await house.bound()
    message_id = await esme.submit(destination_addr=f"31612{magic}")
    await until(lambda: esme.got)
    (got,) = esme.got
    assert type(got.body) is kind
    found = CM.fullmatch(text_of(got))
    assert found is not None
    assert found[1] == message_id
    assert (found[4], find_integer(got.tlvs, Tag.MESSAGE_STATE)) == state


@pytest.mark.parametrize(
    ("magic", "word", "number"),
    [
        pytest.param("990011", "ACCEPTD", MessageState.ACCEPTED, marks=pytest.mark.row("001-240")),
        pytest.param("990012", "ENROUTE", MessageState.ENROUTE, marks=pytest.mark.row("001-243")),
    ],
)
async def test_states_on_the_way_reach_a_client_that_asks_for_them(
    house: House, magic: str, word: str, number: MessageState
) -> None:
    await house.save(Account(name="acme", smpp_receipts="cm"))
    esme = await house.bound()
    message_id = await esme.submit(destination_addr=f"31612{magic}", registered_delivery=0x11)
    await until(lambda: len(esme.got) == 2)
    told = {}
    for pdu in esme.got:
        found = CM.fullmatch(text_of(pdu))
        assert found is not None
        assert found[1] == message_id
        told[found[4]] = find_integer(pdu.tlvs, Tag.MESSAGE_STATE)
    assert told == {word: number, "DELIVRD": MessageState.DELIVERED}


@pytest.mark.row("001-229")
@pytest.mark.parametrize(
    "text",
    [
        "id:7a submit date:20260314150900 done date:20260314151200 stat:DELIVRD err:000",
        "stat:DELIVRD err:000 id:7a done date:20260314151200 submit date:20260314150900",
        "err:000\tdone date:20260314151200\nstat:DELIVRD\r\nsubmit date:20260314150900   id:7a",
        "id:7a\tstat:DELIVRD",
        "stat:DELIVRD\n\nid:7a\n",
        "id:7a sub:001 dlvrd:001 shape:round submit date:20260314150900 colour:blue stat:DELIVRD err:000 text:",
    ],
    ids=["as written", "another order", "other white space", "two fields", "two others", "more fields"],
)
def test_receipts_are_read_whatever_the_number_order_and_spacing_of_fields(text: str) -> None:
    found = read(text)
    assert found is not None
    assert (found.id, found.stat, found.state) == ("7a", "DELIVRD", MessageState.DELIVERED)
    if "submit date" in text and "done date" in text:
        assert (found.submit_date, found.done_date, found.err) == ("20260314150900", "20260314151200", "000")


@pytest.mark.parametrize("variant", sorted(VARIANTS, key=lambda name: int(name[1:])))
async def test_receipts_in_every_known_form_end_a_message(outside: House, variant: str) -> None:
    house = outside
    house.smsc.behave(Behaviour(receipts=variant))
    if variant == "V17":
        await house.save(house.connector(settings={"receipts_without_flag": True}))
    await house.start()
    await house.healthy()
    good = await house.sent(dlr_level="2", dlr_url=house.sink.url("/dlr"))
    bad = await house.sent(to="31612990001", dlr_level="2", dlr_url=house.sink.url("/dlr"))
    assert (await house.over(good)).found.standing.state is State.DELIVERED
    assert (await house.over(bad)).found.standing.state is State.UNDELIVERED
    assert {dict(call)["id"]: dict(call)["message_status"] for call in house.calls()} == {
        good: "DELIVRD",
        bad: "UNDELIV",
    }
