"""What the store said as answers, and when a key was used for another message."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chappe.domain.address import Address
from chappe.domain.message import AcceptResult, Message, Standing, StoredMessage, Taken
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.report import ReportOn, StatusNotice
from chappe.domain.state import State
from chappe.domain.submission import Accepted, Answer
from chappe.pipeline.settle import UNPAID, all_taken, repeated_ids, says_the_same, settled, unpaid_of
from making import message, webhook

FIRST = message()


def stored(of: Message) -> StoredMessage:
    return StoredMessage(of, Standing(State.QUEUED, "op"))


def answers_of(
    messages: list[Message], taken: list[Taken], *earlier: Message, whole: bool = False
) -> list[Answer]:
    given: list[Answer] = [Accepted(one.id, 1) for one in messages]
    return settled(given, messages, taken, {one.id: stored(one) for one in earlier}, whole=whole)


def test_refusals_stay_where_they_are_and_the_rest_is_filled_in() -> None:
    no = Refusal(Reason.NO_ROUTE)
    two = [message(), message()]
    taken = [Taken(AcceptResult.ACCEPTED, two[0].id), Taken(AcceptResult.NO_BALANCE, two[1].id)]
    given: list[Answer] = [no, Accepted(two[0].id, 1), no, Accepted(two[1].id, 1)]
    assert settled(given, two, taken, {}, whole=False) == [no, Accepted(two[0].id, 1), no, UNPAID]
    assert settled(given, two, taken, {}, whole=True) == [no, UNPAID, no, UNPAID]


def test_the_same_again_is_the_earlier_message() -> None:
    again = message()
    taken = [Taken(AcceptResult.REPEATED, FIRST.id)]
    assert repeated_ids(taken) == [FIRST.id]
    assert answers_of([again], taken, FIRST) == [Accepted(FIRST.id, 1, repeated=True)]


def test_an_earlier_message_that_is_gone_is_believed() -> None:
    assert answers_of([message(text="x")], [Taken(AcceptResult.REPEATED, FIRST.id)]) == [
        Accepted(FIRST.id, 1, repeated=True)
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"text": "other"},
        {"text": None, "octets": b"hello"},
        {"destination": Address("31612345679", 1, 1)},
        {"source": Address("Other", 5, 0)},
        {"priority": 1},
        {"data_coding": 8},
        {"udhi": True},
        {"report": webhook(ReportOn.SMSC)},
        {"reference": "r"},
        {"tags": ("a",)},
        {"tlvs": ((1, b"x"),)},
    ],
    ids=lambda given: next(iter(given)),
)
def test_a_key_used_for_another_message_is_refused(other: dict[str, Any]) -> None:
    (told,) = answers_of([message(**other)], [Taken(AcceptResult.REPEATED, FIRST.id)], FIRST)
    assert isinstance(told, Refusal)
    assert told.reason is Reason.KEY_REUSED
    assert not says_the_same(message(**other), FIRST)


@pytest.mark.parametrize(
    "other",
    [
        {"expires_ms": 5},
        {"due_ms": 5},
        {"route": "another"},
        {"connector": "another"},
        {"charge": 5},
        {"concatenation": 5},
        {"user": "another"},
    ],
    ids=lambda given: next(iter(given)),
)
def test_what_the_gateway_made_of_it_does_not_count(other: dict[str, Any]) -> None:
    assert says_the_same(message(**other), FIRST)


def test_a_text_that_is_no_longer_kept_is_not_compared() -> None:
    purged = msgspec.structs.replace(FIRST, text=None, octets=None)
    assert says_the_same(message(text="other"), purged)
    assert not says_the_same(message(text="other", tags=("a",)), purged)


def test_what_is_not_paid_becomes_a_message_that_failed_and_costs_nothing() -> None:
    paid, unpaid = message(), message(charge=5, reserved=2, counted=1, report=webhook(ReportOn.FAILURE))
    taken = [Taken(AcceptResult.ACCEPTED, paid.id), Taken(AcceptResult.NO_BALANCE, unpaid.id)]
    (filed,) = unpaid_of([paid, unpaid], taken, 7)
    assert (filed.state, filed.error) == (State.REJECTED, UNPAID.text)
    assert (filed.message.id, filed.message.charge, filed.message.reserved, filed.message.counted) == (
        unpaid.id,
        0,
        0,
        0,
    )
    (told,) = filed.owes
    assert isinstance(told, StatusNotice)
    assert (told.message_id, told.event, told.state) == (unpaid.id, ReportOn.FAILURE, State.REJECTED)
    assert all_taken(taken) == [
        Taken(AcceptResult.ACCEPTED, paid.id),
        Taken(AcceptResult.ACCEPTED, unpaid.id),
    ]
