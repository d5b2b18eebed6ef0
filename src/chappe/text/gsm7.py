"""The GSM 7-bit alphabets: text to septets and back, and what to do about a character they lack.

Septets stand one to an octet unless a name says "packed". Nothing here knows of parts or headers.
"""

from codecs import charmap_build, charmap_decode, charmap_encode
from collections.abc import Mapping
from enum import IntEnum
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from chappe.text.gsm7_tables import LOCKING, SINGLE

ESCAPE: Final = 0x1B
_REPLACEMENT: Final = "\ufffd"
_CARRIAGE_RETURN: Final = b"\r"


class Language(IntEnum):
    """National language identifier, TS 23.038 §6.2.1.2.4. DEFAULT stands for no shift table at all."""

    DEFAULT = 0
    TURKISH = 1
    SPANISH = 2
    PORTUGUESE = 3
    BENGALI = 4
    GUJARATI = 5
    HINDI = 6
    KANNADA = 7
    MALAYALAM = 8
    ORIYA = 9
    PUNJABI = 10
    TAMIL = 11
    TELUGU = 12
    URDU = 13


class Shifts(Struct, frozen=True, gc=False):
    """The national tables that a text is written with; a header element announces each, in every part."""

    locking: Language = Language.DEFAULT
    single: Language = Language.DEFAULT

    @property
    def octets(self) -> int:
        """Octets that their elements take in a header, GSM 03.40 §9.2.3.24.15 and §9.2.3.24.16."""
        return 3 * (bool(self.locking) + bool(self.single))


NO_SHIFTS: Final = Shifts()


class Unencodable(ValueError):
    """The text has characters that the wanted alphabet lacks: ``characters``, distinct, as they appear."""

    def __init__(self, characters: tuple[str, ...]) -> None:
        super().__init__("not in the alphabet: " + " ".join(f"U+{ord(each):04X}" for each in characters))
        self.characters = characters


# ---------------------------------------------------------------- marks
#
# One C call turns a text into marks, an octet for each character, dropping what the alphabet lacks: a result
# that is shorter than its text tells of a wrong character without an exception. A mark below 0x80 is a
# septet. 0x80 | code is an escaped code. 0x9B, which would be the escaped escape and cannot occur, stands for
# septet 0: the C trie is only built where octet 0 means NUL, which no GSM alphabet has.

_ZERO_MARK: Final = 0x80 | ESCAPE
_UNASSIGNED: Final = "\ufffe"
_SEPTET_MARKS: Final = bytes(range(0x80))


def _septets_of(mark: int) -> bytes:
    if mark < 0x80:
        return bytes((mark,))
    return b"\0" if mark == _ZERO_MARK else bytes((ESCAPE, mark & 0x7F))


_SEPTETS: Final = tuple(map(_septets_of, range(0x100)))


@cache
def _alphabet(locking: int, single: int) -> str:
    """Characters by mark, 256 of them; of two places for one character the cheaper, lower one is taken."""
    base = LOCKING[locking]
    marks = ["\0"] + [_UNASSIGNED] * 0xFF
    marks[_ZERO_MARK] = _UNASSIGNED if base[0] == "\0" else base[0]
    taken = {"\0", "\x1b", base[0]}
    for mark, character in enumerate(base[1:] + SINGLE[single], 1):
        if character not in taken:
            taken.add(character)
            marks[mark] = character
    return "".join(marks)


@cache
def _repertoire(locking: int, single: int) -> frozenset[str]:
    return frozenset(_alphabet(locking, single)) - {"\0", _UNASSIGNED}


@cache
def _trie(locking: int, single: int) -> Any:  # the interpreter gives this type no public name
    return charmap_build(_alphabet(locking, single))


_DEFAULT_TRIE: Final[Any] = _trie(0, 0)


def _marks(text: str, locking: int, single: int) -> bytes | None:
    trie = _trie(locking, single) if locking or single else _DEFAULT_TRIE
    marks = charmap_encode(text, "ignore", trie)[0]
    return None if len(marks) != len(text) or 0 in marks else marks


def _expand(marks: bytes) -> bytes:
    for mark in set(marks.translate(None, _SEPTET_MARKS)):
        marks = marks.replace(bytes((mark,)), _SEPTETS[mark])
    return marks


# ---------------------------------------------------------------- text to septets


def encode_or_none(
    text: str, locking: int = Language.DEFAULT, single: int = Language.DEFAULT
) -> bytes | None:
    """Return the septets as ``encode`` does, or None where it would raise."""
    marks = _marks(text, locking, single)
    return marks if marks is None or marks.isascii() else _expand(marks)


def encode(text: str, locking: int = Language.DEFAULT, single: int = Language.DEFAULT) -> bytes:
    """Return the septets of the text, escape pairs included, GSM 03.38 §6.2.1 and TS 23.038 §6.2.1.2.

    Raises Unencodable. A character of both tables is written by the locking one, being half as long.
    """
    octets = encode_or_none(text, locking, single)
    if octets is None:
        raise Unencodable(_missing(text, locking, single))
    return octets


def is_gsm(text: str, locking: int = Language.DEFAULT, single: int = Language.DEFAULT) -> bool:
    """Tell whether ``encode`` would succeed."""
    return _marks(text, locking, single) is not None


def septets(text: str, locking: int = Language.DEFAULT, single: int = Language.DEFAULT) -> int:
    """Count the septets that ``encode`` would return, escapes included. Raises Unencodable."""
    marks = _marks(text, locking, single)
    if marks is None:
        raise Unencodable(_missing(text, locking, single))
    if marks.isascii():
        return len(marks)
    escaped = marks.translate(None, _SEPTET_MARKS)
    return len(marks) + len(escaped) - escaped.count(_ZERO_MARK)


def forcing(text: str, locking: int = Language.DEFAULT, single: int = Language.DEFAULT) -> tuple[str, ...]:
    """Return the characters that force another alphabet: distinct, in order of appearance."""
    return () if is_gsm(text, locking, single) else _missing(text, locking, single)


def _missing(text: str, locking: int, single: int) -> tuple[str, ...]:
    repertoire = _repertoire(locking, single)
    return tuple([each for each in dict.fromkeys(text) if each not in repertoire])


# ---------------------------------------------------------------- septets to text


@cache
def _plain(locking: int) -> str:
    """Characters by octet. An escape with nothing behind it is a space, GSM 03.38 §6.2.1 note 1."""
    return LOCKING[locking].replace("\0", " ").replace("\x1b", " ") + _REPLACEMENT * 0x80


@cache
def _escaped(locking: int, single: int) -> str:
    """Characters by the octet behind an escape.

    What the extension lacks is the base table's character; a second escape is a space, GSM 03.38 §6.2.1.1.
    """
    pairs = zip(_plain(locking), SINGLE[single].ljust(0x100, "\0"), strict=True)
    return "".join(plain if extended in "\0\x1b" else extended for plain, extended in pairs)


@cache
def _assigned(language: int, tables: tuple[str, ...] = LOCKING) -> bytes:
    return bytes(code for code, character in enumerate(tables[language]) if character not in "\0\x1b")


def decode_checked(
    octets: bytes, locking: int = Language.DEFAULT, single: int = Language.DEFAULT
) -> tuple[str, bool]:
    """Return the text, and whether it is lossy: some octet or pair has no meaning in these tables.

    Never raises: octets above 0x7F become U+FFFD, unassigned codes a space, unknown pairs as in ``decode``.
    """
    plain = _plain(locking)
    at = octets.find(ESCAPE)
    if at < 0:
        return charmap_decode(octets, "strict", plain)[0], bool(octets.translate(None, _assigned(locking)))
    escaped, defined = _escaped(locking, single), _assigned(single, SINGLE)
    pieces: list[str] = []
    unescaped: list[bytes] = []
    lossy = False
    start = 0
    while at >= 0:
        code = octets[at + 1] if at + 1 < len(octets) else ESCAPE
        unescaped.append(octets[start:at])
        pieces += charmap_decode(unescaped[-1], "strict", plain)[0], escaped[code]
        lossy = lossy or code not in defined
        start = at + 2
        at = octets.find(ESCAPE, start)
    unescaped.append(octets[start:])
    pieces.append(charmap_decode(unescaped[-1], "strict", plain)[0])
    return "".join(pieces), lossy or bool(b"".join(unescaped).translate(None, _assigned(locking)))


def decode(octets: bytes, locking: int = Language.DEFAULT, single: int = Language.DEFAULT) -> str:
    """Return the text of unpacked septets; never raises.

    An escaped code that the extension lacks reads as the base table's character, and an escape before
    another one or before the end as a space, GSM 03.38 §6.2.1.1.
    """
    return decode_checked(octets, locking, single)[0]


# ---------------------------------------------------------------- staying in the alphabet

_LOOK_ALIKES: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys("“”„‟«»″‶〝〞＂", '"')  # noqa: RUF001 - look-alikes are the matter
    | dict.fromkeys("‘’‚‛‹›′‵`´ʹʼʽˈ＇", "'")  # noqa: RUF001 - look-alikes are the matter
    | dict.fromkeys("‐‑‒–—―−⁃﹘﹣－", "-")  # noqa: RUF001 - look-alikes are the matter
    | dict.fromkeys("\t\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a", " ")
    | dict.fromkeys("\u202f\u205f\u3000", " ")
    | dict.fromkeys("\xad\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\ufeff\ufe0e", "")
    | dict.fromkeys("\x85\u2028\u2029", "\n")
    | {"…": "...", "‥": "..", "‼": "!!", "¦": "|", "⁄": "/", "∕": "/", "ˆ": "^", "˜": "~", "‗": "_", "∗": "*"}  # noqa: RUF001 - look-alikes are the matter
)


def replace(text: str, by: str = "?") -> tuple[str, tuple[str, ...]]:
    """Put ``by`` for each character outside the default alphabet.

    Returns the changed text and the replaced characters: distinct, in order of appearance.
    """
    missing = forcing(text)
    return (text.translate(dict.fromkeys(map(ord, missing), by)) if missing else text), missing


def look_alikes(text: str, *, partly: bool = False) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Put look-alikes of the default alphabet for quotes, dashes, blanks and the like that it lacks.

    Returns the changed text and the changes as (was, is): distinct, in order of appearance. Where other
    characters force Unicode all the same, nothing is gained and nothing changed, unless ``partly`` is set.
    """
    missing = forcing(text)
    changes = tuple((each, _LOOK_ALIKES[each]) for each in missing if each in _LOOK_ALIKES)
    if not changes or (len(changes) < len(missing) and not partly):
        return text, ()
    return text.translate({ord(was): now for was, now in changes}), changes


# ---------------------------------------------------------------- packing
#
# Eight septets are a lane of 64 bits. Neighbours are joined twofold three times over the whole text at once,
# as one large integer: 8 x 7 bits to 4 x 14, 2 x 28, 1 x 56; then every eighth octet is empty and goes.

_LANE_STEPS: Final = (
    (b"\x7f\0\x7f\0\x7f\0\x7f\0", 7, 1),
    (b"\xff\x3f\0\0\xff\x3f\0\0", 14, 2),
    (b"\xff\xff\xff\x0f\0\0\0\0", 28, 4),
)


def _check_fill(fill_bits: int) -> None:
    if not 0 <= fill_bits <= 6:
        raise ValueError(f"fill bits are 0 to 6, not {fill_bits}")


def pack(septets: bytes, fill_bits: int = 0) -> bytes:
    """Pack septets eight to seven octets, GSM 03.38 §6.1.2.1, behind 0 to 6 zero fill bits.

    Seven spare bits are filled with a carriage return, and a last carriage return that would end on an octet
    boundary is doubled, GSM 03.38 §6.1.2.3.1: else the reader of a text without a count sees an "@" too many
    or a carriage return too few. The doubled one is an octet of its own, last, and may be cut off.
    """
    _check_fill(fill_bits)
    if not septets:
        return b""
    spare = -(fill_bits + 7 * len(septets)) % 8
    if spare == 7 or (spare == 0 and septets.endswith(_CARRIAGE_RETURN)):
        septets += _CARRIAGE_RETURN
    lanes = (len(septets) + 7) // 8
    value = int.from_bytes(septets, "little")
    for pattern, width, gap in _LANE_STEPS:
        low = int.from_bytes(pattern * lanes, "little")
        value = (value & low) | ((value >> gap) & (low << width))
    octets = bytearray(value.to_bytes(8 * lanes, "little"))
    del octets[7::8]
    size = (fill_bits + 7 * len(septets) + 7) // 8
    if fill_bits:
        octets = bytearray((int.from_bytes(octets, "little") << fill_bits).to_bytes(7 * lanes + 1, "little"))
    return bytes(octets[:size])


def unpack(octets: bytes, count: int | None = None, fill_bits: int = 0) -> bytes:
    """Unpack septets that begin behind 0 to 6 fill bits: ``count`` of them, or as many as there are.

    Without a count a carriage return that ends on the last octet's boundary is padding and is dropped,
    GSM 03.38 §6.1.2.3.1. Never raises for any octets; a count beyond their end is cut down.
    """
    _check_fill(fill_bits)
    bits = max(0, 8 * len(octets) - fill_bits)
    number = bits // 7 if count is None else max(0, min(count, bits // 7))
    lanes = (number + 7) // 8
    value = (int.from_bytes(octets, "little") >> fill_bits) & ((1 << 7 * number) - 1)
    packed = value.to_bytes(7 * lanes, "little")
    spread = bytearray(8 * lanes)
    for octet in range(7):
        spread[octet::8] = packed[octet::7]
    value = int.from_bytes(spread, "little")
    for pattern, width, gap in reversed(_LANE_STEPS):
        low = int.from_bytes(pattern * lanes, "little")
        value = (value & low) | ((value & (low << width)) << gap)
    septets = value.to_bytes(8 * lanes, "little")[:number]
    padded = count is None and bits % 7 == 0 and septets.endswith(_CARRIAGE_RETURN)
    return septets[:-1] if padded else septets
