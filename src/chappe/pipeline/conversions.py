"""Conversions: found the message for, noted with it, counted. And finding messages by their client's names for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from chappe.domain.conversion import Conversion, ConversionRate, ConversionsBy, LabelQuery
from chappe.domain.ids import first_id_at
from chappe.domain.message import Note, NoteRecord, StoredMessage
from chappe.ports.clock import Clock
from chappe.ports.meter import Meter
from chappe.ports.store import Store


class Conversions:
    """What end users made of messages, as the accounts that sent them tell it."""

    def __init__(self, store: Store, clock: Clock, meter: Meter) -> None:
        self._store = store
        self._clock = clock
        self._meter = meter

    async def convert(self, account: str, number: str, reference: str, converted_ms: int) -> bool:
        """Notes that the message of this reference to this number converted; False where there is no such message.

        The newest one is meant. The first conversion of a message stands; telling it again changes nothing. With no
        `converted_ms` it was now.
        """
        label = await self._store.referenced(account, number, reference)
        if label is None:
            self._meter.count("conversions", "unmatched")
            return False
        now_ms = self._clock.now_ms()
        conversion = Conversion(label.message_id, account, converted_ms or now_ms, now_ms)
        (first,) = await self._store.convert([conversion])
        self._meter.count("conversions", "noted" if first else "repeated")
        if first:
            at = datetime.fromtimestamp(conversion.converted_ms / 1000, UTC)
            told = Note("converted", "", f"at {at:%Y-%m-%d %H:%M:%S} UTC")
            await self._store.note([(label.message_id, NoteRecord(now_ms, told))])
        return True

    async def rates(
        self, by: ConversionsBy, *, account: str = "", digits: int = 2, since_ms: int = 0, until_ms: int = 0
    ) -> list[ConversionRate]:
        """How many messages with a reference there were, and conversions of them, by account and key."""
        return await self._store.conversion_rates(
            by,
            account=account,
            digits=digits,
            since_id=first_id_at(since_ms) if since_ms else 0,
            until_id=first_id_at(until_ms) if until_ms else 0,
        )

    async def find(self, query: LabelQuery) -> Sequence[StoredMessage]:
        """Messages by their client's names for them, newest first."""
        labels = await self._store.find_labels(query)
        stored = await self._store.messages([label.message_id for label in labels])
        return [found for found in stored if found is not None]
