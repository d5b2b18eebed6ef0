"""Any number of parts up to 255: their receipts, in any order and in any mixture, make one end and one notice."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chappe.domain.account import Account
from chappe.domain.message import PartSent, Transition
from chappe.domain.report import ReportOn
from chappe.domain.retry import Outcome
from chappe.domain.state import State, bits
from chappe.ports.ledger import Quota
from unit.pipeline.rig import START_MS, WEBHOOK, Rig, receipt, rig

FINAL = (ReportOn.SUCCESS, ReportOn.FAILURE)
ACCOUNT = Account(name="acme", charged=True, early_percent=50, counted=True)


async def sent(parts: int) -> tuple[Rig, int]:
    house = rig(ACCOUNT)
    await house.pay_in(10_000 * parts, parts=parts)
    message_id = await house.accept(text="x" * (160 if parts == 1 else 153 * parts), report=WEBHOOK)
    assert (await house.found(message_id)).message.parts == parts
    await house.take()
    await house.end(message_id, Outcome.SENT, *(f"p{number}" for number in range(1, parts + 1)))
    return house, message_id


async def ends(house: Rig, message_id: int) -> list[State]:
    return [state for event, state in await house.events(message_id) if event in FINAL]


@given(st.integers(1, 255), st.integers(0, 2**32), st.integers(1, 40), st.booleans())
@settings(max_examples=25, deadline=None)
def test_all_delivered_in_any_order_is_one_delivery(parts: int, seed: int, batch: int, twice: bool) -> None:
    async def work() -> None:
        house, message_id = await sent(parts)
        order = [f"p{number}" for number in range(1, parts + 1)] * (2 if twice else 1)
        random.Random(seed).shuffle(order)
        told: set[str] = set()
        for at in range(0, len(order), batch):
            await house.receipts.accept([receipt(smsc_id) for smsc_id in order[at : at + batch]])
            told.update(order[at : at + batch])
            assert await ends(house, message_id) == ([State.DELIVERED] if len(told) == parts else [])
        assert await house.state(message_id) is State.DELIVERED
        # Early and rest were taken once, for all parts.
        assert await house.store.quotas(["acme"]) == [Quota(0, 0, 0)]

    asyncio.run(work())


@pytest.mark.parametrize("parts", [2, 20, 255])
@pytest.mark.parametrize("seed", range(3))
async def test_one_that_failed_among_many_is_one_failure(parts: int, seed: int) -> None:
    house, message_id = await sent(parts)
    order = [f"p{number}" for number in range(1, parts + 1)]
    random.Random(seed).shuffle(order)
    bad = random.Random(seed).choice(order)
    for smsc_id in order:
        state = State.UNDELIVERED if smsc_id == bad else State.DELIVERED
        await house.receipts.accept([receipt(smsc_id, state)])
    assert await house.state(message_id) is State.UNDELIVERED
    assert await ends(house, message_id) == [State.UNDELIVERED]
    assert await house.store.quotas(["acme"]) == [Quota(0, 0, 0)]


async def test_a_receipt_that_ends_what_was_never_answered_takes_the_rest_of_the_charge() -> None:
    house = rig(ACCOUNT)
    await house.pay_in(10_000, parts=1)
    message_id = await house.accept(report=WEBHOOK)
    # Its part is on file although the answer changed nothing: another process was faster.
    await house.store.move([sent_by(message_id, "A1")])
    assert await house.store.quotas(["acme"]) == [Quota(0, 5_000, 0)]
    await house.take()
    await house.receipts.accept([receipt("A1")])
    assert await house.state(message_id) is State.DELIVERED
    assert await house.store.quotas(["acme"]) == [Quota(0, 0, 0)]


def sent_by(message_id: int, smsc_id: str) -> Transition:
    return Transition(
        message_id,
        bits({State.HELD}),
        State.SENT,
        START_MS,
        sent=(PartSent(1, smsc_id),),
        group="op",
        settles=True,
    )
