"""Reasons to say no: closed, each with its own word, each knowing whose fault it is."""

import pytest

from chappe.domain.refusal import Fault, Reason, Refusal, Refused, Right, refuse


def test_every_reason_has_its_own_word() -> None:
    assert len({reason.word for reason in Reason}) == len(Reason)
    assert all(reason.word == reason.name.lower() for reason in Reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_fault_of_ours_may_pass_later(reason: Reason) -> None:
    if reason.fault is not Fault.CLIENT:
        assert reason.retryable


@pytest.mark.parametrize(
    "reason", [Reason.TOO_FAST, Reason.TOO_MANY_BINDS, Reason.TOO_MANY_FAILURES, Reason.NO_BALANCE]
)
def test_what_passes_by_itself_is_worth_another_try(reason: Reason) -> None:
    assert reason.retryable


@pytest.mark.parametrize(
    "reason", [Reason.BAD_CREDENTIALS, Reason.BAD_DESTINATION, Reason.BAD_TEXT, Reason.BAD_VALIDITY]
)
def test_what_the_client_must_change_is_not(reason: Reason) -> None:
    assert not reason.retryable


def test_every_right_has_its_own_text() -> None:
    assert len({right.value for right in Right}) == len(Right)


def test_a_refusal_is_carried_up_whole() -> None:
    error = refuse(Reason.BAD_TEXT, "text", "no such letter")
    assert isinstance(error, Refused)
    assert error.refusal == Refusal(Reason.BAD_TEXT, "text", "no such letter")
    assert str(error) == "no such letter"
    assert str(refuse(Reason.NO_ROUTE)) == "no_route"
