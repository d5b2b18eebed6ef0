"""Random histories of the pipeline over a store, beside a model of what the SMSC and the clients saw of them.

The model is the three ledgers of the reliability plan in small: what clients were answered, what the SMSC may have,
what clients were told. After every step they are held against the store.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chappe.domain.account import Account
from chappe.domain.message import PartSent, StoredMessage, Transition
from chappe.domain.refusal import Refusal
from chappe.domain.report import Delivery, ReportOn, ReportWish, Way
from chappe.domain.retry import Outcome, RetryPlan, UnknownPolicy
from chappe.domain.state import FINAL, State, may_follow
from chappe.domain.submission import Accepted
from chappe.ports.carrier import Carried, Handover
from chappe.ports.connector import Outgoing, SendOutcome
from chappe.ports.ledger import Quota
from chappe.ports.store import Store
from unit.pipeline.rig import BOTH_WAYS, Rig, always, ask, receipt, rig

T = TypeVar("T")

PLAN = RetryPlan(first=4.0, factor=2.0, longest=16.0, attempts=2)
CONNECTORS = (
    always(group="supplier", retry=PLAN, receipt_wait=3_600),
    always("spare", group="supplier", retry=PLAN, unknown=UnknownPolicy.HOLD, receipt_wait=3_600),
)
PRICE = 10_000
PAID_IN = 500_000
PARTS_IN = 60
EARLY = 30
LANE = "http://client.example"
TEXTS = ("short", "x" * 161, "y" * 400)
OUTCOMES = (*Outcome, Outcome.SENT, Outcome.UNKNOWN, Outcome.DEFERRED)
SENT_SOMEHOW = (Outcome.SENT, Outcome.UNKNOWN)


@dataclass
class Promise:
    """What a client was answered yes to."""

    parts: int
    charge: int
    wish: ReportWish


@dataclass
class Flight:
    """One attempt handed to a connector: the ids that the SMSC would give its parts, and those it took already."""

    connector: str
    going: Outgoing
    ids: dict[int, str]
    taken: set[int] = field(default_factory=set)


class Watched:
    """Mixed into an engine: every state change that it applies must be one that the table of states allows."""

    async def move(self, transitions: Sequence[Transition]) -> list[bool]:
        store: Any = super()
        applied: list[bool] = []
        for change in transitions:
            (before,) = await store.messages([change.message_id])
            applied += await store.move([change])
            if applied[-1]:
                assert before.standing.state == change.to or may_follow(before.standing.state, change.to)
                assert before.standing.state not in FINAL
        return applied


class Histories(RuleBasedStateMachine):
    """Subclasses say which engine: `make_store`, and `reopen` for what a crash does to it."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.air: list[Flight] = []
        self.unanswered: list[Flight] = []
        self.closed: set[tuple[int, int]] = set()
        self.promises: dict[int, Promise] = {}
        self.handovers: Counter[tuple[int, int]] = Counter()
        self.issued: dict[str, tuple[int, int]] = {}
        self.told_final: set[str] = set()
        self.not_before: dict[int, int] = {}
        self.keys: dict[str, int] = {}
        self.carriers: dict[int, str] = {}
        self.done: set[tuple[int, int]] = set()
        self.sure_receipts = 0
        self.next_id = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    async def make_store(self) -> Store:
        raise AssertionError

    async def reopen(self, store: Store) -> Store:
        return store

    @initialize()
    def begin(self) -> None:
        self.rig: Rig = self.run(self._built())

    async def _built(self) -> Rig:
        route = type(BOTH_WAYS)(name="all", targets=BOTH_WAYS.targets, price=PRICE)
        accounts = (
            Account(name="acme", charged=True, early_percent=EARLY, counted=True),
            Account(name="free", counted=True),
        )
        house = rig(*accounts, *CONNECTORS, route, store=await self.make_store())
        await house.pay_in(PAID_IN)
        for account in ("acme", "free"):
            await house.pay_in(0, account, parts=PARTS_IN)
        house.owner = await house.store.new_owner()
        house.begin()
        return house

    def teardown(self) -> None:
        if hasattr(self, "rig"):
            self.run(self.rig.store.close())
        self.loop.close()

    # ------------------------------------------------------------ clients

    @rule(
        account=st.sampled_from(["acme", "acme", "acme", "free"]),
        text=st.sampled_from(TEXTS),
        events=st.integers(0, 15),
        later=st.sampled_from([0, 0, 0, 5, 50]),
        valid=st.sampled_from([0, 0, 20, 100]),
        key=st.sampled_from(["", "", "k1", "k2"]),
    )
    def submit(self, *, account: str, text: str, events: int, later: int, valid: int, key: str) -> None:
        now = self.rig.clock.ms
        wish = ReportWish(Way.WEBHOOK if events else Way.NONE, events, "jasmin", f"{LANE}/dlr", "POST")
        asked = ask(
            text=text,
            report=wish,
            due_ms=now + later * 1_000 if later else 0,
            expires_ms=now + (later + valid) * 1_000 if valid else 0,
            idempotency_key=key and f"{account}-{key}",
        )
        (answer,) = self.run(self.rig.answers(asked, account=account))
        if isinstance(answer, Refusal):
            return
        assert isinstance(answer, Accepted)
        if answer.repeated:
            assert self.keys[asked.idempotency_key] == answer.message_id
            return
        assert answer.message_id not in self.promises
        self.promises[answer.message_id] = Promise(
            answer.parts, PRICE * answer.parts * (account == "acme"), wish
        )
        self.keys[asked.idempotency_key] = answer.message_id

    @rule(pick=st.integers(0, 9))
    @precondition(lambda self: self.promises)
    def cancel(self, pick: int) -> None:
        self.run(self._cancel(pick))

    async def _cancel(self, pick: int) -> None:
        stored = [one for one in await self.rig.store.messages(sorted(self.promises)) if one is not None]
        waiting = [one for one in stored if one.standing.state not in FINAL] or stored
        message = waiting[-1 - pick % len(waiting)].message
        answer = await self.rig.query.cancel(message.account, message.id)
        assert isinstance(answer, Refusal) or await self.rig.state(message.id) is State.CANCELLED

    # ------------------------------------------------------------ networks

    @rule(connector=st.sampled_from(["op", "spare"]), limit=st.integers(1, 4))
    def take(self, connector: str, limit: int) -> None:
        self._take(connector, limit)

    @rule(
        connector=st.sampled_from(["op", "op", "spare"]),
        rounds=st.lists(
            st.tuples(st.sampled_from([20, 3, 0]), st.sampled_from([*OUTCOMES, None]), st.integers(0, 2)),
            min_size=1,
            max_size=5,
        ),
    )
    def attempt(self, connector: str, rounds: list[tuple[int, Outcome | None, int]]) -> None:
        """Some turns of the whole cycle: time passes, what is due is taken, and all of it ends alike or not yet."""
        for seconds, outcome, across in rounds:
            self.pass_time(seconds)
            for flight in self._take(connector, 5):
                if outcome is not None:
                    self._end(flight, outcome, across)

    def _take(self, connector: str, limit: int) -> list[Flight]:
        now = self.rig.clock.ms
        made = []
        for going in self.run(self.rig.take(connector, limit)):
            message_id = going.message.id
            assert now >= self.not_before.get(message_id, 0), "a retry came before its back-off"  # I6
            assert going.message.expires_ms == 0 or now < going.message.expires_ms
            assert not going.done or connector == self.carriers[message_id]  # I8
            numbers = [number for number in range(1, going.message.parts + 1) if number not in going.done]
            ids = {}
            for number in numbers:
                self.next_id += 1
                ids[number] = f"z{self.next_id}"  # no number: one in hexadecimal could be another in decimal
                self.issued[ids[number]] = (message_id, number)
            self.not_before[message_id] = now + int(PLAN.first * 500)
            made.append(Flight(connector, going, ids))
        self.air += made
        return made

    @rule(pick=st.integers(0, 9), outcome=st.sampled_from(OUTCOMES), across=st.integers(0, 2))
    @precondition(lambda self: self.air)
    def conclude(self, pick: int, outcome: Outcome, across: int) -> None:
        self._end(self.air[pick % len(self.air)], outcome, across)

    def _end(self, flight: Flight, outcome: Outcome, across: int) -> None:
        self.air.remove(flight)
        if outcome is Outcome.UNKNOWN:
            self.unanswered.append(flight)
        numbers = sorted(flight.ids)
        first = max([numbers.index(number) + 1 for number in flight.taken], default=0)
        if flight.taken and first == len(numbers):
            outcome = Outcome.SENT  # the SMSC took all of it: there is nothing that could have failed
        across = len(numbers) if outcome is Outcome.SENT else max(min(across, len(numbers) - 1), first)
        sent = tuple(PartSent(number, flight.ids[number]) for number in numbers[:across])
        self._handed(flight, numbers if outcome in SENT_SOMEHOW else numbers[:across])
        if across:
            self.carriers[flight.going.message.id] = flight.connector
        self.run(self._conclude(flight, outcome, sent))

    async def _conclude(self, flight: Flight, outcome: Outcome, sent: tuple[PartSent, ...]) -> None:
        message_id = flight.going.message.id
        await self.rig.dispatch.conclude(
            flight.connector, [SendOutcome(message_id, outcome, sent, error="why")]
        )
        if outcome in (Outcome.THROTTLED, Outcome.NOT_SENT):
            self.not_before[message_id] = 0
        standing = await self.rig.standing(message_id)
        if outcome is Outcome.REFUSED and standing.connector != flight.connector:
            self.not_before[message_id] = 0
        elif standing.state is State.SCHEDULED:
            self.not_before[message_id] = self.rig.clock.ms + int(PLAN.first * 500)

    def _handed(self, flight: Flight, numbers: Sequence[int]) -> None:
        for number in numbers:
            if number not in flight.taken:
                flight.taken.add(number)
                self.handovers[flight.going.message.id, number] += 1

    @rule(pick=st.integers(0, 9))
    @precondition(lambda self: self.unanswered)
    def answer_late(self, pick: int) -> None:
        flight = self.unanswered.pop(pick % len(self.unanswered))
        sent = tuple(PartSent(number, smsc_id) for number, smsc_id in flight.ids.items())
        message_id = flight.going.message.id
        self.run(self.rig.dispatch.conclude(flight.connector, [SendOutcome(message_id, Outcome.SENT, sent)]))

    @rule(pick=st.integers(0, 9))
    @precondition(lambda self: self.air)
    def take_a_part_and_say_nothing(self, pick: int) -> None:
        flight = self.air[pick % len(self.air)]
        if flight.ids:
            self._handed(flight, [min(flight.ids)])

    @rule(
        pick=st.integers(0, 9),
        state=st.sampled_from([State.DELIVERED, State.DELIVERED, State.UNDELIVERED, State.EXPIRED, None]),
        padded=st.booleans(),
    )
    @precondition(lambda self: self.handovers)
    def tell_of_a_part(self, pick: int, state: State | None, padded: bool) -> None:
        having = [smsc_id for smsc_id, part in self.issued.items() if self.handovers[part]]
        smsc_id = having[-1 - pick % len(having)]
        told = receipt(
            ("00" if padded else "") + smsc_id.upper(), state, group="supplier", received_ms=self.rig.clock.ms
        )
        self.run(self.rig.receipts.accept([told]))
        self.sure_receipts += 1
        if state is not None:
            self.told_final.add(smsc_id)

    @rule(sure=st.booleans())
    def tell_of_a_stranger(self, sure: bool) -> None:
        told = receipt("ffffffff", group="supplier", sure=sure, received_ms=self.rig.clock.ms)
        before = sum(self.run(self.rig.store.unmatched_counts()))
        received = self.run(self.rig.receipts.accept([told]))
        after = sum(self.run(self.rig.store.unmatched_counts()))
        assert (after - before, received.not_receipts) == ((1, ()) if sure else (0, (0,)))  # I4

    # ------------------------------------------------------------ time and mishaps

    @rule(seconds=st.sampled_from([0.5, 1, 3, 10, 60, 700, 4_000]))
    def pass_time(self, seconds: float) -> None:
        self.rig.clock.advance(seconds)
        self.run(self._tick())

    async def _tick(self) -> None:
        await self.rig.release.due()
        await self.rig.expire.waiting()
        await self.rig.expire.unreceipted()
        await self.rig.receipts.look_again()

    @rule(reached=st.booleans())
    def crash(self, reached: bool) -> None:
        for flight in self.air:
            if reached:
                self._handed(flight, sorted(flight.ids))
        self.air.clear()
        self.unanswered.clear()
        self.run(self._crash())

    async def _crash(self) -> None:
        self.rig.store = await self.reopen(self.rig.store)
        await self.rig.crash()
        while await self.rig.release.stranded(self.rig.owner, before=self.rig.owner):
            pass

    # ------------------------------------------------------------ what clients are told

    @rule(handover=st.sampled_from(Handover), settled=st.booleans())
    def notify(self, handover: Handover, settled: bool) -> None:
        batch = self.run(self.rig.notify.take(LANE, 3))
        if settled:
            self.run(self.rig.notify.settle([Carried(owed, handover) for owed in batch]))
            if handover in (Handover.TAKEN, Handover.GONE):
                self.done |= {(owed.message_id, owed.slot) for owed in batch}

    # ------------------------------------------------------------ what must hold

    @invariant()
    @precondition(lambda self: hasattr(self, "rig"))
    def holds(self) -> None:
        self.run(self._holds())

    async def _holds(self) -> None:
        ids = sorted(self.promises)
        found = [one for one in await self.rig.store.messages(ids) if one is not None]
        assert len(found) == len(ids), "an accepted message is absent"  # I1
        spent = 0
        reserved = 0
        used: Counter[str] = Counter()
        depths: Counter[str] = Counter()
        owed = 0
        for one in found:
            self._check_charge(one)
            self._check_duplicate(one)
            owed += await self._check_notices(one)
            spent += one.message.charge - one.standing.refunded
            reserved += one.message.reserved if await self._is_open(one) else 0
            used[one.message.account] += 0 if await self._is_given_back(one) else one.message.counted
            depths[one.standing.connector] += one.standing.state is State.QUEUED
        flying = {one.message.id for one in found if one.standing.state is State.IN_FLIGHT}
        assert flying <= {flight.going.message.id for flight in self.air}, "an attempt that nobody makes"
        assert await self.rig.store.quotas(["acme", "free"]) == [
            Quota(PAID_IN - spent, reserved, PARTS_IN - used["acme"]),
            Quota(0, 0, PARTS_IN - used["free"]),
        ]
        assert PAID_IN >= spent >= reserved >= 0
        assert max(used.values(), default=0) <= PARTS_IN
        assert await self.rig.store.depths() == +depths
        assert await self.rig.store.owed_count() == owed

    async def _is_open(self, one: StoredMessage) -> bool:
        """Whether the rest of a charge is still to be taken: no SMSC has a part, and it has not ended."""
        return one.standing.state not in FINAL and not (await self.rig.timeline(one.message.id)).parts

    async def _is_given_back(self, one: StoredMessage) -> bool:
        if one.standing.state not in FINAL or one.standing.possible_duplicate:
            return False
        return not (await self.rig.timeline(one.message.id)).parts

    def _parts_handed(self, message_id: int) -> list[int]:
        return [number for (known, number), count in self.handovers.items() if known == message_id and count]

    def _check_charge(self, one: StoredMessage) -> None:  # I7
        standing, message_id = one.standing, one.message.id
        charge = self.promises[message_id].charge
        assert one.message.charge == charge
        assert one.message.charge - one.message.reserved == charge * EARLY // 100
        assert one.message.counted == self.promises[message_id].parts
        assert standing.refunded in (0, one.message.charge)
        handed = self._parts_handed(message_id)
        if handed:
            assert standing.refunded == 0, "refunded although the SMSC may have it"
        elif standing.state in FINAL and not standing.possible_duplicate:
            assert standing.refunded == one.message.charge, "never sent and not refunded"

    def _check_duplicate(self, one: StoredMessage) -> None:  # I3
        counts = [self.handovers[one.message.id, number] for number in range(1, one.message.parts + 1)]
        assert max(counts) <= 1 or one.standing.possible_duplicate, "a duplicate without a mark"

    async def _check_notices(self, one: StoredMessage) -> int:  # I5
        timeline = await self.rig.timeline(one.message.id)
        deliveries = {
            1
            if record.notice.event is ReportOn.SMSC
            else 2
            if record.notice.event in _ENDS
            else 16: record.delivery  # type: ignore[union-attr]
            for record in timeline.notices
        }
        wish, state = self.promises[one.message.id].wish, one.standing.state
        if state in FINAL and wish.wants(ReportOn.SUCCESS if state is State.DELIVERED else ReportOn.FAILURE):
            assert 2 in deliveries, "a final state that its client is not told of"
        if one.standing.sent_ms and wish.wants(ReportOn.SMSC):
            assert 1 in deliveries
        for slot, delivery in deliveries.items():
            if slot < 16:
                assert (delivery is Delivery.OPEN) == ((one.message.id, slot) not in self.done)
        for part in timeline.parts:
            if part.smsc_id in self.told_final and part.open:
                assert await self._is_parked(part.smsc_id), "a receipt that is neither applied nor kept"  # I4
            assert not part.open or (part.message_id, part.number) not in self.closed, "a receipt undone"
            if not part.open:
                self.closed.add((part.message_id, part.number))
                failed = part.word != "DELIVRD" and part.done_ms < one.standing.final_ms
                assert state is not State.DELIVERED or not failed, "delivered although a part failed"
        return sum(record.delivery is Delivery.OPEN for record in timeline.notices)

    async def _is_parked(self, smsc_id: str) -> bool:
        parked = await self.rig.store.unmatched(self.rig.clock.ms + 10**12, 10_000)
        kept = [entry.receipt.smsc_id.lstrip("0").lower() for entry in parked]
        orphans = (await self.rig.store.unmatched_counts())[1]
        return smsc_id in kept or orphans > 0


_ENDS = (ReportOn.SUCCESS, ReportOn.FAILURE)


def walk(machine: Histories, chance: random.Random, steps: int) -> None:
    """One long history by plain chance: longer ones, and other ones, than hypothesis makes."""
    machine.begin()
    seconds = [0, 1, 3, 20, 20, 60, 700, 4_000]
    for _ in range(steps):
        kind = chance.randrange(20)
        if kind < 5:
            machine.submit(
                account=chance.choice(["acme", "acme", "free"]),
                text=chance.choice(TEXTS),
                events=chance.choice([0, 6, 7, 15]),
                later=chance.choice([0, 0, 0, 0, 5, 50]),
                valid=chance.choice([0, 0, 0, 20, 100]),
                key=chance.choice(["", "", "", "k1"]),
            )
        elif kind < 10:
            rounds = [
                (chance.choice(seconds[:5]), chance.choice([*OUTCOMES, None]), chance.randrange(3))
                for _ in range(chance.randrange(1, 4))
            ]
            machine.attempt(connector=chance.choice(["op", "op", "spare"]), rounds=rounds)
        elif kind < 12 and machine.air:
            machine.conclude(
                pick=chance.randrange(10), outcome=chance.choice(OUTCOMES), across=chance.randrange(3)
            )
        elif kind < 15 and +machine.handovers:
            state = chance.choice(
                [State.DELIVERED, State.DELIVERED, State.DELIVERED, State.UNDELIVERED, None]
            )
            machine.tell_of_a_part(pick=chance.randrange(10), state=state, padded=chance.random() < 0.5)
        elif kind == 15 and machine.unanswered:
            machine.answer_late(pick=chance.randrange(10))
        elif kind == 16:
            machine.pass_time(seconds=chance.choice(seconds))
        elif kind == 17:
            machine.crash(reached=chance.random() < 0.5)
        elif kind == 18 and machine.promises:
            machine.cancel(pick=chance.randrange(10))
        elif kind == 19:
            machine.notify(handover=chance.choice(list(Handover)), settled=chance.random() < 0.8)
        machine.holds()
