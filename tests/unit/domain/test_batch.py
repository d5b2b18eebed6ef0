"""Batches on record: a slice comes back from its stored form, octets, rights and wishes and all."""

from __future__ import annotations

import msgspec

from chappe.domain.address import Address
from chappe.domain.batch import Batch, Mailing, Recipient
from chappe.domain.refusal import Right
from chappe.domain.report import BatchMark, ReportOn, ReportWish, Way
from chappe.domain.submission import Submission


def test_a_slice_comes_back_from_its_stored_form() -> None:
    submission = Submission(
        destination=Address(),
        source=Address("Chappe", 5, 0),
        octets=b"\x00\xff",
        data_coding=4,
        report=ReportWish(Way.WEBHOOK, ReportOn.SMSC, "jasmin", "http://client.example/", "GET"),
        tlvs=((0x1401, b"\x07"),),
        asks=(Right.BINARY, Right.SOURCE_ADDRESS),
    )
    mailings = [
        Mailing(submission, "", [Recipient(Address("31612345678", 1, 1), "+31612345678")]),
        Mailing(None, 'Error "x"', [Recipient(Address("abc"))]),
    ]
    stored = msgspec.json.encode(mailings)
    assert msgspec.json.decode(stored, type=list[Mailing]) == mailings


def test_what_a_submission_does_not_say_is_not_stored() -> None:
    assert msgspec.json.encode(Submission(destination=Address("1"), text="x")) == (
        b'{"destination":["1",0,0],"text":"x"}'
    )


def test_a_batch_is_known_by_its_mark() -> None:
    batch = Batch(BatchMark(7, "jasmin.batch", "http://a", ""), "acme", "acme", "jasmin", 1, 2, 3, "key")
    assert batch.id == 7
    assert msgspec.json.decode(msgspec.json.encode(batch), type=Batch) == batch
