"""MOs: whole and in parts by each kind of reference, in each order; what comes is joined by the reassembly of text."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.protocols.smpp.commands import DeliverSm
from chappe.protocols.smpp.tlvs import Tag, Tlv, find_integer
from chappe.sim.incoming import Mo, Order, Split, ton_npi, write_mo
from chappe.text import udh
from chappe.text.encodings import charset_of
from chappe.text.reassembly import join
from chappe.text.segments import TooManyParts

Parts = list[tuple[DeliverSm, tuple[Tlv, ...]]]
LONG = "The quick brown fox jumps over the lazy dog. " * 8
WIDE = "\u0416\u0438\u0432\u0435 \U0001f600 " * 20


def place(body: DeliverSm, tlvs: tuple[Tlv, ...]) -> tuple[int, int, int, bytes]:
    """Reference, total, number and payload of a part."""
    if body.esm_class == 0x40:
        header, payload = udh.parse(body.short_message)
        found = udh.concatenation(header)
        assert found is not None
        return found.reference, found.total, found.number, payload
    numbers = [
        find_integer(tlvs, tag)
        for tag in (Tag.SAR_MSG_REF_NUM, Tag.SAR_TOTAL_SEGMENTS, Tag.SAR_SEGMENT_SEQNUM)
    ]
    reference, total, number = (one for one in numbers if one is not None)
    return reference, total, number, body.short_message


def text_of(parts: Parts) -> str:
    charset = charset_of(parts[0][0].data_coding)
    if len(parts) == 1:
        return join([parts[0][0].short_message], charset).text
    places = sorted((place(*part) for part in parts), key=lambda one: one[2])
    assert [number for _, _, number, _ in places] == list(range(1, places[0][1] + 1))
    return join([payload for _, _, _, payload in places], charset).text


@pytest.mark.parametrize("text", ["hi", LONG, WIDE])
@pytest.mark.parametrize("split", [Split.UDH8, Split.UDH16, Split.SAR])
def test_the_text_arrives(split: Split, text: str) -> None:
    parts = write_mo(Mo(text=text, split=split, order=Order.SHUFFLE), 0x1234, Random(3))
    assert text_of(parts) == text
    assert all(len(body.short_message) <= (140 if body.data_coding else 160) for body, _ in parts)
    if len(parts) > 1:
        wanted = 0x34 if split is Split.UDH8 else 0x1234
        assert {place(*part)[0] for part in parts} == {wanted}


@pytest.mark.parametrize("text", ["hi", LONG, WIDE])
def test_a_payload_is_one_piece_however_long(text: str) -> None:
    [(body, tlvs)] = write_mo(Mo(text=text, split=Split.PAYLOAD), 1, Random(3))
    assert body.short_message == b""
    [(tag, octets)] = tlvs
    assert tag == Tag.MESSAGE_PAYLOAD
    assert join([octets], charset_of(body.data_coding)).text == text


def test_addresses() -> None:
    [(body, _)] = write_mo(Mo(text="hi", source="31612345678", destination="12345"), 1, Random(3))
    assert (body.source_addr_ton, body.source_addr_npi, body.source_addr) == (1, 1, "31612345678")
    assert (body.dest_addr_ton, body.dest_addr_npi, body.destination_addr) == (3, 0, "12345")
    assert ton_npi("Chappe") == (5, 0)


def test_orders() -> None:
    def numbers(order: Order | tuple[int, ...]) -> list[int]:
        return [place(*part)[2] for part in write_mo(Mo(text=LONG, order=order), 1, Random(3))]

    assert numbers(Order.FORWARD) == [1, 2, 3]
    assert numbers(Order.REVERSE) == [3, 2, 1]
    assert sorted(numbers(Order.SHUFFLE)) == [1, 2, 3]
    assert numbers((3, 1)) == [3, 1]
    assert numbers((2, 2, 1, 3)) == [2, 2, 1, 3]
    with pytest.raises(ValueError, match="there is no part 4: the message has 3"):
        numbers((1, 4))


def test_too_long_a_text_is_refused() -> None:
    with pytest.raises(TooManyParts):
        write_mo(Mo(text="x" * 40_000), 1, Random(3))


@given(
    st.text(min_size=1, max_size=400), st.sampled_from([Split.UDH8, Split.UDH16, Split.SAR]), st.integers()
)
def test_any_text_arrives_in_any_order(text: str, split: Split, seed: int) -> None:
    text = text.encode("utf-16", "replace").decode("utf-16")
    parts = write_mo(Mo(text=text, split=split, order=Order.SHUFFLE), 7, Random(seed))
    assert text_of(parts) == text
