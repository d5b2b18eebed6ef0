"""Answers of the JSON gateway: details and code of the call, and an entry for each message. Pure."""

from __future__ import annotations

from typing import Final

import msgspec

from chappe.dialect_kit.contract import Ask, Outcome
from chappe.dialects.cm.statuses import (
    INTERNAL,
    INTERNAL_TEXT,
    NO_BALANCE,
    OK,
    SOME_WRONG,
    UNKNOWN,
    UNKNOWN_TEXT,
    UNROUTEABLE_TEXT,
    Rejection,
    rejection_of,
)
from chappe.dialects.cm.taking import Entry
from chappe.domain.ids import IdRenderer
from chappe.domain.refusal import Refusal
from chappe.protocols.http.messages import HttpRequest, HttpResponse

JSON: Final = "application/json; charset=utf-8"
NOT_POST: Final = HttpResponse(405)


class _Message(msgspec.Struct, frozen=True, gc=False):
    to: str | None
    status: str
    reference: str | None
    parts: int
    messageDetails: str | None  # noqa: N815 - a key of the wire
    messageErrorCode: int  # noqa: N815 - a key of the wire


class _Body(msgspec.Struct, frozen=True, gc=False):
    details: str
    errorCode: int  # noqa: N815 - a key of the wire
    messages: list[_Message]


_encoder: Final = msgspec.json.Encoder()


def _answer(status: int, details: str, code: int, messages: list[_Message] | None = None) -> HttpResponse:
    return HttpResponse(status, _encoder.encode(_Body(details, code, messages or [])), JSON)


def whole(rejection: Rejection) -> HttpResponse:
    """The answer to a call of which nothing was taken."""
    return _answer(500 if rejection.code == INTERNAL else 400, rejection.text, rejection.code)


def fault(request: HttpRequest) -> HttpResponse:
    """The answer to a fault of ours."""
    del request
    return _answer(500, UNKNOWN_TEXT, UNKNOWN)


def render_json(ask: Ask, outcome: Outcome, renderer: IdRenderer) -> HttpResponse:
    """What became of a call: 200 where at least one message was accepted, else 400."""
    del ask, renderer
    if isinstance(outcome, Refusal):
        return whole(rejection_of(outcome, 0))
    if isinstance(outcome, Rejection):
        return whole(outcome)
    entries = _entries(outcome)
    accepted = sum(entry.rejection is None for entry in entries)
    codes = {entry.rejection.code for entry in entries if entry.rejection is not None}
    if INTERNAL in codes:
        return _answer(500, INTERNAL_TEXT, INTERNAL)
    if codes == {NO_BALANCE} and not accepted:
        rejection = entries[0].rejection
        assert rejection is not None
        return whole(rejection)
    messages = [_message(entry) for entry in entries]
    if codes == {UNKNOWN} and not accepted:
        return _answer(400, UNROUTEABLE_TEXT, UNKNOWN, messages)
    return _answer(
        200 if accepted else 400,
        f"Created {accepted} message(s)",
        SOME_WRONG if codes else OK,
        messages,
    )


def _entries(outcome: Outcome) -> list[Entry]:
    assert isinstance(outcome, list)
    return outcome


def _message(entry: Entry) -> _Message:
    rejection = entry.rejection
    if rejection is None:
        return _Message(entry.to, "Accepted", entry.reference, entry.parts, None, OK)
    return _Message(entry.to, "Rejected", entry.reference, 0, rejection.text, rejection.code)
