"""`POST /v1.0/conversion` between its request and the use case: who asks, and what is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from chappe.dialect_kit.contract import ActAsk, Ask, BadRequest
from chappe.dialects.cm.conversion_parse import BadConversion, read_conversion
from chappe.domain.refusal import Fault, Reason, Refusal, refuse
from chappe.protocols.http.messages import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from chappe.dialect_kit.core import Core
    from chappe.domain.ids import IdRenderer
    from chappe.pipeline.authenticate import Login

TOKEN_HEADER: Final = b"x-cm-producttoken"
_PLAIN: Final = "text/plain; charset=utf-8"
_DONE: Final = HttpResponse(200, b"", _PLAIN)
_UNKNOWN: Final = HttpResponse(401, b"", _PLAIN)


def parse_conversion(request: HttpRequest) -> Ask:
    """What is asked; raises BadRequest with the sentence that says what is wrong."""
    try:
        asked = read_conversion(request.body, request.header(TOKEN_HEADER) or "")
    except BadConversion as error:
        sentence = str(error).encode("utf-8", "replace")
        raise BadRequest(HttpResponse(400, sentence, _PLAIN)) from error

    async def act(core: Core, login: Login | None, _request: HttpRequest) -> bool:
        if login is None:
            raise refuse(Reason.BAD_CREDENTIALS)
        return await core.services.conversions.convert(
            login.account.name, asked.number, asked.reference, asked.converted_ms
        )

    return ActAsk(asked.shown, act)


def render_conversion(_ask: Ask, outcome: Any, _renderer: IdRenderer) -> HttpResponse:
    """An empty 200, also for a message that we do not know; 401 for unknown credentials, 503 while the store is busy."""
    if not isinstance(outcome, Refusal):
        return _DONE
    if outcome.reason in (Reason.BAD_CREDENTIALS, Reason.TOO_MANY_FAILURES):
        return _UNKNOWN
    status = 503 if outcome.reason.fault is not Fault.CLIENT else 403
    return HttpResponse(status, b"", _PLAIN)
