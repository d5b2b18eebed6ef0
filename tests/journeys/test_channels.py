"""Channels, rich content and push first over the whole gateway: real sockets, a real file, loopback networks of each channel."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chappe.domain.account import Account, Token, token_digest
from chappe.domain.app import App, MessageType
from chappe.domain.link import ConnectorRecord
from chappe.domain.report import Way
from chappe.domain.routing import MoTarget, Route, Target
from chappe.domain.state import State
from chappe.domain.status_webhook import StatusForm, StatusWebhook
from chappe.pipeline.fallback import UNREAD
from chappe.sim.ledger import SubmitRow
from chappe.sim.sink import Reply
from journeys.house import Answer, House, ask_http, until

TOKEN = "a0b1c2d3-0000-4000-8000-000000000001"
APP_KEY = "11111111-2222-3333-4444-555555555555"
SECRET = "the-secret-of-the-app"
PLAIN = "0031612345678"
READS, TAPS, FAILS, SILENT = "0031600990060", "0031600990061", "0031600990062", "0031600990064"
REPORT = "to=[GSM]&status=[STATUS]"


def network(house: House, channel: str) -> ConnectorRecord:
    settings = {"record": str(house.folder / f"{channel}.jsonl")}
    return ConnectorRecord(name=channel, kind="loopback", channel=channel, settings=settings)


async def furnish(house: House, kind: MessageType = MessageType.DEFAULT, wait: int = 0) -> None:
    """Networks of four channels beside the SMSC, an app, a product token, webhooks for reports and MOs."""
    house.sink.always(Reply())
    hook = StatusWebhook(url=house.sink.url(f"/status?{REPORT}"), form=StatusForm.QUERY)
    channels = ("push", "rcs", "viber", "whatsapp")
    await house.save(
        Account(name="acme", private_webhooks=("127.0.0.0/8",), status_webhook=hook),
        Token(name="acme", account="acme", digest=token_digest(TOKEN)),
        App(key=APP_KEY, name="shop", account="acme", secret=SECRET, type=kind, wait=wait),
        *(network(house, channel) for channel in channels),
        *(Route(name=channel, order=-1, targets=(Target(connector=channel),)) for channel in channels),
        Route(
            name="mo",
            deliver=MoTarget(
                account="acme", way=Way.WEBHOOK, dialect="cm", target=house.sink.url("/mo"), method="POST"
            ),
        ),
    )


async def message(house: House, to: str, **given: Any) -> dict[str, Any]:
    fields = {
        "from": "12345",
        "to": [{"number": to}],
        "body": {"type": "AUTO", "content": "hello"},
        **given,
    }
    body = {"messages": {"authentication": {"productToken": TOKEN}, "msg": [fields]}}
    answer = await ask_http(house.running.http_port, "/v1.0/message", body=json.dumps(body).encode())
    found: dict[str, Any] = json.loads(answer.body)
    return {"http": answer.status, **found["messages"][0]}


async def device(house: House, number: str, method: str = "POST") -> Answer:
    body = {"appKey": APP_KEY, "appSecret": SECRET, "number": number, "token": f"token-of-{number}"}
    return await ask_http(
        house.running.http_port, "/v1.0/device", body=json.dumps(body).encode(), method=method
    )


def given(house: House, channel: str) -> list[dict[str, Any]]:
    file = house.folder / f"{channel}.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    return [json.loads(line) for line in lines]


async def went(house: House, channel: str, count: int = 1) -> list[dict[str, Any]]:
    await until(lambda: len(given(house, channel)) >= count, lambda: f"nothing by {channel}")
    return given(house, channel)


def gone(house: House, channel: str, to: str) -> list[dict[str, Any]]:
    return [each for each in given(house, channel) if each["destination"] == to.removeprefix("00")]


def texts(house: House, to: str) -> list[SubmitRow]:
    return [row for row in house.rows() if row.destination == to.removeprefix("00")]


async def pushed_to(house: House, to: str) -> bool:
    """Whether a push gets through: a front learns a moment after its start that the push service is up."""
    await device(house, to)
    await message(house, to, appKey=APP_KEY)
    return bool(gone(house, "push", to))


async def statuses(house: House, to: str) -> list[str]:
    return [dict(call)["status"] for call in house.calls("/status") if dict(call)["to"] == to]


@pytest.mark.row("001-002")
@pytest.mark.row("001-143")
async def test_sms_rcs_and_viber_each_go_to_their_connector(house: House) -> None:
    await furnish(house)
    talk = {"conversation": [{"text": "look"}], "suggestions": [{"action": "Reply", "label": "Yes"}]}
    for channel in ("SMS", "RCS", "Viber"):
        found = await message(house, PLAIN, allowedChannels=[channel], richContent=talk)
        assert found["status"] == "Accepted"
    (rcs,), (viber,) = await went(house, "rcs"), await went(house, "viber")
    for shown in (rcs, viber):
        assert (shown["rich"]["conversation"], "text" in shown) == ([{"text": "look"}], False)
    await until(lambda: len(house.rows()) == 1)
    assert given(house, "whatsapp") == given(house, "push") == []


@pytest.mark.row("001-152")
@pytest.mark.row("001-162")
async def test_push_alone_never_goes_by_sms(house: House) -> None:
    await furnish(house)
    assert (await message(house, PLAIN, allowedChannels=["Push"]))["status"] == "Accepted"
    (pushed,) = await went(house, "push")
    assert pushed["text"] == "hello"
    refused = await message(house, PLAIN, allowedChannels=["WeChat"])
    assert (refused["http"], refused["messageErrorCode"]) == (400, 305)
    assert house.rows() == []


@pytest.mark.row("001-170")
@pytest.mark.row("001-171")
async def test_a_tap_is_an_mo_with_the_postback_data(house: House) -> None:
    await furnish(house)
    suggestion = {"action": "Reply", "label": "Yes", "postbackdata": "yes-please"}
    await message(
        house, TAPS, reference="r1", allowedChannels=["RCS"], richContent={"suggestions": [suggestion]}
    )
    await until(lambda: any(request.path == "/mo" for request in house.sink.requests))
    mo = json.loads(next(request.body for request in house.sink.requests if request.path == "/mo"))
    assert (mo["message"]["text"], mo["channel"]) == ("yes-please", "RCS")
    assert mo["from"]["number"] == "+31600990061"
    assert mo["reference"] == "r1"


@pytest.mark.row("001-174")
@pytest.mark.row("001-177")
async def test_push_with_a_device_and_sms_without(house: House) -> None:
    await furnish(house)
    assert (await device(house, PLAIN)).status == 200
    await message(house, PLAIN, appKey=APP_KEY)
    (pushed,) = await went(house, "push")
    assert (pushed["app"], pushed["devices"]) == (APP_KEY, [f"token-of-{PLAIN}"])
    assert (await device(house, PLAIN, "DELETE")).status == 200
    await message(house, PLAIN, appKey=APP_KEY)
    await until(lambda: len(house.rows()) == 1)
    assert len(given(house, "push")) == 1


@pytest.mark.row("001-051")
async def test_a_push_that_fails_goes_by_sms_and_is_delivered_once(house: House) -> None:
    await furnish(house)
    await device(house, FAILS)
    await message(house, FAILS, appKey=APP_KEY)
    await went(house, "push")
    await until(lambda: len(house.rows()) == 1)
    await until(lambda: any(dict(call)["status"] == "2" for call in house.calls("/status")))
    assert (await statuses(house, FAILS)).count("2") == 1
    assert "3" not in await statuses(house, FAILS)


async def test_a_critical_push_goes_by_sms_unless_it_is_read(house: House) -> None:
    await furnish(house, MessageType.CRITICAL, wait=1)
    for number in (READS, PLAIN):
        await device(house, number)
        await message(house, number, appKey=APP_KEY)
    await went(house, "push", 2)
    await until(lambda: len(house.rows()) == 1)
    assert house.rows()[0].destination == PLAIN.removeprefix("00")
    await until(lambda: any(dict(call)["status"] == "2" for call in house.calls("/status")))


async def test_a_code_of_the_moment_does_not_go_by_sms(house: House) -> None:
    await furnish(house, MessageType.OTP, wait=1)
    await device(house, SILENT)
    await message(house, SILENT, appKey=APP_KEY)
    await went(house, "push")
    await until(lambda: any(dict(call)["status"] == "3" for call in house.calls("/status")))
    assert house.rows() == []


@pytest.mark.parametrize("options", [(), ("--fronts", "1", "--relays", "1")], ids=["one", "several"])
async def test_what_follows_a_push_survives_a_kill(outside: House, options: tuple[str, ...]) -> None:
    outside.options = options
    await furnish(outside, MessageType.CRITICAL, wait=2)
    await outside.start_process()
    await until(lambda: pushed_to(outside, READS))
    await device(outside, SILENT)
    await message(outside, SILENT, appKey=APP_KEY)
    await until(lambda: gone(outside, "push", SILENT))
    assert outside.process is not None
    await outside.process.kill()
    outside.process = None
    assert texts(outside, SILENT) == []
    outside.clock.ahead_ms = 2_000
    gateway = await outside.start()
    await until(lambda: texts(outside, SILENT))
    message_id = await gateway.parts.store.newest_id()
    timeline = None

    async def delivered() -> bool:
        nonlocal timeline
        timeline = await gateway.parts.store.timeline(message_id)
        return timeline is not None and timeline.found.standing.state is State.DELIVERED

    await until(delivered)
    assert timeline is not None
    assert timeline.found.standing.possible_duplicate
    assert [note.note.what for note in timeline.notes if note.note.what == "fallback"] == ["fallback"]
    assert len(gone(outside, "push", SILENT)) == 1
    assert len(texts(outside, SILENT)) == 1
    assert timeline.found.standing.possible_duplicate != UNREAD
