"""What came of REST asks, as JSON: every reason in its clothes, a batch's word for how it stands."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chappe.dialect_kit.contract import (
    Balance,
    BalanceAsk,
    BatchAsk,
    BatchStatusAsk,
    Credentials,
    SubmitAsk,
)
from chappe.dialects.jasmin.rest_render import (
    REST,
    not_found,
    render_batch,
    render_rest_balance,
    render_rest_send,
    render_sendbatch,
)
from chappe.dialects.jasmin.statuses import ANSWERS
from chappe.domain.account import Account
from chappe.domain.batch import Batch, BatchProgress, BatchState
from chappe.domain.ids import IdRenderer
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.report import BatchMark
from chappe.domain.state import State
from chappe.domain.submission import Accepted
from chappe.pipeline.batches import Asked
from chappe.protocols.http.messages import HttpRequest

RENDERER = IdRenderer(b"k" * 32)
LOGIN = Credentials("acme", "secret")
SUBMIT = SubmitAsk(LOGIN, ())
NOW = 1_790_000_000_000
UNKNOWN = {Reason.BAD_CREDENTIALS, Reason.TOO_MANY_FAILURES, Reason.ADDRESS_NOT_ALLOWED}


def batch(**given: Any) -> Batch:
    fields: dict[str, Any] = {"created_ms": NOW, "due_ms": 0, "total": 3}
    return Batch(BatchMark(7), "acme", "acme", "jasmin", **{**fields, **given})


def told(state: BatchState, waiting: int = 0, **states: int) -> dict[str, Any]:
    counts = {State[name.upper()]: count for name, count in states.items()}
    progress = BatchProgress(batch(), state, waiting, counts)  # type: ignore[arg-type]
    found: dict[str, Any] = json.loads(render_batch(BatchStatusAsk(LOGIN, ""), progress, RENDERER).body)
    return found["data"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_an_answer_of_send_s(reason: Reason) -> None:
    refusal = Refusal(reason, "it", "because")
    response = render_rest_send(SUBMIT, [refusal], RENDERER)
    assert response == render_rest_send(SUBMIT, refusal, RENDERER)
    if reason in UNKNOWN:
        assert (response.status, json.loads(response.body)["title"]) == (401, "Authentication failed")
        return
    status, text = ANSWERS[reason]
    assert (response.status, json.loads(response.body)) == (
        status,
        {"message": f'Error "{text("acme", refusal)}"'},
    )


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_an_answer_of_a_batch_s(reason: Reason) -> None:
    refusal = Refusal(reason, "it", "because")
    response = render_sendbatch(BatchAsk(LOGIN, Asked(lines=(), at_ms=0)), refusal, RENDERER)
    assert response.status >= 400
    assert json.loads(response.body)["title"]
    assert (response.status == 401) is (reason in UNKNOWN)


@pytest.mark.parametrize(
    ("balance", "data"),
    [
        (Balance(Account(name="acme"), None), {"balance": "ND", "sms_count": "ND"}),
        (Balance(Account(name="acme"), 1_500_000, 7), {"balance": 1.5, "sms_count": 7}),
    ],
)
def test_what_is_left(balance: Balance, data: dict[str, Any]) -> None:
    assert json.loads(render_rest_balance(BalanceAsk(LOGIN), balance, RENDERER).body) == {"data": data}


def test_a_message_and_its_uuid() -> None:
    response = render_rest_send(SUBMIT, [Accepted(7, 1)], RENDERER)
    assert response.body == b'{"data": "Success \\"%b\\""}' % RENDERER.uuid(7).encode()


@pytest.mark.parametrize(
    ("due", "told"), [(5_500, "5.5s"), (86_400_000, "86400s"), (1, "0.001s"), (100_000, "100s")]
)
def test_how_long_a_batch_is_deferred(due: int, told: str) -> None:
    ask = BatchAsk(LOGIN, Asked(lines=(), at_ms=0))
    data = json.loads(render_sendbatch(ask, batch(due_ms=NOW + due), RENDERER).body)["data"]
    assert data == {"batchId": RENDERER.uuid(7), "messageCount": 3, "scheduled": told}


def test_how_a_batch_fares() -> None:
    assert told(BatchState.OPEN, 1, scheduled=1, queued=1) == {
        "batchId": RENDERER.uuid(7),
        "status": "open",
        "messageCount": 3,
        "waiting": 3,
        **dict.fromkeys(
            (
                "sending",
                "held",
                "sent",
                "delivered",
                "undelivered",
                "expired",
                "rejected",
                "cancelled",
                "unknown",
            ),
            0,
        ),
    }
    assert told(BatchState.SPREAD, held=1, parked=1, in_flight=1)["held"] == 2


@pytest.mark.parametrize(
    ("state", "states", "word"),
    [
        (BatchState.SPREAD, {"queued": 1}, "sending"),
        (BatchState.SPREAD, {"in_flight": 1}, "sending"),
        (BatchState.SPREAD, {"held": 1}, "sending"),
        (BatchState.SPREAD, {"sent": 2, "rejected": 1}, "done"),
        (BatchState.SPREAD, {"delivered": 3}, "done"),
        (BatchState.CANCELLING, {"sent": 3}, "cancelling"),
        (BatchState.CANCELLED, {"cancelled": 3}, "cancelled"),
    ],
)
def test_the_word_for_how_it_stands(state: BatchState, states: dict[str, int], word: str) -> None:
    assert told(state, **states)["status"] == word


def test_unknown_paths_are_json_where_they_are_ours() -> None:
    def asked(path: str, face: str) -> bool:
        return not_found(HttpRequest("GET", path, b"", (), b"", "", NOW), face) is not None

    assert asked("/secure/x", "everything")
    assert asked("/x", REST)
    assert not asked("/x", "everything")
