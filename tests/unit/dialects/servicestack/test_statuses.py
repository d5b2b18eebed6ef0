"""Each refusal in this wire's words, each state in its own; no gap."""

from __future__ import annotations

import ast
import inspect
from collections import Counter

import pytest

from chappe.dialects.servicestack import statuses
from chappe.dialects.servicestack.faults import CHALLENGE, Fault
from chappe.dialects.servicestack.statuses import ANSWERS, FAULT, STATE_WORDS, WHOLE, fault_of, text_of
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.state import State


@pytest.mark.row("003-039")
@pytest.mark.parametrize("reason", list(Reason))
def test_each_reason_has_an_answer(reason: Reason) -> None:
    fault = fault_of(Refusal(reason, "about", "why"))
    assert 400 <= fault.status < 600
    assert fault.code
    assert text_of(Refusal(reason)) == ANSWERS[reason][2] != ""
    assert (fault.headers == CHALLENGE) is (fault.status == 401)


@pytest.mark.row("003-039")
@pytest.mark.parametrize(
    ("reason", "status", "code", "text"),
    [
        (Reason.BAD_CREDENTIALS, 401, "Unauthorized", "Invalid Username or Password"),
        (Reason.TOO_MANY_FAILURES, 401, "Unauthorized", "Invalid Username or Password"),
        (Reason.ADDRESS_NOT_ALLOWED, 401, "Unauthorized", "Invalid Username or Password"),
        (Reason.MAY_NOT_SEND, 403, "Forbidden", "This account may not send"),
        (Reason.TOO_FAST, 429, "TooManyRequests", "Too many messages a second"),
        (Reason.STORE_BUSY, 503, "ServiceUnavailable", "The service is overloaded"),
        (Reason.BAD_TEXT, 400, "ArgumentException", "why"),
        (Reason.INTERCEPTED, 400, "Rejected", "why"),
        (Reason.NO_ROUTE, 400, "NoRoute", "No route found"),
        (Reason.NO_BALANCE, 402, "PaymentRequired", "The balance does not cover this message"),
    ],
)
def test_the_words(reason: Reason, status: int, code: str, text: str) -> None:
    fault = fault_of(Refusal(reason, "about", "why"))
    assert (fault.status, fault.code, fault.message) == (status, code, text)


def test_no_reason_stands_in_the_table_twice() -> None:
    tables = [one for one in ast.walk(ast.parse(inspect.getsource(statuses))) if isinstance(one, ast.Dict)]
    names = Counter(ast.unparse(key) for table in tables for key in table.keys if key is not None)
    assert names
    assert max(names.values()) == 1


def test_nothing_of_the_inside_is_told() -> None:
    for reason in (Reason.INTERNAL, Reason.STORE_BUSY, Reason.NO_CONNECTOR, Reason.INTERCEPTOR_FAILED):
        assert "secret" not in fault_of(Refusal(reason, "secret", "secret")).message
    assert Fault(500, "InternalServerError", "The request could not be processed") == FAULT


def test_reasons_of_the_whole_are_no_messages_fault() -> None:
    assert all(fault_of(Refusal(reason)).status in (403, 429, 500, 503) for reason in WHOLE)


@pytest.mark.parametrize("state", list(State))
def test_each_state_has_a_word(state: State) -> None:
    assert STATE_WORDS[state].istitle()
