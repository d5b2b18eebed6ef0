"""What a message may carry that only some dialects know: groupings, channels, an app, rich content. Most carry none."""

from __future__ import annotations

import msgspec

from chappe.domain.app import Hybrid, MessageType
from chappe.domain.rich import RichContent


class PluginFields(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What MMP clients say of a message beside its text, handed on to operators' plug-ins as it came.

    `sms_type` is a kind (`BULK`, `OTP`, `TCKN`, `TAXNO`) with or without `|` and a tag behind it; the numbers are 0
    where not given.
    """

    sms_type: str = ""
    brand_code: str = ""
    recipient_type: str = ""
    message_type: str = ""
    account_id: int = 0
    sender_id: int = 0


class Extras(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One value for all of it, None on a message that has nothing of it, so that others pay nothing.

    `groupings` are the client's own words for counting and searching, three at most. `channels` are the only ones that
    may carry the message, by their canonical names, any where there are none. `app` is the key of the app that gets it by push first.
    `network` (MCC and MNC) and `tariff` are what the client said of them. `rich` is what channels that can show more
    than a text show in place of it. `labelled`: the store finds it by its reference, its groupings and its two ends. `plugin` is what operators' plug-ins are told.
    `app_type` goes over the type of the app; `hybrid` is how far the message is on its way from push to SMS.
    """

    groupings: tuple[str, str, str] = ("", "", "")
    channels: tuple[str, ...] = ()
    app: str = ""
    network: str = ""
    tariff: str = ""
    rich: RichContent | None = None
    labelled: bool = False
    plugin: PluginFields | None = None
    app_type: MessageType | None = None
    hybrid: Hybrid | None = None
    answers: bool = False
    """It answers what the subscriber wrote, and reaches also one who has opted out."""
