"""The SMPP server over the real middle and the store in memory."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import Counter
from typing import Any

from chappe.dialect_kit.core import Core
from chappe.dialects.smpp.server import ServerSettings, SmppServer
from chappe.dialects.smpp.session import EsmeSession
from chappe.domain.account import Account, Credential
from chappe.domain.address import Address
from chappe.domain.ids import IdMaker, IdRenderer
from chappe.domain.incoming import Arrival
from chappe.domain.link import ConnectorRecord, Health
from chappe.domain.message import PartSent, StoredMessage, Transition
from chappe.domain.receipt import Receipt
from chappe.domain.refusal import Right
from chappe.domain.routing import Condition, MoTarget, Route, Target
from chappe.domain.state import State, bits
from chappe.net.smpp_link import SmppLink
from chappe.pipeline.accept_mo import AcceptMo
from chappe.pipeline.accept_receipt import AcceptReceipt
from chappe.pipeline.authenticate import Authenticator
from chappe.pipeline.batches import Batches
from chappe.pipeline.directory import Directory, write_entry
from chappe.pipeline.notify import Notify
from chappe.pipeline.query import Query
from chappe.pipeline.submit import Submit
from chappe.ports.carrier import CarrierEvents
from chappe.ports.directory import Entry, Kind
from chappe.ports.store import StoreBusy
from chappe.protocols.smpp.commands import BindReceiver, BindTransceiver, BindTransmitter
from chappe.stores.memory.store import MemoryStore
from chappe.workers.notifier import Notifier
from dialects.smpp.esme import PASSWORD, Esme, Raw, soon
from making import services

NOW = 1_790_000_000_250
"""2026-09-21T14:13:20.250Z"""

KEY = b"k" * 32
HOST = "127.0.0.1"


class SettableClock:
    """Dates stand still unless moved; durations are real."""

    def __init__(self) -> None:
        self.ms = NOW

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return time.monotonic()


class Counts:
    """A meter that can be looked at and waited on."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._changed = asyncio.Event()

    def count(self, name: str, label: str = "", by: int = 1) -> None:
        self.counts[name, label] += by
        self._changed.set()

    def observe(self, name: str, seconds: float, label: str = "") -> None:
        pass

    def gauge(self, name: str, value: float, label: str = "") -> None:
        pass

    def of(self, name: str, label: str | None = None) -> int:
        return sum(
            number for (one, its), number in self.counts.items() if one == name and label in (None, its)
        )

    async def reaches(self, number: int, name: str, label: str | None = None) -> None:
        while self.of(name, label) < number:
            self._changed.clear()
            await soon(self._changed.wait())


class SlowStore(MemoryStore):
    """A store whose commits can be held back, made to fail, or found full."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()
        self.full = False
        self.fault: Exception | None = None
        self.batches: list[int] = []

    async def accept(self, batch: Any, *, whole: bool = False) -> Any:
        self.batches.append(len(batch))
        await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        if self.full:
            raise StoreBusy("the disk is full")
        return await super().accept(batch, whole=whole)


def credential(username: str, account: str, **given: Any) -> Credential:
    return Credential(username=username, account=account, **{"secret_hash": PASSWORD, **given})


def entries() -> list[Entry]:
    accounts = [
        Account(name="acme", default_sender="Acme"),
        Account(name="other"),
        Account(name="cm", smpp_receipts="cm", smpp_receipt_pdu="data_sm"),
        Account(name="cm-deliver", smpp_receipts="cm"),
        Account(name="spec", smpp_receipts="appendix_b"),
        Account(name="two", max_binds=2),
        Account(name="narrow", smpp_window=2),
        Account(name="mute", may_send=False),
        Account(name="unbindable", may_bind=False),
        Account(name="denied", denied=tuple(Right)),
        Account(name="far", allow=("192.0.2.0/24",)),
        Account(name="slow", throughput=1.0),
        Account(name="short", max_parts=2),
        Account(name="poor", charged=True),
        Account(name="off", enabled=False),
    ]
    routes = [
        Route(name="all", targets=(Target(connector="op"),)),
        Route(
            name="lost",
            order=5,
            condition=Condition(destination_prefixes=("99",)),
            targets=(Target(connector="down"),),
            wait_when_down=False,
        ),
        Route(
            name="nowhere",
            order=5,
            condition=Condition(destination_prefixes=("98",)),
            targets=(Target(connector="gone"),),
            wait_when_down=False,
        ),
        Route(name="mo", deliver=MoTarget(account="acme", target="acme")),
    ]
    return [
        *(write_entry(Kind.ACCOUNT, a.name, a) for a in accounts),
        *(write_entry(Kind.CREDENTIAL, a.name, credential(a.name, a.name)) for a in accounts),
        write_entry(Kind.CREDENTIAL, "acme2", credential("acme2", "acme")),
        *(write_entry(Kind.CONNECTOR, name, ConnectorRecord(name=name)) for name in ("op", "down")),
        *(write_entry(Kind.ROUTE, r.name, r) for r in routes),
    ]


class House:
    """Everything between a socket and a store."""

    def __init__(self, events: CarrierEvents | None = None, **settings: Any) -> None:
        """`events` stand in for the notifier where a test carries notices by hand."""
        self.store = SlowStore()
        self.clock = SettableClock()
        self.meter = Counts()
        self.renderer = IdRenderer(KEY)
        self.directory = Directory()
        self.directory.apply(entries())
        self.hashed = 0
        self.errors: list[BaseException] = []
        chance = lambda: 0.5  # noqa: E731 - one number stands for all chance
        ids = IdMaker(1)
        self.notifier = Notifier(
            Notify(self.store, self.clock, chance, self.meter),
            self.store,
            self.clock,
            lambda _, error: self.errors.append(error),
        )
        self.receipts = AcceptReceipt(self.store, self.directory, self.clock, self.meter)
        self.mos = AcceptMo(
            directory=self.directory, store=self.store, ids=ids, clock=self.clock, meter=self.meter
        )
        submit = Submit(
            directory=self.directory,
            store=self.store,
            ids=ids,
            clock=self.clock,
            chance=chance,
            health=lambda name: Health.UP if name == "op" else Health.DOWN,
            meter=self.meter,
            wake=lambda _: None,
        )
        batches = Batches(
            store=self.store,
            directory=self.directory,
            submit=submit,
            ids=ids,
            clock=self.clock,
            meter=self.meter,
            wake=lambda _: None,
            rest=lambda: asyncio.sleep(0),
            begun=lambda: None,
        )
        self.core = Core(
            authenticator=Authenticator(self.directory, self._verify, self.meter, KEY, "nobody"),
            submit=submit,
            query=Query(self.store, self.clock),
            batches=batches,
            ledger=self.store,
            directory=self.directory,
            renderer=self.renderer,
            clock=self.clock,
            meter=self.meter,
            lanes_due=self.notifier.lanes_due,
            services=services(self.store),
        )
        given = {"refusal_delay": 0.0, "revoked_grace": 0.05, **settings}
        self.server = SmppServer(self.core, ServerSettings(**given), events or self.notifier)
        self.notifier.serve("smpp", self.server)
        self.port = 0
        self._clients: list[Esme | Raw] = []

    async def _verify(self, secret_hash: str, password: str) -> bool:
        self.hashed += 1
        return secret_hash == password

    async def open(self, context: ssl.SSLContext | None = None) -> None:
        self.port = await self.server.listen(HOST, 0, context)
        self.notifier.start()

    async def close(self) -> None:
        for client in self._clients:
            client.abort()
            await client.gone()
        await self.notifier.stop(1.0)
        assert self.errors == []

    # ------------------------------------------------------------ clients

    async def esme(self, context: ssl.SSLContext | None = None, local: str = HOST, **settings: Any) -> Esme:
        """A client that is connected, from this address of the loopback, and not bound."""
        esme = Esme(**settings)
        loop = asyncio.get_running_loop()
        await loop.create_connection(
            lambda: esme.link,
            HOST,
            self.port,
            ssl=context,
            server_hostname="localhost" if context else None,
            local_addr=(local, 0),
        )
        self._clients.append(esme)
        return esme

    async def raw(self) -> Raw:
        """A connection that says octets."""
        raw = Raw(*await asyncio.open_connection(HOST, self.port))
        self._clients.append(raw)
        return raw

    async def transceiver(self, system_id: str = "acme", **bind: Any) -> Esme:
        esme = await self.esme()
        await esme.bind(BindTransceiver(system_id, PASSWORD, **bind))
        return esme

    async def transmitter(self, system_id: str = "acme", **bind: Any) -> Esme:
        esme = await self.esme()
        await esme.bind(BindTransmitter(system_id, PASSWORD, **bind))
        return esme

    async def receiver(self, system_id: str = "acme", **bind: Any) -> Esme:
        esme = await self.esme()
        await esme.bind(BindReceiver(system_id, PASSWORD, **bind))
        return esme

    # ------------------------------------------------------------ the network's side

    def parse(self, message_id: str) -> int:
        found = self.renderer.parse(message_id)
        assert found is not None
        return found

    async def stored(self, message_id: str) -> StoredMessage:
        (found,) = await self.store.messages([self.parse(message_id)])
        assert found is not None
        return found

    async def all_stored(self) -> list[StoredMessage]:
        found = await self.store.messages(sorted(self.store._tables.messages))
        return [one for one in found if one is not None]

    async def sent(self, *message_ids: str) -> None:
        """The SMSC took these: its id for each is ours."""
        await self.store.claim("op", 100_000, 1, self.clock.ms)
        await self.store.move(
            [
                Transition(
                    self.parse(one),
                    bits({State.IN_FLIGHT}),
                    State.SENT,
                    self.clock.ms,
                    sent=(PartSent(1, one),),
                    group="op",
                )
                for one in message_ids
            ]
        )

    async def receipt(
        self,
        *message_ids: str,
        state: State | None = State.DELIVERED,
        word: str = "DELIVRD",
        error: str = "000",
    ) -> None:
        """The SMSC tells of these."""
        made = [
            Receipt(
                "op",
                "op",
                one,
                state,
                word,
                error,
                (await self.stored(one)).message.destination,
                Address(),
                self.clock.ms,
                text="hello",
            )
            for one in message_ids
        ]
        self.notifier.lanes_due((await self.receipts.accept(made)).lanes)

    async def arrival(self, octets: bytes, **given: Any) -> None:
        """A subscriber wrote."""
        fields: dict[str, Any] = {
            "group": "op",
            "connector": "op",
            "source": Address("31612345678", 1, 1),
            "destination": Address("4466", 3, 0),
            "octets": octets,
            "charset": "gsm7",
            "data_coding": 0,
            "received_ms": self.clock.ms,
        }
        taken = await self.mos.accept([Arrival(**{**fields, **given})])
        self.notifier.lanes_due(taken.lanes)

    def change(self, kind: Kind, key: str, record: object | None) -> None:
        """An operator changes or removes an entry."""
        entry = Entry(kind, key, None) if record is None else write_entry(kind, key, record)
        self.directory.apply([entry])
        self.server.recheck()


def link_of(house: House) -> SmppLink:
    """The server's end of its only connection."""
    (guest,) = house.server._reception.guests
    assert isinstance(guest, EsmeSession)
    assert guest._link is not None
    return guest._link
