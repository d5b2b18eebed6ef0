"""Records of MTs in SQL, function by function: what acceptance decides, what a change touches, what counts are noted."""

from __future__ import annotations

import pytest

from chappe.domain.message import AcceptResult, Message, Transition
from chappe.domain.report import ReportOn
from chappe.domain.state import OPEN, WAITING, State, bits
from chappe.ports.ledger import LedgerEntry
from chappe.stores.sqlite import ledger, messages, queue
from chappe.stores.sqlite.batches import move_batch, new_batch
from chappe.stores.sqlite.database import Database
from chappe.stores.sqlite.records import stored_message, to_json
from making import NOW, final, message, notice, sent, webhook

FLIGHT = bits({State.IN_FLIGHT})


def accept(db: Database, *batch: Message, whole: bool = False) -> dict[int, tuple[AcceptResult, int]]:
    with db.transaction():
        return messages.accept(db, new_batch(batch, whole=whole)).exceptions


def move(db: Database, *changes: Transition) -> set[int]:
    with db.transaction():
        (applied,) = messages.move(db, [move_batch(changes)])
        return applied


def pay_in(db: Database, amount: int) -> None:
    with db.transaction():
        assert ledger.deposit(db, LedgerEntry("acme", NOW, amount, "test")) is not None


def flying(db: Database, *batch: Message) -> None:
    accept(db, *batch)
    with db.transaction():
        queue.claim(db, "op", len(batch), 1, NOW)


def balance(db: Database) -> int:
    row = db.row("balances", '["acme"]')
    return row[1] if row else 0


def count(db: Database, table: str) -> int:
    return int(db.connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def test_acceptance_notes_what_was_queued(db: Database) -> None:
    assert accept(db, message(), message(connector="spare"), message(due_ms=NOW), message()) == {}
    assert db.depth_changes == {"op": 2, "spare": 1}


def test_only_what_was_taken_is_noted_as_queued(db: Database) -> None:
    pay_in(db, 5)
    found = accept(db, message(charge=5), message(charge=5), message(due_ms=NOW))
    assert found == {1: (AcceptResult.NO_BALANCE, 0)}
    assert db.depth_changes == {"op": 1}


def test_a_refused_whole_leaves_nothing(db: Database) -> None:
    pay_in(db, 5)
    found = accept(
        db, message(charge=5, idempotency_key="k"), message(charge=5, idempotency_key="l"), whole=True
    )
    assert [result for result, _ in found.values()] == [AcceptResult.NO_BALANCE]
    assert (balance(db), count(db, "message"), count(db, "idempotency"), db.depth_changes) == (5, 0, 0, {})


def test_a_whole_with_repeats_takes_the_rest(db: Database) -> None:
    first = message(idempotency_key="k")
    accept(db, first)
    found = accept(db, message(idempotency_key="k"), message(), whole=True)
    assert found == {0: (AcceptResult.REPEATED, first.id)}
    assert count(db, "message") == 2


def test_the_keys_of_one_batch_are_seen_in_order(db: Database) -> None:
    one, two = message(idempotency_key="k"), message(idempotency_key="k")
    assert accept(db, one, two) == {1: (AcceptResult.REPEATED, one.id)}


@pytest.mark.parametrize("whole", [True, False])
def test_a_repeat_of_one_that_cannot_be_paid_stands_for_nothing(db: Database, whole: bool) -> None:
    found = accept(
        db, message(idempotency_key="k", charge=5), message(idempotency_key="k", charge=5), whole=whole
    )
    assert [result for result, _ in found.values()] == [AcceptResult.NO_BALANCE] * 2
    assert (count(db, "message"), count(db, "idempotency")) == (0, 0)


def test_one_that_cannot_be_paid_frees_its_own_key_only(db: Database) -> None:
    accept(db, message(idempotency_key="kept"))
    accept(db, message(idempotency_key="freed", charge=5), message(idempotency_key="kept", charge=5))
    keys = db.connection.execute("SELECT key FROM idempotency").fetchall()
    assert keys == [("kept",)]


def test_a_change_notes_what_left_and_entered_a_queue(db: Database) -> None:
    queued, scheduled = message(), message(due_ms=NOW)
    accept(db, queued, scheduled)
    move(db, *[Transition(each.id, bits(WAITING), State.CANCELLED, NOW) for each in (queued, scheduled)])
    assert db.depth_changes == {"op": -1}
    flown = message()
    flying(db, flown)
    move(db, Transition(flown.id, FLIGHT, State.QUEUED, NOW, connector="spare"))
    assert db.depth_changes == {"spare": 1}


def test_a_queued_message_that_stays_queued_changes_no_count(db: Database) -> None:
    given = message()
    accept(db, given)
    move(db, Transition(given.id, bits({State.QUEUED}), State.QUEUED, NOW, body=given))
    assert sum(db.depth_changes.values()) == 0


def test_what_does_not_apply_leaves_no_trace_but_its_part_and_note(db: Database) -> None:
    given = message(charge=5)
    pay_in(db, 5)
    accept(db, given)
    late = sent(given, "0A", owes=(notice(given),), refund=True, uncounted=True)
    assert move(db, late) == set()
    assert (count(db, "part"), count(db, "outbox"), balance(db), db.owed_change) == (1, 0, 0, 0)


def test_an_attempt_is_taken_back_only_where_the_change_applied(db: Database) -> None:
    given = message()
    flying(db, given)
    back = Transition(given.id, FLIGHT, State.QUEUED, NOW, uncounted=True)
    assert move(db, back) == {given.id}
    assert move(db, back) == set()
    (row,) = db.rows("select_messages", f"[{given.id}]")
    assert stored_message(row).standing.attempts == 0


def test_a_refund_is_given_once_and_never_for_what_a_network_took(db: Database) -> None:
    pay_in(db, 30)
    never, partly = message(charge=10), message(charge=20, parts=2)
    flying(db, never, partly)
    move(db, sent(partly, "a1", due_ms=0))
    refund = [Transition(each.id, bits(OPEN), State.REJECTED, NOW, refund=True) for each in (never, partly)]
    assert move(db, *refund) == {never.id, partly.id}
    move(db, *refund)
    assert balance(db) == 10


def test_the_first_id_of_a_part_stays(db: Database) -> None:
    given = message()
    flying(db, given)
    move(db, sent(given, "first"))
    move(db, final(given))
    move(db, sent(given, "second"))
    (row,) = db.rows("parts_of", given.id)
    assert (row[3], row[5]) == ("first", 0)


def test_notices_count_once_a_slot(db: Database) -> None:
    given = message(report=webhook())
    flying(db, given)
    told = notice(given, ReportOn.SMSC)
    move(db, sent(given, "1", owes=(told,)))
    assert db.owed_change == 1
    move(db, final(given, owes=(told, notice(given))))
    assert db.owed_change == 1


def test_the_usual_way_and_the_long_way_to_sent_write_the_same(db: Database) -> None:
    short, long = message(), message()
    flying(db, short, long)
    fields = {"error": "", "command_status": 0, "due_ms": NOW + 9}
    move(db, sent(short, "1", **fields), sent(long, "2", possible_duplicate="", **fields))
    rows = db.rows("select_messages", to_json([short.id, long.id]))
    assert rows[0][1:11] == rows[1][1:11]


@pytest.mark.parametrize("field", ["text", "octets"])
def test_replacing_the_text_changes_the_columns_made_of_it_too(db: Database, field: str) -> None:
    given = message(parts=3, expires_ms=NOW + 5)
    accept(db, given)
    other = message(
        id=given.id,
        parts=1,
        expires_ms=NOW + 9,
        **{"text": None, "octets": None, field: "x" if field == "text" else b"x"},
    )
    move(db, Transition(given.id, bits(WAITING), State.QUEUED, NOW, body=other))
    assert db.connection.execute("SELECT parts, expires_ms FROM message").fetchall() == [(1, NOW + 9)]


def test_purging_keeps_what_is_open_or_owed_and_the_sums(db: Database) -> None:
    pay_in(db, 100)
    done, owing, waiting = message(charge=10, idempotency_key="k"), message(charge=20), message(charge=30)
    flying(db, done, owing)
    accept(db, waiting)
    move(db, sent(done, "1"), sent(owing, "2", owes=(notice(owing, ReportOn.SMSC),)))
    with db.transaction():
        assert messages.purge_records(db, 1 << 62, 100) == 1
    assert [count(db, table) for table in ("message", "part", "outbox", "idempotency")] == [2, 1, 1, 0]
    ((amount, archived),) = db.connection.execute("SELECT amount, archived FROM balance").fetchall()
    assert (amount, archived) == (40, 10)


def test_texts_are_emptied_in_the_record_itself(db: Database) -> None:
    given = message(text="secret text", tags=("x",))
    flying(db, given)
    move(db, sent(given, "1"))
    with db.transaction():
        assert messages.purge_texts(db, 0, 1 << 62, 100) == given.id
    ((body,),) = db.connection.execute("SELECT body FROM message").fetchall()
    assert "secret" not in body
    (row,) = db.rows("select_messages", f"[{given.id}]")
    assert stored_message(row).message == message(id=given.id, text=None, tags=("x",))
