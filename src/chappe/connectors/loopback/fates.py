"""What befalls a message in the loopback network, by the last six digits of its destination. A table of values.

The numbers mean what they mean to the SMSC simulator, so that a drill can be moved from one to the other:

990000  delivered, as is every number that is not in this list
990001  accepted, then undeliverable (err 001)
990002  accepted, then expired (err 254)
990003  accepted, then rejected (err 011)
990010  accepted, and no receipt ever comes
990014  the receipt comes before the answer
990015  the receipt comes three times
990030  refused for good: ESME_RINVDSTADR
990032  refused for now, each time: ESME_RSYSERR
990040  throttled the first time (ESME_RTHROTTLED), then delivered
990042  refused for now the first time (ESME_RSYSERR), then delivered
990050  never answered
990055  the link breaks before the answer, the first time; then delivered

Some have a meaning on other channels only; by SMS (and, the last three, by whatever is no push) they are delivered:

990060  delivered, then shown to the subscriber, then read
990061  delivered, then the first suggestion is tapped: an MO with its postback data, or else its label
990062  taken by the push service, then undeliverable (err 410)
990063  refused for good by the push service (ESME_RINVDSTADR)
990064  taken by the push service, and nothing more is told
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from chappe.domain.channel import PUSH, SMS
from chappe.domain.retry import Outcome
from chappe.domain.state import State
from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.statuses import Status

DIGITS: Final = 6


class Fate(msgspec.Struct, frozen=True, gc=False):
    """What befalls one message: its answer, and what its receipts tell.

    `outcome` None means that no answer comes; `cuts` that the link breaks instead. `told` and `state` say the
    same thing in the network's words and in ours. `once`: the second time it is delivered. `read` and `taps` are what
    the subscriber does with it where the channel tells of it; `by_push`: it befalls pushes only.
    """

    outcome: Outcome | None = Outcome.SENT
    status: int = 0
    told: MessageState = MessageState.DELIVERED
    state: State = State.DELIVERED
    err: str = "000"
    receipts: int = 1
    early: bool = False
    cuts: bool = False
    once: bool = False
    read: bool = False
    taps: bool = False
    by_push: bool = False


DELIVERED: Final = Fate()

_S = Status
FATES: Mapping[str, Fate] = MappingProxyType(
    {
        "990000": DELIVERED,
        "990001": Fate(told=MessageState.UNDELIVERABLE, state=State.UNDELIVERED, err="001"),
        "990002": Fate(told=MessageState.EXPIRED, state=State.EXPIRED, err="254"),
        "990003": Fate(told=MessageState.REJECTED, state=State.REJECTED, err="011"),
        "990010": Fate(receipts=0),
        "990014": Fate(early=True),
        "990015": Fate(receipts=3),
        "990030": Fate(Outcome.REFUSED, int(_S.ESME_RINVDSTADR)),
        "990032": Fate(Outcome.DEFERRED, int(_S.ESME_RSYSERR)),
        "990040": Fate(Outcome.THROTTLED, int(_S.ESME_RTHROTTLED), once=True),
        "990042": Fate(Outcome.DEFERRED, int(_S.ESME_RSYSERR), once=True),
        "990050": Fate(None),
        "990055": Fate(None, cuts=True, once=True),
        "990060": Fate(read=True),
        "990061": Fate(taps=True),
        "990062": Fate(told=MessageState.UNDELIVERABLE, state=State.UNDELIVERED, err="410", by_push=True),
        "990063": Fate(Outcome.REFUSED, int(_S.ESME_RINVDSTADR), by_push=True),
        "990064": Fate(receipts=0, by_push=True),
    }
)
"""Every magic number."""


def fate_of(destination: str, channel: str = SMS) -> Fate:
    """The fate of a message to this number on this channel."""
    fate = FATES.get(destination[-DIGITS:], DELIVERED)
    return DELIVERED if fate.by_push and channel != PUSH else fate
