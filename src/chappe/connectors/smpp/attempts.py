"""An attempt of several parts: what became of each, and the one outcome that follows. No PDU and no bind here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from chappe.domain.message import PartSent
from chappe.domain.retry import Outcome
from chappe.ports.connector import SendOutcome

_WEIGHT: Final[Mapping[Outcome, int]] = MappingProxyType(
    {
        Outcome.UNFIT: 6,
        # An open question is not covered up: neither by a retry that would not be marked as a possible duplicate,
        # nor by an end that would give the charge back.
        Outcome.UNKNOWN: 5,
        Outcome.REFUSED: 4,
        Outcome.DEFERRED: 3,
        Outcome.THROTTLED: 2,
        Outcome.NOT_SENT: 1,
    }
)
"""Of several failures the heaviest is told."""


class Attempt:
    """Counts the parts of one attempt; every part is waiting, then open, then sent, failed or unknown.

    After the first failure no waiting part is to be sent any more: `stopped` says so, for good.
    """

    __slots__ = (
        "_failure",
        "_lost",
        "_open",
        "_over",
        "_sent",
        "_unknown",
        "_waiting",
        "begun",
        "message_id",
        "stopped",
    )

    def __init__(self, message_id: int, parts: int) -> None:
        self.message_id = message_id
        self.begun = False
        """Whether any part was written."""
        self.stopped = False
        """Whether the parts that still wait are to stay unsent."""
        self._waiting = parts
        self._open = 0
        self._sent: list[PartSent] = []
        self._unknown: set[int] = set()
        self._failure: SendOutcome | None = None
        self._lost = ""
        self._over = False

    def written(self) -> None:
        """A waiting part went out."""
        self.begun = True
        self._waiting -= 1
        self._open += 1

    def sent(self, part: PartSent) -> SendOutcome | None:
        """An open part was taken."""
        self._open -= 1
        self._sent.append(part)
        return self._conclude()

    def refused(self, failure: SendOutcome) -> SendOutcome | None:
        """An open part was refused."""
        self._open -= 1
        return self.stop(failure)

    def lost(self, number: int, detail: str) -> SendOutcome | None:
        """An open part will not be answered, or not in time."""
        self._open -= 1
        self._unknown.add(number)
        self._lost = detail
        self.stopped = True
        return self._conclude()

    def stop(self, failure: SendOutcome) -> SendOutcome | None:
        """The parts that wait will not be written."""
        known = self._failure
        self.stopped = True
        if known is None or _WEIGHT[failure.outcome] > _WEIGHT[known.outcome]:
            self._failure = failure
        return self._conclude()

    def late(self, part: PartSent) -> SendOutcome | None:
        """A part given up as unknown was taken after all.

        Before the attempt is over this sets it right. Afterwards a second outcome, SENT, is told once all parts
        are known to be taken; until then the parts answered late would be taken for the whole message.
        """
        if part.number not in self._unknown:
            return None
        self._unknown.discard(part.number)
        self._sent.append(part)
        if not self._over:
            return self._conclude()
        if self._unknown or self._failure is not None or self._waiting:
            return None
        return SendOutcome(self.message_id, Outcome.SENT, self._parts())

    def _conclude(self) -> SendOutcome | None:
        """The outcome, once: when no part is open and none will be written any more."""
        if self._over or self._open or (self._waiting and not self.stopped):
            return None
        self._over = True
        failure = self._failure
        if self._unknown and (failure is None or _WEIGHT[failure.outcome] < _WEIGHT[Outcome.UNKNOWN]):
            failure = SendOutcome(self.message_id, Outcome.UNKNOWN, detail=self._lost)
        elif failure is None and self._waiting:
            failure = SendOutcome(
                self.message_id, Outcome.NOT_SENT, detail="parts stayed behind a late answer"
            )
        if failure is None:
            return SendOutcome(self.message_id, Outcome.SENT, self._parts())
        return msgspec.structs.replace(failure, sent=self._parts())

    def _parts(self) -> tuple[PartSent, ...]:
        return tuple(sorted(self._sent, key=lambda part: part.number))


class PartToken(msgspec.Struct, frozen=True):
    """Marks the request that carries one part of several."""

    attempt: Attempt
    number: int


Token = int | PartToken
"""Marks a request: the message's id where its one part is the whole, else the part."""
