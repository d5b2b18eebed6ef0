"""What the three ways in have in common: a call as plain values, and the spelling of its keys. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from chappe.dialect_kit.contract import Credentials, TokenShown

_GUID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_SPELT: Final = (
    "from",
    "to",
    "body",
    "dcs",
    "reference",
    "minimumNumberOfMessageParts",
    "maximumNumberOfMessageParts",
    "customGrouping",
    "customGrouping2",
    "customGrouping3",
    "validity",
    "allowedChannels",
    "appKey",
    "appMessageType",
    "richContent",
)
USUAL: Final[Mapping[str, str]] = MappingProxyType({name.lower(): name for name in _SPELT})
"""The keys of a MSG as the documents spell them, by their lower case."""

_MSG_KEYS: Final = frozenset(_SPELT)

Fields = Mapping[str, Any]
"""A MSG by the usual spelling of its keys; what a client wrote is not checked yet."""


class Call(msgspec.Struct, frozen=True, gc=False):
    """A whole call. `msgs` is None where there is no array of them; `tariff` holds for all of XML's.

    `plain`: only GSM texts may come this way.
    """

    shown: TokenShown | Credentials
    msgs: list[Any] | None
    tariff: str = ""
    plain: bool = False


def token_in(text: object) -> TokenShown | None:
    """A product token, None for what is no GUID with hyphens."""
    if isinstance(text, str) and _GUID.fullmatch(text.strip()):
        return TokenShown(text.strip())
    return None


def folded(value: Mapping[Any, Any]) -> dict[str, Any]:
    """An object's values by key in lower case: keys are case-blind, and of two spellings the last counts."""
    return {str(key).lower(): each for key, each in value.items()}


def fields_of(msg: Mapping[str, Any]) -> Fields:
    """A MSG by the usual spellings; those that have them cost one comparison of sets."""
    if msg.keys() <= _MSG_KEYS:
        return msg
    return {USUAL[key]: value for key, value in folded(msg).items() if key in USUAL}
