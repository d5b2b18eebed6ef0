"""Reports of document 001 over the whole gateway: status webhooks, MOs with what they answer, conversions, one connection
for all operators."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chappe.domain.account import Account, Token, token_digest
from chappe.domain.error_table import STANDARD, ErrorMap
from chappe.domain.report import Way
from chappe.domain.routing import Condition, MoTarget, Route, Target
from chappe.domain.status_webhook import StatusForm, StatusWebhook
from chappe.sim.incoming import Mo
from chappe.sim.sink import Reply
from dialects.smpp.esme import submit_sm
from journeys.house import Answer, House, ask_http, until

TOKEN = "a0b1c2d3-0000-4000-8000-000000000001"
OK = Reply()
REPORT = "to=[GSM]&status=[STATUS]&code=[STATUSDESCRIPTION]&said=[EXTERNALSTATUSDESCRIPTION]&r=[REFERENCE]&g=[CUSTOMGROUPING2]&op=[OPERATOR]"


async def ready(house: House, *, form: StatusForm = StatusForm.QUERY) -> None:
    """An account with a product token and a status webhook."""
    house.sink.always(OK)
    hook = StatusWebhook(url=house.sink.url(f"/status?{REPORT}"), form=form)
    await house.save(
        Account(name="acme", private_webhooks=("127.0.0.0/8",), status_webhook=hook),
        Token(name="acme", account="acme", digest=token_digest(TOKEN)),
    )


async def message(house: House, **given: Any) -> Answer:
    fields = {
        "from": "12345",
        "to": [{"number": "0031612345678"}],
        "body": {"type": "AUTO", "content": "hello"},
        **given,
    }
    body = {"messages": {"authentication": {"productToken": TOKEN}, "msg": [fields]}}
    answer = await ask_http(house.running.http_port, "/v1.0/message", body=json.dumps(body).encode())
    assert answer.status == 200, answer
    return answer


async def reports(house: House, count: int) -> list[dict[str, str]]:
    return [dict(call) for call in await house.called(count, "/status")]


@pytest.mark.row("001-039")
@pytest.mark.row("001-178")
@pytest.mark.row("001-180")
async def test_each_change_of_status_is_one_call(house: House) -> None:
    await ready(house)
    await message(house, reference="batchA", customGrouping="g1", customGrouping2="g2")
    told = await reports(house, 2)
    common = {"to": "0031612345678", "code": "", "r": "batchA", "g": "g2", "op": ""}
    assert told == [
        {**common, "status": "0", "said": ""},
        {**common, "status": "2", "said": "DELIVRD"},
    ]
    assert {request.method for request in house.sink.requests} == {"GET"}


@pytest.mark.row("001-178")
async def test_a_refusal_is_one_call_and_so_is_a_failure(house: House) -> None:
    await ready(house)
    await message(house, to=[{"number": "0031612990030"}], reference="refused")
    await message(house, to=[{"number": "0031612990001"}], reference="failed")
    told: dict[str, list[tuple[str, str, str]]] = {}
    for one in await reports(house, 3):
        told.setdefault(one["r"], []).append((one["status"], one["code"], one["said"]))
    assert told == {
        "refused": [("1", "23", "ESME_RINVDSTADR")],
        "failed": [("0", "", ""), ("3", "5", "UNDELIV 001")],
    }


async def test_by_json_in_the_numbers_of_the_operators_map(house: House) -> None:
    await ready(house, form=StatusForm.JSON)
    await house.save(ErrorMap(connector="op", errors={"001": 26}))
    await message(house, to=[{"number": "0031612990001"}])
    await until(lambda: len([one for one in house.sink.requests if one.path == "/status"]) == 2)
    _, last = (json.loads(one.body)["messages"]["msg"] for one in house.sink.requests)
    assert last["status"] == {"code": "3", "errorCode": "26", "errorDescription": STANDARD[26].text}
    assert last["reference"] == ""


@pytest.mark.row("001-181")
async def test_a_webhook_is_taken_only_if_its_test_call_is_answered_with_200(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    url = house.sink.url("/status?s=[STATUS]&r=[REFERENCE]")
    words = ("account", "set", "acme", f"status_webhook.url={url}")
    for status in (404, 204, 302):
        house.sink.always(Reply(status=status))
        assert await house.command(*words) == 2
        assert f"answered with {status}, not 200" in capsys.readouterr().err
        assert house.here.parts.directory.accounts["acme"].status_webhook is None
    house.sink.always(OK)
    assert await house.command(*words) == 0
    assert house.here.parts.directory.accounts["acme"].status_webhook == StatusWebhook(url=url)
    assert house.sink.requests[-1].query == b"s=2&r=test"
    calls = len(house.sink.requests)
    # What does not change it is no reason to call again.
    assert await house.command("account", "set", "acme", "throughput=50") == 0
    assert len(house.sink.requests) == calls
    house.sink.always(Reply(status=500))
    assert await house.command(*words[:3], "status_webhook.form=json") == 2
    assert await house.command(*words[:3], "status_webhook.form=json", "--untested") == 0
    assert house.here.parts.directory.accounts["acme"].status_webhook == StatusWebhook(
        url=url, form=StatusForm.JSON
    )
    assert await house.command(*words[:3], "--no-status-webhook") == 0
    assert house.here.parts.directory.accounts["acme"].status_webhook is None


@pytest.mark.row("001-181")
async def test_a_file_with_a_webhook_is_tested_too(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    file = house.folder / "acme.toml"
    url = house.sink.url("/status?[STATUS]")
    file.write_text(
        f'[[account]]\nname = "acme"\nprivate_webhooks = ["127.0.0.0/8"]\nstatus_webhook = {{ url = "{url}" }}\n'
    )
    house.sink.always(Reply(status=500))
    assert await house.command("apply", str(file), "--yes") == 2
    assert "answered with 500, not 200" in capsys.readouterr().err
    assert await house.command("apply", str(file), "--yes", "--untested") == 0
    assert house.here.parts.directory.accounts["acme"].status_webhook == StatusWebhook(url=url)


async def test_an_mo_brings_the_reference_and_the_groupings_of_what_it_answers(house: House) -> None:
    await ready(house)
    mo = MoTarget(account="acme", way=Way.WEBHOOK, target=house.sink.url("/mo"), dialect="cm")
    await house.save(Route(name="mo", deliver=mo))
    await message(house, reference="older", customGrouping="g0")
    await message(house, reference="batchA", customGrouping="g1", customGrouping3="g3")
    await message(house, **{"from": "54321"}, reference="other sender")
    await reports(house, 6)
    house.smsc.inject(Mo(text="STOP"))
    house.smsc.inject(Mo(text="hello", source="31600000000"))
    got: dict[str, Any] = {}
    await until(lambda: len([one for one in house.sink.requests if one.path == "/mo"]) == 2)
    for request in house.sink.requests:
        if request.path == "/mo":
            told = json.loads(request.body)
            got[told["message"]["text"]] = told
    assert got["STOP"]["reference"] == "batchA"
    assert got["STOP"]["groupings"] == ["g1", "", "g3"]
    assert got["STOP"]["from"]["number"] == "+31612345678"
    assert got["STOP"]["to"]["number"] == "12345"
    assert (got["hello"]["reference"], got["hello"]["groupings"]) == ("", ["", "", ""])


@pytest.mark.row("001-071")
@pytest.mark.row("001-254")
async def test_operators_find_messages_and_see_conversions(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    await ready(house)
    for number, grouping in enumerate(("sale", "sale", "vip")):
        await message(house, reference=f"r{number}", customGrouping=grouping)
    body = json.dumps({"ProductToken": TOKEN, "Msisdn": "0031612345678", "Reference": "r1"}).encode()
    answer = await ask_http(house.running.http_port, "/v1.0/conversion", body=body)
    assert (answer.status, answer.body) == (200, "")
    await reports(house, 6)
    assert await house.command("message", "find", "--grouping", "sale", "--level", "1") == 0
    shown = capsys.readouterr().out
    assert "r0" in shown
    assert "r1" in shown
    assert "r2" not in shown
    assert await house.command("conversion", "report", "--by", "grouping") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "acme sale 2 1 50.0 %" in shown
    assert "acme vip 1 0 0.0 %" in shown
    assert await house.command("conversion", "groupings") == 0
    assert "acme 2" in " ".join(capsys.readouterr().out.split())


@pytest.mark.row("001-248")
@pytest.mark.row("001-249")
@pytest.mark.row("001-250")
async def test_one_connection_reaches_three_operators_by_their_network(house: House) -> None:
    networks = ("20801", "20810", "20820")
    routes = [
        Route(
            name=f"to{network}",
            order=10,
            condition=Condition(networks=(network,)),
            targets=(Target(connector=f"op{network}"),),
        )
        for network in networks
    ]
    await house.save(*(house.connector(f"op{network}") for network in networks), *routes)
    esme = await house.bound()
    tlvs = [((0x1401, f"{network}\0".encode()), (0x140A, b"150\0")) for network in networks]
    for given, counted in ((False, "op"), (True, "")):
        account = Account(name="acme", network_from_client=given, private_webhooks=("127.0.0.0/8",))
        await house.save(account)
        for network, told in zip(networks, tlvs, strict=True):
            answer = await esme.ask(submit_sm(), told)
            assert answer.status == 0
            story = await house.told(str(answer.body.message_id))  # type: ignore[attr-defined]
            extras = story.found.message.extras
            assert extras is not None
            assert (extras.network, extras.tariff) == (network, "150")
            assert story.found.message.connector == (counted or f"op{network}")
