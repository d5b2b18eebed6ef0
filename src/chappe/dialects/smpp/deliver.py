"""From a notice to the PDUs that tell a client of it: receipts in its account's form, MOs in parts. Pure."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime
from typing import Final

from chappe.dialects.smpp.statuses import MESSAGE_STATES
from chappe.dialects.smpp.translate import UDHI
from chappe.domain.account import Account
from chappe.domain.error_table import ErrorTable
from chappe.domain.ids import id_time_ms
from chappe.domain.report import IncomingNotice, Notice, ReportOn, StatusNotice
from chappe.domain.state import State
from chappe.protocols.smpp.commands import Body, DataSm, DeliverSm
from chappe.protocols.smpp.message_states import MessageState, state_of_word
from chappe.protocols.smpp.receipts import Form, write
from chappe.protocols.smpp.tlvs import NETWORK_TAG, TARIFF_TAG, VENDOR_TAGS, Tag, Tlv, integer, text
from chappe.text import udh
from chappe.text.encodings import Charset, charset_of, data_coding_of, message_class
from chappe.text.gsm7 import Unencodable
from chappe.text.segments import TooManyParts, split, split_octets

Written = tuple[Body, tuple[Tlv, ...]]
"""One PDU: its body and its TLVs."""

NO_MAPS: Final = ErrorTable()
_RECEIPT: Final = 0x04
_INTERMEDIATE: Final = 0x20
_GSM_NETWORK: Final = 3
"""Network type of network_error_code, SMPP 3.4 §5.3.2.31."""

_MAX_SHORT_MESSAGE: Final = 254
_ON_THE_WAY: Final = frozenset({MessageState.ENROUTE, MessageState.ACCEPTED})
_OCTETS_ONLY: Final = frozenset({Charset.BINARY, Charset.PICTOGRAM})
_ERROR: Final = re.compile(r"[0-9A-Za-z]{3}")
_SHOWN: Final = frozenset(
    (
        Tag.SOURCE_PORT,
        Tag.DESTINATION_PORT,
        Tag.SOURCE_SUBADDRESS,
        Tag.DEST_SUBADDRESS,
        Tag.USER_RESPONSE_CODE,
        Tag.PRIVACY_INDICATOR,
        Tag.PAYLOAD_TYPE,
        Tag.CALLBACK_NUM,
        Tag.LANGUAGE_INDICATOR,
        Tag.ITS_SESSION_INFO,
        Tag.USSD_SERVICE_OP,
    )
)
"""TLVs of an MO that its client gets beside the vendors' own: those of deliver_sm, SMPP 3.4 §4.6.1.

Those that say which part it was are not among them: by now it is whole.
"""


def write_notice(
    notice: Notice, account: Account, message_id: str, *, tlvs: bool, errors: ErrorTable = NO_MAPS
) -> tuple[Written, ...]:
    """The PDUs for a notice, at least one. `message_id` is the id as the client knows it; `errors` are the operator's.

    Without `tlvs` (a client below SMPP 3.4) everything is said in mandatory fields.
    """
    if isinstance(notice, StatusNotice):
        return (write_receipt(notice, account, message_id, tlvs=tlvs, errors=errors),)
    # Batches are told of by HTTP only.
    assert isinstance(notice, IncomingNotice)
    return write_mo(notice, account, tlvs=tlvs)


# ---------------------------------------------------------------- receipts


def write_receipt(
    notice: StatusNotice, account: Account, message_id: str, *, tlvs: bool, errors: ErrorTable = NO_MAPS
) -> Written:
    """A receipt: from the subscriber to the sender, SMPP 3.4 Appendix B. Its dates are UTC.

    In the CM form `err` is a number of the standard table. A receipt in a data_sm needs message_payload, so that a client without TLVs gets a deliver_sm.
    """
    state = receipt_state(notice)
    form = Form(account.smpp_receipts)
    error = receipt_error(notice)
    accepted_ms = id_time_ms(notice.message_id)
    line = write(
        form,
        message_id=message_id,
        state=state,
        submitted=_date(accepted_ms),
        done=_date(notice.done_ms or notice.sent_ms or accepted_ms),
        err=standard_error(notice, errors) if form is Form.CM else error,
        text=notice.text,
    ).encode("ascii", "replace")
    told = _told(notice, message_id, state, error) if tlvs else ()
    if tlvs and form is Form.CM and notice.network:
        told = (*told, text(NETWORK_TAG, notice.network))
    source, destination = notice.destination, notice.source
    esm_class = _INTERMEDIATE if state in _ON_THE_WAY else _RECEIPT
    if tlvs and account.smpp_receipt_pdu == "data_sm":
        body: Body = DataSm(
            source_addr_ton=source.ton,
            source_addr_npi=source.npi,
            source_addr=source.value,
            dest_addr_ton=destination.ton,
            dest_addr_npi=destination.npi,
            destination_addr=destination.value,
            esm_class=esm_class,
        )
        return body, (*told, (Tag.MESSAGE_PAYLOAD, line))
    body = DeliverSm(
        source_addr_ton=source.ton,
        source_addr_npi=source.npi,
        source_addr=source.value,
        dest_addr_ton=destination.ton,
        dest_addr_npi=destination.npi,
        destination_addr=destination.value,
        esm_class=esm_class,
        short_message=line,
    )
    return body, told


def receipt_state(notice: StatusNotice) -> MessageState:
    """The state that a receipt tells; one on the way is as the network spelt it, if that is one of the two words."""
    if notice.event is ReportOn.INTERMEDIATE:
        spelt = state_of_word(notice.word)
        return spelt if spelt in _ON_THE_WAY else MessageState.ENROUTE
    if notice.event is ReportOn.SMSC and notice.state is State.SENT:
        return MessageState.ACCEPTED
    return MESSAGE_STATES[notice.state]


def receipt_error(notice: StatusNotice) -> str:
    """Three characters: the network's error, else the SMSC's command_status, else 000; 999 for a longer number."""
    error = notice.error.strip()
    if error.isascii() and error.isdigit():
        return f"{min(int(error[:9]), 999):03}"
    if _ERROR.fullmatch(error):
        return error
    return f"{min(notice.command_status, 999):03}"


def standard_error(notice: StatusNotice, errors: ErrorTable) -> str:
    """Three digits: the standard error of document 001, 000 for none."""
    found = errors.find(
        notice.connector, notice.state, error=notice.error, word=notice.word, status=notice.command_status
    )
    return "000" if found is None else f"{found.number:03}"


def error_octet(error: str) -> int:
    """A network's error as the one octet of query_sm_resp, SMPP 3.4 §4.8.2; 0 for what is no such number."""
    number = int(error) if error.isascii() and error.isdigit() and len(error) <= 3 else 0
    return number if number <= 0xFF else 0


def _told(notice: StatusNotice, message_id: str, state: MessageState, error: str) -> tuple[Tlv, ...]:
    told = [text(Tag.RECEIPTED_MESSAGE_ID, message_id), integer(Tag.MESSAGE_STATE, state)]
    if notice.smsc_id and error.isdigit() and error != "000":
        told.append((Tag.NETWORK_ERROR_CODE, bytes((_GSM_NETWORK,)) + int(error).to_bytes(2, "big")))
    if notice.reference.isascii() and notice.reference.isdigit() and int(notice.reference) <= 0xFFFF:
        told.append(integer(Tag.USER_MESSAGE_REFERENCE, int(notice.reference)))
    return tuple(told)


def _date(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, UTC)


# ---------------------------------------------------------------- MOs


def write_mo(notice: IncomingNotice, account: Account, *, tlvs: bool) -> tuple[Written, ...]:
    """An MO: one deliver_sm, or one for each part with a UDH of 8-bit reference, GSM 03.40 §9.2.3.24.1.

    A text is written anew in the coding that its data_coding means to this client, as UCS-2 where that lacks a
    character; octets and messages with a header of their own are passed on as they came.
    """
    kept = tuple([tlv for tlv in notice.tlvs if tlv[0] in VENDOR_TAGS or tlv[0] in _SHOWN]) if tlvs else ()
    if kept and account.smpp_receipts == Form.CM.value:
        # Document 001: "not yet used for deliver_sm".
        kept = tuple([tlv for tlv in kept if tlv[0] != TARIFF_TAG])
    if notice.udhi:
        return (_whole(notice, UDHI, notice.data_coding, notice.octets, kept),)
    data_coding, parts = _parts(notice, account)
    if len(parts) == 1:
        return (_whole(notice, 0, data_coding, parts[0], kept),)
    # The same message gets the same reference however often it is handed over, so that repeats are seen as such.
    reference = zlib.crc32(notice.message_id.to_bytes(8, "big")) & 0xFF
    return tuple(
        (_mo_body(notice, UDHI, data_coding, udh.concat8(reference, len(parts), number) + part), kept)
        for number, part in enumerate(parts, 1)
    )


def _parts(notice: IncomingNotice, account: Account) -> tuple[int, list[bytes]]:
    data_coding = notice.data_coding
    charset = charset_of(data_coding, Charset(account.smpp_default_charset))
    try:
        if notice.text is None or charset in _OCTETS_ONLY:
            return data_coding, split_octets(notice.octets)
        try:
            return data_coding, split(notice.text, charset)
        except Unencodable:
            coding = data_coding_of(Charset.UCS2, message_class(data_coding))
            return coding, split(notice.text, Charset.UCS2)
    except TooManyParts:
        return data_coding, [notice.octets]


def _whole(
    notice: IncomingNotice, esm_class: int, data_coding: int, octets: bytes, kept: tuple[Tlv, ...]
) -> Written:
    if len(octets) > _MAX_SHORT_MESSAGE:
        body = _mo_body(notice, esm_class, data_coding, b"")
        return body, (*kept, (Tag.MESSAGE_PAYLOAD, octets))
    return _mo_body(notice, esm_class, data_coding, octets), kept


def _mo_body(notice: IncomingNotice, esm_class: int, data_coding: int, octets: bytes) -> DeliverSm:
    source, destination = notice.source, notice.destination
    return DeliverSm(
        service_type=notice.service_type,
        source_addr_ton=source.ton,
        source_addr_npi=source.npi,
        source_addr=source.value,
        dest_addr_ton=destination.ton,
        dest_addr_npi=destination.npi,
        destination_addr=destination.value,
        esm_class=esm_class,
        protocol_id=notice.protocol_id,
        priority_flag=notice.priority,
        data_coding=data_coding,
        short_message=octets,
    )
