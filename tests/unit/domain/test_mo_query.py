"""Searches of the log of MOs: what they may ask."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.domain.mo_query import MOST_FOUND, MoQuery


def test_sound_ones() -> None:
    assert MoQuery().problem() == ""
    assert MoQuery(pattern="^OGANGI.*", limit=MOST_FOUND, offset=1, since_ms=1, until_ms=2).problem() == ""


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"limit": 0}, "a page has"),
        ({"limit": MOST_FOUND + 1}, "a page has"),
        ({"offset": -1}, "an offset"),
        ({"since_ms": -1}, "an offset"),
        ({"pattern": "("}, "the pattern: "),
        ({"pattern": "(a{1,1000}){1,1000}"}, "the pattern: "),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], sentence: str) -> None:
    assert MoQuery(**fields).problem().startswith(sentence)
