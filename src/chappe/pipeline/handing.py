"""Notices handed over in the moment that the commit which owes them is done: stored as claimed, so nobody claims them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from chappe.domain.message import Transition
from chappe.domain.report import Owed, ReportOn, StatusNotice, lane_of, slot_of
from chappe.pipeline.notify import LEASE_MS
from chappe.ports.carrier import AtOnce


class Handing:
    """Room reserved for the notices of one batch of changes, until they are written."""

    def __init__(self, at_once: AtOnce, now_ms: int) -> None:
        self._at_once = at_once
        self._until_ms = now_ms + LEASE_MS
        self._reserved: Counter[str] = Counter()

    def taken(self, change: Transition) -> Transition:
        """The change as it is to be written: its one final notice claimed where there is room for it."""
        if len(change.owes) != 1:
            return change
        (notice,) = change.owes
        # An intermediate one may repeat itself and is then not owed again: it must not be handed over unseen.
        if not isinstance(notice, StatusNotice) or notice.event is ReportOn.INTERMEDIATE:
            return change
        lane = lane_of(notice.wish)
        if not self._at_once.reserve(lane):
            return change
        self._reserved[lane] += 1
        leased: Transition = msgspec.structs.replace(change, leased_ms=self._until_ms)
        return leased

    def hand_over(self, changes: Sequence[Transition], applied: Sequence[bool]) -> None:
        """Hands over what was written; gives the room of the others back."""
        by_lane: dict[str, list[Owed]] = {}
        for change, changed in zip(changes, applied, strict=True):
            if change.leased_ms and changed:
                (notice,) = change.owes
                lane = lane_of(notice.wish)
                owed = Owed(notice.message_id, slot_of(notice), lane, change.leased_ms, 1, notice)
                by_lane.setdefault(lane, []).append(owed)
        for lane, batch in by_lane.items():
            self._reserved[lane] -= len(batch)
            self._at_once.hand(lane, batch)
        self.in_vain()

    def in_vain(self) -> None:
        """Gives all room back that is still reserved."""
        for lane, count in self._reserved.items():
            if count:
                self._at_once.give_back(lane, count)
        self._reserved.clear()
