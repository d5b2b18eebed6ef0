"""REST requests to asks: one message, a rate, a balance, a ping."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from chappe.dialect_kit.contract import (
    ActAsk,
    Ask,
    BadRequest,
    BalanceAsk,
    Credentials,
    EstimateAsk,
    PlainAsk,
    SubmitAsk,
)
from chappe.dialects.jasmin.rest_parse import (
    parse_any_ping,
    parse_rest_balance,
    parse_rest_ping,
    parse_rest_rate,
    parse_rest_send,
)
from chappe.protocols.http.messages import HttpRequest, HttpResponse

NOW = 1_790_000_000_000
LOGIN = (b"authorization", b"Basic " + base64.b64encode(b"acme:secret"))


def request(
    body: Any = None, query: bytes = b"", *, headers: tuple[tuple[bytes, bytes], ...] = (LOGIN,)
) -> HttpRequest:
    octets = b"" if body is None else json.dumps(body).encode()
    return HttpRequest("POST", "/secure/x", query, headers, octets, "192.0.2.1", NOW)


def told(ask: Ask) -> HttpResponse:
    """What is wrong with a request, as it is told to those whose credentials are right."""
    assert isinstance(ask, ActAsk)
    assert ask.credentials == Credentials("acme", "secret")
    with pytest.raises(BadRequest) as refused:
        asyncio.run(ask.act(None, None, request()))  # type: ignore[arg-type]
    return refused.value.response


def test_a_message_is_one_submission_of_the_header_s_login() -> None:
    ask = parse_rest_send(request({"to": 31612345678, "content": 5, "username": "x"}))
    assert isinstance(ask, SubmitAsk)
    assert ask.credentials == Credentials("acme", "secret")
    (submission,) = ask.submissions
    assert (submission.destination.value, submission.text) == ("31612345678", "5")
    assert submission.idempotency_key == ""


def test_a_key_in_the_header_is_the_message_s() -> None:
    ask = parse_rest_send(request({"to": "1", "content": "x"}, headers=(LOGIN, (b"idempotency-key", b"k"))))
    assert isinstance(ask, SubmitAsk)
    assert ask.submissions[0].idempotency_key == "k"


@pytest.mark.parametrize("to", [[], ["31612345678"], ["1", "2"]])
def test_a_list_is_never_cut(to: list[str]) -> None:
    response = told(parse_rest_send(request({"to": to, "content": "x"})))
    assert response.status == 400
    assert b"/secure/sendbatch" in response.body


@pytest.mark.parametrize("value", [None, True, [], {}, [["a"]], 1e400])
@pytest.mark.parametrize(
    "name", ["to", "content", "coding", "dlr", "from", "priority", "hex_content", "tags"]
)
def test_any_other_type_is_an_invalid_value(name: str, value: Any) -> None:
    body = {"to": "1", "content": "x", name: value}
    if name == "hex_content":
        del body["content"]
    response = told(parse_rest_send(request(body) if value != 1e400 else _with_infinity(body, name)))
    assert response.status in (400, 412)


def _with_infinity(body: dict[str, Any], name: str) -> HttpRequest:
    octets = json.dumps({**body, name: "@"}).replace('"@"', "1e400").encode()
    return HttpRequest("POST", "/secure/x", b"", (LOGIN,), octets, "192.0.2.1", NOW)


def test_a_rate_by_query_or_by_body() -> None:
    for given in (
        request(query=b"to=31612345678&hex_content=00"),
        request({"to": 31612345678, "hex-content": "00"}),
    ):
        ask = parse_rest_rate(given)
        assert isinstance(ask, EstimateAsk)
        assert (ask.submission.destination.value, ask.submission.octets) == ("31612345678", b"\0")


def test_a_rate_needs_no_content() -> None:
    ask = parse_rest_rate(request(query=b"to=31612345678"))
    assert isinstance(ask, EstimateAsk)
    assert ask.submission.text == ""


def test_a_balance_is_the_login_s() -> None:
    assert parse_rest_balance(request()) == BalanceAsk(Credentials("acme", "secret"))


def test_a_ping_is_json_for_whoever_shows_credentials() -> None:
    plain, rest = b"Jasmin/PONG", b'{"data": "Jasmin/PONG"}'
    for parse, headers, body in (
        (parse_rest_ping, (), rest),
        (parse_any_ping, (), plain),
        (parse_any_ping, (LOGIN,), rest),
    ):
        ask = parse(request(headers=headers))
        assert isinstance(ask, PlainAsk)
        assert ask.response.body == body
