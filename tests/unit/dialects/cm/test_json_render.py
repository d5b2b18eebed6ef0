"""Answers of the JSON gateway from what became of a call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chappe.dialect_kit.contract import PlainAsk
from chappe.dialects.cm.json_render import fault, render_json, whole
from chappe.dialects.cm.statuses import EMPTY_BODY, INTERNAL, NO_MSG, Rejection, rejection_of
from chappe.dialects.cm.taking import Entry
from chappe.domain.ids import IdRenderer
from chappe.domain.refusal import Reason, Refusal
from chappe.protocols.http.messages import HttpRequest, HttpResponse

GOOD = Entry("1", "r", 2, None)
BAD = Entry(None, None, 0, EMPTY_BODY)
POOR = Entry("2", None, 0, rejection_of(Refusal(Reason.NO_BALANCE), 1))
LOST = Entry("3", None, 0, rejection_of(Refusal(Reason.NO_ROUTE), 1))
OURS = Entry("4", None, 0, Rejection(INTERNAL, "x"))


def answer(outcome: Any) -> tuple[int, str, int, int]:
    response = render_json(PlainAsk(HttpResponse(200)), outcome, IdRenderer(b"k" * 32))
    found = json.loads(response.body)
    return response.status, found["details"], found["errorCode"], len(found["messages"])


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ([GOOD], (200, "Created 1 message(s)", 0, 1)),
        ([GOOD, BAD], (200, "Created 1 message(s)", 201, 2)),
        ([BAD], (400, "Created 0 message(s)", 201, 1)),
        ([BAD, POOR], (400, "Created 0 message(s)", 201, 2)),
        ([POOR, POOR], (400, "Insufficient balance.", 102, 0)),
        ([GOOD, POOR], (200, "Created 1 message(s)", 201, 2)),
        ([LOST], (400, "Message is unrouteable.", 999, 1)),
        ([BAD, OURS], (500, "An internal error has occurred", 500, 0)),
        (NO_MSG, (400, NO_MSG.text, 203, 0)),
        (Refusal(Reason.BAD_CREDENTIALS), (400, "No account found for the given authentication", 101, 0)),
        (Refusal(Reason.STORE_BUSY), (500, "An internal error has occurred", 500, 0)),
    ],
)
def test_what_became_of_it(entries: Any, told: tuple[int, str, int, int]) -> None:
    assert answer(entries) == told


def test_it_is_no_deeper_than_clients_read() -> None:
    body = json.loads(render_json(PlainAsk(HttpResponse(200)), [GOOD, BAD], IdRenderer(b"k" * 32)).body)
    assert [list(one) for one in body["messages"]] == [
        ["to", "status", "reference", "parts", "messageDetails", "messageErrorCode"]
    ] * 2
    assert body["messages"][0]["status"] == "Accepted"
    assert body["messages"][1]["messageDetails"] == "A body without content was found"


def test_whole_answers() -> None:
    assert whole(NO_MSG).status == 400
    response = fault(HttpRequest("POST", "/", b"", (), b"", "", 0))
    assert (response.status, json.loads(response.body)) == (
        500,
        {"details": "Unknown error", "errorCode": 999, "messages": []},
    )
