"""The values of single parameters of a callback; whole callbacks stand in tests/dialects/jasmin/test_callback.py."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.jasmin.callback import JasminWriter
from chappe.domain.address import Address
from chappe.domain.ids import IdRenderer
from chappe.domain.report import IncomingNotice, ReportOn, ReportWish, Way
from chappe.domain.state import State
from chappe.ports.carrier import HttpCall
from making import NOW, message, notice

WRITER = JasminWriter(IdRenderer(b"k" * 32))
URL = "http://client.example/dlr"


def call(event: ReportOn, state: State, *, method: str = "POST", url: str = URL, **given_: Any) -> HttpCall:
    of = message(id=7 << 40, report=ReportWish(Way.WEBHOOK, event, "jasmin", url, method))
    return WRITER.write(notice(of, event, state=state, **given_))


def told(event: ReportOn, state: State, **given_: Any) -> dict[str, str]:
    return dict(parse_qsl(call(event, state, **given_).body.decode(), keep_blank_values=True))


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (0x08, "ESME_RSYSERR"),
        (0x14, "ESME_RMSGQFUL"),
        (0x45, "ESME_RSUBMITFAIL"),
        (0, "ESME_RDELIVERYFAILURE"),
        (0x400, "ESME_0x00000400"),
    ],
)
@pytest.mark.parametrize("state", [State.REJECTED, State.UNDELIVERED, State.EXPIRED, State.CANCELLED])
def test_level_1_of_what_no_smsc_took_names_its_last_answer(status: int, word: str, state: State) -> None:
    assert told(ReportOn.SMSC, state, command_status=status)["message_status"] == word


def test_level_1_of_what_was_taken_after_refusals_is_taken() -> None:
    assert told(ReportOn.SMSC, State.SENT, command_status=0x58)["message_status"] == "ESME_ROK"


@pytest.mark.parametrize(
    ("smsc_id", "written"),
    [("0a1b", "A1B"), ("000", ""), ("", ""), ("7", "7"), ("00ab-1", "AB-1"), ("ß", "SS")],
)
def test_the_smscs_id_is_in_capitals_and_without_leading_zeros(smsc_id: str, written: str) -> None:
    assert told(ReportOn.SUCCESS, State.DELIVERED, smsc_id=smsc_id)["id_smsc"] == written


def test_what_the_smsc_did_not_say_is_not_defined() -> None:
    found = told(ReportOn.SUCCESS, State.DELIVERED, smsc_id="1")
    assert [found[name] for name in ("sub", "dlvrd", "subdate", "donedate")] == ["ND"] * 4
    assert found["text"] == ""


def test_an_error_is_the_smscs_or_none() -> None:
    assert told(ReportOn.FAILURE, State.UNDELIVERED, smsc_id="1", error="034")["err"] == "034"
    assert told(ReportOn.FAILURE, State.EXPIRED, smsc_id="", error="ours")["err"] == "ND"


@pytest.mark.parametrize(
    ("word", "written"),
    [("ACCEPTD", "ACCEPTD"), ("ENROUTE", "ENROUTE"), ("BUFFRED", "ENROUTE"), ("", "ENROUTE")],
)
def test_a_state_on_the_way_that_clients_do_not_know_is_told_by_one_that_they_do(
    word: str, written: str
) -> None:
    found = told(ReportOn.INTERMEDIATE, State.SENT, word=word, smsc_id="1")
    assert (found["message_status"], found["level"]) == (written, "2")


@pytest.mark.parametrize("event", [ReportOn.FAILURE, ReportOn.SUCCESS])
@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("DELETED", "DELETED"),
        ("UNDELIV", "UNDELIV"),
        ("FAILED", "UNDELIV"),
        ("", "UNDELIV"),
        ("DELIVRD", "UNDELIV"),
    ],
)
def test_what_the_network_deleted_is_told_so(event: ReportOn, word: str, written: str) -> None:
    assert told(event, State.UNDELIVERED, word=word)["message_status"] == written
    assert told(event, State.EXPIRED, word=word)["message_status"] == "EXPIRED"


@pytest.mark.parametrize(
    ("url", "begins"),
    [
        ("http://c.example", "http://c.example?id="),
        ("http://c.example/a", "http://c.example/a?id="),
        ("http://c.example/a?b", "http://c.example/a?b&id="),
        ("http://c.example/a?b=1&id=2", "http://c.example/a?b=1&id=2&id="),
        ("http://c.example/a?", "http://c.example/a?&id="),
        ("http://c.example/a#b", "http://c.example/a?id="),
        ("http://c.example/a?b=1#c?d", "http://c.example/a?b=1&id="),
    ],
)
def test_a_get_keeps_what_the_url_has(url: str, begins: str) -> None:
    written = call(ReportOn.SMSC, State.SENT, method="GET", url=url)
    assert written.url.startswith(begins)
    assert written.body == b""


@given(st.text(), st.text(), st.sampled_from(["GET", "POST"]))
def test_any_text_comes_through_a_form(text: str, error: str, method: str) -> None:
    if any(0xD800 <= ord(each) <= 0xDFFF for each in text + error):
        return
    written = call(ReportOn.SUCCESS, State.DELIVERED, method=method, text=text, error=error, smsc_id="1")
    form = urlsplit(written.url).query if method == "GET" else written.body.decode()
    found = dict(parse_qsl(form, keep_blank_values=True, encoding="utf-8"))
    assert (found["text"], found["err"]) == (text, error or "")


def mo_call(**given_: Any) -> HttpCall:
    fields: dict[str, Any] = {"text": "hi", "octets": b"hi", "data_coding": 0, "received_ms": NOW, **given_}
    wish = ReportWish(Way.WEBHOOK, ReportOn.NOTHING, "jasmin", URL, "POST")
    return WRITER.write(
        IncomingNotice(7, "acme", wish, Address("31612345678"), Address("4466"), "op", **fields)
    )


def mo(**given_: Any) -> dict[str, str]:
    return dict(parse_qsl(mo_call(**given_).body.decode(), keep_blank_values=True))


def test_an_mo_is_a_form_of_its_own_agent() -> None:
    assert mo_call().headers == (
        ("User-Agent", "Jasmin gateway/1.0 deliverSmHttpThrower"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Accept", "text/plain"),
    )


def test_an_mo_tells_priority_and_validity_where_there_are_any() -> None:
    assert not mo().keys() & {"priority", "validity"}
    found = mo(priority=2, validity="000000010000000R")
    assert (found["priority"], found["validity"]) == ("2", "000000010000000R")


def test_an_mo_has_its_coding_as_a_number_and_its_octets_beside_its_text() -> None:
    found = mo(text="é", octets=b"\x00\xe9", data_coding=8)
    assert (found["content"], found["binary"], found["coding"]) == ("é", "00e9", "8")
    assert mo(text="", octets=b"")["content"] == ""


@pytest.mark.parametrize("status", [200, 202, 204, 302, 399])
def test_below_400_the_body_decides(status: int) -> None:
    assert WRITER.taken(status, b"\n ACK/Jasmin \n")
    assert not WRITER.taken(status, b"ACK/Jasmin!")
    assert not WRITER.taken(status, b"<html>ACK/Jasmin</html>")


@pytest.mark.parametrize("status", [400, 404, 410, 503])
def test_from_400_on_no_body_acknowledges(status: int) -> None:
    assert not WRITER.taken(status, b"ACK/Jasmin")
