"""The few PDUs that make nearly all traffic, read and written by hand: submit_sm, deliver_sm, their responses.
Each function returns None for anything out of the ordinary, and codec.py then goes by the tables.
"""

from struct import Struct, error

from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import (
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    MessageResp,
    ShortMessage,
    SubmitSm,
    SubmitSmResp,
)
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.tlvs import Tlv, read_tlvs, write_tlvs

HEADER = Struct(">IIII")
"""command_length, command_id, command_status, sequence_number: SMPP 3.4 §3.2.1."""
HEADER_SIZE = 16

_pack_header = HEADER.pack
# esm_class, protocol_id, priority_flag; the two NULs of empty times; registered_delivery,
# replace_if_present_flag, data_coding, sm_default_msg_id, sm_length.
_read_middle = Struct(">BBBHBBBBB").unpack_from
_MIDDLE = 10
# Each of these brings the NULs of the strings around it.
_pack_first = Struct(">IIIIxBB").pack
_pack_second = Struct(">xBB").pack
_pack_middle = Struct(">xBBBxxBBBBB").pack
_SHORTEST = 33
"""Octets of a submit_sm whose every string is empty."""
_join = b"".join
_SUBMIT_SM = int(Command.SUBMIT_SM)
_SUBMIT_SM_RESP = int(Command.SUBMIT_SM_RESP)
_DELIVER_SM_RESP = int(Command.DELIVER_SM_RESP)


def read_short_message(frame: bytes, command: int, status: int, sequence: int) -> Pdu | None:
    """A submit_sm or deliver_sm without times. Raises TlvError alone."""
    # Latin-1 makes one character of each octet: one conversion, then slices of it are the strings.
    text = str(frame, "latin-1")
    find = text.find
    first = find("\0", HEADER_SIZE)
    second = find("\0", first + 3)
    third = find("\0", second + 3)
    try:
        esm, pid, priority, times, registered, replace, coding, predefined, length = _read_middle(
            frame, third + 1
        )
    except error:
        return None
    start = third + 1 + _MIDDLE
    end = start + length
    size = len(frame)
    if (
        times
        or length > 254
        or end > size
        or not HEADER_SIZE <= first < second < third
        or first > HEADER_SIZE + 5
        or second - first > 23
        or third - second > 23
    ):
        return None
    body = (SubmitSm if command == _SUBMIT_SM else DeliverSm)(
        text[HEADER_SIZE:first],
        frame[first + 1],
        frame[first + 2],
        text[first + 3 : second],
        frame[second + 1],
        frame[second + 2],
        text[second + 3 : third],
        esm,
        pid,
        priority,
        "",
        "",
        registered,
        replace,
        coding,
        predefined,
        frame[start:end],
    )
    return Pdu(command, status, sequence, body, () if end == size else read_tlvs(frame, end))


def write_short_message(
    body: ShortMessage, status: int, sequence: int, tlvs: tuple[Tlv, ...]
) -> bytes | None:
    """A submit_sm or deliver_sm without service_type and times. Raises TlvError alone."""
    source = body.source_addr
    destination = body.destination_addr
    message = body.short_message
    length = len(message)
    if (
        body.service_type
        or body.schedule_delivery_time
        or body.validity_period
        or len(source) > 20
        or len(destination) > 20
        or "\0" in source
        or "\0" in destination
        or length > 254
    ):
        return None
    if tlvs:
        message += write_tlvs(tlvs)
    try:
        return _join(
            (
                _pack_first(
                    _SHORTEST + len(source) + len(destination) + len(message),
                    body.command,
                    status,
                    sequence,
                    body.source_addr_ton,
                    body.source_addr_npi,
                ),
                source.encode("latin-1"),
                _pack_second(body.dest_addr_ton, body.dest_addr_npi),
                destination.encode("latin-1"),
                _pack_middle(
                    body.esm_class,
                    body.protocol_id,
                    body.priority_flag,
                    body.registered_delivery,
                    body.replace_if_present_flag,
                    body.data_coding,
                    body.sm_default_msg_id,
                    length,
                ),
                message,
            )
        )
    except (UnicodeEncodeError, error):
        return None


def read_message_resp(frame: bytes, command: int, status: int, sequence: int) -> Pdu | None:
    """A submit_sm_resp, deliver_sm_resp or data_sm_resp of a message_id alone."""
    last = len(frame) - 1
    if frame.find(0, HEADER_SIZE) != last:
        return None
    message_id = str(frame[HEADER_SIZE:last], "latin-1")
    if command == _SUBMIT_SM_RESP:
        return Pdu(command, status, sequence, SubmitSmResp(message_id))
    return Pdu(
        command,
        status,
        sequence,
        DeliverSmResp(message_id) if command == _DELIVER_SM_RESP else DataSmResp(message_id),
    )


def write_message_resp(body: MessageResp, sequence: int) -> bytes | None:
    """A response of a message_id alone, of status 0 and without TLVs."""
    message_id = body.message_id
    if len(message_id) > 64 or "\0" in message_id:
        return None
    try:
        text = message_id.encode("latin-1")
    except UnicodeEncodeError:
        return None
    return b"%b%b\0" % (_pack_header(HEADER_SIZE + 1 + len(text), body.command, 0, sequence), text)
