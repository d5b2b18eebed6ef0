"""Records to rows and back: nothing is lost on the way through JSON text, whatever the text is."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.address import Address
from chappe.domain.message import Message, Note, NoteRecord, PartReceipt, PartSent, Transition
from chappe.domain.receipt import Receipt, stored_key
from chappe.domain.report import Delivery, IncomingNotice, ReportOn, slot_of
from chappe.domain.state import State
from chappe.stores.sqlite.records import (
    message_row,
    note_record,
    notice_record,
    owed,
    owed_rows,
    part_record,
    receipt,
    receipt_row,
    sent_rows,
    stored_message,
    to_json,
)
from making import NOW, message, notice, webhook

texts = st.text(st.characters(codec="utf-8"), max_size=60)
messages = st.builds(
    message,
    id=st.integers(1, (1 << 63) - 1),
    text=st.none() | texts,
    octets=st.none() | st.binary(max_size=200),
    due_ms=st.integers(0, 1 << 50),
    reference=texts,
    tags=st.lists(texts, max_size=3).map(tuple),
    tlvs=st.lists(st.tuples(st.integers(0, 65535), st.binary(max_size=20)), max_size=3).map(tuple),
)


@given(messages)
def test_a_message_comes_back(given_: Message) -> None:
    row = msgspec.json.decode(to_json(message_row(given_)))
    body = to_json(row[9])
    found = stored_message((row[0], row[3], row[2], 3, row[5], 7, 8, "why", 9, "twice", row[8], body))
    assert found.message == given_
    assert found.standing.state is (State.SCHEDULED if given_.due_ms else State.QUEUED)
    assert (found.standing.attempts, found.standing.sent_ms, found.standing.final_ms) == (3, 7, 8)
    assert (found.standing.error, found.standing.possible_duplicate) == ("why", "twice")


def test_the_columns_of_a_new_message() -> None:
    given_ = message(priority=2, expires_ms=NOW + 5, parts=3, charge=30, connector="spare")
    row = message_row(given_)
    assert row[:9] == [given_.id, "acme", "spare", State.QUEUED, 2, 0, NOW + 5, 3, 30]


@given(st.lists(texts, max_size=4))
def test_parts_are_filed_under_their_key(ids: list[str]) -> None:
    sent = tuple(PartSent(number, smsc_id) for number, smsc_id in enumerate(ids, 1))
    change = Transition(5, 0, State.SENT, NOW, sent=sent, group="supplier")
    assert sent_rows(change) == [
        [5, number, "supplier", stored_key(smsc_id), smsc_id, NOW, 1] for number, smsc_id in enumerate(ids, 1)
    ]


def test_what_a_receipt_says_of_a_part() -> None:
    told = PartReceipt(2, final=True, word="DELIVRD", error="000", receipt="id:1", done_ms=NOW)
    assert receipt_row(Transition(5, 0, State.DELIVERED, NOW, part=told)) == [
        5,
        2,
        1,
        "DELIVRD",
        "000",
        "id:1",
        NOW,
    ]
    assert receipt_row(Transition(5, 0, State.DELIVERED, NOW)) is None


def test_a_part_has_ten_columns() -> None:
    part = part_record((5, 2, "supplier", "0A", NOW, 0, "DELIVRD", "000", "id:1", NOW + 1))
    assert (part.message_id, part.number, part.group, part.smsc_id, part.sent_ms) == (
        5,
        2,
        "supplier",
        "0A",
        NOW,
    )
    assert (part.open, part.word, part.error, part.receipt, part.done_ms) == (
        False,
        "DELIVRD",
        "000",
        "id:1",
        NOW + 1,
    )


@given(texts, texts)
def test_a_note_comes_back(what: str, detail: str) -> None:
    note = Note(what, "op", detail, 3)
    assert note_record((NOW, to_json(note))) == NoteRecord(NOW, note)


@given(texts, st.binary(max_size=50), st.booleans())
def test_notices_of_both_kinds_come_back(text: str, octets: bytes, mo: bool) -> None:
    of = message(report=webhook())
    told = (
        IncomingNotice(7, "acme", webhook(), Address("1"), Address("2"), "op", text, octets, 8, NOW)
        if mo
        else notice(of, ReportOn.SUCCESS, text=text, word=text)
    )
    ((message_id, slot, lane, due_ms, body, attempts),) = owed_rows((told,), NOW)
    assert (message_id, slot, lane, due_ms, attempts) == (
        told.message_id,
        slot_of(told),
        "http://client.example",
        NOW,
        0,
    )
    stored = owed((message_id, slot, NOW + 60, 2, to_json(body)), lane)
    assert (stored.notice, stored.attempts, stored.due_ms) == (told, 2, NOW + 60)
    record = notice_record((to_json(body), lane, 3, 2, NOW, "410", NOW + 1))
    assert (record.notice, record.delivery, record.answer) == (told, Delivery.GIVEN_UP, "410")


@given(texts, texts, st.none() | st.sampled_from(State))
def test_a_receipt_comes_back(smsc_id: str, raw: str, state: State | None) -> None:
    value = Receipt("op", "op", smsc_id, state, "WORD", "000", Address("1"), Address("2"), NOW, raw=raw)
    assert receipt(to_json(value)) == value
