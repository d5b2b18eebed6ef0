"""What time ends: waiting messages past their validity, sent ones whose receipt never came."""

from __future__ import annotations

import pytest

from chappe.domain.account import Account
from chappe.domain.link import ConnectorRecord
from chappe.domain.report import ReportOn
from chappe.domain.retry import Outcome
from chappe.domain.state import State
from unit.pipeline.rig import START_MS, WEBHOOK, Rig, rig

CHARGED = Account(name="acme", charged=True)


async def charged() -> Rig:
    house = rig(CHARGED, ConnectorRecord(name="op", receipt_wait=60))
    await house.pay_in(100_000)
    return house


async def test_waiting_messages_end_with_their_validity_and_are_refunded() -> None:
    house = await charged()
    queued = await house.accept(expires_ms=START_MS + 1_000, report=WEBHOOK)
    scheduled = await house.accept(due_ms=START_MS + 500, expires_ms=START_MS + 1_000)
    forever = await house.accept()
    house.clock.advance(0.999)
    assert await house.expire.waiting() == (0, set())
    house.clock.advance(0.001)
    assert await house.expire.waiting() == (2, {"http://client.example"})
    assert [await house.state(each) for each in (queued, scheduled, forever)] == [
        State.EXPIRED,
        State.EXPIRED,
        State.QUEUED,
    ]
    assert await house.balance() == 90_000
    assert await house.events(queued) == [(ReportOn.SMSC, State.EXPIRED), (ReportOn.FAILURE, State.EXPIRED)]
    assert house.meter.by_name["expired"] == 2
    assert await house.expire.waiting() == (0, set())


@pytest.mark.parametrize(
    ("outcome", "smsc_ids", "text", "refunded"),
    [
        (Outcome.DEFERRED, (), "hello", True),
        (Outcome.UNKNOWN, (), "hello", False),
        (Outcome.DEFERRED, ("A1",), "x" * 300, False),
    ],
)
async def test_what_a_network_may_have_is_not_refunded(
    outcome: Outcome, smsc_ids: tuple[str, ...], text: str, refunded: bool
) -> None:
    house = await charged()
    message_id = await house.accept(expires_ms=START_MS + 1_000, text=text)
    await house.take()
    await house.end(message_id, outcome, *smsc_ids, error="busy")
    before = await house.balance()
    house.clock.advance(2)
    assert (await house.expire.waiting())[0] == 1
    standing = await house.standing(message_id)
    assert (standing.state, standing.error) == (State.EXPIRED, "busy")
    assert (await house.balance() > before) is refunded


async def test_an_attempt_under_way_is_not_ended_by_its_validity() -> None:
    house = await charged()
    message_id = await house.accept(expires_ms=START_MS + 1_000)
    await house.take()
    house.clock.advance(5)
    assert await house.expire.waiting() == (0, set())
    await house.end(message_id, Outcome.SENT, "1")
    assert await house.state(message_id) is State.SENT


async def test_without_a_receipt_nobody_knows_what_became_of_it() -> None:
    house = await charged()
    message_id = await house.sent(report=WEBHOOK)
    house.clock.advance(59)
    assert await house.expire.unreceipted() == (0, set())
    house.clock.advance(1)
    assert await house.expire.unreceipted() == (1, {"http://client.example"})
    standing = await house.standing(message_id)
    assert (standing.state, standing.error) == (State.UNKNOWN, "no receipt")
    assert await house.events(message_id) == [(ReportOn.SMSC, State.SENT), (ReportOn.FAILURE, State.UNKNOWN)]
    assert await house.balance() == 90_000


async def test_a_long_message_without_any_receipt_is_unknown_too() -> None:
    house = await charged()
    message_id = await house.accept(text="x" * 300, report=WEBHOOK)
    await house.take()
    await house.end(message_id, Outcome.SENT, "A1", "A2")
    house.clock.advance(60)
    await house.expire.unreceipted()
    assert await house.state(message_id) is State.UNKNOWN


async def test_where_nobody_waits_for_a_receipt_nothing_ends() -> None:
    house = await charged()
    message_id = await house.sent()
    house.clock.advance(10**6)
    assert await house.expire.unreceipted() == (0, set())
    assert await house.state(message_id) is State.SENT
