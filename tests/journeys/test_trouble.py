"""An SMSC that is down, slow, full, silent or confused: nothing is lost, what may be double is marked, the first state stands."""

from __future__ import annotations

import asyncio

import pytest

from chappe.connectors.smpp.statuses import Status
from chappe.domain.link import Health
from chappe.domain.retry import RetryPlan, UnknownPolicy
from chappe.domain.state import State
from chappe.protocols.smpp.commands import DeliverSm, EnquireLink
from chappe.sim.behaviour import Behaviour
from chappe.sim.control import How
from journeys.house import House, until


async def test_the_smsc_is_down_and_comes_back(outside: House) -> None:
    house = outside
    await house.tap.close()
    await house.start()
    await house.healthy(health=Health.DOWN)
    ids = [
        await house.sent(content=f"waits {number}", dlr_level="3", dlr_url=house.sink.url("/dlr"))
        for number in range(5)
    ]
    for message_id in ids:
        found = await house.told(message_id)
        assert (found.found.standing.state, found.found.standing.attempts) == (State.QUEUED, 0)
    await house.tap.open()
    for message_id in ids:
        found = await house.over(message_id)
        assert found.found.standing.state is State.DELIVERED
        assert (found.found.standing.attempts, found.found.standing.possible_duplicate) == (1, "")
    assert sorted(row.text for row in house.rows()) == [f"waits {number}" for number in range(5)]


@pytest.mark.parametrize(
    ("magic", "status"),
    [
        ("990040", Status.ESME_RTHROTTLED),
        ("990041", Status.ESME_RMSGQFUL),
        ("990042", Status.ESME_RSYSERR),
        ("990043", Status.ESME_RX_T_APPN),
    ],
)
async def test_refused_for_now_then_taken(house: House, magic: str, status: Status) -> None:
    message_id = await house.sent(to=f"31612{magic}", dlr_level="3", dlr_url=house.sink.url("/dlr"))
    found = await house.over(message_id)
    assert [row.status for row in house.rows()] == [status, 0]
    standing = found.found.standing
    assert (standing.state, standing.possible_duplicate) == (State.DELIVERED, "")
    counted = 1 if status in (Status.ESME_RTHROTTLED, Status.ESME_RMSGQFUL) else 2
    assert standing.attempts == counted
    assert [dict(call)["message_status"] for call in house.calls()].count("ESME_ROK") == 1


async def test_a_rate_that_the_smsc_enforces_loses_nothing(house: House) -> None:
    house.smsc.behave(Behaviour(throttle_rate=40))
    ids = [await house.sent(content=f"#{number:08}") for number in range(30)]
    for message_id in ids:
        assert (await house.reaches(message_id, State.SENT)).found.standing.possible_duplicate == ""
    taken = [row.token for row in house.rows() if row.status == 0]
    assert sorted(taken) == [f"{number:08}" for number in range(30)]
    assert Status.ESME_RTHROTTLED in {row.status for row in house.rows()}


async def test_no_attempt_is_left(outside: House) -> None:
    house = outside
    await house.save(house.connector(retry=RetryPlan(first=0.05, factor=1.0, longest=0.05, attempts=2)))
    await house.start()
    await house.healthy()
    message_id = await house.sent(to="31612990032", dlr_level="3", dlr_url=house.sink.url("/dlr"))
    found = await house.over(message_id)
    assert [row.status for row in house.rows()] == [Status.ESME_RSYSERR] * 2
    assert found.found.standing.state in (State.REJECTED, State.UNDELIVERED)
    by_level = {dict(call)["level"]: dict(call)["message_status"] for call in house.calls()}
    assert by_level["1"] == "ESME_RSYSERR"
    assert by_level["2"] in ("REJECTD", "UNDELIV")


async def test_another_way_where_the_first_refuses_for_good(house: House) -> None:
    from chappe.domain.routing import Route, Target

    await house.save(
        house.connector("other"),
        Route(name="all", targets=(Target(connector="op"), Target(connector="other", priority=1))),
    )
    await house.healthy("other")
    message_id = await house.sent(to="31612990030", dlr_level="2", dlr_url=house.sink.url("/dlr"))
    found = await house.over(message_id)
    assert [(row.system_id, row.status) for row in house.rows()] == [
        ("op", Status.ESME_RINVDSTADR),
        ("other", Status.ESME_RINVDSTADR),
    ]
    assert found.found.standing.state is State.REJECTED
    assert len(house.calls()) == 1


async def test_an_answer_that_never_comes_is_a_possible_duplicate(outside: House) -> None:
    house = outside
    await house.save(house.connector(settings={"response_timer": 0.3}))
    await house.start()
    await house.healthy()
    message_id = await house.sent(to="31612990051", dlr_level="3", dlr_url=house.sink.url("/dlr"))
    found = await house.over(message_id)
    assert found.found.standing.state is State.DELIVERED
    assert found.found.standing.possible_duplicate
    assert [row.status for row in house.rows()] == [None, 0]
    assert [dict(call)["level"] for call in house.calls()].count("2") == 1


@pytest.mark.parametrize("magic", ["990055", "990056"])
async def test_the_connection_breaks_around_the_answer(house: House, magic: str) -> None:
    message_id = await house.sent(to=f"31612{magic}", dlr_level="2", dlr_url=house.sink.url("/dlr"))
    found = await house.over(message_id)
    assert found.found.standing.state is State.DELIVERED
    rows = house.rows()
    marked = bool(found.found.standing.possible_duplicate)
    assert marked is (len(rows) > 1)
    assert marked or magic == "990056"
    assert [dict(call)["message_status"] for call in house.calls()] == ["DELIVRD"]


async def test_at_most_once_holds_what_may_have_gone(outside: House) -> None:
    house = outside
    await house.save(house.connector(unknown=UnknownPolicy.HOLD, settings={"response_timer": 0.3}))
    await house.start()
    await house.healthy()
    message_id = await house.sent(to="31612990050")
    await house.reaches(message_id, State.HELD)
    await house.stop()
    await house.start()
    await house.healthy()
    other = await house.sent(content="goes past it")
    await house.reaches(other, State.SENT)
    assert (await house.told(message_id)).found.standing.state is State.HELD
    assert [row.destination for row in house.rows()].count("31612990050") == 1


async def test_a_link_that_went_dark_is_found_out_and_made_anew(outside: House) -> None:
    house = outside
    await house.save(
        house.connector(settings={"enquire_link": 0.2, "enquire_link_wait": 0.2, "bind_timer": 0.3})
    )
    await house.start()
    await house.healthy()
    house.smsc.behave(Behaviour(dark=True))
    message_id = await house.sent(dlr_level="2", dlr_url=house.sink.url("/dlr"))
    await until(lambda: house.here.parts.board.health("op") is not Health.UP)
    assert house.tap.of_kind(EnquireLink)
    house.smsc.behave(Behaviour())
    assert (await house.over(message_id)).found.standing.state is State.DELIVERED
    assert [dict(call)["message_status"] for call in house.calls()] == ["DELIVRD"]


@pytest.mark.parametrize("how", list(How))
async def test_the_smsc_ends_the_session_again_and_again(house: House, how: How) -> None:
    ids = []
    for number in range(4):
        ids.append(await house.sent(content=f"#{number:08}", dlr_level="2", dlr_url=house.sink.url("/dlr")))
        house.smsc.drop(how)
    for message_id in ids:
        assert (await house.over(message_id)).found.standing.state is State.DELIVERED
    taken = [row.token for row in house.rows() if row.status == 0]
    assert set(taken) == {f"{number:08}" for number in range(4)}
    doubled = len(taken) - len(set(taken))
    stories = [await house.told(message_id) for message_id in ids]
    assert doubled <= sum(bool(found.found.standing.possible_duplicate) for found in stories)
    assert sorted(dict(call)["id"] for call in house.calls()) == sorted(ids)


# ---------------------------------------------------------------- receipts


@pytest.mark.parametrize(
    ("magic", "receipts", "word"),
    [
        ("990014", 1, "DELIVRD"),
        ("990015", 3, "DELIVRD"),
        ("990016", 2, "DELIVRD"),
        ("990017", 2, "UNDELIV"),
        ("990018", 2, "DELIVRD"),
        ("990020", 2, "DELIVRD"),
        ("990011", 2, "DELIVRD"),
        ("990052", 1, "DELIVRD"),
    ],
    ids=[
        "early",
        "three",
        "contradiction",
        "other contradiction",
        "too late",
        "stray",
        "accepted first",
        "two answers",
    ],
)
async def test_receipts_that_come_too_soon_too_often_or_for_nobody(
    house: House, magic: str, receipts: int, word: str
) -> None:
    message_id = await house.sent(to=f"31612{magic}", dlr_level="3", dlr_url=house.sink.url("/dlr"))
    await house.over(message_id)
    await until(lambda: house.smsc.snapshot().totals.receipts_acked == receipts)
    assert len(house.tap.of_kind(DeliverSm, from_smsc=True)) == receipts
    finals = [dict(call)["message_status"] for call in house.calls() if dict(call)["level"] == "2"]
    assert finals[-1:] == [word]
    assert [one for one in finals if one in ("DELIVRD", "UNDELIV")] == [word]
    assert [dict(call)["level"] for call in house.calls()].count("1") == 1
    waiting, _ = await house.here.parts.store.unmatched_counts()
    assert waiting == (1 if magic == "990020" else 0)


async def test_a_receipt_for_nobody_is_kept_and_given_up_in_the_end(house: House) -> None:
    message_id = await house.sent(to="31612990020", dlr_level="2", dlr_url=house.sink.url("/dlr"))
    await house.over(message_id)
    store = house.here.parts.store

    async def orphan() -> bool:
        house.clock.ahead_ms += 86_400_000
        await asyncio.sleep(0.25)
        return await store.unmatched_counts() == (0, 1)

    await until(orphan)
    assert len(house.calls()) == 1


async def test_ids_that_come_back_in_another_spelling(outside: House) -> None:
    from chappe.sim.message_ids import IdForm

    house = outside
    house.smsc.behave(Behaviour(ids=IdForm("hexdec")))
    await house.start()
    await house.healthy()
    message_id = await house.sent(dlr_level="2", dlr_url=house.sink.url("/dlr"))
    assert (await house.over(message_id)).found.standing.state is State.DELIVERED
    (row,) = house.rows()
    ((_, receipt),) = house.tap.of_kind(DeliverSm, from_smsc=True)
    assert f"id:{row.id}".encode() not in receipt.short_message
