"""Opt-out words: every language's own are known in whatever case and dress, and a text that is more is not one of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.opt_words import LANGUAGES, Vocabulary, Wish, folded

ALL = Vocabulary(LANGUAGES, {})
ENGLISH = Vocabulary(("en",), {})
EACH = [
    (language, wish, word)
    for language, words in LANGUAGES.items()
    for wish in Wish
    for word in getattr(words, wish.value)
]


@pytest.mark.parametrize(("language", "wish", "word"), EACH)
def test_every_word_is_known_in_its_language(language: str, wish: Wish, word: str) -> None:
    vocabulary = Vocabulary((language,), {})
    assert folded(word)
    for written in (word, word.upper(), f"  {word.title()}!", f"\u201c{word}\u201d", f"{word}\n"):
        assert vocabulary.wish(written) is wish


def test_every_language_can_stop_and_start_and_help() -> None:
    for language, words in LANGUAGES.items():
        assert words.stop, language
        assert words.start, language
        assert words.help, language


def test_a_word_that_stops_in_one_language_stops_in_all_of_them_together() -> None:
    for language, words in LANGUAGES.items():
        assert all(ALL.wish(word) is Wish.STOP for word in words.stop), language


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("ARR\u00caT !", "arret"),
        ("Stop.", "stop"),
        ("\t STOP   all ", "stop all"),
        ("\u0130PTAL", "iptal"),
        ("\u0131ptal", "iptal"),
        ("\U0001f6d1 stop \U0001f6d1", "stop"),
        ("S\u0301top", "stop"),
        ("\uff33\uff34\uff2f\uff30", "stop"),
        ("\u0393\u0395\u0399\u0391", "\u03b3\u03b5\u03b9\u03b1"),
        ("?!", ""),
        ("", ""),
        ("\u092c\u0902\u0926", "\u092c\u0902\u0926"),
    ],
)
def test_texts_are_folded(text: str, bare: str) -> None:
    assert folded(text) == bare


@given(st.text())
def test_folding_ends(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize(
    "text", ["", "stopping", "please stop", "stop it", "nonstop", "s t o p", "information"]
)
def test_what_is_more_or_less_than_a_word_is_none(text: str) -> None:
    assert ENGLISH.wish(text) is None


def test_languages_not_asked_for_are_not_known() -> None:
    assert ENGLISH.wish("arret") is None
    assert Vocabulary(("fr",), {}).wish("arret") is Wish.STOP


@pytest.mark.parametrize(
    ("text", "stops"),
    [
        ("Stop sending me this", True),
        ("STOP, please", True),
        ("unsubscribe me", True),
        ("stop", True),
        ("cancel my table", False),
        ("end of the road", False),
        ("please stop", False),
        ("stopover in Lyon", False),
        ("", False),
    ],
)
def test_the_plainest_words_stop_at_the_start_of_a_longer_text(text: str, stops: bool) -> None:
    assert ENGLISH.begins_with_stop(text) is stops


def test_the_operators_own_words_are_added() -> None:
    own = Vocabulary((), {Wish.STOP: ("Genug",), Wish.START: ("Weiter",), Wish.HELP: ("Genug", "Was")})
    assert [own.wish(text) for text in ("genug!", "WEITER", "was", "stop")] == [
        Wish.STOP,
        Wish.START,
        Wish.HELP,
        None,
    ]
