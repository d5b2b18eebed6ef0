from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chappe.connectors.loopback.fates import DELIVERED
from chappe.connectors.smpp import KIND
from chappe.connectors.smpp.connector import build, check
from chappe.domain.address import Address
from chappe.domain.link import ConnectorRecord, Health
from chappe.domain.retry import Outcome
from chappe.domain.state import State
from chappe.net.tls import BadTls
from chappe.ports.connector import Ack, Outgoing
from chappe.protocols.smpp.commands import AlertNotification, Bind, BindReceiver, DataSm, DeliverSm
from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.receipt_variants import VARIANTS, Facts, variant
from chappe.protocols.smpp.tlvs import Tag
from contracts.connectors_under_test import (
    PATIENCE,
    Recorder,
    ScriptedSmsc,
    Submitted,
    TestMeter,
    context,
    opened,
)
from making import message

LONG = "x" * 400
FACTS = Facts(
    message_id="0a1b2c3d4e",
    state=MessageState.UNDELIVERABLE,
    submitted=datetime(2026, 3, 14, 15, 9, 55, tzinfo=UTC),
    done=datetime(2026, 3, 14, 15, 12, 1, tzinfo=UTC),
    err="011",
    text="Hello Ann",
)


def attempts(count: int, to: str = "31612345678", **given: Any) -> list[Outgoing]:
    return [Outgoing(message(destination=Address(to, 1, 1), **given), 1) for _ in range(count)]


def hold(_: ScriptedSmsc, __: Submitted) -> None:
    """A script that leaves the answers to the test."""


# ---------------------------------------------------------------- the kind


def test_the_kind_checks_settings_with_what_is_inside_them() -> None:
    assert KIND.name == "smpp"
    assert check({"host": "h"}) == ""
    assert "host" in check({})
    assert "unknown field `hosst`" in check({"host": "h", "hosst": 1})
    assert "0x1400" in check({"host": "h", "tlvs": [{"tag": 0x1400, "type": "int1", "value": 256}]})


async def test_the_kind_builds_what_it_checked() -> None:
    made = context(TestMeter())
    connector = build(ConnectorRecord(name="op", settings={"host": "h"}), Recorder(), made)
    assert connector.status().health is Health.OFF
    assert connector.room() == 0
    await connector.close(0.0)
    with pytest.raises(ValueError, match="port"):
        build(ConnectorRecord(name="op", settings={"host": "h", "port": 0}), Recorder(), made)
    settings = {"host": "h", "tls": True, "tls_authority": str(Path("nowhere.pem"))}
    with pytest.raises(BadTls, match=r"nowhere\.pem"):
        build(ConnectorRecord(name="op", settings=settings), Recorder(), made)


# ---------------------------------------------------------------- outcomes


async def test_outcomes_of_one_turn_are_told_together_and_room_only_when_it_was_missed() -> None:
    smsc = ScriptedSmsc(script=hold)
    async with smsc.serving(), opened("smpp", smsc, window=10) as made:
        told = len(made.recorder.statuses)
        made.connector.send(attempts(10))
        await smsc.until(lambda: len(smsc.submits) == 10)
        for submitted in smsc.submits:
            smsc.answer(submitted, smsc.next_id())
        await made.recorder.told(10)
        assert made.recorder.batches == [10]
        assert len(made.recorder.statuses) == told
        assert made.meter.counts["smpp_answer_seconds op"] == 1


async def test_parts_are_on_the_wire_in_order_with_one_reference() -> None:
    smsc = ScriptedSmsc()
    async with smsc.serving(), opened("smpp", smsc, window=2, binds=3) as made:
        batch = [Outgoing(message(text=LONG, parts=3, concatenation=number), 1) for number in range(1, 9)]
        await made.ends(batch)
        parts = [tuple(submitted.body.short_message[3:6]) for submitted in smsc.submits]
        assert parts == [(number, 3, part) for number in range(1, 9) for part in (1, 2, 3)]
        assert len({submitted.link for submitted in smsc.submits}) == 1


async def test_many_binds_share_the_work() -> None:
    smsc = ScriptedSmsc(script=hold)
    async with smsc.serving(), opened("smpp", smsc, window=5, binds=4) as made:
        await made.recorder.until(lambda: made.connector.status().binds == 4)
        assert made.meter.counts["binds_made op"] == 4
        status = made.connector.status()
        assert (status.window, status.wanted_binds, made.connector.room()) == (20, 4, 20)
        # So many numbers that every bind has more of them than its window holds, however they are spread.
        for number in range(400):
            made.connector.send(attempts(1, to=str(number)))
        await smsc.until(lambda: made.connector.status().window_used == 20)
        await smsc.until(lambda: len(smsc.submits) == 20)
        assert made.connector.room() == 0
        assert len({submitted.link for submitted in smsc.submits}) == 4
        smsc.script = lambda one, submitted: one.answer(submitted, one.next_id())
        for submitted in smsc.submits[:20]:
            smsc.answer(submitted, smsc.next_id())
        await made.recorder.told(400)
        assert {outcome.outcome for outcome in made.recorder.ended} == {Outcome.SENT}


async def test_answers_in_any_order_and_twice() -> None:
    smsc = ScriptedSmsc(script=hold)
    async with smsc.serving(), opened("smpp", smsc) as made:
        batch = attempts(3)
        made.connector.send(batch)
        await smsc.until(lambda: len(smsc.submits) == 3)
        for submitted in reversed(smsc.submits):
            smsc.answer(submitted, f"id{submitted.pdu.sequence}")
            submitted.link.session._inbound.add(submitted.pdu.sequence)
            smsc.answer(submitted, "again")
        await made.recorder.until(lambda: made.meter.counts["smpp_oddities op:stray_response"] == 3)
        assert [outcome.message_id for outcome in made.recorder.ended] == [
            outgoing.message.id for outgoing in reversed(batch)
        ]
        first = smsc.submits[0].pdu.sequence
        assert made.recorder.of(batch[0].message.id)[0].sent[0].smsc_id == f"id{first}"


async def test_a_late_answer_is_a_second_outcome() -> None:
    smsc = ScriptedSmsc(script=hold)
    async with smsc.serving(), opened("smpp", smsc, response_timer=0.03) as made:
        (attempt,) = attempts(1)
        (outcome,) = await made.ends([attempt])
        assert (outcome.outcome, outcome.detail) == (Outcome.UNKNOWN, "no answer in 0.03 s")
        assert made.connector.room() == 10
        smsc.answer(smsc.submits[0], "late")
        await made.recorder.told(2)
        late = made.recorder.ended[1]
        assert (late.message_id, late.outcome, late.sent[0].smsc_id) == (
            attempt.message.id,
            Outcome.SENT,
            "late",
        )


async def test_a_generic_nack_refuses() -> None:
    smsc = ScriptedSmsc(script=lambda one, submitted: one.nack(submitted, 0x03))
    async with smsc.serving(), opened("smpp", smsc) as made:
        (outcome,) = await made.ends(attempts(1))
        assert (outcome.outcome, outcome.error) == (Outcome.REFUSED, "ESME_RINVCMDID")


async def test_a_vendors_status_means_what_the_operator_says() -> None:
    smsc = ScriptedSmsc(script=lambda one, submitted: one.answer(submitted, status=0x450))
    rules = [{"status": 0x450, "outcome": "refused"}]
    async with smsc.serving(), opened("smpp", smsc, statuses=rules) as made:
        (outcome,) = await made.ends(attempts(1))
        assert (outcome.outcome, outcome.error) == (Outcome.REFUSED, "ESME_0x00000450")


async def test_a_status_of_the_link_makes_the_bind_anew_and_loses_nothing() -> None:
    """What is open when the SMSC says that the bind is none is still waited for."""

    def script(one: ScriptedSmsc, submitted: Submitted) -> None:
        if len(one.submits) == 3:
            one.answer(one.submits[0], status=0x04)
            one.answer(one.submits[1], "id1")
            one.answer(one.submits[2], "id2")

    smsc = ScriptedSmsc(script=script)
    async with smsc.serving(), opened("smpp", smsc) as made:
        outcomes = await made.ends(attempts(3))
        assert [outcome.outcome for outcome in outcomes] == [Outcome.NOT_SENT, Outcome.SENT, Outcome.SENT]
        await smsc.until(lambda: len(smsc.binds) == 2)
        assert made.meter.counts["binds_lost op:unbound"] == 1
        await made.recorder.until(lambda: made.meter.counts["binds_made op"] == 2)


async def test_a_poison_message_takes_no_other_along() -> None:
    smsc = ScriptedSmsc()
    async with smsc.serving(), opened("smpp", smsc) as made:
        poison = Outgoing(message(source=Address("Ж", 5, 0)), 1)
        good = attempts(2)
        first, bad, last = await made.ends([good[0], poison, good[1]])
        assert (first.outcome, last.outcome) == (Outcome.SENT, Outcome.SENT)
        assert (bad.outcome, bad.detail) == (
            Outcome.UNFIT,
            "source_addr: a character of more than one octet",
        )


async def test_tlvs_are_not_sent_to_a_version_that_has_none() -> None:
    smsc = ScriptedSmsc()
    async with smsc.serving(), opened("smpp", smsc, interface_version=0x33, long_messages="sar") as made:
        vendor = Outgoing(message(tlvs=((0x1500, b"v"),)), 1)
        essential = Outgoing(message(text=LONG, parts=3, concatenation=1), 1)
        outcomes = await made.ends([vendor, essential])
        assert [outcome.outcome for outcome in outcomes] == [Outcome.SENT, Outcome.UNFIT]
        assert smsc.submits[0].pdu.tlvs == ()


# ---------------------------------------------------------------- what comes in


MO = DeliverSm(source_addr="31612345678", destination_addr="8080", short_message=b"hello")


@pytest.mark.parametrize(("ack", "status"), [(Ack.TAKEN, 0), (Ack.LATER, 0x64), (Ack.REFUSED, 0x66)])
async def test_what_comes_in_is_answered_when_it_is_acknowledged(ack: Ack, status: int) -> None:
    smsc = ScriptedSmsc()
    recorder = Recorder(ack=None)
    async with smsc.serving(), opened("smpp", smsc, recorder=recorder) as made:
        payload = ((int(Tag.MESSAGE_PAYLOAD), b"hello"),)
        smsc.deliver(MO)
        smsc.deliver(DataSm(source_addr="31612345678", destination_addr="8080"), payload)
        await recorder.until(lambda: len(recorder.arrivals) == 2)
        assert smsc.answers == []
        made.connector.acknowledge([(one.handle, ack) for one in recorder.inbound])
        await smsc.until(lambda: len(smsc.answers) == 2)
        assert [pdu.status for pdu, _ in smsc.answers] == [status, status]
        assert [type(pdu.body).__name__ for pdu, _ in smsc.answers] == ["DeliverSmResp", "DataSmResp"]


async def test_nothing_is_said_where_the_connection_is_gone() -> None:
    smsc = ScriptedSmsc()
    recorder = Recorder(ack=None)
    async with smsc.serving(), opened("smpp", smsc, recorder=recorder) as made:
        smsc.deliver(MO)
        await recorder.until(lambda: recorder.inbound)
        smsc.drop()
        await smsc.until(lambda: len(smsc.binds) == 2)
        made.connector.acknowledge([(recorder.inbound[0].handle, Ack.TAKEN)])
        smsc.deliver(MO)
        await recorder.until(lambda: len(recorder.inbound) == 2)
        assert smsc.answers == []


@pytest.mark.parametrize("name", VARIANTS)
async def test_receipts_of_every_variant_through_the_connector(name: str) -> None:
    smsc = ScriptedSmsc()
    async with smsc.serving(), opened("smpp", smsc, receipts_without_flag=True) as made:
        written = variant(name, FACTS)
        given = {"esm_class": written.esm_class, "data_coding": written.data_coding}
        addresses = {"source_addr": "31612345678", "source_addr_ton": 1, "destination_addr": "8080"}
        body: DataSm | DeliverSm = DeliverSm(**addresses, **given, short_message=written.text)
        if written.command == DataSm.command:
            body = DataSm(**addresses, **given)
        assert await smsc.delivered(body, written.tlvs) == 0
        (receipt,) = made.recorder.receipts
        assert (receipt.smsc_id, receipt.state) == (written.receipt_id, State.UNDELIVERED)
        assert receipt.source == Address("31612345678", 1, 0)
        otherwise = made.recorder.inbound[0].otherwise
        assert (otherwise is not None) is (not receipt.sure) is (name == "V17")


async def test_what_cannot_be_is_refused_at_once_and_counted() -> None:
    smsc = ScriptedSmsc()
    async with smsc.serving(), opened("smpp", smsc) as made:
        status = await smsc.delivered(MO, ((int(Tag.MESSAGE_PAYLOAD), b"twice"),))
        assert status == 0x01
        smsc.links[0].session.announce(AlertNotification(source_addr="31612345678"))
        smsc.links[0].flush()
        assert await smsc.delivered(DeliverSm(esm_class=4, short_message=b"?")) == 0
        assert made.recorder.arrivals == []
        counts = made.meter.counts
        assert (counts["smpp_incoming op:deliver_sm"], counts["smpp_incoming op:data_sm"]) == (2, 0)
        assert counts["smpp_oddities op:both_payloads"] == 1
        assert counts["smpp_oddities op:ignored_request"] == 1
        assert counts["smpp_oddities op:unreadable_receipt"] == 1


async def test_a_request_that_we_stumble_over_is_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    smsc = ScriptedSmsc()
    async with smsc.serving(), opened("smpp", smsc) as made:
        reader = made.connector._reader  # type: ignore[attr-defined]
        read = reader.read

        def stumble(pdu: Any, now_ms: int) -> Any:
            if pdu.body.short_message == b"poison":
                raise RuntimeError("poison")
            return read(pdu, now_ms)

        monkeypatch.setattr(reader, "read", stumble)
        poisonous = DeliverSm(source_addr="1", destination_addr="8080", short_message=b"poison")
        smsc.deliver(MO)
        smsc.deliver(poisonous)
        smsc.deliver(MO)
        await smsc.until(lambda: len(smsc.answers) == 3)
        assert sorted(pdu.status for pdu, _ in smsc.answers) == [0, 0, 0x64]
        assert len(made.recorder.arrivals) == 2
        assert made.meter.counts["smpp_oddities op:unreadable_request"] == 1


async def test_what_one_read_brings_is_handed_over_together_and_in_order() -> None:
    smsc = ScriptedSmsc()
    async with smsc.serving(), opened("smpp", smsc) as made:
        smsc.deliver(MO)
        await made.recorder.until(lambda: made.recorder.inbound)
        link = smsc.links[0]
        for number in range(8):
            body = DeliverSm(source_addr="1", destination_addr="2", short_message=f"{number}".encode())
            link.session.request(body, now=link.now())
        link.flush()
        await made.recorder.until(lambda: len(made.recorder.arrivals) == 9)
        assert [one.octets for one in made.recorder.arrivals[1:]] == [b"%d" % number for number in range(8)]


async def test_an_answer_is_told_before_the_receipt_that_came_with_it() -> None:
    """In whatever order one read brings the two: the receipt then finds its part."""

    def script(one: ScriptedSmsc, submitted: Submitted) -> None:
        one.receipt(submitted, "id7", DELIVERED)
        one.answer(submitted, "id7")
        submitted.link.flush()

    smsc = ScriptedSmsc(script=script)
    async with smsc.serving(), opened("smpp", smsc) as made:
        (outcome,) = await made.ends(attempts(1))
        await made.recorder.until(lambda: made.recorder.receipts)
        assert made.recorder.story == [f"sent {outcome.message_id}", "receipt id7"]


# ---------------------------------------------------------------- how it fares


async def test_a_receiver_makes_no_way_out() -> None:
    smsc = ScriptedSmsc()
    recorder = Recorder()
    async with smsc.serving(), opened("smpp", smsc, bind="receiver", wait=False, recorder=recorder) as made:
        await recorder.until(lambda: made.connector.status().binds == 1)
        status = made.connector.status()
        assert (status.health, status.window, made.connector.room()) == (Health.DOWN, 0, 0)
        assert await smsc.delivered(MO) == 0
        (outcome,) = await made.ends(attempts(1))
        assert outcome.outcome is Outcome.NOT_SENT


async def test_a_pair_sends_by_the_one_and_receives_by_the_other() -> None:
    smsc = ScriptedSmsc()
    async with smsc.serving(), opened("smpp", smsc, bind="pair") as made:
        await made.recorder.until(lambda: made.connector.status().binds == 2)
        assert made.connector.status().window == 10
        (outcome,) = await made.ends(attempts(1))
        await made.recorder.until(lambda: made.recorder.receipts)
        assert made.recorder.receipts[0].smsc_id == outcome.sent[0].smsc_id
        assert {type(bind) for bind in smsc.binds} >= {BindReceiver}
        assert all(isinstance(bind, Bind) for bind in smsc.binds)


async def test_its_health_is_told_as_it_changes() -> None:
    smsc = ScriptedSmsc()
    async with smsc.serving(), opened("smpp", smsc) as made:
        recorder = made.recorder
        assert Health.CONNECTING in [status.health for status in recorder.statuses]
        recorder.statuses.clear()
        smsc.drop()
        await recorder.until(lambda: recorder.health is Health.UP)
        assert recorder.statuses[0].health is Health.DOWN
        assert recorder.statuses[0].detail == "connection lost: disconnected"


async def test_throttling_is_told_and_so_is_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chappe.connectors.smpp.connector._RECOVERY", 0.01)
    smsc = ScriptedSmsc()
    async with smsc.serving(), opened("smpp", smsc, throughput=100_000.0) as made:
        recorder = made.recorder
        (outcome,) = await made.ends(attempts(1, to="31600990040"))
        assert outcome.outcome is Outcome.THROTTLED
        await recorder.until(lambda: recorder.health is Health.SLOWED)
        # The pace is moved on by hand: quiet raises it by a twentieth of the limit a second.
        pace = made.connector._sender.pace  # type: ignore[attr-defined]
        pace._grown_at -= 60.0
        pace._cut_at -= 60.0
        await recorder.until(lambda: recorder.health is Health.UP)


async def test_throttling_outlives_a_reconnect() -> None:
    smsc = ScriptedSmsc()
    async with smsc.serving(), opened("smpp", smsc, throughput=1_000.0) as made:
        await made.ends(attempts(1, to="31600990040"))
        rate = made.connector.status().rate
        assert rate < 1_000.0
        smsc.drop()
        await smsc.until(lambda: len(smsc.binds) == 2)
        await made.recorder.until(lambda: made.connector.status().binds == 1)
        assert made.connector.status().health is Health.SLOWED
        assert made.connector.status().rate < 1_000.0


# ---------------------------------------------------------------- closing


async def test_closing_sends_no_more_waits_and_tells_of_everything() -> None:
    smsc = ScriptedSmsc(script=hold)
    async with smsc.serving(), opened("smpp", smsc, window=2) as made:
        batch = attempts(4)
        made.connector.send(batch)
        await smsc.until(lambda: len(smsc.submits) == 2)
        closing = asyncio.ensure_future(made.connector.close(PATIENCE))
        await made.recorder.told(2)
        assert {outcome.detail for outcome in made.recorder.ended} == {"the connector closes"}
        assert {outcome.outcome for outcome in made.recorder.ended} == {Outcome.NOT_SENT}
        for submitted in smsc.submits:
            smsc.answer(submitted, smsc.next_id())
        await closing
        ended = [made.recorder.of(outgoing.message.id)[0].outcome for outgoing in batch]
        assert ended == [Outcome.SENT, Outcome.SENT, Outcome.NOT_SENT, Outcome.NOT_SENT]
        assert len(made.recorder.ended) == 4
        assert len(smsc.submits) == 2
        await smsc.until(lambda: not smsc.links)


async def test_an_unbind_of_the_smscs_that_is_under_way_is_waited_for_too() -> None:
    smsc = ScriptedSmsc(script=hold)
    async with smsc.serving(), opened("smpp", smsc) as made:
        made.connector.send(attempts(1))
        await smsc.until(lambda: smsc.submits)
        smsc.links[0].unbind()
        await made.recorder.until(lambda: made.recorder.health is Health.DOWN)
        closing = asyncio.ensure_future(made.connector.close(PATIENCE))
        asyncio.get_running_loop().call_soon(smsc.answer, smsc.submits[0], "id1")
        await closing
        assert [outcome.outcome for outcome in made.recorder.ended] == [Outcome.SENT]


async def test_what_is_not_answered_within_the_grace_is_unknown() -> None:
    smsc = ScriptedSmsc(script=hold)
    async with smsc.serving(), opened("smpp", smsc) as made:
        made.connector.send([*attempts(1), Outgoing(message(text=LONG, parts=3, concatenation=1), 1)])
        await smsc.until(lambda: len(smsc.submits) == 4)
        smsc.answer(smsc.submits[1], "id1")
        await made.connector.close(0.05)
        assert [outcome.outcome for outcome in made.recorder.ended] == [Outcome.UNKNOWN] * 2
        assert [part.number for part in made.recorder.ended[1].sent] == [1]


async def test_answers_to_what_came_in_still_go_while_it_closes() -> None:
    smsc = ScriptedSmsc()
    recorder = Recorder(ack=None)
    async with smsc.serving(), opened("smpp", smsc, recorder=recorder) as made:
        smsc.deliver(MO)
        await recorder.until(lambda: recorder.inbound)
        closing = asyncio.ensure_future(made.connector.close(PATIENCE))
        await recorder.until(lambda: made.connector.status().health is Health.OFF, 1.0)
        made.connector.acknowledge([(recorder.inbound[0].handle, Ack.TAKEN)])
        await closing
        assert [pdu.status for pdu, _ in smsc.answers] == [0]
