"""What data_coding means, how text becomes octets and back under each of its meanings, and how much fits a part.

Nothing here splits a text; that is the business of the segments.
"""

from codecs import utf_16_be_decode, utf_16_be_encode
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from chappe.text import gsm7
from chappe.text.gsm7 import NO_SHIFTS, Shifts, Unencodable


class Charset(Enum):
    """How the octets of a text are to be read."""

    GSM7 = "gsm7"
    """GSM 03.38 with the default tables, one septet to an octet."""
    GSM7_PACKED = "gsm7-packed"
    ASCII = "ascii"
    LATIN1 = "latin1"
    UTF8 = "utf8"
    UCS2 = "ucs2"
    """Big-endian; characters above U+FFFF are surrogate pairs, as every network carries them."""
    UCS2_LE = "ucs2-le"
    CYRILLIC = "cyrillic"
    HEBREW = "hebrew"
    JIS = "jis"
    ISO2022JP = "iso2022jp"
    EUC_KR = "euc-kr"
    PICTOGRAM = "pictogram"
    """Carried as octets only: its table was never published."""
    EXT_KANJI = "ext-kanji"
    BINARY = "binary"


class Decoded(Struct, frozen=True, gc=False):
    """A text read from octets; ``lossy`` where something had no meaning and was replaced."""

    text: str
    lossy: bool


class PartSizes(Struct, frozen=True, gc=False):
    """How many units of a charset fit one short message: septets, UTF-16 code units, or octets.

    ``alone`` in a message of one part, ``parts8`` and ``parts16`` behind a concatenation header with a
    reference of so many bits, ``sar`` in a part that is told by TLVs and needs no header.
    """

    alone: int
    parts8: int
    parts16: int
    sar: int


# SMPP names X 0208 and X 0212 but not how their two octets are written: Shift-JIS is what networks send for
# the first; EUC is the stateless form that holds the second.
_CODECS: Final[Mapping[Charset, str]] = MappingProxyType(
    {
        Charset.ASCII: "ascii",
        Charset.LATIN1: "latin-1",
        Charset.UTF8: "utf-8",
        Charset.UCS2: "utf-16-be",
        Charset.UCS2_LE: "utf-16-le",
        Charset.CYRILLIC: "iso8859-5",
        Charset.HEBREW: "iso8859-8",
        Charset.JIS: "shift_jis",
        Charset.ISO2022JP: "iso2022_jp",
        Charset.EUC_KR: "euc_kr",
        Charset.EXT_KANJI: "euc_jp",
    }
)

BYTE_ORDER_MARKS: Final[Mapping[Charset, bytes]] = MappingProxyType(
    {Charset.UTF8: b"\xef\xbb\xbf", Charset.UCS2: b"\xfe\xff", Charset.UCS2_LE: b"\xff\xfe"}
)

_GSM7: Final = Charset.GSM7
_UCS2: Final = Charset.UCS2
_PACKED: Final = Charset.GSM7_PACKED


# ---------------------------------------------------------------- data_coding

_SMPP_CODINGS: Final[Mapping[int, Charset]] = MappingProxyType(  # SMPP 3.4 §5.2.19
    {
        0x01: Charset.ASCII,
        0x02: Charset.BINARY,
        0x03: Charset.LATIN1,
        0x04: Charset.BINARY,
        0x05: Charset.JIS,
        0x06: Charset.CYRILLIC,
        0x07: Charset.HEBREW,
        0x08: Charset.UCS2,
        0x09: Charset.PICTOGRAM,
        0x0A: Charset.ISO2022JP,
        0x0D: Charset.EXT_KANJI,
        0x0E: Charset.EUC_KR,
    }
)
_GSM_ALPHABETS: Final = (Charset.GSM7, Charset.BINARY, Charset.UCS2, Charset.BINARY)  # GSM 03.38 §4


def _meaning(data_coding: int) -> Charset:
    """Read one value, the SMSC default aside: SMPP 3.4 §5.2.19 below 0x10, GSM 03.38 §4 from there on."""
    group = data_coding >> 4
    if group == 0:
        return _SMPP_CODINGS.get(data_coding, Charset.BINARY)
    if group < 0x8:  # general, or to be deleted by itself: bit 5 says compressed, bits 3 and 2 the alphabet
        return Charset.BINARY if data_coding & 0x20 else _GSM_ALPHABETS[data_coding >> 2 & 3]
    if group == 0xF:
        return Charset.BINARY if data_coding & 0x04 else Charset.GSM7
    waiting = {0xC: Charset.GSM7, 0xD: Charset.GSM7, 0xE: Charset.UCS2}  # message waiting indication
    return waiting.get(group, Charset.BINARY)


_CHARSETS: Final = tuple(map(_meaning, range(0x100)))


def charset_of(data_coding: int, default: Charset = Charset.GSM7) -> Charset:
    """Return how octets with this data_coding, 0 to 255, are to be read; BINARY where nobody has said.

    ``default`` is what 0 means to this SMSC: SMPP 3.4 §5.2.19 leaves that open. One that packs its default
    alphabet packs it under the GSM values too.
    """
    if data_coding == 0:
        return default
    charset = _CHARSETS[data_coding]
    return default if charset is _GSM7 and default is _PACKED else charset


def message_class(data_coding: int) -> int | None:
    """Return the message class, GSM 03.38 §4: 0 is shown at once (flash), 1 to 3 say where it is kept."""
    group = data_coding >> 4
    has_class = group == 0xF or (group < 0x8 and group & 1)
    return data_coding & 3 if has_class else None


_NUMBERS: Final[Mapping[Charset, int]] = MappingProxyType(  # of the two for binary, networks use 4
    {charset: number for number, charset in _SMPP_CODINGS.items() if number != 2} | {Charset.UCS2_LE: 0x08}
)
_CLASSED: Final[Mapping[Charset, int]] = MappingProxyType(
    {
        Charset.GSM7: 0x10,
        Charset.GSM7_PACKED: 0x10,
        Charset.BINARY: 0x14,
        Charset.UCS2: 0x18,
        Charset.UCS2_LE: 0x18,
    }
)


def data_coding_of(
    charset: Charset, message_class: int | None = None, default: Charset = Charset.GSM7
) -> int:
    """Return the data_coding that tells an SMSC of a charset, and of a message class of 0 to 3 if any.

    Raises ValueError where no value says it: a charset that is not the SMSC's default and has no number, or
    a class with anything but GSM, UCS-2 and binary.
    """
    plain = 0 if charset is default else _NUMBERS.get(charset)
    if message_class is None:
        if plain is None:
            raise ValueError(f"no data_coding says {charset.value} to this SMSC")
        return plain
    classed = _CLASSED.get(charset)
    if classed is None or not 0 <= message_class <= 3:
        raise ValueError(f"no data_coding says class {message_class} of {charset.value}")
    return classed | message_class


# ---------------------------------------------------------------- text and octets


def encode_text(text: str, charset: Charset) -> bytes:
    """Return the octets of the text. Raises Unencodable with the characters that the charset lacks."""
    if charset is _GSM7:
        return gsm7.encode(text)
    try:
        if charset is _UCS2:
            return utf_16_be_encode(text)[0]
        if charset is _PACKED:
            return gsm7.pack(gsm7.encode(text))
        codec = _CODECS.get(charset)
        if codec is None:
            return _octets_only(text)
        return text.encode(codec)
    except UnicodeEncodeError:
        missing = tuple(each for each in dict.fromkeys(text) if not _has(charset, each))
        raise Unencodable(missing) from None


def _octets_only(text: str) -> bytes:
    if text:
        raise Unencodable(tuple(dict.fromkeys(text)))
    return b""


def _has(charset: Charset, character: str) -> bool:
    try:
        character.encode(_CODECS[charset])
    except UnicodeEncodeError:
        return False
    return True


def decode_text(octets: bytes, charset: Charset, shifts: Shifts = NO_SHIFTS) -> Decoded | None:
    """Return the text of the octets, or None for a charset that is octets only. Never raises.

    ``shifts`` are the national tables of GSM 7-bit text, if its header announced any.
    A byte order mark is dropped, and obeyed where it contradicts the charset. What has no meaning, an odd
    octet and half a surrogate pair included, becomes U+FFFD.
    """
    if charset is _GSM7:
        return Decoded(*gsm7.decode_checked(octets, shifts.locking, shifts.single))
    if charset is _PACKED:
        return Decoded(*gsm7.decode_checked(gsm7.unpack(octets), shifts.locking, shifts.single))
    codec = _CODECS.get(charset)
    if codec is None:
        return None
    if charset is _UCS2 and octets[:2] == b"\xff\xfe":
        charset, codec = Charset.UCS2_LE, "utf-16-le"
    elif charset is Charset.UCS2_LE and octets[:2] == b"\xfe\xff":
        charset, codec = _UCS2, "utf-16-be"
    octets = octets.removeprefix(BYTE_ORDER_MARKS.get(charset, b""))
    try:
        text = utf_16_be_decode(octets, "strict", True)[0] if charset is _UCS2 else octets.decode(codec)
    except UnicodeDecodeError:
        return Decoded(octets.decode(codec, "replace"), lossy=True)
    return Decoded(text, lossy=False)


# ---------------------------------------------------------------- room

_USER_DATA: Final = 140  # octets of one short message, GSM 03.40 §9.2.3.24
_SEPTET_CHARSETS: Final = frozenset({Charset.GSM7, Charset.GSM7_PACKED, Charset.ASCII})
_WIDE_CHARSETS: Final = frozenset({Charset.UCS2, Charset.UCS2_LE})
_LEAST_ROOM: Final = 8  # octets; below that no charset is sure to get a character into each part


def _room(octets: int, charset: Charset) -> int:
    if charset in _SEPTET_CHARSETS:
        return octets * 8 // 7
    return octets // 2 if charset in _WIDE_CHARSETS else octets


def _sizes(charset: Charset, elements: int) -> PartSizes:
    alone = _room(_USER_DATA - (1 + elements if elements else 0), charset)
    parts8, parts16 = (_room(_USER_DATA - 1 - own - elements, charset) for own in (5, 6))
    return PartSizes(alone, parts8, parts16, alone)


_GSM7_SIZES: Final = _sizes(_GSM7, 0)
_UCS2_SIZES: Final = _sizes(_UCS2, 0)


def units_per_part(charset: Charset, elements: int = 0) -> PartSizes:
    """Return how much fits, where each part's header holds so many octets of further elements.

    160, 153 and 152 septets, 70, 67 and 66 code units, 140, 134 and 133 octets where there are none. Three
    octets for a national shift table, six for 16-bit ports. ASCII counts as septets: networks carry it in
    the default alphabet. Raises ValueError where less than 8 octets of room are left.
    """
    if not elements:
        if charset is _GSM7:
            return _GSM7_SIZES
        if charset is _UCS2:
            return _UCS2_SIZES
    if not 0 <= elements <= _USER_DATA - 7 - _LEAST_ROOM:
        raise ValueError(f"{elements} octets of elements leave no room for text")
    return _sizes(charset, elements)
