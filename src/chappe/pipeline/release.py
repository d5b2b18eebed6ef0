"""Scheduled messages into their queues when their time comes, and stranded ones back to where they can go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from chappe.domain.message import Note, StoredMessage, Transition
from chappe.domain.retry import RetryPlan, UnknownPolicy
from chappe.domain.state import State, bits
from chappe.pipeline.directory import Directory
from chappe.ports.clock import Clock
from chappe.ports.meter import Meter
from chappe.ports.store import Store

BATCH: Final = 2_000
_IN_FLIGHT: Final = bits({State.IN_FLIGHT})
INTERRUPTED: Final = "the process ended during the attempt"


class Release:
    """Lets waiting messages go on."""

    def __init__(self, store: Store, directory: Directory, clock: Clock, meter: Meter) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock
        self._meter = meter
        self._taken: list[StoredMessage] = []

    async def due(self) -> Mapping[str, int]:
        """Queues one batch of scheduled messages whose time has come; how many per connector."""
        return await self._store.release_due(self._clock.now_ms(), BATCH)

    async def stranded(self, owner: int, dead: Sequence[int] = (), before: int = 0) -> int:
        """Takes one batch of attempts over whose process is gone: their outcome is unknown. How many there were.

        `owner` takes over from the `dead`, and from all who came before the one called `before`.
        """
        if not self._taken:
            self._taken = await self._store.stranded(owner, dead, before, BATCH)
        found = self._taken
        if not found:
            return 0
        now_ms = self._clock.now_ms()
        # They are this process's own by now: should this fail, nobody else goes on with them.
        applied = await self._store.move([self._interrupted(one, now_ms) for one in found])
        self._taken = []
        self._meter.count("interrupted", by=sum(applied))
        return len(found)

    def _interrupted(self, found: StoredMessage, now_ms: int) -> Transition:
        record = self._directory.connectors.get(found.standing.connector)
        to = State.SCHEDULED
        if record is not None and record.unknown is UnknownPolicy.HOLD:
            to = State.HELD
        elif found.standing.attempts >= (record.retry if record is not None else RetryPlan()).attempts:
            # It may be what ends the process each time: an operator must look (reliability F12).
            to = State.PARKED
        return Transition(
            message_id=found.message.id,
            only_from=_IN_FLIGHT,
            to=to,
            at_ms=now_ms,
            # The time of the next attempt was written before this one was made; a due of 0 would mean never.
            due_ms=max(found.standing.due_ms, 1),
            error="unknown",
            possible_duplicate=INTERRUPTED,
            note=Note("unknown", found.standing.connector, INTERRUPTED, found.standing.attempts),
        )
