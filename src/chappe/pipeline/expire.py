"""What time ends: waiting messages past their validity, sent ones whose receipt never came, parts never completed."""

from __future__ import annotations

from typing import Final

from chappe.domain.app import Hybrid, MessageType
from chappe.domain.message import StoredMessage, Transition
from chappe.domain.state import WAITING, State, bits
from chappe.pipeline.fallback import NOT_TRIED, PUSH_PART, REACHED, UNREAD, UNTOLD, Fallback, at_push
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

    def __init__(self, store: Store, clock: Clock, meter: Meter, fallback: Fallback | None = None) -> None:
        """`fallback` sends messages on whose push came to nothing; without it they end like others."""
        self._store = store
        self._clock = clock
        self._meter = meter
        self._fallback = fallback

    @property
    def hurries(self) -> bool:
        """Whether receipts that do not come must be noticed within the second: pushes wait for theirs that long."""
        return self._fallback is not None and self._fallback.is_needed

    async def waiting(self) -> tuple[int, set[str]]:
        """Ends waiting messages past their validity; how many, and the lanes that got notices."""
        now_ms = self._clock.now_ms()
        found = await self._store.expired(now_ms, BATCH)
        changes = [self._waited(one, now_ms) for one in found]
        return await self._apply(changes, "expired")

    def _waited(self, found: StoredMessage, now_ms: int) -> Transition:
        fallback = self._fallback
        instead = fallback.instead(found, now_ms, _WAITING, NOT_TRIED) if fallback is not None else None
        return instead or expiry(found, now_ms, _WAITING)

    async def unreceipted(self) -> tuple[int, set[str]]:
        """Ends sent messages whose receipt should have come by now: nobody knows what became of them."""
        now_ms = self._clock.now_ms()
        changes = []
        for found in await self._store.overdue(now_ms, BATCH):
            hybrid = at_push(found.message)
            if hybrid is not None:
                changes.append(await self._after_push(found, hybrid, now_ms))
                continue
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

    async def _after_push(self, found: StoredMessage, hybrid: Hybrid, now_ms: int) -> Transition:
        """The turn of a push is over, or it failed: what follows, or how the message ends where nothing does."""
        timeline = await self._store.timeline(found.message.id)
        push = next((part for part in timeline.parts if part.number == PUSH_PART), None) if timeline else None
        failed = push is not None and not push.open
        shown = push is not None and push.open and push.word == REACHED
        why = "push failed" if failed else UNREAD if shown else UNTOLD
        if self._fallback is not None:
            instead = self._fallback.instead(
                found, now_ms, _SENT, why, duplicate="" if failed else why, error=push.error if push else ""
            )
            if instead is not None:
                return instead
        state = State.EXPIRED if hybrid.type is MessageType.OTP else State.UNKNOWN
        state = State.UNDELIVERED if failed else State.DELIVERED if shown else state
        return Transition(
            message_id=found.message.id,
            only_from=_SENT,
            to=state,
            at_ms=now_ms,
            error="" if state is State.DELIVERED else why,
            owes=final_news(found.message, found.standing, state, now_ms, error=why),
        )

    async def _told_of_some(self, found: StoredMessage) -> bool:
        """Whether parts of a long message were delivered and the rest never told of: some SMSCs report one only."""
        if found.message.parts < 2:
            return False
        timeline = await self._store.timeline(found.message.id)
        return timeline is not None and any(
            not part.open and part.number != PUSH_PART for part in timeline.parts
        )

    async def _apply(self, changes: list[Transition], counter: str) -> tuple[int, set[str]]:
        if not changes:
            return 0, set()
        applied = await self._store.move(changes)
        done = [change for change, changed in zip(changes, applied, strict=True) if changed]
        fallen = sum(change.to is State.SCHEDULED for change in done)
        self._meter.count(counter, by=len(done) - fallen)
        if fallen:
            self._meter.count("push_fallbacks", "time", by=fallen)
        return len(changes), {lane for change in done for lane in lanes_of(change)}
