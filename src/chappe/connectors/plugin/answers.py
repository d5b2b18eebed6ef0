"""The document's SmsResponse read, as leniently as its readers in .NET do, and what it says of each message. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

import msgspec

from chappe.connectors.plugin.calls import sentence
from chappe.connectors.plugin.settings import PluginSettings
from chappe.domain.message import Message, PartSent
from chappe.domain.retry import Outcome
from chappe.domain.state import State
from chappe.ports.connector import Outgoing, SendOutcome
from chappe.protocols.smpp.statuses import Status, text_of

_LONGEST_ID: Final = 255
"""Characters of an id: what is longer is no key to find a message by."""
_STATUSES: Final[Mapping[str, int]] = MappingProxyType({status.name: int(status) for status in Status})
_Text = str | int | float | bool | None
"""Providers' ids are often numbers, and a serializer writes them as such."""


class Unreadable(ValueError):
    """The answer is no SmsResponse; the reason is its message."""


class Result(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The document's ReportResponse, every text trimmed and never null."""

    partner_message_id: str = ""
    partner_status: str = ""
    partner_detail: str = ""
    api_status: str = ""
    send_at: str = ""
    sms_operator: str = ""
    sms_message_count: int = 0


class Response(msgspec.Struct, frozen=True, gc=False):
    """The document's SmsResponse."""

    packet: str
    results: tuple[Result, ...]


class _Result(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    partner_message_id: _Text = ""
    partner_status: _Text = ""
    partner_detail: _Text = ""
    api_status: _Text = ""
    send_at: _Text = ""
    sms_operator: _Text = ""
    sms_message_count: _Text = 0


class _Response(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    results: list[_Result]
    partner_packet_id: _Text = ""


_response: Final = msgspec.json.Decoder(_Response)
_anything: Final = msgspec.json.Decoder()
_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        name.casefold(): name
        for name in (*_Result.__struct_encode_fields__, *_Response.__struct_encode_fields__)
    }
)


def read(text: str) -> Response:
    """An answer of Send or Report; names in any case, null as what is not there, numbers as text. Raises Unreadable."""
    try:
        said = _response.decode(text)
    except msgspec.DecodeError:
        said = _folded(text)
    if not all(result.api_status for result in said.results):
        said = _folded(text)
    return Response(_trimmed(said.partner_packet_id), tuple([_result(result) for result in said.results]))


def _folded(text: str) -> _Response:
    try:
        found = _anything.decode(text)
        if not isinstance(found, dict):
            raise Unreadable("its answer is no JSON object")
        named = _by_name(found)
        rows = named.get("results") or []
        named["results"] = [_by_name(row) if isinstance(row, dict) else row for row in rows]
        return msgspec.convert(named, _Response)
    except (msgspec.MsgspecError, TypeError, RecursionError) as error:
        raise Unreadable(f"its answer is no SmsResponse: {sentence(str(error))}") from error


def _by_name(found: dict[str, Any]) -> dict[str, Any]:
    return {_FIELDS.get(name.casefold(), name): value for name, value in found.items()}


def _result(said: _Result) -> Result:
    count = said.sms_message_count
    if not isinstance(count, int):
        count = int(text) if (text := _trimmed(count)).isascii() and text.isdigit() and len(text) < 10 else 0
    return Result(
        partner_message_id=_trimmed(said.partner_message_id),
        partner_status=_trimmed(said.partner_status),
        partner_detail=_trimmed(said.partner_detail),
        api_status=_trimmed(said.api_status).upper(),
        send_at=_trimmed(said.send_at),
        sms_operator=_trimmed(said.sms_operator),
        sms_message_count=count,
    )


def _trimmed(value: _Text) -> str:
    return sentence(value) if isinstance(value, str) else "" if value is None else str(value)


# ---------------------------------------------------------------- Send


class Oddity(Enum):
    """What a plug-in did that its contract does not have; counted."""

    COUNT = "count"
    """As many results as messages, or ids, it had not."""
    STATUS = "api_status"
    OK_IN_REPORT = "ok_in_report"
    NO_ID = "no_id"
    UNREADABLE = "unreadable"
    EXCEPTION = "exception"
    STRANGER = "stranger"
    """A result for an id that was not asked for."""
    PARTS = "parts_differ"
    """Another number of parts than we counted: a bill may differ."""


class Judged(msgspec.Struct, frozen=True, gc=False):
    """What a Send came to: an outcome for each message, and what was odd."""

    outcomes: tuple[SendOutcome, ...]
    oddities: tuple[Oddity, ...]


def judge(batch: Sequence[Outgoing], response: Response, settings: PluginSettings) -> Judged:
    """The outcomes of a Send by position, the only link that there is between a message and its result."""
    results = response.results
    if len(results) != len(batch):
        reason = f"the plug-in answered {len(results)} results for {len(batch)} messages"
        return Judged(unclear(batch, reason), (Oddity.COUNT,))
    outcomes = []
    oddities: list[Oddity] = []
    for position, (outgoing, result) in enumerate(zip(batch, results, strict=True)):
        message = outgoing.message
        if result.api_status == "OK":
            part_id = _id_of(result, response.packet, position)
            if not part_id:
                oddities.append(Oddity.NO_ID)
            if result.sms_message_count not in (0, message.parts):
                oddities.append(Oddity.PARTS)
            part = PartSent(1, part_id, response.packet[:_LONGEST_ID])
            outcomes.append(SendOutcome(message.id, Outcome.SENT, (part,), detail=_said(result, message)))
        elif result.api_status == "FAIL":
            outcomes.append(_failed(message, result, settings))
        else:
            oddities.append(Oddity.STATUS)
            reason = f"the plug-in answered apiStatus {result.api_status!r}, which Send does not have"
            outcomes += unclear([outgoing], reason)
    return Judged(tuple(outcomes), tuple(oddities))


def unclear(batch: Sequence[Outgoing], reason: str) -> tuple[SendOutcome, ...]:
    """Each of these may be with the network, and nobody can say so: an operator must look."""
    return tuple(
        [SendOutcome(one.message.id, Outcome.UNCLEAR, error="CONTRACT", detail=reason) for one in batch]
    )


PLACE: Final = "#"
"""Between a packet's id and a place in it, where a plug-in names packets and not messages."""


def _id_of(result: Result, packet: str, position: int) -> str:
    given = result.partner_message_id
    if given or not packet:
        return given if len(given) <= _LONGEST_ID else ""
    return f"{packet}{PLACE}{position}" if len(packet) < _LONGEST_ID - 10 else ""


def _failed(message: Message, result: Result, settings: PluginSettings) -> SendOutcome:
    word = result.partner_status.upper()
    outcome = Outcome.REFUSED
    if word in settings.throttled:
        outcome = Outcome.THROTTLED
    elif word in settings.retried:
        outcome = Outcome.DEFERRED
    status = _STATUSES.get(word, 0)
    detail = _said(result, message) or (text_of(status) if status else "")
    return SendOutcome(message.id, outcome, (), status, result.partner_status or "FAIL", detail)


def _said(result: Result, message: Message) -> str:
    """What goes into the timeline beside the id: the plug-in's own words as they came, empty where it had none."""
    words = [
        ("partnerStatus", result.partner_status),
        ("partnerDetail", result.partner_detail),
        ("sendAt", result.send_at),
        ("smsOperator", result.sms_operator),
    ]
    told = " ".join([f"{name}:{value}" for name, value in words if value])
    count = result.sms_message_count
    if count and count != message.parts:
        told += f" smsMessageCount:{count} (counted {message.parts} here)"
    return told.strip()


# ---------------------------------------------------------------- Report

STATES: Final[Mapping[str, State]] = MappingProxyType(
    {"DELIVERED": State.DELIVERED, "FAIL": State.UNDELIVERED, "TIMEOUT": State.EXPIRED}
)
"""The final states of a report; every other word is none (document: Final States DELIVERED, FAIL, TIMEOUT)."""


class Verdicts(msgspec.Struct, frozen=True, gc=False):
    """What a Report came to: the final ones by their place among the ids that were asked for, and what was odd."""

    final: tuple[tuple[int, Result], ...]
    oddities: tuple[Oddity, ...]


def verdicts(ids: Sequence[str], response: Response) -> Verdicts:
    """By id where the plug-in gives them, else by order; what is not sure to be final is not."""
    results = response.results
    places: list[tuple[int, Result]] = []
    oddities: list[Oddity] = []
    if any(result.partner_message_id for result in results):
        wanted = {given: place for place, given in enumerate(ids)}
        for result in results:
            place = wanted.get(result.partner_message_id)
            if place is None:
                oddities.append(Oddity.STRANGER)
            else:
                places.append((place, result))
    elif len(results) == len(ids):
        places = list(enumerate(results))
    elif results or ids:
        oddities.append(Oddity.COUNT)
    return _final(places, oddities)


def places_in_packet(places: Sequence[int], response: Response) -> Verdicts:
    """The results of a packet that was asked for as a whole, for the places in it that are waited for."""
    rows = response.results
    found = [(at, rows[place]) for at, place in enumerate(places) if place < len(rows)]
    return _final(found, [Oddity.COUNT] * (len(found) < len(places)))


def _final(places: Sequence[tuple[int, Result]], oddities: list[Oddity]) -> Verdicts:
    final = []
    for place, result in places:
        if result.api_status in STATES:
            final.append((place, result))
        elif result.api_status == "OK":
            oddities.append(Oddity.OK_IN_REPORT)
        elif result.api_status != "WAITING":
            oddities.append(Oddity.STATUS)
    return Verdicts(tuple(final), tuple(oddities))


def raw(part_id: str, result: Result, packet: str = "") -> str:
    """A final report as a line for the timeline: all that it said, by the document's names."""
    return (
        f"id:{part_id} apiStatus:{result.api_status} partnerStatus:{result.partner_status}"
        f" partnerDetail:{result.partner_detail} sendAt:{result.send_at} smsOperator:{result.sms_operator}"
        f" smsMessageCount:{result.sms_message_count}" + (f" partnerPacketId:{packet}" if packet else "")
    )
