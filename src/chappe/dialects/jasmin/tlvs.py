"""`custom_tlvs` in all the shapes that Jasmin's versions take: JSON text to tags and octets. Pure."""

from __future__ import annotations

from typing import Any, Final

import msgspec

_INTEGERS: Final = frozenset({"Int1", "Int2", "Int4", "Int8"})
_FIRST_VENDOR: Final = 0x1400
_LAST_VENDOR: Final = 0x3FFF
_MOST: Final = 64
_MAX_OCTETS: Final = 255


class BadTlvs(ValueError):
    """The argument does not say TLVs; the message says why."""


def read_tlvs(text: str) -> tuple[tuple[int, bytes], ...]:
    """Tags and octets from JSON text; raises BadTlvs.

    A list of `[tag, length, type, value]` or of `{"tag": .., "value": ..}`, or a mapping `{"0x1401": value}` or `{"0x1401:Int2": value}`.
    """
    try:
        given = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadTlvs("not JSON") from error
    if isinstance(given, dict):
        rows = [_from_key(key, value) for key, value in given.items()]
    elif isinstance(given, list):
        rows = [_from_row(row) for row in given]
    else:
        raise BadTlvs("neither a list nor a mapping")
    if len(rows) > _MOST:
        raise BadTlvs(f"more than {_MOST} TLVs")
    return tuple(_encode(*row) for row in rows)


def _from_key(key: str, value: Any) -> tuple[int, str, Any]:
    tag, _, kind = key.partition(":")
    return _tag(tag), kind, value


def _from_row(row: Any) -> tuple[int, str, Any]:
    match row:
        case [tag, _, str(kind), value]:
            return _tag(tag), kind, value
        case {"tag": tag, "value": value}:
            return _tag(tag), str(row.get("type") or ""), value
    raise BadTlvs("a row is neither [tag, length, type, value] nor an object with tag and value")


def _tag(given: Any) -> int:
    try:
        tag = int(given, 0) if isinstance(given, str) else int(given)
    except (TypeError, ValueError) as error:
        raise BadTlvs("a tag is no number") from error
    if isinstance(given, bool | float) or not _FIRST_VENDOR <= tag <= _LAST_VENDOR:
        raise BadTlvs("a tag is not in the vendor range 0x1400 to 0x3FFF")
    return tag


def _encode(tag: int, kind: str, value: Any) -> tuple[int, bytes]:
    if not kind:
        kind = "Int4" if isinstance(value, int) and not isinstance(value, bool) else "OctetString"
    if kind in _INTEGERS:
        return tag, _integer(int(kind[3:]), value)
    if kind not in ("OctetString", "COctetString"):
        raise BadTlvs("a type is not Int1, Int2, Int4, Int8, OctetString or COctetString")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadTlvs("a value is neither text nor number")
    octets = str(value).encode()
    if kind == "COctetString":
        if b"\0" in octets:
            raise BadTlvs("a C-octet string holds a NUL")
        octets += b"\0"
    if len(octets) > _MAX_OCTETS:
        raise BadTlvs(f"a value is longer than {_MAX_OCTETS} octets")
    return tag, octets


def _integer(octets: int, value: Any) -> bytes:
    if isinstance(value, str | int) and not isinstance(value, bool):
        try:
            return int(value).to_bytes(octets, "big")
        except (ValueError, OverflowError) as error:
            raise BadTlvs(f"a value is no number of {octets} octets") from error
    raise BadTlvs(f"a value is no number of {octets} octets")
