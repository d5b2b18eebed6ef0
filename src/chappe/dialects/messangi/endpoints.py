"""The paths of this dialect: three bases, everything below them read by paths.py."""

from __future__ import annotations

from typing import Final

from chappe.dialect_kit.contract import ActAsk, Ask, BadRequest, Dialect, Endpoint, Outcome, TokenShown
from chappe.dialects.messangi import render
from chappe.dialects.messangi.acts import NAME, Act
from chappe.dialects.messangi.callback import MessangiWriter
from chappe.dialects.messangi.paths import BASES, FIRE, Call, NoCall, call_of
from chappe.domain.ids import IdRenderer
from chappe.domain.refusal import Refusal
from chappe.protocols.http.messages import HttpRequest, HttpResponse

_ALLOW: Final = (("Allow", "GET, POST"),)


def parse(request: HttpRequest) -> ActAsk:
    """Any call: who signed it is known by the public key, whether it is signed by the act."""
    call = _call(request)
    return ActAsk(TokenShown(call.public_key), Act(call))


def _call(request: HttpRequest) -> Call:
    try:
        call = call_of(request)
    except NoCall as error:
        raise BadRequest(render.failed(error.method, str(error), 404)) from error
    if call.method == FIRE and len(call.parameters) == 1 and request.method != "POST":
        raise BadRequest(wrong_method(request))
    return call


def render_act(ask: Ask, outcome: Outcome, renderer: IdRenderer) -> HttpResponse:
    """What the act answered, or the answer to a refusal."""
    del renderer
    assert isinstance(ask, ActAsk)
    assert isinstance(ask.act, Act)
    if isinstance(outcome, Refusal):
        return render.refused(ask.act.call.method, outcome)
    assert isinstance(outcome, HttpResponse)
    return outcome


def _method(request: HttpRequest) -> str:
    try:
        return call_of(request).method
    except NoCall as error:
        return error.method


def wrong_method(request: HttpRequest) -> HttpResponse:
    """The answer to another verb."""
    told = render.failed(_method(request), f"Method {request.method[:20]} is not allowed", 405)
    return HttpResponse(told.status, told.body, told.content_type, _ALLOW)


def fault(request: HttpRequest) -> HttpResponse:
    """The answer to a fault of ours."""
    return render.fault(_method(request))


def not_found(request: HttpRequest, face: str) -> HttpResponse | None:
    """The answer to a base without anything below it, or to what lies beside one."""
    del face
    if request.path.split("/")[1:2] in (["messangi_mmc"], ["mmc"]) or request.path in BASES:
        return render.failed("", "There is no such method", 404)
    return None


DIALECT: Final = Dialect(
    name=NAME,
    endpoints=tuple(Endpoint(("GET", "POST"), f"{base}/**", parse, render_act) for base in BASES),
    writer=MessangiWriter,
    wrong_method=wrong_method,
    fault=fault,
    not_found=not_found,
)
