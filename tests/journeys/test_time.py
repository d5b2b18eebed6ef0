"""What waits for its time: schedules, validities, receipts that never come; over a restart, and with the clock set forward."""

from __future__ import annotations

from chappe.domain.account import Account
from chappe.domain.link import Health
from chappe.domain.state import State
from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.tlvs import Tag, find_integer
from journeys.house import House

IN_AN_HOUR = "000000010000000R"


async def test_a_scheduled_message_waits_over_a_restart_and_goes_in_time(house: House) -> None:
    message_id = await house.sent(sdt=IN_AN_HOUR, dlr_level="3", dlr_url=house.sink.url("/dlr"))
    now = await house.sent(content="at once")
    await house.reaches(now, State.SENT)
    await house.stop()
    await house.start()
    await house.healthy()
    house.clock.ahead_ms = 3_590_000
    again = await house.sent(content="at once too")
    await house.reaches(again, State.SENT)
    assert (await house.told(message_id)).found.standing.state is State.SCHEDULED
    assert [row.text for row in house.rows()] == ["at once", "at once too"]
    house.clock.ahead_ms = 3_601_000
    assert (await house.over(message_id)).found.standing.state is State.DELIVERED
    assert [row.text for row in house.rows()] == ["at once", "at once too", "hello"]
    assert {one.schedule_delivery_time for one in house.tap.submits} == {""}


async def test_a_message_whose_validity_ends_while_it_waits_never_goes(outside: House) -> None:
    house = outside
    await house.tap.close()
    await house.start()
    await house.healthy(health=Health.DOWN)
    url = house.sink.url("/dlr")
    ends = await house.sent(content="ends", validity_period="1", dlr_level="3", dlr_url=url)
    lasts = await house.sent(content="lasts", validity_period="60", dlr_level="3", dlr_url=url)
    esme = await house.bound()
    by_smpp = await esme.submit(b"ends too", validity_period="000000000100000R")
    house.clock.ahead_ms += 61_000
    for message_id in (ends, by_smpp):
        assert (await house.over(message_id)).found.standing.state is State.EXPIRED
    assert find_integer(esme.got[0].tlvs, Tag.MESSAGE_STATE) == MessageState.EXPIRED
    await house.tap.open()
    assert (await house.over(lasts)).found.standing.state is State.DELIVERED
    assert [row.text for row in house.rows()] == ["lasts"]
    told = {(dict(call)["id"], dict(call)["level"]): dict(call)["message_status"] for call in house.calls()}
    assert told[ends, "2"] == "EXPIRED"
    assert told[lasts, "2"] == "DELIVRD"
    (submit,) = house.tap.submits
    assert submit.validity_period


async def test_accounts_have_a_validity_of_their_own(house: House) -> None:
    await house.save(
        Account(name="acme", private_webhooks=("127.0.0.0/8",), default_validity=30, max_validity=120)
    )
    house_down = house.connector(enabled=False)
    await house.save(house_down)
    url = house.sink.url("/dlr")
    default = await house.sent(dlr_level="2", dlr_url=url)
    longest = await house.sent(validity_period="60", dlr_level="2", dlr_url=url)
    house.clock.ahead_ms += 31_000
    assert (await house.over(default)).found.standing.state is State.EXPIRED
    assert (await house.told(longest)).found.standing.state is State.QUEUED
    house.clock.ahead_ms += 90_000
    assert (await house.over(longest)).found.standing.state is State.EXPIRED
    assert house.rows() == []


async def test_a_receipt_that_never_comes_ends_as_unknown(outside: House) -> None:
    house = outside
    await house.save(house.connector(receipt_wait=3_600))
    house.clock.ahead_ms = -3_601_000
    await house.start()
    await house.healthy()
    message_id = await house.sent(to="31612990010", dlr_level="2", dlr_url=house.sink.url("/dlr"))
    await house.reaches(message_id, State.SENT)
    await house.stop()
    house.clock.ahead_ms = 0
    await house.start()
    assert (await house.over(message_id)).found.standing.state is State.UNKNOWN
    assert [dict(call)["message_status"] for call in house.calls()] == ["UNKNOWN"]
