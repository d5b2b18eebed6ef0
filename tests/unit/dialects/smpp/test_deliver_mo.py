"""MOs as deliver_sm: whole, in parts, and in the coding that the client understands."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.smpp.deliver import (
    write_mo,
)
from chappe.domain.account import Account
from chappe.domain.address import Address
from chappe.domain.ids import IdMaker
from chappe.domain.report import IncomingNotice, ReportWish, Way
from chappe.protocols.smpp.codec import encode_body
from chappe.protocols.smpp.commands import DeliverSm
from chappe.protocols.smpp.tlvs import Tag, find
from chappe.text import udh
from chappe.text.encodings import Charset
from chappe.text.reassembly import join

ACCEPTED_MS = 1_790_000_000_250
"""2026-09-21T14:13:20.250Z"""

MESSAGE_ID = IdMaker(1).next(ACCEPTED_MS)
JASMIN = Account(name="jasmin")


def mo(**given: Any) -> IncomingNotice:
    fields: dict[str, Any] = {
        "message_id": MESSAGE_ID,
        "account": "acme",
        "wish": ReportWish(Way.SMPP, 0, "smpp", "acme"),
        "source": Address("31612345678", 1, 1),
        "destination": Address("4466", 3, 0),
        "connector": "op",
        "text": "STOP",
        "octets": b"STOP",
        "data_coding": 0,
        "received_ms": ACCEPTED_MS,
    }
    return IncomingNotice(**{**fields, **given})


def bodies(*, tlvs: bool = True, account: Account = JASMIN, **given: Any) -> list[DeliverSm]:
    made = [body for body, _ in write_mo(mo(**given), account, tlvs=tlvs)]
    for body in made:
        assert isinstance(body, DeliverSm)
        encode_body(body, 1)
    return made  # type: ignore[return-value]


def test_a_short_mo_is_one_deliver_sm() -> None:
    assert bodies(priority=1, service_type="CMT", protocol_id=3) == [
        DeliverSm(
            service_type="CMT",
            source_addr_ton=1,
            source_addr_npi=1,
            source_addr="31612345678",
            dest_addr_ton=3,
            dest_addr_npi=0,
            destination_addr="4466",
            protocol_id=3,
            priority_flag=1,
            short_message=b"STOP",
        )
    ]


@pytest.mark.parametrize(
    ("text", "octets", "data_coding", "default", "told", "sent"),
    [
        ("@\u20ac", b"@\xa4", 0, "gsm7", 0, b"\x00\x1be"),
        ("\xe9t\xe9", b"\xe9t\xe9", 0, "latin1", 0, b"\xe9t\xe9"),
        ("\u20ac", b"\x1be", 0, "latin1", 8, b"\x20\xac"),
        ("\u4f60", b"\x4f\x60", 8, "gsm7", 8, b"\x4f\x60"),
        ("\xe9", b"\xe9", 3, "gsm7", 3, b"\xe9"),
        ("flash", b"flash", 0x10, "gsm7", 0x10, b"flash"),
        ("\u4f60", b"?", 0x11, "gsm7", 0x19, b"\x4f\x60"),
        (None, b"\x01\x02", 4, "gsm7", 4, b"\x01\x02"),
        ("\x01\x02", b"\x01\x02", 4, "gsm7", 4, b"\x01\x02"),
        ("", b"", 0, "gsm7", 0, b""),
    ],
)
def test_a_text_is_written_in_what_its_coding_means_to_the_client(
    *, text: str | None, octets: bytes, data_coding: int, default: str, told: int, sent: bytes
) -> None:
    account = Account(name="acme", smpp_default_charset=default)
    (body,) = bodies(account=account, text=text, octets=octets, data_coding=data_coding)
    assert (body.data_coding, body.short_message, body.esm_class) == (told, sent, 0)


@given(
    text=st.text(st.characters(max_codepoint=0x1F64F, exclude_categories=("Cs",)), max_size=900),
    data_coding=st.sampled_from([0, 3, 8]),
)
def test_the_parts_of_a_long_mo_are_its_text(text: str, data_coding: int) -> None:
    made = bodies(text=text, octets=b"", data_coding=data_coding)
    (coding,) = {body.data_coding for body in made}
    charset = {0: Charset.GSM7, 3: Charset.LATIN1, 8: Charset.UCS2}[coding]
    payloads = []
    for number, body in enumerate(made, 1):
        octets = body.short_message
        if len(made) > 1:
            assert body.esm_class == 0x40
            header, octets = udh.parse(octets)
            told = udh.concatenation(header)
            assert told is not None
            assert (told.total, told.number, told.bits) == (len(made), number, 8)
        assert len(body.short_message) <= (160 if charset is Charset.GSM7 else 140)
        payloads.append(octets)
    joined = join(payloads, charset)
    assert not isinstance(joined, bytes)
    # What a reader does with a byte order mark, and GSM with a last carriage return, is no matter of ours.
    if "\ufeff" not in text and "\ufffe" not in text and not (charset is Charset.GSM7 and "\r" in text):
        assert joined.text == text


def test_the_parts_bear_one_reference_that_a_repeat_bears_again() -> None:
    first = bodies(text="x" * 400)
    again = bodies(text="x" * 400)
    other = bodies(text="x" * 400, message_id=MESSAGE_ID + 1)
    assert first == again
    assert len({body.short_message[3] for body in first}) == 1
    assert first[0].short_message[3] != other[0].short_message[3]


def test_binary_is_cut_by_octets_and_a_header_of_its_own_is_kept() -> None:
    made = bodies(text=None, octets=bytes(range(256)) * 2, data_coding=4)
    assert [len(body.short_message) for body in made] == [140, 140, 140, 6 + 512 - 3 * 134]
    assert b"".join(body.short_message[6:] for body in made) == bytes(range(256)) * 2
    wap = b"\x06\x05\x04\x0b\x84\x23\xf0\x01\x02"
    (body,) = bodies(text=None, octets=wap, data_coding=4, udhi=True)
    assert (body.esm_class, body.short_message) == (0x40, wap)


def test_what_no_short_message_holds_goes_as_message_payload() -> None:
    octets = b"\x06\x05\x04\x0b\x84\x23\xf0" + b"x" * 300
    ((body, tlvs),) = write_mo(mo(text=None, octets=octets, udhi=True), JASMIN, tlvs=True)
    assert isinstance(body, DeliverSm)
    assert (body.short_message, tlvs) == (b"", ((Tag.MESSAGE_PAYLOAD, octets),))
    ((body, tlvs),) = write_mo(mo(text="x" * 50_000, octets=b"x" * 50_000), JASMIN, tlvs=True)
    assert find(tlvs, Tag.MESSAGE_PAYLOAD) == b"x" * 50_000


def test_vendors_tlvs_are_kept_and_those_of_its_parts_are_not() -> None:
    tlvs = (
        (0x1401, b"20801\0"),
        (Tag.SAR_MSG_REF_NUM, b"\0\1"),
        (Tag.SAR_TOTAL_SEGMENTS, b"\2"),
        (Tag.SOURCE_PORT, b"\0\1"),
        (Tag.MESSAGE_PAYLOAD, b"x"),
        (Tag.RECEIPTED_MESSAGE_ID, b"1\0"),
    )
    for _, kept in write_mo(mo(tlvs=tlvs, text="x" * 200), JASMIN, tlvs=True):
        assert kept == ((0x1401, b"20801\0"), (Tag.SOURCE_PORT, b"\0\1"))
    ((_, kept),) = write_mo(mo(tlvs=tlvs), JASMIN, tlvs=False)
    assert kept == ()
