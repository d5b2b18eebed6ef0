"""The demonstration: a gateway, a simulated SMSC and a webhook receiver on loopback, one message each way in, told step by step."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

from chappe.app.config import (
    AdminSection,
    Config,
    HttpSection,
    LogSection,
    NodeSection,
    SmppSection,
    StoreSection,
)
from chappe.app.gateway import Gateway
from chappe.app.logs import configure_logs
from chappe.app.opening import open_configured_store, open_keys, settings_checker
from chappe.cli.screen import complain, out, timeline
from chappe.domain.account import Account, Credential
from chappe.domain.ids import IdRenderer
from chappe.domain.link import ConnectorRecord, Health
from chappe.domain.report import Delivery
from chappe.domain.routing import Route, Target
from chappe.domain.state import FINAL, State
from chappe.management.passwords import Passwords, random_password
from chappe.management.records import Records
from chappe.management.timeline import tell
from chappe.ports.messages import Timeline
from chappe.sim.esme import EsmeRun, EsmeSettings
from chappe.sim.ledger import AnsweredRow, read_ledger_file
from chappe.sim.sink import Reply, Sink, SinkSettings

_USER: Final = "demo"
_HTTP, _SMPP, _ADMIN, _SIM = 1401, 2775, 8404, 2776
_PATIENCE: Final = 20.0
"""Seconds that the messages get to be delivered and told of; they need one."""

_SUCCESS: Final = re.compile(r'Success "([0-9a-f-]{36})"')


async def run_demo(*, once: bool) -> int:
    """Runs the demonstration; 0 only if both messages were delivered and told of."""
    configure_logs("warning", "console")
    began = time.monotonic()

    def step(text: str) -> None:
        out.print(f"[dim]{time.monotonic() - began:5.1f} s[/dim]  {text}")

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with tempfile.TemporaryDirectory(prefix="chappe-demo-") as name:
        folder = Path(name)
        async with _simulator() as sim_port, _sink() as sink:
            step(f"SMSC simulator on 127.0.0.1 port {sim_port}, webhook receiver on port {sink.port}")
            config = _config(folder)
            password = await _set_up(config, sim_port)
            step(
                f"account and login made: user [bold]{_USER}[/bold], password [bold]{password}[/bold] (random, shown this once)"
            )
            gateway = await Gateway.open(config, asyncio.Event())
            try:
                await gateway.start()
                step(
                    f"gateway: HTTP on port {gateway.http_port}, SMPP on {gateway.smpp_port}, admin on {gateway.admin_port}"
                )
                await _until(
                    lambda: gateway.parts.board.health("sim") is Health.UP, "the connector to the simulator"
                )
                step("connector sim is bound")
                delivered = await _two_messages(gateway, folder, password, sink)
                _hints(gateway, password, sink.port)
                if not once:
                    out.print("Ctrl-C stops everything and removes its files.")
                    await stop.wait()
            finally:
                await gateway.stop()
    step("stopped")
    return 0 if delivered else 1


# ---------------------------------------------------------------- beside the gateway


@contextlib.asynccontextmanager
async def _simulator() -> AsyncIterator[int]:
    """`chappe sim` in a process of its own; its port."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "chappe",
        "sim",
        "receipt_delay=0.2",
        "--port",
        str(_free(_SIM)),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is the gateway's to answer first: it still has receipts to take
    )
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), _PATIENCE)).decode()
        found = re.search(r"port (\d+)", line)
        if found is None:
            raise OSError(f"the simulator did not start: {line!r}")
        yield int(found[1])
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def _sink() -> AsyncIterator[Sink]:
    sink = Sink(SinkSettings(reply=Reply(body=b"ACK/Jasmin")))
    await sink.open()
    try:
        yield sink
    finally:
        await sink.close()


def _free(port: int) -> int:
    """The port if nobody listens on it, else 0 for any."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


# ---------------------------------------------------------------- the gateway's set-up


def _config(folder: Path) -> Config:
    return Config(
        node=NodeSection(key_file=folder / "chappe.key"),
        store=StoreSection(path=folder / "chappe.db", reserve_mb=1),
        http=HttpSection(listen=(f"127.0.0.1:{_free(_HTTP)}",)),
        smpp=SmppSection(listen=(f"127.0.0.1:{_free(_SMPP)}",)),
        admin=AdminSection(listen=f"127.0.0.1:{_free(_ADMIN)}"),
        log=LogSection(level="warning", form="console"),
    )


async def _set_up(config: Config, sim_port: int) -> str:
    """Makes account, login, connector and route as an operator would; the random password."""
    password = random_password()
    passwords = Passwords()
    store = open_configured_store(config)
    try:
        records = Records(store, open_keys(config), settings_checker())
        await records.save(
            [
                Account(name=_USER, private_webhooks=("127.0.0.0/8",)),
                Credential(username=_USER, account=_USER, secret_hash=passwords.hash(password)),
                ConnectorRecord(
                    name="sim", settings={"host": "127.0.0.1", "port": sim_port, "system_id": "chappe"}
                ),
                Route(name="everything", targets=(Target(connector="sim"),)),
            ]
        )
    finally:
        passwords.close()
        await store.close()
    return password


# ---------------------------------------------------------------- the messages


async def _two_messages(gateway: Gateway, folder: Path, password: str, sink: Sink) -> bool:
    renderer = gateway.parts.renderer
    by_http = await _send_http(gateway, password, sink)
    by_smpp = await _send_smpp(gateway, folder, password, renderer)
    delivered = True
    for way, message_id in (("HTTP", by_http), ("SMPP", by_smpp)):
        if message_id is None:
            complain(f"the message by {way} was not accepted")
            delivered = False
            continue
        found = await _told(gateway, message_id)
        state = found.found.standing.state
        out.print()
        timeline(f"message by {way}, {renderer.uuid(message_id)}: {state.name.lower()}", tell(found))
        delivered &= state is State.DELIVERED and all(n.delivery is Delivery.DONE for n in found.notices)
    out.print()
    return delivered


async def _send_http(gateway: Gateway, password: str, sink: Sink) -> int | None:
    fields = {
        "username": _USER,
        "password": password,
        "to": "31612345600",
        "from": "Chappe",
        "content": "Hello by HTTP",
        "dlr": "yes",
        "dlr-level": "3",
        "dlr-url": sink.url("/dlr"),
    }
    url = f"http://127.0.0.1:{gateway.http_port}/send?{urllib.parse.urlencode(fields)}"
    try:
        answer = await asyncio.to_thread(_get, url)
    except urllib.error.HTTPError as error:
        complain(f"{error.code}: {error.read().decode()}")
        return None
    found = _SUCCESS.search(answer)
    return gateway.parts.renderer.parse(found[1]) if found else None


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=_PATIENCE) as answer:  # noqa: S310 - our own listener
        return str(answer.read().decode())


async def _send_smpp(gateway: Gateway, folder: Path, password: str, renderer: IdRenderer) -> int | None:
    ledger = folder / "esme.jsonl"
    run = EsmeRun(
        EsmeSettings(
            port=gateway.smpp_port,
            system_id=_USER,
            password=password,
            total=1,
            destination="31612345600",
            text="Hello by SMPP",
            receipt_wait=_PATIENCE,
            ledger=ledger,
        )
    )
    await run.run()
    for row in read_ledger_file(ledger):
        if isinstance(row, AnsweredRow) and not row.status:
            return renderer.parse(row.id)
    return None


async def _told(gateway: Gateway, message_id: int) -> Timeline:
    """The message's story once it is over, or as far as it has come when patience ends."""
    found = await gateway.parts.store.timeline(message_id)
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if found is not None and _is_over(found):
            break
        await asyncio.sleep(0.05)
        found = await gateway.parts.store.timeline(message_id)
    assert found is not None
    return found


def _is_over(found: Timeline) -> bool:
    told = all(notice.delivery is not Delivery.OPEN for notice in found.notices)
    return told and found.found.standing.state in FINAL


async def _until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _PATIENCE
    while not true():
        if time.monotonic() > end:
            raise OSError(f"{what} did not come up within {_PATIENCE:.0f} s")
        await asyncio.sleep(0.02)


def _hints(gateway: Gateway, password: str, sink_port: int) -> None:
    base = f"http://127.0.0.1:{gateway.http_port}"
    login = f"username={_USER}&password={password}"
    admin = f"http://127.0.0.1:{gateway.admin_port}"
    out.print("[bold]Try it:[/bold]")
    for line in (
        f"curl '{base}/send?{login}&to=31612345600&from=Chappe&content=Hello'",
        f"curl '{base}/send?{login}&to=31612345600&content=Hello&dlr-level=3&dlr-url=http://127.0.0.1:{sink_port}/dlr'",
        f"curl '{base}/rate?{login}&to=31612345600&content=How+much'",
        f"curl '{base}/balance?{login}'",
        f"curl {admin}/readyz",
        f"curl {admin}/metrics",
    ):
        out.print(f"  {line}", soft_wrap=True, markup=False)
    out.print(f"SMPP: 127.0.0.1 port {gateway.smpp_port}, system_id {_USER}, password {password}")
