"""What becomes of the messages of a call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chappe.domain.link import ConnectorRecord
from chappe.domain.refusal import Reason
from chappe.domain.routing import Condition, Route, Target
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from dialects.servicestack_desk import API, ROUTE, Desk, basic, message, status_of

BATCH = f"{API}[]"


def with_role(desk: Desk, name: str) -> dict[str, str]:
    """A login of one of the rig's accounts; they all have the role Client."""
    assert name in desk.directory.accounts
    return basic(name, f"{name}-pass")


@pytest.mark.row("003-003")
@pytest.mark.row("003-009")
@pytest.mark.row("003-010")
@pytest.mark.row("003-011")
@pytest.mark.row("003-012")
@pytest.mark.row("003-013")
@pytest.mark.row("003-014")
async def test_one_answer_for_each_in_order_with_what_came() -> None:
    desk = Desk()
    asked = [
        message("a", channel="sms", clientMessageId="c-1"),
        message("b", "nobody"),
        message("c", "+31612345679"),
        {"content": "d"},
        message("e", "7001234567"),
        None,
        message("g", "31612345670", channel="pigeon"),
    ]
    found = await desk.sent(*asked)
    assert "error" not in found
    results = found["messages"]
    assert [one["accepted"] for one in results] == [True, False, True, False, False, False, False]
    assert [one.get("to") for one in results] == [one and one.get("to") for one in asked]
    assert [one.get("msg") for one in results] == asked
    assert [one.get("error") for one in results] == [
        None,
        "'to' is not a number: a destination is 1 to 20 digits, with + or 00 before them or not",
        None,
        "'to' must not be empty.",
        "No route found",
        "'to' must not be empty.",
        "'channel' is not known: pigeon",
    ]
    ids = {one.message.id: one.message for one in await desk.stored()}
    told = [desk.renderer.parse(one["apiMessageId"]) for one in results if one["accepted"]]
    assert set(told) == set(ids)
    first = ids[told[0]]  # type: ignore[index]
    assert (first.text, first.reference, first.dialect, first.user) == ("a", "c-1", "servicestack", "client")
    assert [one.get("apiMessageId") for one in results if not one["accepted"]] == [None] * 5


@pytest.mark.row("003-015")
async def test_the_error_of_the_whole_is_the_one_reason_of_all() -> None:
    desk = Desk()
    found = await desk.sent(message("a", "7001"), message("b", "7002"))
    assert found["error"] == "No route found"
    assert "error" not in await desk.sent(message("a", "7001"), message("b", "x"))
    assert "ResponseStatus" not in found


@pytest.mark.row("003-008")
@pytest.mark.row("003-016")
@pytest.mark.row("003-039")
@pytest.mark.parametrize("body", [{}, {"Messages": []}, {"Messages": None}, {"other": 1}, None])
async def test_a_call_without_messages(body: Any) -> None:
    response = await Desk().post(body=body)
    assert response.status == 400
    status = status_of(response)
    assert (status["errorCode"], status["message"]) == ("NotEmpty", "'Messages' must not be empty.")
    assert [error["fieldName"] for error in status["errors"]] == ["Messages"]
    assert json.loads(response.body)["ResponseStatus"]["ErrorCode"] == "NotEmpty"


async def test_too_many_messages() -> None:
    desk = Desk()
    response = await desk.post(body={"Messages": [message()] * 1_001})
    assert (response.status, status_of(response)["errorCode"]) == (400, "LessThanOrEqual")
    batch = await desk.post(BATCH, [{"Messages": [message()] * 501}] * 2)
    assert batch.status == 400
    assert await desk.stored() == []
    assert len((await desk.sent(*[message()] * 1_000))["messages"]) == 1_000


@pytest.mark.row("003-007")
async def test_a_repetition_within_a_day_is_the_same_message() -> None:
    desk = Desk()
    (first,) = (await desk.sent(message(clientMessageId="c")))["messages"]
    (again,) = (await desk.sent(message(clientMessageId="c"), headers=basic("admin")))["messages"]
    (other,) = (await desk.sent(message(clientMessageId="c", to="31600000000")))["messages"]
    assert again["apiMessageId"] == first["apiMessageId"] != other["apiMessageId"]
    assert again["accepted"] is True
    assert len(await desk.stored()) == 2
    (reused,) = (await desk.sent(message("something else", clientMessageId="c")))["messages"]
    assert (reused["accepted"], "apiMessageId" in reused) == (False, False)
    assert reused["error"].startswith("'clientMessageId' was used for another message")


@pytest.mark.row("003-007")
async def test_after_a_day_it_is_another_one() -> None:
    desk = Desk()
    (first,) = (await desk.sent(message(clientMessageId="c")))["messages"]
    desk.clock.ms += 86_400_001
    (again,) = (await desk.sent(message(clientMessageId="c")))["messages"]
    assert first["apiMessageId"] != again["apiMessageId"]


@pytest.mark.row("003-004")
async def test_a_channel_chooses_among_routes() -> None:
    desk = Desk()
    premium = Route(
        name="premium", order=99, condition=Condition(tags=("premium",)), targets=(Target(connector="fast"),)
    )
    desk.directory.apply(
        [
            write_entry(Kind.CONNECTOR, "fast", ConnectorRecord(name="fast")),
            write_entry(Kind.ROUTE, "premium", premium),
        ]
    )
    found = await desk.sent(message("a", channel="premium"), message("b", channel="SMS"), message("c"))
    assert [one["accepted"] for one in found["messages"]] == [True] * 3
    assert [one.message.connector for one in await desk.stored()] == ["fast", "op", "op"]


async def test_a_channel_that_no_connector_has_is_refused_for_that_message() -> None:
    desk = Desk()
    found = (await desk.sent(message("a", channel="WhatsApp"), message("b")))["messages"]
    assert [one["accepted"] for one in found] == [False, True]
    assert [one.message.text for one in await desk.stored()] == ["b"]


@pytest.mark.row("003-039")
@pytest.mark.parametrize(
    ("user", "count", "status", "code"),
    [("mute", 1, 403, "Forbidden"), ("slow", 1, 200, ""), ("poor", 2, 200, "")],
)
async def test_a_call_is_refused_for_what_is_no_messages_fault(
    user: str, count: int, status: int, code: str
) -> None:
    desk = Desk()
    response = await desk.post(body={"Messages": [message()] * count}, headers=with_role(desk, user))
    assert response.status == status
    if code:
        assert status_of(response)["errorCode"] == code


@pytest.mark.row("003-039")
async def test_above_the_throughput_what_fits_is_taken_and_the_rest_is_told() -> None:
    desk = Desk()
    slow = with_role(desk, "slow")
    found = await desk.sent(message("a"), message("b"), headers=slow)
    assert [(one["accepted"], one.get("error")) for one in found["messages"]] == [
        (True, None),
        (False, "Too many messages a second"),
    ]
    response = await desk.post(body={"Messages": [message("c")]}, headers=slow)
    assert (response.status, status_of(response)["errorCode"]) == (429, "TooManyRequests")


async def test_a_balance_that_does_not_suffice_is_a_matter_of_each_message() -> None:
    desk = Desk()
    await desk.pay_in("poor", 50_000)
    found = await desk.sent(message("a"), message("b"), headers=with_role(desk, "poor"))
    assert [one["accepted"] for one in found["messages"]] == [True, False]
    assert found["messages"][1]["error"] == "The balance does not cover this message"


@pytest.mark.row("003-039")
@pytest.mark.parametrize("target", [ROUTE, API, BATCH])
async def test_a_full_store_is_an_overload(target: str) -> None:
    desk = Desk()
    desk.store.full = True
    body: Any = {"Messages": [message()]}
    response = await desk.post(target, [body] if target == BATCH else body)
    assert (response.status, status_of(response)["errorCode"]) == (503, "ServiceUnavailable")
    assert desk.faults == []


async def test_several_requests_at_once() -> None:
    desk = Desk()
    response = await desk.post(
        BATCH, [{"Messages": [message("a")]}, {"messages": [message("b"), message("c", "x")]}]
    )
    assert response.status == 200
    assert dict(response.headers)["X-AutoBatch-Completed"] == "2"
    found = json.loads(response.body)
    assert [[one["accepted"] for one in each["messages"]] for each in found] == [[True], [True, False]]
    assert (await desk.post(BATCH, [])).body == b"[]"


async def test_a_batch_stops_at_the_first_fault_and_says_where() -> None:
    desk = Desk()
    response = await desk.post(BATCH, [{"Messages": [message("a")]}, {}, {"Messages": [message("c")]}])
    assert response.status == 400
    assert status_of(response)["meta"] == {"AutoBatchIndex": "1"}
    assert dict(response.headers)["X-AutoBatch-Completed"] == "1"
    assert [one.message.text for one in await desk.stored()] == ["a"]


async def test_one_way_answers_nothing() -> None:
    desk = Desk()
    path = "/json/oneway/SendSMPPSmsRequest"
    response = await desk.post(path, {"Messages": [message("a")]})
    assert (response.status, response.body) == (204, b"")
    assert (await desk.post(f"{path}[]", [{"Messages": [message("b")]}])).status == 204
    assert (await desk.post(path, {})).status == 400
    assert len(await desk.stored()) == 2


async def test_a_long_text_goes_out_in_parts_and_one_too_long_is_refused() -> None:
    desk = Desk()
    found = await desk.sent(message("x" * 161), headers=with_role(desk, "short"))
    assert found["messages"][0]["accepted"] is True
    found = await desk.sent(message("x" * 500), headers=with_role(desk, "short"))
    assert found["error"] == "the text needs 4 parts, 2 are allowed"
    assert (await desk.stored())[0].message.parts == 2


async def test_refusals_are_counted_by_their_code() -> None:
    desk = Desk()
    counted: list[tuple[str, str]] = []

    def count(name: str, label: str = "", by: int = 1) -> None:
        counted.append((name, label))

    desk.submit._meter.count = count  # type: ignore[method-assign]
    await desk.post(body={})
    assert ("http_refused", "servicestack:NotEmpty") in counted
    await desk.sent(message("a", "7001"))
    assert ("refused", f"servicestack:{Reason.NO_ROUTE.word}") in counted
