"""Each refusal in this wire's words, each state in its own; no gap."""

from __future__ import annotations

import pytest

from chappe.dialects.jasmin.statuses import ANSWERS, FAULT, STATE_WORDS
from chappe.domain.refusal import Fault, Reason, Refusal, Right
from chappe.domain.state import FINAL, State

FALLBACK = "Cannot send submit_sm, check SMPPClientManagerPB log file for details"
WORDS = {"DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD"}
"""What message_status of a callback may say of a final state."""

TEXTS: list[tuple[Reason, str, str, int, str]] = [
    (Reason.BAD_CREDENTIALS, "", "", 403, "Authentication failure for username:u"),
    (Reason.TOO_MANY_FAILURES, "", "", 403, "Authentication failure for username:u"),
    (Reason.ADDRESS_NOT_ALLOWED, "", "", 403, "Authentication failure for username:u"),
    (Reason.MAY_NOT_SEND, "", "", 403, "Authorization failed for username:u"),
    (Reason.MAY_NOT_BIND, "", "", 403, "Authorization failed for username:u"),
    (Reason.MAY_NOT_ASK_BALANCE, "", "", 400, "Authorization failed for user [u] (Cannot check balance)."),
    (Reason.MAY_NOT_ASK_RATE, "", "", 400, "Authorization failed for user [u] (Cannot check rate)."),
    (Reason.TOO_FAST, "", "why", 403, "User throughput exceeded"),
    (Reason.TOO_MANY_BINDS, "", "", 403, "User throughput exceeded"),
    (Reason.NO_BALANCE, "", "why", 403, "Cannot charge submit_sm, check RouterPB log file for details"),
    (Reason.NO_ROUTE, "", "why", 412, "No route found"),
    (Reason.NO_CONNECTOR, "", "why", 412, "Failover route has no bound connectors"),
    (Reason.NO_CHANNEL, "", "why", 412, "No route found"),
    (Reason.BAD_APP, "", "why", 400, "No such app"),
    (Reason.NOT_FOUND, "", "", 404, "No such message"),
    (Reason.TOO_LATE, "", "", 412, "The message is on its way already"),
    (Reason.KEY_REUSED, "", "why", 409, "The idempotency key was used for another message"),
    (Reason.INTERCEPTED, "rule", "", 520, "Interception specific error code 0"),
    (Reason.INTERCEPTED, "rule", "closed", 520, "closed"),
    (Reason.SPAM, "rule", "why", 403, "The content is taken for spam"),
    (Reason.BLACKLISTED, "barred", "why", 403, "The destination is blacklisted"),
    (Reason.REJECTED_BY_RULE, "rule", "why", 403, "The message is rejected by a rule"),
    (
        Reason.INTERCEPTOR_FAILED,
        "rule",
        "why",
        400,
        "Failed running interception script, check log for details",
    ),
    (Reason.INTERCEPTOR_DOWN, "rule", "why", 503, "InterceptorPB not connected !"),
    (Reason.STORE_BUSY, "", "disk", 500, FALLBACK),
    (Reason.INTERNAL, "", "disk", 500, FALLBACK),
    (Reason.BAD_DESTINATION, "9", "why", 400, "Argument [to] has an invalid value: [why]."),
    (Reason.BAD_SENDER, "Fred", "", 400, "Argument [from] has an invalid value: [Fred]."),
    (Reason.BAD_TEXT, "x", "why", 400, "Argument [content] has an invalid value: [why]."),
    (Reason.TOO_MANY_PARTS, "9", "why", 400, "Argument [content] has an invalid value: [why]."),
    (Reason.BAD_VALIDITY, "", "why", 400, "Argument [validity-period] has an invalid value: [why]."),
    (Reason.BAD_SCHEDULE, "", "why", 400, "Argument [sdt] has an invalid value: [why]."),
    (Reason.BAD_CALLBACK, "http://x", "why", 400, "Argument [dlr-url] has an invalid value: [why]."),
    *(
        (Reason.FILTERED, what, "", 400, f"Value filter failed for user [u] ({what} filter mismatch).")
        for what in ("destination_address", "source_address", "priority", "validity_period", "content")
    ),
    *(
        (Reason.NO_RIGHT, right, "", 400, f"Authorization failed for user [u] ({right} not authorized).")
        for right in (
            "Long content",
            "Setting dlr level",
            "Setting dlr method",
            "Setting source address",
            "Setting priority",
            "Setting validity period",
            "Setting hex content",
            "Setting schedule delivery time",
        )
    ),
]


@pytest.mark.parametrize(("reason", "about", "text", "status", "told"), TEXTS)
def test_the_words_of_each_refusal(reason: Reason, about: str, text: str, status: int, told: str) -> None:
    answer_status, words = ANSWERS[reason]
    assert (answer_status, words("u", Refusal(reason, about, text))) == (status, told)


def test_there_is_a_row_above_for_every_reason_and_every_right() -> None:
    assert {row[0] for row in TEXTS} == set(Reason) == ANSWERS.keys()
    assert {row[1] for row in TEXTS if row[0] is Reason.NO_RIGHT} == {right.value for right in Right}


@pytest.mark.parametrize("reason", list(Reason))
def test_only_our_own_faults_are_500(reason: Reason) -> None:
    assert (ANSWERS[reason][0] == 500) is (reason.fault is Fault.GATEWAY)


def test_a_fault_of_ours_is_the_fallback() -> None:
    assert FAULT == (500, FALLBACK)


@pytest.mark.parametrize("state", list(State))
def test_each_state_has_a_word_and_only_final_ones_sound_final(state: State) -> None:
    assert (STATE_WORDS[state] in WORDS) is (state in FINAL)
    assert state in FINAL or STATE_WORDS[state] == "ENROUTE"


def test_no_two_ends_are_told_by_one_word() -> None:
    words = [STATE_WORDS[state] for state in FINAL]
    assert len(words) == len(set(words)) == 6
