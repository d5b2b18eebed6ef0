"""Requests of this dialect to asks of the core. Pure; every fault is answered in the format that was asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from chappe.dialect_kit.contract import ActAsk, Ask, BadRequest, PlainAsk
from chappe.dialect_kit.core import Core
from chappe.dialects.servicestack.dtos import REFRESH, SEND, Operation
from chappe.dialects.servicestack.faults import Fault, Faulty
from chappe.dialects.servicestack.metadata import page_of
from chappe.dialects.servicestack.reading import read_body
from chappe.dialects.servicestack.routes import Call, call_of, style_of
from chappe.dialects.servicestack.sending import send
from chappe.dialects.servicestack.signing_in import authenticate, refresh
from chappe.dialects.servicestack.writing import fault_answer, nothing
from chappe.pipeline.authenticate import Login
from chappe.protocols.http.messages import HttpRequest

Act = Callable[[Core, Login | None, HttpRequest], Awaitable[Any]]

VERBS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_READING: Final = frozenset({"GET", "HEAD"})
_PAGE_VERBS: Final = "GET, HEAD, OPTIONS"


class ServiceAsk(ActAsk, frozen=True, gc=False):
    """A call of an operation, and what its path and headers say."""

    call: Call


def parse(request: HttpRequest) -> Ask:
    """Any request below the paths of this dialect. Raises BadRequest."""
    operation: Operation | None = None
    try:
        call = call_of(request)
        operation = call.operation
        return _page(request, call) if operation is None else _ask(request, call, operation)
    except Faulty as error:
        raise BadRequest(fault_answer(error.fault, style_of(request), operation)) from error


def _page(request: HttpRequest, call: Call) -> Ask:
    if request.method == "OPTIONS":
        return PlainAsk(nothing((("Allow", _PAGE_VERBS),)))
    if request.method not in _READING:
        raise Faulty(wrong_verb(request, _PAGE_VERBS))
    return PlainAsk(page_of(request, call))


def _ask(request: HttpRequest, call: Call, operation: Operation) -> Ask:
    allowed = f"{operation.verb}, OPTIONS" if call.own else ", ".join(VERBS)
    if request.method == "OPTIONS":
        return PlainAsk(nothing((("Allow", allowed),)))
    if call.own and request.method != operation.verb:
        raise Faulty(wrong_verb(request, allowed))
    # What a URL says is bound to nothing: there, lists cannot be written and passwords must not be.
    asked = (
        [{}]
        if request.method in _READING
        else read_body(operation.request, request, call.hint, batch=call.batch, loose=call.loose)
    )
    return ServiceAsk(None, _act(call, operation, asked), call)


def _act(call: Call, operation: Operation, asked: list[dict[str, Any]]) -> Act:
    async def act(core: Core, login: Login | None, request: HttpRequest) -> Any:
        del login
        try:
            if operation is SEND:
                return await send(core, request, asked, batch=call.batch)
            if operation is REFRESH:
                return refresh(core, request, asked[0])
            return await authenticate(core, request, asked[0], call.detail)
        except Faulty as error:
            core.meter.count("http_refused", f"servicestack:{error.fault.code}")
            return error.fault

    return act


def wrong_verb(request: HttpRequest, allowed: str) -> Fault:
    """The answer to a known path asked with a verb that it does not take."""
    message = f"{request.method[:20]} is not supported for {request.path[:200]}"
    return Fault(405, "NotImplementedException", message, headers=(("Allow", allowed),))
