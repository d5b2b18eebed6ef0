"""What every kind of connector does, whatever its network: the contract of ports/connector.py."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvloop

from chappe.domain.address import Address
from chappe.domain.link import Health
from chappe.domain.message import Message, PartSent
from chappe.domain.retry import Outcome
from chappe.domain.state import State
from chappe.ports.connector import Ack, Outgoing
from contracts.connectors_under_test import Recorder, UnderTest, with_network
from making import message

KINDS = ("smpp", "loopback", "plugin")
TELLING = ("smpp", "loopback")
"""Kinds whose network tells of receipts by itself; the others ask for them."""
ORDINARY = "31612345678"
LONG = "x" * 400


def to(number: str, **given: Any) -> Message:
    return message(destination=Address(number, 1, 1), **given)


def attempts(*numbers: str, **given: Any) -> list[Outgoing]:
    return [Outgoing(to(number, **given), 1) for number in numbers]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def under_test(kind: str) -> AsyncIterator[UnderTest]:
    async with with_network(kind) as made:
        yield made


async def test_what_the_network_takes_is_sent_once_each(under_test: UnderTest) -> None:
    batch = attempts(*[ORDINARY] * 5)
    outcomes = await under_test.ends(batch)
    assert [outcome.outcome for outcome in outcomes] == [Outcome.SENT] * 5
    assert all(len(outcome.sent) == 1 and outcome.sent[0].number == 1 for outcome in outcomes)
    assert len({outcome.sent[0].smsc_id for outcome in outcomes}) == 5


async def test_a_refusal_for_ever_names_its_status(under_test: UnderTest) -> None:
    (outcome,) = await under_test.ends(attempts("31600990030"))
    assert outcome.outcome is Outcome.REFUSED
    assert (outcome.command_status, outcome.error) == (0x0B, "ESME_RINVDSTADR")
    assert outcome.sent == ()
    assert outcome.detail


async def test_a_refusal_for_now_is_deferred_and_the_next_attempt_succeeds(under_test: UnderTest) -> None:
    (attempt,) = attempts("31600990042")
    (outcome,) = await under_test.ends([attempt])
    assert (outcome.outcome, outcome.error) == (Outcome.DEFERRED, "ESME_RSYSERR")
    (outcome,) = await under_test.ends([Outgoing(attempt.message, 2)])
    assert outcome.outcome is Outcome.SENT


async def test_throttling_slows_the_connector_and_the_message_goes_again(under_test: UnderTest) -> None:
    (attempt,) = attempts("31600990040")
    (outcome,) = await under_test.ends([attempt])
    assert (outcome.outcome, outcome.error) == (Outcome.THROTTLED, "ESME_RTHROTTLED")
    await under_test.recorder.until(lambda: under_test.recorder.health is Health.SLOWED)
    assert under_test.connector.status().rate > 0
    (outcome,) = await under_test.ends([Outgoing(attempt.message, 2)])
    assert outcome.outcome is Outcome.SENT


async def test_silence_ends_as_unknown(kind: str) -> None:
    async with with_network(kind, response_timer=0.05) as under_test:
        (outcome,) = await under_test.ends(attempts("31600990050"))
    assert outcome.outcome is Outcome.UNKNOWN
    assert outcome.detail == "no answer in 0.05 s"


async def test_a_break_makes_all_that_is_open_unknown_and_the_link_comes_back(under_test: UnderTest) -> None:
    batch = attempts("31600990050", "31611990050", "31622990055")
    outcomes = await under_test.ends(batch)
    assert {outcome.outcome for outcome in outcomes} == {Outcome.UNKNOWN}
    assert {outcome.detail for outcome in outcomes} == {"the connection was lost before the answer"}
    healths = [status.health for status in under_test.recorder.statuses]
    await under_test.recorder.until(
        lambda: (
            [status.health for status in under_test.recorder.statuses][len(healths) :][-1:] == [Health.UP]
            or healths[-1] is Health.UP
        )
    )
    await under_test.recorder.until(lambda: under_test.connector.status().health is Health.UP)
    (outcome,) = await under_test.ends([Outgoing(batch[2].message, 2)])
    assert outcome.outcome is Outcome.SENT


async def test_a_receipt_names_the_part_and_the_subscriber(under_test: UnderTest) -> None:
    (outcome,) = await under_test.ends(attempts("31600990002"))
    await under_test.recorder.until(lambda: under_test.recorder.receipts)
    (receipt,) = under_test.recorder.receipts
    assert receipt.smsc_id == outcome.sent[0].smsc_id
    assert (receipt.state, receipt.word, receipt.error) == (State.EXPIRED, "EXPIRED", "254")
    assert receipt.source == Address("31600990002", 1, 1)
    assert (receipt.group, receipt.connector, receipt.sure) == ("supplier", "op", True)
    assert receipt.raw.startswith(f"id:{receipt.smsc_id} ")


@pytest.mark.parametrize("kind", TELLING)
async def test_a_receipt_may_come_before_the_answer(under_test: UnderTest) -> None:
    (outcome,) = await under_test.ends(attempts("31600990014"))
    await under_test.recorder.until(lambda: under_test.recorder.receipts)
    receipt = f"receipt {outcome.sent[0].smsc_id}"
    assert under_test.recorder.story == [receipt, f"sent {outcome.message_id}"]


@pytest.mark.parametrize("kind", TELLING)
async def test_every_repeat_of_a_receipt_is_handed_over(under_test: UnderTest) -> None:
    (outcome,) = await under_test.ends(attempts("31600990015"))
    await under_test.recorder.until(lambda: len(under_test.recorder.receipts) == 3)
    assert {receipt.smsc_id for receipt in under_test.recorder.receipts} == {outcome.sent[0].smsc_id}


async def test_a_long_message_ends_once_with_all_its_parts(under_test: UnderTest, kind: str) -> None:
    (outcome,) = await under_test.ends(attempts(ORDINARY, text=LONG, parts=3, concatenation=7))
    assert outcome.outcome is Outcome.SENT
    # A plug-in takes a message whole, and gives it one id.
    count = 1 if kind == "plugin" else 3
    assert [part.number for part in outcome.sent] == [1, 2, 3][:count]
    assert len({part.smsc_id for part in outcome.sent}) == count


async def test_parts_that_got_across_are_not_sent_again(under_test: UnderTest, kind: str) -> None:
    one = to(ORDINARY, text=LONG, parts=3, concatenation=7)
    (outcome,) = await under_test.ends([Outgoing(one, 2, done=(1, 3))])
    assert [part.number for part in outcome.sent] == ([] if kind == "plugin" else [2])


async def test_a_message_all_of_whose_parts_got_across_is_sent(under_test: UnderTest) -> None:
    one = to(ORDINARY, text=LONG, parts=3, concatenation=7)
    (outcome,) = await under_test.ends([Outgoing(one, 2, done=(1, 2, 3))])
    assert (outcome.outcome, outcome.sent) == (Outcome.SENT, ())


async def test_what_is_not_acknowledged_as_taken_is_handed_over_again(kind: str) -> None:
    recorder = Recorder(ack=None)
    async with with_network(kind, recorder=recorder) as under_test:
        await under_test.ends(attempts(ORDINARY))
        await recorder.until(lambda: recorder.inbound)
        under_test.connector.acknowledge([(recorder.inbound[0].handle, Ack.LATER)])
        if under_test.smsc is not None:
            smsc = under_test.smsc
            await smsc.until(lambda: smsc.answers)
            assert smsc.answers[0][0].status == 0x64
            smsc.receipt(smsc.submits[0], recorder.receipts[0].smsc_id, _delivered())
        await recorder.until(lambda: len(recorder.inbound) == 2)
        assert recorder.receipts[0].smsc_id == recorder.receipts[1].smsc_id
        under_test.connector.acknowledge([(recorder.inbound[1].handle, Ack.TAKEN)])


def _delivered() -> Any:
    from chappe.connectors.loopback.fates import DELIVERED

    return DELIVERED


async def test_there_is_no_room_in_a_full_window_and_its_return_is_told(kind: str) -> None:
    async with with_network(kind, window=3, response_timer=0.05) as under_test:
        connector, recorder = under_test.connector, under_test.recorder
        assert connector.room() == 3
        connector.send(attempts(*["31600990050"] * 3))
        assert connector.room() == 0
        assert connector.status().window_used == 3
        told = len(recorder.statuses)
        await recorder.until(lambda: len(recorder.statuses) > told and connector.room() == 3)


async def test_throughput_limits_room_and_its_return_is_told(kind: str) -> None:
    async with with_network(kind, throughput=20.0, window=100) as under_test:
        connector, recorder = under_test.connector, under_test.recorder
        room = connector.room()
        assert 1 <= room <= 2
        connector.send(attempts(*[ORDINARY] * room))
        assert connector.room() == 0
        told = len(recorder.statuses)
        await recorder.until(lambda: len(recorder.statuses) > told and connector.room() > 0)


async def test_closing_waits_for_what_is_open(under_test: UnderTest) -> None:
    under_test.connector.send(attempts(ORDINARY, ORDINARY))
    await under_test.connector.close(5.0)
    assert [outcome.outcome for outcome in under_test.recorder.ended] == [Outcome.SENT] * 2


async def test_closing_ends_the_rest_and_nothing_goes_afterwards(under_test: UnderTest) -> None:
    connector, recorder = under_test.connector, under_test.recorder
    connector.send(attempts("31600990050", "31611990050"))
    await connector.close(0.0)
    assert len(recorder.ended) == 2
    assert {outcome.outcome for outcome in recorder.ended} <= {Outcome.UNKNOWN, Outcome.NOT_SENT}
    assert connector.room() == 0
    assert connector.status().health is Health.OFF
    (outcome,) = await under_test.ends(attempts(ORDINARY))
    assert outcome.outcome is Outcome.NOT_SENT


async def test_nothing_goes_before_it_is_up(kind: str) -> None:
    async with with_network(kind, wait=False) as under_test:
        await under_test.connector.close(0.0)
        (outcome,) = await under_test.ends(attempts(ORDINARY))
        assert outcome.outcome is Outcome.NOT_SENT


FATES = ("678901", "990000", "990001", "990014", "990015", "990030", "990032", "990040", "990042", "990055")


@pytest.mark.parametrize("seed", range(4))
async def test_every_attempt_ends_exactly_once_whatever_happens(kind: str, seed: int) -> None:
    """Random batches of random fates, long ones among them, with breaks in between and a close at the end."""
    dice = random.Random(seed)
    async with with_network(kind, window=dice.choice((3, 10, 50))) as under_test:
        given: Counter[int] = Counter()
        for _ in range(40):
            batch = []
            for _ in range(dice.randint(1, 12)):
                number = f"316{dice.randint(10, 99)}{dice.choice(FATES)}"
                long = dice.random() < 0.2
                one = to(number, text=LONG, parts=3, concatenation=5) if long else to(number)
                batch.append(Outgoing(one, 1))
                given[one.id] += 1
            under_test.connector.send(batch)
            if dice.random() < 0.7:
                count = len(under_test.recorder.ended)
                await under_test.recorder.told(count + 1 if sum(given.values()) > count else count)
        await under_test.connector.close(dice.choice((0.0, 2.0)))
        told = Counter(outcome.message_id for outcome in under_test.recorder.ended)
        assert told == given
        taken = [part for outcome in under_test.recorder.ended for part in outcome.sent]
        assert all(isinstance(part, PartSent) and part.smsc_id for part in taken)
        assert len({part.smsc_id for part in taken}) == len(taken)


@pytest.mark.parametrize("kind", KINDS)
def test_all_of_it_works_on_uvloop_too(kind: str) -> None:
    async def story() -> list[Outcome]:
        async with with_network(kind) as under_test:
            outcomes = await under_test.ends(attempts(ORDINARY, "31600990030", "31600990042"))
            await under_test.recorder.until(lambda: under_test.recorder.receipts)
            return [outcome.outcome for outcome in outcomes]

    assert uvloop.run(story()) == [Outcome.SENT, Outcome.REFUSED, Outcome.DEFERRED]
