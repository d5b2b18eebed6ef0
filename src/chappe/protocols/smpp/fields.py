"""The kinds of mandatory field of SMPP 3.4 §3.1, each read from octets and written to octets.
Which command has which fields stands in commands.py; no command is known here.
"""

from typing import Any, NamedTuple, Protocol

import msgspec


class FieldError(ValueError):
    """The octets are no value of this kind, or the value has no octets of this kind.

    `status` overrides the field's own command_status where the kind knows better; 0 where it does not.
    """

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.status = status


class FieldKind(Protocol):
    """One way of laying a value into octets."""

    def read(self, source: bytes, at: int, *, lenient: bool) -> tuple[Any, int]:
        """The value at offset `at` and the offset after it.

        `lenient` is for responses, which nobody may answer (SMPP 3.4 §3.3): a string may then run longer than
        its field and lack its last NUL. Raises FieldError.
        """
        ...

    def write(self, value: Any) -> bytes:
        """The octets of a value. Raises FieldError."""
        ...


class Field(NamedTuple):
    """A row of a command's layout: the field, its kind, and the command_status that refuses a bad one."""

    name: str
    kind: FieldKind
    status: int


class Integer(msgspec.Struct, frozen=True):
    """An unsigned big-endian integer of so many octets."""

    octets: int

    def read(self, source: bytes, at: int, *, lenient: bool) -> tuple[int, int]:  # noqa: ARG002 - the kinds' one shape
        """See FieldKind."""
        end = at + self.octets
        if end > len(source):
            raise FieldError("the PDU ends inside this field")
        return int.from_bytes(source[at:end], "big"), end

    def write(self, value: Any) -> bytes:
        """See FieldKind."""
        if not isinstance(value, int):
            raise FieldError("not an integer")
        try:
            return value.to_bytes(self.octets, "big")
        except OverflowError:
            raise FieldError(f"{value} does not fit into {self.octets} octets") from None


class COctet(msgspec.Struct, frozen=True):
    """Characters and a NUL; `maximum` counts the NUL, as SMPP 3.4 §3.1 does.

    Octets above 0x7F are outside the specification but on the wire all the same: Latin-1 keeps each of them.
    Fields that the specification gives as "1 or 17 octets" are held to their maximum alone: what is inside is
    for times.py to judge.
    """

    maximum: int

    def read(self, source: bytes, at: int, *, lenient: bool) -> tuple[str, int]:
        """See FieldKind."""
        end = source.find(0, at)
        if end < 0:
            if lenient and at <= len(source):
                return str(source[at:], "latin-1"), len(source)
            raise FieldError("the NUL at the end is missing")
        if end - at >= self.maximum and not lenient:
            raise FieldError(f"longer than {self.maximum} octets")
        return str(source[at:end], "latin-1"), end + 1

    def write(self, value: Any) -> bytes:
        """See FieldKind."""
        if not isinstance(value, str):
            raise FieldError("not a string")
        if len(value) >= self.maximum:
            raise FieldError(f"longer than {self.maximum} octets")
        if "\0" in value:
            raise FieldError("a NUL inside")
        try:
            return value.encode("latin-1") + b"\0"
        except UnicodeEncodeError:
            raise FieldError("a character of more than one octet") from None


class CountedOctets(msgspec.Struct, frozen=True):
    """One octet of length, then so many octets: sm_length and short_message, SMPP 3.4 §5.2.21 and §5.2.22."""

    maximum: int

    def read(self, source: bytes, at: int, *, lenient: bool) -> tuple[bytes, int]:  # noqa: ARG002 - the kinds' one shape
        """See FieldKind."""
        if at >= len(source):
            raise FieldError("the length is missing")
        end = at + 1 + source[at]
        if source[at] > self.maximum:
            raise FieldError(f"longer than {self.maximum} octets")
        if end > len(source):
            raise FieldError("the length points beyond the PDU")
        return source[at + 1 : end], end

    def write(self, value: Any) -> bytes:
        """See FieldKind."""
        if not isinstance(value, bytes):
            raise FieldError("not octets")
        if len(value) > self.maximum:
            raise FieldError(f"longer than {self.maximum} octets")
        return bytes((len(value),)) + value
