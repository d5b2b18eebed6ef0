"""An HTTP dialect over the real middle and the store in memory: what the cases and the contract suite run against."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chappe.dialect_kit.contract import Dialect
from chappe.dialect_kit.core import Core
from chappe.dialect_kit.serve import Serve
from chappe.domain.account import Account, Credential, TextPolicy, Token, token_digest
from chappe.domain.ids import IdMaker, IdRenderer
from chappe.domain.instance import Instance
from chappe.domain.link import ConnectorRecord, Health
from chappe.domain.message import StoredMessage
from chappe.domain.refusal import Right
from chappe.domain.routing import Condition, Route, Target
from chappe.pipeline.authenticate import Authenticator
from chappe.pipeline.batches import Batches
from chappe.pipeline.directory import Directory, write_entry
from chappe.pipeline.query import Query
from chappe.pipeline.submit import Submit
from chappe.ports.directory import Entry, Kind
from chappe.ports.ledger import LedgerEntry
from chappe.ports.store import StoreBusy
from chappe.protocols.http.messages import HttpRequest, HttpResponse
from chappe.stores.memory.store import MemoryStore
from making import services

NOW = 1_790_000_000_000
KEY = b"k" * 32
PRODUCT_TOKEN = "11111111-2222-3333-4444-555555555555"
"""Shown by clients of acme that log in by a token."""

SIGNING_TOKEN = "22222222-3333-4444-5555-666666666666"
SIGNING_SECRET = "signing-secret"
"""Of clients of acme that sign their requests."""


class FixedClock:
    def __init__(self) -> None:
        self.ms = NOW
        self.seconds = 0.0

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.seconds


class NoMeter:
    def count(self, name: str, label: str = "", by: int = 1) -> None:
        pass

    def observe(self, name: str, seconds: float, label: str = "") -> None:
        pass

    def gauge(self, name: str, value: float, label: str = "") -> None:
        pass


class FullStore(MemoryStore):
    """A store whose disk is full while `full` is set."""

    full = False

    async def accept(self, batch: Any, *, whole: bool = False) -> Any:
        if self.full:
            raise StoreBusy("the disk is full")
        return await super().accept(batch, whole=whole)

    async def open_pin(self, pin: Any, message: Any, limits: Any) -> Any:
        if self.full:
            raise StoreBusy("the disk is full")
        return await super().open_pin(pin, message, limits)

    async def open_batch(self, batch: Any, slices: Any) -> Any:
        if self.full:
            raise StoreBusy("the disk is full")
        return await super().open_batch(batch, slices)


def entries() -> list[Entry]:
    accounts = [
        Account(name="acme", default_sender="Acme"),
        Account(name="poor", charged=True),
        Account(name="rich", charged=True),
        Account(name="mute", may_send=False, may_ask_balance=False, may_ask_rate=False),
        Account(name="bound", denied=tuple(Right)),
        Account(name="far", allow=("192.0.2.0/24",)),
        Account(name="slow", throughput=1.0),
        Account(name="strict", text_policy=TextPolicy.REFUSE),
        Account(name="careless", text_policy=TextPolicy.REPLACE),
        Account(name="short", max_parts=2),
        Account(name="local", private_webhooks=("127.0.0.0/8",)),
        Account(name="off", enabled=False),
    ]
    credentials = [
        Credential(username=a.name, account=a.name, secret_hash=f"{a.name}-pass", roles=("Client",))
        for a in accounts
    ]
    credentials.append(Credential(username="u" * 30, account="acme", secret_hash="p" * 30))
    return [
        *(write_entry(Kind.ACCOUNT, a.name, a) for a in accounts),
        *(write_entry(Kind.CREDENTIAL, c.username, c) for c in credentials),
        write_entry(
            Kind.TOKEN, "product", Token(name="product", account="acme", digest=token_digest(PRODUCT_TOKEN))
        ),
        write_entry(
            Kind.TOKEN,
            "signing",
            Token(name="signing", account="acme", digest=token_digest(SIGNING_TOKEN), secret=SIGNING_SECRET),
        ),
        write_entry(Kind.INSTANCE, "43", Instance(number="43", account="acme")),
        *(write_entry(Kind.CONNECTOR, name, ConnectorRecord(name=name)) for name in ("op", "down")),
        write_entry(
            Kind.ROUTE,
            "dutch",
            Route(
                name="dutch",
                order=10,
                condition=Condition(destination_prefixes=("31",)),
                targets=(Target(connector="op"),),
                price=50_000,
            ),
        ),
        write_entry(
            Kind.ROUTE,
            "lost",
            Route(
                name="lost",
                order=5,
                condition=Condition(destination_prefixes=("99",)),
                targets=(Target(connector="down"),),
                wait_when_down=False,
            ),
        ),
    ]


class Rig:
    """A dialect that can be asked; `stored` holds what was accepted."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.store = FullStore()
        self.clock = FixedClock()
        self.directory = Directory()
        self.directory.apply(entries())
        self.renderer = IdRenderer(KEY)
        self.faults: list[BaseException] = []
        self.hashed = itertools.count()
        meter = NoMeter()
        ids = IdMaker(1)
        self.submit = Submit(
            directory=self.directory,
            store=self.store,
            ids=ids,
            clock=self.clock,
            chance=lambda: 0.5,
            health=lambda name: Health.UP if name == "op" else Health.DOWN,
            meter=meter,
            wake=lambda _: None,
        )
        self.batches = Batches(
            store=self.store,
            directory=self.directory,
            submit=self.submit,
            ids=ids,
            clock=self.clock,
            meter=meter,
            wake=lambda _: None,
            rest=lambda: asyncio.sleep(0),
            begun=lambda: None,
        )
        self.core = core = Core(
            authenticator=Authenticator(self.directory, self._verify, meter, KEY, "nobody"),
            submit=self.submit,
            query=Query(self.store, self.clock),
            batches=self.batches,
            ledger=self.store,
            directory=self.directory,
            renderer=self.renderer,
            clock=self.clock,
            meter=meter,
            lanes_due=lambda _: None,
            services=services(self.store, self.submit, self.clock),
        )
        self.serve = Serve(core, [dialect], lambda _name, error: self.faults.append(error))

    async def _verify(self, secret_hash: str, password: str) -> bool:
        next(self.hashed)
        return secret_hash == password

    async def pay_in(self, account: str, micro: int) -> None:
        await self.store.deposit(LedgerEntry(account, NOW, micro, ""))

    async def ask(
        self,
        target: str,
        *,
        method: str = "GET",
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        address: str = "198.51.100.7",
    ) -> HttpResponse:
        parts = urlsplit(target)
        return await self.serve.answer(
            HttpRequest(
                method,
                parts.path,
                parts.query.encode(),
                [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
                body,
                address,
                self.clock.ms,
            )
        )

    async def stored(self) -> list[StoredMessage]:
        rows = self.store._tables.messages
        found = await self.store.messages(sorted(rows))
        return [one for one in found if one is not None]


CASES = Path(__file__).parent
