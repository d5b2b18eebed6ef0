"""`/secure/sendbatch` and what goes on from there: the messages of a body, its schedule, its callbacks. Pure."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from chappe.dialect_kit.contract import Ask, BadRequest, BatchAsk, BatchCancelAsk, BatchStatusAsk, Credentials
from chappe.dialects.jasmin.arguments import SEND, invalid
from chappe.dialects.jasmin.rest_arguments import (
    SECURE,
    credentials_of,
    idempotency_key,
    must_accept_json,
    normal,
    once_known,
    read_object,
    titled,
)
from chappe.dialects.jasmin.rest_parse import error_text, read_submission, shown_value
from chappe.domain.address import Address, BadAddress, destination
from chappe.domain.batch import BatchLine, Recipient
from chappe.pipeline.batches import Asked
from chappe.protocols.http.messages import HttpRequest

WORDS: Final = "jasmin.batch"
MOST_RECIPIENTS: Final = 250_000
"""Destinations of one batch; a body of five megabytes could name more, one digit each."""

_FOLDER: Final = f"{SECURE}batch/"
_SECONDS: Final = re.compile(r"([0-9]{1,9})s")
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_MOST_SHOWN: Final = 40


def parse_sendbatch(request: HttpRequest) -> Ask:
    """`/secure/sendbatch`."""
    must_accept_json(request)
    credentials = credentials_of(request)
    return once_known(credentials, lambda: _sendbatch(request, credentials))


def _sendbatch(request: HttpRequest, credentials: Credentials) -> Ask:
    body = read_object(request)
    messages = _messages(body)
    inherited = normal(_object(body, "globals"))
    config = normal(_object(body, "batch_config"))
    due_ms = schedule_of(config.get("schedule-at"), request.received_ms)
    named = "to" in inherited
    key = idempotency_key(request)
    return BatchAsk(
        credentials,
        Asked(
            lines=_lines(messages, inherited, due_ms or request.received_ms),
            at_ms=request.received_ms,
            due_ms=due_ms,
            callback=_url(config, "callback_url"),
            errback=_url(config, "errback_url"),
            words=WORDS,
            key=key,
            digest=hashlib.blake2b(request.body, digest_size=16).hexdigest() if key else "",
            skipped=0 if named else sum("to" not in message for message in messages),
        ),
    )


def parse_batch_status(request: HttpRequest) -> Ask:
    """`GET /secure/batch/{id}`."""
    must_accept_json(request)
    return BatchStatusAsk(credentials_of(request), request.path.removeprefix(_FOLDER))


def parse_batch_cancel(request: HttpRequest) -> Ask:
    """`DELETE /secure/batch/{id}`."""
    must_accept_json(request)
    return BatchCancelAsk(credentials_of(request), request.path.removeprefix(_FOLDER))


def _bad(name: str, why: str) -> BadRequest:
    return BadRequest(titled(400, f"Argument [{name}] has an invalid value", why))


def _messages(body: dict[str, Any]) -> list[dict[str, Any]]:
    if "messages" not in body:
        raise BadRequest(
            titled(400, "Mandatory argument [messages] is not found.", "It is a list of messages.")
        )
    messages = body["messages"]
    if not isinstance(messages, list):
        raise _bad("messages", "It is a list of messages.")
    for position, message in enumerate(messages):
        if not isinstance(message, dict):
            raise _bad("messages", f"Message {position + 1} of the list is no object.")
    return messages


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    found = body.get(name, body.get(name.replace("_", "-")))
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise _bad(name, "It is an object.")
    return found


def _url(config: dict[str, Any], name: str) -> str:
    found = config.get(name.replace("_", "-"))
    if found is None:
        return ""
    if not isinstance(found, str):
        raise _bad(name, "It is a URL as text.")
    return found


def schedule_of(given: Any, now_ms: int) -> int:
    """When a batch may begin (Unix ms), 0 for at once: a local date and time of this server, or `<seconds>s`.

    The server's zone is that of its process (`TZ`); a date may also name its own, as in `2026-01-31 09:00:00+01:00`.
    """
    if given is None:
        return 0
    text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    seconds = _SECONDS.fullmatch(text)
    if seconds:
        return now_ms + int(seconds[1]) * 1000 if int(seconds[1]) else 0
    if not _MOMENT.fullmatch(text):
        raise _unknown_format(given)
    try:
        at_ms = int(datetime.fromisoformat(text).timestamp() * 1000)
    except (ValueError, OverflowError, OSError) as error:
        raise _unknown_format(given) from error
    if at_ms < now_ms:
        raise BadRequest(
            titled(412, "Cannot schedule batch in past date", f"Invalid past date given: {text}")
        )
    return at_ms


def _unknown_format(given: Any) -> BadRequest:
    return BadRequest(
        titled(
            412,
            "Cannot parse scheduled_at value",
            f"Got unknown format: {shown_value(given)[:200]}, correct formats are 'YYYY-MM-DD mm:hh:ss' or number of"
            " seconds, c.f. http://docs.jasminsms.com/en/latest/apis/rest",
        )
    )


def _lines(messages: list[dict[str, Any]], inherited: dict[str, Any], now_ms: int) -> Iterator[BatchLine]:
    """One line a destination. What is wrong with a message is told of each of its destinations."""
    count = 0
    for given in messages:
        fields = {**inherited, **normal(given)}
        if "to" not in fields:
            continue
        to = fields["to"]
        submission, error = None, ""
        try:
            submission = read_submission({**fields, "to": "1"}, now_ms)
        except BadRequest as refused:
            error = error_text(refused)
        for each in to if isinstance(to, list) else (to,):
            count += 1
            if count > MOST_RECIPIENTS:
                raise BadRequest(
                    titled(400, "Batch too large", f"A batch has at most {MOST_RECIPIENTS} destinations.")
                )
            line = _line(each)
            yield line if line.refused else BatchLine(line.recipient, submission, error)


def _line(to: Any) -> BatchLine:
    text = to if isinstance(to, str) else str(to) if type(to) is int else shown_value(to)
    pattern = SEND["to"].pattern
    assert pattern is not None
    if not isinstance(to, bool) and pattern.fullmatch(text):
        with contextlib.suppress(BadAddress):
            address = destination(text)
            return BatchLine(Recipient(address, text if text != address.value else ""), None)
    return BatchLine(Recipient(Address(text[:_MOST_SHOWN])), None, error_text(invalid("to", text)))
