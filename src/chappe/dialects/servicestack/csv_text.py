"""CSV as ServiceStack writes an answer: the rows of its first list; what is an object in a row is JSV. Pure."""

from __future__ import annotations

import re
from typing import Any, Final

from chappe.dialects.servicestack.dtos import Dto, Member, Shape, Values, plain
from chappe.dialects.servicestack.jsv import write_jsv

_NEEDS_QUOTES: Final = re.compile(r'[,"\r\n]|^\s|\s$')


def write_csv(dto: Dto, values: Values) -> str:
    """A header and a row for each item of the value's first list; a row of the value itself where it has none."""
    for member in dto.members:
        if member.shape is Shape.LIST:
            assert member.of is not None
            return _table(member.of, values.get(member.name) or ())
    return _table(dto, [values])


def _table(dto: Dto, rows: Any) -> str:
    lines = [",".join(member.name for member in dto.members)]
    lines.extend(",".join(_cell(member, row.get(member.name)) for member in dto.members) for row in rows)
    return "\r\n".join(lines) + "\r\n"


def _cell(member: Member, value: Any) -> str:
    if value is None:
        return ""
    if member.of is not None and member.shape is Shape.OBJECT:
        value = plain(member.of, value)
    text = value if isinstance(value, str) else write_jsv(value)
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text
