"""What connectors are tried with: a recorder of what they tell, a scripted SMSC, and each kind with its network."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chappe.connectors.loopback import KIND as LOOPBACK
from chappe.connectors.loopback.fates import Fate, fate_of
from chappe.connectors.plugin import KIND as PLUGIN
from chappe.connectors.smpp import KIND as SMPP
from chappe.domain.incoming import Arrival
from chappe.domain.link import AskReceipts, ConnectorRecord, Health, LinkStatus
from chappe.domain.receipt import Receipt
from chappe.domain.retry import Outcome
from chappe.net.smpp_link import SmppLink
from chappe.ports.connector import Ack, Connector, Inbound, Outgoing, SendOutcome
from chappe.ports.connector_kind import Context
from chappe.ports.messages import FIRST_PAGE, AwaitedPage
from chappe.protocols.smpp.commands import Bind, Body, DeliverSm, GenericNack, SubmitSm, SubmitSmResp
from chappe.protocols.smpp.events import Answer, BindRequested, Event, Request, Settings
from chappe.protocols.smpp.message_states import WORDS
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.states import Role, State
from chappe.protocols.smpp.tlvs import Tlv

PATIENCE = 5.0
"""Seconds after which a test gives up waiting."""


class Pulse:
    """Waits for a condition that is looked at whenever something happened."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def beat(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                future = asyncio.get_running_loop().create_future()
                self._waiting.append(future)
                await future


class TestMeter:
    """Keeps counters and forgets the rest."""

    __test__ = False

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def count(self, name: str, label: str = "", by: int = 1) -> None:
        self.counts[f"{name} {label}"] += by

    def observe(self, name: str, seconds: float, label: str = "") -> None:
        assert seconds >= 0
        self.counts[f"{name} {label}"] += 1

    def gauge(self, name: str, value: float, label: str = "") -> None:
        self.counts[f"{name} {label}"] = int(value)


class RealClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()


class Recorder(Pulse):
    """Answers `ConnectorEvents`: keeps everything, and acknowledges with `ack` unless that is None."""

    def __init__(self, ack: Ack | None = Ack.TAKEN) -> None:
        super().__init__()
        self.ended: list[SendOutcome] = []
        self.batches: list[int] = []
        self.inbound: list[Inbound] = []
        self.statuses: list[LinkStatus] = []
        self.story: list[str] = []
        self._ack = ack

    def outcomes(self, connector: str, batch: Sequence[SendOutcome]) -> None:
        assert connector == "op"
        self.ended += batch
        self.batches.append(len(batch))
        self.story += [f"{outcome.outcome.value} {outcome.message_id}" for outcome in batch]
        self.beat()

    def arrived(self, connector: Connector, batch: Sequence[Inbound]) -> None:
        self.inbound += batch
        self.story += [f"receipt {i.value.smsc_id}" for i in batch if isinstance(i.value, Receipt)]
        if self._ack is not None:
            connector.acknowledge([(one.handle, self._ack) for one in batch])
        self.beat()

    def changed(self, status: LinkStatus) -> None:
        self.statuses.append(status)
        self.beat()

    # what tests ask

    def of(self, message_id: int) -> list[SendOutcome]:
        return [outcome for outcome in self.ended if outcome.message_id == message_id]

    @property
    def receipts(self) -> list[Receipt]:
        return [one.value for one in self.inbound if isinstance(one.value, Receipt)]

    @property
    def arrivals(self) -> list[Arrival]:
        return [one.value for one in self.inbound if isinstance(one.value, Arrival)]

    @property
    def health(self) -> Health | None:
        return self.statuses[-1].health if self.statuses else None

    async def up(self) -> None:
        await self.until(lambda: self.health in (Health.UP, Health.SLOWED))

    async def told(self, count: int) -> list[SendOutcome]:
        await self.until(lambda: len(self.ended) >= count)
        return self.ended


# ---------------------------------------------------------------- a scripted SMSC


@dataclass
class Submitted:
    """One submit_sm as it came."""

    link: SmppLink
    pdu: Pdu
    at: float

    @property
    def body(self) -> SubmitSm:
        assert isinstance(self.pdu.body, SubmitSm)
        return self.pdu.body


Script = Callable[["ScriptedSmsc", Submitted], None]


def by_fate(smsc: ScriptedSmsc, submitted: Submitted) -> None:
    """The script that a test gets unless it brings its own: magic numbers as the loopback network has them."""
    body = submitted.body
    fate: Fate = fate_of(body.destination_addr)
    if fate.once:
        if body.destination_addr in smsc.met:
            fate = Fate()
        smsc.met.add(body.destination_addr)
    if fate.cuts:
        submitted.link.abort()
    elif fate.outcome is None:
        return
    elif fate.outcome is not Outcome.SENT:
        smsc.answer(submitted, status=fate.status)
    else:
        smsc_id = smsc.next_id()
        if fate.early:
            # The answer follows when the receipt has been acknowledged.
            smsc.receipt(submitted, smsc_id, fate, token=lambda: smsc.answer(submitted, smsc_id))
            return
        smsc.answer(submitted, smsc_id)
        if body.registered_delivery & 1:
            smsc.receipt(submitted, smsc_id, fate)


@dataclass
class ScriptedSmsc(Pulse):
    """An SMSC on a loopback port that does with each submit_sm what its script says; answers as LinkOwner."""

    script: Script = by_fate
    settings: Settings = field(default_factory=lambda: Settings(window_in=10_000, throttle_mark=20_000))
    bind_statuses: list[int] = field(default_factory=list)
    """What the next binds are answered with; 0 once the list is empty."""
    port: int = 0
    links: list[SmppLink] = field(default_factory=list)
    binds: list[Bind] = field(default_factory=list)
    submits: list[Submitted] = field(default_factory=list)
    answers: list[tuple[Pdu, object]] = field(default_factory=list)
    """What our deliver_sm were answered with, and their token."""
    attempts: int = 0
    met: set[str] = field(default_factory=set)
    _ids: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    @asynccontextmanager
    async def serving(self, **given: Any) -> AsyncIterator[ScriptedSmsc]:
        loop = asyncio.get_running_loop()
        host = given.pop("host", "127.0.0.1")
        server = await loop.create_server(
            lambda: SmppLink(Role.SMSC, self.settings, self), host, self.port, **given
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for link in self.links:
                link.abort()
            await self.until(lambda: not self.links)
            await server.wait_closed()

    # LinkOwner

    def connected(self, link: SmppLink) -> None:
        self.attempts += 1
        self.links.append(link)
        self.beat()

    def happened(self, link: SmppLink, events: Sequence[Event]) -> None:
        now = link.now()
        for event in events:
            if isinstance(event, BindRequested):
                self._bind(link, event.pdu, now)
            elif isinstance(event, Request) and isinstance(event.pdu.body, SubmitSm):
                submitted = Submitted(link, event.pdu, now)
                self.submits.append(submitted)
                self.script(self, submitted)
            elif isinstance(event, Answer):
                self.answers.append((event.pdu, event.token))
                if callable(event.token):
                    event.token()
        self.beat()

    def _bind(self, link: SmppLink, pdu: Pdu, now: float) -> None:
        assert isinstance(pdu.body, Bind)
        self.binds.append(pdu.body)
        status = self.bind_statuses.pop(0) if self.bind_statuses else 0
        if status:
            link.session.refuse_bind(pdu, status)
        else:
            link.session.accept_bind(pdu, system_id="smsc", now=now)

    def writable(self, link: SmppLink) -> None:
        return None

    def closed(self, link: SmppLink) -> None:
        self.links.remove(link)
        self.beat()

    # what scripts and tests do

    def next_id(self) -> str:
        self._ids += 1
        return f"{self._ids:08x}"

    def answer(
        self, submitted: Submitted, smsc_id: str = "", status: int = 0, tlvs: tuple[Tlv, ...] = ()
    ) -> None:
        body = SubmitSmResp(smsc_id)
        submitted.link.session.respond(submitted.pdu, status, body, tlvs)
        submitted.link.flush_soon()

    def nack(self, submitted: Submitted, status: int) -> None:
        """Answers with generic_nack instead of submit_sm_resp."""
        submitted.link.session._out.put(GenericNack(), submitted.pdu.sequence, status)
        submitted.link.session._inbound.answered(submitted.pdu.sequence)
        submitted.link.flush_soon()

    def receipt(self, submitted: Submitted, smsc_id: str, fate: Fate, token: object = None) -> None:
        body = submitted.body
        text = (
            f"id:{smsc_id} submit date:2603141509 done date:2603141512 stat:{WORDS[fate.told]} err:{fate.err}"
        )
        for _ in range(fate.receipts):
            self.deliver(
                DeliverSm(
                    source_addr=body.destination_addr,
                    source_addr_ton=body.dest_addr_ton,
                    source_addr_npi=body.dest_addr_npi,
                    destination_addr=body.source_addr,
                    esm_class=4,
                    short_message=text.encode(),
                ),
                token=token,
            )

    def deliver(self, body: Body, tlvs: tuple[Tlv, ...] = (), token: object = None) -> None:
        """Sends a request by the first bind that receives."""
        for link in self.links:
            if link.session.state in (State.BOUND_RX, State.BOUND_TRX):
                link.session.request(body, now=link.now(), tlvs=tlvs, token=token)
                link.flush_soon()
                return
        raise AssertionError("no bind receives")

    async def delivered(self, body: Body, tlvs: tuple[Tlv, ...] = ()) -> int:
        """Sends a request and says the command_status it was answered with."""
        token = object()
        self.deliver(body, tlvs, token)
        await self.until(lambda: any(mark is token for _, mark in self.answers))
        return next(pdu.status for pdu, mark in self.answers if mark is token)

    def drop(self) -> None:
        for link in self.links:
            link.abort()


# ---------------------------------------------------------------- the kinds

FAST: dict[str, Any] = {
    "system_id": "chappe",
    "password": "secret",
    "reconnect_first": 0.001,
    "reconnect_longest": 0.01,
    "stagger": 0.0,
}
"""SMPP settings that lose no time."""

QUICK_PLUGIN: dict[str, Any] = {
    "plugin": f"{Path(__file__).with_name('network_plugin.py')}:Network",
    "secret": "right",
    "restart_first": 0.001,
    "restart_longest": 0.01,
    "report_first": 0.001,
    "report_longest": 0.01,
    "report_again": 0.001,
}
"""Settings of a plug-in that lose no time."""


@dataclass
class UnderTest:
    """One connector with its network, and what it told."""

    connector: Connector
    recorder: Recorder
    meter: TestMeter
    smsc: ScriptedSmsc | None = None

    async def ends(self, outgoings: Sequence[Outgoing]) -> list[SendOutcome]:
        """Sends a batch and waits until each attempt has ended; the outcomes in the order of the batch."""
        before = len(self.recorder.ended)
        self.connector.send(outgoings)
        await self.recorder.told(before + len(outgoings))
        ended = {outcome.message_id: outcome for outcome in self.recorder.ended[before:]}
        assert len(ended) == len(self.recorder.ended) - before == len(outgoings)
        return [ended[outgoing.message.id] for outgoing in outgoings]


def context(meter: TestMeter, chance: Callable[[], float] = lambda: 0.5) -> Context:
    return Context(RealClock(), chance, meter, NothingAwaited())


class NothingAwaited:
    """A store in which no message waits for its receipt."""

    async def awaited_parts(self, connector: str, after: tuple[int, int], limit: int) -> AwaitedPage:
        assert connector == "op"
        assert after == FIRST_PAGE
        assert limit > 0
        return AwaitedPage((), None)


@asynccontextmanager
async def opened(
    kind: str,
    smsc: ScriptedSmsc | None = None,
    *,
    recorder: Recorder | None = None,
    throughput: float = 0.0,
    chance: Callable[[], float] = lambda: 0.5,
    wait: bool = True,
    **settings: Any,
) -> AsyncIterator[UnderTest]:
    """A connector of this kind called "op", open and up."""
    recorder = recorder or Recorder()
    meter = TestMeter()
    given = {"host": "127.0.0.1", "port": smsc.port, **FAST, **settings} if smsc else settings
    record = ConnectorRecord(
        name="op",
        kind=kind,
        group="supplier",
        throughput=throughput,
        receipts=AskReceipts.ALWAYS,
        settings=given,
    )
    made = {"smpp": SMPP, "loopback": LOOPBACK, "plugin": PLUGIN}[kind]
    assert made.check(given) == ""
    connector = made.build(record, recorder, context(meter, chance))
    await connector.open()
    if wait:
        await recorder.up()
    try:
        yield UnderTest(connector, recorder, meter, smsc)
    finally:
        await connector.close(0.0)


@asynccontextmanager
async def with_network(kind: str, **given: Any) -> AsyncIterator[UnderTest]:
    """A connector and, where it needs one, an SMSC that knows the magic numbers."""
    if kind == "loopback":
        given = {"away_ms": 1, "again_ms": 1, **given}
        async with opened(kind, **given) as under_test:
            yield under_test
        return
    if kind == "plugin":
        with tempfile.TemporaryDirectory() as met:
            async with opened(kind, **{**QUICK_PLUGIN, "environment": {"MET": met}, **given}) as under_test:
                yield under_test
        return
    smsc = ScriptedSmsc()
    async with smsc.serving(), opened(kind, smsc, **given) as under_test:
        yield under_test
