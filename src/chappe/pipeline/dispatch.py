"""From the queue to a connector, and what its outcome makes of the message: the retry plan is decided here."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Final

import msgspec

from chappe.domain.channel import PUSH
from chappe.domain.link import ConnectorRecord, asks_receipt
from chappe.domain.message import Message, Note, StoredMessage, Transition
from chappe.domain.retry import Outcome, UnknownPolicy
from chappe.domain.state import State, bits
from chappe.pipeline.accept_receipt import AcceptReceipt
from chappe.pipeline.bar import Bar
from chappe.pipeline.directory import Directory
from chappe.pipeline.expire import expiry
from chappe.pipeline.fallback import (
    NOT_TRIED,
    PUSH_PART,
    Fallback,
    at_push,
    attempts_on_this_way,
    is_past_push,
)
from chappe.pipeline.news import final_news, lanes_of, smsc_news
from chappe.pipeline.pushes import NO_PUSHES, pushes_for, taken_push
from chappe.pipeline.route import HealthOf, other_way
from chappe.ports.clock import Chance, Clock
from chappe.ports.connector import Outgoing, SendOutcome
from chappe.ports.meter import Meter
from chappe.ports.store import Store, StoreError

_IN_FLIGHT: Final = bits({State.IN_FLIGHT})
_LATE_STATES: Final = frozenset({State.SCHEDULED, State.QUEUED, State.HELD})
_LATE_FROM: Final = bits(_LATE_STATES)
_NO_ANSWER: Final = "the network may have it and did not answer"
_MAPPABLE: Final = frozenset({Outcome.DEFERRED, Outcome.REFUSED})
_IN_DOUBT: Final = frozenset({Outcome.UNKNOWN, Outcome.UNCLEAR})
_FOR_OPERATORS: Final = frozenset({Outcome.UNFIT, Outcome.UNCLEAR})
_MOVABLE: Final = frozenset({Outcome.DEFERRED, Outcome.REFUSED, Outcome.NOT_SENT})


class Concluded(msgspec.Struct, frozen=True, gc=False):
    """What followed of a batch of outcomes: lanes that got notices, queues that got messages."""

    lanes: frozenset[str]
    queues: frozenset[str]


class Dispatch:
    """Claims messages for connectors and writes what became of their attempts."""

    def __init__(
        self,
        *,
        directory: Directory,
        store: Store,
        clock: Clock,
        chance: Chance,
        health: HealthOf,
        meter: Meter,
        receipts: AcceptReceipt,
        owner: int,
    ) -> None:
        self._directory = directory
        self._store = store
        self._clock = clock
        self._chance = chance
        self._health = health
        self._meter = meter
        self._receipts = receipts
        self._owner = owner
        self._fallback = Fallback(directory, health, chance)
        self._bar = Bar(directory, store, meter)
        self._open: dict[int, StoredMessage] = {}
        self._claimed: dict[str, list[StoredMessage]] = {}

    @property
    def in_flight(self) -> int:
        """Attempts handed over whose outcome is not known yet."""
        return len(self._open)

    async def take(self, connector: str, limit: int) -> list[Outgoing]:
        """Up to `limit` attempts to make, written before they are made; expired messages end here instead."""
        record = self._directory.connectors.get(connector)
        if record is None:
            return []
        now_ms = self._clock.now_ms()
        claimed = self._claimed.pop(connector, [])
        if not claimed:
            again_ms = now_ms + int(record.retry.delay(1, self._chance()) * 1000)
            claimed = await self._store.claim(connector, limit, self._owner, again_ms)
        try:
            return await self._ready(record, await self._bar.let_pass(claimed, now_ms), now_ms)
        except BaseException:
            # They are in flight, but nobody was given them: the next call goes on where this one failed.
            self._claimed[connector] = claimed
            raise

    async def _ready(
        self, record: ConnectorRecord, claimed: Sequence[StoredMessage], now_ms: int
    ) -> list[Outgoing]:
        pushes = (
            await pushes_for(self._directory, self._store, claimed) if record.channel == PUSH else NO_PUSHES
        )
        late: list[Transition] = []
        live: dict[int, StoredMessage] = {}
        ready: list[Outgoing] = []
        for found in claimed:
            message = found.message
            if message.expires_ms and message.expires_ms <= now_ms:
                late.append(
                    self._fallback.instead(found, now_ms, _IN_FLIGHT, NOT_TRIED)
                    or expiry(found, now_ms, _IN_FLIGHT)
                )
                continue
            live[message.id] = found
            done: tuple[int, ...] = ()
            if message.parts > 1 and found.standing.attempts > 1:
                done = await self._parts_done(message.id)
            ready.append(Outgoing(message, found.standing.attempts, done, pushes.get(message.id)))
        if late:
            await self._store.move(late)
            self._meter.count("expired", record.name, sum(one.to is State.EXPIRED for one in late))
        self._open.update(live)
        return ready

    async def _parts_done(self, message_id: int) -> tuple[int, ...]:
        timeline = await self._store.timeline(message_id)
        parts = timeline.parts if timeline is not None else ()
        return tuple(part.number for part in parts if part.number != PUSH_PART)

    async def conclude(self, connector: str, outcomes: Sequence[SendOutcome]) -> Concluded:
        """Writes what became of attempts, in one commit. If it raises, nothing is written: tell the same again."""
        now_ms = self._clock.now_ms()
        record = self._directory.connectors.get(connector) or ConnectorRecord(name=connector)
        ended: list[tuple[StoredMessage, SendOutcome]] = []
        late: list[SendOutcome] = []
        for outcome in outcomes:
            found = self._open.pop(outcome.message_id, None)
            if found is None:
                late.append(outcome)
            else:
                ended.append((found, outcome))
        try:
            transitions = [self._ended(record, found, outcome, now_ms) for found, outcome in ended]
            transitions += await self._late(record, late, now_ms)
            applied = await self._store.move(transitions) if transitions else []
        except BaseException:
            self._open.update((found.message.id, found) for found, _ in ended)
            raise
        self._count(connector, [outcome for _, outcome in ended])
        lanes = {
            lane
            for change, changed in zip(transitions, applied, strict=True)
            if changed
            for lane in lanes_of(change)
        }
        with contextlib.suppress(StoreError):  # what came early is kept, and looked up again in its time
            lanes |= await self._receipts.arrived_early(record.key_space, outcomes)
        return Concluded(
            lanes=frozenset(lanes),
            queues=frozenset(
                change.connector or connector
                for change, changed in zip(transitions, applied, strict=True)
                if changed and change.to is State.QUEUED
            ),
        )

    def _count(self, connector: str, outcomes: Sequence[SendOutcome]) -> None:
        sent = 0
        for outcome in outcomes:
            if outcome.outcome is Outcome.SENT:
                sent += 1
            else:
                self._meter.count("send_failures", f"{connector}:{outcome.outcome.value}")
        if sent:
            self._meter.count("sent", connector, sent)

    def _ended(
        self, record: ConnectorRecord, found: StoredMessage, outcome: SendOutcome, now_ms: int
    ) -> Transition:
        if outcome.outcome is Outcome.SENT:
            return self._sent(record, found.message, outcome, now_ms, _IN_FLIGHT)
        return self._not_sent(record, found, outcome, now_ms)

    def _sent(
        self, record: ConnectorRecord, message: Message, outcome: SendOutcome, now_ms: int, only_from: int
    ) -> Transition:
        awaits = asks_receipt(record.receipts, message.report)
        if at_push(message) is not None:
            return taken_push(record, message, outcome, now_ms, only_from)
        smsc_id = outcome.sent[-1].smsc_id if outcome.sent else ""
        return Transition(
            message_id=message.id,
            only_from=only_from,
            to=State.SENT,
            at_ms=now_ms,
            due_ms=now_ms + record.receipt_wait * 1000 if awaits else 0,
            error="",
            command_status=0,
            sent=outcome.sent,
            group=record.key_space,
            awaits=awaits,
            settles=message.reserved > 0,
            owes=smsc_news(message, record.name, smsc_id, now_ms),
            note=Note("sent", record.name, outcome.detail) if outcome.detail else None,
        )

    async def _late(
        self, record: ConnectorRecord, outcomes: Sequence[SendOutcome], now_ms: int
    ) -> list[Transition]:
        """Answers after their attempt was given up as unknown: they may spare the next attempt."""
        sent = [outcome for outcome in outcomes if outcome.outcome is Outcome.SENT]
        if not sent:
            return []
        stored = await self._store.messages([outcome.message_id for outcome in sent])
        self._meter.count("late_answers", record.name, len(sent))
        return [
            self._sent(record, found.message, outcome, now_ms, _LATE_FROM)
            for found, outcome in zip(stored, sent, strict=True)
            # Where another attempt was answered meanwhile, its ids stay: a part has one.
            if found is not None
            and found.standing.state in _LATE_STATES
            # Nor does a push that is answered when its turn is over stop what follows it.
            and not (record.channel == PUSH and is_past_push(found.message))
        ]

    def _not_sent(
        self, record: ConnectorRecord, found: StoredMessage, outcome: SendOutcome, now_ms: int
    ) -> Transition:
        kind = self._kind(record, outcome)
        if kind in (Outcome.THROTTLED, Outcome.NOT_SENT):
            return self._back(record, found, outcome, now_ms)
        if kind in _FOR_OPERATORS:
            return self._instead(record, found, outcome, now_ms) or self._change(
                record, found, outcome, State.PARKED, now_ms
            )
        if kind is Outcome.UNKNOWN and record.unknown is UnknownPolicy.HOLD:
            return self._change(record, found, outcome, State.HELD, now_ms)
        other = self._other(record, found, kind)
        tries = attempts_on_this_way(found)
        if tries >= record.retry.attempts or (kind is Outcome.REFUSED and other is None):
            return self._instead(record, found, outcome, now_ms) or self._failed(
                record, found, outcome, now_ms
            )
        delay = record.retry.delay(tries, self._chance())
        # A refusal for good on one way says nothing about the next: that one may try at once.
        due_ms = now_ms if kind is Outcome.REFUSED else now_ms + int(delay * 1000)
        return self._change(record, found, outcome, State.SCHEDULED, now_ms, due_ms=due_ms, connector=other)

    def _kind(self, record: ConnectorRecord, outcome: SendOutcome) -> Outcome:
        """The outcome, read by the operator's map of errors where that knows the status: what passes is tried again."""
        kind = outcome.outcome
        if kind not in _MAPPABLE or not outcome.command_status:
            return kind
        known = self._directory.errors.of_status(record.name, outcome.command_status)
        if known is None or known.temporary is None:
            return kind
        return Outcome.DEFERRED if known.temporary else Outcome.REFUSED

    def _back(
        self, record: ConnectorRecord, found: StoredMessage, outcome: SendOutcome, now_ms: int
    ) -> Transition:
        """Nothing was said about the message itself: back to its place in the queue, the attempt uncounted.

        One that got a part across stays counted: the next attempt must ask which parts those were.
        """
        other = self._other(record, found, outcome.outcome)
        if other is None and outcome.outcome is Outcome.NOT_SENT:
            instead = self._instead(record, found, outcome, now_ms)
            if instead is not None:
                return instead
        return Transition(
            message_id=found.message.id,
            only_from=_IN_FLIGHT,
            to=State.QUEUED,
            at_ms=now_ms,
            connector=other,
            sent=outcome.sent,
            group=record.key_space,
            awaits=asks_receipt(record.receipts, found.message.report),
            error=outcome.error or None,
            command_status=outcome.command_status or None,
            uncounted=not outcome.sent,
            settles=bool(outcome.sent and found.message.reserved),
        )

    def _other(self, record: ConnectorRecord, found: StoredMessage, kind: Outcome) -> str | None:
        if kind not in _MOVABLE or found.message.parts > 1:
            # All parts of one message go one way (reliability I8): a part may already have gone this one.
            return None
        rule = self._directory.routes.get(found.message.route)
        if kind is Outcome.REFUSED and (rule is None or attempts_on_this_way(found) >= len(rule.targets)):
            # Each way is asked once: two that refuse for good would else send it to and fro between them.
            return None
        extras = found.message.extras
        channels = extras.channels if extras is not None else ()
        return other_way(
            self._directory,
            found.message.route,
            record.name,
            self._health,
            self._chance(),
            channels=channels,
        )

    def _instead(
        self, record: ConnectorRecord, found: StoredMessage, outcome: SendOutcome, now_ms: int
    ) -> Transition | None:
        """What follows a push that did not get through; None for every other message."""
        if at_push(found.message) is None:
            return None
        unknown = outcome.outcome is Outcome.UNKNOWN
        self._meter.count("push_fallbacks", outcome.outcome.value)
        return self._fallback.instead(
            found,
            now_ms,
            _IN_FLIGHT,
            f"push {outcome.outcome.value}: {outcome.detail or outcome.error or record.name}",
            duplicate=(outcome.detail or _NO_ANSWER) if unknown else "",
            error=outcome.error,
            command_status=outcome.command_status,
        )

    def _failed(
        self, record: ConnectorRecord, found: StoredMessage, outcome: SendOutcome, now_ms: int
    ) -> Transition:
        unknown = outcome.outcome is Outcome.UNKNOWN or bool(found.standing.possible_duplicate)
        state = State.UNDELIVERED if unknown or outcome.sent else State.REJECTED
        return self._change(record, found, outcome, state, now_ms, refund=state is State.REJECTED)

    @staticmethod
    def _change(
        record: ConnectorRecord,
        found: StoredMessage,
        outcome: SendOutcome,
        to: State,
        now_ms: int,
        *,
        due_ms: int | None = None,
        connector: str | None = None,
        refund: bool = False,
    ) -> Transition:
        final = to >= State.DELIVERED
        return Transition(
            message_id=found.message.id,
            only_from=_IN_FLIGHT,
            to=to,
            at_ms=now_ms,
            connector=connector,
            due_ms=due_ms,
            error=outcome.error or outcome.outcome.value,
            command_status=outcome.command_status,
            possible_duplicate=(outcome.detail or _NO_ANSWER) if outcome.outcome in _IN_DOUBT else None,
            sent=outcome.sent,
            group=record.key_space,
            awaits=asks_receipt(record.receipts, found.message.report),
            refund=refund,
            settles=bool((final or outcome.sent) and found.message.reserved),
            owes=final_news(
                found.message,
                found.standing,
                to,
                now_ms,
                command_status=outcome.command_status,
                error=outcome.error,
            )
            if final
            else (),
            note=Note(
                outcome.outcome.value, record.name, outcome.detail or outcome.error, found.standing.attempts
            ),
        )
