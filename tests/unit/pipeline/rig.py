"""The whole pipeline over a store, with a clock, a meter and chance that tests set. No part of it is a stand-in of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chappe.domain.account import Account
from chappe.domain.address import Address
from chappe.domain.app import App
from chappe.domain.campaign import Campaign
from chappe.domain.ids import EPOCH_MS, IdMaker
from chappe.domain.instance import Instance
from chappe.domain.interception import Interceptor
from chappe.domain.link import AskReceipts, ConnectorRecord, Health
from chappe.domain.lists import NumberList
from chappe.domain.message import NoteRecord, PartSent, Standing, StoredMessage
from chappe.domain.network import Network
from chappe.domain.receipt import Receipt
from chappe.domain.report import NoticeRecord, ReportOn, ReportWish, StatusNotice, Way
from chappe.domain.retry import Outcome
from chappe.domain.routing import Condition, MoTarget, Route, Target
from chappe.domain.state import State
from chappe.domain.submission import Accepted, Answer, Submission
from chappe.pipeline.accept_mo import AcceptMo
from chappe.pipeline.accept_receipt import AcceptReceipt
from chappe.pipeline.batches import Batches
from chappe.pipeline.directory import Directory, write_entry
from chappe.pipeline.dispatch import Concluded, Dispatch
from chappe.pipeline.expire import Expire
from chappe.pipeline.fallback import Fallback
from chappe.pipeline.notify import Notify
from chappe.pipeline.query import Query
from chappe.pipeline.release import Release
from chappe.pipeline.reply import Reply
from chappe.pipeline.submit import Submit
from chappe.ports.connector import Outgoing, SendOutcome
from chappe.ports.directory import Kind
from chappe.ports.ledger import LedgerEntry
from chappe.ports.messages import Timeline
from chappe.ports.scripts import NoScripts, ScriptRunner
from chappe.ports.store import Store
from chappe.stores.memory.store import MemoryStore

START_MS = EPOCH_MS + 200_000_000_000
SUBSCRIBER = Address("31612345678", 1, 1)
SENDER = Address("Chappe", 5, 0)
ALL_NEWS = ReportOn.SMSC | ReportOn.SUCCESS | ReportOn.FAILURE | ReportOn.INTERMEDIATE


class SetClock:
    """A clock that stands until it is advanced."""

    def __init__(self) -> None:
        self.ms = START_MS
        self.seconds = 1_000.0

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.ms += int(seconds * 1000)
        self.seconds += seconds


class Tally:
    """A meter that remembers: counters by name, and by name and label."""

    def __init__(self) -> None:
        self.by_name: Counter[str] = Counter()
        self.by_label: Counter[tuple[str, str]] = Counter()

    def count(self, name: str, label: str = "", by: int = 1) -> None:
        self.by_name[name] += by
        self.by_label[name, label] += by

    def observe(self, name: str, seconds: float, label: str = "") -> None:
        self.by_name[name] += 1

    def gauge(self, name: str, value: float, label: str = "") -> None:
        self.by_label[name, label] = int(value)


class Dice:
    """Chance that always falls the same until it is told otherwise."""

    def __init__(self, value: float = 0.0) -> None:
        self.value = value

    def __call__(self) -> float:
        return self.value


ACCOUNT = Account(name="acme", group="g", default_sender="Acme")


def always(name: str = "op", **given: Any) -> ConnectorRecord:
    """A connector that asks the network for a receipt of every message."""
    return ConnectorRecord(name=name, receipts=AskReceipts.ALWAYS, **given)


CONNECTORS = (always(), always("spare"))
ROUTES = (Route(name="all", targets=(Target(connector="op"),), price=10_000),)
BOTH_WAYS = Route(name="all", targets=(Target(connector="op"), Target(connector="spare", priority=1)))
MO_ROUTE = Route(name="mo", deliver=MoTarget(account="acme", target="acme"))
WEBHOOK = ReportWish(Way.WEBHOOK, ALL_NEWS, "jasmin", "http://client.example/dlr", "POST")


def directory_of(
    *records: Account
    | ConnectorRecord
    | Route
    | Network
    | Interceptor
    | NumberList
    | Campaign
    | Instance
    | App,
) -> Directory:
    """A directory that holds these."""
    kinds: dict[type[Any], tuple[Kind, str]] = {
        Account: (Kind.ACCOUNT, "name"),
        ConnectorRecord: (Kind.CONNECTOR, "name"),
        Route: (Kind.ROUTE, "name"),
        Network: (Kind.NETWORK, "code"),
        Interceptor: (Kind.INTERCEPTOR, "name"),
        App: (Kind.APP, "key"),
        NumberList: (Kind.LIST, "name"),
        Campaign: (Kind.CAMPAIGN, "name"),
        Instance: (Kind.INSTANCE, "number"),
    }
    directory = Directory()
    entries = []
    for record in records:
        kind, key = kinds[type(record)]
        entries.append(write_entry(kind, getattr(record, key), record))
    directory.apply(entries)
    return directory


@dataclass
class Rig:
    """Everything put together; `crash` forgets what a process knows, and keeps the store."""

    directory: Directory
    store: Store = field(default_factory=MemoryStore)
    clock: SetClock = field(default_factory=SetClock)
    meter: Tally = field(default_factory=Tally)
    chance: Dice = field(default_factory=Dice)
    healths: dict[str, Health] = field(default_factory=dict)
    woken: list[str] = field(default_factory=list)
    owner: int = 0
    newest: int = 0
    rested: int = 0
    scripts: ScriptRunner = field(default_factory=NoScripts)
    bound: set[str] = field(default_factory=set)
    """The system_ids that are bound; with none of them all are."""

    def __post_init__(self) -> None:
        self.begin()

    def health(self, connector: str) -> Health:
        return self.healths.get(connector, Health.UP)

    async def rest(self) -> None:
        """What a long work does between its steps."""
        self.rested += 1

    def begin(self) -> None:
        """What a process builds when it starts."""
        self.ids = IdMaker(1, self.newest)
        self.submitting = Submit(
            directory=self.directory,
            store=self.store,
            ids=self.ids,
            clock=self.clock,
            chance=self.chance,
            health=self.health,
            meter=self.meter,
            wake=self.woken.append,
            scripts=self.scripts,
        )
        self.batches = Batches(
            store=self.store,
            directory=self.directory,
            submit=self.submitting,
            ids=self.ids,
            clock=self.clock,
            meter=self.meter,
            wake=self.woken.append,
            rest=self.rest,
            begun=lambda: self.woken.append("batches"),
        )
        self.receipts = AcceptReceipt(self.store, self.directory, self.clock, self.meter)
        self.dispatch = Dispatch(
            directory=self.directory,
            store=self.store,
            clock=self.clock,
            chance=self.chance,
            health=self.health,
            meter=self.meter,
            receipts=self.receipts,
            owner=self.owner,
        )
        self.mos = AcceptMo(
            directory=self.directory,
            store=self.store,
            ids=self.ids,
            clock=self.clock,
            meter=self.meter,
            chance=self.chance,
            is_there=lambda to: not self.bound or to.target in self.bound,
            scripts=self.scripts,
            reply=Reply(
                directory=self.directory,
                store=self.store,
                submit=self.submitting,
                meter=self.meter,
                wake=self.woken.append,
            ),
        )
        self.expire = Expire(
            self.store, self.clock, self.meter, Fallback(self.directory, self.health, self.chance)
        )
        self.release = Release(self.store, self.directory, self.clock, self.meter)
        self.query = Query(self.store, self.clock)
        self.notify = Notify(self.store, self.clock, self.chance, self.meter)

    async def crash(self) -> None:
        """The process ends without a word and another one begins."""
        self.newest = await self.store.newest_id()
        self.owner = await self.store.new_owner()
        self.begin()

    # ------------------------------------------------------------ steps

    async def pay_in(self, amount: int, account: str = "acme", parts: int = 0) -> None:
        assert (
            await self.store.deposit(LedgerEntry(account, self.clock.ms, amount, "test", parts)) is not None
        )

    async def balance(self, account: str = "acme") -> int:
        return (await self.store.balances([account]))[0]

    async def answers(self, *asked: Submission, account: str = "acme", whole: bool = False) -> list[Answer]:
        known = self.directory.accounts[account]
        return await self.submitting.submit(known, account, "jasmin", asked, whole=whole)

    async def accept(self, *, account: str = "acme", **given: Any) -> int:
        """The id of one message that must be accepted."""
        (answer,) = await self.answers(ask(**given), account=account)
        assert isinstance(answer, Accepted), answer
        return answer.message_id

    async def take(self, connector: str = "op", limit: int = 100) -> list[Outgoing]:
        return await self.dispatch.take(connector, limit)

    async def end(
        self, message_id: int, outcome: Outcome, *smsc_ids: str, connector: str = "op", **given: Any
    ) -> Concluded:
        """Tells how one attempt ended; `smsc_ids` are those of its parts from the first one on."""
        sent = given.pop(
            "sent", tuple(PartSent(number, smsc_id) for number, smsc_id in enumerate(smsc_ids, 1))
        )
        return await self.dispatch.conclude(connector, [SendOutcome(message_id, outcome, sent, **given)])

    async def sent(self, *smsc_ids: str, **given: Any) -> int:
        """The id of a message that was handed over."""
        message_id = await self.accept(**given)
        await self.take()
        await self.end(message_id, Outcome.SENT, *(smsc_ids or (f"{message_id:x}",)))
        return message_id

    # ------------------------------------------------------------ looks

    async def found(self, message_id: int) -> StoredMessage:
        (found,) = await self.store.messages([message_id])
        assert found is not None
        return found

    async def standing(self, message_id: int) -> Standing:
        return (await self.found(message_id)).standing

    async def state(self, message_id: int) -> State:
        return (await self.standing(message_id)).state

    async def timeline(self, message_id: int) -> Timeline:
        timeline = await self.store.timeline(message_id)
        assert timeline is not None
        return timeline

    async def notes(self, message_id: int) -> Sequence[NoteRecord]:
        return (await self.timeline(message_id)).notes

    async def notices(self, message_id: int) -> Sequence[NoticeRecord]:
        return (await self.timeline(message_id)).notices

    async def events(self, message_id: int) -> list[tuple[ReportOn, State]]:
        """What the client is owed about a message."""
        told = [record.notice for record in await self.notices(message_id)]
        return [(notice.event, notice.state) for notice in told if isinstance(notice, StatusNotice)]


def rig(
    *records: Account
    | ConnectorRecord
    | Route
    | Network
    | Interceptor
    | NumberList
    | Campaign
    | Instance
    | App,
    store: Store | None = None,
) -> Rig:
    """The pipeline with an account, two connectors and a route for all, unless others of the same name are given."""
    own = {(type(record), getattr(record, "name", getattr(record, "code", ""))): record for record in records}
    merged = {(type(record), record.name): record for record in (ACCOUNT, *CONNECTORS, *ROUTES)} | own
    return Rig(directory_of(*merged.values()), store or MemoryStore())


def ask(**given: Any) -> Submission:
    """A submission, with what does not matter filled in."""
    fields: dict[str, Any] = {"destination": SUBSCRIBER, "source": SENDER}
    if "octets" not in given:
        fields["text"] = "hello"
    return Submission(**{**fields, **given})


def receipt(smsc_id: str, state: State | None = State.DELIVERED, **given: Any) -> Receipt:
    """A receipt as a connector reads it."""
    words = {
        State.DELIVERED: "DELIVRD",
        State.UNDELIVERED: "UNDELIV",
        State.EXPIRED: "EXPIRED",
        State.REJECTED: "REJECTD",
    }
    word = "ENROUTE" if state is None else words.get(state, "UNKNOWN")
    fields: dict[str, Any] = {
        "group": "op",
        "connector": "op",
        "smsc_id": smsc_id,
        "state": state,
        "word": word,
        "error": "000",
        "source": SUBSCRIBER,
        "destination": SENDER,
        "received_ms": START_MS,
        "raw": f"id:{smsc_id} stat:{word} err:000",
    }
    return Receipt(**{**fields, **given})


def only_for(account: str, connector: str = "op", **given: Any) -> Route:
    """A route for one account."""
    return Route(
        name="own",
        order=9,
        condition=Condition(accounts=(account,)),
        targets=(Target(connector=connector),),
        **given,
    )
