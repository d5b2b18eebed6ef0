"""Value filters: what an account may put into a message, as patterns; written by operators, compiled, asked. Pure."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chappe.domain.conditions import compile_pattern
from chappe.domain.refusal import Reason, Refusal


class ValueFilters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """RE2 patterns that values must match from their start, as Jasmin's do; an empty one lets everything pass.

    `destination` and `source` see addresses without a plus, `priority` its digit, `validity` whole minutes,
    `content` the text as a handset shows it.
    """

    destination: str = ""
    source: str = ""
    priority: str = ""
    validity: str = ""
    content: str = ""

    def problem(self) -> str:
        """The first thing wrong with these patterns as a sentence, empty if none."""
        for name in self.__struct_fields__:
            try:
                compile_pattern(getattr(self, name))
            except ValueError as error:
                return f"filters.{name}: {error}"
        return ""


NO_FILTERS: Final = ValueFilters()


class Values(msgspec.Struct, frozen=True, gc=False):
    """What filters look at in a message; None for what its client left to us, which no filter sees."""

    destination: str
    source: str | None = None
    priority: str | None = None
    validity: str | None = None
    content: str | None = None


_TOLD: Final = (
    ("destination", "destination_address"),
    ("source", "source_address"),
    ("priority", "priority"),
    ("validity", "validity_period"),
    ("content", "content"),
)
"""The filters in the order in which they are asked, and the name that clients are told."""


class Screen:
    """The filters of one account, compiled."""

    __slots__ = ("_patterns", "needs_content", "needs_validity")

    def __init__(self, filters: ValueFilters) -> None:
        self._patterns: tuple[tuple[str, str, Any], ...] = tuple(
            (name, told, compile_pattern(getattr(filters, name)))
            for name, told in _TOLD
            if getattr(filters, name)
        )
        self.needs_content = bool(filters.content)
        self.needs_validity = bool(filters.validity)

    def refusal(self, values: Values) -> Refusal | None:
        """The refusal by the first filter that a value does not match, None if all do."""
        for name, told, pattern in self._patterns:
            value = getattr(values, name)
            if value is not None and not pattern.match(value):
                return Refusal(Reason.FILTERED, told, f"{told} is not one that this account may use")
        return None
