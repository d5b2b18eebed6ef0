"""What operators change while the gateway runs: it takes effect at once, without a restart, and nothing under way is lost."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path

from chappe.domain.account import Account
from chappe.domain.link import Health
from chappe.domain.state import State
from chappe.protocols.smpp.commands import BindTransceiver
from chappe.protocols.smpp.statuses import Status
from dialects.smpp.esme import Esme, soon, submit_sm
from journeys.house import PASSWORD, House, ask_http, until
from journeys.wire import HOST

FILE = """
[[account]]
name = "acme"

[[credential]]
username = "acme"
account = "acme"
password = "changed"

[[connector]]
name = "op"
[connector.settings]
host = "127.0.0.1"
port = {port}
system_id = "op"
reconnect_first = 0.05
stagger = 0

[[route]]
name = "dutch"
condition = {{ destination_prefixes = ["31"] }}
targets = [{{ connector = "op" }}]
"""


async def command(house: House, *words: str) -> tuple[int, str]:
    """`chappe WORDS` as the process that an operator starts; its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "chappe", "--config", str(house.config_file), *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    octets, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode is not None
    return process.returncode, octets.decode()


async def ways(house: House, count: int) -> list[str]:
    """Which connectors the messages up to now went by, in order."""
    await until(lambda: len(house.rows()) == count)
    return [row.system_id for row in house.rows()]


async def test_a_connector_and_routes_come_and_go(house: House) -> None:
    await house.sent(content="first")
    port = f"settings.port={house.tap.port}"
    stagger = "settings.stagger=0"
    assert (
        await house.command(
            "connector",
            "add",
            "second",
            "settings.host=127.0.0.1",
            port,
            "settings.system_id=second",
            stagger,
        )
        == 0
    )
    await house.healthy("second")
    await house.sent(content="still first")
    prefixes = 'condition.destination_prefixes=["31"]'
    assert await house.command("route", "add", "dutch", "--to", "second", "--order", "10", prefixes) == 0
    await house.sent(content="second")
    await house.sent(content="first", to="491701234567")
    assert sorted(await ways(house, 4)) == ["op", "op", "op", "second"]
    assert [row.system_id for row in house.rows() if row.text == "second"] == ["second"]
    assert await house.command("connector", "remove", "second") == 2
    assert await house.command("route", "remove", "dutch") == 0
    assert await house.command("connector", "remove", "second") == 0
    await until(lambda: house.smsc.snapshot().sessions == 1)
    await house.sent(content="first again")
    assert (await ways(house, 5))[-1] == "op"


async def test_a_connector_that_is_switched_off_keeps_what_waits_for_it(house: House) -> None:
    assert await house.command("connector", "disable", "op") == 0
    await house.healthy(health=Health.OFF)
    message_id = await house.sent()
    assert (await house.told(message_id)).found.standing.state is State.QUEUED
    assert await house.command("connector", "enable", "op") == 0
    await house.reaches(message_id, State.SENT)
    assert len(house.rows()) == 1


async def test_no_route_is_left(house: House) -> None:
    assert await house.command("route", "set", "all", "enabled=false") == 0
    answer = await house.send()
    assert (answer.status, answer.body) == (412, 'Error "No route found"')
    assert await house.command("route", "set", "all", "enabled=true") == 0
    await house.reaches(await house.sent(), State.SENT)


async def test_an_account_is_disabled_and_enabled(house: House) -> None:
    esme = await house.bound()
    message_id = await house.sent(sdt="000000010000000R", dlr_level="2", dlr_url=house.sink.url("/dlr"))
    assert await house.command("account", "set", "acme", "enabled=false") == 0
    answer = await house.send()
    assert (answer.status, answer.body) == (403, 'Error "Authentication failure for username:acme"')
    await soon(esme.ended, 10)
    assert await house.command("account", "set", "acme", "enabled=true") == 0
    await house.reaches(await house.sent(), State.SENT)
    await house.bound()
    house.clock.ahead_ms += 3_601_000
    assert (await house.over(message_id)).found.standing.state is State.DELIVERED


async def test_a_password_is_changed(house: House) -> None:
    esme = await house.bound()
    await house.sent()
    code, told = await command(house, "credential", "reset", "acme")
    assert code == 0
    new = told.split("password ")[1].split(" ")[0].strip()
    assert new != PASSWORD

    async def refused() -> bool:
        return (await house.send()).status == 403

    await until(refused)
    assert (await house.send(password=new)).status == 200
    await soon(esme.ended, 10)
    old = Esme()
    await asyncio.get_running_loop().create_connection(lambda: old.link, HOST, house.here.smpp_port)
    house.esmes.append(old)
    assert await old.refused(BindTransceiver("acme", PASSWORD)) == Status.ESME_RINVPASWD
    await house.bound(BindTransceiver("acme", new))


async def test_a_right_is_taken_away_and_given_back(house: House) -> None:
    assert await house.command("account", "set", "acme", 'denied=["Setting priority"]') == 0
    answer = await house.send(priority="2")
    assert (answer.status, answer.body) == (
        400,
        'Error "Authorization failed for user [acme] (Setting priority not authorized)."',
    )
    assert await house.command("account", "set", "acme", "denied=[]") == 0
    assert (await house.send(priority="2")).status == 200


async def test_money_is_paid_in_spent_and_given_back(house: House) -> None:
    await house.save(Account(name="acme", charged=True, private_webhooks=("127.0.0.0/8",)))
    assert await house.command("route", "set", "all", "price=0.25") == 0
    broke = await house.send()
    assert (broke.status, broke.body) == (
        403,
        'Error "Cannot charge submit_sm, check RouterPB log file for details"',
    )
    assert await house.command("account", "deposit", "acme", "1") == 0
    url = house.sink.url("/dlr")
    await house.over(await house.sent(dlr_level="2", dlr_url=url))
    login = f"username=acme&password={PASSWORD}"
    balance = await ask_http(house.here.http_port, f"/balance?{login}")
    assert balance.body == '{"balance":0.75,"sms_count":"ND"}'
    refused = await house.over(await house.sent(to="31612990030", dlr_level="2", dlr_url=url))
    assert refused.found.standing.refunded == refused.found.message.charge == 250_000
    assert (await ask_http(house.here.http_port, f"/balance?{login}")).body == balance.body
    assert await house.command("verify-store") == 0


async def test_apply_shows_then_makes_all_of_it_match_a_file(house: House, tmp_path: Path) -> None:
    file = tmp_path / "wanted.toml"
    file.write_text(FILE.format(port=house.tap.port))
    code, told = await command(house, "apply", str(file), "--dry-run")
    assert code == 0
    assert "+ route dutch" in told
    assert "- route all" in told
    assert "~ credential acme" in told
    assert "changed" not in told
    await house.reaches(await house.sent(to="491701234567"), State.SENT)
    assert await house.command("apply", str(file), "--yes") == 0
    await house.healthy()
    assert (await house.send()).status == 403
    assert (await house.send(password="changed", to="491701234567")).status == 412
    await house.reaches(await house.sent(password="changed"), State.SENT)
    code, told = await command(house, "apply", str(file), "--yes")
    assert (code, told.strip()) == (0, "nothing differs")


async def test_the_commands_tell_what_became_of_a_message(house: House) -> None:
    message_id = await house.sent(dlr_level="3", dlr_url=house.sink.url("/dlr"))
    await house.over(message_id)
    code, told = await command(house, "trace", message_id)
    assert code == 0
    (row,) = house.rows()
    told = " ".join(told.split())
    for step in (
        "accepted",
        "by rule all to connector op",
        f"SMSC id {row.id}",
        "DELIVRD",
        "handed over (200 ACK/Jasmin)",
    ):
        assert step in told
    assert "hello" not in told


async def test_the_admin_listener_tells_how_the_gateway_fares(house: House) -> None:
    port = house.here.admin_port
    assert (await ask_http(port, "/healthz")).body == "ok\n"
    assert (await ask_http(port, "/readyz")).status == 200
    await house.over(await house.sent(content="a secret text", dlr_level="2", dlr_url=house.sink.url("/dlr")))
    assert await house.command("connector", "disable", "op") == 0
    await house.healthy(health=Health.OFF)
    waits = await house.sent()
    status = json.loads((await ask_http(port, "/status")).body)
    assert status["ready"] is True
    assert status["queued"] == {"op": 1}
    assert status["notices_owed"] == 0
    metrics = (await ask_http(port, "/metrics")).body
    assert re.search(r'^chappe_queued\{[^}]*"op"[^}]*\} 1\.0$', metrics, re.MULTILINE)
    for secret in ("a secret text", PASSWORD, "31612345678"):
        assert secret not in metrics
        assert secret not in json.dumps(status)
    assert await house.command("connector", "enable", "op") == 0
    await house.reaches(waits, State.SENT)
    assert json.loads((await ask_http(port, "/status")).body)["connectors"]["op"]["health"] == "up"


async def test_submits_go_on_while_operators_change_things(house: House) -> None:
    esme = await house.bound()
    answers = []
    for turn in range(5):
        answers += [esme.say(submit_sm(b"#%08d" % (turn * 10 + number))) for number in range(10)]
        await house.save(house.connector(throughput=1000.0 + turn, settings={"window": 5 + turn}))
    for answer in answers:
        assert (await soon(answer)).status == 0
    await until(lambda: len({row.token for row in house.rows() if row.status == 0}) == 50)
    await until(lambda: len(esme.got) == 50)
