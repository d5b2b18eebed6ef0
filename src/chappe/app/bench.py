"""`chappe bench`: a gateway, a simulator and a webhook receiver as processes of their own, and load from this one."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import msgspec

from chappe.app.bootstrap import open_configured_store, open_keys, settings_checker
from chappe.app.config import load_config
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
_HTTP, _SMPP, _ADMIN, _SIM = 24401, 24775, 24404, 24776

_CONFIG: Final = f"""
[node]
key_file = "chappe.key"
[store]
path = "chappe.db"
[http]
listen = ["127.0.0.1:{_HTTP}"]
[smpp]
listen = ["127.0.0.1:{_SMPP}"]
[admin]
listen = "127.0.0.1:{_ADMIN}"
[log]
level = "warning"
"""


class Figures(msgspec.Struct, frozen=True):
    """One path: messages, how many a second to the end of it, latency of the answer in milliseconds, processor per message."""

    path: str
    messages: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    whole: bool


async def run_bench(*, messages: int, connections: int, binds: int, window: int) -> int:
    """Measures both ways in, with receipts to the end; 0 if every message came through."""
    with tempfile.TemporaryDirectory(prefix="chappe-bench-") as name:
        folder = Path(name)
        password = await _set_up(folder, binds, window)
        sink = Sink(SinkSettings(reply=Reply(body=b"ACK/Jasmin"), keep=0))
        await sink.open()
        async with (
            _process("sim", "receipt_delay=0.05", "magic=false", "--port", str(_SIM)),
            _process("--config", str(folder / "chappe.toml"), "serve") as gateway,
        ):
            await _ready()
            note(f"{messages} messages a path, store synced at every commit, all processes on this machine")
            figures = [
                await _http(gateway, sink, password, messages, connections),
                await _smpp(gateway, password, messages, binds, window),
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
    out.print(f"Python {sys.version.split()[0]}")
    return 0 if all(one.whole for one in figures) else 1


async def _set_up(folder: Path, binds: int, window: int) -> str:
    path = folder / "chappe.toml"
    path.write_text(_CONFIG)
    config = load_config(path, {})
    password, passwords = random_password(), Passwords()
    store = open_configured_store(config)
    try:
        settings = {"host": "127.0.0.1", "port": _SIM, "binds": binds, "window": window}
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
async def _process(*arguments: str) -> AsyncIterator[int]:
    """`chappe` with arguments in a process of its own; its number."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "chappe", *arguments, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _ready() -> None:
    """Waits until the gateway's connector is bound."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, msgspec.DecodeError):
            reader, writer = await asyncio.open_connection("127.0.0.1", _ADMIN)
            writer.write(b"GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            body = (await reader.read()).partition(b"\r\n\r\n")[2]
            writer.close()
            if msgspec.json.decode(body)["connectors"]["sim"]["health"] == "up":
                return
        await asyncio.sleep(0.1)
    raise OSError("the gateway did not come up")


def _cpu_seconds(pid: int) -> float:
    """Processor time of a process, by the kernel's count."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100.0


async def _http(gateway: int, sink: Sink, password: str, messages: int, connections: int) -> Figures:
    query = f"username={_USER}&password={password}&to=316{{seq}}&content=hi+%23{{seq}}&dlr-level=2&dlr-url="
    target = f"/send?{query}http%3A%2F%2F127.0.0.1%3A{sink.port}%2Fd%3Ftok%3D{{seq}}"
    before, began = _cpu_seconds(gateway), time.monotonic()
    report = await http_load(
        HttpLoadSettings(
            port=_HTTP,
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
        (_cpu_seconds(gateway) - before) / messages * 1e6,
        whole and report.accepted == messages,
    )


async def _all_told(sink: Sink, count: int) -> bool:
    try:
        await asyncio.wait_for(sink.wait_count(count), _PATIENCE)
    except TimeoutError:
        complain(f"only {sink.count} of {count} webhooks came")
        return False
    return True


async def _smpp(gateway: int, password: str, messages: int, binds: int, window: int) -> Figures:
    before, began = _cpu_seconds(gateway), time.monotonic()
    report = await load(
        EsmeSettings(
            port=_SMPP,
            system_id=_USER,
            password=password,
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
        (_cpu_seconds(gateway) - before) / messages * 1e6,
        report.receipts_matched == messages,
    )
