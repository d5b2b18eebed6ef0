"""A gateway in this process: it starts, follows what operators change, takes and delivers, drains, and starts again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chappe.app.config import Config, load_config
from chappe.app.gateway import Gateway
from chappe.app.opening import open_configured_store, settings_checker
from chappe.domain.account import Account, Credential
from chappe.domain.link import AskReceipts, ConnectorRecord, Health
from chappe.domain.routing import Route, Target
from chappe.domain.state import State
from chappe.management.records import Record, Records
from chappe.management.sealing import load_keys
from chappe.ports.directory import Kind
from chappe.ports.store import StoreFailed, StoreUnusable
from unit.management.keeping import passwords

CONFIG = """
[node]
key_file = "chappe.key"
[store]
path = "chappe.db"
reserve_mb = 0
[http]
listen = ["127.0.0.1:0"]
[smpp]
listen = ["127.0.0.1:0"]
[admin]
listen = "127.0.0.1:0"
"""
LOOPBACK = ConnectorRecord(
    name="op", kind="loopback", receipts=AskReceipts.ALWAYS, settings={"receipt_delay_ms": 1}
)


def everything() -> list[Record]:
    return [
        Account(name="acme"),
        Credential(username="acme", account="acme", secret_hash=passwords().hash("right-pw")),
        LOOPBACK,
        Route(name="all", targets=(Target(connector="op"),)),
    ]


def configured(folder: Path, text: str = CONFIG) -> Config:
    path = folder / "chappe.toml"
    path.write_text(text)
    return load_config(path, {})


async def set_up(config: Config, *records: Record, gone: tuple[tuple[Kind, str], ...] = ()) -> None:
    """An operator's act, from beside the gateway."""
    store = open_configured_store(config)
    try:
        keys = load_keys(config.node.key_file, create=True)
        await Records(store, keys, settings_checker()).save(records, gone)
    finally:
        await store.close()


@asynccontextmanager
async def serving(config: Config) -> AsyncIterator[Gateway]:
    gateway = await Gateway.open(config, asyncio.Event())
    try:
        await gateway.start()
        yield gateway
    finally:
        await gateway.stop()


async def get(port: int, path: str) -> tuple[int, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    async with asyncio.timeout(10):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return int(head.split()[1]), body.decode()


async def send(gateway: Gateway) -> tuple[int, str]:
    fields = {"username": "acme", "password": "right-pw", "to": "31612345678", "content": "hello"}
    return await get(gateway.http_port, f"/send?{urlencode(fields)}")


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 10.0) -> None:
    """Asks over and over until it is so; each question waits for the store or a socket, so that the loop works on."""
    async with asyncio.timeout(seconds):
        while not await true():
            pass


async def state_of(gateway: Gateway, answer: str) -> State | None:
    message_id = gateway.parts.renderer.parse(answer.partition('"')[2].rstrip('"'))
    assert message_id is not None
    (found,) = await gateway.parts.store.messages([message_id])
    return found.standing.state if found is not None else None


async def test_a_message_goes_in_by_http_and_out_and_health_and_figures_tell_so(tmp_path: Path) -> None:
    config = configured(tmp_path)
    await set_up(config, *everything())
    async with serving(config) as gateway:
        assert await get(gateway.admin_port, "/readyz") == (200, "ready\n")
        status, answer = await send(gateway)
        assert status == 200, answer

        async def delivered() -> bool:
            return await state_of(gateway, answer) is State.DELIVERED

        await until(delivered)
        status, told = await get(gateway.admin_port, "/status")
        fields = json.loads(told)
        assert fields["ready"] is True
        assert fields["connectors"]["op"]["health"] == "up"
        assert fields["revisions"] == {"all": 1}
        status, text = await get(gateway.admin_port, "/metrics")
        found = {
            sample.name: sample
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
        assert found["chappe_accepted_total"].value == 1
        assert found["chappe_accepted_total"].labels == {"dialect": "jasmin"}
        assert found["chappe_connector_health"].value == Health.UP
        assert found["chappe_receipts_waiting"].value == 0
        for secret in ("right-pw", "hello", "31612345678", "argon2"):
            assert secret not in told + text


async def test_what_operators_change_takes_effect_without_a_restart_from_the_first_record_on(
    tmp_path: Path,
) -> None:
    config = configured(tmp_path)
    async with serving(config) as gateway:
        assert (await send(gateway))[0] == 403
        account, login, connector, route = everything()
        await set_up(config, account)
        await set_up(config, login)
        await set_up(config, connector)
        await set_up(config, route)

        async def taken() -> bool:
            return (await send(gateway))[0] == 200

        await until(taken)
        await set_up(config, gone=((Kind.CREDENTIAL, "acme"),))

        async def refused() -> bool:
            return (await send(gateway))[0] == 403

        await until(refused)


async def test_a_connector_that_cannot_be_built_stops_neither_the_others_nor_the_start(
    tmp_path: Path,
) -> None:
    config = configured(tmp_path)
    bad = ConnectorRecord(
        name="bad",
        settings={"host": "127.0.0.1", "system_id": "x", "tls": True, "tls_authority": "/nope.pem"},
    )
    await set_up(config, *everything(), bad)
    async with serving(config) as gateway:
        _, told = await get(gateway.admin_port, "/status")
        connectors = json.loads(told)["connectors"]
        assert connectors["bad"]["health"] == "off"
        assert "/nope.pem" in connectors["bad"]["detail"]
        assert connectors["op"]["health"] == "up"


async def test_a_stopped_gateway_takes_nothing_lets_go_of_everything_and_starts_again(tmp_path: Path) -> None:
    config = configured(tmp_path)
    await set_up(config, *everything())
    gateway = await Gateway.open(config, asyncio.Event())
    await gateway.start()
    status, answer = await send(gateway)
    assert status == 200
    ports = (gateway.http_port, gateway.smpp_port, gateway.admin_port)
    await gateway.stop()
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
    async with serving(config) as again:

        async def over() -> bool:
            return await state_of(again, answer) in (State.SENT, State.DELIVERED)

        await until(over)


async def test_what_is_in_flight_when_it_stops_is_answered_within_the_grace(tmp_path: Path) -> None:
    config = configured(tmp_path)
    slow = ConnectorRecord(name="op", kind="loopback", settings={"delay_ms": 200, "receipts": False})
    await set_up(config, *everything()[:2], slow, everything()[3])
    gateway = await Gateway.open(config, asyncio.Event())
    await gateway.start()
    _, answer = await send(gateway)

    async def in_flight() -> bool:
        return await state_of(gateway, answer) is State.IN_FLIGHT

    await until(in_flight)
    message_id = gateway.parts.renderer.parse(answer.partition('"')[2].rstrip('"'))
    assert message_id is not None
    await gateway.stop()
    store = open_configured_store(config)
    (found,) = await store.messages([message_id])
    await store.close()
    assert found is not None
    assert (found.standing.state, found.standing.possible_duplicate) == (State.SENT, "")


async def test_before_it_serves_and_while_it_stops_it_is_not_ready(tmp_path: Path) -> None:
    config = configured(tmp_path)
    gateway = await Gateway.open(config, asyncio.Event())
    assert (await gateway._status())["ready"] is False
    await gateway.start()
    assert (await gateway._status())["ready"] is True
    stopping = asyncio.ensure_future(gateway.stop())
    await asyncio.sleep(0)
    assert gateway._not_ready == "stopping"
    await stopping


async def test_a_failed_store_asks_for_the_end_of_the_process(tmp_path: Path) -> None:
    failed = asyncio.Event()
    gateway = await Gateway.open(configured(tmp_path), failed)
    await gateway.start()
    gateway._on_error("dispatch op", ValueError("no matter"))
    assert not failed.is_set()
    gateway._on_error("dispatch op", StoreFailed("the disk is gone"))
    assert failed.is_set()
    await gateway.stop()


@pytest.mark.parametrize(
    ("spoil", "error"),
    [("store", StoreUnusable), ("key", ValueError), ("dialect", ValueError)],
)
async def test_what_cannot_be_opened_is_said_and_nothing_stays_open(
    tmp_path: Path, spoil: str, error: type[Exception]
) -> None:
    text = CONFIG
    if spoil == "store":
        (tmp_path / "chappe.db").write_text("a letter")
    elif spoil == "key":
        (tmp_path / "chappe.key").write_text("no key")
    else:
        text = text.replace("[http]", '[http]\ndialects = ["morse"]')
    with pytest.raises(error):
        await Gateway.open(configured(tmp_path, text), asyncio.Event())
    if spoil != "store":
        (tmp_path / "chappe.key").unlink(missing_ok=True)
        async with serving(configured(tmp_path)) as gateway:
            assert (await get(gateway.admin_port, "/healthz"))[0] == 200


async def test_an_address_that_is_taken_is_said(tmp_path: Path) -> None:
    holder = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = holder.sockets[0].getsockname()[1]
    text = CONFIG.replace('[http]\nlisten = ["127.0.0.1:0"]', f'[http]\nlisten = ["127.0.0.1:{port}"]')
    gateway = await Gateway.open(configured(tmp_path, text), asyncio.Event())
    with pytest.raises(OSError, match="address already in use"):
        await gateway.start()
    await gateway.stop()
    holder.close()
    await holder.wait_closed()
