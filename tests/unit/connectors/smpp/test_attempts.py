from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.connectors.smpp.attempts import Attempt
from chappe.domain.message import PartSent
from chappe.domain.retry import Outcome
from chappe.ports.connector import SendOutcome


def failure(outcome: Outcome) -> SendOutcome:
    return SendOutcome(1, outcome, (), 8, outcome.value)


def part(number: int) -> PartSent:
    return PartSent(number, f"id{number}")


def begun(parts: int, written: int | None = None) -> Attempt:
    attempt = Attempt(1, parts)
    for _ in range(parts if written is None else written):
        attempt.written()
    return attempt


def test_all_parts_taken_make_it_sent_in_their_order() -> None:
    attempt = begun(3)
    assert attempt.sent(part(2)) is None
    assert attempt.sent(part(3)) is None
    assert attempt.sent(part(1)) == SendOutcome(1, Outcome.SENT, (part(1), part(2), part(3)))


def test_it_is_not_over_while_parts_wait() -> None:
    attempt = begun(2, 1)
    assert attempt.sent(part(1)) is None
    attempt.written()
    assert attempt.sent(part(2)) is not None


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.DEFERRED, Outcome.THROTTLED, Outcome.NOT_SENT])
def test_one_failure_ends_it_with_the_parts_that_were_taken(outcome: Outcome) -> None:
    attempt = begun(3, 2)
    assert attempt.sent(part(1)) is None
    assert not attempt.stopped
    ended = attempt.refused(failure(outcome))
    assert attempt.stopped
    assert ended == SendOutcome(1, outcome, (part(1),), 8, outcome.value)


def test_open_parts_are_waited_for_after_a_failure() -> None:
    attempt = begun(3)
    assert attempt.refused(failure(Outcome.THROTTLED)) is None
    assert attempt.sent(part(2)) is None
    ended = attempt.sent(part(3))
    assert ended is not None
    assert (ended.outcome, ended.sent) == (Outcome.THROTTLED, (part(2), part(3)))


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (Outcome.NOT_SENT, Outcome.THROTTLED, Outcome.THROTTLED),
        (Outcome.THROTTLED, Outcome.DEFERRED, Outcome.DEFERRED),
        (Outcome.DEFERRED, Outcome.REFUSED, Outcome.REFUSED),
        (Outcome.REFUSED, Outcome.UNFIT, Outcome.UNFIT),
        (Outcome.REFUSED, Outcome.DEFERRED, Outcome.REFUSED),
    ],
)
def test_of_several_failures_the_heaviest_is_told(first: Outcome, second: Outcome, told: Outcome) -> None:
    attempt = begun(2)
    attempt.refused(failure(first))
    ended = attempt.refused(failure(second))
    assert ended is not None
    assert ended.outcome is told


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (Outcome.UNFIT, Outcome.UNFIT),
        (Outcome.REFUSED, Outcome.UNKNOWN),
        (Outcome.DEFERRED, Outcome.UNKNOWN),
        (Outcome.THROTTLED, Outcome.UNKNOWN),
        (Outcome.NOT_SENT, Outcome.UNKNOWN),
    ],
)
def test_an_open_question_is_not_covered_up(other: Outcome, told: Outcome) -> None:
    attempt = begun(2)
    attempt.lost(1, "gone")
    ended = attempt.refused(failure(other))
    assert ended is not None
    assert ended.outcome is told


def test_a_lost_part_stops_the_rest_and_tells_which_were_taken() -> None:
    attempt = begun(3, 2)
    attempt.sent(part(1))
    ended = attempt.lost(2, "no answer in 60 s")
    assert attempt.stopped
    assert ended == SendOutcome(1, Outcome.UNKNOWN, (part(1),), detail="no answer in 60 s")


def test_a_late_answer_before_the_end_sets_it_right() -> None:
    attempt = begun(2)
    attempt.lost(1, "late")
    assert attempt.late(part(1)) is None
    assert attempt.sent(part(2)) == SendOutcome(1, Outcome.SENT, (part(1), part(2)))


def test_a_late_answer_does_not_bring_back_parts_that_were_held() -> None:
    attempt = begun(3, 2)
    attempt.lost(1, "late")
    assert attempt.late(part(1)) is None
    ended = attempt.sent(part(2))
    assert ended is not None
    assert (ended.outcome, ended.sent) == (Outcome.NOT_SENT, (part(1), part(2)))


def test_late_answers_after_the_end_tell_sent_once_all_parts_are_known() -> None:
    attempt = begun(3)
    attempt.sent(part(2))
    attempt.lost(1, "late")
    ended = attempt.lost(3, "late")
    assert ended is not None
    assert (ended.outcome, ended.sent) == (Outcome.UNKNOWN, (part(2),))
    assert attempt.late(part(3)) is None
    again = attempt.late(part(1))
    assert again == SendOutcome(1, Outcome.SENT, (part(1), part(2), part(3)))
    assert attempt.late(part(1)) is None


def test_late_answers_do_not_make_a_message_whole_whose_other_parts_never_went() -> None:
    attempt = begun(3, 1)
    attempt.lost(1, "late")
    assert attempt.late(part(1)) is None


STEPS: dict[str, Callable[[Attempt, int], SendOutcome | None]] = {
    "sent": lambda attempt, number: attempt.sent(part(number)),
    "refused": lambda attempt, _: attempt.refused(failure(Outcome.REFUSED)),
    "deferred": lambda attempt, _: attempt.refused(failure(Outcome.DEFERRED)),
    "throttled": lambda attempt, _: attempt.refused(failure(Outcome.THROTTLED)),
    "lost": lambda attempt, number: attempt.lost(number, "gone"),
}


@given(
    st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=8),
    st.randoms(use_true_random=False),
    st.booleans(),
)
def test_whatever_befalls_its_parts_it_ends_once(fates: list[str], dice: object, stop: bool) -> None:
    """Writes parts in order and answers them in any order; a part that waits is not written after a failure."""
    attempt = Attempt(1, len(fates))
    waiting = list(range(1, len(fates) + 1))
    unanswered: list[int] = []
    told: list[SendOutcome | None] = []
    while waiting or unanswered:
        if waiting and (not unanswered or dice.random() < 0.5):  # type: ignore[attr-defined]
            number = waiting.pop(0)
            if attempt.stopped:
                continue
            if stop and dice.random() < 0.1:  # type: ignore[attr-defined]
                told.append(attempt.stop(failure(Outcome.NOT_SENT)))
                continue
            attempt.written()
            unanswered.append(number)
        else:
            number = unanswered.pop(dice.randrange(len(unanswered)))  # type: ignore[attr-defined]
            told.append(STEPS[fates[number - 1]](attempt, number))
    (ended,) = [outcome for outcome in told if outcome is not None]
    assert (ended.outcome is Outcome.SENT) == (len(ended.sent) == len(fates))
    assert [one.number for one in ended.sent] == sorted(one.number for one in ended.sent)
