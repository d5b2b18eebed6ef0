"""JSV, ServiceStack's text of values: JSON's brackets with CSV's quotes. Reading and writing; no types. Pure."""

from __future__ import annotations

import re
from typing import Any, Final

MAX_DEPTH: Final = 32
MOST_VALUES: Final = 20_000
"""More than the largest call that is taken has; what has more is read no further."""

_RAW: Final = re.compile(r'[^,:{}\[\]"]*')
_QUOTED: Final = re.compile(r'"((?:[^"]++|"")*+)"')
_BLANK: Final = " \t\r\n"
_BLANKS: Final = re.compile(f"[{_BLANK}]*")
_NEEDS_QUOTES: Final = re.compile(r'[,:{}\[\]"\r\n]|^[ \t]|[ \t]$')


class BadJsv(ValueError):
    """The text is no JSV; the message says where."""


def read_jsv(text: str) -> Any:
    """Dictionaries, lists and texts; a value of which nothing stands there is None.

    Raises BadJsv for a text that is none, that goes deeper than 32 levels or has more than 20,000 values, or that
    goes on behind its end.
    """
    reader = _Reader(text)
    value, position = reader.value(reader.skip(0), 0)
    position = reader.skip(position)
    if position != len(text):
        raise BadJsv(f"something follows the end at position {position}")
    return value


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._left = MOST_VALUES

    def skip(self, position: int) -> int:
        found = _BLANKS.match(self._text, position)
        assert found is not None
        return found.end()

    def value(self, position: int, depth: int) -> tuple[Any, int]:
        self._left -= 1
        if depth > MAX_DEPTH or not self._left:
            raise BadJsv(f"more than {MAX_DEPTH} levels or {MOST_VALUES} values")
        first = self._text[position : position + 1]
        if first == "{":
            return self.mapping(position + 1, depth)
        if first == "[":
            return self.sequence(position + 1, depth)
        if first == '"':
            return self.quoted(position)
        # A value may hold colons, as a date does; a name may not.
        end = position
        while True:
            found = _RAW.match(self._text, end)
            assert found is not None
            end = found.end()
            if self._text[end : end + 1] != ":":
                break
            end += 1
        raw = self._text[position:end].rstrip(_BLANK)
        return (raw or None), end

    def quoted(self, position: int) -> tuple[str, int]:
        found = _QUOTED.match(self._text, position)
        if found is None:
            raise BadJsv(f"the quote at position {position} is not closed")
        return found[1].replace('""', '"'), found.end()

    def name(self, position: int) -> tuple[str, int]:
        if self._text[position : position + 1] == '"':
            return self.quoted(position)
        found = _RAW.match(self._text, position)
        assert found is not None
        return found[0].strip(_BLANK), found.end()

    def mapping(self, position: int, depth: int) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        position = self.skip(position)
        if self._text[position : position + 1] == "}":
            return found, position + 1
        while True:
            name, position = self.name(self.skip(position))
            position = self.skip(position)
            if self._text[position : position + 1] != ":":
                raise BadJsv(f"a colon is missing at position {position}")
            found[name], position = self.value(self.skip(position + 1), depth + 1)
            position = self.skip(position)
            mark = self._text[position : position + 1]
            position += 1
            if mark == "}":
                return found, position
            if mark != ",":
                raise BadJsv(f"a comma or brace is missing at position {position - 1}")

    def sequence(self, position: int, depth: int) -> tuple[list[Any], int]:
        found: list[Any] = []
        position = self.skip(position)
        if self._text[position : position + 1] == "]":
            return found, position + 1
        while True:
            value, position = self.value(self.skip(position), depth + 1)
            found.append(value)
            position = self.skip(position)
            mark = self._text[position : position + 1]
            position += 1
            if mark == "]":
                return found, position
            if mark != ",":
                raise BadJsv(f"a comma or bracket is missing at position {position - 1}")


def write_jsv(value: Any) -> str:
    """The text of dictionaries, lists, texts and booleans. None must have been left out of dictionaries before."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_text(name)}:{write_jsv(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(write_jsv, value)) + "]"
    if isinstance(value, bool):
        return "True" if value else "False"
    return '""' if value == "" else _text(str(value))


def _text(text: str) -> str:
    if _NEEDS_QUOTES.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text
