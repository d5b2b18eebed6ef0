"""How conditions of rules are shown on a line."""

from __future__ import annotations

from typing import Any

from chappe.domain.conditions import Condition, TlvMatch


def condition_told(condition: Condition) -> str:
    """The parts of a condition that are given, `always` where none is."""
    fields = {name: getattr(condition, name) for name in condition.__struct_fields__}
    return " ".join(f"{name}={_value(value)}" for name, value in fields.items() if value) or "always"


def _value(value: Any) -> str:
    if not isinstance(value, tuple):
        return str(value)
    return ",".join(_tlv(each) if isinstance(each, TlvMatch) else str(each) for each in value)


def _tlv(match: TlvMatch) -> str:
    wanted = "|".join((*match.values, *match.hex))
    return f"{match.tag:#06x}" + (f":{wanted}" if wanted else "")
