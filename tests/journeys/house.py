"""The whole gateway with a simulated SMSC behind it and a webhook receiver beside it, over real sockets and a real file."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from chappe.app.clock import SystemClock
from chappe.app.config import Config, load_config
from chappe.app.gateway import Gateway
from chappe.app.house import ConfiguredHouse
from chappe.app.opening import open_configured_store, open_keys, settings_checker
from chappe.cli.main import run as run_command
from chappe.domain.account import Account, Credential
from chappe.domain.link import ConnectorRecord, Health
from chappe.domain.report import Delivery
from chappe.domain.retry import RetryPlan
from chappe.domain.routing import Route, Target
from chappe.domain.state import FINAL, State
from chappe.management.records import Record, Records
from chappe.ports.directory import Kind
from chappe.ports.messages import Timeline
from chappe.protocols.http.messages import HttpRequest
from chappe.protocols.smpp.commands import Bind, BindTransceiver
from chappe.sim.behaviour import Behaviour
from chappe.sim.ledger import SubmitRow, read_ledger_file
from chappe.sim.sink import Reply, Sink, SinkSettings
from chappe.sim.smsc import Smsc, SmscSettings
from dialects.smpp.esme import Esme
from journeys.gateway_process import GatewayProcess
from journeys.wire import HOST, Tap

PASSWORD = "secret"
PATIENCE = 10.0
QUICK = RetryPlan(first=0.05, factor=1.0, longest=0.05, attempts=100)
ACK = Reply(body=b"ACK/Jasmin")
CONFIG_NAME = "chappe.toml"
CONFIG = """
[node]
key_file = "chappe.key"
[store]
path = "chappe.db"
reserve_mb = 1
[http]
listen = ["127.0.0.1:0"]
[smpp]
listen = ["127.0.0.1:0"]
[admin]
listen = "127.0.0.1:0"
"""


def write_config(file: Path) -> Config:
    """A configuration whose relative paths are beside it and whose ports are any."""
    file.write_text(CONFIG)
    return load_config(file, {})


class AheadClock(SystemClock):
    """The machine's clock, which a test may set forward."""

    ahead_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.ahead_ms


@dataclass(frozen=True, slots=True)
class Answer:
    """What an HTTP listener said."""

    status: int
    headers: dict[str, str]
    body: str


async def ask_http(
    port: int,
    target: str,
    *,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
    method: str = "",
) -> Answer:
    """One request on a connection of its own: GET, or POST where there is a body. Raises OSError."""
    reader, writer = await asyncio.open_connection(HOST, port, ssl=tls)
    try:
        given = {"Host": HOST, "Connection": "close", **(headers or {})}
        if body:
            given = {
                "Content-Type": "application/x-www-form-urlencoded",
                **given,
                "Content-Length": str(len(body)),
            }
        lines = [
            f"{method or ('POST' if body else 'GET')} {target} HTTP/1.1",
            *(f"{name}: {value}" for name, value in given.items()),
        ]
        writer.write("\r\n".join((*lines, "", "")).encode() + body)
        octets = await asyncio.wait_for(reader.read(), PATIENCE)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    if not octets:
        raise ConnectionResetError("no answer")
    head, _, rest = octets.partition(b"\r\n\r\n")
    first, *others = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in others)
    return Answer(
        int(first.split(" ")[1]), {name.lower(): value.strip() for name, _, value in pairs}, rest.decode()
    )


def query_of(request: HttpRequest) -> list[tuple[str, str]]:
    """The parameters of a callback as its receiver reads them, in order."""
    octets = request.body if request.method == "POST" else request.query
    return parse_qsl(octets.decode("ascii"), keep_blank_values=True, strict_parsing=True)


class House:
    """Built in parts: `open` what is outside, then `start` the gateway here, or `start_process` as its own process."""

    def __init__(self, folder: Path, secret_hash: str) -> None:
        self.folder = folder
        self.config_file = folder / CONFIG_NAME
        self.secret_hash = secret_hash
        self.clock = AheadClock()
        self.gateway: Gateway | None = None
        self.process: GatewayProcess | None = None
        self.failed = asyncio.Event()
        self.ledger = folder / "smsc.jsonl"
        self.smsc_settings = SmscSettings(port=0, ledger=self.ledger, keeps_texts=True, seed=1)
        self.esmes: list[Esme] = []
        self.options: tuple[str, ...] = ()
        """Those of `chappe serve`, where it is a process of its own."""
        self._ids = 0

    # ------------------------------------------------------------ outside

    async def open(self) -> None:
        self.sink = Sink(SinkSettings(reply=ACK))
        await self.sink.open()
        await self.open_smsc()
        self.tap = Tap(self.smsc.port)
        await self.tap.open()
        await self.save(*self.first_records())

    async def open_smsc(self, behaviour: Behaviour | None = None, **settings: Any) -> None:
        """A new SMSC: one that was there before must be closed. It keeps the ledger, and repeats no id."""
        self._ids += 100_000
        given = {"behaviour": behaviour or Behaviour(), "first_id": self._ids, **settings}
        self.smsc = Smsc(replace(self.smsc_settings, **given))
        await self.smsc.open()

    async def close(self) -> None:
        for esme in self.esmes:
            esme.abort()
            await esme.gone()
        if self.gateway is not None:
            await self.stop()
        if self.process is not None:
            await self.process.kill()
        await self.tap.close()
        await self.smsc.close(0.1)
        await self.sink.close()

    # ------------------------------------------------------------ the gateway

    @property
    def config(self) -> Config:
        return load_config(self.config_file, {})

    async def start(self) -> Gateway:
        self.gateway = await Gateway.open(self.config, self.failed)
        await self.gateway.start()
        return self.gateway

    async def stop(self) -> None:
        assert self.gateway is not None
        gateway, self.gateway = self.gateway, None
        await gateway.stop()

    async def start_process(self) -> GatewayProcess:
        self.process = GatewayProcess(self.config_file, *self.options)
        await self.process.start()
        return self.process

    @property
    def running(self) -> Gateway | GatewayProcess:
        running = self.gateway or self.process
        assert running is not None
        return running

    @property
    def here(self) -> Gateway:
        assert self.gateway is not None
        return self.gateway

    async def healthy(self, connector: str = "op", health: Health = Health.UP) -> None:
        await until(lambda: self.here.parts.board.health(connector) is health)

    # ------------------------------------------------------------ what operators do

    def first_records(self) -> list[Record]:
        return [
            Account(name="acme", private_webhooks=("127.0.0.0/8",)),
            self.login("acme"),
            self.connector(),
            Route(name="all", targets=(Target(connector="op"),)),
        ]

    def login(self, username: str, account: str = "", **given: Any) -> Credential:
        return Credential(
            username=username, account=account or username, secret_hash=self.secret_hash, **given
        )

    def connector(self, name: str = "op", port: int = 0, **given: Any) -> ConnectorRecord:
        settings = {
            "host": HOST,
            "port": port or self.tap.port,
            "system_id": name,
            "reconnect_first": 0.05,
            "reconnect_longest": 0.1,
            "refused_longest": 0.1,
            "stagger": 0,
            **given.pop("settings", {}),
        }
        return ConnectorRecord(name=name, **{"retry": QUICK, "settings": settings, **given})

    async def save(self, *records: Record, removed: tuple[tuple[Kind, str], ...] = ()) -> None:
        """Writes records as another process would, and waits until the gateway here knows them."""
        store = open_configured_store(self.config)
        try:
            revision = await Records(store, open_keys(self.config), settings_checker()).save(records, removed)
        finally:
            await store.close()
        await self.knows(revision)

    async def knows(self, revision: int) -> None:
        if self.gateway is not None:
            directory = self.gateway.parts.directory
            await until(lambda: directory.revision >= revision)

    async def command(self, *words: str) -> int:
        """`chappe WORDS`, in a thread; the exit code. Returns once the gateway here knows what it changed."""
        code = await asyncio.to_thread(
            run_command, ConfiguredHouse, ["--config", str(self.config_file), *words]
        )
        store = open_configured_store(self.config)
        try:
            revision = await store.directory_revision()
        finally:
            await store.close()
        await self.knows(revision)
        return code

    # ------------------------------------------------------------ what clients do

    async def send(self, *, post: bool = False, as_json: bool = False, **fields: Any) -> Answer:
        """`/send`; underscores in names stand for dashes."""
        given = {
            "username": "acme",
            "password": PASSWORD,
            "to": "31612345678",
            "from": "Chappe",
            "content": "hello",
        }
        given |= {
            name.replace("_", "-") if name != "custom_tlvs" else name: value for name, value in fields.items()
        }
        given = {name: value for name, value in given.items() if value is not None}
        port = self.running.http_port
        if as_json:
            headers = {"Content-Type": "application/json"}
            return await ask_http(port, "/send", body=json.dumps(given).encode(), headers=headers)
        if post:
            return await ask_http(port, "/send", body=urlencode(given).encode())
        return await ask_http(port, f"/send?{urlencode(given)}")

    async def sent(self, **fields: Any) -> str:
        """A message that `/send` says yes to; its id."""
        answer = await self.send(**fields)
        assert answer.status == 200, answer
        assert answer.body.startswith('Success "')
        assert answer.body.endswith('"')
        return answer.body[9:-1]

    async def bound(
        self, body: Bind | None = None, *, port: int = 0, tls: Any = None, **settings: Any
    ) -> Esme:
        """An SMPP client that is bound; it answers what it gets with ESME_ROK unless told otherwise."""
        esme = Esme(**settings)
        esme.automatic = 0
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: esme.link, HOST, port or self.running.smpp_port, ssl=tls)
        self.esmes.append(esme)
        await esme.bind(body or BindTransceiver("acme", PASSWORD))
        assert esme.bound.done(), esme.ended
        return esme

    # ------------------------------------------------------------ what became of it

    async def told(self, message_id: str) -> Timeline:
        parts = self.here.parts
        number = parts.renderer.parse(message_id)
        assert number is not None
        found = await parts.store.timeline(number)
        assert found is not None
        return found

    async def reaches(self, message_id: str, *states: State) -> Timeline:
        """The message's story once it is in one of these states."""

        async def there() -> bool:
            return (await self.told(message_id)).found.standing.state in states

        await until(there, lambda: f"{message_id} does not reach {states}")
        return await self.told(message_id)

    async def over(self, message_id: str) -> Timeline:
        """The message's story once it is final and everybody who asked was told."""

        async def there() -> bool:
            found = await self.told(message_id)
            told = all(notice.delivery is Delivery.DONE for notice in found.notices)
            return told and found.found.standing.state in FINAL

        await until(there, lambda: f"{message_id} does not end")
        return await self.told(message_id)

    def rows(self) -> list[SubmitRow]:
        """What the SMSC's ledger says of submits."""
        return [row for row in read_ledger_file(self.ledger) if isinstance(row, SubmitRow)]

    def calls(self, path: str = "/dlr") -> list[list[tuple[str, str]]]:
        return [query_of(request) for request in self.sink.requests if request.path == path]

    async def called(self, count: int, path: str = "/dlr") -> list[list[tuple[str, str]]]:
        """The first so many callbacks to a path; waits for them."""
        await until(
            lambda: len(self.calls(path)) >= count, lambda: f"{len(self.calls(path))} of {count} calls"
        )
        return self.calls(path)


async def until(
    holds: Callable[[], Any], why: Callable[[], str] = lambda: "", seconds: float = PATIENCE
) -> None:
    """Looks until something outside holds; fails after `seconds`."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        found = holds()
        if inspect.isawaitable(found):
            found = await found
        if found:
            return
        assert loop.time() < end, why() or "it did not come to pass"
        await asyncio.sleep(0.01)
