"""Every optional parameter of SMPP 3.4 §5.3.2: tag, name, kind and size; and TLVs between octets and values.
What a TLV means for a message is not known here.
"""

from collections.abc import Iterable, Mapping
from enum import Enum, IntEnum
from struct import Struct, error
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from chappe.protocols.smpp.statuses import Status

Tlv: TypeAlias = tuple[int, bytes]
"""A tag and the octets of its value, without the length."""


class Kind(Enum):
    """How a TLV's value is laid out, SMPP 3.4 §3.2.4."""

    INTEGER = "integer"
    C_OCTET = "c_octet"
    OCTETS = "octets"


class Tag(IntEnum):
    """Parameter tags, SMPP 3.4 §5.3.2."""

    DEST_ADDR_SUBUNIT = 0x0005
    DEST_NETWORK_TYPE = 0x0006
    DEST_BEARER_TYPE = 0x0007
    DEST_TELEMATICS_ID = 0x0008
    SOURCE_ADDR_SUBUNIT = 0x000D
    SOURCE_NETWORK_TYPE = 0x000E
    SOURCE_BEARER_TYPE = 0x000F
    SOURCE_TELEMATICS_ID = 0x0010
    QOS_TIME_TO_LIVE = 0x0017
    PAYLOAD_TYPE = 0x0019
    ADDITIONAL_STATUS_INFO_TEXT = 0x001D
    RECEIPTED_MESSAGE_ID = 0x001E
    MS_MSG_WAIT_FACILITIES = 0x0030
    PRIVACY_INDICATOR = 0x0201
    SOURCE_SUBADDRESS = 0x0202
    DEST_SUBADDRESS = 0x0203
    USER_MESSAGE_REFERENCE = 0x0204
    USER_RESPONSE_CODE = 0x0205
    SOURCE_PORT = 0x020A
    DESTINATION_PORT = 0x020B
    SAR_MSG_REF_NUM = 0x020C
    LANGUAGE_INDICATOR = 0x020D
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F
    SC_INTERFACE_VERSION = 0x0210
    CALLBACK_NUM_PRES_IND = 0x0302
    CALLBACK_NUM_ATAG = 0x0303
    NUMBER_OF_MESSAGES = 0x0304
    CALLBACK_NUM = 0x0381
    DPF_RESULT = 0x0420
    SET_DPF = 0x0421
    MS_AVAILABILITY_STATUS = 0x0422
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    DELIVERY_FAILURE_REASON = 0x0425
    MORE_MESSAGES_TO_SEND = 0x0426
    MESSAGE_STATE = 0x0427
    USSD_SERVICE_OP = 0x0501
    DISPLAY_TIME = 0x1201
    SMS_SIGNAL = 0x1203
    MS_VALIDITY = 0x1204
    ALERT_ON_MESSAGE_DELIVERY = 0x130C
    ITS_REPLY_TYPE = 0x1380
    ITS_SESSION_INFO = 0x1383


class Parameter(NamedTuple):
    """A row of the table: how a tag's value is laid out and how many octets it may have."""

    kind: Kind
    low: int
    high: int
    clause: str


_LONGEST = 0xFFFF
VENDOR_TAGS = range(0x1400, 0x4000)
"""Left to SMSC vendors by SMPP 3.4 §5.3.1; kept raw, as every other tag that the table lacks."""

NETWORK_TAG = 0x1401
"""MCC and MNC of the subscriber's network (document 001, "Connexion simple", which prints one octet too many)."""

TARIFF_TAG = 0x140A
"""What the subscriber pays, in the account's base unit."""

_NETWORK_DIGITS = range(5, 7)
_TARIFF_DIGITS = range(1, 7)

PARAMETERS: Mapping[int, Parameter] = MappingProxyType(
    {
        Tag.DEST_ADDR_SUBUNIT: Parameter(Kind.INTEGER, 1, 1, "5.3.2.1"),
        Tag.SOURCE_ADDR_SUBUNIT: Parameter(Kind.INTEGER, 1, 1, "5.3.2.2"),
        Tag.DEST_NETWORK_TYPE: Parameter(Kind.INTEGER, 1, 1, "5.3.2.3"),
        Tag.SOURCE_NETWORK_TYPE: Parameter(Kind.INTEGER, 1, 1, "5.3.2.4"),
        Tag.DEST_BEARER_TYPE: Parameter(Kind.INTEGER, 1, 1, "5.3.2.5"),
        Tag.SOURCE_BEARER_TYPE: Parameter(Kind.INTEGER, 1, 1, "5.3.2.6"),
        # Two octets here and one for the source is no slip of ours.
        Tag.DEST_TELEMATICS_ID: Parameter(Kind.INTEGER, 2, 2, "5.3.2.7"),
        Tag.SOURCE_TELEMATICS_ID: Parameter(Kind.INTEGER, 1, 1, "5.3.2.8"),
        Tag.QOS_TIME_TO_LIVE: Parameter(Kind.INTEGER, 4, 4, "5.3.2.9"),
        Tag.PAYLOAD_TYPE: Parameter(Kind.INTEGER, 1, 1, "5.3.2.10"),
        Tag.ADDITIONAL_STATUS_INFO_TEXT: Parameter(Kind.C_OCTET, 1, 256, "5.3.2.11"),
        Tag.RECEIPTED_MESSAGE_ID: Parameter(Kind.C_OCTET, 1, 65, "5.3.2.12"),
        Tag.MS_MSG_WAIT_FACILITIES: Parameter(Kind.INTEGER, 1, 1, "5.3.2.13"),
        Tag.PRIVACY_INDICATOR: Parameter(Kind.INTEGER, 1, 1, "5.3.2.14"),
        Tag.SOURCE_SUBADDRESS: Parameter(Kind.OCTETS, 2, 23, "5.3.2.15"),
        Tag.DEST_SUBADDRESS: Parameter(Kind.OCTETS, 2, 23, "5.3.2.16"),
        Tag.USER_MESSAGE_REFERENCE: Parameter(Kind.INTEGER, 2, 2, "5.3.2.17"),
        Tag.USER_RESPONSE_CODE: Parameter(Kind.INTEGER, 1, 1, "5.3.2.18"),
        Tag.LANGUAGE_INDICATOR: Parameter(Kind.INTEGER, 1, 1, "5.3.2.19"),
        Tag.SOURCE_PORT: Parameter(Kind.INTEGER, 2, 2, "5.3.2.20"),
        Tag.DESTINATION_PORT: Parameter(Kind.INTEGER, 2, 2, "5.3.2.21"),
        Tag.SAR_MSG_REF_NUM: Parameter(Kind.INTEGER, 2, 2, "5.3.2.22"),
        Tag.SAR_TOTAL_SEGMENTS: Parameter(Kind.INTEGER, 1, 1, "5.3.2.23"),
        Tag.SAR_SEGMENT_SEQNUM: Parameter(Kind.INTEGER, 1, 1, "5.3.2.24"),
        Tag.SC_INTERFACE_VERSION: Parameter(Kind.INTEGER, 1, 1, "5.3.2.25"),
        Tag.DISPLAY_TIME: Parameter(Kind.INTEGER, 1, 1, "5.3.2.26"),
        Tag.MS_VALIDITY: Parameter(Kind.INTEGER, 1, 1, "5.3.2.27"),
        Tag.DPF_RESULT: Parameter(Kind.INTEGER, 1, 1, "5.3.2.28"),
        Tag.SET_DPF: Parameter(Kind.INTEGER, 1, 1, "5.3.2.29"),
        Tag.MS_AVAILABILITY_STATUS: Parameter(Kind.INTEGER, 1, 1, "5.3.2.30"),
        Tag.NETWORK_ERROR_CODE: Parameter(Kind.OCTETS, 3, 3, "5.3.2.31"),
        Tag.MESSAGE_PAYLOAD: Parameter(Kind.OCTETS, 0, _LONGEST, "5.3.2.32"),
        Tag.DELIVERY_FAILURE_REASON: Parameter(Kind.INTEGER, 1, 1, "5.3.2.33"),
        Tag.MORE_MESSAGES_TO_SEND: Parameter(Kind.INTEGER, 1, 1, "5.3.2.34"),
        Tag.MESSAGE_STATE: Parameter(Kind.INTEGER, 1, 1, "5.3.2.35"),
        Tag.CALLBACK_NUM: Parameter(Kind.OCTETS, 4, 19, "5.3.2.36"),
        Tag.CALLBACK_NUM_PRES_IND: Parameter(Kind.INTEGER, 1, 1, "5.3.2.37"),
        Tag.CALLBACK_NUM_ATAG: Parameter(Kind.OCTETS, 0, 65, "5.3.2.38"),
        Tag.NUMBER_OF_MESSAGES: Parameter(Kind.INTEGER, 1, 1, "5.3.2.39"),
        Tag.SMS_SIGNAL: Parameter(Kind.INTEGER, 2, 2, "5.3.2.40"),
        # A flag without a value; SMPP 5.0 gave it one octet and some 3.4 peers send that.
        Tag.ALERT_ON_MESSAGE_DELIVERY: Parameter(Kind.OCTETS, 0, 1, "5.3.2.41"),
        Tag.ITS_REPLY_TYPE: Parameter(Kind.INTEGER, 1, 1, "5.3.2.42"),
        Tag.ITS_SESSION_INFO: Parameter(Kind.OCTETS, 2, 2, "5.3.2.43"),
        Tag.USSD_SERVICE_OP: Parameter(Kind.OCTETS, 1, 1, "5.3.2.44"),
    }
)

_PAIR = Struct(">HH")
_read_pair = _PAIR.unpack_from
# Tag and length as they stand on the wire: one look-up reads both and tells that they agree.
_sound = {
    _PAIR.pack(tag, length): (int(tag), length)
    for tag, row in PARAMETERS.items()
    if row.high < _LONGEST
    for length in range(row.low, row.high + 1)
}.get


class TlvError(ValueError):
    """TLVs that cannot be read or written; `status` is the command_status that says so."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


def read_tlvs(source: bytes, at: int, *, lenient: bool = False) -> tuple[Tlv, ...]:
    """All TLVs from offset `at` to the end; unknown and repeated ones are kept as they stand.

    Raises TlvError: ESME_RINVOPTPARSTREAM for one that runs over the end, ESME_RINVPARLEN for a length that
    SMPP 3.4 §5.3.2 does not give to its tag. `lenient` (responses) keeps wrong lengths and ignores what runs over.
    """
    found: list[Tlv] = []
    size = len(source)
    while at < size:
        start = at + 4
        pair = _sound(source[at:start])
        if pair is None:
            if start > size:
                return _overrun(found, lenient=lenient)
            pair = _read_pair(source, at)
            if start + pair[1] <= size and not lenient:
                _check(*pair)
        tag, length = pair
        at = start + length
        if at > size:
            return _overrun(found, lenient=lenient)
        found.append((tag, source[start:at]))
    return tuple(found)


def write_tlvs(tlvs: Iterable[Tlv]) -> bytes:
    """The octets of the TLVs, in their order.

    Raises TlvError for a tag or length that does not fit into two octets, or a length not its tag's.
    """
    parts: list[bytes] = []
    for tag, value in tlvs:
        length = len(value)
        try:
            header = _PAIR.pack(tag, length)
        except error:
            raise TlvError(f"tag {tag} with {length} octets", Status.ESME_RINVPARLEN) from None
        if _sound(header) is None:
            _check(tag, length)
        parts += (header, value)
    return b"".join(parts)


def find(tlvs: Iterable[Tlv], tag: int) -> bytes | None:
    """The value of the first TLV of this tag."""
    for have, value in tlvs:
        if have == tag:
            return value
    return None


def find_integer(tlvs: Iterable[Tlv], tag: int) -> int | None:
    """The first TLV of this tag as an unsigned integer; None where there is none, or an empty one."""
    value = find(tlvs, tag)
    return int.from_bytes(value, "big") if value else None


def find_text(tlvs: Iterable[Tlv], tag: int) -> str | None:
    """The first TLV of this tag as Latin-1 text up to its NUL; a missing NUL is forgiven."""
    value = find(tlvs, tag)
    return None if value is None else str(value.partition(b"\0")[0], "latin-1")


def network_told(tlvs: Iterable[Tlv]) -> str:
    """MCC and MNC in the vendors' TLV 0x1401, a C-octet string of five or six digits; empty where there is none."""
    return _digits(find_text(tlvs, NETWORK_TAG), _NETWORK_DIGITS)


def tariff_told(tlvs: Iterable[Tlv]) -> str:
    """The tariff in the vendors' TLV 0x140A, one to six digits in the account's base unit; empty where there is none."""
    return _digits(find_text(tlvs, TARIFF_TAG), _TARIFF_DIGITS)


def _digits(told: str | None, lengths: range) -> str:
    return told if told is not None and told.isascii() and told.isdigit() and len(told) in lengths else ""


def value_of(tlv: Tlv) -> int | str | bytes:
    """A TLV's value in the type of its kind; the octets themselves for a tag that the table lacks."""
    tag, value = tlv
    row = PARAMETERS.get(tag)
    if row is None or row.kind is Kind.OCTETS:
        return value
    if row.kind is Kind.INTEGER:
        return int.from_bytes(value, "big")
    return str(value.partition(b"\0")[0], "latin-1")


def integer(tag: int, value: int) -> Tlv:
    """A TLV of an integer in the octets that SMPP 3.4 gives to the tag. Raises TlvError."""
    row = PARAMETERS.get(tag)
    if row is None or row.kind is not Kind.INTEGER:
        raise TlvError(f"tag {tag:#06x} holds no integer", Status.ESME_RINVOPTPARAMVAL)
    try:
        return tag, value.to_bytes(row.high, "big")
    except OverflowError:
        raise TlvError(f"{value} does not fit into {row.high} octets", Status.ESME_RINVOPTPARAMVAL) from None


def text(tag: int, value: str) -> Tlv:
    """A TLV of a C-octet string, its NUL added; for a vendor's tag too. Raises TlvError."""
    if "\0" in value:
        raise TlvError("a NUL inside", Status.ESME_RINVOPTPARAMVAL)
    try:
        return tag, value.encode("latin-1") + b"\0"
    except UnicodeEncodeError:
        raise TlvError("a character of more than one octet", Status.ESME_RINVOPTPARAMVAL) from None


def _check(tag: int, length: int) -> None:
    row = PARAMETERS.get(tag)
    if row is not None and not row.low <= length <= row.high:
        raise TlvError(f"{Tag(tag).name.lower()} of {length} octets", Status.ESME_RINVPARLEN)


def _overrun(found: list[Tlv], *, lenient: bool) -> tuple[Tlv, ...]:
    if lenient:
        return tuple(found)
    raise TlvError("an optional parameter runs over the end", Status.ESME_RINVOPTPARSTREAM)
