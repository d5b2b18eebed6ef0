"""The dynamic part of answers: messages, MOs, PINs; and the answers to refusals. Pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from chappe.dialects.messangi import xml
from chappe.dialects.messangi.statuses import ANSWERS, COMPLETED, ERROR, FAULT, OK, STATE_WORDS, described
from chappe.domain.mo_query import LoggedMo
from chappe.domain.refusal import Refusal
from chappe.domain.state import State
from chappe.protocols.http.messages import HttpResponse
from chappe.text.encodings import Charset, decode_text

ENCODING = "UTF-8"


class Shown(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A message as answers show it: the element is the same whatever method asks."""

    message_id: str
    carrier: str
    source: str
    to: str
    text: str
    state: State
    at_ms: int
    zone: ZoneInfo
    client: str


def done(method: str, *result: xml.Element) -> HttpResponse:
    """The answer to what was done."""
    return xml.answer(200, method, OK, COMPLETED, result)


def failed(method: str, description: str, http_status: int = 200) -> HttpResponse:
    """The answer to what was not."""
    return xml.answer(http_status, method, ERROR, description)


def refused(method: str, refusal: Refusal) -> HttpResponse:
    """The answer to a refusal; a status that an operator's rule asks for goes first."""
    http_status, word, text = ANSWERS[refusal.reason]
    return xml.answer(refusal.http_status or http_status, method, word, text(refusal))


def fault(method: str) -> HttpResponse:
    """The answer to a fault of ours."""
    return failed(method, FAULT, 500)


def message_element(shown: Shown) -> xml.Element:
    """`<message>` of sendSMS."""
    return ("message", (("id", shown.message_id), ("carrier", shown.carrier), *_rest(shown)))


def looked_up_element(shown: Shown) -> xml.Element:
    """`<message>` of getMessage: what kinds other than SMS have is empty."""
    head: tuple[xml.Element, ...] = (
        ("blastId", ""),
        ("id", shown.message_id),
        ("type", "SMS"),
        ("carrier", shown.carrier),
    )
    return ("message", (*head, *_rest(shown)))


def _rest(shown: Shown) -> tuple[xml.Element, ...]:
    word = STATE_WORDS[shown.state]
    return (
        ("from", shown.source),
        ("to", shown.to),
        ("text", shown.text),
        ("status", word),
        ("statusDescription", described(word)),
        ("encoding", ENCODING),
        ("date", iso_date(shown.at_ms, shown.zone)),
        ("timezone", str(shown.zone)),
        ("clientId", shown.client),
    )


def mo_element(logged: LoggedMo, carrier: str, zone: ZoneInfo, *, iso: bool) -> xml.Element:
    """`<MOMessage>`: `from` is the subscriber, as in the sample; its table has the two the other way round."""
    mo = logged.mo
    write = iso_date if iso else plain_date
    return (
        "MOMessage",
        (
            ("text", _mo_text(logged)),
            ("from", mo.source.value),
            ("to", mo.destination.value),
            ("encoding", ENCODING),
            ("keyword", logged.keyword),
            ("carrier", carrier),
            ("sendDate", write(mo.received_ms, zone)),
        ),
    )


def _mo_text(logged: LoggedMo) -> str:
    mo = logged.mo
    if mo.text is not None:
        return mo.text
    read = decode_text(mo.octets, Charset(mo.charset))
    return read.text if read is not None else mo.octets.decode("latin-1")


def iso_date(unix_ms: int, zone: ZoneInfo) -> str:
    """`2013-09-17T10:13:59.176-04:30`: Joda's `yyyy-MM-dd'T'HH:mm:ss.SSSZZ`."""
    return _at(unix_ms, zone).isoformat(timespec="milliseconds")


def plain_date(unix_ms: int, zone: ZoneInfo) -> str:
    """`2014-10-13 10:30:51.922`: what a server of the vendor printed where the table promises the other form."""
    return _at(unix_ms, zone).replace(tzinfo=None).isoformat(" ", timespec="milliseconds")


def _at(unix_ms: int, zone: ZoneInfo) -> datetime:
    # Whole milliseconds, which a division by a thousand would not always give.
    moment = datetime.fromtimestamp(unix_ms // 1_000, zone)
    return moment.replace(microsecond=unix_ms % 1_000 * 1_000)
