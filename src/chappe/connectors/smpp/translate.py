"""An accepted message as submit_sm: its text in the SMSC's own coding, its parts, addresses, TLVs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from chappe.connectors.smpp.declared import Declared
from chappe.connectors.smpp.settings import LongMessages, SmppSettings, TonNpi
from chappe.domain.address import Address
from chappe.domain.link import AskReceipts, asks_receipt
from chappe.domain.message import Message
from chappe.domain.report import ReportOn
from chappe.protocols.smpp.commands import SubmitSm
from chappe.protocols.smpp.times import BadTimeError, format_absolute
from chappe.protocols.smpp.tlvs import Tag, Tlv, integer
from chappe.text import gsm7, udh
from chappe.text.encodings import (
    Charset,
    charset_of,
    data_coding_of,
    decode_text,
    encode_text,
    message_class,
)
from chappe.text.gsm7 import Unencodable
from chappe.text.segments import split, split_octets

Piece = tuple[int, SubmitSm, tuple[Tlv, ...]]
"""One part: its number from 1, and what is to be sent."""

_UDHI: Final = 0x40
"""SMPP 3.4 §5.2.12: the user data begins with a header."""
_RECEIPT: Final = 0x01
_INTERMEDIATE: Final = 0x10
_SME_ACKS: Final = 0x0C
"""SMPP 3.4 §5.2.17: acknowledgements of the receiving SME, which only SMPP clients ask for."""
_LONGEST: Final = 254
_LONGEST_HEADER: Final = 7
_SHORT_CODE: Final = 6
_PACKED: Final = Charset.GSM7_PACKED
_UNICODE: Final = frozenset({Charset.UCS2, Charset.UCS2_LE})
_CONVERTED: Final = frozenset({Charset.LATIN1, Charset.ASCII, Charset.UTF8})
"""What an SMSC turns into GSM 7-bit for the air: text in these is cut by its septets."""
_BY_NAME: Final[Mapping[str, Charset]] = MappingProxyType({charset.value: charset for charset in Charset})


class Unfit(ValueError):
    """The message has no form that this SMSC takes; the reason is its message and holds nothing of the text."""


class Translator:
    """Makes submit_sm of messages by one connector's settings."""

    def __init__(self, settings: SmppSettings, receipts: AskReceipts = AskReceipts.ASKED) -> None:
        self._settings = settings
        self._receipts = receipts
        self._declared = Declared(settings)
        little = settings.utf16_le
        meant = [charset_of(coding, settings.default_charset) for coding in range(0x100)]
        self._meant = tuple(
            Charset.UCS2_LE if little and charset is Charset.UCS2 else charset for charset in meant
        )
        self._source = _source_rule(settings)
        self._dest = _fixed_rule(TonNpi(settings.dest_ton, settings.dest_npi))

    def pieces(self, message: Message, done: Collection[int] = ()) -> list[Piece]:
        """The parts of a message that are not `done` yet, in order.

        Raises Unfit, and ValueErrors of what it builds on, where the message cannot be put into this form.
        """
        coding, bodies, header = self._coded(message)
        esm_class = message.options.esm_class & ~_UDHI & 0xFF
        if header or message.udhi:
            esm_class |= _UDHI
        tlvs = self._declared.tlvs(message, split_here=len(bodies) > 1 or message.parts > 1)
        if len(bodies) == 1 and not done:
            body, own = bodies[0]
            return [(1, self._body(message, esm_class, coding, body), own + tlvs)]
        return [
            (number, self._body(message, esm_class, coding, body), own + tlvs)
            for number, (body, own) in enumerate(bodies, 1)
            if number not in done
        ]

    def _body(self, message: Message, esm_class: int, coding: int, octets: bytes) -> SubmitSm:
        settings = self._settings
        options = message.options
        source = message.source if self._source is None else self._source(message.source)
        destination = message.destination if self._dest is None else self._dest(message.destination)
        return SubmitSm(
            options.service_type or settings.service_type,
            source.ton,
            source.npi,
            source.value,
            destination.ton,
            destination.npi,
            destination.value,
            esm_class,
            options.protocol_id or settings.protocol_id,
            message.priority,
            "",
            _validity(message.expires_ms) if settings.validity and message.expires_ms else "",
            self._registered(message),
            options.replace_if_present,
            coding,
            options.sm_default_msg_id,
            octets,
        )

    def _registered(self, message: Message) -> int:
        if self._receipts is AskReceipts.NEVER:
            return 0
        # A client that wants failures only is told of those alone; we ask for both, or silence would be a failure.
        wanted = _RECEIPT if asks_receipt(self._receipts, message.report) else 0
        if message.report.events & ReportOn.INTERMEDIATE:
            wanted |= _INTERMEDIATE
        return wanted | message.options.registered_delivery & _SME_ACKS

    # ------------------------------------------------------------ text and octets

    def _coded(self, message: Message) -> tuple[int, list[tuple[bytes, tuple[Tlv, ...]]], bool]:
        """data_coding, each part's short_message with its TLVs, and whether we put headers before them."""
        charset = _BY_NAME[message.charset]
        coding = message.data_coding
        meant = self._meant[coding]
        bits = 16 if self._settings.long_messages is LongMessages.UDH16 else message.reference_bits
        text = message.text
        if text is None:
            octets = message.octets or b""
            if charset is not meant:
                if message.udhi:
                    return coding, [(_recoded_behind_header(octets, charset, meant), ())], False
                decoded = decode_text(octets, charset)
                text = None if decoded is None or decoded.lossy else decoded.text
            if text is None:
                payloads = [octets] if message.parts == 1 else split_octets(octets, reference_bits=bits)
                return coding, *self._marked(message, payloads, bits, octets)
        if charset is meant:
            payloads = split(text, charset, reference_bits=bits, unicode_part=message.unicode_part)
        else:
            coding, charset, payloads = self._recoded(text, coding, bits, message.unicode_part)
        if len(payloads) == 1:
            return coding, [(payloads[0], ())], False
        whole = b""
        if self._settings.long_messages is LongMessages.PAYLOAD:
            whole = encode_text(text, charset)
        return coding, *self._marked(message, payloads, bits, whole)

    def _recoded(
        self, text: str, coding: int, bits: int, unicode_part: int
    ) -> tuple[int, Charset, list[bytes]]:
        """Text in what its data_coding means to this SMSC; UCS-2 under its own data_coding where that cannot say it."""
        meant = self._meant[coding]
        if meant in _UNICODE:
            return coding, meant, split(text, meant, reference_bits=bits, unicode_part=unicode_part)
        try:
            if meant not in _CONVERTED:
                return coding, meant, split(text, meant, reference_bits=bits)
            septets = split(text, Charset.GSM7, reference_bits=bits)
            converted = [encode_text(gsm7.decode(part), meant) for part in septets]
            if max(map(len, converted)) <= _LONGEST - _LONGEST_HEADER:
                return coding, meant, converted
        except Unencodable:
            pass
        coding = data_coding_of(Charset.UCS2, message_class(coding))
        meant = self._meant[coding]
        return coding, meant, split(text, meant, reference_bits=bits, unicode_part=unicode_part)

    def _marked(
        self, message: Message, payloads: Sequence[bytes], bits: int, whole: bytes
    ) -> tuple[list[tuple[bytes, tuple[Tlv, ...]]], bool]:
        """Parts with what says that they belong together; `whole` is what they are in one piece."""
        total = len(payloads)
        if total == 1:
            return [(payloads[0], ())], False
        reference = message.concatenation or _own_reference(message.id)
        match self._settings.long_messages:
            case LongMessages.PAYLOAD:
                return [(b"", ((int(Tag.MESSAGE_PAYLOAD), whole),))], False
            case LongMessages.SAR:
                return [
                    (payload, _sar(reference & 0xFFFF, total, number))
                    for number, payload in enumerate(payloads, 1)
                ], False
        header: Callable[[int, int, int], bytes] = udh.concat8
        if bits == 16:
            header = udh.concat16
        reference &= 0xFFFF if bits == 16 else 0xFF
        return [
            (header(reference, total, number) + payload, ()) for number, payload in enumerate(payloads, 1)
        ], True


def _own_reference(message_id: int) -> int:
    """For a message that was counted as one part and became several here; made of the id, so that retries agree."""
    return (message_id ^ message_id >> 22) & 0xFFFF


def _sar(reference: int, total: int, number: int) -> tuple[Tlv, ...]:
    return (
        integer(Tag.SAR_MSG_REF_NUM, reference),
        integer(Tag.SAR_TOTAL_SEGMENTS, total),
        integer(Tag.SAR_SEGMENT_SEQNUM, number),
    )


def _recoded_behind_header(octets: bytes, charset: Charset, meant: Charset) -> bytes:
    """User data with a client's own header, the text behind it in another charset. Raises Unfit."""
    try:
        header, text_octets = udh.parse(octets)
    except udh.BadUdh:
        return octets
    decoded = decode_text(text_octets, charset, udh.shifts(header))
    if decoded is None or decoded.lossy or meant is Charset.BINARY:
        return octets
    before = octets[: len(octets) - len(text_octets)]
    try:
        if meant is _PACKED:
            behind = gsm7.pack(gsm7.encode(decoded.text), udh.fill_bits(len(before)))
        else:
            behind = encode_text(decoded.text, meant)
    except Unencodable:
        raise Unfit(f"text behind a header is not in {meant.value}, which its data_coding means") from None
    if len(before) + len(behind) > _LONGEST:
        raise Unfit(f"user data of {len(before) + len(behind)} octets, {_LONGEST} are the most")
    return before + behind


# ---------------------------------------------------------------- addresses and times

AddressRule = Callable[[Address], Address]


def _with(address: Address, *rules: TonNpi) -> Address:
    """The address with the first TON and the first NPI that the rules give."""
    ton, npi = address.ton, address.npi
    for rule in reversed(rules):
        ton = ton if rule.ton is None else rule.ton
        npi = npi if rule.npi is None else rule.npi
    return Address(address.value, ton, npi)


def _fixed_rule(rule: TonNpi) -> AddressRule | None:
    if rule == TonNpi():
        return None
    return lambda address: _with(address, rule)


def _source_rule(settings: SmppSettings) -> AddressRule | None:
    senders = settings.senders
    own = TonNpi(settings.source_ton, settings.source_npi)
    if all(
        rule == TonNpi() for rule in (own, senders.alphanumeric, senders.international, senders.short_code)
    ):
        return None

    def rule(address: Address) -> Address:
        digits = address.value.removeprefix("+")
        if not (digits.isascii() and digits.isdigit()):
            kind = senders.alphanumeric
        else:
            kind = senders.short_code if len(digits) <= _SHORT_CODE else senders.international
        return _with(address, kind, own)

    return rule


def _validity(expires_ms: int) -> str:
    """validity_period in the absolute form, SMPP 3.4 §7.1.1; none for a date that it cannot write."""
    try:
        return format_absolute(datetime.fromtimestamp(expires_ms / 1000, UTC))
    except (BadTimeError, ValueError, OverflowError, OSError):
        return ""
