"""Amounts: what is written reads back, what is no finite number is refused, nothing is floating point."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.money import MICRO, format_amount, parse_amount


@given(st.integers(-(1 << 61), 1 << 61))
def test_an_amount_comes_back(micro: int) -> None:
    assert parse_amount(format_amount(micro)) == micro


@given(st.integers(-(10**15), 10**15))
def test_the_text_is_the_shortest_with_one_decimal(micro: int) -> None:
    text = format_amount(micro)
    assert Decimal(text) * MICRO == micro
    _, _, decimals = text.partition(".")
    assert 1 <= len(decimals) <= 6
    assert decimals == "0" or not decimals.endswith("0")


@pytest.mark.parametrize(
    ("given_", "micro"),
    [
        ("12.5", 12_500_000),
        ("0", 0),
        ("-3", -3_000_000),
        ("0.000001", 1),
        ("0.0000005", 0),  # half to even
        ("0.0000015", 2),
        ("1e3", 1_000_000_000),
        (0.1, 100_000),  # what is written, not its binary neighbour
        (7, 7_000_000),
    ],
)
def test_known_amounts(given_: str | float, micro: int) -> None:
    assert parse_amount(given_) == micro


@pytest.mark.parametrize(
    "text",
    ["", "x", "nan", "sNaN", "inf", "-Infinity", "1e999999", "1e99999999999", "9e18", "1,5", float("inf")],
)
def test_what_is_no_amount_is_refused(text: str | float) -> None:
    with pytest.raises(ValueError, match="not an amount of money"):
        parse_amount(text)


@given(st.one_of(st.text(max_size=30), st.floats()))
def test_it_gives_a_bounded_number_or_a_value_error(given_: str | float) -> None:
    try:
        micro = parse_amount(given_)
    except ValueError:
        return
    assert isinstance(micro, int)
    assert abs(micro) < 1 << 62
