"""What came of an ask, as this dialect writes it. Pure."""

from __future__ import annotations

import msgspec

from chappe.dialect_kit.contract import (
    ActAsk,
    Ask,
    Balance,
    BalanceAsk,
    EstimateAsk,
    Outcome,
    PlainAsk,
    SubmitAsk,
)
from chappe.dialects.jasmin.arguments import error_response
from chappe.dialects.jasmin.statuses import ANSWERS, FAULT
from chappe.domain.ids import IdRenderer
from chappe.domain.money import MICRO
from chappe.domain.refusal import Refusal
from chappe.domain.submission import Accepted, Estimated
from chappe.protocols.http.messages import HttpRequest, HttpResponse

_NOT_DEFINED = "ND"


def _user(ask: Ask) -> str:
    return "" if isinstance(ask, PlainAsk | ActAsk) else ask.credentials.username


def refusal_response(user: str, refusal: Refusal, *, as_json: bool = False) -> HttpResponse:
    """The answer to one refusal."""
    status, text = ANSWERS[refusal.reason]
    return error_response(refusal.http_status or status, text(user, refusal), as_json=as_json)


def render_send(ask: Ask, outcome: Outcome, renderer: IdRenderer) -> HttpResponse:
    """`/send`: one message, one answer."""
    assert isinstance(ask, SubmitAsk)
    if isinstance(outcome, Refusal):
        return refusal_response(_user(ask), outcome)
    assert isinstance(outcome, list)
    answer = outcome[0]
    if isinstance(answer, Accepted):
        return HttpResponse(200, b'Success "%b"' % renderer.uuid(answer.message_id).encode(), "text/plain")
    assert isinstance(answer, Refusal)
    return refusal_response(_user(ask), answer)


def render_rate(ask: Ask, outcome: Outcome, renderer: IdRenderer) -> HttpResponse:
    """`/rate`: the price of a part and the number of parts."""
    del renderer
    assert isinstance(ask, EstimateAsk)
    if isinstance(outcome, Refusal):
        return refusal_response(_user(ask), outcome, as_json=True)
    assert isinstance(outcome, Estimated)
    body = {"unit_rate": outcome.unit_price / MICRO, "submit_sm_count": outcome.parts}
    return HttpResponse(200, msgspec.json.encode(body), "application/json")


def render_balance(ask: Ask, outcome: Outcome, renderer: IdRenderer) -> HttpResponse:
    """`/balance`: what is left; `ND` (not defined) where nothing is counted."""
    del renderer
    assert isinstance(ask, BalanceAsk)
    if isinstance(outcome, Refusal):
        return refusal_response(_user(ask), outcome, as_json=True)
    assert isinstance(outcome, Balance)
    return HttpResponse(200, msgspec.json.encode(balance_body(outcome)), "application/json")


def balance_body(balance: Balance) -> dict[str, float | int | str]:
    """What is left of money and parts; `ND` (not defined) where it is not kept."""
    return {
        "balance": _NOT_DEFINED if balance.amount is None else balance.amount / MICRO,
        "sms_count": _NOT_DEFINED if balance.parts is None else balance.parts,
    }


def render_nothing(ask: Ask, outcome: Outcome, renderer: IdRenderer) -> HttpResponse:
    """For an endpoint whose parsing always answers by itself."""
    del outcome, renderer
    assert isinstance(ask, PlainAsk)
    return ask.response


def fault(request: HttpRequest) -> HttpResponse:
    """The answer to a fault of ours."""
    del request
    return error_response(*FAULT)


def wrong_method(request: HttpRequest) -> HttpResponse:
    """The answer to a known path asked with a verb it does not take."""
    return error_response(501, f"Method {request.method[:20]} is not implemented here")
