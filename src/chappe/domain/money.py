"""Amounts of money as whole micro-units of the account's currency; never floating point."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, DecimalException
from typing import Final

MICRO: Final = 1_000_000
"""Micro-units in one unit of currency."""


def parse_amount(text: str | float) -> int:
    """Micro-units of a decimal amount such as `12.5`. Raises ValueError for what is no finite number."""
    try:
        value = Decimal(str(text))
        micro = (value * MICRO).to_integral_value(ROUND_HALF_EVEN)
    except DecimalException as error:
        raise ValueError(f"not an amount of money: {text!r}") from error
    if not value.is_finite() or abs(micro) >= 1 << 62:
        raise ValueError(f"not an amount of money: {text!r}")
    return int(micro)


def format_amount(micro: int) -> str:
    """The shortest decimal text of an amount, at least one decimal: `12.5`, `100.0`, `0.000001`."""
    sign = "-" if micro < 0 else ""
    whole, rest = divmod(abs(micro), MICRO)
    decimals = f"{rest:06d}".rstrip("0") or "0"
    return f"{sign}{whole}.{decimals}"
