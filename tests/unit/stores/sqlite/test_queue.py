"""Queues in SQL: turns between accounts, priorities, counts kept beside them."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.message import Message
from chappe.stores.sqlite import messages, queue
from chappe.stores.sqlite.batches import new_batch
from chappe.stores.sqlite.database import Database, open_database
from chappe.stores.sqlite.records import stored_message
from making import NOW, message


def accept(db: Database, *batch: Message) -> None:
    with db.transaction():
        messages.accept(db, new_batch(batch, whole=False))


def claim(db: Database, limit: int, connector: str = "op", owner: int = 1) -> list[Message]:
    with db.transaction():
        return [stored_message(row).message for row in queue.claim(db, connector, limit, owner, NOW + 5)]


def test_owners_rise(db: Database) -> None:
    with db.transaction():
        assert [queue.new_owner(db) for _ in range(3)] == [1, 2, 3]


def test_a_claim_notes_what_left_the_queue(db: Database) -> None:
    accept(db, *(message() for _ in range(3)))
    assert len(claim(db, 2)) == 2
    assert db.depth_changes == {"op": -2}
    assert claim(db, 0) == []
    assert db.depth_changes == {}


def test_accounts_share_what_there_is_room_for(db: Database) -> None:
    accept(db, *(message(account=name) for name in "aaaaaaaaaabbbc"))
    assert Counter(each.account for each in claim(db, 6)) == {"a": 3, "b": 2, "c": 1}


def test_a_flood_of_low_priority_waits_for_the_high(db: Database) -> None:
    flood = [message(account="flood") for _ in range(50)]
    urgent = [message(account=f"u{number}", priority=3) for number in range(5)]
    accept(db, *flood, *urgent)
    assert {each.id for each in claim(db, 5)} == {each.id for each in urgent}


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), min_size=1, max_size=40),
    st.lists(st.integers(1, 9), min_size=1, max_size=12),
)
def test_claims_take_all_once_in_order_and_fairly(batch: list[tuple[str, int]], limits: list[int]) -> None:
    db = open_nameless()
    given_ = [message(account=account, priority=priority) for account, priority in batch]
    accept(db, *given_)
    waiting = {each.id: each for each in given_}
    for limit in [*limits, len(given_)]:
        claimed = claim(db, limit)
        assert len(claimed) == min(limit, len(waiting))
        taken = {each.id for each in claimed}
        left = [each for each in waiting.values() if each.id not in taken]
        assert min((each.priority for each in claimed), default=9) >= max(
            (each.priority for each in left), default=0
        )
        for each in claimed:
            older = [one for one in left if (one.account, one.priority) == (each.account, each.priority)]
            assert all(one.id > each.id for one in older)
            del waiting[each.id]
    db.connection.close()


def open_nameless() -> Database:
    """A database whose file is gone from its folder at once and from the disk when it is closed."""
    with tempfile.TemporaryDirectory() as folder:
        return open_database(Path(folder) / "s.db")


def test_scheduled_messages_enter_their_queue_and_are_counted(db: Database) -> None:
    accept(db, message(due_ms=NOW), message(due_ms=NOW + 1), message(due_ms=NOW + 2, connector="spare"))
    with db.transaction():
        assert queue.release_due(db, NOW + 2, 2) == {"op": 2}
        assert db.depth_changes == {"op": 2}
    with db.transaction():
        assert queue.release_due(db, NOW + 2, 9) == {"spare": 1}
