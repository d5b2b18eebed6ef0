"""Report: asks a plug-in for what became of messages, by the plan of reports.py, and tells its ends as receipts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from chappe.connectors.plugin.answers import (
    STATES,
    Oddity,
    Result,
    Unreadable,
    Verdicts,
    places_in_packet,
    raw,
    read,
    verdicts,
)
from chappe.connectors.plugin.calls import Answer, Method
from chappe.connectors.plugin.reports import Awaited, Reports, write_request
from chappe.connectors.plugin.seat import Broken
from chappe.connectors.plugin.settings import PluginSettings
from chappe.domain.link import ConnectorRecord
from chappe.domain.message import Message, PartSent
from chappe.domain.receipt import Receipt
from chappe.domain.state import State
from chappe.ports.connector import Inbound
from chappe.ports.connector_kind import Context
from chappe.ports.messages import FIRST_PAGE
from chappe.ports.store import StoreError
from chappe.protocols.smpp.message_states import WORDS, MessageState

_PAGE: Final = 1_000
_SWEEP_FIRST: Final = 30.0
_SWEEP: Final = 900.0
"""Seconds between two looks into the store for what is awaited and not known here."""
_WORDS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.DELIVERED: WORDS[MessageState.DELIVERED],
        State.UNDELIVERED: WORDS[MessageState.UNDELIVERABLE],
        State.EXPIRED: WORDS[MessageState.EXPIRED],
    }
)
_NEVER_TOLD: Final = Result(
    api_status="TIMEOUT", partner_status="NO_REPORT", partner_detail="set by the host"
)
_LONGEST_DATE: Final = 14
_SHORTEST_DATE: Final = 12


class Handed(msgspec.Struct, frozen=True):
    """A receipt that was told and is not stored yet."""

    message_id: int
    receipt: Receipt


class ReportWork(msgspec.Struct, frozen=True):
    """A Report about these."""

    owner: Polling
    asked: tuple[Awaited, ...]
    text: bytes
    method: Method = Method.REPORT

    def answered(self, answer: Answer) -> None:
        """See Work."""
        self.owner.answered(self.asked, answer)

    def broken(self, how: Broken | None) -> None:
        """See Work."""
        self.owner.broken(self.asked, how)


class Polling:
    """What is waited for, the timer for it, and the receipts that come of it."""

    def __init__(
        self,
        record: ConnectorRecord,
        settings: PluginSettings,
        context: Context,
        hand: Callable[[Inbound], None],
        due: Callable[[], None],
    ) -> None:
        """`hand` takes receipts; `due` is called when there is somebody to ask about."""
        self._name = record.name
        self._group = record.key_space
        self._settings = settings
        self._clock = context.clock
        self._meter = context.meter
        self._awaited = context.awaited
        self._reports = Reports(settings, record.receipt_wait)
        self._give = hand
        self._is_due = due
        self._timer: asyncio.TimerHandle | None = None
        self._timer_ms = 0
        self._again: set[asyncio.TimerHandle] = set()
        self._recalling: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begins to learn from the store what is waited for."""
        self._recalling = asyncio.create_task(self._recall(), name=f"recall {self._name}")

    async def close(self) -> None:
        """Asks about nobody any more."""
        if self._recalling is not None:
            self._recalling.cancel()
            await asyncio.gather(self._recalling, return_exceptions=True)
        for handle in (*self._again, *((self._timer,) if self._timer is not None else ())):
            handle.cancel()
        self._again.clear()
        self._timer = None

    def add(self, message: Message, part: PartSent, now_ms: int) -> None:
        """A message was taken just now."""
        self._reports.add(message, part, now_ms, now_ms)
        self._arm(now_ms)

    async def _recall(self) -> None:
        pause = _SWEEP_FIRST
        while True:
            # Where the store cannot be read now, the next sweep does it.
            with contextlib.suppress(StoreError):
                await self._read_store()
            await asyncio.sleep(pause)
            pause = _SWEEP

    async def _read_store(self) -> None:
        after: tuple[int, int] | None = FIRST_PAGE
        while after is not None:
            page = await self._awaited.awaited_parts(self._name, after, _PAGE)
            now_ms = self._clock.now_ms()
            for one in page.parts:
                part = PartSent(one.part.number, one.part.smsc_id, one.part.packet)
                self._reports.add(one.message, part, one.part.sent_ms, now_ms)
            self._arm(now_ms)
            after = page.after

    def _arm(self, now_ms: int) -> None:
        """Sees to it that somebody is woken when the next is due."""
        wait_ms = self._reports.wait_ms(now_ms)
        if wait_ms is None:
            return
        if self._timer is not None:
            if self._timer_ms <= now_ms + wait_ms:
                return
            self._timer.cancel()
        self._timer_ms = now_ms + wait_ms
        self._timer = asyncio.get_running_loop().call_later(wait_ms / 1000, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._is_due()

    # ------------------------------------------------------------ asking

    def work(self) -> ReportWork | None:
        """The next Report, None while nobody is due."""
        now_ms = self._clock.now_ms()
        asked = self._reports.ask(now_ms)
        self._arm(now_ms)
        if not asked:
            return None
        self._meter.count("plugin_reports", self._name)
        self._meter.gauge("plugin_awaited", self._reports.count, self._name)
        return ReportWork(self, tuple(asked), write_request(asked))

    def answered(self, asked: Sequence[Awaited], answer: Answer) -> None:
        """A Report returned, or raised: without an answer that can be read all are still waited for."""
        found = self._read(asked, answer)
        for oddity in found.oddities:
            self._meter.count("plugin_oddities", f"{self._name}:{oddity.value}")
        now_ms = self._clock.now_ms()
        final = dict(found.final)
        for place, result in final.items():
            self._tell(asked[place], result, now_ms)
        self._keep([entry for place, entry in enumerate(asked) if place not in final], now_ms)

    def broken(self, asked: Sequence[Awaited], how: Broken | None) -> None:
        """The process went while it was asked."""
        if how is not None:
            self._meter.count("plugin_reports_lost", self._name)
        self._keep(asked, self._clock.now_ms())

    def _keep(self, entries: Sequence[Awaited], now_ms: int) -> None:
        for entry in self._reports.again(entries, now_ms):
            self._tell(entry, _NEVER_TOLD, now_ms)
        self._arm(now_ms)

    @staticmethod
    def _read(asked: Sequence[Awaited], answer: Answer) -> Verdicts:
        if answer.failed:
            return Verdicts((), (Oddity.EXCEPTION,))
        try:
            response = read(answer.text)
        except Unreadable:
            return Verdicts((), (Oddity.UNREADABLE,))
        if asked[0].place >= 0:
            return places_in_packet([entry.place for entry in asked], response)
        return verdicts([entry.smsc_id for entry in asked], response)

    # ------------------------------------------------------------ telling

    def _tell(self, entry: Awaited, result: Result, now_ms: int) -> None:
        state = STATES[result.api_status]
        receipt = Receipt(
            self._group,
            self._name,
            entry.smsc_id,
            state,
            _WORDS[state],
            "" if state is State.DELIVERED else result.partner_status,
            entry.subscriber,
            entry.sender,
            now_ms,
            done_date=_done_date(result.send_at),
            raw=raw(entry.smsc_id, result, entry.packet),
        )
        self._hand(Handed(entry.message_id, receipt))

    def _hand(self, handed: Handed) -> None:
        self._give(Inbound(handed.receipt, handed))

    def acknowledged(self, handed: Handed, *, again: bool) -> None:
        """A receipt is stored, or is to be told again."""
        if not again:
            self._reports.done(handed.message_id)
            return
        loop = asyncio.get_running_loop()
        handle: asyncio.TimerHandle

        def hand_again() -> None:
            self._again.discard(handle)
            self._hand(handed)

        handle = loop.call_later(self._settings.report_again, hand_again)
        self._again.add(handle)


def _done_date(send_at: str) -> str:
    """A date yyyyMMddHHmm as a receipt's date has it, without the century; empty for what is no such date."""
    right = send_at.isascii() and send_at.isdigit() and len(send_at) in (_SHORTEST_DATE, _LONGEST_DATE)
    return send_at[2:_SHORTEST_DATE] if right else ""
