"""What an SMSC sends us as values: deliver_sm or data_sm becomes a Receipt or an Arrival. Pure; nothing is stored or answered."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from chappe.connectors.smpp.settings import SmppSettings
from chappe.domain.address import Address
from chappe.domain.incoming import Arrival, PartSet
from chappe.domain.receipt import Receipt
from chappe.domain.state import State
from chappe.protocols.smpp import receipts
from chappe.protocols.smpp.commands import DataSm, DeliverSm
from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.pdu import Payload, Pdu, Source, payload
from chappe.protocols.smpp.receipts import ReceiptFields
from chappe.protocols.smpp.statuses import Status
from chappe.protocols.smpp.tlvs import Tag, Tlv, find_integer, find_text, network_told
from chappe.text import gsm7, udh
from chappe.text.encodings import Charset, charset_of, decode_text

_UDHI: Final = 0x40
_TYPE_BITS: Final = 0x3C
_RAW: Final = 255
_OWN: Final = frozenset(
    (
        int(Tag.MESSAGE_PAYLOAD),
        int(Tag.SAR_MSG_REF_NUM),
        int(Tag.SAR_TOTAL_SEGMENTS),
        int(Tag.SAR_SEGMENT_SEQNUM),
    )
)
"""TLVs whose meaning an Arrival has in fields of its own."""
_CONCATENATIONS: Final[Mapping[tuple[int, int], str]] = MappingProxyType(
    {(udh.CONCATENATION_8, 3): "udh8", (udh.CONCATENATION_16, 4): "udh16"}
)
_KINDS: Final[Mapping[int, str]] = MappingProxyType({8: "udh8", 16: "udh16"})

STATES: Mapping[MessageState, State | None] = MappingProxyType(
    {
        MessageState.SCHEDULED: None,
        MessageState.ENROUTE: None,
        MessageState.ACCEPTED: None,
        MessageState.DELIVERED: State.DELIVERED,
        MessageState.EXPIRED: State.EXPIRED,
        # Taken out of the SMSC's queue by the network: "cancelled" is for what our own client asked for.
        MessageState.DELETED: State.UNDELIVERED,
        MessageState.UNDELIVERABLE: State.UNDELIVERED,
        MessageState.UNKNOWN: State.UNKNOWN,
        MessageState.REJECTED: State.REJECTED,
        MessageState.SKIPPED: State.UNDELIVERED,
    }
)
"""What each message_state means for the message; None for those that are not final."""


class Read(msgspec.Struct, frozen=True):
    """What one PDU is. Without a `value` it is to be refused with `status` at once.

    `otherwise` goes with a receipt that is not sure to be one. `oddities` are names to count.
    """

    value: Receipt | Arrival | None
    status: int = 0
    otherwise: Arrival | None = None
    oddities: tuple[str, ...] = ()


class _UserData(msgspec.Struct, frozen=True, gc=False):
    """Octets behind their header, and which part of what they are."""

    octets: bytes
    charset: Charset
    header: bytes = b""
    part: tuple[str, int, int, int] | None = None
    """Kind, reference, total, number."""
    oddities: tuple[str, ...] = ()


class Reader:
    """Reads what comes in by one connector's settings; never raises for any PDU that could be decoded."""

    def __init__(self, settings: SmppSettings, *, connector: str, group: str) -> None:
        """`group` is the key space that receipts and part sets belong to."""
        self._settings = settings
        self._connector = connector
        self._group = group

    def read(self, pdu: Pdu, received_ms: int) -> Read:
        """One deliver_sm or data_sm; anything else is refused with ESME_RINVCMDID."""
        body = pdu.body
        if not isinstance(body, DeliverSm | DataSm):
            return Read(None, Status.ESME_RINVCMDID)
        found = payload(pdu)
        if receipts.looks_like(body.esm_class):
            return self._receipt(pdu, body, found, received_ms)
        if found.source is Source.BOTH and not self._settings.prefer_payload:
            return Read(None, Status.ESME_RINVMSGLEN, oddities=("both_payloads",))
        arrival, oddities = self._arrival(pdu, body, found.octets, received_ms)
        if self._settings.receipts_without_flag and not body.esm_class & _TYPE_BITS:
            fields, text = self._fields(pdu, body, found.octets)
            if fields is not None:
                receipt = self._filled(body, fields, text, received_ms, pdu.tlvs, sure=False)
                return Read(receipt, otherwise=arrival, oddities=oddities)
        return Read(arrival, oddities=oddities)

    # ------------------------------------------------------------ receipts

    def _receipt(self, pdu: Pdu, body: DeliverSm | DataSm, found: Payload, received_ms: int) -> Read:
        fields, text = self._fields(pdu, body, found.octets)
        if fields is None:
            # Nothing is lost: it waits among those that no message is known for, for people to look at.
            smsc_id = find_text(pdu.tlvs, Tag.RECEIPTED_MESSAGE_ID) or ""
            receipt = Receipt(
                group=self._group,
                connector=self._connector,
                smsc_id=smsc_id,
                state=None,
                word="",
                error="",
                source=_source(body),
                destination=_destination(body),
                received_ms=received_ms,
                raw=text[:_RAW],
            )
            return Read(receipt, oddities=("unreadable_receipt",))
        oddities: tuple[str, ...] = ()
        if fields.conflict:
            oddities = ("receipt_text_and_tlvs_differ",)
        if fields.state is None:
            oddities += ("receipt_of_unknown_state",)
        return Read(self._filled(body, fields, text, received_ms, pdu.tlvs), oddities=oddities)

    def _fields(self, pdu: Pdu, body: DeliverSm | DataSm, octets: bytes) -> tuple[ReceiptFields | None, str]:
        """What a receipt says, and its text.

        It is read as ASCII whatever the SMSC's default alphabet: ids with an underscore or an at sign are written
        so by those SMSCs too whose texts are GSM 03.38.
        """
        if body.esm_class & _UDHI:
            octets = _behind_header(octets)
        wins = self._settings.prefer_text_over_tlvs
        charset = charset_of(body.data_coding, self._settings.default_charset)
        if charset is Charset.UCS2:
            text = _decoded(octets, Charset.UCS2_LE if self._settings.utf16_le else charset)
        else:
            text = _decoded(octets)
        fields = receipts.read(text, pdu.tlvs, text_wins=wins)
        if fields is None and charset is Charset.GSM7_PACKED:
            text = _decoded(octets, charset)
            fields = receipts.read(text, pdu.tlvs, text_wins=wins)
        return fields, text

    def _filled(
        self,
        body: DeliverSm | DataSm,
        fields: ReceiptFields,
        text: str,
        received_ms: int,
        tlvs: tuple[Tlv, ...],
        *,
        sure: bool = True,
    ) -> Receipt:
        state = None if fields.state is None else STATES[fields.state]
        if receipts.is_intermediate(body.esm_class):
            # Of an intermediate notification nothing is final, SMPP 3.4 §5.2.12.
            state = None
        return Receipt(
            self._group,
            self._connector,
            fields.id,
            state,
            fields.stat,
            fields.err,
            _source(body),
            _destination(body),
            received_ms,
            fields.sub,
            fields.dlvrd,
            fields.submit_date,
            fields.done_date,
            fields.text,
            text[:_RAW],
            sure,
            network_told(tlvs) if tlvs else "",
        )

    # ------------------------------------------------------------ MOs

    def _arrival(
        self, pdu: Pdu, body: DeliverSm | DataSm, octets: bytes, received_ms: int
    ) -> tuple[Arrival, tuple[str, ...]]:
        data = self._user_data(pdu, body, octets)
        source, destination = _source(body), _destination(body)
        part_set, number = None, 0
        if data.part is not None:
            kind, reference, total, number = data.part
            part_set = PartSet(self._group, source.value, destination.value, kind, reference, total)
        deliver = body if isinstance(body, DeliverSm) else None
        arrival = Arrival(
            self._group,
            self._connector,
            source,
            destination,
            data.octets,
            data.charset.value,
            body.data_coding,
            received_ms,
            body.esm_class,
            data.header,
            part_set,
            number,
            deliver.priority_flag if deliver else 0,
            deliver.protocol_id if deliver else 0,
            body.service_type,
            deliver.validity_period if deliver else "",
            tuple(tlv for tlv in pdu.tlvs if tlv[0] not in _OWN) if pdu.tlvs else (),
            pdu.sequence,
        )
        return arrival, data.oddities

    def _user_data(self, pdu: Pdu, body: DeliverSm | DataSm, octets: bytes) -> _UserData:
        charset = charset_of(body.data_coding, self._settings.default_charset)
        if charset is Charset.UCS2 and self._settings.utf16_le:
            charset = Charset.UCS2_LE
        oddities: tuple[str, ...] = ()
        header = b""
        part = None
        announced = bool(body.esm_class & _UDHI)
        if announced or (self._settings.sniff_udh and udh.sniff(octets)):
            if not announced:
                oddities = ("udh_not_announced",)
            try:
                elements, behind = udh.parse(octets)
            except udh.BadUdh:
                # Reliability E2: what says that it has a header and has none is kept as it came.
                return _UserData(octets, Charset.BINARY, oddities=("bad_udh",))
            header = octets[: len(octets) - len(behind)]
            octets = behind
            part = _part_of(elements)
        if part is None and pdu.tlvs:
            part = _sar(pdu)
        if part is not None and part[2:] == (1, 1):
            part = None
        if charset is Charset.GSM7_PACKED:
            # Where the septets begin depends on the header before them, which stays behind here.
            fill = udh.fill_bits(len(header)) if header else 0
            octets, charset = gsm7.unpack(octets, None, fill), Charset.GSM7
        return _UserData(octets, charset, header, part, oddities)


def _source(body: DeliverSm | DataSm) -> Address:
    return Address(body.source_addr, body.source_addr_ton, body.source_addr_npi)


def _destination(body: DeliverSm | DataSm) -> Address:
    return Address(body.destination_addr, body.dest_addr_ton, body.dest_addr_npi)


def _decoded(octets: bytes, charset: Charset = Charset.LATIN1) -> str:
    decoded = decode_text(octets, charset)
    return decoded.text if decoded is not None else str(octets, "latin-1")


def _behind_header(octets: bytes) -> bytes:
    try:
        return udh.parse(octets)[1]
    except udh.BadUdh:
        return octets


def _part_of(header: udh.Udh) -> tuple[str, int, int, int] | None:
    """Kind, reference, total and number; also of an element whose number cannot be, for the MO to be marked (E5)."""
    found = udh.concatenation(header)
    if found is not None:
        return _KINDS[found.bits], found.reference, found.total, found.number
    for element in header.elements:
        kind = _CONCATENATIONS.get((element.iei, len(element.data)))
        if kind is not None:
            *reference, total, number = element.data
            return kind, int.from_bytes(bytes(reference), "big"), total, number
    return None


def _sar(pdu: Pdu) -> tuple[str, int, int, int] | None:
    """The same of the TLVs sar_*, which mean something only all three together (SMPP 3.4 §5.3.2.22)."""
    reference = find_integer(pdu.tlvs, Tag.SAR_MSG_REF_NUM)
    total = find_integer(pdu.tlvs, Tag.SAR_TOTAL_SEGMENTS)
    number = find_integer(pdu.tlvs, Tag.SAR_SEGMENT_SEQNUM)
    if reference is None or total is None or number is None:
        return None
    return "sar", reference, total, number
