"""How many parts a text becomes, and which: the one place that counts and cuts, so that both agree.

A cut never falls inside an escape pair, a surrogate pair or any other character. It falls between graphemes
instead of inside one wherever the rest still fits the parts that full ones would need: so graphemes never
cost a part, and counting need not know of them.
"""

from bisect import bisect_right
from codecs import utf_16_be_decode, utf_16_be_encode, utf_16_le_encode
from itertools import pairwise
from typing import Final

from msgspec import Struct

from chappe.text import gsm7
from chappe.text.encodings import Charset, PartSizes, encode_text, units_per_part
from chappe.text.graphemes import boundary_before, is_boundary
from chappe.text.gsm7 import NO_SHIFTS, Shifts, Unencodable
from chappe.text.udh import fill_bits

MAX_PARTS: Final = 255
"""What the one octet of a total can say, GSM 03.40 §9.2.3.24.1 and SMPP 3.4 §5.3.2.23."""

_GSM7: Final = Charset.GSM7
_UCS2: Final = Charset.UCS2
_PACKED: Final = Charset.GSM7_PACKED
_UCS2_LE: Final = Charset.UCS2_LE
_MULTI_OCTET_CHARSETS: Final = frozenset(
    {Charset.JIS, Charset.ISO2022JP, Charset.EUC_KR, Charset.EXT_KANJI, Charset.UTF8}
)
_USER_DATA: Final = 140  # octets of one short message, GSM 03.40 §9.2.3.24
_LEAST_PART: Final = 2  # UTF-16 code units: less would not hold every character


class TooManyParts(ValueError):
    """The text needs more parts than one message can have: ``parts`` of them."""

    def __init__(self, parts: int) -> None:
        super().__init__(f"{parts} parts, where {MAX_PARTS} are the most")
        self.parts = parts


class Plan(Struct, frozen=True, gc=False):
    """What a text will become, before it is cut.

    ``units`` are septets, UTF-16 code units or octets, as the charset counts; ``room_left`` is how many more
    would add no part; ``forcing`` are the characters for which Unicode was taken, where the choice was ours.
    """

    charset: Charset
    parts: int
    units: int
    room_left: int
    forcing: tuple[str, ...]


# ---------------------------------------------------------------- cutters


class _Cutter:
    """Cuts a charset of one octet a character; the others below differ in what a position counts."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.end = len(octets)
        self.step = 1  # positions per unit
        self.size = 0  # positions per part

    def hard(self, start: int) -> int:
        """Return where the fullest part from here on ends."""
        return min(start + self.size, self.end)

    def soft(self, start: int, cut: int) -> int:  # noqa: ARG002 - other charsets need to see the whole part
        """Return the last cut behind start, and not behind ``cut``, that tears no grapheme; else ``cut``."""
        return cut - 1 if self.octets[cut - 1 : cut + 1] == b"\r\n" else cut

    def units(self, start: int = 0) -> int:
        """Return how many units there are from here on."""
        return (self.end - start) // self.step

    def take(self, start: int, cut: int) -> bytes:
        """Return the payload between two positions."""
        return self.octets[start:cut]


class _Septets(_Cutter):
    def __init__(self, octets: bytes, shifts: Shifts) -> None:
        super().__init__(octets)
        self.shifts = shifts

    def hard(self, start: int) -> int:
        cut = start + self.size
        if cut >= self.end:
            return self.end
        return cut - 1 if self.octets[cut - 1] == gsm7.ESCAPE else cut

    def soft(self, start: int, cut: int) -> int:
        shifts = self.shifts
        if not shifts.octets:
            return super().soft(start, cut)
        piece = gsm7.decode(self.octets[start:cut], shifts.locking, shifts.single)
        behind = gsm7.decode(self.octets[cut : cut + 2], shifts.locking, shifts.single)
        return cut - gsm7.septets(_torn(piece, behind), shifts.locking, shifts.single)


class _Wide(_Cutter):
    def __init__(self, text: str, *, little_endian: bool) -> None:
        super().__init__(encode_text(text, _UCS2))
        self.step = 2
        self.little_endian = little_endian

    def hard(self, start: int) -> int:
        cut = start + self.size
        if cut >= self.end:
            return self.end
        return cut - 2 if 0xDC <= self.octets[cut] <= 0xDF else cut

    def soft(self, start: int, cut: int) -> int:
        around = self.octets[cut - 2 : cut + 2]
        paired = 0xDC <= around[0] <= 0xDF or 0xD8 <= around[2] <= 0xDB
        if not paired and is_boundary(utf_16_be_decode(around)[0], 1):
            return cut
        piece = utf_16_be_decode(self.octets[start:cut])[0]
        behind = utf_16_be_decode(self.octets[cut : cut + 4], "ignore")[0]
        return cut - len(utf_16_be_encode(_torn(piece, behind))[0])

    def take(self, start: int, cut: int) -> bytes:
        octets = self.octets[start:cut]
        return utf_16_le_encode(utf_16_be_decode(octets)[0])[0] if self.little_endian else octets


class _Characters(_Cutter):
    """Cuts between characters, for charsets whose octets do not show where one begins, or have a state."""

    def __init__(self, text: str, charset: Charset) -> None:
        super().__init__(encode_text(text, charset))
        self.text = text
        self.charset = charset
        self.end = len(text)

    def hard(self, start: int) -> int:
        cuts = range(start + 1, min(start + self.size, self.end) + 1)
        fitting = bisect_right(cuts, self.size, key=lambda cut: len(self.take(start, cut)))
        return start + fitting

    def soft(self, start: int, cut: int) -> int:
        return cut - len(_torn(self.text[start:cut], self.text[cut]))

    def units(self, start: int = 0) -> int:
        return len(self.take(start, self.end)) if start else len(self.octets)

    def take(self, start: int, cut: int) -> bytes:
        return encode_text(self.text[start:cut], self.charset)


def _torn(piece: str, behind: str) -> str:
    """Return the end of the piece that goes on in what is behind it; nothing where that is all of it."""
    boundary = boundary_before(piece + behind, len(piece))
    return piece[boundary:] if boundary else ""


def _cutter(text: str, charset: Charset, shifts: Shifts) -> _Cutter:
    if charset is _UCS2 or charset is _UCS2_LE:
        return _Wide(text, little_endian=charset is _UCS2_LE)
    if charset is _GSM7 or charset is _PACKED:
        return _Septets(gsm7.encode(text, shifts.locking, shifts.single), shifts)
    if charset in _MULTI_OCTET_CHARSETS:
        return _Characters(text, charset)
    return _Cutter(encode_text(text, charset))


# ---------------------------------------------------------------- counting and cutting


def _part_size(sizes: PartSizes, reference_bits: int, *, header: bool) -> int:
    if not header:
        return sizes.sar
    if reference_bits not in {8, 16}:
        raise ValueError(f"a reference has 8 or 16 bits, not {reference_bits}")
    return sizes.parts8 if reference_bits == 8 else sizes.parts16


def _limited(size: int, charset: Charset, unicode_part: int) -> int:
    if unicode_part and (charset is _UCS2 or charset is _UCS2_LE):
        return min(size, max(unicode_part, _LEAST_PART))
    return size


def _elements(charset: Charset, shifts: Shifts, elements: int) -> int:
    return elements + shifts.octets if charset is _GSM7 or charset is _PACKED else elements


def _hard_cuts(cutter: _Cutter, start: int) -> list[int]:
    cuts = []
    while start < cutter.end:
        start = cutter.hard(start)
        cuts.append(start)
    return cuts


def _soft_cuts(cutter: _Cutter, cuts: list[int]) -> list[int]:
    """Move hard cuts to grapheme boundaries, each as far as the parts that are left can take."""
    moved = False
    start = 0
    for index, hard in enumerate(cuts[:-1], 1):
        cut = cutter.hard(start) if moved else hard
        soft = cutter.soft(start, cut)
        if soft < cut and index + len(_hard_cuts(cutter, soft)) <= len(cuts):
            cut = soft
        moved = cut < hard
        cuts[index - 1] = start = cut
    return cuts


def _slices(octets: bytes, size: int) -> list[bytes]:
    payloads = [octets[start : start + size] for start in range(0, len(octets), size)]
    if len(payloads) > MAX_PARTS:
        raise TooManyParts(len(payloads))
    return payloads


def plan(
    text: str,
    charset: Charset | None = None,
    *,
    reference_bits: int = 8,
    header: bool = True,
    shifts: Shifts = NO_SHIFTS,
    elements: int = 0,
    unicode_part: int = 0,
) -> Plan:
    """Count the parts that ``split`` will make of the text, without making them.

    Without a charset it is GSM 7-bit if the text fits that alphabet, else UCS-2. The other arguments are
    those of ``split``. Raises Unencodable, and TooManyParts above 255.
    """
    forcing: tuple[str, ...] = ()
    septets = None
    if charset is None or charset is _GSM7:
        septets = gsm7.encode_or_none(text, shifts.locking, shifts.single)
        if septets is None:
            forcing = gsm7.forcing(text, shifts.locking, shifts.single)
            if charset is _GSM7:
                raise Unencodable(forcing)
            charset = _UCS2
        else:
            alone = units_per_part(_GSM7, elements + shifts.octets).alone
            if len(septets) <= alone:
                return Plan(_GSM7, 1, len(septets), alone - len(septets), ())
            charset = _GSM7
    cutter = _cutter(text, charset, shifts) if septets is None else _Septets(septets, shifts)
    sizes = units_per_part(charset, _elements(charset, shifts, elements))
    units = cutter.units()
    if units <= sizes.alone:
        return Plan(charset, 1, units, sizes.alone - units, forcing)
    size = _limited(_part_size(sizes, reference_bits, header=header), charset, unicode_part)
    cutter.size = size * cutter.step
    cuts = _hard_cuts(cutter, 0)
    if len(cuts) > MAX_PARTS:
        raise TooManyParts(len(cuts))
    return Plan(charset, len(cuts), units, size - cutter.units(cuts[-2]), forcing)


def split(
    text: str,
    charset: Charset,
    *,
    reference_bits: int = 8,
    header: bool = True,
    prefer_graphemes: bool = True,
    shifts: Shifts = NO_SHIFTS,
    elements: int = 0,
    unicode_part: int = 0,
) -> list[bytes]:
    """Return the payload of each part, without its header, as it goes on the wire.

    One payload where the text fits a single message. Else each leaves room for a header with a reference of
    8 or 16 bits, or, with ``header`` false, is told apart by TLVs and may be as long as a lone message.
    ``shifts`` are the national tables to write GSM 7-bit text with; ``elements`` are the octets of further
    elements in each part's header; ``unicode_part`` is the most UTF-16 code units of a part in UCS-2, 0 for
    all that there is room for. Packed septets begin behind the fill bits that such a header needs.
    Raises Unencodable, and TooManyParts above 255.
    """
    elements = _elements(charset, shifts, elements)
    sizes = units_per_part(charset, elements)
    if charset is _GSM7:
        septets = gsm7.encode(text, shifts.locking, shifts.single)
        if len(septets) <= sizes.alone:
            return [septets]
        if shifts is NO_SHIFTS and gsm7.ESCAPE not in septets and b"\r\n" not in septets:
            return _slices(septets, _part_size(sizes, reference_bits, header=header))
        cutter: _Cutter = _Septets(septets, shifts)
    else:
        cutter = _cutter(text, charset, shifts)
    if cutter.units() <= sizes.alone:
        cuts = [cutter.end]
    else:
        size = _limited(_part_size(sizes, reference_bits, header=header), charset, unicode_part)
        cutter.size = size * cutter.step
        cuts = _hard_cuts(cutter, 0)
        if len(cuts) > MAX_PARTS:
            raise TooManyParts(len(cuts))
        if prefer_graphemes:
            cuts = _soft_cuts(cutter, cuts)
    payloads = [cutter.take(start, cut) for start, cut in pairwise([0, *cuts])]
    if charset is not _PACKED:
        return payloads
    in_header = 1 + elements if elements else 0
    if header and len(cuts) > 1:
        in_header = 1 + elements + (5 if reference_bits == 8 else 6)
    # A part that is full has no octet for a doubled carriage return; the cut drops that one and nothing else.
    fill, room = fill_bits(in_header), _USER_DATA - in_header
    return [gsm7.pack(payload, fill)[:room] for payload in payloads]


def split_octets(
    data: bytes, *, reference_bits: int = 8, header: bool = True, elements: int = 0
) -> list[bytes]:
    """Return the payload of each part of binary data, as ``split`` does for a text. Raises TooManyParts."""
    sizes = units_per_part(Charset.BINARY, elements)
    if len(data) <= sizes.alone:
        return [data]
    return _slices(data, _part_size(sizes, reference_bits, header=header))
