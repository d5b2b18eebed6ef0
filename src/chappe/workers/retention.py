"""Forgets by rule: texts after some days, records after some more; a batch at a time, between other work."""

from __future__ import annotations

from typing import Final

from chappe.domain.ids import first_id_at
from chappe.pipeline.notify import Notify
from chappe.ports.clock import Clock
from chappe.ports.meter import Meter
from chappe.ports.store import Store
from chappe.workers.loop import Loop, OnError

_BATCH: Final = 500
_BUSY_PAUSE: Final = 0.05
_IDLE_PAUSE: Final = 300.0
DAY_MS: Final = 86_400_000


class Retention:
    """Gives up notices kept too long, empties texts older than `text_days`, deletes records older than `record_days`.

    0 days keep for ever. The texts of PINs go as soon as their time is over, whatever the days. Each looks at the whole
    once a day: what was still open the day before may be settled now.
    """

    def __init__(
        self,
        store: Store,
        notify: Notify,
        clock: Clock,
        meter: Meter,
        *,
        text_days: float,
        record_days: float,
        on_error: OnError,
    ) -> None:
        self._store = store
        self._notify = notify
        self._clock = clock
        self._meter = meter
        self._text_days = text_days
        self._record_days = record_days
        self._emptied_to = 0
        self._given_up_to = 0
        self._begun_ms = 0
        self._loop = Loop("retention", self._purge, on_error, pause=60.0)

    def start(self) -> None:
        """Begins."""
        self._loop.start()

    async def stop(self) -> None:
        """Ends."""
        await self._loop.stop()

    async def _purge(self) -> float:
        now_ms = self._clock.now_ms()
        if now_ms - self._begun_ms >= DAY_MS:
            self._begun_ms, self._emptied_to, self._given_up_to = now_ms, 0, 0
        last = await self._notify.give_up_old(self._given_up_to)
        self._given_up_to = max(last, self._given_up_to)
        busy = last > 0
        cleared = await self._store.clear_pins(now_ms, now_ms - DAY_MS, _BATCH)
        busy |= cleared >= _BATCH
        if self._text_days:
            before = first_id_at(now_ms - int(self._text_days * DAY_MS))
            last = await self._store.purge_texts(self._emptied_to, before, _BATCH)
            self._emptied_to = max(last, self._emptied_to)
            busy |= last > 0
        if self._record_days:
            before = first_id_at(now_ms - int(self._record_days * DAY_MS))
            removed = await self._store.purge_records(before, _BATCH)
            self._meter.count("purged_records", by=removed)
            busy |= removed >= _BATCH
        return _BUSY_PAUSE if busy else _IDLE_PAUSE
