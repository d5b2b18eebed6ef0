"""From what an ESME writes to what the pipeline is asked: submit_sm, data_sm, submit_multi, replace_sm. Pure.
Octets are passed on as they are; nothing here decodes a text.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec

from chappe.domain.address import MAX_ALPHANUMERIC, MAX_DIGITS, Address, Npi, Ton
from chappe.domain.extras import Extras
from chappe.domain.message import Message
from chappe.domain.refusal import Right
from chappe.domain.report import FINALS, NO_REPORT, ReportOn, ReportWish, Way
from chappe.domain.submission import NO_OPTIONS, SmppOptions, Submission
from chappe.protocols.smpp.commands import DataSm, ReplaceSm, SubmitMulti, SubmitSm
from chappe.protocols.smpp.destinations import DistributionList, UnsuccessSme
from chappe.protocols.smpp.pdu import Pdu, Source, payload
from chappe.protocols.smpp.statuses import Status
from chappe.protocols.smpp.times import BadTimeError, parse_time
from chappe.protocols.smpp.tlvs import Tag, Tlv, find_integer, network_told, tariff_told
from chappe.text import udh

UDHI: Final = 0x40
"""The bit of esm_class that says that the octets begin with a User Data Header, SMPP 3.4 §5.2.12."""

_ESME_TYPES: Final = frozenset((0x00, 0x08, 0x10))
"""The message types that an ESME may give; the others are receipts, which only networks write (SMPP 3.4 §5.2.12)."""

_TYPE_BITS: Final = 0x3C
_RECEIPT_BITS: Final = 0x13
_REGISTERED_BITS: Final = 0x1F
_INTERMEDIATE_BIT: Final = 0x10
_FINAL_EVENTS: Final = (ReportOn.NOTHING, FINALS, ReportOn.FAILURE, ReportOn.SUCCESS)
"""What bits 0 and 1 of registered_delivery ask for, SMPP 3.4 §5.2.17; the last is SMPP 5.0's, which vendors had before."""

_HIGHEST_PRIORITY: Final = 3

_OURS: Final = frozenset(
    (
        Tag.MESSAGE_PAYLOAD,
        Tag.USER_MESSAGE_REFERENCE,
        Tag.QOS_TIME_TO_LIVE,
        Tag.RECEIPTED_MESSAGE_ID,
        Tag.MESSAGE_STATE,
        Tag.NETWORK_ERROR_CODE,
        Tag.DELIVERY_FAILURE_REASON,
        Tag.ADDITIONAL_STATUS_INFO_TEXT,
        Tag.DPF_RESULT,
        Tag.SC_INTERFACE_VERSION,
    )
)
"""TLVs that are not passed on: those that became fields of the submission, and those that no ESME may say."""


class Multi(msgspec.Struct, frozen=True, gc=False):
    """A submit_multi: one submission for each address that is one, with it as the ESME wrote it, and the others."""

    submissions: tuple[Submission, ...]
    addresses: tuple[UnsuccessSme, ...]
    """Where each submission goes, in the form in which its refusal is told; status still 0."""
    unsuccessful: tuple[UnsuccessSme, ...]


def read_submit_sm(body: SubmitSm, pdu: Pdu, system_id: str, now_ms: int) -> Submission | Status:
    """The submission that a submit_sm asks for, or the status that refuses it."""
    destination = _destination(body.destination_addr, body.dest_addr_ton, body.dest_addr_npi)
    if isinstance(destination, Status):
        return destination
    return _submission(body, pdu, destination, system_id, now_ms)


def read_data_sm(body: DataSm, pdu: Pdu, system_id: str, now_ms: int) -> Submission | Status:
    """The submission that a data_sm asks for. Its validity is the TLV qos_time_to_live, SMPP 3.4 §5.3.2.9."""
    asked = SubmitSm(
        service_type=body.service_type,
        source_addr_ton=body.source_addr_ton,
        source_addr_npi=body.source_addr_npi,
        source_addr=body.source_addr,
        dest_addr_ton=body.dest_addr_ton,
        dest_addr_npi=body.dest_addr_npi,
        destination_addr=body.destination_addr,
        esm_class=body.esm_class,
        registered_delivery=body.registered_delivery,
        data_coding=body.data_coding,
    )
    made = read_submit_sm(asked, pdu, system_id, now_ms)
    seconds = find_integer(pdu.tlvs, Tag.QOS_TIME_TO_LIVE)
    if isinstance(made, Status) or not seconds:
        return made
    return msgspec.structs.replace(
        made, expires_ms=now_ms + seconds * 1000, asks=(*made.asks, Right.VALIDITY)
    )


def read_submit_multi(body: SubmitMulti, pdu: Pdu, system_id: str, now_ms: int) -> Multi | Status:
    """The submissions that a submit_multi asks for. We keep no distribution lists: one of them refuses the whole."""
    submissions: list[Submission] = []
    addresses: list[UnsuccessSme] = []
    unsuccessful: list[UnsuccessSme] = []
    for one in body.dest_address:
        if isinstance(one, DistributionList):
            return Status.ESME_RINVDLNAME
        destination = _destination(one.destination_addr, one.dest_addr_ton, one.dest_addr_npi)
        if isinstance(destination, Status):
            unsuccessful.append(
                UnsuccessSme(one.destination_addr, destination, one.dest_addr_ton, one.dest_addr_npi)
            )
            continue
        if submissions:
            submissions.append(msgspec.structs.replace(submissions[0], destination=destination))
        else:
            first = _submission(body, pdu, destination, system_id, now_ms)
            if isinstance(first, Status):
                return first
            submissions.append(first)
        addresses.append(UnsuccessSme(one.destination_addr, 0, one.dest_addr_ton, one.dest_addr_npi))
    return Multi(tuple(submissions), tuple(addresses), tuple(unsuccessful))


def read_replace_sm(body: ReplaceSm, pdu: Pdu, message: Message, now_ms: int) -> Submission | Status:
    """The new text for a message that waits. It has the data_coding of the old one: replace_sm names none.

    A time that is not given stays as it is.
    """
    told = payload(pdu)
    if told.source is Source.BOTH:
        return Status.ESME_RINVMSGLEN
    times = _times(body, now_ms)
    if isinstance(times, Status):
        return times
    return Submission(
        destination=message.destination,
        source=message.source,
        octets=told.octets,
        data_coding=message.data_coding,
        udhi=message.udhi,
        due_ms=times[0],
        expires_ms=times[1],
        report=message.report,
    )


def _times(body: SubmitSm | SubmitMulti | ReplaceSm, now_ms: int) -> tuple[int, int] | Status:
    """When the message may go first and no more, Unix milliseconds, 0 where it is not said."""
    if not (body.schedule_delivery_time or body.validity_period):
        return 0, 0
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    try:
        due_ms = _moment(body.schedule_delivery_time, now)
    except BadTimeError:
        return Status.ESME_RINVSCHED
    try:
        return due_ms, _moment(body.validity_period, now)
    except BadTimeError:
        return Status.ESME_RINVEXPIRY


def _submission(
    body: SubmitSm | SubmitMulti, pdu: Pdu, destination: Address, system_id: str, now_ms: int
) -> Submission | Status:
    esm_class = body.esm_class
    registered = body.registered_delivery
    told = payload(pdu)
    problem = _problem(body, told.source) or (_header_problem(told.octets) if esm_class & UDHI else None)
    if problem is not None:
        return problem
    source = _source(body.source_addr, body.source_addr_ton, body.source_addr_npi)
    if isinstance(source, Status):
        return source
    asks = _ASKS[
        (source is not None)
        + 2 * (body.priority_flag > 0)
        + 4 * (body.validity_period != "")
        + 8 * (body.schedule_delivery_time != "")
        + 16 * (registered & _RECEIPT_BITS != 0)
    ]
    times = _times(body, now_ms)
    if isinstance(times, Status):
        return times
    tlvs = pdu.tlvs
    return Submission(
        destination=destination,
        source=source,
        octets=told.octets,
        data_coding=body.data_coding,
        udhi=bool(esm_class & UDHI),
        priority=body.priority_flag,
        due_ms=times[0],
        expires_ms=times[1],
        report=_wish(system_id, registered) if registered & _RECEIPT_BITS else NO_REPORT,
        reference=_reference(tlvs) if tlvs else "",
        tlvs=tuple([tlv for tlv in tlvs if tlv[0] not in _OURS]) if tlvs else (),
        options=_options(body),
        asks=asks,
        extras=_extras(tlvs) if tlvs else None,
    )


def _problem(body: SubmitSm | SubmitMulti, source: Source) -> Status | None:
    """What is wrong with the fields that need no more than a look."""
    if body.esm_class & _TYPE_BITS not in _ESME_TYPES:
        return Status.ESME_RINVESMCLASS
    if body.priority_flag > _HIGHEST_PRIORITY:
        return Status.ESME_RINVPRTFLG
    if body.registered_delivery & ~_REGISTERED_BITS:
        return Status.ESME_RINVREGDLVFLG
    if body.replace_if_present_flag > 1:
        return Status.ESME_RINVREPFLAG
    # SMPP 3.4 §5.3.2.32 wants one or the other; which of the two was meant cannot be told.
    return Status.ESME_RINVMSGLEN if source is Source.BOTH else None


def _header_problem(octets: bytes) -> Status | None:
    try:
        udh.parse(octets)
    except udh.BadUdh:
        return Status.ESME_RINVESMCLASS
    return None


def _destination(text: str, ton: int, npi: int) -> Address | Status:
    if ton > Ton.ABBREVIATED:
        return Status.ESME_RINVDSTTON
    if npi > Npi.WAP:
        return Status.ESME_RINVDSTNPI
    address = _number(text, ton, npi)
    return Status.ESME_RINVDSTADR if address is None else address


@lru_cache(maxsize=4096)
def _source(text: str, ton: int, npi: int) -> Address | Status | None:
    """The sender as it came, a number of international type without its prefix; None where the ESME gave none."""
    if ton > Ton.ABBREVIATED:
        return Status.ESME_RINVSRCTON
    if npi > Npi.WAP:
        return Status.ESME_RINVSRCNPI
    if not text:
        return None
    address = _number(text, ton, npi)
    if address is not None:
        return address
    # Many ESMEs give a name with the type of a number: a connector's own rules set that right.
    if len(text) <= MAX_ALPHANUMERIC and text.isascii() and text.isprintable():
        return Address(text, ton, npi)
    return Status.ESME_RINVSRCADR


def _number(text: str, ton: int, npi: int) -> Address | None:
    """1 to 20 digits. A plus makes a number international; behind that type, 00 says the same once more."""
    digits = text
    if ton <= Ton.INTERNATIONAL:
        if text.startswith("+"):
            digits, ton, npi = text[1:], Ton.INTERNATIONAL, npi or Npi.ISDN
        elif ton == Ton.INTERNATIONAL and text.startswith("00"):
            digits = text[2:]
    if digits.isdigit() and digits.isascii() and len(digits) <= MAX_DIGITS:
        return Address(digits, ton, npi)
    return None


@lru_cache(maxsize=4096)
def _wish(system_id: str, registered: int) -> ReportWish:
    events = _FINAL_EVENTS[registered & 3]
    if registered & _INTERMEDIATE_BIT:
        events |= ReportOn.INTERMEDIATE
    return ReportWish(Way.SMPP, events, "smpp", system_id)


def _extras(tlvs: tuple[Tlv, ...]) -> Extras | None:
    """The operator and the tariff of document 001's single connection; None where a client names neither."""
    network, tariff = network_told(tlvs), tariff_told(tlvs)
    return Extras(network=network, tariff=tariff) if network or tariff else None


def _options(body: SubmitSm | SubmitMulti) -> SmppOptions:
    told = (
        body.service_type,
        body.protocol_id,
        body.esm_class,
        body.replace_if_present_flag,
        body.sm_default_msg_id,
        body.registered_delivery,
    )
    return SmppOptions(*told) if any(told) else NO_OPTIONS


def _reference(tlvs: tuple[Tlv, ...]) -> str:
    reference = find_integer(tlvs, Tag.USER_MESSAGE_REFERENCE)
    return "" if reference is None else str(reference)


def _moment(text: str, now: datetime) -> int:
    """Unix milliseconds, 0 where nothing was said. Raises BadTimeError."""
    moment = parse_time(text, now)
    return 0 if moment is None else int(moment.timestamp() * 1000)


def _rights(bits: int) -> tuple[Right, ...]:
    rights = (
        Right.SOURCE_ADDRESS,
        Right.PRIORITY,
        Right.VALIDITY,
        Right.SCHEDULE,
        Right.RECEIPT_LEVEL,
    )
    return tuple(right for place, right in enumerate(rights) if bits >> place & 1)


_ASKS: Final = tuple(map(_rights, range(32)))
"""The rights that a request leans on, by a bit for each."""
