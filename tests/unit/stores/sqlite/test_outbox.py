"""What is owed, in SQL: lanes by one look-up each, ends counted."""

from chappe.domain.report import Delivery
from chappe.stores.sqlite import messages, outbox
from chappe.stores.sqlite.database import Database
from chappe.stores.sqlite.records import owed_rows, to_json
from making import NOW, message, notice, webhook


def owe(db: Database, *targets: str, due_ms: int = NOW) -> list[tuple[int, int]]:
    keys = []
    for target in targets:
        told = notice(message(report=webhook(target=target)))
        with db.transaction():
            messages.owe(db, [(row[2], to_json(row)) for row in owed_rows((told,), due_ms)])
        keys.append((told.message_id, 2))
    return keys


def test_each_lane_is_told_once_with_its_first_time(db: Database) -> None:
    owe(db, "http://b.example/1", "http://a.example/1", due_ms=NOW + 5)
    owe(db, "http://b.example/2", "http://b.example/3", due_ms=NOW + 3)
    assert outbox.lanes(db) == [("http://a.example", NOW + 5), ("http://b.example", NOW + 3)]


def test_no_lanes_where_nothing_is_owed(db: Database) -> None:
    assert outbox.lanes(db) == []


def test_only_ends_lower_the_count_and_only_once(db: Database) -> None:
    one, two, three = owe(db, *["http://a.example/"] * 3)
    rows = [
        [*one, Delivery.DONE, NOW, "200", 0, 0],
        [*two, Delivery.OPEN, NOW, "500", NOW + 9, 0],
        [*three, Delivery.GIVEN_UP, NOW, "410", 0, 0],
    ]
    with db.transaction():
        outbox.settle(db, to_json(rows))
        assert db.owed_change == -2
    with db.transaction():
        outbox.settle(db, to_json(rows))
        assert db.owed_change == 0
    assert db.row("count_open") == (1,)
    assert outbox.lanes(db) == [("http://a.example", NOW + 9)]


def test_a_lane_whose_notices_have_ended_is_none(db: Database) -> None:
    (one,) = owe(db, "http://a.example/")
    with db.transaction():
        outbox.settle(db, to_json([[*one, Delivery.DONE, NOW, "", 0, 0]]))
    assert outbox.lanes(db) == []
