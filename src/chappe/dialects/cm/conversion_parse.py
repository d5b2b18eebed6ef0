"""`POST /v1.0/conversion`: its JSON and XML as values. Pure; every wrong request has its sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from xml.parsers import expat

import msgspec

from chappe.dialect_kit.contract import Credentials, Shown, TokenShown
from chappe.domain.address import BadAddress, destination

_LONGEST_BODY: Final = 16_384
_LONGEST_VALUE: Final = 256
_FIELDS: Final = frozenset(
    ("producttoken", "customer", "login", "password", "reference", "msisdn", "convertedtimestamp")
)
_ROOT: Final = "conversion"
_DATE: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s?(Z|GMT|[+-]\d\d:?\d\d)?", re.ASCII
)


class BadConversion(ValueError):
    """What is wrong with a request, as a sentence."""


class Asked(msgspec.Struct, frozen=True, gc=False):
    """A conversion as it was told: who says so, of which message, when (Unix milliseconds, 0 for now)."""

    shown: Shown
    reference: str
    number: str
    converted_ms: int


def read_conversion(body: bytes, header_token: str = "") -> Asked:
    """What a body says; a token in the header goes before one in it. Raises BadConversion."""
    if len(body) > _LONGEST_BODY:
        raise BadConversion(f"The request is longer than {_LONGEST_BODY} octets")
    # A byte order mark may stand before either.
    bare = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    fields = _xml(bare) if bare[:1] == b"<" else _json(bare)
    for name, value in fields.items():
        if len(value) > _LONGEST_VALUE:
            raise BadConversion(f"{name} is longer than {_LONGEST_VALUE} characters")
    shown = _shown(fields, header_token)
    reference = fields.get("reference", "")
    if not reference:
        raise BadConversion("Reference is missing")
    try:
        number = destination(fields.get("msisdn", ""))
    except BadAddress as error:
        raise BadConversion(f"Gsm '{fields.get('msisdn', '')}' is not a number") from error
    return Asked(shown, reference, number.value, _moment(fields.get("convertedtimestamp", "")))


def _shown(fields: Mapping[str, str], header_token: str) -> Shown:
    token = header_token or fields.get("producttoken", "")
    if token:
        return TokenShown(token)
    login, password = fields.get("login", ""), fields.get("password", "")
    if not (login and password):
        raise BadConversion("ProductToken, or Customer, Login and Password, are missing")
    # The customer number is the vendor's; a login of ours belongs to one account anyway.
    return Credentials(login, password)


def _moment(text: str) -> int:
    """Unix milliseconds; without a zone it is UTC."""
    if not text:
        return 0
    found = _DATE.fullmatch(text.strip())
    if found is None:
        raise BadConversion(f"ConvertedTimestamp '{text}' is not yyyy-MM-ddTHH:mm:ss")
    *numbers, fraction, zone = found.groups()
    year, month, day, hour, minute, second = map(int, numbers)
    try:
        at = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        unix_ms = int(at.timestamp() * 1000) + int((fraction or "0").ljust(3, "0")[:3]) - _offset_ms(zone)
    except (ValueError, OverflowError) as error:
        raise BadConversion(f"ConvertedTimestamp '{text}' is no date") from error
    return max(unix_ms, 1)


def _offset_ms(zone: str | None) -> int:
    if zone in (None, "Z", "GMT"):
        return 0
    assert zone is not None
    digits = zone[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return (-60_000 if zone[0] == "-" else 60_000) * minutes


# ---------------------------------------------------------------- the two forms


def _json(body: bytes) -> dict[str, str]:
    try:
        parsed = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadConversion("Invalid JSON") from error
    fields: dict[str, str] = {}
    for key, value in parsed.items():
        name = key.lower()
        if name not in _FIELDS or value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise BadConversion(f"{key} is not a text")
        fields[name] = str(value).strip()
    return fields


def _xml(body: bytes) -> dict[str, str]:
    """The children of the one element; a document type, and so any entity of its own, is refused."""
    path: list[str] = []
    fields: dict[str, str] = {}

    def refuse(*_told: object) -> None:
        raise BadConversion("A document type is not allowed")

    def begin(name: str, _attributes: object) -> None:
        path.append(name.lower())
        if path[0] != _ROOT:
            raise BadConversion("The root element is not Conversion")
        if len(path) > 2:
            raise BadConversion(f"{name} is nested too deep")
        if len(path) == 2 and path[1] in _FIELDS:
            fields[path[1]] = ""

    def text(data: str) -> None:
        if len(path) == 2 and path[1] in fields:
            fields[path[1]] += data

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda _name: path.pop()
    parser.CharacterDataHandler = text
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise BadConversion("Invalid XML") from error
    except (UnicodeDecodeError, LookupError, ValueError) as error:
        if isinstance(error, BadConversion):
            raise
        raise BadConversion("Invalid XML") from error
    return {name: value.strip() for name, value in fields.items()}
