"""Counting and cutting: every size and its neighbours, what must stay whole, and that plan and split agree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chappe.text import gsm7
from chappe.text.encodings import Charset, Decoded, charset_of, decode_text, encode_text, units_per_part
from chappe.text.graphemes import is_boundary
from chappe.text.gsm7 import NO_SHIFTS, Language, Shifts, Unencodable
from chappe.text.gsm7_tables import LOCKING, SINGLE
from chappe.text.reassembly import join
from chappe.text.segments import MAX_PARTS, Plan, TooManyParts, plan, split, split_octets
from chappe.text.udh import fill_bits

WAYS = [(8, True), (16, True), (8, False)]
ALPHABET = [each for each in LOCKING[0] + SINGLE[0] if each not in "\0\x1b"]
SAMPLES = {  # characters of one unit each
    Charset.GSM7: "a",
    Charset.GSM7_PACKED: "b",
    Charset.ASCII: "~",
    Charset.LATIN1: "ÿ",
    Charset.UTF8: "a",
    Charset.UCS2: "я",
    Charset.UCS2_LE: "я",
    Charset.CYRILLIC: "я",
    Charset.HEBREW: "ש",
    Charset.JIS: "a",
    Charset.ISO2022JP: "a",
    Charset.EUC_KR: "a",
    Charset.EXT_KANJI: "a",
}
ALPHABETS = {
    Charset.GSM7: ALPHABET,
    Charset.GSM7_PACKED: [each for each in ALPHABET if each != "\r"],
    Charset.ASCII: [chr(code) for code in range(0x80)],
    Charset.LATIN1: [chr(code) for code in range(0x100)],
    Charset.CYRILLIC: [*"Привет, мир!\r\n"],
    Charset.HEBREW: [*"שלום abc\r\n"],
    Charset.JIS: [*"日本語カナﾊﾝｶｸ abc\r\n"],
    Charset.ISO2022JP: [*"日本語カナ abc\r\n"],
    Charset.EUC_KR: [*"한글 문자 abc\r\n"],
    Charset.EXT_KANJI: [*"日本語丂丄 abc\r\n"],
}
UNICODE = (Charset.UCS2, Charset.UCS2_LE, Charset.UTF8)
GRAPHEMES = [
    "e\u0301",
    "👨‍👩‍👧‍👦",
    "🇩🇪",
    "👍🏽",
    "1\ufe0f\u20e3",
    "\u0915\u094d\u0937",
    "😀",
    "\r\n",
    "日",
    "a",
    "я",
]

unicode_texts = st.text(st.characters(codec="utf-8", exclude_characters="\ufeff"))
long_unicode_texts = st.lists(st.sampled_from(GRAPHEMES), min_size=40, max_size=160).map("".join)
ways = st.sampled_from(WAYS)
shift_pairs = st.builds(Shifts, st.sampled_from(Language), st.sampled_from(Language))


def size_of(charset, bits, header, elements=0):
    sizes = units_per_part(charset, elements)
    return (sizes.parts8 if bits == 8 else sizes.parts16) if header else sizes.sar


def units_of(payload, charset):
    return len(payload) // 2 if charset in {Charset.UCS2, Charset.UCS2_LE} else len(payload)


# ---------------------------------------------------------------- sizes and their neighbours


@pytest.mark.parametrize("charset", SAMPLES)
@pytest.mark.parametrize(("bits", "header"), WAYS)
def test_boundaries_and_their_neighbours(charset, bits, header):
    alone, size = units_per_part(charset).alone, size_of(charset, bits, header)
    lengths = {
        base + off for base in (alone, *(size * parts for parts in (1, 2, 3, 9, 254))) for off in range(-2, 3)
    }
    for length in sorted(lengths):
        text = SAMPLES[charset] * length
        parts = 1 if length <= alone else -(-length // size)
        room = (alone if parts == 1 else size * parts) - length
        assert plan(text, charset, reference_bits=bits, header=header) == Plan(
            charset, parts, length, room, ()
        )
        payloads = split(text, charset, reference_bits=bits, header=header)
        assert len(payloads) == parts
        if charset is not Charset.GSM7_PACKED:
            assert [units_of(payload, charset) for payload in payloads[:-1]] == [size] * (parts - 1)


FIGURES = [  # text, charset, parts: as the outside world counts them
    ("a" * 160, Charset.GSM7, 1),
    ("a" * 161, Charset.GSM7, 2),
    ("a" * 306, Charset.GSM7, 2),
    ("a" * 307, Charset.GSM7, 3),
    ("a" * 459, Charset.GSM7, 3),
    ("a" * 460, Charset.GSM7, 4),
    ("€" * 80, Charset.GSM7, 1),
    ("€" * 81, Charset.GSM7, 2),
    ("€" * 152, Charset.GSM7, 2),  # 76 pairs a part: the 153rd septet stays free
    ("€" * 153, Charset.GSM7, 3),
    ("a" * 159 + "€", Charset.GSM7, 2),
    ("я" * 70, Charset.UCS2, 1),
    ("я" * 71, Charset.UCS2, 2),
    ("я" * 134, Charset.UCS2, 2),
    ("я" * 135, Charset.UCS2, 3),
    ("😀" * 35, Charset.UCS2, 1),
    ("😀" * 36, Charset.UCS2, 2),
    ("😀" * 66, Charset.UCS2, 2),  # 33 pairs a part
    ("😀" * 67, Charset.UCS2, 3),
    ("", Charset.GSM7, 1),
]


@pytest.mark.parametrize(("text", "charset", "parts"), FIGURES)
def test_figures(text, charset, parts):
    planned = plan(text)
    assert (planned.charset, planned.parts) == (charset, parts)
    assert len(split(text, charset)) == parts


@pytest.mark.parametrize(("length", "parts"), [(132, 2), (133, 3)])
def test_66_characters_a_part_behind_a_16_bit_reference(length, parts):
    assert plan("я" * length, reference_bits=16).parts == parts


@pytest.mark.parametrize("length", [0, 1, 139, 140, 141, 142, 266, 267, 268, 269, 401, 402, 403])
@pytest.mark.parametrize(("bits", "header"), WAYS)
def test_binary(length, bits, header):
    data = bytes(octet % 251 for octet in range(length))
    payloads = split_octets(data, reference_bits=bits, header=header)
    size = size_of(Charset.BINARY, bits, header)
    assert b"".join(payloads) == data
    assert len(payloads) == (1 if length <= 140 else -(-length // size))
    assert all(len(payload) == size for payload in payloads[:-1])


@pytest.mark.parametrize(
    ("charset", "length"),
    [(Charset.GSM7, 153), (Charset.UCS2, 67), (Charset.LATIN1, 134), (Charset.JIS, 134)],
)
def test_more_than_255_parts(charset, length):
    most = SAMPLES[charset] * length * MAX_PARTS
    assert plan(most, charset).parts == len(split(most, charset)) == MAX_PARTS
    for attempt in (plan, split):
        with pytest.raises(TooManyParts) as caught:
            attempt(most + "a", charset)
        assert caught.value.parts == MAX_PARTS + 1
    assert "256" in str(caught.value)


def test_more_than_255_parts_of_escape_pairs_and_of_octets():
    for attempt in (plan, split):
        with pytest.raises(TooManyParts) as caught:
            attempt("€" * 76 * 256, Charset.GSM7)
        assert caught.value.parts == 256
    with pytest.raises(TooManyParts) as caught:
        split_octets(bytes(134 * 255 + 1))
    assert caught.value.parts == 256


def test_a_reference_of_other_bits_is_refused():
    for attempt in (plan, split):
        with pytest.raises(ValueError, match="8 or 16 bits"):
            attempt("я" * 71, Charset.UCS2, reference_bits=12)
    with pytest.raises(ValueError, match="8 or 16 bits"):
        split_octets(bytes(141), reference_bits=0)


# ---------------------------------------------------------------- choosing


@pytest.mark.parametrize(
    ("text", "planned"),
    [
        ("", Plan(Charset.GSM7, 1, 0, 160, ())),
        ("Hello €", Plan(Charset.GSM7, 1, 8, 152, ())),
        ("Ça va, ça", Plan(Charset.UCS2, 1, 9, 61, ("ç",))),
        ("😀", Plan(Charset.UCS2, 1, 2, 68, ("😀",))),
        ("a" * 160 + "ж", Plan(Charset.UCS2, 3, 161, 40, ("ж",))),
        ("€" * 81, Plan(Charset.GSM7, 2, 162, 143, ())),
    ],
)
def test_left_to_us(text, planned):
    assert plan(text) == planned


def test_a_charset_that_is_named_is_kept():
    assert plan("Hello", Charset.UCS2) == Plan(Charset.UCS2, 1, 5, 65, ())
    assert plan("Hello", charset_of(3)).charset is Charset.LATIN1
    for attempt in (plan, split):
        with pytest.raises(Unencodable) as caught:
            attempt("Привет", Charset.GSM7)
        assert caught.value.characters == tuple("Привет")


@pytest.mark.parametrize("charset", [None, Charset.UCS2, Charset.UTF8])
def test_half_a_surrogate_pair_cannot_be_sent(charset):
    with pytest.raises(Unencodable) as caught:
        plan("a\ud83db", charset)
    assert caught.value.characters == ("\ud83d",)


def test_octets_have_no_text():
    with pytest.raises(Unencodable):
        split("a", Charset.BINARY)


# ---------------------------------------------------------------- what stays whole


@pytest.mark.parametrize(("before", "first_septets"), [(151, 153), (152, 152), (153, 153)])
def test_the_euro_sign_at_153(before, first_septets):
    text = "a" * before + "€" + "b" * 60
    first, second = split(text, Charset.GSM7)
    assert len(first) == first_septets
    assert gsm7.decode_checked(first)[1] is gsm7.decode_checked(second)[1] is False
    assert gsm7.decode(first) + gsm7.decode(second) == text


@pytest.mark.parametrize(("before", "first_units"), [(65, 67), (66, 66), (67, 67)])
def test_an_emoji_at_67(before, first_units):
    text = "я" * before + "😀" + "ю" * 60
    payloads = split(text, Charset.UCS2)
    assert len(payloads[0]) == 2 * first_units
    assert "".join(payload.decode("utf-16-be") for payload in payloads) == text


@pytest.mark.parametrize("grapheme", ["e\u0301", "👨‍👩‍👧‍👦", "🇩🇪", "👍🏽", "\u0915\u094d\u0937", "\r\n"])
@pytest.mark.parametrize("before", range(55, 68))
def test_graphemes_are_kept_where_it_costs_no_part(grapheme, before):
    text = "я" * before + grapheme + "ю" * 30
    whole = [payload.decode("utf-16-be") for payload in split(text, Charset.UCS2)]
    assert len(whole) == plan(text, Charset.UCS2).parts == 2
    assert "".join(whole) == text
    assert any(grapheme in part for part in whole)
    torn = split(text, Charset.UCS2, prefer_graphemes=False)
    assert len(torn[0]) >= len(whole[0].encode("utf-16-be"))


def test_a_grapheme_is_torn_before_a_part_is_added():
    text = "я" * 66 + "e\u0301" + "ю" * 66
    first, second = split(text, Charset.UCS2)
    assert first.decode("utf-16-be") == "я" * 66 + "e"
    assert len(second) == 134


def test_the_grapheme_that_can_be_kept_is_kept_though_another_cannot():
    """The second cut may move back and the first may not: only one unit is free in all."""
    text = "я" * 64 + "👨‍👩‍👧" + "ю" * 61 + "e\u0301" + "з" * 65
    parts = [payload.decode("utf-16-be") for payload in split(text, Charset.UCS2)]
    assert len(parts) == plan(text).parts == 3
    assert parts[0].endswith("\u200d")
    assert parts[2].startswith("e\u0301")


def test_a_grapheme_longer_than_a_part_is_torn():
    text = "e" + "\u0301" * 100
    assert [len(payload) for payload in split(text, Charset.UCS2)] == [134, 68]


@pytest.mark.parametrize("charset", [Charset.GSM7, Charset.LATIN1, Charset.ASCII])
def test_a_line_end_is_not_torn(charset):
    size = units_per_part(charset).parts8
    text = "a" * (size - 1) + "\r\n" + "b" * 60
    assert [len(payload) for payload in split(text, charset)] == [size - 1, 62]
    torn = split(text, charset, prefer_graphemes=False)
    assert [len(payload) for payload in torn] == [size, 61]


def fullest(text, start, size):
    end, units = start, 0
    while end < len(text) and units + 1 + (text[end] > "\uffff") <= size:
        units += 1 + (text[end] > "\uffff")
        end += 1
    return end


def least_parts(text, start, size):
    parts = 0
    while start < len(text):
        start, parts = fullest(text, start, size), parts + 1
    return parts


def by_the_rule(text, size):
    """Cut by characters, plainly: each cut at the last grapheme boundary that leaves the rest its parts."""
    start, parts, left = 0, [], least_parts(text, 0, size)
    while start < len(text):
        hard = cut = fullest(text, start, size)
        left -= 1
        while start < cut < len(text) and not is_boundary(text[start:], cut - start):
            cut -= 1
        if cut == start or least_parts(text, cut, size) > left:
            cut = hard
        parts.append(text[start:cut])
        start = cut
    return parts


@pytest.mark.parametrize("left", [*"я\ud7ff\ue000\uffff\U00010000\U000103ff\U0010fc00\U0010ffff"])
@pytest.mark.parametrize(
    "right", [*"я\ud7ff\ue000\uffff\U00010000\U000103ff\U0010fc00\U0010ffff\u0301\u02ff"]
)
def test_cuts_beside_the_surrogates_follow_the_rule(left, right):
    for before in range(63, 68):
        text = "я" * before + left + right + "ю" * 60
        parts = [part.decode("utf-16-be") for part in split(text, Charset.UCS2)]
        assert parts == by_the_rule(text, 67)


@given(long_unicode_texts, ways)
def test_cuts_follow_the_rule(text, way):
    bits, header = way
    parts = split(text, Charset.UCS2, reference_bits=bits, header=header)
    size = 70 if plan(text, Charset.UCS2).parts == 1 else size_of(Charset.UCS2, bits, header)
    assert [part.decode("utf-16-be") for part in parts] == by_the_rule(text, size)


# ---------------------------------------------------------------- the laws


def check(text, charset, way, *, shifts=NO_SHIFTS, elements=0):
    """Plan equals split, no part is too long, each can be read by itself, and joined they are the text."""
    bits, header = way
    options = {"reference_bits": bits, "header": header, "shifts": shifts, "elements": elements}
    planned = plan(text, charset, **options)
    payloads = split(text, charset, **options)
    in_header = elements + (shifts.octets if charset in {Charset.GSM7, Charset.GSM7_PACKED} else 0)
    sizes = units_per_part(charset, in_header)
    assert planned.charset is charset
    assert planned.parts == len(payloads) == len(split(text, charset, prefer_graphemes=False, **options))
    fill = 0
    if charset is Charset.GSM7_PACKED:
        octets = 1 + in_header if in_header else 0
        if header and planned.parts > 1:
            octets = 1 + in_header + (5 if bits == 8 else 6)
        fill = fill_bits(octets)
        assert all(len(payload) <= 140 - octets for payload in payloads)
    else:
        most = sizes.alone if len(payloads) == 1 else size_of(charset, bits, header, in_header)
        assert all(units_of(payload, charset) <= most for payload in payloads)
        if charset is not Charset.ISO2022JP:  # whose every part has its own shifts into kanji and back
            assert sum(units_of(payload, charset) for payload in payloads) == planned.units
    alone = [join([payload], charset, shifts=shifts, fill_bits=fill) for payload in payloads]
    assert not any(decoded.lossy for decoded in alone)
    assert "".join(decoded.text for decoded in alone) == text
    assert join(payloads, charset, shifts=shifts, fill_bits=fill) == Decoded(text, lossy=False)


@pytest.mark.parametrize("charset", ALPHABETS)
@given(data=st.data(), way=ways)
@settings(deadline=None)
def test_laws_of_alphabets(charset, data, way):
    piece = data.draw(st.text(st.sampled_from(ALPHABETS[charset]), min_size=1, max_size=40))
    check(piece * data.draw(st.integers(1, 20)), charset, way)


@pytest.mark.parametrize("charset", UNICODE)
@given(data=st.data(), way=ways)
@settings(deadline=None)
def test_laws_of_unicode(charset, data, way):
    piece = data.draw(unicode_texts)
    text = data.draw(st.just(piece * data.draw(st.integers(1, 12))) | long_unicode_texts)
    check(text, charset, way)


@pytest.mark.parametrize("charset", [Charset.GSM7, Charset.GSM7_PACKED])
@given(shifts=shift_pairs, data=st.data(), way=ways, elements=st.sampled_from([0, 6]))
@settings(deadline=None)
def test_laws_of_national_tables(charset, shifts, data, way, elements):
    alphabet = sorted(set(LOCKING[shifts.locking] + SINGLE[shifts.single]) - {"\0", "\x1b", "\r"})
    text = data.draw(st.text(st.sampled_from(alphabet), max_size=40)) * data.draw(st.integers(1, 12))
    check(text, charset, way, shifts=shifts, elements=elements)


@given(unicode_texts, st.integers(1, 30), ways)
def test_room_left_is_just_what_adds_no_part(piece, times, way):
    bits, header = way
    text = piece * times
    planned = plan(text, Charset.UCS2, reference_bits=bits, header=header)
    filled = plan(text + "я" * planned.room_left, Charset.UCS2, reference_bits=bits, header=header)
    assert (filled.parts, filled.room_left) == (planned.parts, 0)
    assert plan(
        text + "я" * (planned.room_left + 1), Charset.UCS2, reference_bits=bits, header=header
    ).parts == (planned.parts + 1)


@given(st.text(st.sampled_from(ALPHABET), min_size=1, max_size=30), st.integers(1, 30), ways)
def test_room_left_of_septets(piece, times, way):
    bits, header = way
    text = piece * times
    planned = plan(text, reference_bits=bits, header=header)
    filled = plan(text + "a" * planned.room_left, reference_bits=bits, header=header)
    assert (filled.parts, filled.room_left) == (planned.parts, 0)


@given(st.binary(max_size=1200), ways)
def test_laws_of_octets(data, way):
    bits, header = way
    payloads = split_octets(data, reference_bits=bits, header=header)
    most = 140 if len(data) <= 140 else size_of(Charset.BINARY, bits, header)
    assert b"".join(payloads) == data
    assert all(len(payload) <= most for payload in payloads)


# ---------------------------------------------------------------- packed, national, ported


def test_packed_parts_begin_behind_their_fill_bits():
    text = "0123456789" * 16 + "x"
    first, second = split(text, Charset.GSM7_PACKED)
    assert first == gsm7.pack(text[:153].encode(), 1)
    assert len(first) == 134
    assert second == gsm7.pack(text[153:].encode(), 1)
    first, second = split(text, Charset.GSM7_PACKED, reference_bits=16)
    assert (first, len(first)) == (gsm7.pack(text[:152].encode()), 133)
    first, second = split(text, Charset.GSM7_PACKED, header=False)
    assert (first, len(first)) == (gsm7.pack(text[:160].encode()), 140)


@pytest.mark.parametrize("length", [159, 160, 153, 306, 307])
def test_a_full_packed_part_has_no_octet_for_a_second_carriage_return(length):
    payloads = split("\r" * length, Charset.GSM7_PACKED)
    assert all(len(payload) <= (140 if len(payloads) == 1 else 134) for payload in payloads)


def test_packed_alone_behind_a_shift_table():
    shifts = Shifts(single=Language.SPANISH)
    (payload,) = split("á", Charset.GSM7_PACKED, shifts=shifts)
    assert payload == gsm7.pack(b"\x1ba", fill_bits(4))


@pytest.mark.parametrize(
    ("length", "parts"), [(155, 1), (156, 2), (298, 2), (299, 3)]
)  # figures of TS 23.038 for one table
def test_national_parts_are_smaller(length, parts):
    shifts = Shifts(single=Language.SPANISH)
    assert plan("a" * length, shifts=shifts).parts == parts
    assert len(split("a" * length, Charset.GSM7, shifts=shifts)) == parts


def test_national_tables_decide_what_fits():
    shifts = Shifts(locking=Language.TURKISH)
    assert plan("ığş", shifts=shifts) == Plan(Charset.GSM7, 1, 3, 152, ())
    assert plan("ığşж", shifts=shifts) == Plan(Charset.UCS2, 1, 4, 66, ("ж",))
    assert split("ığş", Charset.GSM7, shifts=shifts) == [b"\x07\x0c\x1d"]


def test_combining_signs_of_a_national_table_are_kept_with_their_letter():
    shifts = Shifts(locking=Language.HINDI)
    text = "\u0915" * 148 + "\u0916\u093f" + "\u0915" * 20
    first, second = split(text, Charset.GSM7, shifts=shifts)
    assert len(first) == 148
    assert gsm7.decode(second, Language.HINDI) == text[148:]


def test_ports_take_room_in_any_charset():
    assert len(split_octets(bytes(134), elements=6)) == 2
    assert plan("я" * 67, elements=6).parts == 2
    assert plan("a" * 153, elements=6).parts == 2


def test_little_endian_parts():
    text = "я" * 66 + "😀" + "ю" * 20
    assert [payload.decode("utf-16-le") for payload in split(text, Charset.UCS2_LE)] == [text[:66], text[66:]]


def test_utf8_parts_end_between_characters():
    text = "a" * 133 + "€" + "b" * 10
    assert [decode_text(payload, Charset.UTF8).text for payload in split(text, Charset.UTF8)] == [
        text[:133],
        text[133:],
    ]


@pytest.mark.parametrize("charset", [Charset.JIS, Charset.EXT_KANJI])
def test_a_voicing_mark_stays_with_its_kana(charset):
    width = len(encode_text("ｶ", charset))
    text = "a" * (134 - width) + "ｶﾞ" + "b" * 20
    kept, torn = (split(text, charset, prefer_graphemes=prefer) for prefer in (True, False))
    assert [decode_text(payload, charset).text for payload in kept] == [
        text[: 134 - width],
        text[134 - width :],
    ]
    assert len(torn[0]) == 134


def test_each_iso_2022_part_returns_to_ascii():
    for payload in split("日本語" * 60, Charset.ISO2022JP):
        assert payload.startswith(b"\x1b$B")
        assert payload.endswith(b"\x1b(B")
        assert len(payload) <= 134


def test_one_part_is_the_encoded_text():
    for charset, sample in SAMPLES.items():
        assert split(sample * 7, charset) == [encode_text(sample * 7, charset)]


@pytest.mark.parametrize("charset", [Charset.UCS2, Charset.UCS2_LE])
@pytest.mark.parametrize(("length", "parts"), [(70, 1), (71, 2), (132, 2), (133, 3), (16_830, 255)])
def test_a_dialects_own_size_of_unicode_parts(charset, length, parts):
    text = "я" * length
    assert plan(text, charset, unicode_part=66).parts == parts
    payloads = split(text, charset, unicode_part=66)
    assert len(payloads) == parts
    assert max(map(len, payloads)) <= (132 if parts > 1 else 140)
    assert b"".join(payloads) == encode_text(text, charset)


def test_a_size_of_parts_above_the_room_or_below_a_pair_changes_nothing():
    assert plan("я" * 135, Charset.UCS2, unicode_part=1_000) == plan("я" * 135, Charset.UCS2)
    assert plan("я" * 161, Charset.UCS2, reference_bits=16, unicode_part=67).parts == 3
    assert [len(each) for each in split("👋" * 36, Charset.UCS2, unicode_part=1)] == [4] * 36


def test_only_unicode_has_a_size_of_its_own():
    assert plan("x" * 306, unicode_part=66).parts == 2
    assert plan("é" * 269, Charset.LATIN1, unicode_part=66) == plan("é" * 269, Charset.LATIN1)


@given(st.text(st.sampled_from("яa👋é"), min_size=71, max_size=400), st.integers(8, 80))
def test_plan_and_split_agree_on_any_size_of_parts(text, unicode_part):
    planned = plan(text, Charset.UCS2, unicode_part=unicode_part)
    payloads = split(text, Charset.UCS2, unicode_part=unicode_part)
    assert len(payloads) == planned.parts
    assert "".join(each.decode("utf-16-be") for each in payloads) == text
