"""A message's story in lines: every step, in order, without its text."""

from __future__ import annotations

from chappe.domain.account import Account
from chappe.domain.report import ReportWish
from chappe.domain.retry import Outcome
from chappe.domain.state import State
from chappe.management.timeline import Line, tell
from chappe.ports.carrier import Carried, Handover
from unit.pipeline.rig import START_MS, WEBHOOK, Rig, receipt, rig


async def story(house: Rig, message_id: int) -> list[tuple[str, str]]:
    told = tell(await house.timeline(message_id))
    assert [line.at_ms for line in told] == sorted(line.at_ms for line in told)
    assert "hush" not in "".join(line.detail for line in told)
    return [(line.what, line.detail) for line in told]


async def handed(house: Rig, handover: Handover, answer: str) -> None:
    owed = await house.notify.take("http://client.example", 9)
    await house.notify.settle([Carried(one, handover, answer) for one in owed])


async def test_a_message_delivered_and_told_of() -> None:
    house = rig(Account(name="acme", charged=True))
    await house.pay_in(1_000_000)
    message_id = await house.accept(text="hush", report=WEBHOOK)
    house.clock.advance(1)
    await house.take()
    await house.end(message_id, Outcome.SENT, "A1")
    house.clock.advance(1)
    await handed(house, Handover.TAKEN, "200 ACK/Jasmin")
    house.clock.advance(1)
    await house.receipts.accept([receipt("A1", received_ms=house.clock.ms)])
    house.clock.advance(1)
    await handed(house, Handover.FAILED, "500 oops")
    lane = "http://client.example"
    assert await story(house, message_id) == [
        ("accepted", "by jasmin for account acme, 1 part of gsm7, charged 0.01"),
        ("routed", "by rule all to connector op"),
        ("submitted", "to op, SMSC id A1"),
        ("notice", f"SMSC answer to {lane}, attempt 1: handed over (200 ACK/Jasmin)"),
        ("receipt", "DELIVRD err 000"),
        ("as told", "id:A1 stat:DELIVRD err:000"),
        ("delivered", "000"),
        ("notice", f"final state to {lane}, attempt 1: failed, goes on (500 oops)"),
    ]
    assert tell(await house.timeline(message_id))[0] == Line(
        START_MS, "accepted", "by jasmin for account acme, 1 part of gsm7, charged 0.01"
    )


async def test_a_long_message_names_its_parts_and_a_scheduled_one_its_wait() -> None:
    house = rig()
    message_id = await house.accept(text="hush" * 60, due_ms=START_MS + 90_000)
    house.clock.advance(90)
    await house.release.due()
    await house.take()
    await house.end(message_id, Outcome.SENT, "A1", "A2")
    await house.receipts.accept([receipt("A2")])
    told = await story(house, message_id)
    assert told[0] == ("accepted", "by jasmin for account acme, 2 parts of gsm7")
    assert ("scheduled", "for 90 s later") in told
    assert ("submitted", "part 1 of 2 to op, SMSC id A1") in told
    assert ("receipt", "part 2 of 2 DELIVRD err 000") in told


async def test_failed_attempts_and_a_refund_are_steps() -> None:
    house = rig(Account(name="acme", charged=True))
    await house.pay_in(1_000_000)
    message_id = await house.accept()
    await house.take()
    await house.end(message_id, Outcome.REFUSED, error="ESME_RINVDSTADR", command_status=11)
    assert await house.state(message_id) is State.REJECTED
    told = await story(house, message_id)
    assert ("refused", "attempt 1 by op: ESME_RINVDSTADR") in told
    assert ("refunded", "0.01") in told
    assert ("rejected", "ESME_RINVDSTADR") in told


async def test_an_unknown_outcome_says_that_the_network_may_have_it_twice() -> None:
    house = rig()
    message_id = await house.accept()
    await house.take()
    await house.end(message_id, Outcome.UNKNOWN, detail="no answer in 60 s")
    house.clock.advance(60)
    await house.release.due()
    await house.take()
    await house.end(message_id, Outcome.SENT, "A1")
    assert ("possible duplicate", "no answer in 60 s") in await story(house, message_id)


async def test_a_notice_that_nobody_took_yet_is_owed() -> None:
    house = rig()
    message_id = await house.sent(report=ReportWish(**{**_fields(WEBHOOK), "target": "http://other.example"}))
    assert ("notice", "SMSC answer owed to http://other.example") in await story(house, message_id)


def _fields(wish: ReportWish) -> dict[str, object]:
    return {name: getattr(wish, name) for name in wish.__struct_fields__}


async def test_what_is_taken_later_and_what_is_counted_is_told() -> None:
    house = rig(Account(name="acme", charged=True, early_percent=25, counted=True))
    await house.pay_in(10_000, parts=1)
    message_id = await house.accept()
    told = tell(await house.timeline(message_id))[0].detail
    assert told.endswith("charged 0.01, 0.0075 of it once an SMSC takes it, counted 1")
