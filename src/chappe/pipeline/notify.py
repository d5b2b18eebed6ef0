"""How the handing over of notices goes on: again when, or given up by a stated rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from chappe.domain.ids import first_id_at, id_time_ms
from chappe.domain.report import Delivery, DeliveryOutcome, IncomingNotice, MoManner, OtherWay, Owed
from chappe.domain.retry import RetryPlan
from chappe.ports.carrier import Carried, Handover
from chappe.ports.clock import Chance, Clock
from chappe.ports.meter import Meter
from chappe.ports.store import Store

PLAN: Final = RetryPlan(first=10.0, factor=2.0, longest=3_600.0, attempts=1_000_000)
"""Webhooks and deliver_sm alike: 5 to 10 seconds, doubling up to an hour, jittered."""

KEEP_MS: Final = 7 * 86_400_000
"""A notice is tried for a week after its message was accepted, then given up."""

LEASE_MS: Final = 150_000
"""Longer than any carrier waits for an answer: else one still under way would be claimed again."""

NO_MANNERS: Final[Mapping[str, MoManner]] = MappingProxyType({})
_BATCH: Final = 500
_ANSWER_LENGTH: Final = 200
_LONGEST_RETRY_AFTER: Final = 86_400.0


class Notify:
    """Claims notices for carriers and writes how handing over went."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        chance: Chance,
        meter: Meter,
        manners: Mapping[str, MoManner] = NO_MANNERS,
    ) -> None:
        """`manners` say, by the name of its words, how an MO is handed over where that is not the usual way."""
        self._manners = manners
        self._store = store
        self._clock = clock
        self._chance = chance
        self._meter = meter

    async def take(self, lane: str, limit: int) -> list[Owed]:
        """Up to `limit` due notices of a lane; should the process end, they are due again after the lease."""
        now_ms = self._clock.now_ms()
        return await self._store.claim_notices(lane, limit, now_ms, now_ms + LEASE_MS)

    async def free(self, lane: str) -> None:
        """Takes over a lane whose last process is gone: what it had claimed is due now.

        So is what would have been tried again within a lease: the one cannot be told from the other.
        """
        now_ms = self._clock.now_ms()
        while await self._store.free_notices(lane, now_ms, now_ms + LEASE_MS, _BATCH) == _BATCH:
            continue

    async def settle(self, carried: Sequence[Carried]) -> None:
        """Writes how handing over went, in one commit."""
        now_ms = self._clock.now_ms()
        await self._store.settle([self._outcome(one, now_ms) for one in carried])
        for one in carried:
            self._meter.count("notices", one.handover.value)

    async def give_up_old(self, after_id: int) -> int:
        """Gives up one batch of notices that are older than we keep them, whoever they are for.

        The last message looked at, to go on from; 0 when none is left.
        """
        now_ms = self._clock.now_ms()
        last, ended = await self._store.give_up(
            after_id,
            first_id_at(now_ms - KEEP_MS),
            _BATCH,
            at_ms=now_ms,
            why="kept for a week in vain",
            longer=tuple(self._manners),
        )
        if ended:
            self._meter.count("notices", Handover.GONE.value, ended)
        return last

    def _outcome(self, carried: Carried, now_ms: int) -> DeliveryOutcome:
        owed = carried.owed
        moved = _elsewhere(carried)
        delivery, due_ms = self._decide(carried, now_ms, moved)
        return DeliveryOutcome(
            message_id=owed.message_id,
            slot=owed.slot,
            delivery=delivery,
            at_ms=now_ms,
            answer=carried.answer[:_ANSWER_LENGTH],
            due_ms=due_ms,
            uncounted=carried.handover is Handover.AWAY,
            moved=moved if delivery is Delivery.OPEN else None,
        )

    def _decide(self, carried: Carried, now_ms: int, moved: IncomingNotice | None) -> tuple[Delivery, int]:
        if carried.handover is Handover.TAKEN:
            return Delivery.DONE, 0
        if carried.handover is Handover.GONE and moved is None:
            return Delivery.GIVEN_UP, 0
        manner = self._manner(carried.owed)
        last_ms = id_time_ms(carried.owed.message_id) + (KEEP_MS if manner is None else manner.keep_ms)
        if now_ms >= last_ms:
            return Delivery.GIVEN_UP, 0
        if carried.handover is Handover.AWAY:
            return Delivery.OPEN, now_ms
        # Among several ways it goes on to the next at once, and pauses when each of them had its turn.
        rounds, turn = divmod(carried.owed.attempts, 1 + len(moved.others) if moved is not None else 1)
        if turn or carried.handover is Handover.GONE:
            return Delivery.OPEN, now_ms
        delay = PLAN.delay(max(rounds, 1), self._chance()) if manner is None else manner.every_ms / 1000
        if carried.retry_after is not None:
            delay = max(delay, min(carried.retry_after, _LONGEST_RETRY_AFTER))
        # The last attempt falls on the end of the time rather than a little beyond it.
        return Delivery.OPEN, min(now_ms + int(delay * 1000), last_ms)

    def _manner(self, owed: Owed) -> MoManner | None:
        notice = owed.notice
        return self._manners.get(notice.wish.dialect) if isinstance(notice, IncomingNotice) else None


def _elsewhere(carried: Carried) -> IncomingNotice | None:
    """The notice as it goes on to the next way, None where it stays. One that will never take it is not asked again."""
    notice = carried.owed.notice
    if not isinstance(notice, IncomingNotice) or not notice.others:
        return None
    if carried.handover not in (Handover.FAILED, Handover.GONE):
        return None
    following, *rest = notice.others
    if carried.handover is Handover.FAILED:
        rest.append(OtherWay(notice.account, notice.wish))
    moved: IncomingNotice = msgspec.structs.replace(
        notice,
        account=following.account,
        wish=following.wish,
        others=tuple(rest),
        # What one account sent is no other's business.
        replied=notice.replied if following.account == notice.account else None,
    )
    return moved
