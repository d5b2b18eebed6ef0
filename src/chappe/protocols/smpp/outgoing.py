"""What waits to be written to the peer, and the numbers of our own requests.
Whether a PDU may be sent at all is for session.py to say.
"""

from collections.abc import Container

from chappe.protocols.smpp.codec import encode_body
from chappe.protocols.smpp.commands import Body
from chappe.protocols.smpp.tlvs import Tag, Tlv

MAX_SEQUENCE = 0x7FFFFFFF
"""SMPP 3.4 §5.1.4"""
FIRST_VERSION_WITH_TLVS = 0x34
"""SMPP 3.4 §3.4.1: an interface_version below must not be sent optional parameters."""

# Without these the message itself would be another one.
_ESSENTIAL = frozenset(
    (Tag.MESSAGE_PAYLOAD, Tag.SAR_MSG_REF_NUM, Tag.SAR_TOTAL_SEGMENTS, Tag.SAR_SEGMENT_SEQNUM)
)


class TlvsNotAllowedError(ValueError):
    """The message is carried by TLVs and the peer's version has none (SMPP 3.4 §3.4.1)."""


class Outgoing:
    """The octets to be written and the last sequence_number given."""

    __slots__ = ("_buffer", "_sequence", "tlvs_allowed")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._sequence = 0
        self.tlvs_allowed = True

    @property
    def size(self) -> int:
        """How many octets wait."""
        return len(self._buffer)

    def next_sequence(self, taken: Container[int]) -> int:
        """1 to 0x7FFFFFFF and then from 1 again, past those still taken."""
        sequence = self._sequence % MAX_SEQUENCE + 1
        while sequence in taken:
            sequence = sequence % MAX_SEQUENCE + 1
        self._sequence = sequence
        return sequence

    def put(self, body: Body, sequence: int, status: int = 0, tlvs: tuple[Tlv, ...] = ()) -> None:
        """Queues one PDU, without its TLVs where the peer knows none.

        Raises EncodeError and TlvsNotAllowedError, and has then queued nothing.
        """
        if tlvs and not self.tlvs_allowed:
            if any(tag in _ESSENTIAL for tag, _ in tlvs):
                raise TlvsNotAllowedError("the message needs optional parameters and the peer knows none")
            tlvs = ()
        self._buffer += encode_body(body, sequence, status, tlvs)

    def take(self) -> bytes:
        """All octets that wait, which then wait no more."""
        octets = bytes(self._buffer)
        self._buffer.clear()
        return octets
