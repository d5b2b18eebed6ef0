"""What becomes of a message: every magic number, every share and switch, over real sockets."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import (
    BindReceiver,
    BindTransmitter,
    DataSm,
    DeliverSm,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSmResp,
)
from chappe.protocols.smpp.destinations import DistributionList, SmeAddress, UnsuccessSme
from chappe.protocols.smpp.pdu import Pdu, payload
from chappe.protocols.smpp.receipts import ReceiptFields, read
from chappe.protocols.smpp.tlvs import Tag, integer
from chappe.sim.behaviour import CutWhen, PartReceipts
from chappe.sim.intake import Bucket
from chappe.sim.ledger import SubmitRow, read_ledger_file
from chappe.sim.message_ids import IdForm
from chappe.sim.outcomes import MAGIC
from chappe.text import udh
from unit.sim.drill import Peer, bound, message, simulator

RESP, NACK = int(Command.SUBMIT_SM_RESP), int(Command.GENERIC_NACK)


def told(pdu: Pdu) -> ReceiptFields:
    octets = payload(pdu).octets
    found = read(str(octets, "latin-1"), pdu.tlvs)
    assert found is not None
    return found


async def fate(peer: Peer, magic: str, *, registered: int = 0x11) -> list[str]:
    """What comes for one message, in order: statuses, states of receipts, `gone`; a probe ends it."""
    seen = []
    peer.send(message(f"31600{magic}", registered_delivery=registered))
    for pdu in await peer.settle():
        if pdu is None:
            seen.append("gone")
        elif pdu.command == NACK:
            seen.append(f"nack {pdu.status:#x}")
        elif pdu.command == RESP:
            seen.append(f"{pdu.status:#x}")
        else:
            found = told(pdu)
            seen.append(f"{found.stat}{' stray' if found.id == '0' else ''}")
            peer.answer(pdu)
    return seen


FATES = {
    "990000": ["0x0", "DELIVRD"],
    "990001": ["0x0", "UNDELIV"],
    "990002": ["0x0", "EXPIRED"],
    "990003": ["0x0", "REJECTD"],
    "990004": ["0x0", "DELETED"],
    "990005": ["0x0", "UNKNOWN"],
    "990010": ["0x0"],
    "990011": ["0x0", "ACCEPTD", "DELIVRD"],
    "990012": ["0x0", "ENROUTE", "DELIVRD"],
    "990013": ["0x0", "ACCEPTD"],
    "990014": ["DELIVRD", "0x0"],
    "990015": ["0x0", "DELIVRD", "DELIVRD", "DELIVRD"],
    "990016": ["0x0", "DELIVRD", "UNDELIV"],
    "990017": ["0x0", "UNDELIV", "DELIVRD"],
    "990018": ["0x0", "DELIVRD", "ENROUTE"],
    "990019": ["0x0"],
    "990020": ["0x0", "DELIVRD stray", "DELIVRD"],
    "990030": ["0xb"],
    "990031": ["0x45"],
    "990032": ["0x8"],
    "990033": ["0x64"],
    "990034": ["0x65"],
    "990035": ["0x66"],
    "990036": ["0x58"],
    "990037": ["0x14"],
    "990038": ["0x400"],
    "990039": ["nack 0x3"],
    "990040": ["0x58"],
    "990041": ["0x14"],
    "990042": ["0x8"],
    "990043": ["0x64"],
    "990050": [],
    "990051": [],
    "990052": ["0x0", "0x0", "DELIVRD"],
    "990053": [],
    "990054": [],
    "990055": ["gone"],
    "990056": ["0x0", "gone"],
}
"""What comes at once; the late ones are late."""


def test_no_magic_number_is_left_out() -> None:
    assert FATES.keys() == MAGIC.keys()


@pytest.mark.parametrize("magic", FATES)
async def test_a_magic_number_does_as_it_says_and_the_second_time_too_or_is_delivered(magic: str) -> None:
    async with simulator(receipt_lead=0.0) as smsc:
        peer = await bound(smsc)
        assert await fate(peer, magic) == FATES[magic]
        if FATES[magic][-1:] == ["gone"]:
            await peer.close()
            peer = await bound(smsc)
            pending = [told(await peer.receipt()).stat]
            assert pending == ["DELIVRD"], "taken before the connection broke, and told on return"
        wanted = FATES["990000"] if MAGIC[magic].once else FATES[magic]
        assert await fate(peer, magic) == wanted


async def test_delays_of_magic_numbers_wait_in_the_wheel() -> None:
    async with simulator() as smsc:
        peer = await bound(smsc)
        for magic in ("990019", "990053", "990054"):
            await fate(peer, magic)
        assert smsc.snapshot().coming == 3


async def test_magic_can_be_switched_off() -> None:
    async with simulator(magic=False) as smsc:
        peer = await bound(smsc)
        assert await fate(peer, "990030") == FATES["990000"]


async def test_receipts_go_to_those_who_ask() -> None:
    async with simulator() as smsc:
        peer = await bound(smsc)
        assert await fate(peer, "000001", registered=0) == ["0x0"]
        assert await fate(peer, "000001", registered=2) == ["0x0"]
        assert await fate(peer, "990001", registered=2) == ["0x0", "UNDELIV"]
        assert await fate(peer, "990012", registered=1) == ["0x0", "DELIVRD"]


async def test_a_receipt_is_addressed_back_and_names_the_id_of_the_answer() -> None:
    async with simulator({"remember": 10}, ids=IdForm.PADDED, failure_share=1.0, failure_err="011") as smsc:
        peer = await bound(smsc)
        peer.send(message("31600000001", b"Hello Ann, your order is ready"))
        answer, receipt = await peer.get(), await peer.receipt()
        assert isinstance(answer.body, SubmitSmResp)
        body = receipt.body
        assert isinstance(body, DeliverSm)
        assert (body.esm_class, body.source_addr, body.destination_addr) == (4, "31600000001", "Chappe")
        found = told(receipt)
        assert (found.id, found.stat, found.err) == (answer.body.message_id, "UNDELIV", "011")
        assert found.text == "Hello Ann, your orde"
        assert len(found.id) == 10


SHARES: list[tuple[dict[str, Any], list[str]]] = [
    ({"throttle_share": 1.0}, ["0x58"]),
    ({"refusal_share": 1.0, "refusal_status": 0x14}, ["0x14"]),
    ({"loss_share": 1.0}, []),
    ({"silent": True}, []),
    ({"failure_share": 1.0}, ["0x0", "UNDELIV"]),
    ({"no_receipt_share": 1.0}, ["0x0"]),
    ({"receipts": "none"}, ["0x0"]),
    ({"duplicate_receipt_share": 1.0}, ["0x0", "DELIVRD", "DELIVRD"]),
    ({"early_receipt_share": 1.0, "receipt_lead": 0.0}, ["DELIVRD", "0x0"]),
    ({"contradiction_share": 1.0}, ["0x0", "DELIVRD", "UNDELIV"]),
    ({"stray_receipt_share": 1.0}, ["0x0", "DELIVRD stray", "DELIVRD"]),
    ({"duplicate_answer_share": 1.0}, ["0x0", "0x0", "DELIVRD"]),
    ({"late_receipt_share": 1.0}, ["0x0"]),
]


@pytest.mark.parametrize(("behaviour", "wanted"), SHARES)
async def test_a_share_of_one(behaviour: dict[str, Any], wanted: list[str]) -> None:
    async with simulator(**behaviour) as smsc:
        peer = await bound(smsc)
        assert await fate(peer, "000001") == wanted


async def test_an_early_receipt_comes_first_on_another_bind_too() -> None:
    async with simulator(early_receipt_share=1.0, receipt_lead=0.02) as smsc:
        sender, receiver = await bound(smsc, BindTransmitter), await bound(smsc, BindReceiver)
        (number,) = sender.send(message())
        receipt = await receiver.receipt()
        assert smsc.snapshot().coming == 1, "the answer has not gone out yet"
        answer = await sender.get()
        assert isinstance(answer.body, SubmitSmResp)
        assert (answer.sequence, answer.body.message_id) == (number, told(receipt).id)


async def test_answers_and_receipts_take_their_time() -> None:
    async with simulator(response_delay=(0.02, 0.04), receipt_delay=(0.02, 0.02)) as smsc:
        peer = await bound(smsc)
        begun = asyncio.get_running_loop().time()
        peer.send(message())
        assert await peer.settle() == []
        assert smsc.snapshot().coming == 1
        assert (await peer.get()).command == RESP
        answered = asyncio.get_running_loop().time()
        await peer.receipt()
        assert answered - begun >= 0.02
        assert asyncio.get_running_loop().time() - answered >= 0.015


@pytest.mark.parametrize("delay", [(0.0, 0.0), (0.02, 0.02)])
async def test_answers_in_reversed_order(delay: tuple[float, float]) -> None:
    async with simulator(reversed_answers=True, response_delay=delay) as smsc:
        peer = await bound(smsc)
        numbers = peer.send(*(message(registered_delivery=0) for _ in range(5)))
        assert [(await peer.get()).sequence for _ in numbers] == numbers[::-1]


async def test_throttling_by_rate() -> None:
    async with simulator(throttle_rate=100.0, receipts="none") as smsc:
        peer = await bound(smsc)
        numbers = peer.send(*(message() for _ in range(50)))
        statuses = [(await peer.get()).status for _ in numbers]
        assert statuses[:10] == [0] * 10
        assert 30 <= statuses.count(0x58) <= 40
        totals = smsc.snapshot().totals
        assert (totals.submits, totals.ok, totals.throttled) == (50, statuses.count(0), statuses.count(0x58))


def test_a_bucket_fills_with_time() -> None:
    bucket = Bucket(100.0, 0.0)
    assert [bucket.take(0.0) for _ in range(11)] == [True] * 10 + [False]
    assert [bucket.take(0.02) for _ in range(3)] == [True, True, False]
    assert [bucket.take(99.0) for _ in range(11)] == [True] * 10 + [False]
    slow = Bucket(0.5, 0.0)
    assert [slow.take(at) for at in (0.0, 1.0, 2.0)] == [True, False, True]


@pytest.mark.parametrize(
    ("when", "wanted"),
    [(CutWhen.BEFORE, [RESP, RESP]), (CutWhen.AFTER, [RESP, RESP, RESP])],
)
async def test_the_connection_breaks_at_every_third_submit(
    when: CutWhen, wanted: list[int], tmp_path: Path
) -> None:
    path = tmp_path / "ledger"
    async with simulator({"ledger": path}, cut_every=3, cut=when, receipts="none") as smsc:
        for _ in range(2):
            peer = await bound(smsc)
            seen = []
            for _ in range(4):
                peer.send(message())
                pdu = await peer.next()
                if pdu is None:
                    break
                seen.append(pdu.command)
            assert seen == wanted
            await peer.close()
        assert smsc.snapshot().totals.cuts == 2
    rows = [row for row in read_ledger_file(path) if isinstance(row, SubmitRow)]
    assert [row.answered for row in rows] == [True, True, when is CutWhen.AFTER] * 2
    assert all(row.status == 0 and row.id for row in rows), "taken, whoever heard of it"


async def test_what_was_held_back_goes_out_before_a_cut_and_nothing_behind_it_is_taken() -> None:
    async with simulator(cut_every=3, cut=CutWhen.AFTER, reversed_answers=True, receipts="none") as smsc:
        peer = await bound(smsc)
        numbers = peer.send(*(message() for _ in range(5)))
        seen = []
        while (pdu := await peer.next()) is not None:
            seen.append(pdu.sequence)
        assert seen == [numbers[1], numbers[0], numbers[2]]
        assert smsc.snapshot().totals.submits == 3


async def test_a_lost_submit_may_break_the_connection_too() -> None:
    async with simulator(silent=True, cut_every=1) as smsc:
        peer = await bound(smsc)
        peer.send(message())
        assert await peer.next() is None


@pytest.mark.parametrize(
    ("receipts", "form"),
    [("V1", IdForm.HEXDEC), ("V11", IdForm.DECIMAL), ("V12", IdForm.DECIMAL), ("V13", IdForm.DECIMAL)],
)
async def test_the_id_in_the_receipt_is_another_text(receipts: str, form: IdForm) -> None:
    async with simulator(receipts=receipts, ids=form) as smsc:
        peer = await bound(smsc)
        peer.send(message())
        answer, receipt = await peer.get(), await peer.receipt()
        assert isinstance(answer.body, SubmitSmResp)
        theirs, ours = told(receipt).id, answer.body.message_id
        assert theirs != ours
        match receipts:
            case "V12":
                assert theirs.lower() == ours.lstrip("0")
            case "V13":
                assert theirs == ours.lstrip("0")
            case _:
                assert int(theirs) == int(ours, 16)


def part(number: int, total: int) -> Any:
    return message(text=udh.concat8(7, total, number) + b"hi", esm_class=0x40)


PARTS = [
    ("V1", PartReceipts.EACH, [1, 2, 3]),
    ("V1", PartReceipts.FIRST, [1]),
    ("V1", PartReceipts.LAST, [3]),
    ("V22", PartReceipts.EACH, [3]),
    ("V22", PartReceipts.FIRST, [1]),
]


@pytest.mark.parametrize("by_tlvs", [False, True])
@pytest.mark.parametrize(("receipts", "which", "wanted"), PARTS)
async def test_which_parts_get_a_receipt(
    receipts: str, which: PartReceipts, wanted: list[int], *, by_tlvs: bool
) -> None:
    async with simulator(receipts=receipts, receipt_parts=which, response_delay=(0.0, 0.0)) as smsc:
        peer = await bound(smsc)
        ids = []
        reported = []
        for number in (1, 2, 3):
            if by_tlvs:
                tlvs = (
                    integer(Tag.SAR_MSG_REF_NUM, 7),
                    integer(Tag.SAR_TOTAL_SEGMENTS, 3),
                    integer(Tag.SAR_SEGMENT_SEQNUM, number),
                )
                peer.send(message(), tlvs=tlvs)
            else:
                peer.send(part(number, 3))
            answer = await peer.get()
            assert isinstance(answer.body, SubmitSmResp)
            ids.append(answer.body.message_id)
            for pdu in await peer.settle():
                assert pdu is not None
                reported.append(told(pdu).id)
                peer.answer(pdu)
        assert [ids.index(id_) + 1 for id_ in reported] == wanted
        peer.send(message(text=b"\x05\x00\x03"), message(text=b"\x99", esm_class=0x40))
        whole = [await peer.get() for _ in range(4)]
        assert sum(pdu.command == Command.DELIVER_SM for pdu in whole) == 2, "whole messages get one always"


async def test_data_sm_like_submit_sm() -> None:
    async with simulator() as smsc:
        peer = await bound(smsc)
        body = DataSm(source_addr="Chappe", destination_addr="31600000001", registered_delivery=1)
        peer.send(body, tlvs=((int(Tag.MESSAGE_PAYLOAD), b"hello"),))
        answer, receipt = await peer.get(), await peer.receipt()
        assert (answer.command, answer.status) == (Command.DATA_SM_RESP, 0)
        found = told(receipt)
        assert (found.id, found.text) == (answer.body.message_id, "hello")  # type: ignore[union-attr]
        refused = DataSm(destination_addr="31600990030")
        peer.send(refused)
        assert (await peer.get()).status == 0x0B


async def test_submit_multi_gives_one_id_and_names_who_was_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    async with simulator({"ledger": path}) as smsc:
        peer = await bound(smsc)
        everyone = (
            SmeAddress("31600000001", 1, 1),
            SmeAddress("31600990030", 1, 1),
            SmeAddress("31600990050", 1, 1),
            SmeAddress("31600990001", 1, 1),
            DistributionList("friends"),
        )
        multi = SubmitMulti(
            source_addr="Chappe", dest_address=everyone, registered_delivery=1, short_message=b"hi"
        )
        peer.send(multi)
        answer = (await peer.get()).body
        assert isinstance(answer, SubmitMultiResp)
        assert answer.unsuccess_sme == (
            UnsuccessSme("31600990030", 0x0B, 1, 1),
            UnsuccessSme("31600990050", 0x45, 1, 1),
            UnsuccessSme("friends", 0x34),
        )
        receipts = [await peer.receipt() for _ in range(2)]
        assert {told(one).id for one in receipts} == {answer.message_id}
        assert {(one.body.source_addr, told(one).stat) for one in receipts} == {  # type: ignore[union-attr]
            ("31600000001", "DELIVRD"),
            ("31600990001", "UNDELIV"),
        }
        lost = SubmitMulti(dest_address=(SmeAddress("31600990050"),))
        peer.send(lost)
        assert await peer.settle() == []
        none = SubmitMulti(dest_address=(SmeAddress("31600990030"),))
        peer.send(none)
        assert (await peer.get()).body == SubmitMultiResp("", (UnsuccessSme("31600990030", 0x0B),))
    rows = [row for row in read_ledger_file(path) if isinstance(row, SubmitRow)]
    assert [(row.status, row.id) for row in rows] == [
        (0, answer.message_id),
        (0x0B, ""),
        (None, ""),
        (0, answer.message_id),
        (None, ""),
        (0x0B, ""),
    ]


async def test_the_ledger_holds_every_submit(tmp_path: Path) -> None:
    for keeps in (False, True):
        path = tmp_path / f"ledger-{keeps}"
        async with simulator({"ledger": path, "keeps_texts": keeps}, receipts="none") as smsc:
            peer = await bound(smsc, system_id="acme")
            mark = (integer(Tag.USER_MESSAGE_REFERENCE, 513),)
            (first,) = peer.send(message(text=b"a #00000007 b"), tlvs=mark)
            answer = (await peer.get()).body
            assert isinstance(answer, SubmitSmResp)
            (second,) = peer.send(message("31600990030", b"x"))
            await peer.get()
            peer.send(message("31600990050"))
            assert await peer.settle() == []
            await peer.close()
        rows = read_ledger_file(path)
        assert all(isinstance(row, SubmitRow) for row in rows)
        one, two, three = rows
        assert isinstance(one, SubmitRow)
        assert (one.system_id, one.bind, one.sequence) == ("acme", 1, first)
        assert (one.source, one.destination, one.id) == ("Chappe", "31600000001", answer.message_id)
        assert (one.status, one.answered, one.token, one.mark) == (0, True, "00000007", 513)
        assert (one.text, len(one.digest)) == (("a #00000007 b", 0) if keeps else ("", 16))
        assert isinstance(two, SubmitRow)
        assert isinstance(three, SubmitRow)
        assert (two.sequence, two.status, two.id) == (second, 0x0B, "")
        assert (three.status, three.answered) == (None, False)


async def test_a_seed_repeats_itself() -> None:
    async def ids() -> list[str]:
        seen = []
        async with simulator(receipts="mix", ids=IdForm.UUID, refusal_share=0.3) as smsc:
            peer = await bound(smsc)
            for _ in range(30):
                peer.send(message(registered_delivery=0))
                pdu = await peer.get()
                seen.append(f"{pdu.status} {pdu.body.message_id}")  # type: ignore[union-attr]
            await peer.close()
        return seen

    first = await ids()
    assert first == await ids()
    assert len(set(first)) > 10
