"""message_states.py: SMPP 3.4 §5.2.28 and Appendix B, and the words that others use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.protocols.smpp.message_states import WORDS, MessageState, state_of_number, state_of_word

TABLE = [
    (1, "ENROUTE", "ENROUTE"),
    (2, "DELIVERED", "DELIVRD"),
    (3, "EXPIRED", "EXPIRED"),
    (4, "DELETED", "DELETED"),
    (5, "UNDELIVERABLE", "UNDELIV"),
    (6, "ACCEPTED", "ACCEPTD"),
    (7, "UNKNOWN", "UNKNOWN"),
    (8, "REJECTED", "REJECTD"),
    (0, "SCHEDULED", "SCHEDLD"),
    (9, "SKIPPED", "SKIPPED"),
]


@pytest.mark.parametrize(("number", "name", "word"), TABLE)
def test_number_name_and_word_are_one_state(number, name, word) -> None:
    state = MessageState[name]
    assert state == number
    assert state_of_number(number) is state
    assert WORDS[state] == word
    for spelling in (word, word.lower(), f" {word} ", name, name.capitalize(), str(number)):
        assert state_of_word(spelling) is state


def test_every_word_has_seven_letters_and_is_its_own() -> None:
    assert set(WORDS) == set(MessageState) == {MessageState(number) for number, _, _ in TABLE}
    assert {len(word) for word in WORDS.values()} == {7}
    assert len(set(WORDS.values())) == len(WORDS)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("FAILED", MessageState.UNDELIVERABLE),
        ("Undelivered", MessageState.UNDELIVERABLE),
        ("delivrd", MessageState.DELIVERED),
        ("CANCELED", MessageState.DELETED),
        ("", None),
        ("10", None),
        ("HELLO", None),
    ],
)
def test_the_words_of_others(word, state) -> None:
    """V18."""
    assert state_of_word(word) is state


@given(st.integers())
def test_other_numbers_are_no_state(number) -> None:
    assert (state_of_number(number) is None) == (not 0 <= number <= 9)
