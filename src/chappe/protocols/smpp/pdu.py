"""One PDU as a value: header, body, TLVs, and where its message text is.
How it becomes octets stands in codec.py; what is allowed when, in states.py.
"""

from enum import Enum

import msgspec

from chappe.protocols.smpp.command_ids import RESPONSE
from chappe.protocols.smpp.commands import Body, ReplaceSm, ShortMessage, SubmitMulti
from chappe.protocols.smpp.tlvs import Tag, Tlv, find


class Pdu(msgspec.Struct, frozen=True, gc=False):
    """A PDU of SMPP 3.4 §3.2. `command` is always that of the body's class; command_length is not kept."""

    command: int
    status: int
    sequence: int
    body: Body
    tlvs: tuple[Tlv, ...] = ()

    @property
    def is_response(self) -> bool:
        """Whether this answers a request; generic_nack does too."""
        return self.command >= RESPONSE

    def tlv(self, tag: int) -> bytes | None:
        """The octets of the first TLV of this tag."""
        return find(self.tlvs, tag)


class Source(Enum):
    """Where the octets of a message stand."""

    NOWHERE = "nowhere"
    SHORT_MESSAGE = "short_message"
    MESSAGE_PAYLOAD = "message_payload"
    BOTH = "both"
    """SMPP 3.4 §5.3.2.32 forbids it: the receiver may answer ESME_RINVMSGLEN."""


class Payload(msgspec.Struct, frozen=True, gc=False):
    """The octets of a message, undecoded and with any UDH, and where they stood."""

    octets: bytes
    source: Source


def payload(pdu: Pdu) -> Payload:
    """The message of a PDU; of two, message_payload, with `Source.BOTH` for the caller to refuse it by."""
    body = pdu.body
    short = body.short_message if isinstance(body, ShortMessage | SubmitMulti | ReplaceSm) else b""
    long = find(pdu.tlvs, Tag.MESSAGE_PAYLOAD) if pdu.tlvs else None
    if long is not None:
        return Payload(long, Source.BOTH if short else Source.MESSAGE_PAYLOAD)
    return Payload(short, Source.SHORT_MESSAGE if short else Source.NOWHERE)
