"""Calls about batches: the document's parameters in its order, and every state and reason in words."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from chappe.dialects.jasmin.batch_callback import BatchWriter
from chappe.domain.ids import IdRenderer
from chappe.domain.refusal import Reason
from chappe.domain.report import BatchNotice, ReportOn, ReportWish, Way
from chappe.domain.state import State

RENDERER = IdRenderer(b"k" * 32)
WRITER = BatchWriter(RENDERER)


def notice(url: str = "http://callback.url:80/successful_batch", **given: Any) -> BatchNotice:
    wish = ReportWish(Way.WEBHOOK, ReportOn.NOTHING, "jasmin.batch", url, "GET")
    fields = {"to": "3162222222", "state": State.SENT}
    return BatchNotice(9, "acme", wish, 7, "acme", **{**fields, **given})


def text_of(**given: Any) -> str:
    call = WRITER.write(notice(**given))
    return dict(parse_qsl(urlsplit(call.url).query))["statusText"]


@pytest.mark.row("002-046", "002-047", "002-048", "002-049", "002-050")
def test_the_document_s_call() -> None:
    call = WRITER.write(notice())
    assert (call.method, call.body) == ("GET", b"")
    assert call.url == (
        f"http://callback.url:80/successful_batch?batchId={RENDERER.uuid(7)}&to=3162222222&status=1"
        f"&statusText=Success+%22{RENDERER.uuid(9)}%22"
    )


def test_a_query_stays_and_a_fragment_goes() -> None:
    call = WRITER.write(notice("http://a.example/x?shop=1#top"))
    assert call.url.startswith("http://a.example/x?shop=1&batchId=")
    assert "#" not in call.url


@pytest.mark.parametrize(
    ("state", "status"),
    [
        *((state, "1") for state in (State.SENT, State.DELIVERED)),
        *((state, "0") for state in (State.REJECTED, State.EXPIRED, State.CANCELLED)),
        *((state, "0") for state in (State.UNDELIVERED, State.UNKNOWN)),
    ],
)
def test_what_counts_as_sent(state: State, status: str) -> None:
    assert dict(parse_qsl(urlsplit(WRITER.write(notice(state=state)).url).query))["status"] == status


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"state": State.EXPIRED}, "EXPIRED"),
        ({"state": State.CANCELLED, "error": "cancelled"}, "DELETED"),
        ({"state": State.REJECTED, "command_status": 0x0B}, "ESME_RINVDSTADR"),
        ({"state": State.REJECTED, "reason": "no_route"}, "No route found"),
        ({"state": State.REJECTED, "reason": "may_not_send"}, "Authorization failed for username:acme"),
        (
            {"state": State.REJECTED, "reason": "bad_sender", "error": "too long"},
            "Argument [from] has an invalid value: [too long].",
        ),
    ],
)
def test_why_it_was_not_sent(given: dict[str, Any], text: str) -> None:
    assert text_of(**given) == f'HTTPAPI error: Error "{text}"'


def test_the_dialect_s_own_sentence_is_told_as_it_is() -> None:
    assert text_of(state=State.REJECTED, sentence='Error "x"') == 'HTTPAPI error: Error "x"'


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_text(reason: Reason) -> None:
    assert text_of(state=State.REJECTED, reason=reason.word, about="it").startswith('HTTPAPI error: Error "')


@pytest.mark.parametrize(
    ("status", "taken"), [(200, True), (204, True), (302, False), (404, False), (500, False)]
)
def test_any_success_will_do(status: int, taken: bool) -> None:
    assert WRITER.taken(status, b"whatever") is taken
