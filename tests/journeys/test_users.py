"""Users, quotas and figures end to end: what an operator sets by command, a client sees by HTTP and the SMSC decides."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from chappe.connectors.smpp.statuses import Status
from chappe.domain.account import Account
from chappe.domain.routing import Route, Target
from chappe.domain.state import State
from chappe.sim.behaviour import Behaviour
from chappe.stores.sqlite.verify import verify
from journeys.house import PASSWORD, House, ask_http, until
from journeys.test_processes import TWO, ready, with_ports

PRICED = Route(name="all", targets=(Target(connector="op"),), price=50_000)


async def quota(house: House) -> tuple[Any, Any]:
    answer = await ask_http(house.running.http_port, f"/balance?username=acme&password={PASSWORD}")
    found = json.loads(answer.body)
    return found["balance"], found["sms_count"]


async def figures(house: House) -> dict[str, float]:
    answer = await ask_http(house.running.admin_port, "/metrics")
    lines = [line for line in answer.body.splitlines() if line and not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


@pytest.mark.row("002-075")
async def test_early_and_rest_over_the_wire_and_over_a_restart(outside: House) -> None:
    house = outside
    house.smsc.behave(Behaviour(response_delay=(0.5, 0.5)))
    await house.start()
    await house.healthy()
    await house.save(PRICED)
    assert (
        await house.command("account", "set", "acme", "charged=true", "early_percent=20", "counted=true") == 0
    )
    assert await house.command("account", "deposit", "acme", "0.15") == 0
    assert await house.command("account", "deposit", "acme", "5", "--parts") == 0
    assert await quota(house) == (0.15, 5)
    first = await house.sent(content="x" * 200)
    # 20 % of two parts; the rest waits for the SMSC's answer.
    assert await quota(house) == (0.13, 3)
    await house.reaches(first, State.SENT, State.DELIVERED)
    assert await quota(house) == (0.05, 3)
    later = await house.sent(sdt="000000001000000R")
    assert await quota(house) == (0.04, 2)
    refused = await house.send()
    assert (refused.status, refused.body) == (
        403,
        'Error "Cannot charge submit_sm, check RouterPB log file for details"',
    )
    await house.stop()
    await house.start()
    assert await quota(house) == (0.04, 2)
    answer = await house.here.parts.serve._core.query.cancel(
        "acme", house.here.parts.renderer.parse(later) or 0
    )
    assert answer == set()
    assert await quota(house) == (0.05, 3)
    await house.stop()
    assert verify(house.config.store.path)[0] == []


async def test_what_the_smsc_refuses_is_given_back(house: House) -> None:
    house.smsc.behave(Behaviour(refusal_share=1.0, refusal_status=int(Status.ESME_RINVDSTADR)))
    await house.save(PRICED)
    await house.command("account", "set", "acme", "charged=true", "early_percent=50", "counted=true")
    await house.command("account", "deposit", "acme", "1")
    await house.command("account", "deposit", "acme", "9", "--parts")
    message_id = await house.sent()
    await house.reaches(message_id, State.REJECTED)
    assert await quota(house) == (1.0, 9)


async def test_rights_filters_and_groups_by_command(house: House) -> None:
    assert await house.command("group", "add", "resellers") == 0
    assert await house.command("account", "set", "acme", "group=resellers", "filters.content=^Acme:") == 0
    refused = await house.send(content="buy")
    assert refused.body == 'Error "Value filter failed for user [acme] (content filter mismatch)."'
    await house.sent(content="Acme: hello")
    await house.command("account", "set", "acme", 'denied=["Setting priority"]', "filters.content=")
    refused = await house.send(priority="1")
    assert refused.body == 'Error "Authorization failed for user [acme] (Setting priority not authorized)."'
    esme = await house.bound()
    await house.command("group", "set", "resellers", "enabled=false")
    assert (await house.send()).body == 'Error "Authentication failure for username:acme"'
    await esme.gone()


async def test_a_throughput_holds_over_all_fronts_to_the_message(outside: House) -> None:
    with_ports(outside)
    limited = Account(name="acme", private_webhooks=("127.0.0.0/8",), http_throughput=0.01, burst=7)
    await outside.save(limited)
    outside.options = TWO
    process = await outside.start_process()
    await until(lambda: ready(process))
    # Connections fall to either front; all of the burst passes, whoever gets them, and no more.
    answers = await asyncio.gather(*(outside.send(content=f"#{number}") for number in range(40)))
    assert sorted(answer.status for answer in answers) == [200] * 7 + [403] * 33
    assert {answer.body for answer in answers if answer.status == 403} == {'Error "User throughput exceeded"'}

    async def told() -> bool:
        found = await figures(outside)
        return (found["httpapi_success_count"], found["httpapi_throughput_error_count"]) == (7, 33)

    await until(told)


async def test_figures_by_jasmins_names(house: House) -> None:
    message_id = await house.sent(dlr="yes", dlr_level="2")
    await house.reaches(message_id, State.DELIVERED)
    await house.send(password="wrong")
    await house.bound()
    found = await figures(house)
    assert (found["httpapi_request_count"], found["httpapi_success_count"]) == (2, 1)
    assert found["httpapi_auth_error_count"] == 1
    assert found["smppsapi_bound_trx_count"] == found["smppsapi_bind_trx_count"] == 1
    assert found['smppc_bound_count{cid="op"}'] == found['smppc_connected_count{cid="op"}'] == 1
    assert found['smppc_submit_sm_count{cid="op"}'] == found['smppc_deliver_sm_count{cid="op"}'] == 1
