"""Binds taken and refused, query_sm and cancel_sm, receipts that wait for their client and come again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from chappe.protocols.smpp.command_ids import RESPONSE, Command
from chappe.protocols.smpp.commands import (
    Bind,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    CancelSm,
    CancelSmResp,
    DeliverSm,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    SubmitSmResp,
    Unbind,
)
from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.tlvs import Tag, find_integer
from chappe.sim.incoming import Mo, Split
from chappe.sim.ledger import AckRow, DeliverRow, read_ledger_file
from chappe.sim.reconcile import receipts_of
from unit.sim.drill import Peer, bound, connect, message, simulator, until

MODES = [BindTransmitter, BindReceiver, BindTransceiver]
CREDENTIALS = {"credentials": (("acme", "secret"), ("other", "else"))}


@pytest.mark.parametrize("mode", MODES)
async def test_any_bind_is_taken_where_no_credentials_are_set(mode: type[Bind]) -> None:
    async with simulator() as smsc:
        peer = await connect(smsc)
        peer.send(mode("anyone", "anything"))
        answer = await peer.get()
        assert (answer.command, answer.status) == (mode.command | RESPONSE, 0)
        assert answer.body.system_id == "chappe-sim"  # type: ignore[union-attr]
        assert find_integer(answer.tlvs, Tag.SC_INTERFACE_VERSION) == 0x34
        assert (smsc.snapshot().sessions, smsc.snapshot().totals.binds) == (1, 1)
        peer.send(Unbind())
        assert (await peer.get()).command == Command.UNBIND_RESP
        assert await peer.next() is None


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("settings", "behaviour", "bind", "status"),
    [
        (CREDENTIALS, {}, ("acme", "secret"), 0),
        (CREDENTIALS, {}, ("other", "else"), 0),
        (CREDENTIALS, {}, ("acme", "else"), 0x0E),
        (CREDENTIALS, {}, ("nobody", "secret"), 0x0F),
        (CREDENTIALS, {"bind_status": 0x0D}, ("acme", "secret"), 0x0D),
        ({}, {"bind_status": 0x05}, ("acme", ""), 0x05),
    ],
)
async def test_who_may_bind(
    settings: dict[str, Any], behaviour: dict[str, Any], bind: tuple[str, str], status: int, mode: type[Bind]
) -> None:
    async with simulator(settings, **behaviour) as smsc:
        peer = await connect(smsc)
        peer.send(mode(*bind))
        answer = await peer.get()
        assert (answer.command, answer.status) == (mode.command | RESPONSE, status)
        if status:
            assert await peer.next() is None
            assert smsc.snapshot().totals.bind_refusals == 1


async def test_only_receivers_receive_and_only_transmitters_submit() -> None:
    async with simulator() as smsc:
        sender, receiver = await bound(smsc, BindTransmitter), await bound(smsc, BindReceiver)
        sender.send(message())
        assert (await sender.get()).status == 0
        assert (await receiver.receipt()).command == Command.DELIVER_SM
        receiver.send(message())
        assert (await receiver.get()).status == 0x04
        assert smsc.snapshot().totals.irregular == 1


async def answered_id(peer: Peer) -> str:
    answer = await peer.get()
    assert isinstance(answer.body, SubmitSmResp)
    return answer.body.message_id


async def test_query_and_cancel_are_not_offered_unless_messages_are_remembered() -> None:
    async with simulator() as smsc:
        peer = await bound(smsc)
        for body in (QuerySm("1"), CancelSm(message_id="1"), ReplaceSm("1")):
            peer.send(body)
            answer = await peer.get()
            assert (answer.command, answer.status) == (Command.GENERIC_NACK, 0x03)


async def query(peer: Peer, id_: str, source: str = "Chappe") -> Pdu:
    peer.send(QuerySm(id_, source_addr=source))
    return await peer.get()


async def test_query_tells_the_state() -> None:
    async with simulator({"remember": 10}) as smsc:
        peer = await bound(smsc)
        for destination, state, err in (
            ("31600990002", MessageState.EXPIRED, 254),
            ("31600990013", MessageState.ACCEPTED, 0),
            ("31600990019", MessageState.ENROUTE, 0),
        ):
            peer.send(message(destination, registered_delivery=0))
            id_ = await answered_id(peer)
            answer = await query(peer, id_)
            assert isinstance(answer.body, QuerySmResp)
            found = answer.body
            assert (answer.status, found.message_id, found.message_state, found.error_code) == (
                0,
                id_,
                state,
                err,
            )
            assert (len(found.final_date) == 16) is (state is MessageState.EXPIRED)
            assert (await query(peer, id_, "Other")).status == 0x0C
        assert (await query(peer, "nothing")).status == 0x0C
        assert smsc.snapshot().totals.queries == 7


async def test_cancel_in_time_and_too_late() -> None:
    async with simulator({"remember": 10}, receipt_delay=(0.02, 0.02)) as smsc:
        peer = await bound(smsc)
        peer.send(message())
        id_ = await answered_id(peer)
        peer.send(CancelSm(message_id=id_, source_addr="Chappe"))
        answer = await peer.get()
        assert (answer.status, answer.body) == (0, CancelSmResp())
        receipt = (await peer.receipt()).body
        assert isinstance(receipt, DeliverSm)
        assert f"id:{id_} ".encode() in receipt.short_message
        assert b" stat:DELETED " in receipt.short_message
        peer.send(CancelSm(message_id=id_, source_addr="Chappe"))
        assert (await peer.get()).status == 0x11
        peer.send(CancelSm(message_id="nothing", source_addr="Chappe"))
        assert (await peer.get()).status == 0x0C


async def test_receipts_wait_for_the_client_that_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    async with simulator({"ledger": path}, receipt_delay=(0.01, 0.01)) as smsc:
        peer = await bound(smsc, BindTransmitter)
        peer.send(*(message(f"3160000000{number}") for number in range(5)))
        ids = [await answered_id(peer) for _ in range(5)]
        await peer.close()
        other = await bound(smsc, system_id="other")
        async with asyncio.timeout(5):
            while smsc.snapshot().waiting < 5:
                assert await other.settle() == []
        back = await bound(smsc, BindReceiver)
        got = [(await back.receipt()).body for _ in range(5)]
        assert await back.settle() == []
        texts = [body.short_message for body in got if isinstance(body, DeliverSm)]
        assert [text.split()[0].decode() for text in texts] == [f"id:{id_}" for id_ in ids]
        assert smsc.snapshot().totals.resent == 0
    found = receipts_of(read_ledger_file(path))
    assert (found.sent, found.acked, found.unacked, found.acked_twice) == (5, 5, (), ())


async def test_what_was_not_acknowledged_comes_again_oldest_first(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    async with simulator({"ledger": path}) as smsc:
        peer = await bound(smsc)
        peer.send(*(message(registered_delivery=1) for _ in range(3)))
        receipts = []
        while len(receipts) < 3:
            pdu = await peer.get()
            if pdu.command == Command.DELIVER_SM:
                receipts.append(pdu)
        peer.answer(receipts[1])
        assert await peer.settle() == []
        assert smsc.snapshot().unacked == 2
        await peer.close()
        back = await bound(smsc)
        again = [await back.receipt() for _ in range(2)]
        assert [one.body for one in again] == [receipts[0].body, receipts[2].body]
        assert await back.settle() == []
        totals = smsc.snapshot().totals
        assert (totals.receipts_sent, totals.receipts_acked, totals.resent) == (5, 3, 2)
    rows = read_ledger_file(path)
    assert [row.attempt for row in rows if isinstance(row, DeliverRow)] == [1, 1, 1, 2, 2]
    assert sum(isinstance(row, AckRow) for row in rows) == 3


async def test_a_temporary_refusal_of_a_receipt_brings_it_again() -> None:
    async with simulator(redelivery_delay=0.0) as smsc:
        peer = await bound(smsc)
        peer.send(message())
        await answered_id(peer)
        first = await peer.get()
        peer.answer(first, 0x64)
        second = await peer.get()
        assert (second.body, second.sequence) == (first.body, first.sequence + 1)
        peer.answer(second, 0x65)
        assert await peer.settle() == []
        totals = smsc.snapshot().totals
        assert (totals.receipts_refused, totals.receipts_given_up, totals.receipts_acked) == (2, 1, 0)


async def test_a_receipt_that_nobody_answers_in_time_comes_again_and_a_late_answer_ends_it() -> None:
    async with simulator({"response_timer": 0.1}) as smsc:
        peer = await bound(smsc)
        peer.send(message())
        await answered_id(peer)
        first = await peer.get()
        second = await peer.get()
        assert (second.body, second.sequence) == (first.body, first.sequence + 1)
        peer.answer(first)
        async with asyncio.timeout(5):
            while smsc.snapshot().unacked:
                assert await peer.settle() == []
        totals = smsc.snapshot().totals
        assert (totals.receipts_sent, totals.resent, totals.receipts_acked) == (2, 1, 1)


async def test_the_window_bounds_what_is_on_its_way() -> None:
    async with simulator({"window": 2}) as smsc:
        peer = await bound(smsc)
        for _ in range(5):
            smsc.inject(Mo(text="hi"))
        first, second = await peer.get(), await peer.get()
        assert await peer.settle() == []
        assert (smsc.snapshot().unacked, smsc.snapshot().waiting) == (2, 3)
        peer.answer(first)
        third = await peer.get()
        assert await peer.settle() == []
        peer.answer(second)
        peer.answer(third)
        for _ in range(2):
            await peer.receipt()
        assert await peer.settle() == []
        assert smsc.snapshot().totals.mos_acked == 5


async def test_a_client_that_unbinds_gets_no_more_and_finds_it_on_return() -> None:
    async with simulator() as smsc:
        peer = await bound(smsc)
        smsc.inject(Mo(text="one"))
        first = await peer.get()
        peer.send(Unbind())
        assert (await peer.get()).command == Command.UNBIND_RESP
        smsc.inject(Mo(text="two", system_id="acme"))
        peer.answer(first)
        assert await peer.next() is None
        back = await bound(smsc)
        got = (await back.receipt()).body
        assert isinstance(got, DeliverSm)
        assert got.short_message == b"two"


async def test_a_peer_of_version_3_3_gets_no_tlvs() -> None:
    async with simulator(receipts="V15") as smsc:
        peer = await bound(smsc, version=0x33)
        peer.send(message())
        await answered_id(peer)
        receipt = await peer.receipt()
        assert receipt.tlvs == ()
        assert isinstance(receipt.body, DeliverSm)
        assert receipt.body.short_message.startswith(b"id:")


async def test_a_client_that_reads_nothing_is_sent_no_more_and_all_once_it_reads() -> None:
    async with simulator() as smsc:
        peer = await bound(smsc)
        sent = 0

        def stalled() -> bool:
            nonlocal sent
            sent += 1
            smsc.inject(Mo(text="x" * 60_000, split=Split.PAYLOAD))
            return smsc.snapshot().waiting > 3

        await until(stalled)
        assert smsc.snapshot().unacked < sent < 1_000, "the window alone would let them all go"
        for _ in range(sent):
            await peer.receipt()
        assert await peer.settle() == []
        assert smsc.snapshot().totals.mos_acked == sent
