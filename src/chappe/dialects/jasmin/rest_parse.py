"""REST requests of this dialect to asks of the core; batches are in rest_batch.py. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from chappe.dialect_kit.contract import (
    Ask,
    BadRequest,
    BalanceAsk,
    Credentials,
    EstimateAsk,
    PlainAsk,
    SubmitAsk,
)
from chappe.dialects.jasmin.arguments import Argument, Arguments, check, read_arguments, refused
from chappe.dialects.jasmin.parse import parse_ping, submission_of
from chappe.dialects.jasmin.rest_arguments import (
    REST_RATE,
    REST_SEND,
    answer,
    credentials_of,
    idempotency_key,
    must_accept_json,
    normal,
    once_known,
    read_object,
    titled,
)
from chappe.domain.submission import Submission
from chappe.protocols.http.messages import HttpRequest, HttpResponse

_PONG: Final = PlainAsk(answer(200, {"data": "Jasmin/PONG"}))
_PREFIX: Final = len('Error "')


def parse_rest_ping(request: HttpRequest) -> Ask:
    """`/ping` of the REST server."""
    must_accept_json(request)
    return _PONG


def parse_any_ping(request: HttpRequest) -> Ask:
    """`/ping` where both servers share a port: who shows credentials, as document 002 does, speaks REST."""
    return _PONG if request.header(b"authorization") is not None else parse_ping(request)


def parse_rest_balance(request: HttpRequest) -> Ask:
    """`/secure/balance`."""
    must_accept_json(request)
    return BalanceAsk(credentials_of(request))


def parse_rest_rate(request: HttpRequest) -> Ask:
    """`/secure/rate`: arguments in the query, as its documents have it, or in a JSON body."""
    must_accept_json(request)
    credentials = credentials_of(request)
    return once_known(credentials, lambda: _rate(request, credentials))


def _rate(request: HttpRequest, credentials: Credentials) -> Ask:
    try:
        given = read_arguments(msgspec.structs.replace(request, body=b""))
        if request.body:
            given = {**read_object(request), **given}
        arguments = arguments_of(normal(given), REST_RATE)
        if "content" not in arguments and "hex-content" not in arguments:
            arguments["content"] = ""
        submission = submission_of(arguments, request.received_ms)
    except BadRequest as error:
        raise proxied(error, plain=True) from error
    return EstimateAsk(credentials, submission)


def parse_rest_send(request: HttpRequest) -> Ask:
    """`/secure/send`: one message for one destination."""
    must_accept_json(request)
    credentials = credentials_of(request)
    return once_known(credentials, lambda: _send(request, credentials))


def _send(request: HttpRequest, credentials: Credentials) -> Ask:
    given = normal(read_object(request))
    if isinstance(given.get("to"), list):
        raise BadRequest(
            titled(
                400,
                "Argument [to] is a list",
                "One destination only is sent to by /secure/send; /secure/sendbatch takes a list.",
            )
        )
    key = idempotency_key(request)
    try:
        submission = read_submission(given, request.received_ms)
    except BadRequest as error:
        raise proxied(error) from error
    if key:
        submission = msgspec.structs.replace(submission, idempotency_key=key)
    return SubmitAsk(credentials, (submission,))


def arguments_of(given: dict[str, Any], table: Mapping[str, Argument]) -> Arguments:
    """Checked arguments; raises BadRequest in the words of `/send`."""
    if not given:
        raise refused("Mandatory argument [to] is not found.")
    return check(given, table)


def read_submission(given: dict[str, Any], now_ms: int) -> Submission:
    """The submission that a message of a body describes; raises BadRequest in the words of `/send`."""
    return submission_of(arguments_of(given, REST_SEND), now_ms)


def proxied(error: BadRequest, *, plain: bool = False) -> BadRequest:
    """A refusal of the URL API as the REST server hands it on: whole, or (`plain`) only what stands in quotes."""
    response = error.response
    if response.content_type == "application/json":
        return error
    text = response.body.decode()
    return BadRequest(message(response.status, text[_PREFIX:-1] if plain else text))


def message(status: int, text: str) -> HttpResponse:
    """An error that came from the URL API, in Jasmin's clothes."""
    return answer(status, {"message": text})


def error_text(error: BadRequest) -> str:
    """What the URL API would have answered, as a text."""
    return error.response.body.decode()


def shown_value(value: Any) -> str:
    """A value of a body as it is quoted in a refusal."""
    return value if isinstance(value, str) else json.dumps(value)
