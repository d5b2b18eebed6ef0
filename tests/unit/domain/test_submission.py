"""What a client asks and is answered: frozen values with nothing asked by default."""

import pytest

from chappe.domain.address import Address
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.report import NO_REPORT
from chappe.domain.submission import NO_OPTIONS, Accepted, Answer, SmppOptions, Submission


def test_a_submission_asks_for_nothing_by_itself() -> None:
    asked = Submission(destination=Address("31612345678"))
    assert (asked.report, asked.options, asked.due_ms, asked.expires_ms) == (NO_REPORT, NO_OPTIONS, 0, 0)
    assert (asked.text, asked.octets, asked.data_coding, asked.source) == (None, None, None, None)
    assert (asked.asks, asked.tags, asked.tlvs, asked.idempotency_key) == ((), (), (), "")


def test_a_submission_needs_a_destination() -> None:
    with pytest.raises(TypeError):
        Submission()  # type: ignore[call-arg]


def test_values_cannot_be_changed() -> None:
    asked = Submission(destination=Address("1"))
    with pytest.raises(AttributeError):
        asked.text = "other"  # type: ignore[misc]


def test_no_options_are_those_that_smpp_takes_for_none() -> None:
    assert SmppOptions() == NO_OPTIONS
    assert all(not getattr(NO_OPTIONS, name) for name in NO_OPTIONS.__struct_fields__)


def test_an_answer_is_a_yes_or_a_refusal() -> None:
    answers: list[Answer] = [Accepted(5, 2), Refusal(Reason.NO_ROUTE)]
    assert [isinstance(answer, Accepted) for answer in answers] == [True, False]
    assert not Accepted(5, 2).repeated
