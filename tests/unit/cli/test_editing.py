"""Fields from words: TOML where it is some, text where it is none, tables by dots, secrets as they stand."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.cli.editing import fields_of
from chappe.management.records import BadRecord


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ((), {}),
        (("a=1", "b=1.5", "c=true"), {"a": 1, "b": 1.5, "c": True}),
        (('a=["x", "y"]',), {"a": ["x", "y"]}),
        (("a=text of words", "b="), {"a": "text of words", "b": ""}),
        (('a="7"',), {"a": "7"}),
        (("a=b=c",), {"a": "b=c"}),
        (("s.host=h", "s.port=1", "s.deep.er=2"), {"s": {"host": "h", "port": 1, "deep": {"er": 2}}}),
        (("a=1", "a=2"), {"a": 2}),
        (
            ("s.password=123", "secret=true", "password=[1]"),
            {"s": {"password": "123"}, "secret": "true", "password": "[1]"},
        ),
        (("a=1\nb = 2",), {"a": "1\nb = 2"}),
    ],
)
def test_words_become_fields(words: tuple[str, ...], fields: dict[str, Any]) -> None:
    assert fields_of(words) == fields


@pytest.mark.parametrize("words", [("x",), ("=1",), ("",), ("a=1", "a.b=2"), ("s.a=1", "s.a.b=2")])
def test_words_that_are_no_fields(words: tuple[str, ...]) -> None:
    with pytest.raises(BadRecord):
        fields_of(words)
