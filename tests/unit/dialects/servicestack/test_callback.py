"""Notices in this service's names."""

from __future__ import annotations

import json

import pytest

from chappe.dialects.servicestack.callback import ServiceStackWriter
from chappe.domain.address import Address
from chappe.domain.ids import IdRenderer
from chappe.domain.report import IncomingNotice, ReportOn
from chappe.domain.state import State
from making import NOW, message, notice, webhook

RENDERER = IdRenderer(b"k" * 32)
WRITER = ServiceStackWriter(RENDERER)


def test_a_state() -> None:
    of = message(report=webhook())
    call = WRITER.write(notice(of, ReportOn.FAILURE, state=State.UNDELIVERED, error="005"))
    assert (call.method, call.url) == ("POST", "http://client.example/dlr")
    assert json.loads(call.body) == {
        "apiMessageId": RENDERER.uuid(of.id),
        "to": "31612345678",
        "status": "Undelivered",
        "error": "005",
    }


@pytest.mark.parametrize(
    ("text", "more"), [("hé", {"content": "hé"}), (None, {"binary": "00ff", "coding": 4})]
)
def test_an_mo(text: str | None, more: dict[str, object]) -> None:
    octets = b"\x00\xff"
    mo = IncomingNotice(
        7, "acme", webhook(), Address("31600000000"), Address("1234"), "op", text, octets, 4, NOW
    )
    assert json.loads(WRITER.write(mo).body) == {
        "apiMessageId": RENDERER.uuid(7),
        "from": "31600000000",
        "to": "1234",
        **more,
    }


@pytest.mark.parametrize(
    ("status", "taken"), [(200, True), (204, True), (302, False), (404, False), (500, False)]
)
def test_any_success_is_a_yes(status: int, taken: bool) -> None:
    assert WRITER.taken(status, b"") is taken
