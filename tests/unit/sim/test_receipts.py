"""Receipts of every variant: read again they tell what was to be told; who gets which; addresses turned about."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chappe.protocols.smpp.commands import DataSm, DeliverSm
from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.receipt_variants import VARIANTS
from chappe.protocols.smpp.receipts import read
from chappe.protocols.smpp.tlvs import Tag, find
from chappe.sim.outcomes import Told
from chappe.sim.receipts import Taken, text_head, wanted, write_receipt

SUBMITTED = datetime(2026, 3, 14, 15, 9, tzinfo=UTC)
DONE = datetime(2026, 3, 14, 15, 12, tzinfo=UTC)
TAKEN = Taken(
    id="0e999f2181ef",
    receipt_id="0e999f2181ef",
    variant="V1",
    registered=1,
    source="Chappe",
    source_ton=5,
    source_npi=0,
    destination="31600000001",
    dest_ton=1,
    dest_npi=1,
    submitted=SUBMITTED,
    text="Hello Ann, your order",
)
DELIVERED = Told(MessageState.DELIVERED)


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("state", [MessageState.DELIVERED, MessageState.UNDELIVERABLE, MessageState.EXPIRED])
def test_each_variant_tells_the_truth(name: str, state: MessageState) -> None:
    delivery = write_receipt(msgspec.structs.replace(TAKEN, variant=name), Told(state, "011"), DONE)
    body = delivery.body
    octets = body.short_message if isinstance(body, DeliverSm) else b""
    octets = octets or find(delivery.tlvs, Tag.MESSAGE_PAYLOAD) or b""
    found = read(str(octets, "utf-16-be" if body.data_coding == 8 else "latin-1"), delivery.tlvs)
    assert found is not None
    assert (found.id, found.state) == (delivery.id, state)
    assert (body.source_addr, body.destination_addr) == ("31600000001", "Chappe")
    assert (body.source_addr_ton, body.source_addr_npi) == (1, 1)
    assert (body.dest_addr_ton, body.dest_addr_npi) == (5, 0)
    assert body.esm_class == (0 if name == "V17" else 4)
    assert isinstance(body, DataSm) is (name == "V16")


def test_a_peer_without_tlvs_gets_a_text() -> None:
    for name in ("V15", "V16"):
        delivery = write_receipt(msgspec.structs.replace(TAKEN, variant=name), DELIVERED, DONE, tlvs=False)
        assert delivery.tlvs == ()
        assert isinstance(delivery.body, DeliverSm)
        assert delivery.body.short_message.startswith(b"id:0e999f2181ef sub:001 ")


def test_an_intermediate_notification_says_so() -> None:
    delivery = write_receipt(TAKEN, Told(MessageState.ENROUTE, intermediate=True), DONE)
    assert (delivery.body.esm_class, delivery.state) == (0x20, "ENROUTE")


@pytest.mark.parametrize(
    ("told", "for_"),
    [
        (DELIVERED, {1, 3, 0x11}),
        (Told(MessageState.ACCEPTED), {1, 0x11}),
        (Told(MessageState.UNDELIVERABLE), {1, 2, 0x11}),
        (Told(MessageState.EXPIRED), {1, 2, 0x11}),
        (Told(MessageState.ENROUTE, intermediate=True), {0x10, 0x11}),
    ],
)
def test_who_asked_for_it(told: Told, for_: set[int]) -> None:
    assert {registered for registered in (0, 1, 2, 3, 0x10, 0x11) if wanted(told, registered)} == for_


@pytest.mark.parametrize(
    ("given", "head"),
    [
        ((b"Hello Ann, your order is here", 0, 0), "Hello Ann, your orde"),
        (("\u0416\u0438\u0432\u0435".encode("utf-16-be"), 8, 0), "\u0416\u0438\u0432\u0435"),
        ((b"\x05\x00\x03\x07\x02\x01Hello", 0, 0x40), "Hello"),
        ((b"\x99", 0, 0x40), ""),
        ((b"", 0, 0x40), ""),
        ((b"caf\x05", 0, 0), "caf\x05"),
        ((b"\xe9", 0, 0), "\ufffd"),
        ((b"\x04", 8, 0), "\ufffd"),
    ],
)
def test_the_head_of_a_text(given: tuple[Any, ...], head: str) -> None:
    assert text_head(*given) == head
