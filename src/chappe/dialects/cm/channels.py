"""The names of channels as CM's clients write them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from chappe.domain.app import MessageType
from chappe.domain.channel import Channel

_TYPES: Final = frozenset(kind.value for kind in MessageType)
_MOST: Final = 50
_SHOWN: Final = 40

NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{channel.value: channel.value for channel in Channel},
        "mobilepush": Channel.PUSH.value,
        "imessage": Channel.APPLE.value,
        "applebusinesschat": Channel.APPLE.value,
        "applemessagesforbusiness": Channel.APPLE.value,
        "facebookmessenger": Channel.MESSENGER.value,
        "googlebusinessmessages": Channel.GOOGLE.value,
        "telegrammessenger": Channel.TELEGRAM.value,
    }
)
"""Canonical names by what clients write, without blanks and in lower case."""

SHOWN: Final[Mapping[str, str]] = MappingProxyType(
    {
        Channel.SMS.value: "SMS",
        Channel.WHATSAPP.value: "WhatsApp",
        Channel.WECHAT.value: "WeChat",
        Channel.PUSH.value: "Push",
        Channel.RCS.value: "RCS",
        Channel.VIBER.value: "Viber",
        Channel.VOICE.value: "Voice",
        Channel.APPLE.value: "Apple Messages for Business",
        Channel.LINE.value: "Line",
        Channel.TWITTER.value: "Twitter",
        Channel.MESSENGER.value: "Facebook Messenger",
        Channel.GOOGLE.value: "Google Business Messages",
        Channel.INSTAGRAM.value: "Instagram",
        Channel.TELEGRAM.value: "Telegram Messenger",
    }
)
"""CM's names by canonical name: what a webhook tells of the channel of an MO."""


def channel_named(text: str) -> str:
    """The canonical name of a channel, whatever its case and blanks; empty for one that nobody knows."""
    return NAMES.get("".join(text.split()).casefold(), "")


def read_channels(value: Any) -> tuple[str, ...] | str:
    """The allowed channels of a MSG by canonical name, in their order and each once; empty where all are allowed.

    Names that nobody knows are passed over: they allow nothing. The sentence why it is refused (code 305) for what
    is no list of names, and for a list in which no name is known.
    """
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        return "The allowedChannels object is an invalid type, it should be an array"
    if len(value) > _MOST:
        return f"The allowedChannels array has more than {_MOST} entries"
    if not all(isinstance(each, str) for each in value):
        return "The allowedChannels array holds what is no channel name"
    found = dict.fromkeys(name for each in value if (name := channel_named(each)))
    if value and not found:
        return f"The allowedChannels array holds no known channel: {value[0][:_SHOWN]}"
    return tuple(found)


def read_app_type(value: Any) -> MessageType | str | None:
    """The message type of a MSG for an app, None where it names none; the sentence why it is refused (code 305)."""
    if value is None or value == "":
        return None
    word = value.strip().casefold() if isinstance(value, str) else ""
    if word not in _TYPES:
        return "The appMessageType is none of default, otp and critical"
    return MessageType(word)
