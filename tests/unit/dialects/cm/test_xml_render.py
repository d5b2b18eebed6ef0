"""Answers of the XML gateway: nothing or a sentence, always 200."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.dialect_kit.contract import PlainAsk
from chappe.dialects.cm.statuses import INTERNAL, NO_FROM, NO_MSG, Rejection, not_a_number
from chappe.dialects.cm.taking import Entry
from chappe.dialects.cm.xml_render import fault, render_xml
from chappe.domain.ids import IdRenderer
from chappe.domain.refusal import Reason, Refusal
from chappe.protocols.http.messages import HttpRequest, HttpResponse


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ([Entry("1", None, 1, None)], ""),
        (NO_FROM, "Error: ERROR No FROM field found in a MSG node."),
        (NO_MSG, "Error: ERROR A MESSAGES node requires at least one MSG node"),
        (not_a_number(""), "Error: ERROR Rejected: Gsm '' is not a number."),
        (Refusal(Reason.NO_BALANCE), "Error: ERROR Insufficient balance."),
        (Refusal(Reason.STORE_BUSY), "Error: ERROR Unknown error"),
        (Rejection(INTERNAL, "x"), "Error: ERROR Unknown error"),
    ],
)
def test_what_became_of_it(outcome: Any, said: str) -> None:
    response = render_xml(PlainAsk(HttpResponse(200)), outcome, IdRenderer(b"k" * 32))
    assert (response.status, response.content_type) == (200, "text/plain; charset=utf-8")
    assert response.body.decode() == said


def test_a_fault() -> None:
    assert fault(HttpRequest("POST", "/", b"", (), b"", "", 0)).body == b"Error: ERROR Unknown error"
