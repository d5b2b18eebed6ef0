"""Tokens and the spelling of keys."""

from __future__ import annotations

import pytest

from chappe.dialect_kit.contract import TokenShown
from chappe.dialects.cm.calls import USUAL, fields_of, folded, token_in

GUID = "0AB91D51-3517-4a80-9cc0-1e2f3a4b5c6d"


@pytest.mark.parametrize("text", [GUID, GUID.lower(), f" {GUID}\n"])
def test_a_token_is_a_guid(text: str) -> None:
    assert token_in(text) == TokenShown(text.strip())


@pytest.mark.parametrize("text", [None, 7, "", "x", GUID[:-1], GUID.replace("-", ""), f"{{{GUID}}}", [GUID]])
def test_anything_else_is_none(text: object) -> None:
    assert token_in(text) is None


def test_usual_spellings_cost_nothing_and_others_are_found() -> None:
    usual = {"from": 1, "minimumNumberOfMessageParts": 2}
    assert fields_of(usual) is usual
    assert fields_of({"FROM": 1, "MinimumNumberOfMessageParts": 2, "tag": 3}) == usual
    assert fields_of({"from": 1, "From": 2}) == {"from": 2}
    assert folded({"A": 1, "a": 2}) == {"a": 2}
    assert all(low == spelt.lower() for low, spelt in USUAL.items())
