"""What the writer is handed: rows as JSON text, rounds that name each message once, the commonest change apart."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.message import Note, PartSent, Transition
from chappe.domain.report import lane_of
from chappe.domain.state import FINAL, OPEN, WAITING, State, bits
from chappe.stores.sqlite.batches import move_batch, new_batch, rounds_of, transition_row
from making import NOW, final, message, notice, sent, webhook

IN_FLIGHT = bits({State.IN_FLIGHT})


def test_new_messages_are_told_apart_by_what_must_be_decided_first() -> None:
    batch = [
        message(charge=5),
        message(idempotency_key="k", connector="spare"),
        message(due_ms=NOW),
        message(charge=7, idempotency_key="l", reserved=3),
        message(counted=2),
    ]
    made = new_batch(batch, whole=True)
    assert made.ids == tuple(each.id for each in batch)
    assert made.charges == ((0, "acme", 5, 0, 0), (3, "acme", 7, 3, 0), (4, "acme", 0, 0, 2))
    assert made.keys == ((1, "acme", "k", 0), (3, "acme", "l", 0))
    assert dict(made.queued) == {"op": 3, "spare": 1}
    assert made.whole
    assert [row[0] for row in msgspec.json.decode(made.rows)] == list(made.ids)


def plain(**given_: Any) -> Transition:
    """What dispatch makes of an outcome that is usual."""
    fields: dict[str, Any] = {
        "only_from": IN_FLIGHT,
        "to": State.SENT,
        "at_ms": NOW,
        "due_ms": NOW + 9,
        "error": "",
        "command_status": 0,
        "sent": (PartSent(1, "0A"),),
        "group": "op",
    }
    return Transition(5, **{**fields, **given_})


def test_the_usual_outcome_goes_the_short_way() -> None:
    made = move_batch([plain()])
    assert made.plain_sent == f"[[5,{NOW},{NOW + 9}]]"
    assert made.rows == ""
    assert msgspec.json.decode(made.parts) == [[5, 1, "op", "a", "0A", NOW, 1]]


@pytest.mark.parametrize(
    "given_",
    [
        {"only_from": bits({State.SCHEDULED, State.QUEUED})},
        {"only_from": IN_FLIGHT | bits({State.SENT})},
        {"to": State.REJECTED},
        {"error": "busy"},
        {"error": None},  # which leaves the column as it is
        {"command_status": 8},
        {"command_status": None},
        {"due_ms": None},
        {"possible_duplicate": "no answer"},
        {"connector": "spare"},
    ],
)
def test_every_other_change_goes_the_long_way(given_: dict[str, Any]) -> None:
    made = move_batch([plain(**given_)])
    assert made.plain_sent == ""
    assert msgspec.json.decode(made.rows)[0][0] == 5


def test_the_columns_of_a_change() -> None:
    body = message()
    change = Transition(
        5,
        7,
        State.SCHEDULED,
        NOW,
        connector="spare",
        due_ms=1,
        error="e",
        command_status=8,
        possible_duplicate="d",
        when_all_parts=True,
        body=body,
    )
    assert transition_row(change) == [5, 7, State.SCHEDULED, NOW, "spare", 1, "e", 8, "d", 1, body]
    assert transition_row(Transition(5, 7, State.SENT, NOW))[4:] == [None, None, None, None, None, 0, None]


def test_what_hangs_on_a_change_is_listed_by_its_message() -> None:
    of = message(report=webhook())
    note = Note("deferred", "op")
    back = Transition(of.id, IN_FLIGHT, State.QUEUED, NOW, uncounted=True, note=note)
    cancel = Transition(6, bits(WAITING), State.CANCELLED, NOW, refund=True, settles=True, owes=(notice(of),))
    made = move_batch([back, cancel, final(of)])
    assert made.uncounted == (of.id,)
    assert made.entering == (of.id,)
    assert made.refunds == made.settles == (6,)
    assert msgspec.json.decode(made.leaving) == [6]
    assert [(message_id, msgspec.json.decode(row)) for message_id, row in made.notes] == [
        (of.id, [of.id, NOW, ["deferred", "op", "", 0]])
    ]
    assert [(message_id, lane) for message_id, lane, _ in made.owes] == [(6, lane_of(webhook()))]
    assert msgspec.json.decode(made.receipts)[0][:3] == [of.id, 1, 1]


def test_nothing_to_do_is_empty_text() -> None:
    made = move_batch([])
    assert (made.rows, made.plain_sent, made.parts, made.receipts, made.leaving) == ("",) * 5
    assert made.notes == ()


changes = st.lists(
    st.builds(
        lambda message_id, to: Transition(message_id, bits(OPEN), to, NOW),
        st.integers(1, 5),
        st.sampled_from(sorted(FINAL | OPEN)),
    ),
    max_size=30,
)


@given(changes)
def test_rounds_name_each_message_once_and_keep_its_order(given_: list[Transition]) -> None:
    rounds = rounds_of(given_)
    for one in rounds:
        ids = [change.message_id for change in one]
        assert len(ids) == len(set(ids))
    for message_id in range(1, 6):
        own = [change for change in given_ if change.message_id == message_id]
        placed = [change for one in rounds for change in one if change.message_id == message_id]
        assert all(before is after for before, after in zip(own, placed, strict=True))
    assert sum(map(len, rounds)) == len(given_)


def test_changes_of_different_messages_are_one_round() -> None:
    given_ = [sent(message(), "1"), sent(message(), "2")]
    assert rounds_of(given_) == [given_]
