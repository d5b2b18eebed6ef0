"""Reassembly: any order, repeats, losses and strangers against a plain model; torn pairs healed; gaps marked."""
# ruff: noqa: RUF001 - confusable letters are what is tested

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.text.encodings import Charset, Decoded
from chappe.text.gsm7 import Language, Shifts, pack
from chappe.text.reassembly import (
    Complete,
    Conflict,
    Key,
    Part,
    ReferenceKind,
    Repeat,
    Stray,
    Waiting,
    add,
    join,
    with_gaps,
)
from chappe.text.segments import split

A, B, C = Part(1, 3, b"a"), Part(2, 3, b"b"), Part(3, 3, b"c")


# ---------------------------------------------------------------- what a part means


@pytest.mark.parametrize(
    ("held", "new", "outcome"),
    [
        ([], A, Waiting((2, 3))),
        ([], C, Waiting((1, 2))),
        ([A], B, Waiting((3,))),
        ([C], A, Waiting((2,))),
        ([A, B], C, Complete((b"a", b"b", b"c"))),
        ([C, A], B, Complete((b"a", b"b", b"c"))),
        ([B, C], A, Complete((b"a", b"b", b"c"))),
        ([], Part(1, 1, b"x"), Complete((b"x",))),
        ([A], A, Repeat()),
        ([A, B], B, Repeat()),
        ([A, B, C], C, Repeat()),
        ([A], Part(1, 3, b"x"), Conflict()),
        ([A, B, C], Part(3, 3, b"x"), Conflict()),
        ([A], Part(2, 4, b"b"), Conflict()),
        ([A], Part(1, 4, b"a"), Conflict()),
        ([A, B], Part(2, 2, b"b"), Conflict()),
        ([], Part(0, 3, b"x"), Stray()),
        ([], Part(4, 3, b"x"), Stray()),
        ([], Part(0, 0, b"x"), Stray()),
        ([A, B], Part(4, 3, b"x"), Stray()),
        ([A], Part(-1, 3, b"x"), Stray()),
    ],
)
def test_add(held, new, outcome):
    assert add(held, new) == outcome


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=12), st.data())
def test_any_order_with_repeats_completes_once(payloads, data):
    total = len(payloads)
    parts = [Part(number, total, octets) for number, octets in enumerate(payloads, 1)]
    repeats = data.draw(st.lists(st.sampled_from(parts), max_size=total))
    held = []
    completions = []
    for part in data.draw(st.permutations(parts + repeats)):
        outcome = add(held, part)
        if part in held:
            assert outcome == Repeat()
            continue
        held.append(part)
        missing = tuple(sorted(set(range(1, total + 1)) - {each.number for each in held}))
        if missing:
            assert outcome == Waiting(missing)
        else:
            completions.append(outcome)
    assert completions == [Complete(tuple(payloads))]


@given(st.lists(st.binary(max_size=4), min_size=2, max_size=12), st.data())
def test_a_lost_part_is_waited_for(payloads, data):
    total = len(payloads)
    parts = [Part(number, total, octets) for number, octets in enumerate(payloads, 1)]
    lost = data.draw(st.sampled_from(parts))
    held = []
    outcome = None
    for part in data.draw(st.permutations([each for each in parts if each is not lost])):
        outcome = add(held, part)
        held.append(part)
    assert outcome == Waiting((lost.number,))
    assert add(held, lost) == Complete(tuple(payloads))


@given(st.lists(st.builds(Part, st.integers(0, 5), st.integers(0, 4), st.binary(max_size=1)), max_size=30))
def test_random_parts_never_make_a_set_of_two_messages(stream):
    """As a caller does it: a conflict opens a new set, strays go alone."""
    held = []
    for part in stream:
        match add(held, part):
            case Waiting(missing):
                held.append(part)
                assert len(missing) + len(held) == part.total
            case Complete(payloads):
                assert payloads == tuple(
                    each.octets for each in sorted([*held, part], key=lambda each: each.number)
                )
                assert len(payloads) == part.total
                held = []
            case Conflict():
                assert any(each.total != part.total or each.number == part.number for each in held)
                held = [part]
            case Repeat():
                assert part in held
            case Stray():
                assert not 1 <= part.number <= part.total
        assert len({each.number for each in held}) == len(held)
        assert len({each.total for each in held}) <= 1


def test_keys_differ_in_each_field():
    key = Key("group", "1234", "5678", ReferenceKind.UDH8, 7, 3)
    others = [
        Key("other", "1234", "5678", ReferenceKind.UDH8, 7, 3),
        Key("group", "1235", "5678", ReferenceKind.UDH8, 7, 3),
        Key("group", "1234", "5679", ReferenceKind.UDH8, 7, 3),
        Key("group", "1234", "5678", ReferenceKind.UDH16, 7, 3),
        Key("group", "1234", "5678", ReferenceKind.SAR, 7, 3),
        Key("group", "1234", "5678", ReferenceKind.UDH8, 8, 3),
        Key("group", "1234", "5678", ReferenceKind.UDH8, 7, 4),
    ]
    assert len({key, *others}) == 8
    assert hash(key) == hash(Key("group", "1234", "5678", ReferenceKind.UDH8, 7, 3))


# ---------------------------------------------------------------- joining


@pytest.mark.parametrize(
    ("charset", "payloads", "text"),
    [
        (Charset.GSM7, [b"a\x1b", b"eb"], "a€b"),  # torn inside an escape pair
        (Charset.UCS2, [b"\x00a\xd8\x3d", b"\xde\x00\x00b"], "a😀b"),  # torn inside a surrogate pair
        (Charset.UCS2, [b"\x00a\x04", b"\x4f\x00b"], "aяb"),  # torn inside a code unit
        (Charset.UTF8, [b"a\xe2\x82", b"\xacb"], "a€b"),
        (Charset.UCS2, [b"\xfe\xff\x00a", b"\xfe\xff\x00b"], "ab"),  # marked in every part
        (Charset.UCS2_LE, [b"\xff\xfea\x00", b"\xff\xfeb\x00"], "ab"),
        (Charset.UCS2, [b"\x00", b"\xfe\xff\x01"], "þ！"),  # what looks like a mark and is none
        (Charset.UTF8, [b"ab", b"\xef\xbb\xbfc"], "abc"),
        (Charset.GSM7, [], ""),
    ],
)
def test_torn_characters_are_healed(charset, payloads, text):
    assert join(payloads, charset) == Decoded(text, lossy=False)


def test_packed_parts_are_unpacked_one_by_one():
    first, second = pack(b"a\x1b", 1), pack(b"eb", 1)
    assert join([first, second], Charset.GSM7_PACKED, fill_bits=1) == Decoded("a€b", lossy=False)
    assert join([pack(b"ab"), pack(b"c")], Charset.GSM7_PACKED) == Decoded("abc", lossy=False)


def test_national_tables_are_read():
    shifts = Shifts(single=Language.TURKISH)
    assert join([b"a\x1b", b"gb"], Charset.GSM7, shifts=shifts) == Decoded("ağb", lossy=False)


@pytest.mark.parametrize("charset", [Charset.BINARY, Charset.PICTOGRAM])
def test_octets_stay_octets(charset):
    assert join([b"\x01\x02", b"\xff"], charset) == b"\x01\x02\xff"


def test_loss_is_owned_up_to():
    assert join([b"\x00a", b"\xd8\x3d"], Charset.UCS2) == Decoded("a\ufffd", lossy=True)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\ufeff")), st.data())
def test_a_text_torn_anywhere_is_healed(text, data):
    octets = text.encode("utf-16-be")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(octets)), max_size=5)))
    payloads = [octets[start:end] for start, end in zip([0, *cuts], [*cuts, len(octets)], strict=True)]
    assert join(payloads, Charset.UCS2) == Decoded(text, lossy=False)


# ---------------------------------------------------------------- gaps


@pytest.mark.parametrize(
    ("there", "text"),
    [
        ([1, 2, 3, 4], "onetwothreefour"),
        ([4, 1], "one[…]four"),
        ([2, 3], "[…]twothree[…]"),
        ([1, 3], "one[…]three[…]"),
        ([4], "[…]four"),
        ([], "[…]"),
    ],
)
def test_gaps(there, text):
    words = {1: b"one", 2: b"two", 3: b"three", 4: b"four"}
    parts = [Part(number, 4, words[number]) for number in there]
    assert with_gaps(parts, 4, Charset.GSM7) == text
    assert with_gaps(parts, 4, Charset.GSM7, mark="...") == text.replace("[…]", "...")


def test_a_pair_torn_by_a_gap_reads_as_far_as_it_goes():
    parts = [Part(1, 3, b"\x00a\xd8\x3d"), Part(3, 3, b"\xde\x00\x00b")]
    assert with_gaps(parts, 3, Charset.UCS2) == "a\ufffd[…]\ufffdb"


def test_octets_show_no_gaps():
    assert with_gaps([Part(1, 2, b"a")], 2, Charset.BINARY) is None


def test_gaps_in_national_and_in_packed_text():
    shifts = Shifts(single=Language.TURKISH)
    assert with_gaps([Part(2, 2, b"\x1bg")], 2, Charset.GSM7, shifts=shifts) == "[…]ğ"
    assert with_gaps([Part(2, 2, pack(b"ab", 1))], 2, Charset.GSM7_PACKED, fill_bits=1) == "[…]ab"
    assert with_gaps([Part(2, 2, pack(b"ab"))], 2, Charset.GSM7_PACKED) == "[…]ab"


@given(st.lists(st.sampled_from("aя😀"), min_size=80, max_size=200).map("".join), st.data())
def test_what_is_there_is_shown_whole(text, data):
    payloads = split(text, Charset.UCS2)
    parts = [Part(number, len(payloads), octets) for number, octets in enumerate(payloads, 1)]
    there = data.draw(st.lists(st.sampled_from(parts), unique=True))
    shown = with_gaps(there, len(parts), Charset.UCS2, mark="|")
    for part in there:
        assert part.octets.decode("utf-16-be") in shown
    assert (shown == text) == (len(there) == len(parts))
