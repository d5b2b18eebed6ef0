"""Grapheme boundaries: one table of what a reader sees as one character, and one of neighbours that are two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.text.graphemes import boundary_before, is_boundary

WHOLE = [
    "\r\n",
    "e\u0301",
    "a\u0308\u0323",
    "\u263a\ufe0f",  # a heart with its emoji selector
    "1\ufe0f\u20e3",  # keycap
    "👍🏽",
    "👨‍👩‍👧‍👦",
    "🏳️‍🌈",
    "🇩🇪",
    "🇦🇿",
    "👍🏻",
    "👍🏿",
    "🏴\U000e0020\U000e007f",
    "a\u0300",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # Scotland
    "\u0e01\u0e33",  # Thai ko kai and sara am
    "\u0915\u093f",  # Devanagari ki
    "\u0915\u094d\u0937",  # Devanagari ksha
    "\u1112\u1161\u11ab",  # jamo of han
    "\ud558\u11ab",  # syllable ha and a final
    "\u1100\u1100\u1161",
    "\u1100\u115f\u1160",
    "\u11ff\u11ff",
    "\uac00\u11a8",
    "\ud7a3\u11a8",
    "\u1112\uac00",
    "\uff76\uff9e",  # halfwidth ga
    "\u0644\u064e",  # Arabic lam with fatha
]
APART = [
    "ab", "\n\r", "\n\u0301", "\r\u0301", "a😀", "😀😀", "日本", "Привет"[:2], "e\u0301x", "🇩🇪🇫🇷", "👍🏽👍",
    "🇩日", "日🇩", "\u0915\u0937", "\ud558\ud558", "\u11ab\u1112", "1\ufe0f\u20e32", "\u200da", "\u094dx",
]  # fmt: skip


@pytest.mark.parametrize("text", WHOLE)
def test_no_boundary_inside_a_grapheme(text):
    assert [at for at in range(1, len(text)) if is_boundary(text, at)] == []


@pytest.mark.parametrize("text", APART)
def test_a_boundary_before_the_last_grapheme(text):
    assert any(is_boundary(text, at) for at in range(1, len(text)))


def test_flags_are_counted_in_pairs():
    flags = "🇩🇪🇫🇷🇮🇹"
    assert [at for at in range(1, 6) if is_boundary(flags, at)] == [2, 4]
    assert [at for at in range(1, 7) if is_boundary("x" + flags, at)] == [1, 3, 5]


@pytest.mark.parametrize("first", WHOLE)
@pytest.mark.parametrize("second", ["a", "😀", "日", "\n"])
def test_boundary_before_steps_back_over_one_grapheme(first, second):
    text = "." + first + second
    assert boundary_before(text, len(text) - 1) == len(text) - 1
    for at in range(2, len(text) - 1):
        assert boundary_before(text, at) == 1


def test_boundary_before_is_0_where_all_is_one_grapheme():
    assert boundary_before("e" + "\u0301" * 80, 70) == 0


@given(st.text(st.characters(codec="utf-8"), min_size=2))
def test_boundary_before_finds_the_nearest(text):
    for at in range(1, len(text)):
        boundary = boundary_before(text, at)
        assert boundary == 0 or is_boundary(text, boundary)
        assert not any(is_boundary(text, between) for between in range(boundary + 1, at + 1))
