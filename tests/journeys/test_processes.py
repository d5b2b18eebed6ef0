"""A gateway of several processes: one dies and the others go on; limits hold over all; operators reach all."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from typing import Any

import pytest

from chappe.domain.account import Account
from chappe.domain.routing import Route, Target
from chappe.domain.state import State
from chappe.protocols.smpp.commands import BindTransceiver
from dialects.smpp.esme import Esme
from journeys.gateway_process import GatewayProcess
from journeys.house import HOST, PASSWORD, House, ask_http, until
from journeys.ports import with_ports

SPLIT = ("--fronts", "1", "--relays", "1")
TWO = ("--fronts", "2", "--relays", "2")


async def status(process: GatewayProcess) -> dict[str, Any]:
    answer = await ask_http(process.admin_port, "/status")
    found: dict[str, Any] = json.loads(answer.body)
    return found


async def ready(process: GatewayProcess) -> bool:
    try:
        found = await status(process)
    except OSError:
        return False
    up = [one["health"] for one in found["connectors"].values()]
    return bool(found["ready"] and up == ["up"])


async def accepted(house: House, first: int, count: int) -> list[str]:
    url = house.sink.url("/dlr")
    return [
        await house.sent(content=f"#{first + number:08}", dlr_level="2", dlr_url=url)
        for number in range(count)
    ]


async def delivered(house: House, ids: list[str]) -> None:
    """Looked at by another gateway over the same store: each was delivered and its client told."""
    for message_id in ids:
        assert (await house.over(message_id)).found.standing.state is State.DELIVERED
    assert {dict(call)["id"] for call in house.calls()} == set(ids)


@pytest.mark.parametrize("part", ["front 0", "relay 0", "writer"])
async def test_one_that_dies_is_started_anew_and_nothing_is_lost(outside: House, part: str) -> None:
    with_ports(outside)
    outside.options = SPLIT
    process = await outside.start_process()
    await until(lambda: ready(process))
    ids = await accepted(outside, 0, 5)
    before = (await status(process))["processes"]
    os.kill(before[part], signal.SIGKILL)

    async def again() -> bool:
        return await ready(process) and (await status(process))["processes"][part] != before[part]

    await until(again)
    after = (await status(process))["processes"]
    # The writer's clients end with it; the others go on when one of them dies.
    same = {name for name in before if before[name] == after[name]}
    assert same == (set() if part == "writer" else set(before) - {part})
    ids += await accepted(outside, 100, 5)
    await until(lambda: len({dict(call)["id"] for call in outside.calls()}) == len(ids))
    process.tell_to_end()
    assert await process.ended() == 0
    outside.process = None
    assert any(line["event"] == "process ended" and line["process"] == part for line in process.log)
    assert process.strays == []
    await outside.start()
    await delivered(outside, ids)


async def test_figures_and_connectors_of_all_processes_are_shown_together(outside: House) -> None:
    outside.options = SPLIT
    process = await outside.start_process()
    await until(lambda: ready(process))
    await accepted(outside, 0, 3)
    await outside.called(3)

    async def counted() -> bool:
        page = (await ask_http(process.admin_port, "/metrics")).body
        return (
            'chappe_accepted_total{dialect="jasmin"} 3.0' in page
            and 'chappe_sent_total{connector="op"} 3.0' in page
            and 'chappe_notices_total{handover="taken"} 3.0' in page
            and 'chappe_queued{name="op"} 0.0' in page
        )

    await until(counted)
    assert (await ask_http(process.admin_port, "/readyz")).status == 200


async def test_what_operators_change_reaches_every_process(outside: House) -> None:
    with_ports(outside)
    outside.options = TWO
    process = await outside.start_process()
    await until(lambda: ready(process))
    known: dict[str, int] = {}

    async def all_told() -> bool:
        known.update((await status(process))["revisions"])
        return set(known) == {"front 0", "front 1", "relay 0", "relay 1"}

    await until(all_told)
    await outside.save(outside.connector("spare"), Route(name="all", targets=(Target(connector="spare"),)))

    async def reached_all() -> bool:
        found = await status(process)
        newer = all(revision > known[name] for name, revision in found["revisions"].items())
        return newer and bool(found["connectors"].get("spare", {}).get("health") == "up")

    await until(reached_all)
    ids = await accepted(outside, 0, 8)
    await until(lambda: len(outside.calls()) == len(ids))
    assert {dict(call)["connector"] for call in outside.calls()} == {"spare"}


async def test_limits_of_an_account_hold_over_all_fronts(outside: House) -> None:
    with_ports(outside)
    limited = Account(name="acme", private_webhooks=("127.0.0.0/8",), throughput=4.0, burst=8, max_binds=3)
    await outside.save(limited)
    outside.options = TWO
    process = await outside.start_process()
    await until(lambda: ready(process))
    # New connections fall to either front; each admits its half of the burst.
    answers = [await outside.send(content=f"#{number:08}") for number in range(40)]
    admitted = [answer for answer in answers if answer.status == 200]
    assert 4 <= len(admitted) <= 8 + 4 * 3
    assert len(admitted) < len(answers)
    esmes: list[Esme] = []
    refused = 0
    for _ in range(8):
        esme = Esme()
        esme.automatic = 0
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda esme=esme: esme.link, HOST, process.smpp_port)  # type: ignore[misc]
        outside.esmes.append(esme)
        await esme.bind(BindTransceiver("acme", PASSWORD))
        if esme.bound.done():
            esmes.append(esme)
        else:
            refused += 1
    assert (len(esmes), refused) == (3, 5)
    # Who goes makes room, on whichever front he was.
    for esme in esmes:
        esme.abort()
        await esme.gone()

    async def there_is_room() -> bool:
        esme = Esme()
        esme.automatic = 0
        await loop.create_connection(lambda: esme.link, HOST, process.smpp_port)
        outside.esmes.append(esme)
        await esme.bind(BindTransceiver("acme", PASSWORD))
        return esme.bound.done()

    for _ in range(3):
        await until(there_is_room)


async def test_a_second_gateway_over_the_same_store_is_refused(outside: House) -> None:
    for options in ((), SPLIT):
        outside.options = options
        process = await outside.start_process()
        for other in ((), SPLIT):
            second = await asyncio.create_subprocess_exec(
                *GatewayProcess.command(outside.config_file, *other), stderr=asyncio.subprocess.PIPE
            )
            _, said = await asyncio.wait_for(second.communicate(), 20)
            assert second.returncode not in (0, None)
            assert b"is served by another gateway" in said
            assert b"Traceback" not in said
        process.tell_to_end()
        assert await process.ended() == 0
        outside.process = None


async def test_a_part_that_cannot_start_ends_the_whole_with_its_sentence(outside: House) -> None:
    with_ports(outside)
    taken = socket.socket()
    taken.bind((HOST, outside.config.http.listen and int(outside.config.http.listen[0].rpartition(":")[2])))
    taken.listen()
    process = await asyncio.create_subprocess_exec(
        *GatewayProcess.command(outside.config_file, *SPLIT), stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(process.communicate(), 15)
    taken.close()
    assert process.returncode not in (0, None)
    assert b"Traceback" not in said
    assert b"address already in use" in said
