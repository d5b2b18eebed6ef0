"""What is the loopback network's own; what every connector does is in the contract suite."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chappe.connectors.loopback import KIND
from chappe.domain.address import Address
from chappe.domain.link import ConnectorRecord, Health
from chappe.domain.retry import Outcome
from chappe.domain.state import State
from chappe.ports.connector import Ack, Outgoing
from contracts.connectors_under_test import PATIENCE, Recorder, TestMeter, context, with_network
from making import message

ORDINARY = "31612345678"


def attempts(*numbers: str, **given: Any) -> list[Outgoing]:
    return [Outgoing(message(destination=Address(number, 1, 1), **given), 1) for number in numbers]


def test_the_kind() -> None:
    assert KIND.name == "loopback"
    assert KIND.check({}) == ""
    assert "window" in KIND.check({"window": 0})
    with pytest.raises(ValueError, match="window"):
        KIND.build(ConnectorRecord(name="op", settings={"window": 0}), Recorder(), context(TestMeter()))


@pytest.mark.parametrize(
    ("number", "state", "word", "error"),
    [
        (ORDINARY, State.DELIVERED, "DELIVRD", "000"),
        ("31600990000", State.DELIVERED, "DELIVRD", "000"),
        ("31600990001", State.UNDELIVERED, "UNDELIV", "001"),
        ("31600990002", State.EXPIRED, "EXPIRED", "254"),
        ("31600990003", State.REJECTED, "REJECTD", "011"),
    ],
)
async def test_fates_of_what_is_taken(number: str, state: State, word: str, error: str) -> None:
    async with with_network("loopback") as made:
        (outcome,) = await made.ends(attempts(number))
        await made.recorder.until(lambda: made.recorder.receipts)
        (receipt,) = made.recorder.receipts
        assert (receipt.state, receipt.word, receipt.error) == (state, word, error)
        assert f"stat:{word} err:{error}" in receipt.raw
        assert receipt.smsc_id == outcome.sent[0].smsc_id
        assert len(receipt.done_date) == 10


@pytest.mark.parametrize("settings", [{}, {"receipts": False}])
async def test_no_receipt_comes_where_none_is_to_come(settings: dict[str, Any]) -> None:
    async with with_network("loopback", **settings) as made:
        await made.ends(attempts("31600990010"))
        if settings:
            await made.ends(attempts(ORDINARY, "31600990014"))
        # A later turn of the network, told by an outcome, has brought nothing.
        await made.ends(attempts("31600990030"))
        await made.ends(attempts("31600990030"))
        assert made.recorder.inbound == []


async def test_refused_for_now_each_time() -> None:
    async with with_network("loopback") as made:
        (attempt,) = attempts("31600990032")
        for number in (1, 2, 3):
            (outcome,) = await made.ends([Outgoing(attempt.message, number)])
            assert outcome.outcome is Outcome.DEFERRED


async def test_magic_can_be_switched_off() -> None:
    async with with_network("loopback", magic=False) as made:
        outcomes = await made.ends(attempts("31600990030", "31600990050"))
        assert [outcome.outcome for outcome in outcomes] == [Outcome.SENT] * 2


async def test_ids_differ_by_message_attempt_and_part() -> None:
    async with with_network("loopback") as made:
        one = message(text="x" * 400, parts=3)
        first, second = Outgoing(one, 1), Outgoing(one, 2)
        ids = [part.smsc_id for (outcome,) in [await made.ends([first])] for part in outcome.sent]
        ids += [part.smsc_id for (outcome,) in [await made.ends([second])] for part in outcome.sent]
        assert len(set(ids)) == 6


async def test_delays_are_kept() -> None:
    async with with_network("loopback", delay_ms=30, receipt_delay_ms=30) as made:
        loop = asyncio.get_running_loop()
        start = loop.time()
        await made.ends(attempts(ORDINARY))
        answered = loop.time() - start
        await made.recorder.until(lambda: made.recorder.receipts)
        told = loop.time() - start
        assert answered >= 0.029
        assert told >= 0.059


@pytest.mark.parametrize(
    ("given", "octets"),
    [
        ({"text": "hé"}, b"h\x05"),
        ({"text": "Ж", "charset": "ucs2", "data_coding": 8}, b"\x04\x16"),
        ({"text": None, "octets": b"\x01\x02", "charset": "binary", "data_coding": 4}, b"\x01\x02"),
    ],
)
async def test_the_echo_is_an_mo_to_the_sender(given: dict[str, Any], octets: bytes) -> None:
    async with with_network("loopback", echo=True) as made:
        await made.ends(attempts(ORDINARY, source=Address("8080", 3, 1), **given))
        await made.recorder.until(lambda: made.recorder.arrivals)
        (arrival,) = made.recorder.arrivals
        assert arrival.octets == octets
        assert (arrival.source.value, arrival.destination.value) == (ORDINARY, "8080")
        assert (arrival.group, arrival.connector) == ("supplier", "op")


async def test_a_sender_that_has_no_number_gets_no_echo() -> None:
    async with with_network("loopback", echo=True) as made:
        await made.ends(attempts(ORDINARY))
        await made.recorder.until(lambda: made.recorder.receipts)
        assert made.recorder.arrivals == []


async def test_a_break_is_told_and_so_is_the_return() -> None:
    async with with_network("loopback", away_ms=20) as made:
        await made.ends(attempts("31600990055"))
        await made.recorder.until(lambda: made.recorder.health is Health.DOWN)
        assert made.connector.room() == 0
        (outcome,) = await made.ends(attempts(ORDINARY))
        assert outcome.outcome is Outcome.NOT_SENT
        await made.recorder.until(lambda: made.recorder.health is Health.UP)
        assert made.connector.room() == 1_000


async def test_the_timer_of_an_attempt_that_ended_does_not_end_the_next() -> None:
    async with with_network("loopback", response_timer=0.05) as made:
        silent, breaker = attempts("31600990050", "31600990055")
        await made.ends([silent, breaker])
        await made.recorder.until(lambda: made.connector.status().health is Health.UP)
        await made.ends([Outgoing(silent.message, 2)])
        await made.ends(attempts("31600990050"))
        assert len(made.recorder.of(silent.message.id)) == 2


async def test_what_happens_once_is_forgotten_then() -> None:
    async with with_network("loopback") as made:
        (attempt,) = attempts("31600990042")
        for number, outcome in ((1, Outcome.DEFERRED), (2, Outcome.SENT)):
            (ended,) = await made.ends([Outgoing(attempt.message, number)])
            assert ended.outcome is outcome
        assert made.connector._met == set()  # type: ignore[attr-defined]


async def test_what_is_refused_is_not_handed_over_again() -> None:
    recorder = Recorder(ack=Ack.REFUSED)
    async with with_network("loopback", recorder=recorder) as made:
        await made.ends(attempts(ORDINARY))
        await recorder.until(lambda: recorder.inbound)
        assert made.meter.counts["loopback_acknowledged op:refused"] == 1
        await made.ends(attempts("31600990030"))
        await made.ends(attempts("31600990030"))
        assert len(recorder.inbound) == 1


async def test_a_pace_held_down_recovers_and_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chappe.connectors.loopback.connector._RECOVERY", 0.01)
    async with with_network("loopback", throughput=100_000.0) as made:
        await made.ends(attempts("31600990040"))
        await made.recorder.until(lambda: made.recorder.health is Health.SLOWED)
        pace = made.connector._pace  # type: ignore[attr-defined]
        pace._grown_at -= 60.0
        pace._cut_at -= 60.0
        await made.recorder.until(lambda: made.recorder.health is Health.UP)


async def test_closing_waits_for_answers_that_are_on_their_way() -> None:
    async with with_network("loopback", delay_ms=20) as made:
        made.connector.send(attempts(ORDINARY, "31600990030"))
        start = asyncio.get_running_loop().time()
        await made.connector.close(PATIENCE)
        assert asyncio.get_running_loop().time() - start < PATIENCE / 2
        assert [outcome.outcome for outcome in made.recorder.ended] == [Outcome.SENT, Outcome.REFUSED]
        assert made.connector.status().health is Health.OFF
