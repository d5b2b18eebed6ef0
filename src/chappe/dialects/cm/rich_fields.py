"""Fields of JSON objects as CM's clients send them: keys of any case, nulls, numbers as texts. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import msgspec

_MOST_TEXT: Final = 20_000
_DEEPEST: Final = 16
_MOST_ENTRIES: Final = 100
_MOST_VALUES: Final = 10_000
"""In an object that only a provider understands. Each is looked at while nobody else has a turn."""


class BadRich(Exception):
    """What is refused; the message is the sentence for the client."""


class Fields:
    """An object's fields by name in lower case, and where it stands, for sentences. Of two spellings the last wins."""

    __slots__ = ("_fields", "where")

    def __init__(self, fields: Mapping[Any, Any], where: str) -> None:
        self.where = where
        self._fields = {
            name.casefold(): value
            for name, value in fields.items()
            if isinstance(name, str) and value is not None
        }

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return name.casefold() in self._fields

    def get(self, name: str) -> Any:
        """The field, None where it is not there."""
        return self._fields.get(name.casefold())

    def inner(self, name: str) -> Fields:
        """The object in a field; raises BadRich where there is none."""
        if not self.has(name):
            raise BadRich(f"{self.where}.{name} is required")
        return object_at(self.get(name), f"{self.where}.{name}")


def object_at(value: Any, where: str) -> Fields:
    """A value that must be an object; raises BadRich."""
    if not isinstance(value, Mapping):
        raise BadRich(f"The {where} object is an invalid type, it should be an object")
    return Fields(value, where)


def array(fields: Fields, name: str, *, most: int = _MOST_ENTRIES) -> list[tuple[Any, str]]:
    """The entries of an array, nulls left out, each with where it stands; raises BadRich for what is none or too long."""
    value = fields.get(name)
    if value is None:
        return []
    where = f"{fields.where}.{name}"
    if not isinstance(value, list | tuple):
        raise BadRich(f"The {where} object is an invalid type, it should be an array")
    if len(value) > most:
        raise BadRich(f"{where} holds {len(value)} entries, at most {most} are allowed")
    return [(each, f"{where}[{number}]") for number, each in enumerate(value) if each is not None]


def text_of(fields: Fields, name: str, *, required: bool = False, most: int = _MOST_TEXT) -> str:
    """A text, empty where there is none; a number counts as its digits. Raises BadRich."""
    value = fields.get(name)
    where = f"{fields.where}.{name}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if value is not None and not isinstance(value, str):
        raise BadRich(f"The {where} object is an invalid type, it should be a text")
    if required and not (value and value.strip()):
        raise BadRich(f"{where} is required")
    if value and len(value) > most:
        raise BadRich(f"{where} is longer than {most} characters")
    return value or ""


def number_of(fields: Fields, name: str) -> float | None:
    """A finite number, also one written as a text; None where there is none. Raises BadRich."""
    value = fields.get(name)
    if value is None or value == "":
        return None
    number = math.nan
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = math.nan
    if not math.isfinite(number):
        raise BadRich(f"{fields.where}.{name} is not a number")
    return number


def json_of(fields: Fields, name: str, *, required: bool = False) -> str:
    """An object that only a provider understands, as JSON text; empty where there is none. Raises BadRich."""
    if not fields.has(name):
        if required:
            raise BadRich(f"{fields.where}.{name} is required")
        return ""
    where = f"{fields.where}.{name}"
    object_at(fields.get(name), where)
    return json_text(fields.get(name), where)


def json_text(value: Any, where: str) -> str:
    """A value as JSON text; raises BadRich where it is nested too deep or holds too much."""
    _check(value, where)
    return msgspec.json.encode(value).decode()


def _check(value: Any, where: str) -> None:
    """Looks at every value inside; a stack of our own, so that no nesting exhausts Python's."""
    left = _MOST_VALUES
    open_: list[tuple[Any, int]] = [(value, 1)]
    while open_:
        each, depth = open_.pop()
        if depth > _DEEPEST:
            raise BadRich(f"{where} is nested deeper than {_DEEPEST} levels")
        inner = each.values() if isinstance(each, Mapping) else each if isinstance(each, list | tuple) else ()
        left -= len(inner)
        if left < 0:
            raise BadRich(f"{where} holds more than {_MOST_VALUES} values")
        open_.extend((one, depth + 1) for one in inner)
