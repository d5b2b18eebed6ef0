"""Receipts: found a part for, or kept until one is; the state they bring, and who is told. Stored before acknowledged."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import msgspec

from chappe.domain.link import ConnectorRecord
from chappe.domain.message import Note, NoteRecord, PartReceipt, StoredMessage, Transition
from chappe.domain.receipt import (
    INTERACTIONS,
    Receipt,
    UnmatchedReceipt,
    candidate_keys,
    stored_key,
)
from chappe.domain.state import OPEN, State, bits
from chappe.pipeline.directory import Directory
from chappe.pipeline.fallback import at_push
from chappe.pipeline.handing import Handing
from chappe.pipeline.interactions import interacted, push_told, with_deliveries
from chappe.pipeline.news import final_news, intermediate_news, lanes_of
from chappe.ports.carrier import AtOnce
from chappe.ports.clock import Clock
from chappe.ports.connector import SendOutcome
from chappe.ports.messages import PartLookup, PartMatch
from chappe.ports.meter import Meter
from chappe.ports.store import Store

_LIVE: Final = bits({State.SENT, State.IN_FLIGHT, State.HELD})
_OPEN: Final = bits(OPEN)
_SENT: Final = bits({State.SENT})
_LOOK_AGAIN_MS: Final = (1_000, 5_000, 30_000, 300_000, 3_600_000, 86_400_000)
"""When an unmatched receipt is looked up again, after it came; then it is an orphan."""

_REST_OF_PARTS_MS: Final = 600_000
_MOST_EARLY: Final = 100_000
_MOST_TOLD: Final = 50_000
_ANY_CONNECTOR: Final = ConnectorRecord(name="any")
BATCH: Final = 500


class Received(msgspec.Struct, frozen=True, gc=False):
    """What became of a batch: positions that are no receipts after all, and lanes that got notices."""

    not_receipts: tuple[int, ...]
    lanes: frozenset[str]


class AcceptReceipt:
    """Matches receipts with parts and moves messages on. One batch at a time: two receipts of one message must meet."""

    def __init__(self, store: Store, directory: Directory, clock: Clock, meter: Meter) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock
        self._meter = meter
        # Receipts parked lately, by key: when their response comes they need not wait for their next look-up.
        self._early: OrderedDict[tuple[str, str], None] = OrderedDict()
        # Parts that had their final receipt lately, and their message: another one for them is no stranger.
        self._told: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._looking: set[int] = set()

    async def accept(self, receipts: Sequence[Receipt], at_once: AtOnce | None = None) -> Received:
        """Takes receipts; when this returns they are stored and may be acknowledged.

        What clients are then owed is handed over `at_once` where there is room, and is in no lane of the answer.
        """
        lookups, names = self._lookups(receipts)
        found = await self._store.find_parts(lookups)
        matched: list[tuple[Receipt, PartMatch]] = []
        parked: list[Receipt] = []
        not_receipts: list[int] = []
        for position, (receipt, match) in enumerate(zip(receipts, found, strict=True)):
            if match is not None and (receipt.sure or _is_of_subscriber(receipt, match.found)):
                matched.append((receipt, match))
                self._meter.count("receipts", f"{receipt.connector}:{names[position][match.key_index]}")
            elif receipt.sure:
                parked.append(receipt)
            else:
                not_receipts.append(position)
        lanes = await self._apply(matched, at_once)
        if parked:
            await self._park(parked)
        return Received(tuple(not_receipts), frozenset(lanes))

    def _lookups(self, receipts: Sequence[Receipt]) -> tuple[list[PartLookup], list[list[str]]]:
        lookups = []
        names = []
        for receipt in receipts:
            candidates = self._candidates(receipt)
            keys = tuple([key for _, key in candidates])
            lookups.append(PartLookup(receipt.group, keys, receipt.source.value))
            names.append([name for name, _ in candidates])
        return lookups, names

    def _candidates(self, receipt: Receipt) -> tuple[tuple[str, str], ...]:
        record = self._directory.connectors.get(receipt.connector) or _ANY_CONNECTOR
        return candidate_keys(receipt.smsc_id, record.receipt_ids, record.receipt_prefix)

    async def _apply(
        self, matched: Sequence[tuple[Receipt, PartMatch]], at_once: AtOnce | None = None
    ) -> set[str]:
        if not matched:
            return set()
        if any(receipt.word in INTERACTIONS for receipt, _ in matched):
            matched = list(with_deliveries(matched))
        waits = [_wait(receipt, match) for receipt, match in matched if _is_part_of_many(receipt, match)]
        changes = [_transition(receipt, match) for receipt, match in matched]
        held = Handing(at_once, self._clock.now_ms()) if at_once is not None else None
        if held is not None:
            changes = [held.taken(change) for change in changes]
        try:
            applied = (await self._store.move([*waits, *changes]))[len(waits) :]
        except BaseException:
            if held is not None:
                held.in_vain()
            raise
        lanes: set[str] = set()
        if held is not None:
            held.hand_over(changes, applied)
        seconds: list[tuple[int, Receipt]] = []
        for (receipt, match), change, changed in zip(matched, changes, applied, strict=True):
            if receipt.state is not None:
                self._told[receipt.group, stored_key(match.part.smsc_id)] = match.part.message_id
            if changed:
                if not change.leased_ms:
                    lanes |= lanes_of(change)
            elif not change.when_all_parts:
                seconds.append((match.part.message_id, receipt))
        while len(self._told) > _MOST_TOLD:
            self._told.popitem(last=False)
        if seconds:
            await self._contradict(seconds)
        return lanes

    async def _contradict(self, seconds: Sequence[tuple[int, Receipt]]) -> None:
        """The first final state stands for the client; another one is for the timeline, and counted."""
        stored = await self._store.messages([message_id for message_id, _ in seconds])
        notes = [
            (message_id, NoteRecord(receipt.received_ms, _second(receipt)))
            for (message_id, receipt), found in zip(seconds, stored, strict=True)
            if found is not None and receipt.state not in (None, found.standing.state)
        ]
        if notes:
            self._meter.count("contradicting_receipts", by=len(notes))
            await self._store.note(notes)

    async def _park(self, receipts: Sequence[Receipt]) -> None:
        now_ms = self._clock.now_ms()
        await self._store.park_receipts([(receipt, now_ms + _LOOK_AGAIN_MS[0]) for receipt in receipts])
        for receipt in receipts:
            self._meter.count("receipts_unmatched", receipt.connector)
            for _, key in self._candidates(receipt):
                self._early[receipt.group, key] = None
        while len(self._early) > _MOST_EARLY:
            self._early.popitem(last=False)

    async def arrived_early(self, space: str, outcomes: Sequence[SendOutcome]) -> frozenset[str]:
        """Tells of parts just filed: a receipt that came before its response is matched at once.

        The lanes that got notices by it.
        """
        if not self._early:
            return frozenset()
        waited_for = False
        for outcome in outcomes:
            for part in outcome.sent:
                if (space, stored_key(part.smsc_id)) in self._early:
                    del self._early[space, stored_key(part.smsc_id)]
                    waited_for = True
        if not waited_for:
            return frozenset()
        # All parked receipts that are young enough to have been early are looked up again.
        _, lanes = await self.look_again(self._clock.now_ms() + _LOOK_AGAIN_MS[0])
        return lanes

    async def look_again(self, until_ms: int | None = None) -> tuple[int, frozenset[str]]:
        """Looks one batch of parked receipts up again; how many were due, and the lanes that got notices."""
        now_ms = self._clock.now_ms()
        waiting = await self._store.unmatched(until_ms or now_ms, BATCH)
        # Another call may be at some of them: each is taken up by one only.
        due = [entry for entry in waiting if entry.id not in self._looking]
        if not due:
            return 0, frozenset()
        taken = {entry.id for entry in due}
        self._looking |= taken
        try:
            return len(due), await self._look_up(due, now_ms)
        finally:
            self._looking -= taken

    async def _look_up(self, due: Sequence[UnmatchedReceipt], now_ms: int) -> frozenset[str]:
        lookups, _ = self._lookups([entry.receipt for entry in due])
        found = await self._store.find_parts(lookups)
        matched = [
            (entry.receipt, match) for entry, match in zip(due, found, strict=True) if match is not None
        ]
        lanes = await self._apply(matched)
        unmatched = [entry for entry, match in zip(due, found, strict=True) if match is None]
        repeats = await self._repeats(unmatched)
        again = [(entry.id, _next_look(entry, now_ms)) for entry in unmatched if entry.id not in repeats]
        kept = {entry_id for entry_id, _ in again}
        self._meter.count("receipts_orphaned", by=sum(at is None for _, at in again))
        await self._store.settle_unmatched([entry.id for entry in due if entry.id not in kept], again)
        return frozenset(lanes)

    async def _repeats(self, entries: Sequence[UnmatchedReceipt]) -> set[int]:
        """Those that are one more receipt of a part that had its final one; they need not wait for a part.

        Not at their first look-up: an SMSC that begins to count anew may mean a message whose response is yet to come.
        """
        asked = [
            (entry, message_id)
            for entry in entries
            if entry.tries and (message_id := self._told_of(entry.receipt)) is not None
        ]
        if not asked:
            return set()
        stored = await self._store.messages([message_id for _, message_id in asked])
        repeats = [
            (entry, message_id)
            for (entry, message_id), found in zip(asked, stored, strict=True)
            if found is not None and _is_of_subscriber(entry.receipt, found)
        ]
        self._meter.count("receipts_repeated", by=len(repeats))
        await self._contradict([(message_id, entry.receipt) for entry, message_id in repeats])
        return {entry.id for entry, _ in repeats}

    def _told_of(self, receipt: Receipt) -> int | None:
        keys = ((receipt.group, key) for _, key in self._candidates(receipt))
        return next((self._told[key] for key in keys if key in self._told), None)


def _next_look(entry: UnmatchedReceipt, now_ms: int) -> int | None:
    if entry.tries + 1 >= len(_LOOK_AGAIN_MS):
        return None
    return max(entry.receipt.received_ms + _LOOK_AGAIN_MS[entry.tries + 1], now_ms + 1)


def _transition(receipt: Receipt, match: PartMatch) -> Transition:
    message, standing = match.found.message, match.found.standing
    hybrid = at_push(message)
    pushed = push_told(receipt, match, hybrid) if hybrid is not None else None
    if pushed is not None:
        return pushed
    told = PartReceipt(
        number=match.part.number,
        final=receipt.state is not None and not receipt.more,
        word=receipt.word,
        error=receipt.error,
        receipt=receipt.raw,
        done_ms=receipt.received_ms,
    )
    if receipt.word in INTERACTIONS and receipt.state is None:
        return interacted(receipt, match, told)
    if receipt.state is None:
        return Transition(
            message_id=message.id,
            only_from=_SENT,
            to=State.SENT,
            at_ms=receipt.received_ms,
            part=told,
            owes=intermediate_news(message, standing, receipt),
        )
    return Transition(
        message_id=message.id,
        # One part that fails ends the whole, also while the others wait to be sent.
        only_from=_LIVE if receipt.state is State.DELIVERED else _OPEN,
        to=receipt.state,
        at_ms=receipt.received_ms,
        error=receipt.error,
        part=told,
        # Delivered is what all parts are; the first part that fails ends the whole.
        when_all_parts=_is_part_of_many(receipt, match),
        settles=message.reserved > 0,
        owes=final_news(
            message, standing, receipt.state, receipt.received_ms, error=receipt.error, receipt=receipt
        ),
    )


def _is_of_subscriber(receipt: Receipt, found: StoredMessage) -> bool:
    return found.message.destination.value == receipt.source.value


def _is_part_of_many(receipt: Receipt, match: PartMatch) -> bool:
    # A channel that tells of reading takes a message whole.
    return receipt.state is State.DELIVERED and match.found.message.parts > 1 and not receipt.more


def _wait(receipt: Receipt, match: PartMatch) -> Transition:
    """One part of several was delivered: the others have some minutes to be told of (reliability V22)."""
    return Transition(
        message_id=match.found.message.id,
        only_from=_SENT,
        to=State.SENT,
        at_ms=receipt.received_ms,
        due_ms=receipt.received_ms + _REST_OF_PARTS_MS,
    )


def _second(receipt: Receipt) -> Note:
    return Note("receipt", receipt.connector, f"after the final state: {receipt.word} err {receipt.error}")
