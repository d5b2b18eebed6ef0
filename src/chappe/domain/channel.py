"""Channels: the kinds of network that a connector may lead to, and what each can show. A closed list of values."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Channel(Enum):
    """A channel by the canonical name that records and messages bear."""

    SMS = "sms"
    WHATSAPP = "whatsapp"
    WECHAT = "wechat"
    PUSH = "push"
    """To an app on the subscriber's device."""
    RCS = "rcs"
    VIBER = "viber"
    VOICE = "voice"
    """A call in which the text is spoken."""
    APPLE = "apple"
    """Apple Messages for Business, once Apple Business Chat."""
    LINE = "line"
    TWITTER = "twitter"
    MESSENGER = "messenger"
    """Facebook Messenger."""
    GOOGLE = "google"
    """Google Business Messages."""
    INSTAGRAM = "instagram"
    TELEGRAM = "telegram"


CHANNELS: Final = frozenset(channel.value for channel in Channel)
"""Every canonical name."""

SMS: Final = Channel.SMS.value
PUSH: Final = Channel.PUSH.value
VOICE: Final = Channel.VOICE.value

PLAIN: Final = frozenset({Channel.SMS.value, Channel.VOICE.value, Channel.PUSH.value})
"""Channels on which a message is its body; on all others a conversation replaces it."""


def takes_rich(channel: str) -> bool:
    """Whether a rich conversation is shown on this channel in place of the body."""
    return channel not in PLAIN
