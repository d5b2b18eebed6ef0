"""What a connector is and how its links fare, as values that routing, screens and metrics read."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Any

import msgspec

from chappe.domain.account import NAME
from chappe.domain.channel import CHANNELS, SMS
from chappe.domain.receipt import NORMALISERS
from chappe.domain.report import FINALS, ReportWish
from chappe.domain.retry import RetryPlan, UnknownPolicy


class Health(IntEnum):
    """How usable a connector is, best last."""

    OFF = 0
    """Switched off by an operator."""
    DOWN = 1
    CONNECTING = 2
    SLOWED = 3
    """Bound, but the network throttles it."""
    UP = 4


class AskReceipts(Enum):
    """Which messages a network is asked for a receipt of."""

    ASKED = "asked"
    """Those whose client wants to know the final state."""
    ALWAYS = "always"
    NEVER = "never"


def asks_receipt(mode: AskReceipts, wish: ReportWish) -> bool:
    """Whether a receipt is asked for, and so to be waited for."""
    if mode is AskReceipts.ASKED:
        return bool(wish.events & FINALS)
    return mode is AskReceipts.ALWAYS


class ConnectorRecord(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """A configured way out. `settings` are the kind's own and are checked by it; secrets in it are sealed.

    `channel` is the kind of network it leads to, a name of domain/channel.py.
    `group` is the key space of SMSC ids: connectors of one supplier share it, since a receipt may come back on
    another bind. `receipt_ids` are the ways, in order, in which an id in a receipt may be another spelling of the
    response's (`same`, `hex`, `decimal`), `receipt_prefix` what may stand before one of
    the two. `throughput` is messages a second, 0 for no limit; `receipt_wait` is how many seconds a receipt is
    waited for before the state becomes unknown.
    """

    name: str
    kind: str = "smpp"
    enabled: bool = True
    group: str = ""
    channel: str = SMS
    throughput: float = 0.0
    unknown: UnknownPolicy = UnknownPolicy.RESEND
    retry: RetryPlan = RetryPlan()
    receipts: AskReceipts = AskReceipts.ASKED
    receipt_wait: int = 259_200
    receipt_ids: tuple[str, ...] = ("same", "hex", "decimal")
    receipt_prefix: str = ""
    settings: dict[str, Any] = {}

    @property
    def key_space(self) -> str:
        """The group, or the connector's own name where it stands alone."""
        return self.group or self.name

    def problem(self) -> str:
        """The first thing wrong with this record as a sentence, empty if none."""
        if not NAME.fullmatch(self.name):
            return f"connector name {self.name!r} is not 1 to 32 letters, digits, dots, dashes or underscores"
        if self.throughput < 0 or self.receipt_wait < 1:
            return "throughput must not be negative and receipt_wait must be at least 1 second"
        if self.channel not in CHANNELS:
            return f"channel {self.channel!r} is none of {', '.join(sorted(CHANNELS))}"
        unknown = [name for name in self.receipt_ids if name not in NORMALISERS]
        if unknown or not self.receipt_ids:
            return f"receipt_ids are some of {', '.join(NORMALISERS)}"
        return self.retry.problem()


class LinkStatus(msgspec.Struct, frozen=True, gc=False):
    """How one connector fares now."""

    connector: str
    health: Health
    binds: int = 0
    wanted_binds: int = 0
    window_used: int = 0
    window: int = 0
    rate: float = 0.0
    detail: str = ""
