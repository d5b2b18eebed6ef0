"""The fields of a MSG, one by one: what a client wrote to values of the domain, or why it is refused. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

import msgspec

from chappe.dialects.cm.calls import Fields, folded
from chappe.dialects.cm.channels import read_app_type, read_channels
from chappe.dialects.cm.rich import read_rich
from chappe.dialects.cm.statuses import (
    BAD_BODY,
    BAD_FIELD,
    EMPTY_BODY,
    NO_BODY,
    NO_FROM,
    WRONG_FROM,
    Rejection,
)
from chappe.dialects.cm.validity import read_validity
from chappe.domain.address import Address, BadAddress, sender
from chappe.domain.extras import Extras
from chappe.domain.rich import RichContent

MOST_PARTS: Final = 255
USUAL_PARTS: Final = 8
"""What every SDK allows, and what automatic coding means where nothing is said."""

ADVISED_GROUPINGS: Final = 1_000
_MOST_REFERENCE: Final = 32
_MOST_GROUPING: Final = 100
_NO_GROUPINGS: Final = ("", "", "")
_GUID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_SENDER_DIGITS: Final = re.compile(r"\+?[0-9]+", re.ASCII)
_MOST_SENDER_DIGITS: Final = 16
_NUMBER: Final = re.compile(r"(?:\+|00)?([1-9][0-9]{6,14})", re.ASCII)
_INTERNATIONAL: Final = 1
_DCS: Final = {0: 0, 8: 8, "0": 0, "8": 8, "": 0, None: 0}.get
_BINARY: Final = 4
"""data_coding of octets, SMPP 3.4 §5.2.19."""

WRONG_TYPE: Final = Rejection(BAD_BODY, "The type of a body is AUTO, TEXT or BINARY")
WRONG_BODY: Final = Rejection(BAD_BODY, "The Body object is an invalid type, it should be an object")
WRONG_HEX: Final = Rejection(BAD_BODY, "A body of type BINARY is not hexadecimal")
NOT_GSM: Final = Rejection(BAD_BODY, "The body holds a character that the GSM alphabet lacks")
WRONG_DCS: Final = Rejection(BAD_FIELD, "The DCS is neither 0 nor 8")
WRONG_REFERENCE: Final = Rejection(BAD_FIELD, f"A reference has at most {_MOST_REFERENCE} characters")
WRONG_VALIDITY: Final = Rejection(
    BAD_FIELD, "The validity is no time ahead such as 2h, 30m or 2017-04-20 11:50:05 GMT"
)
WRONG_APP: Final = Rejection(BAD_FIELD, "The appKey is no GUID")
LONE_PARTS: Final = Rejection(
    BAD_FIELD, "MINIMUMNUMBEROFMESSAGEPARTS and MAXIMUMNUMBEROFMESSAGEPARTS are used together"
)
WRONG_PARTS: Final = Rejection(
    BAD_FIELD, f"The numbers of message parts are not 1 to {MOST_PARTS}, the minimum first"
)


class Wrong(Exception):
    """A field that is refused; carries why."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.text)
        self.rejection = rejection


class Content(msgspec.Struct, frozen=True, gc=False):
    """What is to be said: a text or octets, the data_coding asked for, the parts that it may have."""

    text: str | None
    octets: bytes | None
    data_coding: int | None
    max_parts: int


def text_of(value: Any) -> str | None:
    """The text of a value that clients write as a text or a number; empty for none, None for anything else."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


@lru_cache(maxsize=4096)
def sender_of(text: str) -> Address | None:
    """A sender of at most 11 alphanumeric characters, blanks among them, or 16 digits; None for neither."""
    if _SENDER_DIGITS.fullmatch(text) and len(text.removeprefix("+")) > _MOST_SENDER_DIGITS:
        return None
    try:
        return sender(text)
    except BadAddress:
        return None


def source_of(fields: Fields) -> Address:
    """The FROM of a MSG; raises Wrong."""
    text = text_of(fields.get("from"))
    if text is None:
        raise Wrong(WRONG_FROM)
    text = text.strip()
    if not text:
        raise Wrong(NO_FROM)
    found = sender_of(text)
    if found is None:
        raise Wrong(WRONG_FROM)
    return found


def number_of(text: str) -> Address | None:
    """A mobile number in international form, with 00, + or nothing before it; None for anything else."""
    found = _NUMBER.fullmatch(text) or _NUMBER.fullmatch(text.strip())
    return Address(found[1], _INTERNATIONAL, _INTERNATIONAL) if found else None


def content_of(fields: Fields, *, may_be_empty: bool) -> Content:
    """The BODY of a MSG with its coding and its parts; raises Wrong. Empty is right only beside a conversation."""
    body = fields.get("body")
    if body is None:
        if not may_be_empty:
            raise Wrong(NO_BODY)
        body = {}
    if not isinstance(body, dict):
        raise Wrong(WRONG_BODY)
    if not body.keys() <= {"content", "type"}:
        body = folded(body)
    text = text_of(body.get("content"))
    if text is None or not (text or may_be_empty):
        raise Wrong(EMPTY_BODY)
    kind = body.get("type")
    kind = "TEXT" if kind is None or kind == "" else kind.upper() if isinstance(kind, str) else ""
    if kind == "AUTO":
        # Whatever DCS says is ignored then.
        return Content(text, None, None, parts_of(fields, USUAL_PARTS))
    if kind == "BINARY":
        try:
            return Content(None, bytes.fromhex(text), _BINARY, parts_of(fields, 1))
        except ValueError:
            raise Wrong(WRONG_HEX) from None
    if kind != "TEXT":
        raise Wrong(WRONG_TYPE)
    return Content(text, None, coding_of(fields.get("dcs")), parts_of(fields, 1))


def coding_of(dcs: Any) -> int:
    """The DCS: 0 or 8; raises Wrong. A client that means true does not mean 1."""
    found = None if isinstance(dcs, bool | list | dict | float) else _DCS(dcs)
    if found is None:
        raise Wrong(WRONG_DCS)
    return found


def parts_of(fields: Fields, usual: int) -> int:
    """The most parts that a message may have; raises Wrong. A minimum above what the text needs says nothing."""
    least, most = fields.get("minimumNumberOfMessageParts"), fields.get("maximumNumberOfMessageParts")
    if least is None and most is None:
        return usual
    if least is None or most is None:
        raise Wrong(LONE_PARTS)
    low, high = _count(least), _count(most)
    if not 0 <= low <= high or not 1 <= high <= MOST_PARTS:
        raise Wrong(WRONG_PARTS)
    return high


def _count(value: Any) -> int:
    if isinstance(value, str) and len(value) <= 3 and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def reference_of(fields: Fields) -> str:
    """The reference, empty for none; raises Wrong. Clients in use write colons, slashes and dashes in it."""
    text = text_of(fields.get("reference"))
    if text:
        text = text.strip()
    if text is None or len(text) > _MOST_REFERENCE or not text.isprintable():
        raise Wrong(WRONG_REFERENCE)
    return text


def expires_of(fields: Fields, now_ms: int, zone: str) -> int:
    """The last moment in Unix milliseconds, 0 where none is given; raises Wrong."""
    text = fields.get("validity")
    if text is None or text == "":
        return 0
    found = read_validity(text, now_ms, zone) if isinstance(text, str) else None
    if found is None:
        raise Wrong(WRONG_VALIDITY)
    return found


def rich_of(fields: Fields) -> RichContent | None:
    """The rich content, None where there is none; raises Wrong."""
    value = fields.get("richContent")
    if value is None:
        return None
    found = read_rich(value)
    if isinstance(found, str):
        raise Wrong(Rejection(BAD_FIELD, found))
    return found


def extras_of(fields: Fields, rich: RichContent | None, *, labelled: bool, tariff: str) -> Extras | None:
    """Groupings, channels, app and rich content, None where a MSG has none of them; raises Wrong."""
    groupings = (
        _grouping(fields, "customGrouping"),
        _grouping(fields, "customGrouping2"),
        _grouping(fields, "customGrouping3"),
    )
    channels = read_channels(fields.get("allowedChannels"))
    if isinstance(channels, str):
        raise Wrong(Rejection(BAD_FIELD, channels))
    app = fields.get("appKey")
    if app is None or app == "":
        app = ""
    elif not isinstance(app, str) or not _GUID.fullmatch(app.strip()):
        raise Wrong(WRONG_APP)
    app_type = read_app_type(fields.get("appMessageType")) if app else None
    if isinstance(app_type, str):
        raise Wrong(Rejection(BAD_FIELD, app_type))
    labelled = labelled or groupings != _NO_GROUPINGS
    if not (labelled or channels or app or tariff or rich):
        return None
    return Extras(
        groupings=groupings,
        channels=channels,
        app=app.strip().lower(),
        tariff=tariff,
        rich=rich,
        labelled=labelled,
        app_type=app_type,
    )


def _grouping(fields: Fields, name: str) -> str:
    text = text_of(fields.get(name))
    if text is None or len(text) > _MOST_GROUPING:
        raise Wrong(Rejection(BAD_FIELD, f"The {name} is no text of at most {_MOST_GROUPING} characters"))
    return text
