"""Calls and answers as octets: what is none is refused before it is believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.connectors.plugin.calls import HEAD, Answer, Method, Nonsense, answer, call, head, sentence


def test_a_call_is_a_letter_a_length_and_the_text() -> None:
    assert call(Method.SEND, "ş".encode()) == b"S\x00\x00\x00\x02\xc5\x9f"
    assert call(Method.DESTROY, b"") == b"D\x00\x00\x00\x00"


@given(st.text(st.characters(exclude_categories=["Cs"])), st.booleans())
def test_an_answer_is_read_as_it_was_written(text: str, failed: bool) -> None:
    octets = text.encode()
    assert head(bytes([failed]) + len(octets).to_bytes(4, "big"), 1 << 20) == (failed, len(octets))
    assert answer(octets, failed=failed) == Answer(sentence(text) if failed else text, failed)


@pytest.mark.parametrize("octets", [b'{"res', b"\x02\x00\x00\x00\x01", b"nois", b"\x00\x00\x00\x00\x11"])
def test_what_is_no_head_of_an_answer(octets: bytes) -> None:
    with pytest.raises(Nonsense):
        head(octets.ljust(HEAD, b"x"), 16)


def test_what_is_no_text() -> None:
    with pytest.raises(Nonsense, match="no UTF-8"):
        answer(b"\xff\xfe", failed=False)
    # Of an exception it is worth having all the same.
    assert answer(b"Oh\xff", failed=True) == Answer("Ohÿ", failed=True)


def test_foreign_text_becomes_one_short_line() -> None:
    assert sentence(" a\n\tb \x1b[31m" + "c" * 600) == "a b [31m" + "c" * 492
