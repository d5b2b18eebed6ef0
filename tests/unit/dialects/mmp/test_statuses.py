"""Words of refusals and states, and the HTTP status of a call of which nothing was taken."""

from __future__ import annotations

import re

import msgspec
import pytest

from chappe.dialects.mmp.statuses import (
    API_STATUS,
    REPORT,
    SEND,
    STRANGERS,
    detail_of,
    http_of,
    malformed,
    word_of,
)
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.state import FINAL, State


@pytest.mark.parametrize("reason", list(Reason))
def test_each_refusal_is_a_word_in_capitals(reason: Reason) -> None:
    assert re.fullmatch(r"[A-Z_]{3,30}", word_of(reason))
    status, _ = http_of(reason)
    assert status in (200, 401, 429, 500, 503)
    # Only what may pass is told by a status that lets callers wait.
    assert reason.retryable or status in (200, 401)


def test_a_stranger_learns_nothing() -> None:
    told = {
        (word_of(reason), detail_of(Refusal(reason, "acme", "acme")), http_of(reason)) for reason in STRANGERS
    }
    assert len(told) == 1
    assert "acme" not in str(told)


def test_details_are_sentences_where_there_are_some() -> None:
    assert detail_of(Refusal(Reason.NO_ROUTE, "it", "because")) == "because"
    assert detail_of(Refusal(Reason.NO_ROUTE, "it")) == "it"


@pytest.mark.row("000-030")
def test_final_states_have_final_words_and_no_others_have() -> None:
    assert set(API_STATUS) == set(State)
    assert {state for state, word in API_STATUS.items() if word != "WAITING"} == FINAL
    assert set(API_STATUS.values()) == {"DELIVERED", "FAIL", "TIMEOUT", "WAITING"}


def test_what_is_no_call_is_final_for_send_only() -> None:
    for path, word in ((SEND, "FAIL"), (REPORT, "WAITING"), ("/mmp/x", "WAITING")):
        answer = malformed(400, "BAD_REQUEST", "because", path)
        (result,) = msgspec.json.decode(answer.body)["results"]
        assert (answer.status, result["apiStatus"], result["partnerDetail"]) == (400, word, "because")
