"""What a load generator counts: answers by status, receipts by state, matches and repeats by id."""

from pathlib import Path

from chappe.protocols.smpp.codec import decode, encode_body
from chappe.protocols.smpp.commands import Body, DataSm, DeliverSm, SubmitSmResp
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.tlvs import Tag
from chappe.sim.esme_tally import Tally
from chappe.sim.ledger import AnsweredRow, LedgerWriter, ReceiptRow, SentRow, read_ledger_file

LINE = b"id:%b sub:001 dlvrd:001 submit date:2603141509 done date:2603141512 stat:%b err:000 text:x"


def pdu(body: Body, status: int = 0, tlvs: tuple[tuple[int, bytes], ...] = ()) -> Pdu:
    return decode(encode_body(body, 1, status, tlvs))


def receipt(id_: bytes, stat: bytes = b"DELIVRD") -> Pdu:
    return pdu(DeliverSm(esm_class=4, short_message=LINE % (id_, stat)))


def test_what_is_counted() -> None:
    tally = Tally(None)
    for token in ("1", "2", "3", "4"):
        tally.submitting(token, 0.0)
    tally.answered("1", pdu(SubmitSmResp("a")), 0.2, 0.1, 0.0)
    tally.answered("2", pdu(SubmitSmResp("b")), 0.4, 0.3, 0.0)
    tally.answered("3", pdu(SubmitSmResp(), 0x58), 0.0, 0.0, 0.0)
    tally.answered("4", pdu(SubmitSmResp(), 0x400), 0.0, 0.0, 0.0)
    tally.unanswered = 1
    for one in (b"a", b"a", b"z"):
        tally.delivered(receipt(one), 0.0)
    tally.delivered(
        pdu(DataSm(esm_class=4), 0, ((int(Tag.MESSAGE_PAYLOAD), LINE % (b"y", b"UNDELIV")),)), 0.0
    )
    wide = str(LINE % (b"w", b"EXPIRED"), "ascii").encode("utf-16-be")
    tally.delivered(pdu(DeliverSm(esm_class=4, data_coding=8, short_message=wide)), 0.0)
    tally.delivered(pdu(DeliverSm(esm_class=4, short_message=b"no receipt at all")), 0.0)
    tally.delivered(pdu(DeliverSm(short_message=LINE % (b"b", b"DELIVRD"))), 0.0)
    report = tally.report(2.0, unanswered=2)
    assert (report.sent, report.accepted, report.unanswered) == (4, 2, 3)
    assert report.refused == {"ESME_RTHROTTLED": 1, "ESME_0x00000400": 1}
    assert report.accepted_per_second == 1.0
    assert (report.latency.count, report.latency.highest, report.service.highest) == (4, 400.0, 300.0)
    assert (report.receipts, report.mos) == (6, 1)
    assert report.receipt_states == {"DELIVRD": 3, "UNDELIV": 1, "EXPIRED": 1}
    assert (report.receipts_matched, report.receipts_repeated) == (1, 1)


def test_a_receipt_before_its_answer_matches_too() -> None:
    tally = Tally(None)
    tally.delivered(receipt(b"a"), 0.0)
    assert tally.matched == 0
    tally.answered("1", pdu(SubmitSmResp("a")), 0.0, 0.0, 0.0)
    assert tally.matched == 1
    assert tally.report(0.0, 0).accepted_per_second == 0.0


async def test_the_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    ledger = LedgerWriter(path)
    tally = Tally(ledger)
    tally.submitting("00000001", 1.0)
    tally.answered("00000001", pdu(SubmitSmResp("a")), 0.1, 0.1, 2.0)
    tally.delivered(receipt(b"a"), 3.0)
    ledger.close()
    assert read_ledger_file(path) == [
        SentRow(1.0, "00000001"),
        AnsweredRow(2.0, "00000001", 0, "a"),
        ReceiptRow(3.0, "a", "DELIVRD"),
    ]
