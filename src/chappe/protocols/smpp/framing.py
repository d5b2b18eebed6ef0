"""Cuts the stream of a peer into whole PDUs by their command_length, and into nothing else.
How long an incomplete PDU may take is for timers.py.
"""

from struct import Struct

from chappe.protocols.smpp.statuses import Status

_HEADER_SIZE = 16
_read_length = Struct(">I").unpack_from
_read_sequence = Struct(">12xI").unpack_from


class FramingError(ValueError):
    """A command_length that cannot be: where the next PDU begins is lost, and the link with it.

    `status` and `sequence` are those of the generic_nack to send before closing, SMPP 3.4 §3.3 and §4.3.
    """

    def __init__(self, length: int, sequence: int) -> None:
        super().__init__(f"command_length {length}")
        self.status = int(Status.ESME_RINVCMDLEN)
        self.sequence = sequence


class Framer:
    """Bytes in, whole frames out, however the network cut them."""

    __slots__ = ("_buffer", "_need", "error", "limit")

    def __init__(self, limit: int) -> None:
        """`limit` is the longest PDU allowed, in octets; it may be changed between two feeds."""
        self.limit = limit
        self.error: FramingError | None = None
        """Set by the feed that met a bad length; nothing comes out after that."""
        self._buffer = bytearray()
        self._need = _HEADER_SIZE

    @property
    def incomplete(self) -> bool:
        """Whether the beginning of a PDU waits for its rest."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that these octets complete, header included; those before a bad length come out still.

        command_length is judged when the whole header is there, so that every cutting gives the same answer.
        """
        if self.error is not None:
            return []
        if self._buffer:
            self._buffer += data
            if len(self._buffer) < self._need:
                return []
            data = bytes(self._buffer)
            self._buffer.clear()
        frames: list[bytes] = []
        at = 0
        size = len(data)
        limit = self.limit
        need = _HEADER_SIZE
        while size - at >= _HEADER_SIZE:
            # ">I" is unsigned: 0xFFFFFFFF is a length above every limit and never a negative one.
            (need,) = _read_length(data, at)
            if not _HEADER_SIZE <= need <= limit:
                self.error = FramingError(need, _read_sequence(data, at)[0])
                return frames
            if need > size - at:
                break
            frames.append(data[at : at + need])
            at += need
            need = _HEADER_SIZE
        if at < size:
            self._buffer += data[at:]
        self._need = need
        return frames
