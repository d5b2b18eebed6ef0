"""What refusals and states are called on this wire: partnerStatus, apiStatus and the HTTP status. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from chappe.dialects.mmp.wire import ReportResponse, SmsResponse
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.state import State
from chappe.protocols.http.messages import Headers, HttpResponse

LOGIN: Final = "/mmp/login"
SEND: Final = "/mmp/send"
REPORT: Final = "/mmp/report"

OK: Final = "OK"
NOK: Final = "NOK"
FAIL: Final = "FAIL"
WAITING: Final = "WAITING"
_JSON: Final = "application/json; charset=utf-8"
_NOBODY: Final = "NOT_LOGGED_IN"
_CHALLENGE: Final = (("WWW-Authenticate", 'Bearer realm="mmp"'),)
_LATER: Final = (("Retry-After", "1"),)

# A wrong secret, a wrong place and too many of them are one thing to a client.
STRANGERS: Final = frozenset({Reason.BAD_CREDENTIALS, Reason.TOO_MANY_FAILURES, Reason.ADDRESS_NOT_ALLOWED})

_WORDS: Final[Mapping[Reason, str]] = MappingProxyType(
    {
        **dict.fromkeys(STRANGERS, _NOBODY),
        Reason.BAD_DESTINATION: "BAD_NUMBER",
        Reason.BAD_VALIDITY: "BAD_DATE",
        Reason.BAD_SCHEDULE: "BAD_DATE",
    }
)

_HTTP: Final[Mapping[Reason, tuple[int, Headers]]] = MappingProxyType(
    {
        **dict.fromkeys(STRANGERS, (401, _CHALLENGE)),
        # Nothing was taken, and the same may be asked again: it must not look final to who can wait.
        Reason.TOO_FAST: (429, _LATER),
        Reason.STORE_BUSY: (503, _LATER),
    }
)

API_STATUS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.SCHEDULED: WAITING,
        State.QUEUED: WAITING,
        State.IN_FLIGHT: WAITING,
        State.SENT: WAITING,
        State.HELD: WAITING,
        State.PARKED: WAITING,
        State.DELIVERED: "DELIVERED",
        State.UNDELIVERED: FAIL,
        State.EXPIRED: "TIMEOUT",
        State.REJECTED: FAIL,
        State.CANCELLED: FAIL,
        State.UNKNOWN: "TIMEOUT",
    }
)
"""The word of document 000 for each of our states."""


def word_of(reason: Reason) -> str:
    """The partnerStatus of a refusal: its own word where this wire has no better one."""
    return _WORDS.get(reason, reason.word.upper())


def http_of(reason: Reason) -> tuple[int, Headers]:
    """How a call is answered of which nothing was taken for this reason."""
    return _HTTP.get(reason, (500, ()) if reason is Reason.INTERNAL else (200, ()))


def detail_of(refusal: Refusal) -> str:
    """The partnerDetail of a refusal; to a stranger nothing is explained."""
    if refusal.reason in STRANGERS:
        return "wrong secret, or none"
    return refusal.text or refusal.about


def json_answer(status: int, answer: SmsResponse, headers: Headers = ()) -> HttpResponse:
    """An answer of the class that Send and Report share."""
    return HttpResponse(status, msgspec.json.encode(answer), _JSON, headers)


def malformed(status: int, word: str, sentence: str, path: str, headers: Headers = ()) -> HttpResponse:
    """The answer to what is no call of ours: one result, since nobody knows how many were asked for.

    It is final for Send only: of what was sent before nothing is learnt by it.
    """
    result = ReportResponse(
        partner_status=word, partner_detail=sentence, api_status=FAIL if path == SEND else WAITING
    )
    return json_answer(status, SmsResponse(results=(result,)), headers)
