from __future__ import annotations

from typing import Any

import pytest

from chappe.connectors.loopback.settings import LoopbackSettings, check, decode


def test_nothing_need_be_set() -> None:
    assert decode({}) == LoopbackSettings()
    assert check({"delay_ms": "50", "echo": True}) == ""
    assert decode({"delay_ms": "50"}).delay_ms == 50


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"delay_ms": -1}, "delay_ms"),
        ({"receipt_delay_ms": -1}, "receipt_delay_ms"),
        ({"away_ms": -1}, "away_ms"),
        ({"again_ms": -1}, "again_ms"),
        ({"response_timer": 0}, "response_timer"),
        ({"response_timer": -0.0}, "response_timer"),
        ({"response_timer": float("nan")}, "response_timer"),
        ({"response_timer": "nan"}, "response_timer"),
        ({"response_timer": float("inf")}, "response_timer"),
        ({"delay_ms": 1.5}, "delay_ms"),
        ({"delay_ms": " 5"}, "delay_ms"),
        ({"delay_ms": "\u0663"}, "delay_ms"),
        ({"delay_ms": None}, "delay_ms"),
        ({"delay_ms": []}, "delay_ms"),
        ({"window": True}, "window"),
        ({"window": -1}, "window"),
        ({"echo": "perhaps"}, "echo"),
        ({"echo": 2}, "echo"),
        ({"receipts": ""}, "receipts"),
        ({"": 1}, "unknown"),
        ({"Window": 1}, "Window"),
        ({"window": 0}, "window"),
        ({"window": "wide"}, "window"),
        ({"dealy_ms": 1}, "dealy_ms"),
    ],
)
def test_what_cannot_be_is_refused_with_its_key(wrong: dict[str, Any], key: str) -> None:
    assert key in check(wrong)
