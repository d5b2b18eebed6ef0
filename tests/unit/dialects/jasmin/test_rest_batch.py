"""Bodies of batches to lines: who shares a submission, how destinations are read, when it begins."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from chappe.dialect_kit.contract import BadRequest, BatchAsk, BatchCancelAsk, BatchStatusAsk, Credentials
from chappe.dialects.jasmin.rest_batch import (
    WORDS,
    parse_batch_cancel,
    parse_batch_status,
    parse_sendbatch,
    schedule_of,
)
from chappe.domain.batch import BatchLine
from chappe.protocols.http.messages import HttpRequest

NOW = 1_790_000_000_000
LOGIN = (b"authorization", b"Basic " + base64.b64encode(b"acme:secret"))


def request(body: Any, path: str = "/secure/sendbatch") -> HttpRequest:
    return HttpRequest("POST", path, b"", (LOGIN,), json.dumps(body).encode(), "192.0.2.1", NOW)


def read(body: Any) -> BatchAsk:
    ask = parse_sendbatch(request(body))
    assert isinstance(ask, BatchAsk)
    return ask


def lines(*messages: dict[str, Any], **inherited: Any) -> list[BatchLine]:
    return list(read({"messages": list(messages), "globals": inherited}).batch.lines)


def test_destinations_of_one_message_share_its_submission() -> None:
    one, two, three = lines({"to": ["1", 2], "content": "x"}, {"to": 3, "content": "y"})
    assert one.submission is two.submission
    assert one.submission is not three.submission
    assert [each.recipient.address.value for each in (one, two, three)] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("to", "value", "given"),
    [
        ("31612345678", "31612345678", ""),
        (31612345678, "31612345678", ""),
        ("+31612345678", "31612345678", "+31612345678"),
        ("0031612345678", "31612345678", "0031612345678"),
    ],
)
def test_a_destination_and_how_it_was_written(to: Any, value: str, given: str) -> None:
    (line,) = lines({"to": to, "content": "x"})
    assert (line.recipient.address.value, line.recipient.given, line.refused) == (value, given, "")


@pytest.mark.parametrize(
    "to", ["", "abc", "+", "00", "3161234567812345678901", None, False, {}, [[1]], -1, 1.0]
)
def test_what_is_no_destination_is_refused_by_itself(to: Any) -> None:
    good, bad = lines({"to": ["1"], "content": "x"}, {"to": to, "content": "x"})
    assert good.refused == ""
    assert bad.submission is None
    assert bad.refused.startswith('Error "Argument [to] has an invalid value: [')
    assert len(bad.recipient.address.value) <= 40


def test_a_value_of_a_message_goes_before_a_global_in_either_spelling() -> None:
    one, two = lines(
        {"to": 1, "hex-content": "01"},
        {"to": 2, "content": "x", "dlr_level": 2},
        hex_content="00",
        **{"dlr-level": 1},
    )
    assert one.submission is not None
    assert one.submission.octets == b"\x01"
    assert two.refused == 'Error "content and hex-content cannot be used both in same request."'


def test_destinations_may_be_global() -> None:
    ask = read({"messages": [{"content": "x"}, {"content": "y"}], "globals": {"to": ["1", "2"]}})
    assert ask.batch.skipped == 0
    assert [line.recipient.address.value for line in ask.batch.lines] == ["1", "2", "1", "2"]


def test_messages_that_name_nobody_are_counted() -> None:
    ask = read({"messages": [{"content": "x"}, {"to": [], "content": "y"}, {"to": 1, "content": "z"}]})
    assert (ask.batch.skipped, len(list(ask.batch.lines))) == (1, 1)


def test_the_batch_s_own_settings() -> None:
    config = {"callback-url": "http://a.example/", "errback_url": "http://b.example/", "schedule-at": "60s"}
    batch = read({"messages": [], "batch_config": config}).batch
    assert (batch.callback, batch.errback, batch.words) == ("http://a.example/", "http://b.example/", WORDS)
    assert (batch.at_ms, batch.due_ms, batch.key) == (NOW, NOW + 60_000, "")


def test_null_settings_are_none() -> None:
    batch = read(
        {"messages": [], "globals": None, "batch_config": {"callback_url": None, "schedule_at": None}}
    ).batch
    assert (batch.callback, batch.due_ms) == ("", 0)


@pytest.mark.parametrize(
    ("given", "at"),
    [
        (None, 0),
        ("0s", 0),
        ("1s", NOW + 1_000),
        ("2026-09-21 14:14:00Z", 1_790_000_040_000),
        ("2026-09-21 16:14:00+02:00", 1_790_000_040_000),
    ],
)
def test_schedules(given: Any, at: int) -> None:
    assert schedule_of(given, NOW) == at


@pytest.mark.parametrize("given", ["2026-09-21 14:13:00Z", "2019-11-15 09:00:00"])
def test_a_schedule_in_the_past(given: str) -> None:
    with pytest.raises(BadRequest) as refused:
        schedule_of(given, NOW)
    response = refused.value.response
    assert (response.status, json.loads(response.body)["title"]) == (
        412,
        "Cannot schedule batch in past date",
    )


def test_status_and_cancel_name_their_batch() -> None:
    login = Credentials("acme", "secret")
    assert parse_batch_status(request({}, "/secure/batch/8c6c")) == BatchStatusAsk(login, "8c6c")
    assert parse_batch_cancel(request({}, "/secure/batch/8c6c")) == BatchCancelAsk(login, "8c6c")
