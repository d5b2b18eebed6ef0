"""Query strings and forms: what is written reads back, what is no UTF-8 is refused, separators are taken as they come."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.protocols.http.forms import BadForm, parse_form, write_form

texts = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.lists(st.tuples(texts, texts), max_size=20))
def test_what_is_written_reads_back(pairs: list[tuple[str, str]]) -> None:
    written = write_form(pairs)
    assert written.isascii()
    assert parse_form(written.encode()) == pairs


@given(st.lists(st.tuples(texts.filter(bool), texts), max_size=20))
def test_the_standard_library_reads_the_same(pairs: list[tuple[str, str]]) -> None:
    written = write_form(pairs)
    assert parse_qsl(written, keep_blank_values=True) == parse_form(written.encode()) == pairs


@given(st.binary(max_size=200))
def test_octets_are_read_or_refused(octets: bytes) -> None:
    try:
        pairs = parse_form(octets)
    except BadForm:
        return
    assert parse_form(write_form(pairs).encode()) == pairs


@pytest.mark.parametrize(
    ("octets", "pairs"),
    [
        (b"", []),
        (b"a=1&b=2", [("a", "1"), ("b", "2")]),
        (b"a=1&a=2", [("a", "1"), ("a", "2")]),
        (b"&&a=1&&", [("a", "1")]),
        (b"a", [("a", "")]),
        (b"=1", [("", "1")]),
        (b"a=b=c", [("a", "b=c")]),
        (b"a=x+y%20z", [("a", "x y z")]),
        (b"a=%2B%26%3D", [("a", "+&=")]),
        (b"a%20b=1", [("a b", "1")]),
        (b"a=%e4%bd%a0", [("a", "\u4f60")]),
        (b"a=\xe4\xbd\xa0", [("a", "\u4f60")]),
        (b"a=1;b=2", [("a", "1;b=2")]),
        (b"a=100%", [("a", "100%")]),
        (b"a=%zz%4", [("a", "%zz%4")]),
        (b"a=%00", [("a", "\x00")]),
        (b"a=%F0%9F%98%80", [("a", "\U0001f600")]),
    ],
)
def test_forms_as_clients_send_them(octets: bytes, pairs: list[tuple[str, str]]) -> None:
    assert parse_form(octets) == pairs


@pytest.mark.parametrize(
    "octets", [b"a=%ff", b"a=caf%e9", b"a=%ed%a0%bd", b"\xff=1", b"a=%c0%80", b"a=%f5%80%80%80"]
)
def test_what_is_no_utf8_is_refused(octets: bytes) -> None:
    with pytest.raises(BadForm, match="UTF-8"):
        parse_form(octets)


def test_a_thousand_pairs_are_enough() -> None:
    assert len(parse_form(b"a=1&" * 1_000)) == 1_000
    with pytest.raises(BadForm, match="too many"):
        parse_form(b"a=1&" * 1_001)


def test_octets_may_be_written_too() -> None:
    assert write_form([("a b", b"\xff\x00"), ("c", "d")]) == "a+b=%FF%00&c=d"
