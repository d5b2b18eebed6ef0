"""Every command of SMPP 3.4 §4: its body as a value, and beside it the table of its fields.
A body's class is its command; how the table becomes octets stands in codec.py.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

import msgspec

from chappe.protocols.smpp import destinations, rows
from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.fields import COctet, Field
from chappe.protocols.smpp.statuses import Status


class Body(msgspec.Struct, frozen=True, gc=False):
    """The mandatory fields of one PDU, under SMPP's own names and with its defaults.

    Strings are Latin-1 without their NUL. `sm_length`, `number_of_dests` and `no_unsuccess` are no fields here:
    they follow from the values they count.
    """

    command: ClassVar[int]
    layout: ClassVar[tuple[Field, ...]] = ()
    # "The body is not returned if command_status is not 0": SMPP 3.4 says it of some responses only.
    omitted_on_error: ClassVar[bool] = False


class Bind(Body, frozen=True, gc=False):
    """What the three binds have in common, SMPP 3.4 §4.1.1."""

    layout: ClassVar[tuple[Field, ...]] = (
        rows.SYSTEM_ID,
        rows.PASSWORD,
        Field("system_type", COctet(13), Status.ESME_RINVSYSTYP),
        Field("interface_version", rows.OCTET, Status.ESME_RSYSERR),
        Field("addr_ton", rows.OCTET, Status.ESME_RSYSERR),
        Field("addr_npi", rows.OCTET, Status.ESME_RSYSERR),
        Field("address_range", COctet(41), Status.ESME_RSYSERR),
    )
    system_id: str = ""
    password: str = ""
    system_type: str = ""
    interface_version: int = 0x34
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""


class BindTransmitter(Bind, frozen=True, gc=False):
    """SMPP 3.4 §4.1.1"""

    command: ClassVar[int] = Command.BIND_TRANSMITTER


class BindReceiver(Bind, frozen=True, gc=False):
    """SMPP 3.4 §4.1.3"""

    command: ClassVar[int] = Command.BIND_RECEIVER


class BindTransceiver(Bind, frozen=True, gc=False):
    """SMPP 3.4 §4.1.5"""

    command: ClassVar[int] = Command.BIND_TRANSCEIVER


class BindResp(Body, frozen=True, gc=False):
    """What the answers to the three binds have in common, SMPP 3.4 §4.1.2."""

    layout: ClassVar[tuple[Field, ...]] = (rows.SYSTEM_ID,)
    omitted_on_error: ClassVar[bool] = True
    system_id: str = ""


class BindTransmitterResp(BindResp, frozen=True, gc=False):
    """SMPP 3.4 §4.1.2"""

    command: ClassVar[int] = Command.BIND_TRANSMITTER_RESP


class BindReceiverResp(BindResp, frozen=True, gc=False):
    """SMPP 3.4 §4.1.4"""

    command: ClassVar[int] = Command.BIND_RECEIVER_RESP


class BindTransceiverResp(BindResp, frozen=True, gc=False):
    """SMPP 3.4 §4.1.6"""

    command: ClassVar[int] = Command.BIND_TRANSCEIVER_RESP


class Outbind(Body, frozen=True, gc=False):
    """SMPP 3.4 §4.1.7; has no response."""

    command: ClassVar[int] = Command.OUTBIND
    layout: ClassVar[tuple[Field, ...]] = (rows.SYSTEM_ID, rows.PASSWORD)
    system_id: str = ""
    password: str = ""


class Unbind(Body, frozen=True, gc=False):
    """SMPP 3.4 §4.2.1"""

    command: ClassVar[int] = Command.UNBIND


class UnbindResp(Body, frozen=True, gc=False):
    """SMPP 3.4 §4.2.2"""

    command: ClassVar[int] = Command.UNBIND_RESP


class GenericNack(Body, frozen=True, gc=False):
    """SMPP 3.4 §4.3.1"""

    command: ClassVar[int] = Command.GENERIC_NACK


class ShortMessage(Body, frozen=True, gc=False):
    """What submit_sm and deliver_sm have in common: all of it, SMPP 3.4 §4.4.1 and §4.6.1."""

    layout: ClassVar[tuple[Field, ...]] = (
        rows.SERVICE_TYPE,
        rows.SOURCE_TON,
        rows.SOURCE_NPI,
        rows.SOURCE,
        rows.DEST_TON,
        rows.DEST_NPI,
        rows.DEST,
        *rows.FROM_ESM_CLASS,
    )
    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""


class SubmitSm(ShortMessage, frozen=True, gc=False):
    """SMPP 3.4 §4.4.1"""

    command: ClassVar[int] = Command.SUBMIT_SM


class DeliverSm(ShortMessage, frozen=True, gc=False):
    """SMPP 3.4 §4.6.1"""

    command: ClassVar[int] = Command.DELIVER_SM


class MessageResp(Body, frozen=True, gc=False):
    """The answers that hold a message_id and nothing else."""

    layout: ClassVar[tuple[Field, ...]] = (rows.MESSAGE,)
    message_id: str = ""


class SubmitSmResp(MessageResp, frozen=True, gc=False):
    """SMPP 3.4 §4.4.2"""

    command: ClassVar[int] = Command.SUBMIT_SM_RESP
    omitted_on_error: ClassVar[bool] = True


class DeliverSmResp(MessageResp, frozen=True, gc=False):
    """SMPP 3.4 §4.6.2: message_id is unused and NULL; some peers fill it, so it is read like any other."""

    command: ClassVar[int] = Command.DELIVER_SM_RESP


class DataSmResp(MessageResp, frozen=True, gc=False):
    """SMPP 3.4 §4.7.2"""

    command: ClassVar[int] = Command.DATA_SM_RESP


class SubmitMulti(Body, frozen=True, gc=False):
    """SMPP 3.4 §4.5.1"""

    command: ClassVar[int] = Command.SUBMIT_MULTI
    layout: ClassVar[tuple[Field, ...]] = (
        rows.SERVICE_TYPE,
        rows.SOURCE_TON,
        rows.SOURCE_NPI,
        rows.SOURCE,
        Field("dest_address", destinations.Destinations(), Status.ESME_RINVNUMDESTS),
        *rows.FROM_ESM_CLASS,
    )
    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_address: tuple[destinations.SmeAddress | destinations.DistributionList, ...] = ()
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""


class SubmitMultiResp(Body, frozen=True, gc=False):
    """SMPP 3.4 §4.5.2"""

    command: ClassVar[int] = Command.SUBMIT_MULTI_RESP
    layout: ClassVar[tuple[Field, ...]] = (
        rows.MESSAGE,
        Field("unsuccess_sme", destinations.Unsuccessful(), Status.ESME_RSYSERR),
    )
    message_id: str = ""
    unsuccess_sme: tuple[destinations.UnsuccessSme, ...] = ()


class DataSm(Body, frozen=True, gc=False):
    """SMPP 3.4 §4.7.1; the text is in the TLV message_payload."""

    command: ClassVar[int] = Command.DATA_SM
    layout: ClassVar[tuple[Field, ...]] = (
        rows.SERVICE_TYPE,
        rows.SOURCE_TON,
        rows.SOURCE_NPI,
        Field("source_addr", rows.LONG_ADDRESS, Status.ESME_RINVSRCADR),
        rows.DEST_TON,
        rows.DEST_NPI,
        Field("destination_addr", rows.LONG_ADDRESS, Status.ESME_RINVDSTADR),
        rows.ESM_CLASS,
        rows.REGISTERED,
        rows.DATA_CODING,
    )
    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    registered_delivery: int = 0
    data_coding: int = 0


class QuerySm(Body, frozen=True, gc=False):
    """SMPP 3.4 §4.8.1"""

    command: ClassVar[int] = Command.QUERY_SM
    layout: ClassVar[tuple[Field, ...]] = (rows.MESSAGE, rows.SOURCE_TON, rows.SOURCE_NPI, rows.SOURCE)
    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""


class QuerySmResp(Body, frozen=True, gc=False):
    """SMPP 3.4 §4.8.2"""

    command: ClassVar[int] = Command.QUERY_SM_RESP
    layout: ClassVar[tuple[Field, ...]] = (
        rows.MESSAGE,
        Field("final_date", rows.TIME, Status.ESME_RQUERYFAIL),
        Field("message_state", rows.OCTET, Status.ESME_RQUERYFAIL),
        Field("error_code", rows.OCTET, Status.ESME_RQUERYFAIL),
    )
    message_id: str = ""
    final_date: str = ""
    message_state: int = 0
    error_code: int = 0


class CancelSm(Body, frozen=True, gc=False):
    """SMPP 3.4 §4.9.1"""

    command: ClassVar[int] = Command.CANCEL_SM
    layout: ClassVar[tuple[Field, ...]] = (
        rows.SERVICE_TYPE,
        rows.MESSAGE,
        rows.SOURCE_TON,
        rows.SOURCE_NPI,
        rows.SOURCE,
        rows.DEST_TON,
        rows.DEST_NPI,
        rows.DEST,
    )
    service_type: str = ""
    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""


class CancelSmResp(Body, frozen=True, gc=False):
    """SMPP 3.4 §4.9.2"""

    command: ClassVar[int] = Command.CANCEL_SM_RESP


class ReplaceSm(Body, frozen=True, gc=False):
    """SMPP 3.4 §4.10.1"""

    command: ClassVar[int] = Command.REPLACE_SM
    layout: ClassVar[tuple[Field, ...]] = (
        rows.MESSAGE,
        rows.SOURCE_TON,
        rows.SOURCE_NPI,
        rows.SOURCE,
        rows.SCHEDULE,
        rows.VALIDITY,
        rows.REGISTERED,
        rows.PREDEFINED,
        rows.SHORT_MESSAGE,
    )
    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""


class ReplaceSmResp(Body, frozen=True, gc=False):
    """SMPP 3.4 §4.10.2"""

    command: ClassVar[int] = Command.REPLACE_SM_RESP


class EnquireLink(Body, frozen=True, gc=False):
    """SMPP 3.4 §4.11.1"""

    command: ClassVar[int] = Command.ENQUIRE_LINK


class EnquireLinkResp(Body, frozen=True, gc=False):
    """SMPP 3.4 §4.11.2"""

    command: ClassVar[int] = Command.ENQUIRE_LINK_RESP


class AlertNotification(Body, frozen=True, gc=False):
    """SMPP 3.4 §4.12.1; has no response."""

    command: ClassVar[int] = Command.ALERT_NOTIFICATION
    layout: ClassVar[tuple[Field, ...]] = (
        rows.SOURCE_TON,
        rows.SOURCE_NPI,
        Field("source_addr", rows.LONG_ADDRESS, Status.ESME_RINVSRCADR),
        Field("esme_addr_ton", rows.OCTET, Status.ESME_RSYSERR),
        Field("esme_addr_npi", rows.OCTET, Status.ESME_RSYSERR),
        Field("esme_addr", rows.LONG_ADDRESS, Status.ESME_RSYSERR),
    )
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    esme_addr_ton: int = 0
    esme_addr_npi: int = 0
    esme_addr: str = ""


_BINDS = (BindTransmitter, BindReceiver, BindTransceiver, Outbind, Unbind)
_BIND_RESPS = (BindTransmitterResp, BindReceiverResp, BindTransceiverResp, UnbindResp)
_LINK = (GenericNack, EnquireLink, EnquireLinkResp, AlertNotification)
_MESSAGES = (
    SubmitSm,
    SubmitSmResp,
    SubmitMulti,
    SubmitMultiResp,
    DeliverSm,
    DeliverSmResp,
    DataSm,
    DataSmResp,
)
_LATER = (QuerySm, QuerySmResp, CancelSm, CancelSmResp, ReplaceSm, ReplaceSmResp)
_ALL: tuple[type[Body], ...] = (*_BINDS, *_BIND_RESPS, *_LINK, *_MESSAGES, *_LATER)
BODIES: Mapping[int, type[Body]] = MappingProxyType({int(body.command): body for body in _ALL})
"""Every command_id and the class of its body."""
