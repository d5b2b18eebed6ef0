"""The TLVs of a submit_sm that do not carry its text: those declared for the connector, and those of the client. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from chappe.connectors.smpp.settings import TAG_VALUE, DeclaredTlv, SmppSettings, TlvType
from chappe.domain.message import Message
from chappe.protocols.smpp.tlvs import Tag, Tlv, TlvError, text, write_tlvs

_SAR: Final = frozenset((int(Tag.SAR_MSG_REF_NUM), int(Tag.SAR_TOTAL_SEGMENTS), int(Tag.SAR_SEGMENT_SEQNUM)))
_PAYLOAD: Final = int(Tag.MESSAGE_PAYLOAD)


class BadTlv(ValueError):
    """A value that does not fit its declared type."""


class Declared:
    """Gives each message its TLVs."""

    __slots__ = ("_declared", "_fixed", "_from_message", "_pass")

    def __init__(self, settings: SmppSettings) -> None:
        """Raises BadTlv for a fixed value that does not fit its type, or its tag (SMPP 3.4 §5.3.2)."""
        self._pass = None if settings.pass_tlvs is None else frozenset(settings.pass_tlvs)
        self._declared = frozenset(one.tag for one in settings.tlvs)
        self._fixed = tuple(
            (one.tag, octets_of(one, one.value)) for one in settings.tlvs if one.value is not None
        )
        try:
            write_tlvs(self._fixed)
        except TlvError as error:
            # Else every submit_sm would fail for it, one by one.
            raise BadTlv(f"tlvs: {error}") from error
        self._from_message = tuple((one, _origin(one.origin)) for one in settings.tlvs if one.value is None)

    def tlvs(self, message: Message, *, split_here: bool) -> tuple[Tlv, ...]:
        """The client's TLVs that pass, then the declared ones, which stand instead of the client's of their tag.

        A client that splits its messages itself has its sar_* passed on, but not where `split_here` made other
        parts of them; message_payload was taken as the message's text. Raises BadTlv.
        """
        mine = self._fixed
        if self._from_message:
            for one, take in self._from_message:
                value = take(message)
                if value:
                    mine += ((one.tag, octets_of(one, value)),)
        if not message.tlvs:
            return mine
        return tuple(tlv for tlv in message.tlvs if self._passes(tlv[0], split_here=split_here)) + mine

    def _passes(self, tag: int, *, split_here: bool) -> bool:
        if tag == _PAYLOAD or tag in self._declared or (split_here and tag in _SAR):
            return False
        return self._pass is None or tag in self._pass


def octets_of(declared: DeclaredTlv, value: int | str | None) -> bytes:
    """A value in the octets of its declared type. Raises BadTlv, with nothing of the value in its sentence."""
    shown = declared.name or f"{declared.tag:#06x}"
    try:
        match declared.type:
            case TlvType.INT1 | TlvType.INT2 | TlvType.INT4:
                return _number(value).to_bytes(int(declared.type.value[-1]), "big")
            case TlvType.CSTRING:
                return text(declared.tag, str(value))[1]
            case TlvType.HEX:
                return bytes.fromhex(str(value).removeprefix("0x"))
            case TlvType.OCTETS:
                return str(value).encode()
    except (ValueError, OverflowError):
        raise BadTlv(f"the value of TLV {shown} is no {declared.type.value}") from None


def _number(value: int | str | None) -> int:
    if isinstance(value, int):
        return value
    digits = str(value)
    return int(digits, 16) if digits.startswith("0x") else int(digits)


def _origin(origin: str) -> Callable[[Message], str]:
    if origin.startswith(TAG_VALUE):
        mark = origin.removeprefix(TAG_VALUE) + "="
        return lambda message: next(
            (tag.removeprefix(mark) for tag in message.tags if tag.startswith(mark)), ""
        )
    match origin:
        case "account":
            return lambda message: message.account
        case "user":
            return lambda message: message.user
        case "route":
            return lambda message: message.route
        case _:
            return lambda message: message.reference
