"""Apps that get messages by push, their devices, and how far a message is on its way from push to SMS. Values only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

import msgspec

from chappe.domain.account import NAME

_KEY: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST_WAIT: Final = 172_800
"""Seconds: the longest validity that the CM document knows, 48 hours."""


class MessageType(Enum):
    """What a message by push is for, and so when it goes by SMS after all."""

    DEFAULT = "default"
    """By SMS where the push is not delivered."""
    OTP = "otp"
    """A code of the moment: a short life, and whoever waits for it asks for an SMS by hand."""
    CRITICAL = "critical"
    """By SMS where nobody was seen to have read the push in time, also if it was delivered."""


WAITS: Final[Mapping[MessageType, int]] = MappingProxyType(
    {MessageType.DEFAULT: 3_600, MessageType.OTP: 30, MessageType.CRITICAL: 300}
)
"""Seconds that a push is given, where an app sets nothing else."""


class App(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """An app of a customer's. `key` is a GUID in lower case that clients name in messages; `secret` is sealed at rest.

    `type` is of messages that do not say theirs; `wait` how many seconds a push is given before the type's rule
    applies, 0 for what WAITS says. `apple` and `android` are what the push services ask of whoever sends to this app
    (a certificate or key as text), sealed at rest.
    """

    key: str
    name: str
    account: str
    secret: str = ""
    type: MessageType = MessageType.DEFAULT
    wait: int = 0
    enabled: bool = True
    apple: str = ""
    android: str = ""

    def problem(self) -> str:
        """The first thing wrong with this record as a sentence, empty if none."""
        if not _KEY.fullmatch(self.key):
            return f"app key {self.key!r} is not a GUID in lower case"
        if not NAME.fullmatch(self.name):
            return f"app name {self.name!r} is not 1 to 32 letters, digits, dots, dashes or underscores"
        if not 0 <= self.wait <= _LONGEST_WAIT:
            return f"wait of app {self.name} is not 0 to {_LONGEST_WAIT} seconds"
        return ""

    def wait_ms(self, kind: MessageType) -> int:
        """Milliseconds that a push of this type is given. The app's own wait is for its own type."""
        seconds = self.wait if self.wait and kind is self.type else WAITS[kind]
        return seconds * 1000


class Device(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A device on which an app runs: whose number it is, and the token by which its push service knows it."""

    app: str
    number: str
    token: str
    platform: str = ""
    registered_ms: int = 0


class Push(msgspec.Struct, frozen=True, gc=False):
    """What a push connector needs beside the message: the app, its credentials sealed, and the subscriber's devices."""

    app: App
    devices: tuple[Device, ...]


class Hybrid(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How far a message is that goes by push first. Times are Unix milliseconds.

    Until `until_ms` it is the push's turn; then it goes by one of `channels` under the rule `route`, nowhere if there
    are none, and is valid until `expires_ms` (0 for ever). `over` once that turn has come; `attempts` were made before.
    """

    type: MessageType
    until_ms: int
    expires_ms: int = 0
    channels: tuple[str, ...] = ()
    route: str = ""
    over: bool = False
    attempts: int = 0
