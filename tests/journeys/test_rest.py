"""The REST API over the whole gateway: one message, batches with callbacks, their schedule, a restart, and cancelling."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import Counter
from typing import Any

import pytest

from chappe.domain.account import Account
from chappe.domain.state import State
from journeys.house import CONFIG, PASSWORD, Answer, House, ask_http, until
from journeys.test_processes import SPLIT
from journeys.test_tls import make_certificate, trusting
from journeys.wire import HOST

BASIC = {"Authorization": "Basic " + base64.b64encode(f"acme:{PASSWORD}".encode()).decode()}


async def rest(
    house: House, path: str, body: dict[str, Any] | None = None, *, method: str = "", **headers: str
) -> Answer:
    octets = json.dumps(body).encode() if body is not None else b""
    return await ask_http(
        house.running.http_port, path, body=octets, headers={**BASIC, **headers}, method=method
    )


async def data(house: House, path: str, body: dict[str, Any] | None = None, **given: Any) -> Any:
    answer = await rest(house, path, body, **given)
    assert answer.status == 200, answer
    assert answer.headers["content-type"] == "application/json"
    return json.loads(answer.body)["data"]


async def status(house: House, batch_id: str) -> dict[str, Any]:
    found: dict[str, Any] = await data(house, f"/secure/batch/{batch_id}")
    return found


@pytest.mark.row("002-001")
@pytest.mark.row("002-009")
@pytest.mark.row("002-013")
@pytest.mark.row("002-015")
async def test_a_message_goes_out(house: House) -> None:
    told = await data(
        house, "/secure/send", {"to": 31612345678, "from": "A Friend", "content": "Hello € ünö"}
    )
    assert told.startswith('Success "')
    stored = await house.reaches(told[9:-1], State.SENT)
    assert stored.found.message.text == "Hello € ünö"
    (submit,) = house.tap.submits
    assert (submit.source_addr, submit.destination_addr) == ("A Friend", "31612345678")


@pytest.mark.row("002-029")
@pytest.mark.row("002-026")
@pytest.mark.row("002-031")
async def test_an_emoji_in_hex_reaches_the_network_as_it_is(house: House) -> None:
    body = {"to": "31612345677", "from": "A Friend", "coding": 8, "hex_content": "d83edd23"}
    told = await data(house, "/secure/send", body)
    await house.reaches(told[9:-1], State.SENT)
    (submit,) = house.tap.submits
    assert (submit.data_coding, bytes(submit.short_message)) == (8, bytes.fromhex("d83edd23"))
    assert bytes(submit.short_message).decode("utf-16-be") == "\N{ROLLING ON THE FLOOR LAUGHING}"


@pytest.mark.row("002-043")
@pytest.mark.row("002-046")
@pytest.mark.row("002-047")
@pytest.mark.row("002-048")
@pytest.mark.row("002-049")
@pytest.mark.row("002-050")
async def test_callbacks_tell_of_each_message_of_a_batch(house: House) -> None:
    given = await data(
        house,
        "/secure/sendbatch",
        {
            "batch_config": {
                "callback_url": house.sink.url("/good"),
                "errback_url": house.sink.url("/bad"),
            },
            "messages": [
                {"to": ["3162222222", "+31622222223"], "from": "sender", "content": "x"},
                {"to": "nobody", "content": "x"},
                # The simulator's SMSC refuses this one.
                {"to": "31612990030", "content": "x"},
            ],
        },
    )
    assert given["messageCount"] == 4
    good = await house.called(2, "/good")
    bad = await house.called(2, "/bad")
    assert [[name for name, _ in call] for call in good + bad] == [
        ["batchId", "to", "status", "statusText"]
    ] * 4
    assert {dict(call)["to"] for call in good} == {"3162222222", "+31622222223"}
    for call in good:
        told = dict(call)
        assert (told["batchId"], told["status"]) == (given["batchId"], "1")
        await house.reaches(told["statusText"][9:-1], State.SENT, State.DELIVERED)
    assert {dict(call)["to"]: (dict(call)["status"], dict(call)["statusText"]) for call in bad} == {
        "nobody": ("0", 'HTTPAPI error: Error "Argument [to] has an invalid value: [nobody]."'),
        "31612990030": ("0", 'HTTPAPI error: Error "ESME_RINVDSTADR"'),
    }
    requests = [request for request in house.sink.requests if request.path == "/good"]
    assert {request.method for request in requests} == {"GET"}
    assert b"&status=1&statusText=Success+%22" in requests[0].query
    found = await status(house, given["batchId"])
    assert (found["status"], found["sent"], found["rejected"]) == ("done", 2, 2)


@pytest.mark.row("002-041")
@pytest.mark.row("002-042")
@pytest.mark.row("002-044")
async def test_five_thousand_with_callbacks_survive_a_restart(house: House) -> None:
    await house.save(Account(name="acme", private_webhooks=("127.0.0.0/8",), max_parts=1))
    numbers = [f"316{number:08d}" for number in range(5_000)]
    given = await data(
        house,
        "/secure/sendbatch",
        {
            "globals": {"from": "Many", "dlr-level": 1, "dlr-url": house.sink.url("/dlr")},
            "batch_config": {
                "callback_url": house.sink.url("/good"),
                "errback_url": house.sink.url("/bad"),
            },
            "messages": [
                {"to": numbers[:2_500], "content": "first"},
                {"to": numbers[2_500:4_990], "content": "second"},
                {"to": numbers[4_990:], "content": "x" * 200},
            ],
        },
    )
    assert given["messageCount"] == 5_000
    await until(lambda: len(house.tap.submits) >= 300)
    await house.stop()
    before = {row.destination for row in house.rows()}
    assert len(before) < 5_000
    await house.start()
    await until(lambda: sum(one.path == "/good" for one in house.sink.requests) >= 4_990, seconds=40)
    await house.called(10, "/bad")
    calls = house.calls("/good")
    assert Counter(dict(call)["to"] for call in calls) == Counter(numbers[:4_990])
    assert {dict(call)["to"] for call in house.calls("/bad")} == set(numbers[4_990:])
    assert {dict(call)["batchId"] for call in calls} == {given["batchId"]}
    assert {row.destination for row in house.rows()} == set(numbers[:4_990])
    found = await status(house, given["batchId"])
    assert (found["messageCount"], found["rejected"], found["waiting"], found["sending"]) == (5_000, 10, 0, 0)


@pytest.mark.parametrize("options", [(), SPLIT], ids=["one process", "several"])
async def test_a_kill_while_a_batch_is_spread_loses_none_of_it(
    outside: House, options: tuple[str, ...]
) -> None:
    outside.options = options
    await outside.start_process()
    numbers = [f"316{number:08d}" for number in range(2_500)]
    config = {"callback_url": outside.sink.url("/good"), "errback_url": outside.sink.url("/bad")}
    body = {"batch_config": config, "messages": [{"to": [*numbers, "nobody"], "content": "x"}]}
    given = await data(outside, "/secure/sendbatch", body)

    async def begun() -> bool:
        found = await status(outside, given["batchId"])
        return bool(found["sent"])

    await until(begun)
    assert outside.process is not None
    await outside.process.kill()
    assert len({row.destination for row in outside.rows()}) < len(numbers)
    await outside.start_process()

    async def over() -> bool:
        found = await status(outside, given["batchId"])
        return bool(found["status"] == "done")

    await until(over, seconds=30)
    found = await status(outside, given["batchId"])
    assert (found["messageCount"], found["sent"], found["rejected"]) == (2_501, 2_500, 1)
    assert {row.destination for row in outside.rows()} == set(numbers)
    process = outside.process
    assert process is not None

    async def told_or_owed() -> bool:
        # Calls that were under way at the kill are made again when their lease ends, minutes later.
        owed = json.loads((await ask_http(process.admin_port, "/status")).body)["notices_owed"]
        told = {dict(call)["to"] for call in outside.calls("/good") + outside.calls("/bad")}
        return owed < 200 and len(told) + owed >= 2_501

    await until(told_or_owed, seconds=30)


@pytest.mark.row("002-023")
@pytest.mark.row("002-052")
@pytest.mark.row("002-055")
@pytest.mark.row("002-056")
async def test_a_scheduled_batch_waits_over_a_restart(house: House) -> None:
    body = {
        "batch_config": {"schedule_at": "86400s", "callback_url": house.sink.url("/good")},
        "messages": [{"to": "3162222222", "content": "A Day Passed"}],
    }
    given = await data(house, "/secure/sendbatch", body)
    assert given["scheduled"] == "86400s"
    assert (await status(house, given["batchId"]))["status"] == "open"
    await house.stop()
    house.clock.ahead_ms = 86_390_000
    await house.start()
    await house.healthy()
    await house.reaches(await house.sent(content="marker"), State.SENT)
    assert [row.text for row in house.rows()] == ["marker"]
    house.clock.ahead_ms = 86_401_000
    await house.called(1, "/good")
    assert [row.text for row in house.rows()] == ["marker", "A Day Passed"]


async def test_a_batch_is_cancelled(house: House) -> None:
    await house.save(house.connector(throughput=5.0))
    given = await data(
        house,
        "/secure/sendbatch",
        {
            "batch_config": {"errback_url": house.sink.url("/bad")},
            "messages": [{"to": [f"316{n:08d}" for n in range(1_200)], "content": "unwanted"}],
        },
    )
    batch_id = given["batchId"]
    await until(lambda: len(house.rows()) >= 1)
    answer = await data(house, f"/secure/batch/{batch_id}", method="DELETE")
    assert answer["status"] == "cancelling"

    async def over() -> bool:
        return bool((await status(house, batch_id))["status"] == "cancelled")

    await until(over)
    found = await status(house, batch_id)
    assert found["waiting"] == found["sending"] == 0
    assert found["cancelled"] + found["sent"] == 1_200
    assert found["sent"] == len(house.rows())
    await house.called(found["cancelled"], "/bad")
    assert {dict(call)["statusText"] for call in house.calls("/bad")} == {'HTTPAPI error: Error "DELETED"'}
    again = await rest(house, f"/secure/batch/{batch_id}", method="DELETE")
    assert (again.status, json.loads(again.body)["data"]["status"]) == (200, "cancelled")


async def test_a_repeated_key_sends_nothing_twice(house: House) -> None:
    body = {"messages": [{"to": ["31612345671", "31612345672"], "content": "once"}]}
    headers = {"Idempotency-Key": "order-1"}
    first, second = await asyncio.gather(
        *(rest(house, "/secure/sendbatch", body, **headers) for _ in range(2))
    )
    assert first.body == second.body
    one = {"to": "31612345673", "content": "once too"}
    answers = [await rest(house, "/secure/send", one, **headers) for _ in range(2)]
    assert answers[0].body == answers[1].body
    await until(lambda: len(house.rows()) >= 3)
    await house.reaches(await house.sent(content="marker"), State.SENT)
    assert Counter(row.text for row in house.rows()) == {"once": 2, "once too": 1, "marker": 1}


@pytest.mark.row("002-007")
@pytest.mark.row("002-051")
@pytest.mark.row("002-058")
@pytest.mark.row("002-079")
async def test_each_api_has_a_port_of_its_own_with_tls(outside: House) -> None:
    certificate, _ = make_certificate(outside.folder, "gateway")
    faces = "".join(
        f'[[http.listener]]\nlisten = "{HOST}:0"\nface = "{face}"\ntls = true\n' for face in ("rest", "url")
    )
    outside.config_file.write_text(
        f'{CONFIG}\n[http.tls]\ncertificate = "gateway.pem"\nkey = "gateway.key"\n{faces}'
    )
    await outside.start()
    await outside.healthy()
    both, rest_port, url_port = outside.here.http_ports
    tls = trusting(certificate)
    single = json.dumps({"messages": [{"to": ["3162222222"], "content": "x"}]}).encode()
    login = f"username=acme&password={PASSWORD}&to=31612345678&content=x"
    for port, context, told in (
        (both, None, (200, 200, '{"data": "Jasmin/PONG"}')),
        (rest_port, tls, (200, 404, '{"data": "Jasmin/PONG"}')),
        (url_port, tls, (404, 200, "Jasmin/PONG")),
    ):
        batch = await ask_http(port, "/secure/sendbatch", body=single, headers=BASIC, tls=context)
        send = await ask_http(port, f"/send?{login}", tls=context)
        ping = await ask_http(port, "/ping", headers=BASIC, tls=context)
        assert (batch.status, send.status, ping.body) == told
        if batch.status == 200:
            assert json.loads(batch.body)["data"]["messageCount"] == 1
        if send.status == 404:
            assert json.loads(send.body) == {"title": "404 Not Found"}
    with pytest.raises((ConnectionError, TimeoutError)):
        await ask_http(rest_port, "/ping")
