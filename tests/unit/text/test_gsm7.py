"""GSM 7-bit: the whole alphabet both ways in all 196 pairs of tables, what reading makes of nonsense, packing."""
# ruff: noqa: RUF001 - confusable letters are what is tested

import itertools
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.text import gsm7
from chappe.text.gsm7 import NO_SHIFTS, Language, Shifts, Unencodable
from chappe.text.gsm7_tables import LOCKING, SINGLE

PAIRS = list(itertools.product(Language, Language))
ALPHABET = [each for each in LOCKING[0] + SINGLE[0] if each not in "\0\x1b"]

gsm_texts = st.text(st.sampled_from(ALPHABET))
any_texts = st.text(st.characters(codec=None) | st.sampled_from(ALPHABET))
pairs = st.sampled_from(PAIRS)


def by_hand(text, locking, single):
    """Write a text the slow, plain way, as the standard tells it."""
    octets = bytearray()
    for character in text:
        if character in "\0\x1b":
            return None
        if (code := LOCKING[locking].find(character)) >= 0:
            octets.append(code)
        elif (code := SINGLE[single].find(character)) >= 0:
            octets += bytes((0x1B, code))
        else:
            return None
    return bytes(octets)


# ---------------------------------------------------------------- text to septets

VECTORS = [
    ("", b""),
    ("hello", b"hello"),
    ("@", b"\x00"),
    ("@@\r@", b"\x00\x00\x0d\x00"),
    ("_$¤", b"\x11\x02\x24"),
    ("€", b"\x1b\x65"),
    ("[{^}]\\~|", b"\x1b\x3c\x1b\x28\x1b\x14\x1b\x29\x1b\x3e\x1b\x2f\x1b\x3d\x1b\x40"),
    ("a\fb", b"a\x1b\x0ab"),
    ("ΔΦΓΛΩΠΨΣΘΞ", b"\x10\x12\x13\x14\x15\x16\x17\x18\x19\x1a"),
    ("Ærø à gå", b"\x1cr\x0c \x7f g\x0f"),
    ("me@home.example", b"me\x00home.example"),
    ("5€ @ 6€", b"5\x1be \x00 6\x1be"),
]


@pytest.mark.parametrize(("text", "octets"), VECTORS)
def test_vectors_both_ways(text, octets):
    assert gsm7.encode(text) == octets
    assert gsm7.decode(octets) == text
    assert gsm7.septets(text) == len(octets)
    assert gsm7.is_gsm(text)
    assert gsm7.forcing(text) == ()


@pytest.mark.parametrize(("locking", "single"), PAIRS)
def test_every_pair_of_tables_round_trips_its_whole_alphabet(locking, single):
    alphabet = "".join(dict.fromkeys(LOCKING[locking] + SINGLE[single])).translate({0: None, 0x1B: None})
    octets = gsm7.encode(alphabet, locking, single)
    assert octets == by_hand(alphabet, locking, single)
    assert gsm7.decode_checked(octets, locking, single) == (alphabet, False)
    assert gsm7.septets(alphabet, locking, single) == len(octets)


@pytest.mark.parametrize(("locking", "single"), [(0, 0), (1, 1), (0, 2), (3, 3), (7, 7), (11, 0), (13, 13)])
def test_exactly_the_tables_characters_can_be_written(locking, single):
    wanted = set(LOCKING[locking] + SINGLE[single]) - {"\0", "\x1b"}
    everything = map(chr, itertools.chain(range(0x3100), range(0xD7F0, 0xE010), range(0xFE00, 0x10010)))
    assert {each for each in everything if gsm7.is_gsm(each, locking, single)} == wanted


NATIONAL = [
    ("İğş", Language.TURKISH, Language.DEFAULT, b"\x40\x0c\x1d"),
    ("İğş", Language.DEFAULT, Language.TURKISH, b"\x1bI\x1bg\x1bs"),
    ("€", Language.TURKISH, Language.TURKISH, b"\x04"),
    ("á@é", Language.DEFAULT, Language.SPANISH, b"\x1ba\x00\x05"),
    ("ação", Language.PORTUGUESE, Language.DEFAULT, b"a\x09\x7bo"),
    ("\u0905@A", Language.HINDI, Language.HINDI, b"\x03\x1b\x00\x1bA"),
    ("\u0c82@", Language.KANNADA, Language.KANNADA, b"\x01\x1b\x00"),
]


@pytest.mark.parametrize(("text", "locking", "single", "octets"), NATIONAL)
def test_national_vectors(text, locking, single, octets):
    assert gsm7.encode(text, locking, single) == octets
    assert gsm7.decode(octets, locking, single) == text


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("ç", ("ç",)),
        ("a`b`", ("`",)),
        ("Привет, привет", tuple("Приветп")),
        ("\x1b", ("\x1b",)),
        ("a\0b", ("\0",)),
        ("\t", ("\t",)),
        ("\x80\x9b\xff", ("\x80", "\x9b", "ÿ")),
        ("😀 and 😀 but 🎉", ("😀", "🎉")),
        ("\ud83d", ("\ud83d",)),
        ("\ufffe\uffff", ("\ufffe", "\uffff")),
        ("ĞğİıŞş", tuple("ĞğİıŞş")),
    ],
)
def test_what_cannot_be_written_is_named_in_order(text, characters):
    assert gsm7.forcing(text) == characters
    assert gsm7.encode_or_none(text) is None
    assert not gsm7.is_gsm(text)
    for attempt in (gsm7.encode, gsm7.septets):
        with pytest.raises(Unencodable) as caught:
            attempt(text)
        assert caught.value.characters == characters
    assert f"U+{ord(characters[0]):04X}" in str(caught.value)


def test_forcing_goes_by_the_tables_named():
    assert gsm7.forcing("çğ", Language.TURKISH) == ()
    assert gsm7.forcing("çğ", Language.DEFAULT, Language.SPANISH) == ("ğ",)


@given(any_texts, pairs)
def test_encoding_equals_the_plain_way(text, pair):
    assert gsm7.encode_or_none(text, *pair) == by_hand(text, *pair)


@given(any_texts)
def test_forcing_is_empty_exactly_where_encoding_works(text):
    assert (gsm7.forcing(text) == ()) == gsm7.is_gsm(text)


# ---------------------------------------------------------------- septets to text


@pytest.mark.parametrize(
    ("octets", "text", "lossy"),
    [
        (b"\x1b", " ", True),
        (b"ab\x1b", "ab ", True),
        (b"\x1b\x1b", " ", True),
        (b"\x1b\x1be", " e", True),
        (b"\x1b\x1b\x1be", " €", True),
        (b"\x1bA", "A", True),
        (b"\x1b\x00\x1b\x05", "@é", True),
        (b"\x1be\x1be", "€€", False),
        (b"\xe9t\xe9", "\ufffdt\ufffd", True),
        (b"\x1b\xe9x", "\ufffdx", True),
        (b"\xe9\x1be", "\ufffd€", True),
        (b"\x1b\x0d", "\r", True),
        (b"", "", False),
    ],
)
def test_reading_nonsense(octets, text, lossy):
    assert gsm7.decode_checked(octets) == (text, lossy)
    assert gsm7.decode(octets) == text


def test_reading_what_a_national_table_lacks():
    assert gsm7.decode_checked(b"\x00\x01", Language.TAMIL) == (" \u0b82", True)
    assert gsm7.decode_checked(b"\x1bz", Language.TURKISH, Language.TURKISH) == ("z", True)
    assert gsm7.decode_checked(b"\x1b\x04", Language.TURKISH, Language.TURKISH) == ("€", True)
    assert gsm7.decode_checked(b"\x1b\x00", Language.KANNADA, Language.KANNADA) == ("@", False)
    assert gsm7.decode_checked(b"\x1b\x14\x1b\x00", Language.KANNADA) == ("^ ", True)


@given(st.binary(), pairs)
def test_reading_never_raises_and_owns_up_to_loss(octets, pair):
    text, lossy = gsm7.decode_checked(octets, *pair)
    assert gsm7.decode(octets, *pair) == text
    if not lossy:
        assert gsm7.decode(gsm7.encode(text, *pair), *pair) == text
        assert "\ufffd" not in text


@given(gsm_texts)
def test_round_trip(text):
    assert gsm7.decode_checked(gsm7.encode(text)) == (text, False)


# ---------------------------------------------------------------- languages and shifts


def test_identifiers_are_those_of_the_standard():
    names = "DEFAULT TURKISH SPANISH PORTUGUESE BENGALI GUJARATI HINDI KANNADA MALAYALAM ORIYA PUNJABI TAMIL TELUGU URDU"
    assert {language.name: language.value for language in Language} == {
        name: number for number, name in enumerate(names.split())
    }


def test_octets_of_shifts():
    assert NO_SHIFTS.octets == 0
    assert Shifts(single=Language.SPANISH).octets == 3
    assert Shifts(Language.HINDI, Language.HINDI).octets == 6


# ---------------------------------------------------------------- staying in the alphabet


@pytest.mark.parametrize(
    ("text", "by", "changed", "characters"),
    [
        ("plain", "?", "plain", ()),
        ("héllo wörld", "?", "héllo wörld", ()),
        ("ça va 😀😀", "?", "?a va ??", ("ç", "😀")),
        ("ça", "", "a", ("ç",)),
        ("a\x1bb", "_", "a_b", ("\x1b",)),
    ],
)
def test_replace(text, by, changed, characters):
    assert gsm7.replace(text, by) == (changed, characters)


def test_replace_puts_question_marks_by_itself():
    assert gsm7.replace("ž") == ("?", ("ž",))


@given(any_texts)
def test_replaced_text_can_be_written(text):
    changed, characters = gsm7.replace(text)
    assert gsm7.is_gsm(changed)
    assert len(changed) == len(text)
    assert characters == gsm7.forcing(text)


@pytest.mark.parametrize(
    ("text", "changed", "changes"),
    [
        ("plain", "plain", ()),
        ("“Don’t” – he said…", '"Don\'t" - he said...', (("“", '"'), ("’", "'"), ("”", '"'), ("–", "-"), ("…", "..."))),
        ("10\xa0000\u202f€", "10 000 €", (("\xa0", " "), ("\u202f", " "))),
        ("so\xadft \ufefftext", "soft text", (("\xad", ""), ("\ufeff", ""))),
        ("one\u2028two", "one\ntwo", (("\u2028", "\n"),)),
        ("’’", "''", (("’", "'"),)),
        ("“Привет”", "“Привет”", ()),
        ("naïve", "naïve", ()),
    ],
)  # fmt: skip
def test_look_alikes(text, changed, changes):
    assert gsm7.look_alikes(text) == (changed, changes)


def test_look_alikes_partly():
    assert gsm7.look_alikes("“ž”", partly=True) == ('"ž"', (("“", '"'), ("”", '"')))


def test_every_look_alike_is_outside_the_alphabet_and_what_stands_for_it_inside():
    table = gsm7._LOOK_ALIKES
    assert not any(map(gsm7.is_gsm, table))
    assert all(map(gsm7.is_gsm, table.values()))


def test_every_dash_and_space_of_unicode_that_looks_like_one_has_its_look_alike():
    unlike = set("֊־᐀᠆⸗⸚⸺⸻⹀⹝〜〰゠︱︲𐺭")  # other shapes
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)) in {"Pd", "Zs", "Zl", "Zp"} and chr(code) not in unlike:
            assert gsm7.is_gsm(gsm7.look_alikes(chr(code))[0]), f"U+{code:04X}"


@given(any_texts, st.booleans())
def test_look_alikes_only_touch_what_they_report(text, partly):
    changed, changes = gsm7.look_alikes(text, partly=partly)
    by_hand = text
    for was, now in changes:
        by_hand = by_hand.replace(was, now)
    assert changed == by_hand
    assert gsm7.is_gsm(changed) or partly or changed == text


# ---------------------------------------------------------------- packing


def bits_by_hand(septets, fill_bits):
    bits = "0" * fill_bits + "".join(f"{septet:07b}"[::-1] for septet in septets)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))


PACKED = [
    ("hellohello", "e8329bfd4697d9ec37"),
    ("Hello", "c8329bfd06"),
    ("1234567", "31d98c56b3dd1a"),  # seven septets: the eighth is padding
    ("12345678", "31d98c56b3dd70"),
    ("\r", "0d"),
    ("1234567\r", "31d98c56b3dd1a0d"),  # a wanted one on the boundary is doubled
]


@pytest.mark.parametrize(("text", "packed"), PACKED)
def test_packing_vectors(text, packed):
    assert gsm7.pack(gsm7.encode(text)).hex() == packed


@pytest.mark.parametrize(("text", "packed"), PACKED[:-1])
def test_unpacking_vectors(text, packed):
    assert gsm7.decode(gsm7.unpack(bytes.fromhex(packed))) == text
    assert gsm7.decode(gsm7.unpack(bytes.fromhex(packed), len(text))) == text


def test_a_doubled_carriage_return_stays_double_as_the_standard_accepts():
    assert gsm7.unpack(gsm7.pack(b"1234567\r")) == b"1234567\r\r"
    assert gsm7.unpack(gsm7.pack(b"1234567\r"), 8) == b"1234567\r"
    assert gsm7.unpack(gsm7.pack(b"1234567\r")[:7]) == b"1234567"


def test_packing_nothing():
    assert gsm7.pack(b"", 1) == b""
    assert gsm7.unpack(b"") == b""
    assert gsm7.unpack(b"", 5, 3) == b""
    assert gsm7.unpack(b"\xff", -1) == b""


@pytest.mark.parametrize("fill_bits", [-1, 7])
def test_fill_bits_are_0_to_6(fill_bits):
    with pytest.raises(ValueError, match="0 to 6"):
        gsm7.pack(b"a", fill_bits)
    with pytest.raises(ValueError, match="0 to 6"):
        gsm7.unpack(b"a", None, fill_bits)


septet_strings = st.binary(max_size=170).map(lambda octets: bytes(octet & 0x7F for octet in octets))


@pytest.mark.parametrize("fill_bits", range(7))
@given(septets=septet_strings)
def test_packing_equals_the_plain_way(fill_bits, septets):
    spare = -(fill_bits + 7 * len(septets)) % 8
    padded = spare == 7 or (spare == 0 and septets.endswith(b"\r"))
    plain = bits_by_hand(septets + b"\r" if padded else septets, fill_bits) if septets else b""
    assert gsm7.pack(septets, fill_bits) == plain


@pytest.mark.parametrize("fill_bits", range(7))
@given(septets=septet_strings)
def test_unpacking_gives_back_what_was_packed(fill_bits, septets):
    packed = gsm7.pack(septets, fill_bits)
    assert gsm7.unpack(packed, len(septets), fill_bits) == septets
    again = gsm7.unpack(packed, None, fill_bits)
    assert again == septets or again == septets + b"\r" == septets[:-1] + b"\r\r"


@given(st.binary(max_size=150), st.none() | st.integers(-3, 200), st.integers(0, 6))
def test_unpacking_never_raises(octets, count, fill_bits):
    septets = gsm7.unpack(octets, count, fill_bits)
    assert septets.isascii()
    assert count is None or len(septets) <= max(0, count)
