"""A network of any channel in the process, for drills: takes messages, answers, sends receipts and MOs, fails by numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

import msgspec

from chappe.connectors.loopback.fates import DELIVERED, Fate, fate_of
from chappe.connectors.loopback.given import Given, GivenRecord
from chappe.connectors.loopback.schedule import Schedule
from chappe.connectors.loopback.settings import LoopbackSettings, decode
from chappe.connectors.loopback.taps import coded, first_suggestion
from chappe.domain.channel import SMS, VOICE, takes_rich
from chappe.domain.incoming import Arrival
from chappe.domain.link import ConnectorRecord, Health, LinkStatus
from chappe.domain.message import Message, PartSent
from chappe.domain.receipt import READ, SEEN, Receipt
from chappe.domain.retry import Outcome
from chappe.domain.rich import RichMo, Suggestion
from chappe.domain.throttle import Pace
from chappe.ports.connector import Ack, ConnectorEvents, Inbound, Outgoing, SendOutcome
from chappe.ports.connector_kind import Context
from chappe.protocols.smpp.message_states import WORDS
from chappe.protocols.smpp.receipts import Form, write
from chappe.protocols.smpp.statuses import name_of, text_of
from chappe.protocols.smpp.times import format_receipt_date
from chappe.text.encodings import Charset, encode_text

_LEAST_PAUSE: Final = 0.01
_RECOVERY: Final = 1.0
"""Seconds between two looks at a pace that throttling holds down."""
_BROKEN: Final = "the connection was lost before the answer"


class _Handed(msgspec.Struct, frozen=True):
    """What was handed over and is not acknowledged yet."""

    value: Receipt | Arrival


class LoopbackConnector:
    """Answers `ports.connector.Connector`."""

    def __init__(
        self, record: ConnectorRecord, settings: LoopbackSettings, events: ConnectorEvents, context: Context
    ) -> None:
        self._name = record.name
        self._group = record.key_space
        self._settings = settings
        self._channel = record.channel
        self._record = GivenRecord(record.name, record.channel, settings.keep, settings.record)
        self._events = events
        self._clock = context.clock
        self._meter = context.meter
        self._pace = Pace(record.throughput, context.clock.monotonic())
        self._schedule = Schedule(self._tell)
        self._health = Health.OFF
        self._open: dict[int, Outgoing] = {}
        self._met: set[int] = set()
        """Messages that had their `once`."""
        self._outcomes: list[SendOutcome] = []
        self._arrived: list[Inbound] = []
        self._settled = asyncio.Event()
        self._closing = False
        self._full = False
        self._looking = False
        self._told: Health | None = None

    # ------------------------------------------------------------ the port

    async def open(self) -> None:
        """See the port. Raises OSError where the file of the record cannot be opened."""
        self._record.open()
        self._health = Health.UP
        self._schedule.add(0.0, _nothing)

    def room(self) -> int:
        """See the port."""
        room = self._room()
        if room <= 0:
            self._full = True
            self._await_pace()
        return room

    def send(self, batch: Sequence[Outgoing]) -> None:
        """See the port."""
        self._record.add(batch, self._clock.now_ms())
        for outgoing in batch:
            message = outgoing.message
            if self._closing or self._health is not Health.UP:
                self._end(SendOutcome(message.id, Outcome.NOT_SENT, detail="the link is down"))
                continue
            self._open[message.id] = outgoing
            fate = self._fate(message)
            if fate.outcome is None and not fate.cuts:
                self._schedule.add(self._settings.response_timer, partial(self._expire, outgoing))
            else:
                self._schedule.add(self._settings.delay_ms / 1000, partial(self._answer, outgoing, fate))
        self._pace.take(len(batch), self._clock.monotonic())

    def acknowledge(self, answers: Sequence[tuple[object, Ack]]) -> None:
        """See the port. What is to come later comes again."""
        for handle, ack in answers:
            assert isinstance(handle, _Handed)
            self._meter.count("loopback_acknowledged", f"{self._name}:{ack.value}")
            if ack is Ack.LATER and not self._closing:
                self._schedule.add(self._settings.again_ms / 1000, partial(self._hand, handle.value))

    def status(self) -> LinkStatus:
        """See the port."""
        return LinkStatus(
            self._name,
            self._standing(),
            binds=int(self._health is Health.UP),
            wanted_binds=1,
            window_used=len(self._open),
            window=self._settings.window,
            rate=self._pace.rate,
            detail="",
        )

    async def close(self, grace: float) -> None:
        """See the port."""
        self._closing = True
        if self._open:
            try:
                async with asyncio.timeout(grace):
                    await self._settled.wait()
            except TimeoutError:
                self._break()
        self._schedule.stop()
        self._record.close()
        self._health = Health.OFF
        self._tell()

    def latest(self) -> tuple[Given, ...]:
        """What it was given lately, oldest first."""
        return self._record.latest()

    # ------------------------------------------------------------ the network

    def _fate(self, message: Message) -> Fate:
        if not self._settings.magic:
            return DELIVERED
        fate = fate_of(message.destination.value, self._channel)
        if fate.once:
            if message.id in self._met:
                self._met.discard(message.id)
                return DELIVERED
            self._met.add(message.id)
        return fate

    def _answer(self, outgoing: Outgoing, fate: Fate) -> None:
        message = outgoing.message
        if self._open.get(message.id) is not outgoing:
            return
        if fate.cuts:
            self._break()
            return
        if outgoing.push is not None and not outgoing.push.devices:
            self._end(SendOutcome(message.id, Outcome.REFUSED, detail="the number has no device"))
            return
        if fate.outcome is not Outcome.SENT:
            assert fate.outcome is not None
            if fate.outcome is Outcome.THROTTLED:
                self._pace.throttled(self._clock.monotonic())
            status = fate.status
            self._end(SendOutcome(message.id, fate.outcome, (), status, name_of(status), text_of(status)))
            return
        # Only an SMS is cut into parts.
        parts = tuple(
            PartSent(number, f"{message.id:x}{outgoing.attempt & 0xFFF:03x}{number:02x}")
            for number in range(1, message.parts + 1 if self._channel == SMS else 2)
            if number not in outgoing.done
        )
        if fate.early and self._settings.receipts:
            self._receipts(message, parts, fate)
            self._tell()
        self._end(SendOutcome(message.id, Outcome.SENT, parts))
        if not fate.early and self._settings.receipts and fate.receipts:
            self._schedule.add(
                self._settings.receipt_delay_ms / 1000, partial(self._receipts, message, parts, fate)
            )

    def _expire(self, outgoing: Outgoing) -> None:
        if self._open.get(outgoing.message.id) is outgoing:
            detail = f"no answer in {self._settings.response_timer:g} s"
            self._end(SendOutcome(outgoing.message.id, Outcome.UNKNOWN, detail=detail))

    def _break(self) -> None:
        """The link is gone: nobody knows of what was open; it comes back by itself."""
        for message_id in list(self._open):
            self._end(SendOutcome(message_id, Outcome.UNKNOWN, detail=_BROKEN))
        self._health = Health.DOWN
        if not self._closing:
            self._schedule.add(self._settings.away_ms / 1000, self._come_back)

    def _come_back(self) -> None:
        self._health = Health.UP

    def _receipts(self, message: Message, parts: Sequence[PartSent], fate: Fate) -> None:
        now_ms = self._clock.now_ms()
        now = datetime.fromtimestamp(now_ms / 1000, UTC)
        date = format_receipt_date(now, 10)
        word = WORDS[fate.told]
        for part in parts:
            raw = write(
                Form.APPENDIX_B,
                message_id=part.smsc_id,
                state=fate.told,
                submitted=now,
                done=now,
                err=fate.err,
                text=message.text or "",
            )
            receipt = Receipt(
                self._group,
                self._name,
                part.smsc_id,
                fate.state,
                word,
                fate.err,
                message.destination,
                message.source,
                now_ms,
                submit_date=date,
                done_date=date,
                raw=raw,
                more=self._channel not in (SMS, VOICE),
            )
            for _ in range(fate.receipts):
                self._hand(receipt)
            if receipt.more and fate.read:
                for told in (SEEN, READ):
                    self._hand(msgspec.structs.replace(receipt, state=None, word=told, raw=told))
            suggestion = first_suggestion(message) if fate.taps and takes_rich(self._channel) else None
            if suggestion is not None:
                self._hand(self._tap(message, suggestion, part.smsc_id, now_ms))
        if self._settings.echo and fate.state is DELIVERED.state and message.source.value.isdigit():
            self._hand(self._echo(message, now_ms))

    def _echo(self, message: Message, now_ms: int) -> Arrival:
        octets = message.octets or b""
        if message.text is not None:
            octets = encode_text(message.text, Charset(message.charset))
        return Arrival(
            self._group,
            self._name,
            message.destination,
            message.source,
            octets,
            message.charset,
            message.data_coding,
            now_ms,
        )

    def _tap(self, message: Message, suggestion: Suggestion, smsc_id: str, now_ms: int) -> Arrival:
        octets, charset, data_coding = coded(suggestion.postback or suggestion.label)
        return Arrival(
            self._group,
            self._name,
            message.destination,
            message.source,
            octets,
            charset.value,
            data_coding,
            now_ms,
            rich=RichMo(channel=self._channel, postback=suggestion.postback, answers=smsc_id),
        )

    # ------------------------------------------------------------ telling

    def _hand(self, value: Receipt | Arrival) -> None:
        self._arrived.append(Inbound(value, _Handed(value)))

    def _end(self, outcome: SendOutcome) -> None:
        self._open.pop(outcome.message_id, None)
        if not self._outcomes:
            self._schedule.add(0.0, _nothing)
        self._outcomes.append(outcome)
        if self._closing and not self._open:
            self._settled.set()

    def _tell(self) -> None:
        if self._arrived:
            arrived, self._arrived = self._arrived, []
            self._events.arrived(self, arrived)
        if self._outcomes:
            outcomes, self._outcomes = self._outcomes, []
            self._events.outcomes(self._name, outcomes)
        standing = self._standing()
        if standing is not self._told or (self._full and self._room() > 0):
            self._full = False
            self._told = standing
            self._events.changed(self.status())
        self._await_pace()

    def _await_pace(self) -> None:
        """Time alone brings room where the pace is what there is too little of, and raises a pace held down."""
        if self._looking or self._closing or self._health is not Health.UP:
            return
        wait = self._pace.wait(self._clock.monotonic())
        if (self._full and wait > 0) or self._pace.slowed:
            self._looking = True
            self._schedule.add(max(wait, _LEAST_PAUSE) if self._full else _RECOVERY, self._look)

    def _look(self) -> None:
        self._looking = False
        self._pace.available(self._clock.monotonic())

    def _room(self) -> int:
        if self._closing or self._health is not Health.UP:
            return 0
        allowed = self._pace.available(self._clock.monotonic())
        return max(min(self._settings.window - len(self._open), allowed), 0)

    def _standing(self) -> Health:
        slowed = self._health is Health.UP and self._pace.slowed
        return Health.SLOWED if slowed else self._health


def _nothing() -> None:
    """For a run of the schedule that has nothing to do but tell."""


def build(record: ConnectorRecord, events: ConnectorEvents, context: Context) -> LoopbackConnector:
    """A connector of this kind, not open yet. Raises ValueError for settings that cannot be used."""
    return LoopbackConnector(record, decode(record.settings), events, context)
