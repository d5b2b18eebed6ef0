"""The callbacks of this dialect, octet for octet."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from chappe.dialects.jasmin.callback import JasminWriter
from chappe.domain.address import Address
from chappe.domain.ids import IdRenderer
from chappe.domain.report import IncomingNotice, ReportOn, ReportWish, StatusNotice, Way
from chappe.domain.state import State
from making import NOW, message, notice, webhook

RENDERER = IdRenderer(b"k" * 32)
WRITER = JasminWriter(RENDERER)
DLR_HEADERS = (
    ("User-Agent", "Jasmin gateway/1.0 DLRThrower"),
    ("Content-Type", "application/x-www-form-urlencoded"),
    ("Accept", "text/plain"),
)


def status(
    event: ReportOn, state: State, method: str = "POST", url: str = "http://c.example/dlr", **given: object
) -> StatusNotice:
    of = message(id=7 << 40, report=ReportWish(Way.WEBHOOK, int(event), "jasmin", url, method))
    return notice(of, event, state=state, **given)


def test_level_1() -> None:
    call = WRITER.write(status(ReportOn.SMSC, State.SENT, connector="op", smsc_id="0A"))
    assert (call.method, call.url, call.headers) == ("POST", "http://c.example/dlr", DLR_HEADERS)
    assert parse_qsl(call.body.decode()) == [
        ("id", RENDERER.uuid(7 << 40)),
        ("level", "1"),
        ("message_status", "ESME_ROK"),
        ("connector", "op"),
    ]


@pytest.mark.parametrize(
    ("state", "command_status", "word"),
    [
        (State.REJECTED, 0x0B, "ESME_RINVDSTADR"),
        (State.REJECTED, 0x58, "ESME_RTHROTTLED"),
        (State.EXPIRED, 0, "ESME_RDELIVERYFAILURE"),
    ],
)
def test_level_1_of_a_message_that_no_smsc_took(state: State, command_status: int, word: str) -> None:
    call = WRITER.write(status(ReportOn.SMSC, state, command_status=command_status))
    assert dict(parse_qsl(call.body.decode()))["message_status"] == word


def test_level_2_by_get_keeps_the_urls_own_query() -> None:
    call = WRITER.write(
        status(
            ReportOn.SUCCESS,
            State.DELIVERED,
            "GET",
            "http://c.example/dlr?tok=1",
            connector="op",
            smsc_id="00ab-1",
            sub="001",
            dlvrd="001",
            submit_date="2603141509",
            done_date="2603141512",
            error="000",
            text="Hello Ann & co",
        )
    )
    assert call.method == "GET"
    assert call.body == b""
    assert call.url == (
        f"http://c.example/dlr?tok=1&id={RENDERER.uuid(7 << 40)}&level=2&message_status=DELIVRD&connector=op"
        "&id_smsc=AB-1&sub=001&dlvrd=001&subdate=2603141509&donedate=2603141512&err=000&text=Hello+Ann+%26+co"
    )


def test_level_2_by_get_without_a_query() -> None:
    call = WRITER.write(status(ReportOn.SUCCESS, State.DELIVERED, "GET", "http://c.example/dlr"))
    assert call.url.startswith("http://c.example/dlr?id=")


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (State.DELIVERED, "DELIVRD"),
        (State.UNDELIVERED, "UNDELIV"),
        (State.EXPIRED, "EXPIRED"),
        (State.REJECTED, "REJECTD"),
        (State.CANCELLED, "DELETED"),
        (State.UNKNOWN, "UNKNOWN"),
    ],
)
def test_level_2_of_a_message_without_a_receipt_has_all_parameters(state: State, word: str) -> None:
    call = WRITER.write(status(ReportOn.FAILURE, state, connector="op", error="ESME_RSYSERR"))
    pairs = parse_qsl(call.body.decode(), keep_blank_values=True)
    assert [name for name, _ in pairs] == [
        "id",
        "level",
        "message_status",
        "connector",
        "id_smsc",
        "sub",
        "dlvrd",
        "subdate",
        "donedate",
        "err",
        "text",
    ]
    found = dict(pairs)
    assert (found["message_status"], found["sub"], found["dlvrd"], found["subdate"], found["err"]) == (
        word,
        "ND",
        "ND",
        "ND",
        "ND",
    )


def test_an_intermediate_state_is_told_by_its_word() -> None:
    call = WRITER.write(status(ReportOn.INTERMEDIATE, State.SENT, word="ACCEPTD", smsc_id="1"))
    assert dict(parse_qsl(call.body.decode()))["message_status"] == "ACCEPTD"


def test_an_mo() -> None:
    wish = webhook(target="http://c.example/mo")
    mo = IncomingNotice(
        7 << 40,
        "acme",
        wish,
        Address("31612345678"),
        Address("1234"),
        "op",
        "héllo",
        "héllo".encode("utf-16-be"),
        8,
        NOW,
    )
    call = WRITER.write(mo)
    assert dict(parse_qsl(call.body.decode())) == {
        "id": RENDERER.uuid(7 << 40),
        "from": "31612345678",
        "to": "1234",
        "origin-connector": "op",
        "content": "héllo",
        "binary": "00680 0e9006c006c006f".replace(" ", ""),
        "coding": "8",
    }
    assert dict(call.headers)["User-Agent"] == "Jasmin gateway/1.0 deliverSmHttpThrower"


def test_a_binary_mo_keeps_its_octets() -> None:
    mo = IncomingNotice(7, "acme", webhook(), Address("1"), Address("2"), "op", None, b"\x00\xff", 4, NOW)
    call = WRITER.write(mo)
    assert b"content=%00%FF&binary=00ff&coding=4" in call.body


@pytest.mark.parametrize(
    ("code", "body", "taken"),
    [
        (200, b"ACK/Jasmin", True),
        (204, b" ACK/Jasmin\r\n", True),
        (301, b"ACK/Jasmin", True),
        (200, b"", False),
        (200, b"OK", False),
        (200, b"ack/jasmin", False),
        (400, b"ACK/Jasmin", False),
        (500, b"ACK/Jasmin", False),
    ],
)
def test_what_acknowledges(code: int, body: bytes, taken: bool) -> None:
    assert WRITER.taken(code, body) is taken
