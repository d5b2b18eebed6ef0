"""Notices in the words of document 000, for routes that name this dialect."""

from __future__ import annotations

import msgspec
import pytest

from chappe.dialects.mmp.callback import MmpWriter
from chappe.domain.address import Address
from chappe.domain.ids import IdRenderer
from chappe.domain.report import IncomingNotice, ReportOn
from chappe.domain.state import State
from making import message, notice, webhook

RENDERER = IdRenderer(b"k" * 32)
WRITER = MmpWriter(RENDERER)
AT_MS = 1_790_000_000_000


@pytest.mark.row("000-045")
def test_a_state_is_an_answer_of_report() -> None:
    of = message(report=webhook(ReportOn.FAILURE))
    call = WRITER.write(
        notice(of, ReportOn.FAILURE, state=State.EXPIRED, connector="op", error="E", sent_ms=AT_MS, parts=2)
    )
    assert (call.method, call.url) == ("POST", "http://client.example/dlr")
    assert call.headers == (("Content-Type", "application/json; charset=utf-8"),)
    assert msgspec.json.decode(call.body) == {
        "partnerPacketId": "",
        "results": [
            {
                "partnerMessageId": RENDERER.uuid(of.id),
                "partnerStatus": "EXPIRED",
                "partnerDetail": "E",
                "apiStatus": "TIMEOUT",
                "sendAt": "202609211713",
                "smsOperator": "op",
                "smsMessageCount": 2,
            }
        ],
    }


@pytest.mark.parametrize("text", ["selam ş", None])
def test_an_mo_has_the_names_of_a_message(text: str | None) -> None:
    mo = IncomingNotice(
        7, "acme", webhook(), Address("905332141354"), Address("1234"), "op", text, b"\x00\xff", 4, AT_MS
    )
    assert msgspec.json.decode(WRITER.write(mo).body) == {
        "partnerMessageId": RENDERER.uuid(7),
        "mobileNumber": "905332141354",
        "text": text,
        "sender": "1234",
        "receivedAt": "202609211713",
        "data": "00ff",
    }


def test_any_success_takes_it() -> None:
    assert [WRITER.taken(status, b"") for status in (200, 202, 299, 300, 404, 500)] == [True] * 3 + [
        False
    ] * 3
