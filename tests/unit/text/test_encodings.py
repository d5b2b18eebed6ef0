"""data_coding, all 256 of it; each charset both ways; what nonsense reads as; how much fits a part."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.text.encodings import (
    Charset,
    Decoded,
    PartSizes,
    charset_of,
    data_coding_of,
    decode_text,
    encode_text,
    message_class,
    units_per_part,
)
from chappe.text.gsm7 import Language, Shifts, Unencodable

OCTETS_ONLY = (Charset.BINARY, Charset.PICTOGRAM)
TEXTUAL = [charset for charset in Charset if charset not in OCTETS_ONLY]

# ---------------------------------------------------------------- data_coding

NAMED = {
    0x00: Charset.GSM7, 0x01: Charset.ASCII, 0x02: Charset.BINARY, 0x03: Charset.LATIN1, 0x04: Charset.BINARY,
    0x05: Charset.JIS, 0x06: Charset.CYRILLIC, 0x07: Charset.HEBREW, 0x08: Charset.UCS2,
    0x09: Charset.PICTOGRAM, 0x0A: Charset.ISO2022JP, 0x0B: Charset.BINARY, 0x0C: Charset.BINARY,
    0x0D: Charset.EXT_KANJI, 0x0E: Charset.EUC_KR, 0x0F: Charset.BINARY,
}  # fmt: skip
RANGES = [  # first, last, charset, classed
    (0x10, 0x13, Charset.GSM7, True),
    (0x14, 0x17, Charset.BINARY, True),
    (0x18, 0x1B, Charset.UCS2, True),
    (0x1C, 0x1F, Charset.BINARY, True),
    (0x20, 0x2F, Charset.BINARY, False),  # compressed
    (0x30, 0x3F, Charset.BINARY, True),
    (0x40, 0x43, Charset.GSM7, False),  # deletes itself
    (0x44, 0x47, Charset.BINARY, False),
    (0x48, 0x4B, Charset.UCS2, False),
    (0x4C, 0x4F, Charset.BINARY, False),
    (0x50, 0x53, Charset.GSM7, True),
    (0x54, 0x57, Charset.BINARY, True),
    (0x58, 0x5B, Charset.UCS2, True),
    (0x5C, 0x5F, Charset.BINARY, True),
    (0x60, 0x6F, Charset.BINARY, False),
    (0x70, 0x7F, Charset.BINARY, True),
    (0x80, 0xBF, Charset.BINARY, False),  # reserved
    (0xC0, 0xDF, Charset.GSM7, False),  # message waiting
    (0xE0, 0xEF, Charset.UCS2, False),
    (0xF0, 0xF3, Charset.GSM7, True),
    (0xF4, 0xF7, Charset.BINARY, True),
    (0xF8, 0xFB, Charset.GSM7, True),
    (0xFC, 0xFF, Charset.BINARY, True),
]


def test_values_below_0x10_are_those_of_smpp():
    assert {value: charset_of(value) for value in range(0x10)} == NAMED
    assert {message_class(value) for value in range(0x10)} == {None}


@pytest.mark.parametrize(("first", "last", "charset", "classed"), RANGES)
def test_values_from_0x10_on_are_those_of_gsm(first, last, charset, classed):
    for value in range(first, last + 1):
        assert charset_of(value) is charset
        assert message_class(value) == (value & 3 if classed else None)


def test_the_table_covers_every_value_and_no_more():
    with pytest.raises(IndexError):
        charset_of(0x100)
    covered = [value for first, last, _, _ in RANGES for value in range(first, last + 1)]
    assert covered == list(range(0x10, 0x100))


@pytest.mark.parametrize("default", Charset)
def test_default_is_what_0_means_and_touches_nothing_else(default):
    assert charset_of(0, default) is default
    for value in range(1, 0x100):
        plain = charset_of(value)
        packs = default is Charset.GSM7_PACKED and plain is Charset.GSM7
        assert charset_of(value, default) is (default if packs else plain)


@pytest.mark.parametrize(
    "charset", [each for each in Charset if each not in {Charset.GSM7_PACKED, Charset.UTF8}]
)
def test_data_coding_says_the_charset(charset):
    said = charset_of(data_coding_of(charset))
    assert said is (Charset.UCS2 if charset is Charset.UCS2_LE else charset)


@pytest.mark.parametrize(
    ("charset", "wanted", "default", "value"),
    [
        (Charset.GSM7, None, Charset.GSM7, 0x00),
        (Charset.GSM7_PACKED, None, Charset.GSM7_PACKED, 0x00),
        (Charset.UTF8, None, Charset.UTF8, 0x00),
        (Charset.LATIN1, None, Charset.LATIN1, 0x00),
        (Charset.LATIN1, None, Charset.GSM7, 0x03),
        (Charset.BINARY, None, Charset.GSM7, 0x04),
        (Charset.GSM7, 0, Charset.GSM7, 0x10),
        (Charset.GSM7_PACKED, 1, Charset.GSM7_PACKED, 0x11),
        (Charset.GSM7_PACKED, 0, Charset.GSM7_PACKED, 0x10),
        (Charset.BINARY, 0, Charset.GSM7, 0x14),
        (Charset.BINARY, 1, Charset.GSM7, 0x15),
        (Charset.UCS2, 0, Charset.GSM7, 0x18),
        (Charset.UCS2_LE, 0, Charset.GSM7, 0x18),
        (Charset.UCS2_LE, 3, Charset.GSM7, 0x1B),
    ],
)
def test_data_coding_of(charset, wanted, default, value):
    assert data_coding_of(charset, wanted, default) == value


@pytest.mark.parametrize(
    ("charset", "wanted", "default"),
    [
        (Charset.GSM7, None, Charset.LATIN1),
        (Charset.UTF8, None, Charset.GSM7),
        (Charset.LATIN1, 0, Charset.GSM7),
        (Charset.GSM7, 4, Charset.GSM7),
        (Charset.GSM7, -1, Charset.GSM7),
    ],
)
def test_what_no_data_coding_says(charset, wanted, default):
    with pytest.raises(ValueError, match="no data_coding says"):
        data_coding_of(charset, wanted, default)


# ---------------------------------------------------------------- text and octets

VECTORS = [
    (Charset.GSM7, "a€@", "611b6500"),
    (Charset.GSM7_PACKED, "hellohello", "e8329bfd4697d9ec37"),
    (Charset.ASCII, "a~`", "617e60"),
    (Charset.LATIN1, "é¿ÿ", "e9bfff"),
    (Charset.UTF8, "é€😀", "c3a9e282acf09f9880"),
    (Charset.UCS2, "é€😀", "00e920acd83dde00"),
    (Charset.UCS2_LE, "é€😀", "e900ac203dd800de"),
    (Charset.CYRILLIC, "Привет", "bfe0d8d2d5e2"),
    (Charset.HEBREW, "שלום", "f9ece5ed"),
    (Charset.JIS, "日本ﾊ", "93fa967bca"),
    (Charset.ISO2022JP, "a日本", "611b2442467c4b5c1b2842"),
    (Charset.EUC_KR, "한글", "c7d1b1db"),
    (Charset.EXT_KANJI, "日丂", "c6fc8fb0a1"),
]


@pytest.mark.parametrize(("charset", "text", "octets"), VECTORS)
def test_vectors_both_ways(charset, text, octets):
    assert encode_text(text, charset).hex() == octets
    assert decode_text(bytes.fromhex(octets), charset) == Decoded(text, lossy=False)


def test_every_textual_charset_has_a_vector():
    assert {charset for charset, _, _ in VECTORS} == set(TEXTUAL)


@pytest.mark.parametrize(
    ("charset", "text", "characters"),
    [
        (Charset.GSM7, "açb", ("ç",)),
        (Charset.GSM7_PACKED, "aça", ("ç",)),
        (Charset.ASCII, "né, né à", ("é", "à")),
        (Charset.LATIN1, "€5 и €6", ("€", "и")),
        (Charset.UTF8, "a\ud800", ("\ud800",)),
        (Charset.UCS2, "😀\ud83d \udc00", ("\ud83d", "\udc00")),
        (Charset.UCS2_LE, "\udc00", ("\udc00",)),
        (Charset.CYRILLIC, "где café", ("é",)),
        (Charset.HEBREW, "שя", ("я",)),
        (Charset.JIS, "日😀", ("😀",)),
        (Charset.ISO2022JP, "日é", ("é",)),
        (Charset.EUC_KR, "한😀", ("😀",)),
        (Charset.EXT_KANJI, "日😀", ("😀",)),
        (Charset.PICTOGRAM, "aba", ("a", "b")),
        (Charset.BINARY, "aba", ("a", "b")),
    ],
)
def test_what_a_charset_lacks_is_named(charset, text, characters):
    with pytest.raises(Unencodable) as caught:
        encode_text(text, charset)
    assert caught.value.characters == characters


@pytest.mark.parametrize("charset", Charset)
def test_nothing_is_nothing_in_every_charset(charset):
    assert encode_text("", charset) == b""
    assert decode_text(b"", charset) == (None if charset in OCTETS_ONLY else Decoded("", lossy=False))


@pytest.mark.parametrize(
    ("charset", "octets", "text"),
    [
        (Charset.UCS2, "00610062 00", "ab\ufffd"),
        (Charset.UCS2, "d83d", "\ufffd"),
        (Charset.UCS2, "d83d0061", "\ufffda"),
        (Charset.UCS2, "de000061", "\ufffda"),
        (Charset.UCS2_LE, "6100 3dd8", "a\ufffd"),
        (Charset.UTF8, "61ff62", "a\ufffdb"),
        (Charset.ASCII, "61e962", "a\ufffdb"),
        (Charset.HEBREW, "a1", "\ufffd"),
        (Charset.GSM7, "61e9", "a\ufffd"),
        (Charset.GSM7, "611b", "a "),
        (Charset.EUC_KR, "c7", "\ufffd"),
    ],
)
def test_nonsense_is_replaced_and_owned_up_to(charset, octets, text):
    assert decode_text(bytes.fromhex(octets), charset) == Decoded(text, lossy=True)


@pytest.mark.parametrize(
    ("charset", "octets", "text"),
    [
        (Charset.UCS2, "feff0061", "a"),
        (Charset.UCS2, "fffe6100", "a"),
        (Charset.UCS2_LE, "fffe6100", "a"),
        (Charset.UCS2_LE, "feff0061", "a"),
        (Charset.UTF8, "efbbbf61", "a"),
        (Charset.UCS2, "0061feff", "a\ufeff"),
        (Charset.UCS2, "feff", ""),
        (Charset.LATIN1, "feff", "þÿ"),
    ],
)
def test_byte_order_marks(charset, octets, text):
    assert decode_text(bytes.fromhex(octets), charset) == Decoded(text, lossy=False)


def test_national_tables_are_read_where_named():
    turkish = Shifts(single=Language.TURKISH)
    assert decode_text(b"\x1bg", Charset.GSM7, turkish) == Decoded("ğ", lossy=False)
    assert decode_text(b"\x9b\x33", Charset.GSM7_PACKED, turkish) == Decoded("ğ", lossy=False)
    assert decode_text(b"\x1bg", Charset.GSM7) == Decoded("g", lossy=True)


@given(st.binary(), st.sampled_from(Charset))
def test_reading_never_raises(octets, charset):
    decoded = decode_text(octets, charset)
    assert (decoded is None) == (charset in OCTETS_ONLY)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\ufeff\ufffe")))
def test_unicode_round_trips(text):
    for charset in (Charset.UCS2, Charset.UCS2_LE, Charset.UTF8):
        assert decode_text(encode_text(text, charset), charset) == Decoded(text, lossy=False)


@pytest.mark.parametrize("codec", ["latin-1", "iso8859-5", "iso8859-8"])
def test_eight_bit_charsets_round_trip_whole(codec):
    charset = {"latin-1": Charset.LATIN1, "iso8859-5": Charset.CYRILLIC, "iso8859-8": Charset.HEBREW}[codec]
    for octet in range(0x100):
        text = codecs.decode(bytes((octet,)), codec, "ignore")
        if text:
            assert encode_text(text, charset) == bytes((octet,))
            assert decode_text(bytes((octet,)), charset) == Decoded(text, lossy=False)


# ---------------------------------------------------------------- room

SEPTETS = PartSizes(160, 153, 152, 160)
WIDE = PartSizes(70, 67, 66, 70)
OCTETS = PartSizes(140, 134, 133, 140)


@pytest.mark.parametrize("charset", Charset)
def test_sizes(charset):
    wanted = {
        Charset.GSM7: SEPTETS,
        Charset.GSM7_PACKED: SEPTETS,
        Charset.ASCII: SEPTETS,
        Charset.UCS2: WIDE,
        Charset.UCS2_LE: WIDE,
    }
    assert units_per_part(charset) == wanted.get(charset, OCTETS)


@pytest.mark.parametrize(
    ("charset", "elements", "sizes"),
    [
        (Charset.GSM7, 3, PartSizes(155, 149, 148, 155)),  # one shift table
        (Charset.GSM7, 6, PartSizes(152, 146, 145, 152)),  # both
        (Charset.UCS2, 6, PartSizes(66, 64, 63, 66)),  # 16-bit ports
        (Charset.BINARY, 6, PartSizes(133, 128, 127, 133)),
        (Charset.BINARY, 125, PartSizes(14, 9, 8, 14)),
    ],
)
def test_sizes_behind_further_elements(charset, elements, sizes):
    assert units_per_part(charset, elements) == sizes


@pytest.mark.parametrize("elements", [-1, 126, 1000])
def test_elements_that_leave_no_room(elements):
    with pytest.raises(ValueError, match="no room"):
        units_per_part(Charset.GSM7, elements)


@pytest.mark.parametrize("charset", Charset)
def test_full_parts_fit_140_octets(charset):
    for elements in range(126):
        sizes = units_per_part(charset, elements)
        for units, header in (
            (sizes.alone, 1 + elements if elements else 0),
            (sizes.parts8, 6 + elements),
            (sizes.parts16, 7 + elements),
        ):
            bits = {SEPTETS: 7, WIDE: 16, OCTETS: 8}[units_per_part(charset)]
            assert 8 * header + bits * units <= 1120 < 8 * header + bits * (units + 1)
