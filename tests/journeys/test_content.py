"""What people write, as it goes over the wire: long, Unicode, flash, binary, in parts; and one final state of many receipts."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.domain.state import State
from chappe.protocols.smpp.commands import DeliverSm, SubmitSm
from chappe.protocols.smpp.tlvs import Tag
from chappe.sim.ledger import SubmitRow
from journeys.house import House, until

LONG = "".join(f"{number:03} is a line of it; " for number in range(25))
EMOJI = "Grüße 👩‍👩‍👧 из Москвы 🚀 " * 8


def headed(parts: list[SubmitSm]) -> list[tuple[int, int, int]]:
    """Reference, total and number of parts with a UDH of 8-bit reference, GSM 03.40 §9.2.3.24.1."""
    found = []
    for part in parts:
        assert part.esm_class & 0x40
        assert part.short_message[:3] == b"\x05\x00\x03"
        reference, total, number = part.short_message[3:6]
        found.append((reference, total, number))
    return found


def joined(parts: list[SubmitSm]) -> bytes:
    return b"".join(part.short_message[6:] for part in sorted(parts, key=lambda one: one.short_message[5]))


@pytest.mark.parametrize(
    ("text", "octets_of", "data_coding", "total"),
    [(LONG, "ascii", 0, 4), (EMOJI, "utf-16-be", 8, 4)],
    ids=["gsm", "unicode"],
)
async def test_a_long_text_by_http(
    house: House, text: str, octets_of: str, data_coding: int, total: int
) -> None:
    message_id = await house.sent(content=text, dlr_level="3", dlr_url=house.sink.url("/dlr"))
    found = await house.over(message_id)
    parts = house.tap.submits
    assert found.found.message.parts == total == len(parts)
    heads = headed(parts)
    assert len({reference for reference, _, _ in heads}) == 1
    assert sorted(head[1:] for head in heads) == [(total, number) for number in range(1, total + 1)]
    assert joined(parts).decode(octets_of) == text
    assert {part.data_coding for part in parts} == {data_coding}
    assert all(len(part.short_message) <= (140 if data_coding else 159) for part in parts)
    rows = house.rows()
    assert sorted(row.text for row in rows) == sorted(part.short_message.decode("latin-1") for part in parts)
    assert sorted(part.smsc_id for part in found.parts) == sorted(row.id for row in rows)
    assert {part.word for part in found.parts} == {"DELIVRD"}
    assert sorted(dict(call)["level"] for call in house.calls()) == ["1", "2"]


async def test_a_long_text_is_delivered_when_its_last_part_is(house: House) -> None:
    house.tap.holds = lambda pdu: (
        isinstance(pdu.body, DeliverSm) and len(house.tap.of_kind(DeliverSm, from_smsc=True)) == 4
    )
    message_id = await house.sent(content=LONG, dlr_level="2", dlr_url=house.sink.url("/dlr"))
    await until(lambda: house.smsc.snapshot().totals.receipts_acked == 3 and house.tap.held)
    found = await house.told(message_id)
    assert sorted(part.word for part in found.parts) == ["", "DELIVRD", "DELIVRD", "DELIVRD"]
    assert (found.found.standing.state, found.notices) == (State.SENT, ())
    house.tap.release()
    assert (await house.over(message_id)).found.standing.state is State.DELIVERED
    assert len(house.calls()) == 1


async def test_one_part_that_fails_fails_the_whole_once(house: House) -> None:
    message_id = await house.sent(
        content=LONG, to="31612990001", dlr_level="2", dlr_url=house.sink.url("/dlr")
    )
    found = await house.over(message_id)
    assert found.found.standing.state is State.UNDELIVERED
    await until(lambda: house.smsc.snapshot().totals.receipts_acked == 4)
    assert [dict(call)["message_status"] for call in house.calls()] == ["UNDELIV"]


async def test_a_long_text_by_smpp_has_one_receipt(house: House) -> None:
    esme = await house.bound()
    answer = await esme.ask(
        SubmitSm(
            source_addr="Shop",
            source_addr_ton=5,
            destination_addr="31612345678",
            dest_addr_ton=1,
            dest_addr_npi=1,
            registered_delivery=1,
        ),
        ((int(Tag.MESSAGE_PAYLOAD), LONG.encode()),),
    )
    assert answer.status == 0
    found = await house.over(answer.body.message_id)  # type: ignore[attr-defined]
    assert found.found.standing.state is State.DELIVERED
    assert joined(house.tap.submits) == LONG.encode()
    assert {row.id for row in house.rows()} == {part.smsc_id for part in found.parts}
    assert len(esme.got) == 1


async def test_parts_that_a_client_made_pass_as_they_are(house: House) -> None:
    esme = await house.bound()
    parts = [b"\x05\x00\x03\x2a\x02\x01first ", b"\x05\x00\x03\x2a\x02\x02second"]
    ids = [await esme.submit(part, esm_class=0x40) for part in parts]
    for message_id in ids:
        await house.over(message_id)
    assert sorted(one.short_message for one in house.tap.submits) == parts
    assert [one.esm_class & 0x40 for one in house.tap.submits] == [0x40, 0x40]
    assert len(esme.got) == 2


@pytest.mark.parametrize(
    ("given", "data_coding", "octets"),
    [
        ({"content": "€ [ok] é"}, 0, b"\x1be \x1b<ok\x1b> \x05"),
        ({"content": "Привет"}, 8, "Привет".encode("utf-16-be")),
        ({"content": "🚀", "coding": "8"}, 8, b"\xd8\x3d\xde\x80"),
        ({"content": None, "hex_content": "d83dde80", "coding": "8"}, 8, b"\xd8\x3d\xde\x80"),
        ({"content": "héllo", "coding": "3"}, 3, "héllo".encode("latin-1")),
        ({"content": None, "hex_content": "00ff7f80", "coding": "4"}, 4, b"\x00\xff\x7f\x80"),
        ({"content": ""}, 0, b""),
    ],
    ids=["gsm extension", "cyrillic", "emoji", "hex ucs2", "latin-1", "binary", "empty"],
)
async def test_codings(house: House, given: dict[str, Any], data_coding: int, octets: bytes) -> None:
    message_id = await house.sent(dlr_level="2", dlr_url=house.sink.url("/dlr"), **given)
    await house.over(message_id)
    (submit,) = house.tap.submits
    assert (submit.data_coding, submit.short_message, submit.esm_class & 0x40) == (data_coding, octets, 0)
    (row,) = house.rows()
    assert row.text == octets.decode("latin-1")


async def test_long_binary_by_http(house: House) -> None:
    octets = bytes(range(256))
    message_id = await house.sent(
        content=None, hex_content=octets.hex(), coding="4", dlr_level="2", dlr_url=house.sink.url("/dlr")
    )
    await house.over(message_id)
    parts = house.tap.submits
    assert joined(parts) == octets
    assert {(one.data_coding, len(one.short_message) <= 140) for one in parts} == {(4, True)}


@pytest.mark.parametrize(
    ("data_coding", "octets"),
    [(0x10, b"flash"), (0xF0, b"flash too"), (0x18, "Блиц".encode("utf-16-be")), (0x04, b"\x01\x02\xff")],
    ids=["flash", "flash by class", "flash in unicode", "binary"],
)
async def test_data_codings_of_an_smpp_client_pass_unchanged(
    house: House, data_coding: int, octets: bytes
) -> None:
    esme = await house.bound()
    message_id = await esme.submit(octets, data_coding=data_coding)
    assert (await house.over(message_id)).found.standing.state is State.DELIVERED
    (submit,) = house.tap.submits
    assert (submit.data_coding, submit.short_message) == (data_coding, octets)


@pytest.mark.parametrize("how", ["udh16", "sar", "payload"])
async def test_other_ways_to_say_that_parts_belong_together(house: House, how: str) -> None:
    await house.save(house.connector(settings={"long_messages": how}))
    await until(lambda: len(house.tap.of_kind_bind()) == 2)
    await house.healthy()
    message_id = await house.sent(content=LONG, dlr_level="2", dlr_url=house.sink.url("/dlr"))
    found = await house.over(message_id)
    pdus = [pdu for pdu, _ in house.tap.of_kind(SubmitSm)]
    rows: list[SubmitRow] = house.rows()
    assert len(rows) == len(pdus) == len(found.parts) == (1 if how == "payload" else len(pdus))
    if how == "payload":
        assert pdus[0].tlv(Tag.MESSAGE_PAYLOAD) == LONG.encode()
    elif how == "sar":
        by_number = sorted(pdus, key=lambda pdu: pdu.tlv(Tag.SAR_SEGMENT_SEQNUM) or b"")
        assert b"".join(pdu.body.short_message for pdu in by_number) == LONG.encode()  # type: ignore[attr-defined]
        assert {pdu.tlv(Tag.SAR_TOTAL_SEGMENTS) for pdu in pdus} == {bytes([len(pdus)])}
    else:
        assert {pdu.body.short_message[:3] for pdu in pdus} == {b"\x06\x08\x04"}  # type: ignore[attr-defined]
        assert b"".join(pdu.body.short_message[7:] for pdu in pdus) == LONG.encode()  # type: ignore[attr-defined]
    assert [dict(call)["message_status"] for call in house.calls()] == ["DELIVRD"]
