"""What came of a REST ask, as Jasmin's REST server writes it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from chappe.dialect_kit.contract import (
    Ask,
    Balance,
    BalanceAsk,
    BatchAsk,
    BatchCancelAsk,
    BatchStatusAsk,
    Outcome,
    PlainAsk,
)
from chappe.dialects.jasmin.render import balance_body
from chappe.dialects.jasmin.rest_arguments import SECURE, answer, titled, unauthorized
from chappe.dialects.jasmin.rest_parse import message
from chappe.dialects.jasmin.statuses import ANSWERS, FAULT
from chappe.domain.batch import Batch, BatchProgress, BatchState
from chappe.domain.ids import IdRenderer
from chappe.domain.money import MICRO
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.state import FINAL, OPEN, State
from chappe.domain.submission import Accepted, Estimated
from chappe.protocols.http.messages import HttpRequest, HttpResponse

REST: Final = "rest"
"""The face of listeners that answer as Jasmin's REST server only."""

# Wrong name, wrong password, wrong place and too many of them are one thing to a client.
_UNKNOWN: Final = frozenset({Reason.BAD_CREDENTIALS, Reason.TOO_MANY_FAILURES, Reason.ADDRESS_NOT_ALLOWED})
_NOT_SENT: Final = OPEN - {State.SENT}
_BATCH_WORDS: Final[Mapping[BatchState, str]] = MappingProxyType(
    {
        BatchState.OPEN: "open",
        BatchState.SPREAD: "sending",
        BatchState.CANCELLING: "cancelling",
        BatchState.CANCELLED: "cancelled",
    }
)


def _user(ask: Ask) -> str:
    assert not isinstance(ask, PlainAsk)
    assert ask.credentials is not None
    return ask.credentials.username


def render_rest_send(ask: Ask, outcome: Outcome, renderer: IdRenderer) -> HttpResponse:
    """`/secure/send`."""
    told = outcome if isinstance(outcome, Refusal) else outcome[0]  # type: ignore[index]
    if isinstance(told, Accepted):
        return answer(200, {"data": f'Success "{renderer.uuid(told.message_id)}"'})
    assert isinstance(told, Refusal)
    return _refused(_user(ask), told, quoted=True)


def render_rest_rate(ask: Ask, outcome: Outcome, renderer: IdRenderer) -> HttpResponse:
    """`/secure/rate`."""
    del renderer
    if isinstance(outcome, Refusal):
        return _refused(_user(ask), outcome)
    assert isinstance(outcome, Estimated)
    data = {"unit_rate": outcome.unit_price / MICRO, "submit_sm_count": outcome.parts}
    return answer(200, {"data": data})


def render_rest_balance(ask: Ask, outcome: Outcome, renderer: IdRenderer) -> HttpResponse:
    """`/secure/balance`."""
    del renderer
    assert isinstance(ask, BalanceAsk)
    if isinstance(outcome, Refusal):
        return _refused(ask.credentials.username, outcome)
    assert isinstance(outcome, Balance)
    return answer(200, {"data": balance_body(outcome)})


def render_sendbatch(ask: Ask, outcome: Outcome, renderer: IdRenderer) -> HttpResponse:
    """`/secure/sendbatch`: the number of the batch, and of its destinations."""
    if isinstance(outcome, Refusal):
        return _batch_refused(_user(ask), outcome)
    assert isinstance(ask, BatchAsk)
    assert isinstance(outcome, Batch)
    data: dict[str, Any] = {"batchId": renderer.uuid(outcome.id), "messageCount": outcome.total}
    if outcome.due_ms:
        seconds = (outcome.due_ms - outcome.created_ms) / 1000
        data["scheduled"] = f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"
    if ask.batch.skipped:
        data["skipped"] = ask.batch.skipped
    return answer(200, {"data": data})


def render_batch(ask: Ask, outcome: Outcome, renderer: IdRenderer) -> HttpResponse:
    """`/secure/batch/{id}`: how a batch fares."""
    assert isinstance(ask, BatchStatusAsk | BatchCancelAsk)
    if isinstance(outcome, Refusal):
        return _batch_refused(ask.credentials.username, outcome)
    assert isinstance(outcome, BatchProgress)
    batch, states = outcome.batch, outcome.states
    word = _BATCH_WORDS[outcome.state]
    if outcome.state is BatchState.SPREAD and not any(states.get(state) for state in _NOT_SENT):
        word = "done"
    data: dict[str, Any] = {
        "batchId": renderer.uuid(batch.id),
        "status": word,
        "messageCount": batch.total,
        "waiting": outcome.waiting + states.get(State.SCHEDULED, 0) + states.get(State.QUEUED, 0),
        "sending": states.get(State.IN_FLIGHT, 0),
        "held": states.get(State.HELD, 0) + states.get(State.PARKED, 0),
        "sent": states.get(State.SENT, 0),
        **{state.name.lower(): states.get(state, 0) for state in sorted(FINAL)},
    }
    return answer(200, {"data": data})


def _refused(user: str, refusal: Refusal, *, quoted: bool = False) -> HttpResponse:
    if refusal.reason in _UNKNOWN:
        return unauthorized(user)
    status, text = ANSWERS[refusal.reason]
    words = text(user, refusal)
    return message(refusal.http_status or status, f'Error "{words}"' if quoted else words)


def _batch_refused(user: str, refusal: Refusal) -> HttpResponse:
    if refusal.reason in _UNKNOWN:
        return unauthorized(user)
    if refusal.reason is Reason.BAD_CALLBACK:
        return titled(400, "Invalid callback URL", f"{refusal.about}: {refusal.text}")
    if refusal.reason is Reason.BAD_SCHEDULE:
        return titled(412, "Cannot schedule batch", refusal.text)
    if refusal.reason is Reason.NOT_FOUND:
        return titled(404, "404 Not Found", "There is no such batch.")
    if refusal.reason is Reason.TOO_LATE:
        return titled(412, "Cannot cancel batch", "All of the batch is on its way already.")
    status, text = ANSWERS[refusal.reason]
    return titled(refusal.http_status or status, text(user, refusal))


def is_rest(request: HttpRequest, face: str = "") -> bool:
    """Whether a path is for the REST server to answer, known to it or not."""
    return face == REST or request.path.startswith(SECURE)


def rest_fault() -> HttpResponse:
    """The answer to a fault of ours."""
    return titled(FAULT[0], "500 Internal Server Error")


def rest_wrong_method() -> HttpResponse:
    """The answer to a known path asked with another verb."""
    return titled(405, "405 Method Not Allowed")


def not_found(request: HttpRequest, face: str) -> HttpResponse | None:
    """The answer to a path that the REST server does not know; None for one that is not its."""
    return titled(404, "404 Not Found") if is_rest(request, face) else None
