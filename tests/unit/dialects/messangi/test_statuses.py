"""An answer for each reason, a word for each state."""

from __future__ import annotations

import pytest

from chappe.dialects.messangi.statuses import ANSWERS, STATE_WORDS, described
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.state import State

OF_THE_VENDOR = frozenset(
    [
        "PENDING",
        "SENDING",
        "SENT",
        "SENT_TO_CARRIER",
        "DELIVERED_TO_CARRIER",
        "SENT_TO_DEVICE",
        "DELIVERED_TO_DEVICE",
        "READ",
        "UNDELIVERED",
        "EXPIRED",
        "UNREACHABLE",
        "NOT_SENT",
    ]
)


@pytest.mark.row("004-015")
@pytest.mark.row("004-016")
def test_every_reason_has_an_answer() -> None:
    assert set(ANSWERS) == set(Reason)
    for reason, (http_status, word, text) in ANSWERS.items():
        assert http_status in (200, 429, 503)
        assert word in ("ERROR", "BAD_SIGNATURE")
        assert text(Refusal(reason, "about", "because"))
        assert text(Refusal(reason))


def test_no_login_that_fails_is_told_from_another() -> None:
    told = {
        (status, word, text(Refusal(reason, "who", "why")))
        for reason, (status, word, text) in ANSWERS.items()
        if reason in (Reason.BAD_CREDENTIALS, Reason.TOO_MANY_FAILURES, Reason.ADDRESS_NOT_ALLOWED)
    }
    assert told == {(200, "BAD_SIGNATURE", "Invalid signature, access denied")}


@pytest.mark.row("004-023")
def test_every_state_has_a_word_of_the_vendors() -> None:
    assert set(STATE_WORDS) == set(State)
    assert set(STATE_WORDS.values()) <= OF_THE_VENDOR


@pytest.mark.row("004-024")
def test_descriptions_as_the_sample_has_them() -> None:
    assert described("SENT_TO_CARRIER") == "Sent to Carrier"
    assert described("PENDING") == "Pending"
