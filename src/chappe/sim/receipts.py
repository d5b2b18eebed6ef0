"""Receipts as the simulated SMSC sends them: one of the variants, addressed back to who submitted. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import DataSm, DeliverSm
from chappe.protocols.smpp.message_states import WORDS, MessageState
from chappe.protocols.smpp.receipt_variants import Facts, variant
from chappe.sim.deliveries import Delivery
from chappe.sim.message_ids import IdForm
from chappe.sim.outcomes import Told

_RECEIPT: Final = 0x04
_INTERMEDIATE: Final = 0x20
_UDHI: Final = 0x40
_WANTED: Final = 0x03
_NOTIFICATIONS: Final = 0x10
_UCS2: Final = 0x08
_WITHOUT_TLVS: Final = frozenset(("V15", "V16"))

FORMS: Final = (("V11", IdForm.HEXDEC), ("V12", IdForm.UPPER_LOWER), ("V13", IdForm.ZEROS))
"""The variants whose trouble is in the id, and the form in which the answer must have it."""


class Taken(msgspec.Struct, frozen=True, gc=False):
    """A message that the SMSC took, as far as its receipts tell of it."""

    id: str
    """As the answer writes it."""
    receipt_id: str
    """As the variant is to be given it."""
    variant: str
    registered: int
    source: str
    source_ton: int
    source_npi: int
    destination: str
    dest_ton: int
    dest_npi: int
    submitted: datetime
    text: str
    """Its first twenty characters."""


def wanted(told: Told, registered: int) -> bool:
    """Whether registered_delivery asks for this receipt (SMPP 3.4 §5.2.17; 3, for success alone, is SMPP 5.0's)."""
    if told.intermediate:
        return bool(registered & _NOTIFICATIONS)
    match registered & _WANTED:
        case 1:
            return True
        case 2:
            return told.state not in _NO_FAILURES
        case 3:
            return told.state is MessageState.DELIVERED
        case _:
            return False


def text_head(octets: bytes, data_coding: int, esm_class: int) -> str:
    """The first twenty characters of a message, as near as a receipt shows them."""
    if esm_class & _UDHI and octets:
        octets = octets[octets[0] + 1 :]
    if data_coding == _UCS2:
        return str(octets[:40], "utf-16-be", "replace")
    return str(octets[:20], "ascii", "replace")


def write_receipt(taken: Taken, told: Told, done: datetime, *, tlvs: bool = True) -> Delivery:
    """The receipt that tells this. Without `tlvs`, for a peer that knows none, V15 and V16 are written as V1."""
    name = taken.variant if tlvs or taken.variant not in _WITHOUT_TLVS else "V1"
    facts = Facts(taken.receipt_id, told.state, taken.submitted, done, told.err, taken.text)
    written = variant(name, facts)
    esm_class = written.esm_class
    if told.intermediate and esm_class == _RECEIPT:
        esm_class = _INTERMEDIATE
    if written.command == Command.DATA_SM:
        body: DeliverSm | DataSm = DataSm(
            "",
            taken.dest_ton,
            taken.dest_npi,
            taken.destination,
            taken.source_ton,
            taken.source_npi,
            taken.source,
            esm_class,
            0,
            written.data_coding,
        )
    else:
        body = DeliverSm(
            "",
            taken.dest_ton,
            taken.dest_npi,
            taken.destination,
            taken.source_ton,
            taken.source_npi,
            taken.source,
            esm_class,
            data_coding=written.data_coding,
            short_message=written.text,
        )
    return Delivery(body, written.tlvs, written.receipt_id, WORDS[told.state])


_NO_FAILURES = frozenset((MessageState.DELIVERED, MessageState.ACCEPTED, MessageState.ENROUTE))
