"""What came of an ask, octet for octet."""

from __future__ import annotations

import pytest

from chappe.dialect_kit.contract import Balance, BalanceAsk, Credentials, EstimateAsk, PlainAsk, SubmitAsk
from chappe.dialects.jasmin.render import (
    fault,
    refusal_response,
    render_balance,
    render_nothing,
    render_rate,
    render_send,
    wrong_method,
)
from chappe.domain.account import Account
from chappe.domain.address import Address
from chappe.domain.ids import IdRenderer
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.submission import Accepted, Estimated, Submission
from chappe.protocols.http.messages import HttpRequest, HttpResponse

RENDERER = IdRenderer(b"k" * 32)
LOGIN = Credentials("u", "p")
SUBMISSION = Submission(destination=Address("1"))
SEND = SubmitAsk(LOGIN, (SUBMISSION,))
RATE = EstimateAsk(LOGIN, SUBMISSION)
BALANCE = BalanceAsk(LOGIN)
UNROUTED = Refusal(Reason.NO_ROUTE)
JSON = "application/json"


def request(method: str) -> HttpRequest:
    return HttpRequest(method, "/send", b"", (), b"", "192.0.2.1", 0)


def test_success_is_the_word_and_the_quoted_id_and_no_newline() -> None:
    body = f'Success "{RENDERER.uuid(7 << 40)}"'.encode()
    assert render_send(SEND, [Accepted(7 << 40, 2)], RENDERER) == HttpResponse(200, body, "text/plain")


@pytest.mark.parametrize("outcome", [UNROUTED, [UNROUTED]])
def test_a_refusal_of_the_message_and_one_of_the_request_look_alike(outcome: Refusal | list[Refusal]) -> None:
    answer = render_send(SEND, outcome, RENDERER)
    assert answer == HttpResponse(412, b'Error "No route found"', "text/plain")
    assert answer == refusal_response("u", UNROUTED)


@pytest.mark.parametrize(
    ("micro", "body"),
    [
        (1_000_000, b'{"unit_rate":1.0,"submit_sm_count":2}'),
        (0, b'{"unit_rate":0.0,"submit_sm_count":2}'),
        (1, b'{"unit_rate":1e-6,"submit_sm_count":2}'),
        (12_345, b'{"unit_rate":0.012345,"submit_sm_count":2}'),
    ],
)
def test_a_rate_is_for_one_part(micro: int, body: bytes) -> None:
    estimated = Estimated(2, "gsm7", (), micro, 2 * micro, "all", "op")
    assert render_rate(RATE, estimated, RENDERER) == HttpResponse(200, body, JSON)


@pytest.mark.parametrize(
    ("micro", "body"),
    [
        (None, b'{"balance":"ND","sms_count":"ND"}'),
        (0, b'{"balance":0.0,"sms_count":"ND"}'),
        (100_000_000, b'{"balance":100.0,"sms_count":"ND"}'),
        (1_500_000, b'{"balance":1.5,"sms_count":"ND"}'),
    ],
)
def test_a_balance_that_is_not_kept_is_not_defined(micro: int | None, body: bytes) -> None:
    answer = render_balance(BALANCE, Balance(Account(name="u"), micro), RENDERER)
    assert answer == HttpResponse(200, body, JSON)


def test_their_refusals_are_json_strings() -> None:
    refused = HttpResponse(403, b'"Authentication failure for username:u"', JSON)
    no = Refusal(Reason.BAD_CREDENTIALS)
    assert render_rate(RATE, no, RENDERER) == render_balance(BALANCE, no, RENDERER) == refused


def test_a_name_with_control_characters_comes_back_without_them() -> None:
    answer = refusal_response("a\r\nX-Evil: 1\0", Refusal(Reason.BAD_CREDENTIALS))
    assert answer.body == b'Error "Authentication failure for username:aX-Evil: 1"'


def test_what_was_answered_by_parsing_stands() -> None:
    answer = HttpResponse(200, b"x")
    assert render_nothing(PlainAsk(answer), [], RENDERER) is answer


def test_a_fault_of_ours() -> None:
    body = b'Error "Cannot send submit_sm, check SMPPClientManagerPB log file for details"'
    assert fault(request("GET")) == HttpResponse(500, body, "text/plain")


def test_a_verb_that_is_not_taken() -> None:
    assert wrong_method(request("PUT")).body == b'Error "Method PUT is not implemented here"'
    assert (
        wrong_method(request("X" * 90)).body == f'Error "Method {"X" * 20} is not implemented here"'.encode()
    )
    assert (wrong_method(request("PUT")).status, wrong_method(request("PUT")).content_type) == (
        501,
        "text/plain",
    )
