"""Answers of the XML gateway, plain texts: nothing at all where a call was taken, else one sentence with HTTP 200. Pure."""

from __future__ import annotations

from typing import Final

from chappe.dialect_kit.contract import Ask, Outcome
from chappe.dialects.cm.statuses import INTERNAL, UNKNOWN_TEXT, Rejection, rejection_of
from chappe.domain.ids import IdRenderer
from chappe.domain.refusal import Refusal
from chappe.protocols.http.messages import HttpRequest, HttpResponse

TEXT: Final = "text/plain; charset=utf-8"
TAKEN: Final = HttpResponse(200, b"", TEXT)
NEITHER_GET_NOR_POST: Final = HttpResponse(400, b"", TEXT)


def said(text: str) -> HttpResponse:
    """The answer to a call that is refused."""
    return HttpResponse(200, f"Error: ERROR {text}".encode(), TEXT)


def fault(request: HttpRequest) -> HttpResponse:
    """The answer to a fault of ours."""
    del request
    return said(UNKNOWN_TEXT)


def render_xml(ask: Ask, outcome: Outcome, renderer: IdRenderer) -> HttpResponse:
    """What became of a call: all of it or nothing."""
    del ask, renderer
    rejection = rejection_of(outcome, 0) if isinstance(outcome, Refusal) else outcome
    if not isinstance(rejection, Rejection):
        return TAKEN
    return said(UNKNOWN_TEXT if rejection.code == INTERNAL else rejection.in_xml)
