"""Messages that go out by a plug-in of the operator's, in a process of its own, over a real store."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chappe.connectors.plugin.program import CONTRACT_SOURCE
from chappe.domain.link import AskReceipts, ConnectorRecord, Health
from chappe.domain.retry import RetryPlan, UnknownPolicy
from chappe.domain.routing import Route, Target
from chappe.domain.state import State
from journeys.house import House, until

SCRIPTED = Path(__file__).parents[1] / "unit" / "connectors" / "plugin" / "scripted.py"
SKELETONS = Path(CONTRACT_SOURCE).parents[1] / "skeletons"
ZONE = ZoneInfo("Europe/Istanbul")


def plugin(house: House, name: str = "plug", **given: Any) -> ConnectorRecord:
    record = {
        "receipts": AskReceipts.ALWAYS,
        "retry": RetryPlan(first=0.05, factor=1.0, longest=0.05, attempts=50),
    }
    record.update((key, given.pop(key)) for key in ("unknown", "receipts", "retry") if key in given)
    folder = house.folder / name
    folder.mkdir(exist_ok=True)
    settings = {
        "plugin": f"{SCRIPTED}:Scripted",
        "secret": "right",
        "environment": {"RECORD": str(folder)},
        "report_first": 0.05,
        "report_longest": 0.2,
        "restart_first": 0.01,
        "restart_longest": 0.05,
        **given,
    }
    return ConnectorRecord(name=name, kind="plugin", settings=settings, **record)


async def open_plugin(house: House, *, health: Health = Health.UP, **given: Any) -> None:
    """The plug-in, as the only way out."""
    await house.save(plugin(house, **given), Route(name="all", targets=(Target(connector="plug"),)))
    if house.gateway is None:
        await house.start()
    await house.healthy("plug", health)


def calls(house: House, method: str, name: str = "plug") -> list[Any]:
    """What a method was called with, in order; requests are read."""
    file = house.folder / name / "calls.jsonl"
    if not file.exists():
        return []
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    texts = [text for _, called, text in rows if called == method]
    return [json.loads(text) for text in texts] if method in ("send", "report") else texts


def sent_messages(house: House) -> list[dict[str, Any]]:
    return [message for request in calls(house, "send") for message in request["messages"]]


def pid(house: House) -> int:
    return int(json.loads((house.folder / "plug" / "calls.jsonl").read_text().splitlines()[-1])[0])


def counted(house: House, name: str) -> int:
    return sum(
        count
        for (counter, label), count in house.here.parts.figures.counters.items()
        if f"{counter} {label}" == name
    )


@pytest.mark.row("000-001", "000-002", "000-006", "000-018", "000-021", "000-024", "000-027", "000-048")
async def test_a_message_goes_out_by_a_plugin_and_its_report_comes_back(outside: House) -> None:
    await open_plugin(outside)
    message_id = await outside.sent(dlr_level="3", dlr_url=outside.sink.url("/dlr"))
    told = await outside.over(message_id)
    assert told.found.standing.state is State.DELIVERED
    assert told.parts[0].smsc_id.endswith(".1.DELIVERED")
    assert calls(outside, "login") == ["right"]
    (request,) = calls(outside, "send")
    assert list(request) == ["messages"]
    assert calls(outside, "report") == [{"partnerPacketId": "", "messages": [told.parts[0].smsc_id]}]
    assert [dict(call)["message_status"] for call in outside.calls()] == ["ESME_ROK", "DELIVRD"]


@pytest.mark.row("000-019", "000-020", "000-025", "000-026", "000-016", "000-045", "000-046")
async def test_the_partners_words_are_kept_and_shown(
    outside: House, capsys: pytest.CaptureFixture[str]
) -> None:
    await open_plugin(outside)
    message_id = await outside.sent(content="status=ACC-7;detail=queued at partner;op=TESTCELL;count=3")
    told = await outside.over(message_id)
    (note,) = [record.note for record in told.notes if record.note.what == "sent"]
    assert note.detail == (
        "partnerStatus:ACC-7 partnerDetail:queued at partner smsOperator:TESTCELL smsMessageCount:3 (counted 1 here)"
    )
    assert told.parts[0].receipt == (
        f"id:{told.parts[0].smsc_id} apiStatus:DELIVERED partnerStatus:p-DELIVERED partnerDetail:as asked"
        " sendAt:202603141509 smsOperator:TESTCELL smsMessageCount:1"
    )
    assert counted(outside, "plugin_operators plug:TESTCELL") == 1
    assert counted(outside, "plugin_oddities plug:parts_differ") == 1
    assert await outside.command("trace", message_id) == 0
    shown = capsys.readouterr().out
    assert "partnerStatus:ACC-7" in shown
    assert "partnerStatus:p-DELIVERED" in shown
    assert "sendAt:202603141509" in shown


@pytest.mark.row("000-047")
async def test_a_text_arrives_in_its_final_form_and_nothing_is_filled_in(outside: House) -> None:
    await open_plugin(outside)
    text = "Dear {name}, ${sum} {{ sum }} %s {0} <b>&amp;"
    message_id = await outside.sent(content=text)
    await outside.over(message_id)
    (message,) = sent_messages(outside)
    assert message["text"] == text


@pytest.mark.row("000-003", "000-004")
async def test_a_refused_login_leaves_everything_queued(outside: House) -> None:
    await open_plugin(outside, secret="wrong", health=Health.DOWN)
    assert outside.here.parts.board.statuses["plug"].detail == "login refused"
    message_id = await outside.sent()
    assert (await outside.told(message_id)).found.standing.state is State.QUEUED
    assert calls(outside, "send") == calls(outside, "report") == []
    # The right one, and it goes on where it was.
    await outside.save(plugin(outside))
    await outside.over(message_id)
    assert calls(outside, "login") == ["wrong", "right"]


@pytest.mark.row("000-005")
async def test_a_plugin_may_take_an_empty_secret(outside: House) -> None:
    await open_plugin(outside, secret="")
    await outside.over(await outside.sent())
    assert calls(outside, "login") == [""]


@pytest.mark.row("000-001")
async def test_a_plugin_that_lacks_a_method_is_refused_by_name(outside: House) -> None:
    await open_plugin(outside, plugin=f"{SCRIPTED}:Lacking", health=Health.DOWN)
    detail = outside.here.parts.board.statuses["plug"].detail
    assert detail == "the plug-in cannot be loaded: Lacking has no method report"


@pytest.mark.row("000-010", "000-011", "000-012", "000-013", "000-007", "000-008", "000-009")
async def test_dates_are_twelve_digits_in_the_operators_zone(outside: House) -> None:
    await open_plugin(outside)
    plain = await outside.sent()
    await outside.over(plain)
    urgent = await outside.sent(priority="3", validity_period="60", content="urgent")
    found = (await outside.over(urgent)).found.message
    first, second = sent_messages(outside)
    assert first["mobileNumber"] == "31612345678"
    assert (first["text"], first["sender"], first["smsType"]) == ("hello", "Chappe", "BULK")
    assert first["startTime"] is None
    assert "priority" not in first
    assert second["priority"] == "yes"
    expires = datetime.fromtimestamp(found.expires_ms / 1000, ZONE)
    assert second["expireTime"] == expires.strftime("%Y%m%d%H%M")
    assert len(second["expireTime"]) == 12


@pytest.mark.row("000-010")
async def test_a_scheduled_message_says_when_it_was_for(outside: House) -> None:
    await open_plugin(outside)
    message_id = await outside.sent(sdt="000000000001000R")
    found = (await outside.over(message_id)).found.message
    (message,) = sent_messages(outside)
    assert found.due_ms
    assert message["startTime"] == datetime.fromtimestamp(found.due_ms / 1000, ZONE).strftime("%Y%m%d%H%M")


@pytest.mark.row("000-022", "000-028", "000-029")
async def test_what_fails_is_final_and_never_asked_about(outside: House) -> None:
    await open_plugin(outside)
    failed = await outside.sent(
        content="api=FAIL;status=BLOCKED;detail=on the list", dlr_level="2", dlr_url=outside.sink.url("/dlr")
    )
    told = await outside.over(failed)
    assert told.found.standing.state is State.REJECTED
    assert told.found.standing.error == "BLOCKED"
    assert len(outside.calls()) == 1
    undelivered = await outside.sent(content="report=FAIL")
    expired = await outside.sent(content="report=TIMEOUT")
    assert (await outside.over(undelivered)).found.standing.state is State.UNDELIVERED
    assert (await outside.over(expired)).found.standing.state is State.EXPIRED
    asked = [made for request in calls(outside, "report") for made in request["messages"]]
    # Once each: a final state is asked for no more, what failed never.
    assert sorted(made.rpartition(".")[2] for made in asked) == ["FAIL", "TIMEOUT"]


@pytest.mark.row("000-017", "000-023")
@pytest.mark.parametrize("content", ["short", "api=MAYBE", "garbage", "api="])
async def test_an_answer_against_the_contract_parks_the_message(outside: House, content: str) -> None:
    await open_plugin(outside)
    told = await outside.reaches(await outside.sent(content=content), State.PARKED)
    assert told.found.standing.error == "CONTRACT"
    assert told.found.standing.possible_duplicate
    assert "the plug-in answered" in told.notes[-1].note.detail or "its answer" in told.notes[-1].note.detail
    # It is kept, and not sent again by itself.
    assert len(sent_messages(outside)) == 1
    await outside.over(await outside.sent())


@pytest.mark.row("000-030", "000-033")
async def test_polling_goes_on_after_a_restart_for_the_open_ones_only(outside: House) -> None:
    await open_plugin(outside)
    done = await outside.sent()
    open_one = await outside.sent(content="report=LATER;packet")
    await outside.over(done)
    await outside.reaches(open_one, State.SENT)
    await until(lambda: len(calls(outside, "report")) >= 3)
    await outside.stop()
    (outside.folder / "plug" / "calls.jsonl").unlink()
    (outside.folder / "plug" / "now").touch()
    await outside.start()
    told = await outside.over(open_one)
    assert told.found.standing.state is State.DELIVERED
    part = told.parts[0]
    assert part.packet
    # With the packet's id of the answer that another process had got, and about nobody else.
    assert calls(outside, "report") == [{"partnerPacketId": part.packet, "messages": [part.smsc_id]}]
    assert calls(outside, "send") == []


@pytest.mark.row("000-041", "000-042", "000-043")
async def test_a_packet_whose_messages_have_no_ids_is_asked_for_as_a_whole(outside: House) -> None:
    await open_plugin(outside)
    message_id = await outside.sent(content="place")
    told = await outside.over(message_id)
    assert told.found.standing.state is State.DELIVERED
    assert calls(outside, "report") == [{"partnerPacketId": told.parts[0].packet, "messages": []}]


@pytest.mark.row("000-034")
@pytest.mark.parametrize("how", ["", "stubborn", "raising"])
async def test_destroy_is_called_once_and_holds_nobody_up(outside: House, how: str) -> None:
    await open_plugin(outside, destroy_timer=0.1)
    if how:
        (outside.folder / "plug" / how).touch()
    await outside.over(await outside.sent())
    # A reload is an end and a beginning.
    await outside.save(plugin(outside, destroy_timer=0.2))
    await until(lambda: len(calls(outside, "login")) == 2)
    assert len(calls(outside, "destroy")) == 1
    await outside.healthy("plug")
    async with asyncio.timeout(5):
        await outside.stop()
    assert len(calls(outside, "destroy")) == 2


async def test_a_killed_child_loses_nothing_and_marks_what_it_had(outside: House) -> None:
    await open_plugin(outside, response_timer=30.0)
    hanging = await outside.sent(content="hang_once")
    await until(lambda: calls(outside, "send"))
    os.kill(pid(outside), signal.SIGKILL)
    told = await outside.over(hanging)
    assert told.found.standing.state is State.DELIVERED
    assert told.found.standing.attempts == 2
    assert told.found.standing.possible_duplicate == "the connection was lost before the answer"


async def test_unknown_outcomes_are_held_where_the_policy_says_so(outside: House) -> None:
    await open_plugin(outside, unknown=UnknownPolicy.HOLD)
    told = await outside.reaches(await outside.sent(content="die"), State.HELD)
    assert told.found.standing.possible_duplicate
    told = await outside.reaches(await outside.sent(content="raise"), State.HELD)
    assert told.notes[-1].note.detail == "RuntimeError: the line is busy"


async def test_a_message_that_kills_the_plugin_again_and_again_is_parked(outside: House) -> None:
    await open_plugin(outside)
    told = await outside.reaches(await outside.sent(content="die"), State.PARKED)
    assert told.notes[-1].note.detail == (
        "the plug-in's process ended each time that it was given this message: exit code 3: last words"
    )
    await outside.over(await outside.sent())


# ---------------------------------------------------------------- .NET

needs_mono = pytest.mark.skipif(
    shutil.which("mono") is None or shutil.which("mcs") is None,
    reason="needs Mono: packages mono-runtime, mono-mcs, libmono-system-runtime-serialization4.0-cil",
)


def compiled(folder: Path, *, named: str = "mmp.abstract") -> Path:
    """The C# skeleton, compiled against an interface assembly of another name that is then not there."""
    folder.mkdir()
    contract = folder / f"{named}.dll"
    options = ["-nologo", "-target:library"]
    subprocess.run(["mcs", *options, f"-out:{contract}", str(CONTRACT_SOURCE)], check=True)
    made = folder / "Plugin.dll"
    references = [f"-r:{contract}", "-r:System.Runtime.Serialization"]
    subprocess.run(["mcs", *options, *references, f"-out:{made}", str(SKELETONS / "Plugin.cs")], check=True)
    contract.unlink()
    return made


@needs_mono
@pytest.mark.row("000-001", "000-035", "000-044")
async def test_a_net_assembly_is_a_plugin_although_its_interface_assembly_is_missing(outside: House) -> None:
    assembly = await asyncio.to_thread(compiled, outside.folder / "net")
    given = {"secret": "secret", "environment": {}, "build_folder": str(outside.folder / "built")}
    await open_plugin(outside, plugin=str(assembly), **given)
    text = "Grüße, ğüşıöç 😀"
    message_id = await outside.sent(content=text, coding="8", hex_content=None)
    assert (await outside.over(message_id)).found.standing.state is State.DELIVERED
    assert outside.here.parts.board.statuses["plug"].binds == 1
    # It dies as any other, and the next one takes over.
    (child,) = outside.here.parts.board.connectors["plug"]._seats
    killed = child.pid
    os.kill(killed, signal.SIGKILL)
    await until(lambda: child.pid not in (0, killed))
    await outside.healthy("plug")
    assert (await outside.over(await outside.sent())).found.standing.state is State.DELIVERED
