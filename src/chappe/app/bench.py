"""`chappe bench`: a gateway, a simulator and a webhook receiver as processes of their own, and load from this one."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import msgspec

from chappe.app.config import load_config
from chappe.app.opening import open_configured_store, open_keys, settings_checker
from chappe.cli.screen import complain, note, out, table
from chappe.domain.account import Account, Credential
from chappe.domain.link import ConnectorRecord
from chappe.domain.routing import Route, Target
from chappe.management.passwords import Passwords, random_password
from chappe.management.records import Records
from chappe.sim.esme import EsmeSettings, load
from chappe.sim.http_load import HttpLoadSettings, http_load, write_request
from chappe.sim.sink import Reply, Sink, SinkSettings

_USER: Final = "bench"
_PATIENCE: Final = 60.0

_CONFIG: Final = """
[node]
key_file = "chappe.key"
[store]
path = "chappe.db"
[http]
listen = ["127.0.0.1:{http}"]
[smpp]
listen = ["127.0.0.1:{smpp}"]
[admin]
listen = "127.0.0.1:{admin}"
[log]
level = "warning"
"""


class Ports(msgspec.Struct, frozen=True):
    """Where the gateway under test and the simulator listen, all on loopback; none is anybody else's."""

    http: int
    smpp: int
    admin: int
    sim: int


class Running(msgspec.Struct, frozen=True):
    """The gateway under test: its process, where it listens, and the password of its one login."""

    pid: int
    ports: Ports
    password: str


class Figures(msgspec.Struct, frozen=True):
    """One path: messages, how many a second to the end of it, latency of the answer in milliseconds, processor per message."""

    path: str
    messages: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    whole: bool


async def run_bench(
    *, messages: int, connections: int, binds: int, window: int, fronts: int, relays: int
) -> int:
    """Measures both ways in, with receipts to the end; 0 if every message came through.

    The gateway is one process, or as many fronts and relays as are asked for.
    """
    split = ("--fronts", str(fronts), "--relays", str(relays))
    with tempfile.TemporaryDirectory(prefix="chappe-bench-") as name:
        folder = Path(name)
        ports = Ports(*_free_ports(4))
        password = await _set_up(folder, ports, binds, window)
        sink = Sink(SinkSettings(reply=Reply(body=b"ACK/Jasmin"), keep=0))
        await sink.open()
        async with (
            _process("sim", "receipt_delay=0.05", "magic=false", "--port", str(ports.sim)),
            _process("--config", str(folder / "chappe.toml"), "serve", *split) as process,
        ):
            await _ready(process, ports.admin)
            gateway = Running(process.pid, ports, password)
            note(f"{messages} messages a path, store synced at every commit, all processes on this machine")
            figures = [
                await _http(gateway, sink, messages, connections),
                await _smpp(gateway, messages, binds, window),
            ]
        await sink.close()
    table(
        "messages a second, whole cycle with receipts",
        (
            "path",
            "messages",
            "a second",
            "answer p50 ms",
            "p99 ms",
            "gateway CPU us/message",
            "all came through",
        ),
        (
            (
                one.path,
                one.messages,
                f"{one.per_second:.0f}",
                f"{one.p50_ms:.1f}",
                f"{one.p99_ms:.1f}",
                f"{one.cpu_us:.0f}",
                "yes" if one.whole else "NO",
            )
            for one in figures
        ),
    )
    out.print(f"Python {sys.version.split()[0]}, {' '.join(split) or 'one process'}")
    return 0 if all(one.whole for one in figures) else 1


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, all different."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


async def _set_up(folder: Path, ports: Ports, binds: int, window: int) -> str:
    path = folder / "chappe.toml"
    path.write_text(_CONFIG.format(http=ports.http, smpp=ports.smpp, admin=ports.admin))
    config = load_config(path, {})
    password, passwords = random_password(), Passwords()
    store = open_configured_store(config)
    try:
        settings = {"host": "127.0.0.1", "port": ports.sim, "binds": binds, "window": window}
        await Records(store, open_keys(config), settings_checker()).save(
            [
                Account(name=_USER, private_webhooks=("127.0.0.0/8",), smpp_window=max(window, 100)),
                Credential(username=_USER, account=_USER, secret_hash=passwords.hash(password)),
                ConnectorRecord(name="sim", settings=settings),
                Route(name="everything", targets=(Target(connector="sim"),)),
            ]
        )
    finally:
        passwords.close()
        await store.close()
    return password


@contextlib.asynccontextmanager
async def _process(*arguments: str) -> AsyncIterator[Process]:
    """`chappe` with arguments in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "chappe", *arguments, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _ready(gateway: Process, admin: int) -> None:
    """Waits until the gateway's connector is bound."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and gateway.returncode is None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, msgspec.DecodeError):
            reader, writer = await asyncio.open_connection("127.0.0.1", admin)
            writer.write(b"GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            body = (await reader.read()).partition(b"\r\n\r\n")[2]
            writer.close()
            found = msgspec.json.decode(body)
            if found["ready"] and found["connectors"].get("sim", {}).get("health") == "up":
                return
        await asyncio.sleep(0.1)
    raise OSError("the gateway did not come up")


def _cpu_seconds(pid: int) -> float:
    """Processor time of a process and its children, by the kernel's count."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return (int(fields[11]) + int(fields[12])) / 100.0 + sum(_cpu_seconds(int(child)) for child in children)


async def _http(gateway: Running, sink: Sink, messages: int, connections: int) -> Figures:
    query = f"username={_USER}&password={gateway.password}&to=316{{seq}}&content=hi+%23{{seq}}&dlr-level=2&dlr-url="
    target = f"/send?{query}http%3A%2F%2F127.0.0.1%3A{sink.port}%2Fd%3Ftok%3D{{seq}}"
    before, began = _cpu_seconds(gateway.pid), time.monotonic()
    report = await http_load(
        HttpLoadSettings(
            port=gateway.ports.http,
            request=write_request("GET", target, "127.0.0.1"),
            connections=connections,
            total=messages,
        )
    )
    whole = await _all_told(sink, report.accepted)
    seconds = time.monotonic() - began
    return Figures(
        f"HTTP /send, receipt to webhook, {connections} connections",
        messages,
        report.accepted / seconds,
        report.latency.p50,
        report.latency.p99,
        (_cpu_seconds(gateway.pid) - before) / messages * 1e6,
        whole and report.accepted == messages,
    )


async def _all_told(sink: Sink, count: int) -> bool:
    try:
        await asyncio.wait_for(sink.wait_count(count), _PATIENCE)
    except TimeoutError:
        complain(f"only {sink.count} of {count} webhooks came")
        return False
    return True


async def _smpp(gateway: Running, messages: int, binds: int, window: int) -> Figures:
    before, began = _cpu_seconds(gateway.pid), time.monotonic()
    report = await load(
        EsmeSettings(
            port=gateway.ports.smpp,
            system_id=_USER,
            password=gateway.password,
            binds=binds,
            window=window,
            total=messages,
            receipt_wait=10.0,
        )
    )
    seconds = time.monotonic() - began
    return Figures(
        f"SMPP, receipt to deliver_sm, {binds} binds, window {window}",
        messages,
        report.receipts_matched / seconds,
        report.latency.p50,
        report.latency.p99,
        (_cpu_seconds(gateway.pid) - before) / messages * 1e6,
        report.receipts_matched == messages,
    )
