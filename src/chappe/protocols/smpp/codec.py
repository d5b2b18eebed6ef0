"""PDUs to octets and back: the tables of commands.py interpreted, behind the hand-written hotpath.py.
A frame is one whole PDU, cut out by framing.py; no state of a session is known here.
"""

from struct import error
from typing import Any

from chappe.protocols.smpp.command_ids import RESPONSE, Command
from chappe.protocols.smpp.commands import BODIES, Body, DeliverSm, MessageResp, SubmitSm
from chappe.protocols.smpp.fields import Field, FieldError
from chappe.protocols.smpp.hotpath import (
    HEADER,
    HEADER_SIZE,
    read_message_resp,
    read_short_message,
    write_message_resp,
    write_short_message,
)
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.statuses import Status
from chappe.protocols.smpp.tlvs import Tlv, TlvError, read_tlvs, write_tlvs

_read_header = HEADER.unpack_from
_SHORT_MESSAGES = frozenset((int(Command.SUBMIT_SM), int(Command.DELIVER_SM)))
_MESSAGE_RESPS = frozenset(
    (int(Command.SUBMIT_SM_RESP), int(Command.DELIVER_SM_RESP), int(Command.DATA_SM_RESP))
)


class DecodeError(ValueError):
    """A sound frame that cannot be read: unknown command, bad field, bad TLV. The stream itself is in order.

    `error` is the command_status to answer a request with; `status`, `sequence` and `command` are the header's.
    """

    def __init__(self, reason: str, *, error: int, command: int, status: int, sequence: int) -> None:
        super().__init__(reason)
        self.error = error
        self.command = command
        self.status = status
        self.sequence = sequence


class EncodeError(ValueError):
    """A value that SMPP 3.4 has no octets for: our own mistake, nothing was sent."""


def decode(frame: bytes) -> Pdu:
    """The PDU in a frame of one whole PDU, header included.

    Responses are read leniently, since nobody may answer them: a body may be absent whatever the status, a last
    NUL may be missing, strings may be too long, TLVs of a wrong length are kept and a torn one is ignored.
    Raises DecodeError.
    """
    try:
        length, command, status, sequence = _read_header(frame)
    except error:
        length = command = status = sequence = 0
    if length != len(frame):
        raise DecodeError(
            "command_length is not the frame's length",
            error=Status.ESME_RINVCMDLEN,
            command=command,
            status=status,
            sequence=sequence,
        )
    pdu: Pdu | None = None
    try:
        if command in _SHORT_MESSAGES:
            pdu = read_short_message(frame, command, status, sequence)
        elif command in _MESSAGE_RESPS:
            pdu = read_message_resp(frame, command, status, sequence)
        return decode_by_table(frame, command, status, sequence) if pdu is None else pdu
    except (FieldError, TlvError) as bad:
        raise DecodeError(
            str(bad), error=bad.status, command=command, status=status, sequence=sequence
        ) from None


def decode_by_table(frame: bytes, command: int, status: int, sequence: int) -> Pdu:
    """What `decode` does for every command by its layout. Raises FieldError and TlvError, their status set."""
    kind = BODIES.get(command)
    if kind is None:
        raise FieldError("unknown command_id", Status.ESME_RINVCMDID)
    lenient = command >= RESPONSE
    if lenient and len(frame) == HEADER_SIZE:
        return Pdu(command, status, sequence, kind())
    at = HEADER_SIZE
    values: list[Any] = []
    for field in kind.layout:
        try:
            value, at = field.kind.read(frame, at, lenient=lenient)
        except FieldError as bad:
            raise _named(field, bad) from None
        values.append(value)
    return Pdu(command, status, sequence, kind(*values), read_tlvs(frame, at, lenient=lenient))


def encode(pdu: Pdu) -> bytes:
    """The octets of a PDU, header included. Raises EncodeError."""
    if pdu.command != pdu.body.command:
        raise EncodeError("the command is not the body's")
    return encode_body(pdu.body, pdu.sequence, pdu.status, pdu.tlvs)


def encode_body(body: Body, sequence: int, status: int = 0, tlvs: tuple[Tlv, ...] = ()) -> bytes:
    """`encode` for those who have no Pdu and need none. Raises EncodeError."""
    frame: bytes | None = None
    try:
        # A subclass has no command of its own, so that the exact type is asked for: it costs half.
        if type(body) is SubmitSm or type(body) is DeliverSm:
            frame = write_short_message(body, status, sequence, tlvs)
        elif isinstance(body, MessageResp) and not tlvs and not status:
            frame = write_message_resp(body, sequence)
        return encode_by_table(body, sequence, status, tlvs) if frame is None else frame
    except (FieldError, TlvError) as bad:
        raise EncodeError(str(bad)) from None
    except error:
        raise EncodeError(f"status {status} or sequence_number {sequence} does not fit") from None


def encode_by_table(body: Body, sequence: int, status: int, tlvs: tuple[Tlv, ...]) -> bytes:
    """What `encode_body` does for every command by its layout. Raises FieldError, TlvError and struct.error."""
    if status and not tlvs and body.omitted_on_error and body == type(body)():
        return HEADER.pack(HEADER_SIZE, body.command, status, sequence)
    parts: list[bytes] = []
    for field in body.layout:
        try:
            parts.append(field.kind.write(getattr(body, field.name)))
        except FieldError as bad:
            raise _named(field, bad) from None
    parts.append(write_tlvs(tlvs))
    octets = b"".join(parts)
    return HEADER.pack(HEADER_SIZE + len(octets), body.command, status, sequence) + octets


def _named(field: Field, bad: FieldError) -> FieldError:
    return FieldError(f"{field.name}: {bad}", bad.status or field.status)
