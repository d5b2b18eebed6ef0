"""Base64 of both alphabets, plain words and numbers out of path segments."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.messangi.encoded import (
    BadEncoding,
    decoded,
    from_base64,
    is_utf8_base64,
    number_of,
    plain,
    plain_number_of,
    text_of,
)
from chappe.domain.address import BadAddress


@pytest.mark.row("004-008")
@given(st.binary(max_size=400), st.booleans(), st.booleans(), st.booleans())
def test_every_form_of_base64_reads_alike(octets: bytes, safe: bool, padded: bool, encoded: bool) -> None:
    text = (base64.urlsafe_b64encode if safe else base64.b64encode)(octets)
    text = text if padded else text.rstrip(b"=")
    segment = quote(text, safe="").encode() if encoded else text
    assert from_base64(segment) == octets


def test_mixed_alphabets_and_a_plus_that_became_a_blank() -> None:
    assert from_base64(b"+-_/") == base64.b64decode("++//")
    assert from_base64(b"+ +a") == base64.b64decode("+++a")
    assert from_base64(b"%20%2B+a") == base64.b64decode("+++a")


@pytest.mark.parametrize("segment", [b"A", b"AAAAA", b"A===", b"AA===", b"A=AA", b"\xff", b"a.b", b"%", b"%zz%", b"a\nbc", b"%00aa"])  # fmt: skip
def test_what_is_no_base64(segment: bytes) -> None:
    with pytest.raises(BadEncoding):
        from_base64(segment)
    assert not is_utf8_base64(segment)


@given(st.binary(max_size=100))
def test_any_octets_are_read_or_refused(segment: bytes) -> None:
    for read in (from_base64, text_of, plain, number_of, plain_number_of):
        try:
            read(segment)
        except (BadEncoding, BadAddress):
            continue


def test_texts_are_utf_8_or_latin_1() -> None:
    assert text_of(base64.b64encode("é🚀".encode())) == "é🚀"
    assert text_of(base64.b64encode(b"\xe9")) == "é"
    assert is_utf8_base64(base64.b64encode("é".encode()))
    assert not is_utf8_base64(base64.b64encode(b"\xe9"))


def test_words_are_utf_8() -> None:
    assert plain(b"a%20b%C3%A9") == "a bé"
    assert decoded(b"100%") == b"100%"
    with pytest.raises(BadEncoding):
        plain(b"%E9")


@pytest.mark.row("004-041")
@given(st.from_regex(r"\A\+?[1-9][0-9]{2,19}\Z"))
def test_a_number_and_its_base64_are_told_apart(number: str) -> None:
    digits = number.removeprefix("+")
    for segment in (number, base64.b64encode(number.encode()).decode(), quote(number, safe="")):
        assert number_of(segment.encode()).value == digits
    assert plain_number_of(number.encode()).value == digits


@pytest.mark.parametrize("segment", [b"", b"+", b"x", b"31 6", b"++31", b"%00", b"1" * 21, base64.b64encode(b"x"), base64.b64encode(b"\xff")])  # fmt: skip
def test_what_is_no_number(segment: bytes) -> None:
    with pytest.raises((BadEncoding, BadAddress)):
        number_of(segment)
    with pytest.raises((BadEncoding, BadAddress)):
        plain_number_of(segment)
