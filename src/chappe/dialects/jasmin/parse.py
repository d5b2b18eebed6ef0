"""Requests of this dialect to asks of the core. Pure; every fault is answered in the dialect's words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from chappe.dialect_kit.contract import BalanceAsk, Credentials, EstimateAsk, PlainAsk, SubmitAsk
from chappe.dialects.jasmin.arguments import (
    BALANCE,
    RATE,
    SEND,
    Arguments,
    check,
    invalid,
    read_arguments,
    refused,
)
from chappe.dialects.jasmin.tlvs import BadTlvs, read_tlvs
from chappe.domain.address import BadAddress, destination, sender
from chappe.domain.refusal import Right
from chappe.domain.report import FINALS, NO_REPORT, ReportOn, ReportWish, Way
from chappe.domain.submission import Submission
from chappe.protocols.http.messages import HttpRequest, HttpResponse
from chappe.protocols.smpp.times import BadTimeError, parse_time

_LEVELS: Final = (ReportOn.SMSC, FINALS, ReportOn.SMSC | FINALS)
_PONG: Final = PlainAsk(HttpResponse(200, b"Jasmin/PONG", "text/html"))


def parse_ping(request: HttpRequest) -> PlainAsk:
    """`/ping`: nobody need say who they are."""
    del request
    return _PONG


def parse_balance(request: HttpRequest) -> BalanceAsk:
    """`/balance`."""
    return BalanceAsk(_credentials(check(read_arguments(request, as_json=True), BALANCE, as_json=True)))


def parse_rate(request: HttpRequest) -> EstimateAsk:
    """`/rate`."""
    arguments = check(read_arguments(request, as_json=True), RATE, as_json=True)
    if "content" not in arguments and "hex-content" not in arguments:
        arguments["content"] = ""
    return EstimateAsk(_credentials(arguments), submission_of(arguments, request.received_ms, as_json=True))


def parse_send(request: HttpRequest) -> SubmitAsk:
    """`/send`."""
    arguments = check(read_arguments(request), SEND)
    return SubmitAsk(_credentials(arguments), (submission_of(arguments, request.received_ms),))


def _credentials(arguments: Arguments) -> Credentials:
    return Credentials(arguments["username"], arguments["password"])


def submission_of(arguments: Arguments, now_ms: int, *, as_json: bool = False) -> Submission:
    """The submission that checked arguments describe; raises BadRequest for what they cannot mean together."""
    asks: list[Right] = []
    text, octets = _content(arguments, asks, as_json=as_json)
    try:
        to = destination(arguments["to"])
    except BadAddress as error:
        raise invalid("to", arguments["to"], as_json=as_json) from error
    source = None
    if arguments.get("from"):
        asks.append(Right.SOURCE_ADDRESS)
        try:
            source = sender(arguments["from"])
        except BadAddress as error:
            raise invalid("from", arguments["from"], as_json=as_json) from error
    priority = int(arguments.get("priority", "0"))
    if priority:
        asks.append(Right.PRIORITY)
    due_ms = _schedule(arguments, now_ms, asks)
    expires_ms = 0
    if "validity-period" in arguments:
        asks.append(Right.VALIDITY)
        minutes = int(arguments["validity-period"])
        if not minutes:
            # Jasmin takes it and the message is never sent: no time is left for it.
            raise invalid("validity-period", arguments["validity-period"], as_json=as_json)
        expires_ms = max(due_ms, now_ms) + minutes * 60_000
    return Submission(
        destination=to,
        source=source,
        text=text,
        octets=octets,
        data_coding=int(arguments.get("coding", "0")),
        priority=priority,
        due_ms=due_ms,
        expires_ms=expires_ms,
        report=_report(arguments, asks),
        tags=tuple(tag for tag in arguments.get("tags", "").split(",") if tag),
        tlvs=_tlvs(arguments),
        asks=tuple(asks),
    )


def _content(arguments: Arguments, asks: list[Right], *, as_json: bool) -> tuple[str | None, bytes | None]:
    if "content" in arguments and "hex-content" in arguments:
        raise refused("content and hex-content cannot be used both in same request.", as_json=as_json)
    if "hex-content" in arguments:
        asks.append(Right.BINARY)
        try:
            return None, bytes.fromhex(arguments["hex-content"])
        except ValueError as error:
            raise refused(
                f"Invalid hex-content data: '{arguments['hex-content'][:200]}'", as_json=as_json
            ) from error
    if "content" not in arguments:
        raise refused("content or hex-content not present.", as_json=as_json)
    return arguments["content"], None


def _schedule(arguments: Arguments, now_ms: int, asks: list[Right]) -> int:
    if "sdt" not in arguments:
        return 0
    asks.append(Right.SCHEDULE)
    try:
        at = parse_time(arguments["sdt"], datetime.fromtimestamp(now_ms / 1000, UTC))
    except BadTimeError as error:
        raise invalid("sdt", arguments["sdt"]) from error
    return int(at.timestamp() * 1000) if at is not None else 0


def _report(arguments: Arguments, asks: list[Right]) -> ReportWish:
    """Whom to tell of what. An explicit `dlr=no` stands, whatever else is given (Jasmin lets it be overruled)."""
    wanted = "dlr-url" in arguments or "dlr-level" in arguments
    if arguments.get("dlr", "yes" if wanted else "no") == "no":
        return NO_REPORT
    asks.append(Right.RECEIPT_LEVEL)
    if "dlr-method" in arguments:
        asks.append(Right.RECEIPT_METHOD)
    events = _LEVELS[int(arguments.get("dlr-level", "1")) - 1]
    url = arguments.get("dlr-url", "")
    # Without a URL nobody is told, but the SMSC is asked for its receipt, for the timeline.
    way = Way.WEBHOOK if url else Way.NONE
    return ReportWish(way, events, "jasmin", url, arguments.get("dlr-method", "POST").upper())


def _tlvs(arguments: Arguments) -> tuple[tuple[int, bytes], ...]:
    if not arguments.get("custom_tlvs"):
        return ()
    try:
        return read_tlvs(arguments["custom_tlvs"])
    except BadTlvs as error:
        raise invalid("custom_tlvs", str(error)) from error
