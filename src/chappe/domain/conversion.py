"""Messages that are found by what their client calls them, and what end users made of them: values only."""

from __future__ import annotations

from enum import Enum

import msgspec


class Label(msgspec.Struct, frozen=True, gc=False):
    """By what a message can be found beside its id: its account, its two ends, its reference and groupings."""

    message_id: int
    account: str
    number: str
    sender: str
    reference: str = ""
    groupings: tuple[str, str, str] = ("", "", "")


class Conversion(msgspec.Struct, frozen=True, gc=False):
    """An end user used what a message carried. `converted_ms` is when, as its client says, `told_ms` when we heard of it."""

    message_id: int
    account: str
    converted_ms: int
    told_ms: int


class ConversionsBy(Enum):
    """What conversions are counted by."""

    ACCOUNT = "account"
    PREFIX = "prefix"
    SENDER = "sender"
    GROUPING = "grouping"
    GROUPING2 = "grouping2"
    GROUPING3 = "grouping3"


class ConversionRate(msgspec.Struct, frozen=True, gc=False):
    """How many messages of an account and kind there were, and how many of them converted."""

    account: str
    key: str
    messages: int
    conversions: int

    @property
    def percent(self) -> float:
        """Conversions in a hundred messages."""
        return 100.0 * self.conversions / self.messages if self.messages else 0.0


class LabelQuery(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Messages to be found: every part that is given must hold; `grouping` is matched on any of the three levels, or on
    `level` (1 to 3) alone. Newest first, from before an id if there is one (`before_id` 0: from the newest).
    """

    account: str = ""
    grouping: str = ""
    level: int = 0
    reference: str = ""
    number: str = ""
    before_id: int = 0
    limit: int = 100
