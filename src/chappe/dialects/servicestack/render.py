"""What came of an ask, as this dialect writes it. Pure."""

from __future__ import annotations

from chappe.dialect_kit.contract import Ask, Outcome, PlainAsk
from chappe.dialects.servicestack.dtos import SEND
from chappe.dialects.servicestack.faults import Fault
from chappe.dialects.servicestack.parse import VERBS, ServiceAsk, wrong_verb
from chappe.dialects.servicestack.routes import style_of
from chappe.dialects.servicestack.signing_in import Signed
from chappe.dialects.servicestack.statuses import FAULT, fault_of
from chappe.dialects.servicestack.writing import answer, answers, fault_answer, nothing
from chappe.domain.ids import IdRenderer
from chappe.domain.refusal import Refusal
from chappe.protocols.http.messages import HttpRequest, HttpResponse

_NO_STORE = (("Cache-Control", "no-store"),)


def render(ask: Ask, outcome: Outcome, renderer: IdRenderer) -> HttpResponse:
    """The response to any call of an operation."""
    del renderer
    if isinstance(ask, PlainAsk):
        return ask.response
    assert isinstance(ask, ServiceAsk)
    call = ask.call
    assert call.operation is not None
    if isinstance(outcome, Refusal):
        outcome = fault_of(outcome)
    if isinstance(outcome, Fault):
        return fault_answer(outcome, call.style, call.operation)
    if isinstance(outcome, Signed):
        headers = (*outcome.headers, *_NO_STORE)
        if call.one_way:
            return nothing(headers)
        return answer(call.operation, outcome.values, call.style, headers)
    assert isinstance(outcome, list)
    headers = (("X-AutoBatch-Completed", str(len(outcome))),) if call.batch else ()
    if call.one_way:
        return nothing(headers)
    if call.batch:
        return answers(SEND, outcome, call.style, headers)
    return answer(SEND, outcome[0], call.style)


def fault(request: HttpRequest) -> HttpResponse:
    """The answer to a fault of ours."""
    return fault_answer(FAULT, style_of(request), SEND)


def wrong_method(request: HttpRequest) -> HttpResponse:
    """The answer to a verb that nothing here takes."""
    return fault_answer(wrong_verb(request, ", ".join(VERBS)), style_of(request))
