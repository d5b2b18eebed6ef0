"""The C# plug-in that makes a gateway an MMP Core's mobile operator: compiled, run under Mono, and asked over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chappe.connectors.plugin.settings import PluginSettings
from chappe.connectors.plugin.trial import Trial, Verdict
from chappe.domain.account import Account, Token, token_digest
from chappe.domain.link import AskReceipts, ConnectorRecord
from chappe.domain.routing import Condition, Route, Target
from chappe.domain.state import State
from journeys.house import PASSWORD, House, ask_http, until
from journeys.mmp.mono_core import LACKING, MonoCore, Scripted, Thrown, compile_all, is_there
from journeys.test_processes import TWO, ready, with_ports
from journeys.wire import HOST

needs_mono = pytest.mark.skipif(not is_there(), reason=LACKING)
SECRET = "0b6c0a52-8f3e-4c39-a7bb-5b6b2a3c0b11"
FOUR = [
    {
        "mobileNumber": "905332141354",
        "text": "İlk mesaj, ünlü ve 😀",
        "sender": "sender_name",
        "smsType": "OTP",
    },
    *({"mobileNumber": "905330000000", "text": f"text {number}"} for number in range(3)),
]
FAILED = '{"partnerPacketId":"","results":[{"apiStatus":"FAIL","partnerStatus":"STORE_BUSY"}]}'
TAKEN = '{"partnerPacketId":"p","results":[{"apiStatus":"OK"}]}'

Make = Callable[..., Awaitable[MonoCore]]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dotnet")
    compile_all(folder)
    return folder


@pytest.fixture
async def make(compiled: Path, tmp_path: Path) -> AsyncIterator[Make]:
    """Makes plug-ins that are ended with the test."""
    made: list[MonoCore] = []

    async def one(port: int, **settings: Any) -> MonoCore:
        folder = tmp_path / f"core{len(made)}"
        shutil.copytree(compiled, folder)
        core = MonoCore(folder, **{"url": f"http://{HOST}:{port}/", "pause": 0.02, "timeout": 5, **settings})
        await core.start()
        made.append(core)
        return core

    yield one
    for core in made:
        await core.close()


@contextlib.asynccontextmanager
async def scripted(*answers: tuple[int, str] | None) -> AsyncIterator[Scripted]:
    server = Scripted(answers)
    await server.open()
    yield server
    await server.close()


async def with_token(house: House) -> None:
    await house.save(Token(name="core", account="acme", digest=token_digest(SECRET)))


def statuses(answer: Any, name: str = "apiStatus") -> list[str]:
    return [result[name] for result in answer["results"]]


def ids(answer: Any) -> list[str]:
    return [result["partnerMessageId"] for result in answer["results"]]


# ---------------------------------------------------------------- against the gateway


@needs_mono
@pytest.mark.row("000-001")
@pytest.mark.row("000-002")
@pytest.mark.row("000-006")
@pytest.mark.row("000-013")
@pytest.mark.row("000-017")
@pytest.mark.row("000-018")
@pytest.mark.row("000-024")
@pytest.mark.row("000-027")
@pytest.mark.row("000-041")
@pytest.mark.row("000-042")
async def test_four_messages_are_sent_delivered_and_reported(house: House, make: Make) -> None:
    await with_token(house)
    core = await make(house.running.http_port)
    assert await core.login(SECRET) == "OK"
    sent = await core.send(*FOUR)
    assert statuses(sent) == ["OK"] * 4
    for message_id in ids(sent):
        await house.reaches(message_id, State.DELIVERED)
    assert [submit.destination_addr for submit in house.tap.submits].count("905330000000") == 3
    assert (await house.told(ids(sent)[0])).found.message.text == FOUR[0]["text"]
    told = await core.report(*ids(sent))
    assert statuses(told) == ["DELIVERED"] * 4
    assert ids(told) == ids(sent)
    assert statuses(told, "smsOperator") == ["op"] * 4
    assert all(len(each) == 12 for each in statuses(told, "sendAt"))
    by_packet = await core.report(packet=sent["partnerPacketId"])
    assert by_packet["results"] == told["results"]


@needs_mono
@pytest.mark.row("000-003")
@pytest.mark.row("000-004")
@pytest.mark.row("000-034")
async def test_before_login_after_nok_and_after_destroy_nothing_is_sent(house: House, make: Make) -> None:
    await with_token(house)
    core = await make(house.running.http_port)

    async def is_shut() -> None:
        sent = await core.send(*FOUR)
        assert statuses(sent) == ["FAIL"] * 4
        assert statuses(sent, "partnerStatus") == ["NOT_LOGGED_IN"] * 4
        told = await core.report("a", 'b"\\', "ş")
        assert statuses(told) == ["WAITING"] * 3
        assert ids(told) == ["a", 'b"\\', "ş"]

    await is_shut()
    for wrong in ("wrong", "", "a b", "ş", f"{SECRET}\r\nX-Evil: 1"):
        assert await core.login(wrong) == "NOK"
        await is_shut()
    assert await core.login(SECRET) == "OK"
    assert statuses(await core.send(FOUR[1])) == ["OK"]
    assert await core.call("D") == ""
    assert await core.call("D") == ""
    await is_shut()
    assert await core.login(SECRET) == "OK"
    assert await core.login("wrong") == "NOK"
    await is_shut()


@needs_mono
async def test_a_user_name_and_password_are_a_secret_too_and_a_void_session_is_renewed(
    house: House, make: Make
) -> None:
    core = await make(house.running.http_port)
    assert await core.login(f"acme:{PASSWORD}") == "OK"
    assert statuses(await core.send(FOUR[1])) == ["OK"]
    # The same password, verified anew: sessions of before are void, and the plug-in logs in by itself.
    await house.save(house.login("acme", version=2))
    assert statuses(await core.send(FOUR[1])) == ["OK"]
    await house.save(house.login("acme", version=3, enabled=False))
    sent = await core.send(FOUR[1], FOUR[2])
    assert statuses(sent, "partnerStatus") == ["NOT_LOGGED_IN"] * 2


@needs_mono
@pytest.mark.row("000-033")
async def test_the_gateway_goes_away_and_comes_back(house: House, make: Make) -> None:
    await with_token(house)
    port = house.running.http_port
    core = await make(port)
    assert await core.login(SECRET) == "OK"
    sent = await core.send(*FOUR)
    await house.reaches(ids(sent)[0], State.DELIVERED)
    await house.stop()
    # Nobody listens: nothing can have been taken, and nothing can be learnt.
    refused = await core.send(*FOUR)
    assert statuses(refused, "partnerStatus") == ["NOT_REACHED"] * 4
    assert statuses(refused) == ["FAIL"] * 4
    told = await core.report(*ids(sent))
    assert statuses(told) == ["WAITING"] * 4
    text = house.config_file.read_text().replace(
        f'[http]\nlisten = ["{HOST}:0"]', f'[http]\nlisten = ["{HOST}:{port}"]'
    )
    house.config_file.write_text(text)
    await house.start()
    await house.healthy()
    # The session is signed with the house's key, and outlives the process that gave it.
    told = await core.report(ids(sent)[0])
    assert statuses(told) == ["DELIVERED"]


async def test_a_session_is_good_on_every_front_and_a_packet_is_reported_by_any(outside: House) -> None:
    await with_token(outside)
    outside.options = TWO
    with_ports(outside)
    process = await outside.start_process()
    await until(lambda: ready(process))

    async def call(name: str, body: Any, authorization: str) -> Any:
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        return await ask_http(
            process.http_port, f"/mmp/{name}", body=msgspec.json.encode(body), headers=headers, method="POST"
        )

    logged = await call("login", {}, f"Bearer {SECRET}")
    assert (logged.status, logged.body) == (200, "OK")
    session = f"Session {logged.headers['mmp-session']}"
    for _ in range(12):
        answers = await asyncio.gather(*(call("send", {"messages": FOUR}, session) for _ in range(3)))
        for answer in answers:
            sent = json.loads(answer.body)
            assert statuses(sent) == ["OK"] * 4
            told = json.loads(
                (await call("report", {"partnerPacketId": sent["partnerPacketId"]}, session)).body
            )
            assert ids(told) == ids(sent)


@needs_mono
@pytest.mark.row("000-010")
@pytest.mark.row("000-011")
@pytest.mark.row("000-013")
@pytest.mark.row("000-014")
@pytest.mark.row("000-036")
@pytest.mark.row("000-037")
@pytest.mark.row("000-038")
@pytest.mark.row("000-039")
@pytest.mark.row("000-040")
async def test_one_gateway_is_another_ones_operator_by_the_same_plugin(house: House, compiled: Path) -> None:
    """Both ends of the interface at once: our host runs our plug-in, which speaks to our operator's side."""
    await with_token(house)
    url = f"http://{HOST}:{house.running.http_port}"
    settings = {
        "plugin": str(compiled / "ChappePlugin.dll"),
        "secret": SECRET,
        "environment": {"CHAPPE_MMP_URL": url},
        "report_first": 0.05,
        "report_longest": 0.2,
        "build_folder": str(house.folder / "build"),
    }
    await house.save(
        Account(name="far"),
        house.login("far"),
        ConnectorRecord(name="plug", kind="plugin", receipts=AskReceipts.ALWAYS, settings=settings),
        Route(
            name="far", order=10, condition=Condition(accounts=("far",)), targets=(Target(connector="plug"),)
        ),
    )
    await house.healthy("plug")
    headers = {"Authorization": f"Bearer far:{PASSWORD}", "Content-Type": "application/json"}
    message = {
        **FOUR[0],
        "smsType": "OTP|1-2-3-4",
        "expireTime": "209901010000",
        "brandCode": "B",
        "recipientType": "TACIR",
        "messageType": "M",
        "accountId": 7,
        "senderId": 8,
    }
    answer = await ask_http(
        house.running.http_port,
        "/mmp/send",
        body=json.dumps({"messages": [message]}).encode(),
        headers=headers,
    )
    (message_id,) = ids(json.loads(answer.body))
    told = await house.reaches(message_id, State.DELIVERED)
    inner = (await house.told(told.parts[0].smsc_id)).found.message
    outer = told.found.message
    assert (outer.account, inner.account) == ("far", "acme")
    assert (inner.text, inner.source, inner.destination) == (outer.text, outer.source, outer.destination)
    assert (inner.priority, inner.reference, inner.tags) == (outer.priority, outer.reference, outer.tags)
    assert inner.extras == outer.extras
    # The interface knows minutes only.
    assert inner.expires_ms // 60_000 == outer.expires_ms // 60_000
    assert len(house.tap.submits) == 1


@needs_mono
async def test_our_plugin_passes_what_plugin_authors_are_asked(house: House, compiled: Path) -> None:
    await with_token(house)
    settings = PluginSettings(
        plugin=str(compiled / "ChappePlugin.dll"),
        secret=SECRET,
        environment={"CHAPPE_MMP_URL": f"http://{HOST}:{house.running.http_port}"},
        build_folder=str(house.folder / "build"),
    )
    findings = await Trial(settings, number="905332141354").run()
    assert len(findings) > 15
    assert [(one.what, one.detail) for one in findings if one.verdict is Verdict.WRONG] == []


# ---------------------------------------------------------------- against a server that misbehaves


@needs_mono
async def test_the_session_is_shown_in_place_of_the_secret(make: Make) -> None:
    async with scripted((200, TAKEN)) as server:
        core = await make(server.port)
        await core.login(SECRET)
        assert await core.send(FOUR[1]) == json.loads(TAKEN)
    login, sent = server.requests
    assert login.headers["authorization"] == f"Bearer {SECRET}"
    assert sent.headers["authorization"] == "Session s1"
    assert sent.headers["content-type"] == "application/json; charset=utf-8"
    assert "expect" not in sent.headers
    assert json.loads(sent.body) == {"messages": [FOUR[1]]}


@needs_mono
async def test_an_answer_that_is_lost_is_asked_for_again_with_the_same_key(make: Make) -> None:
    async with scripted(None, (502, "<html>"), None, (200, TAKEN), (200, TAKEN)) as server:
        core = await make(server.port)
        await core.login(SECRET)
        assert await core.send(FOUR[1]) == json.loads(TAKEN)
        assert await core.send(FOUR[1]) == json.loads(TAKEN)
    keys = [request.headers["idempotency-key"] for request in server.asked]
    assert len(keys) == 5
    assert len(set(keys[:4])) == 1
    assert keys[4] != keys[0]


@needs_mono
@pytest.mark.parametrize(
    "answers", [(None,), ((500, "{}"),), ((504, "<html>"),), (None, (503, FAILED)), ((302, ""),)]
)
async def test_where_the_outcome_stays_unknown_it_throws(make: Make, answers: Any) -> None:
    async with scripted(*answers) as server:
        core = await make(server.port, tries=3)
        await core.login(SECRET)
        with pytest.raises(Thrown, match="InvalidOperationException"):
            await core.send(FOUR[1])
        told = await core.report("a", "b")
        assert (statuses(told), ids(told)) == (["WAITING"] * 2, ["a", "b"])


@needs_mono
async def test_where_nothing_was_taken_it_waits_and_then_hands_the_refusals_on(make: Make) -> None:
    async with scripted((503, FAILED), (429, FAILED), (200, TAKEN)) as server:
        core = await make(server.port)
        await core.login(SECRET)
        assert await core.send(FOUR[1]) == json.loads(TAKEN)
    async with scripted((503, FAILED)) as server:
        core = await make(server.port, tries=2)
        await core.login(SECRET)
        assert await core.send(FOUR[1]) == json.loads(FAILED)
        assert len(server.asked) == 2


@needs_mono
async def test_refusals_of_somebody_between_are_told_of_each_message(make: Make) -> None:
    async with scripted((403, "<html>no</html>")) as server:
        core = await make(server.port)
        await core.login(SECRET)
        sent = await core.send(*FOUR)
        assert statuses(sent, "partnerStatus") == ["NOT_REACHED"] * 4
        assert statuses(sent, "partnerDetail") == ["HTTP 403"] * 4


@needs_mono
@pytest.mark.parametrize(
    ("request_text", "count"),
    [
        ('{"messages":[]}', 0),
        ("{}", 0),
        ("", 0),
        ("[1,2]", 0),
        ('{"messages":null}', 0),
        (
            '{"a":[{"messages":[1,2]}],"b":"\\"messages\\":[9]","Messages":[{"x":[1,{"y":"]}"}]}, 5 ,"z",null]}',
            4,
        ),
        (' { "messages" : [ { "text" : "a\\\\" } , { } ] } ', 2),
        ('{"messages":[{"text":"never ends', 0),
        ('{"messages":[{},{}', 2),
        ("{" * 200, 0),
        ("}}}]]],,,", 0),
    ],
)
async def test_messages_are_counted_whatever_the_request_is(
    make: Make, request_text: str, count: int
) -> None:
    core = await make(1)
    answer = json.loads(await core.call("S", request_text))
    assert statuses(answer) == ["FAIL"] * count
