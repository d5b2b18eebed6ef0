"""Mobile-originated messages as an SMSC hands them over: deliver_sm, whole or in parts. Pure: chance is an argument."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from random import Random
from typing import Final

import msgspec

from chappe.protocols.smpp.commands import DeliverSm
from chappe.protocols.smpp.tlvs import Tag, Tlv, integer
from chappe.text import gsm7, udh
from chappe.text.encodings import Charset, data_coding_of, encode_text
from chappe.text.segments import split
from chappe.text.udh import Concatenation

_UDHI: Final = 0x40
"""SMPP 3.4 §5.2.12"""


class Split(Enum):
    """How a long text is told to be one."""

    UDH8 = "udh8"
    UDH16 = "udh16"
    SAR = "sar"
    PAYLOAD = "payload"
    """In one piece, in message_payload."""


class Order(Enum):
    """The order in which parts go out."""

    FORWARD = "forward"
    REVERSE = "reverse"
    SHUFFLE = "shuffle"


class Mo(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """A message from a handset. It goes out in GSM 7-bit where that holds it, else in UCS-2."""

    text: str
    source: str = "31612345678"
    destination: str = "12345"
    split: Split = Split.UDH8
    order: Order | tuple[int, ...] = Order.FORWARD
    """Or the numbers of the parts to send, from 1: some may be left out, or come twice."""
    system_id: str = ""
    """Whose it is; empty for the first that is bound to receive."""


def write_mo(mo: Mo, reference: int, chance: Random) -> list[tuple[DeliverSm, tuple[Tlv, ...]]]:
    """The deliver_sm of a message in the order in which they go out, with their TLVs.

    `reference` tells its parts from other messages'. Raises TooManyParts above 255 parts, and ValueError where
    `order` names a part that there is not.
    """
    charset = Charset.GSM7 if gsm7.is_gsm(mo.text) else Charset.UCS2
    if mo.split is Split.PAYLOAD:
        return [_whole(mo, charset)]
    bits = 16 if mo.split is Split.UDH16 else 8
    payloads = split(mo.text, charset, reference_bits=bits, header=mo.split is not Split.SAR)
    total = len(payloads)
    if total == 1:
        parts = [(_deliver(mo, charset, payloads[0]), _NO_TLVS)]
    else:
        parts = [
            _part(mo, charset, payload, Concatenation(reference, total, number, bits))
            for number, payload in enumerate(payloads, 1)
        ]
    return [parts[number - 1] for number in _numbers(mo.order, total, chance)]


_NO_TLVS: tuple[Tlv, ...] = ()


def _whole(mo: Mo, charset: Charset) -> tuple[DeliverSm, tuple[Tlv, ...]]:
    return _deliver(mo, charset, b""), ((int(Tag.MESSAGE_PAYLOAD), encode_text(mo.text, charset)),)


def _part(
    mo: Mo, charset: Charset, payload: bytes, place: Concatenation
) -> tuple[DeliverSm, tuple[Tlv, ...]]:
    if mo.split is Split.SAR:
        tlvs = (
            integer(Tag.SAR_MSG_REF_NUM, place.reference & 0xFFFF),
            integer(Tag.SAR_TOTAL_SEGMENTS, place.total),
            integer(Tag.SAR_SEGMENT_SEQNUM, place.number),
        )
        return _deliver(mo, charset, payload), tlvs
    if place.bits == 16:
        header = udh.concat16(place.reference & 0xFFFF, place.total, place.number)
    else:
        header = udh.concat8(place.reference & 0xFF, place.total, place.number)
    return _deliver(mo, charset, header + payload, _UDHI), _NO_TLVS


def _deliver(mo: Mo, charset: Charset, octets: bytes, esm_class: int = 0) -> DeliverSm:
    source_ton, source_npi = ton_npi(mo.source)
    dest_ton, dest_npi = ton_npi(mo.destination)
    return DeliverSm(
        source_addr_ton=source_ton,
        source_addr_npi=source_npi,
        source_addr=mo.source,
        dest_addr_ton=dest_ton,
        dest_addr_npi=dest_npi,
        destination_addr=mo.destination,
        esm_class=esm_class,
        data_coding=data_coding_of(charset),
        short_message=octets,
    )


def ton_npi(address: str) -> tuple[int, int]:
    """Type of number and numbering plan: alphanumeric, a short code, or international (SMPP 3.4 §5.2.5, §5.2.6)."""
    if not address.isdecimal():
        return 5, 0
    return (3, 0) if len(address) <= 6 else (1, 1)


def _numbers(order: Order | tuple[int, ...], total: int, chance: Random) -> Sequence[int]:
    numbers = list(range(1, total + 1))
    match order:
        case Order.FORWARD:
            return numbers
        case Order.REVERSE:
            return numbers[::-1]
        case Order.SHUFFLE:
            chance.shuffle(numbers)
            return numbers
        case _:
            absent = [number for number in order if not 1 <= number <= total]
            if absent:
                raise ValueError(f"there is no part {absent[0]}: the message has {total}")
            return order
