"""What an operator may set of a plug-in's connector, and what is wrong with it. Values only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, timedelta, timezone, tzinfo
from enum import Enum
from math import inf
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

_OFFSET: Final = re.compile(r"([+-])(\d\d):?(\d\d)")
_NAMED: Final = re.compile(r"[A-Za-z_][\w.]*(:[A-Za-z_]\w*)?")
_HOME: Final = "Europe/Istanbul"
_HOME_HOURS: Final = 3
"""Turkey has kept UTC+3 all year since 2016: for machines without the table of time zones."""


class SmsTypes(Enum):
    """What `smsType` of a message is made of."""

    AS_GIVEN = "as_given"
    """What the client gave, `BULK` where that was nothing."""
    PLAIN = "plain"
    """The kind alone, without a tag."""
    COMPOSITE = "composite"
    """The kind and a tag of four ids, made here where the client gave none."""


class OnException(Enum):
    """What an exception out of Send says of the messages of that call."""

    DOUBT = "doubt"
    """That the network may have them: the connector's policy for unknown outcomes decides."""
    RETRY = "retry"
    """That it has none of them, and they go again."""
    FAIL = "fail"
    """That it has none of them, and will not."""


class Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Fields of a message that its client may leave to the operator."""

    sms_type: str = ""
    brand_code: str = ""
    recipient_type: str = ""
    message_type: str = ""
    account_id: int = 0
    sender_id: int = 0


class PluginSettings(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """Times are seconds, sizes mebioctets.

    `plugin` is `module:Class`, `path/file.py:Class`, the name of an entry point in the group `chappe.plugins`, or
    `path/file.dll` with `:Namespace.Class` behind it where the assembly has several. `objects` is how many of it
    run, each in a process of its own; `batch` how many messages go into one Send at most, `report_batch` how many ids
    into one Report; `window` how many messages may be with the plug-in. Reports are asked for `report_first` after
    Send, then after twice as long each time, up to `report_longest`; nobody asks any more `after_validity` after
    the end of a message's validity. `throttled` and `retried` are words of partnerStatus that make of FAIL no end
    but a pause. `fields` are the fields of messages whose client said nothing, `accounts` those of one account,
    `senders` the senderId of a sender.
    """

    plugin: str
    secret: str = ""
    path: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    interpreter: str = ""
    mono: str = "mono"
    build_folder: str = ""
    objects: int = 1
    batch: int = 100
    report_batch: int = 500
    window: int = 1_000
    memory: int = 512
    longest_answer: int = 16
    start_timer: float = 20.0
    login_timer: float = 20.0
    response_timer: float = 60.0
    report_timer: float = 60.0
    destroy_timer: float = 3.0
    restart_first: float = 0.5
    restart_longest: float = 60.0
    refused_longest: float = 900.0
    steady_after: float = 60.0
    report_first: float = 10.0
    report_longest: float = 900.0
    after_validity: float = 3_600.0
    report_again: float = 1.0
    deadly_after: int = 3
    on_exception: OnException = OnException.DOUBT
    timezone: str = _HOME
    sms_type: SmsTypes = SmsTypes.AS_GIVEN
    priority: bool = True
    throttled: tuple[str, ...] = ("THROTTLED", "ESME_RTHROTTLED", "ESME_RMSGQFUL")
    retried: tuple[str, ...] = ("RETRY", "ESME_RSYSERR")
    fields: Fields = Fields()
    accounts: dict[str, Fields] = {}
    senders: dict[str, int] = {}

    @property
    def is_assembly(self) -> bool:
        """Whether the plug-in is a .NET assembly."""
        return self.file_and_type()[0].lower().endswith((".dll", ".exe"))

    def file_and_type(self) -> tuple[str, str]:
        """The file or module, and the class in it; no class where none is named."""
        before, colon, after = self.plugin.rpartition(":")
        return (before, after) if colon else (self.plugin, "")

    def problem(self) -> str:
        """The first thing wrong with these settings as a sentence that names the key, empty if none."""
        return (
            _wrong_plugin(self)
            or next(
                (
                    f"{name} is not more than 0 seconds, or has no end"
                    for name in _TIMES
                    if not 0 < getattr(self, name) < inf
                ),
                "",
            )
            or next(
                (
                    f"{name} is {least} to {most}, not {getattr(self, name)}"
                    for name, (least, most) in _RANGES.items()
                    if not least <= getattr(self, name) <= most
                ),
                "",
            )
            or self._wrong_zone()
        )

    def _wrong_zone(self) -> str:
        try:
            zone_of(self.timezone)
        except ValueError as error:
            return f"timezone: {error}"
        return ""


_TIMES: Final = (
    "start_timer",
    "login_timer",
    "response_timer",
    "report_timer",
    "destroy_timer",
    "restart_first",
    "restart_longest",
    "refused_longest",
    "steady_after",
    "report_first",
    "report_longest",
    "after_validity",
    "report_again",
)
_RANGES: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "objects": (1, 64),
        "batch": (1, 10_000),
        "report_batch": (1, 10_000),
        "window": (1, 1_000_000),
        "memory": (32, 1 << 20),
        "longest_answer": (1, 255),
        "deadly_after": (1, 1_000),
    }
)


def _wrong_plugin(settings: PluginSettings) -> str:
    file, kind = settings.file_and_type()
    if not file:
        return "plugin names no module, file or entry point"
    if settings.is_assembly:
        return ""
    if file.endswith(".py"):
        return "" if kind else "plugin: a file needs the class behind it, as in path/file.py:Class"
    if not _NAMED.fullmatch(settings.plugin):
        return f"plugin: {settings.plugin!r} is no module:Class, file or entry point"
    return ""


def zone_of(name: str) -> tzinfo:
    """A time zone by its name, or an offset such as +03:00. Raises ValueError with a sentence."""
    if name.upper() in ("UTC", "Z"):
        return UTC
    offset = _OFFSET.fullmatch(name)
    if offset is not None and int(offset[2]) < 24 and int(offset[3]) < 60:
        away = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(-away if offset[1] == "-" else away)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        if name == _HOME:
            return timezone(timedelta(hours=_HOME_HOURS), name)
        raise ValueError(
            f"{name!r} is no time zone that this machine knows, nor an offset such as +03:00"
        ) from error


def decode(settings: Mapping[str, Any]) -> PluginSettings:
    """The settings in a record. Raises ValueError with a sentence that names the key."""
    made = msgspec.convert(dict(settings), PluginSettings, strict=False)
    wrong = made.problem()
    if wrong:
        raise ValueError(wrong)
    return made


def check(settings: Mapping[str, Any]) -> str:
    """The first thing wrong with a record's settings as a sentence that names the key, empty if none."""
    try:
        decode(settings)
    except ValueError as error:
        return str(error)
    return ""
