"""JSV both ways: vectors of the live server's pages and of ServiceStack's rules, and whatever chance makes of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.servicestack.jsv import MAX_DEPTH, MOST_VALUES, BadJsv, read_jsv, write_jsv


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        ("[]", []),
        ("", None),
        ("abc", "abc"),
        (
            "{Messages:[{to:905332141354,content:hello}]}",
            {"Messages": [{"to": "905332141354", "content": "hello"}]},
        ),
        ('{a:"x, y: {z} [w] ""q"""}', {"a": 'x, y: {z} [w] "q"'}),
        ("{a:,b:1}", {"a": None, "b": "1"}),
        ('{a:""}', {"a": ""}),
        ('{"a b":c}', {"a b": "c"}),
        ("{at:2026-11-20T19:00:00Z}", {"at": "2026-11-20T19:00:00Z"}),
        (" { a : b , c : [ d , e ] } ", {"a": "b", "c": ["d", "e"]}),
        ("[a,,b]", ["a", None, "b"]),
        ("{a:☺ é}", {"a": "☺ é"}),
        ('"one"', "one"),
    ],
)
def test_reading(text: str, value: Any) -> None:
    assert read_jsv(text) == value


@pytest.mark.parametrize(
    "text",
    [
        *(
            "{",
            "[",
            "{a",
            "{a:",
            "{a:b",
            "[a",
            '"a',
            '{a:"b',
            "{a:b}c",
            "[a]]",
            "{:b",
            "{a:b:}{",
            "}",
            "]",
            ",",
        ),
        *('{a:"b"c}', '["a" "b"]', "{a}", "{a,b:c}", '{a:b"c}'),
        *("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2), "{a:" * 40 + "}" * 40, "[" * 100_000),
    ],
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(BadJsv):
        read_jsv(text)


def test_more_values_than_any_call_has_are_not_read() -> None:
    assert len(read_jsv("[" + "a," * (MOST_VALUES - 3) + "]")) == MOST_VALUES - 2
    with pytest.raises(BadJsv, match="20000 values"):
        read_jsv("[" + "a," * MOST_VALUES + "]")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (
            {"messages": [{"apiMessageId": "a-1", "accepted": True}]},
            "{messages:[{apiMessageId:a-1,accepted:True}]}",
        ),
        ({"a": False, "b": ""}, '{a:False,b:""}'),
        ({"a": 'x,y "z"'}, '{a:"x,y ""z"""}'),
        (["a:b", "{", "}", "[", "]"], '["a:b","{","}","[","]"]'),
        ({"a,b": "c"}, '{"a,b":c}'),
        (" padded ", '" padded "'),
    ],
)
def test_writing(value: Any, text: str) -> None:
    assert write_jsv(value) == text


trees = st.recursive(
    st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(trees)
def test_what_is_written_is_read(tree: Any) -> None:
    assert read_jsv(write_jsv(tree)) == tree


@given(st.text(alphabet='{}[],:" \nab', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        value = read_jsv(text)
    except BadJsv:
        return
    assert value is None or isinstance(value, str | list | dict)


@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, ":" * 200_000, " " * 1_000_000, '"' * 200_001, "[" + "a," * 200_000]
)
def test_long_texts_take_linear_time(text: str) -> None:
    told = ""
    try:
        read_jsv(text)
    except BadJsv as error:
        told = str(error)
    assert len(told) < 200
