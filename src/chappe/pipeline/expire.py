"""What time ends: waiting messages past their validity, sent ones whose receipt never came, parts never completed."""

from __future__ import annotations

from typing import Final

from chappe.domain.message import StoredMessage, Transition
from chappe.domain.state import WAITING, State, bits
from chappe.pipeline.news import final_news, lanes_of
from chappe.ports.clock import Clock
from chappe.ports.meter import Meter
from chappe.ports.store import Store

_WAITING: Final = bits(WAITING)
_SENT: Final = bits({State.SENT})
BATCH: Final = 500


def expiry(found: StoredMessage, now_ms: int, only_from: int) -> Transition:
    """The end of a message whose validity ran out; the charge goes back if no network can have it."""
    return Transition(
        message_id=found.message.id,
        only_from=only_from,
        to=State.EXPIRED,
        at_ms=now_ms,
        error=found.standing.error or "expired",
        refund=not found.standing.possible_duplicate,
        settles=found.message.reserved > 0,
        owes=final_news(
            found.message,
            found.standing,
            State.EXPIRED,
            now_ms,
            command_status=found.standing.command_status,
            error=found.standing.error,
        ),
    )


class Expire:
    """Ends what time has ended, a batch a call."""

    def __init__(self, store: Store, clock: Clock, meter: Meter) -> None:
        self._store = store
        self._clock = clock
        self._meter = meter

    async def waiting(self) -> tuple[int, set[str]]:
        """Ends waiting messages past their validity; how many, and the lanes that got notices."""
        now_ms = self._clock.now_ms()
        found = await self._store.expired(now_ms, BATCH)
        changes = [expiry(one, now_ms, _WAITING) for one in found]
        return await self._apply(changes, "expired")

    async def unreceipted(self) -> tuple[int, set[str]]:
        """Ends sent messages whose receipt should have come by now: nobody knows what became of them."""
        now_ms = self._clock.now_ms()
        changes = []
        for found in await self._store.overdue(now_ms, BATCH):
            state = State.DELIVERED if await self._told_of_some(found) else State.UNKNOWN
            error = "" if state is State.DELIVERED else "no receipt"
            changes.append(
                Transition(
                    message_id=found.message.id,
                    only_from=_SENT,
                    to=state,
                    at_ms=now_ms,
                    error=error,
                    owes=final_news(found.message, found.standing, state, now_ms, error=error),
                )
            )
        return await self._apply(changes, "unreceipted")

    async def _told_of_some(self, found: StoredMessage) -> bool:
        """Whether parts of a long message were delivered and the rest never told of: some SMSCs report one only."""
        if found.message.parts < 2:
            return False
        timeline = await self._store.timeline(found.message.id)
        return timeline is not None and any(not part.open for part in timeline.parts)

    async def _apply(self, changes: list[Transition], counter: str) -> tuple[int, set[str]]:
        if not changes:
            return 0, set()
        applied = await self._store.move(changes)
        self._meter.count(counter, by=sum(applied))
        done = [change for change, changed in zip(changes, applied, strict=True) if changed]
        return len(changes), {lane for change in done for lane in lanes_of(change)}
