"""Conversions as values."""

from __future__ import annotations

import pytest

from chappe.domain.conversion import ConversionRate


@pytest.mark.parametrize(("messages", "conversions", "percent"), [(4, 1, 25.0), (1, 1, 100.0), (0, 0, 0.0)])
def test_a_rate_is_of_a_hundred_messages(messages: int, conversions: int, percent: float) -> None:
    assert ConversionRate("acme", "33", messages, conversions).percent == percent
