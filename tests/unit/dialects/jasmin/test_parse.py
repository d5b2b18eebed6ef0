"""Requests to asks: what each argument becomes in a submission, and which rights the request leans on."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from chappe.dialect_kit.contract import (
    BadRequest,
    BalanceAsk,
    Credentials,
    EstimateAsk,
    SubmitAsk,
)
from chappe.dialects.jasmin.parse import parse_balance, parse_ping, parse_rate, parse_send, submission_of
from chappe.domain.address import Address
from chappe.domain.refusal import Right
from chappe.domain.report import FINALS, NO_REPORT, ReportOn, ReportWish, Way
from chappe.domain.submission import Submission
from chappe.protocols.http.messages import HttpRequest, HttpResponse

NOW = 1_790_000_000_250
HOUR = 3_600_000
LEAST = {"to": "31612345678", "username": "u", "password": "p"}
URL = "http://client.example/dlr"


def request(**arguments: Any) -> HttpRequest:
    named = {name.replace("_", "-") if name != "custom_tlvs" else name: arguments[name] for name in arguments}
    query = urlencode({"from" if name == "source" else name: named[name] for name in named})
    return HttpRequest("GET", "/send", query.encode(), (), b"", "192.0.2.1", NOW)


def sent(**arguments: Any) -> Submission:
    """The submission of a request with these beside what must be there."""
    given = dict(arguments) if "hex_content" in arguments else {"content": "hello", **arguments}
    (submission,) = parse_send(request(**LEAST, **given)).submissions
    return submission


def refusal(**arguments: Any) -> str:
    with pytest.raises(BadRequest) as caught:
        parse_send(request(**LEAST, **arguments))
    assert (caught.value.response.status, caught.value.response.content_type) == (400, "text/plain")
    return caught.value.response.body.decode()


def test_the_least() -> None:
    assert parse_send(request(**LEAST, content="hello")) == SubmitAsk(
        Credentials("u", "p"),
        (Submission(destination=Address("31612345678", 1, 1), text="hello", data_coding=0),),
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("31612345678", "31612345678"),
        ("+31612345678", "31612345678"),
        ("0031612345678", "31612345678"),
        ("1", "1"),
        ("0", "0"),
        ("1" * 20, "1" * 20),
    ],
)
def test_a_destination_is_brought_to_its_normal_form(written: str, meant: str) -> None:
    given = {**LEAST, "to": written, "content": "x"}
    (submission,) = parse_send(request(**given)).submissions
    assert submission.destination == Address(meant, 1, 1)


@pytest.mark.parametrize("parse", [parse_send, parse_rate])
def test_a_prefix_without_a_number_is_the_clients_fault(parse: Any) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(request(**{**LEAST, "to": "00"}, content="x"))
    assert b"Argument [to] has an invalid value: [00]." in caught.value.response.body


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", None),
        ("Fred", Address("Fred", 5, 0)),
        ("Eleven char", Address("Eleven char", 5, 0)),
        ("31602030501", Address("31602030501", 1, 1)),
        ("+31602030501", Address("31602030501", 1, 1)),
        ("4466", Address("4466", 3, 1)),
        ("1" * 20, Address("1" * 20, 1, 1)),
    ],
)
def test_senders(written: str, meant: Address | None) -> None:
    submission = sent(source=written)
    assert submission.source == meant
    assert submission.asks == ((Right.SOURCE_ADDRESS,) if meant else ())


@pytest.mark.parametrize("written", ["Twelve chars", "1" * 21, "é", "a\nb", "a\0", " 31" * 5, "31612345678a"])
def test_a_sender_that_no_network_takes_is_refused_at_once(written: str) -> None:
    shown = "".join(each for each in written if each.isprintable())
    assert refusal(content="x", source=written) == f'Error "Argument [from] has an invalid value: [{shown}]."'


def test_octets_are_kept_as_they_are() -> None:
    submission = sent(hex_content="D83edd23", coding="8")
    assert (submission.text, submission.octets, submission.data_coding) == (None, b"\xd8\x3e\xdd\x23", 8)
    assert submission.asks == (Right.BINARY,)
    assert sent(hex_content="").octets == b""


def test_one_of_content_and_octets() -> None:
    assert refusal() == 'Error "content or hex-content not present."'
    both = 'Error "content and hex-content cannot be used both in same request."'
    assert refusal(content="", hex_content="") == both
    assert refusal(hex_content="0ab") == "Error \"Invalid hex-content data: '0ab'\""
    assert refusal(hex_content="a" * 401) == f"Error \"Invalid hex-content data: '{'a' * 200}'\""


@pytest.mark.parametrize(
    ("sdt", "due_ms"),
    [
        ("000000010000000R", NOW + HOUR),
        ("000001000000000R", NOW + 24 * HOUR),
        ("000000000000000R", NOW),
        # 2026-09-21T14:13:20Z is NOW without its fraction.
        ("260921151320000+", NOW - 250 + HOUR),
        ("260921171320008+", NOW - 250 + HOUR),
        ("260921131320008-", NOW - 250 + HOUR),
        ("200101000000000+", 1_577_836_800_000),
    ],
)
def test_schedules(sdt: str, due_ms: int) -> None:
    submission = sent(sdt=sdt)
    assert submission.due_ms == due_ms
    assert submission.asks == (Right.SCHEDULE,)


@pytest.mark.parametrize(
    "sdt", ["000000000000000+", "261301000000000+", "260230000000000+", "260101000000049+"]
)
def test_a_schedule_that_is_no_moment(sdt: str) -> None:
    assert refusal(content="x", sdt=sdt) == f'Error "Argument [sdt] has an invalid value: [{sdt}]."'


@pytest.mark.parametrize(
    ("given", "expires_ms"),
    [
        ({}, NOW + 600_000),
        ({"sdt": "000000010000000R"}, NOW + HOUR + 600_000),
        # What is due already goes at once: its time runs from now.
        ({"sdt": "200101000000000+"}, NOW + 600_000),
    ],
)
def test_a_validity_runs_from_when_the_message_may_go(given: dict[str, str], expires_ms: int) -> None:
    submission = sent(validity_period="10", **given)
    assert submission.expires_ms == expires_ms
    assert Right.VALIDITY in submission.asks


def test_a_validity_of_nothing_is_refused_whatever_the_clock_does_meanwhile() -> None:
    told = 'Error "Argument [validity-period] has an invalid value: [0]."'
    assert refusal(content="x", validity_period="0") == told
    rate = request(**LEAST, content="x", validity_period="0")
    with pytest.raises(BadRequest) as caught:
        parse_rate(rate)
    assert caught.value.response.body == json.dumps(told.removeprefix('Error "').removesuffix('"')).encode()


def test_priority_coding_tags_and_tlvs() -> None:
    submission = sent(priority="3", coding="14", tags=",a,,b-1,", custom_tlvs='{"0x1401:Int1": 1}')
    assert (submission.priority, submission.data_coding) == (3, 14)
    assert submission.tags == ("a", "b-1")
    assert submission.tlvs == ((0x1401, b"\1"),)
    assert submission.asks == (Right.PRIORITY,)
    plain = sent(priority="0", tags="", custom_tlvs="")
    assert (plain.priority, plain.tags, plain.tlvs, plain.asks) == (0, (), (), ())


def test_bad_tlvs_say_why() -> None:
    told = 'Error "Argument [custom_tlvs] has an invalid value: [not JSON]."'
    assert refusal(content="x", custom_tlvs="{") == told


def webhook(events: ReportOn, method: str = "POST", url: str = URL) -> ReportWish:
    return ReportWish(Way.WEBHOOK, events, "jasmin", url, method)


LEVEL = (Right.RECEIPT_LEVEL,)
METHOD = (Right.RECEIPT_LEVEL, Right.RECEIPT_METHOD)


@pytest.mark.parametrize(
    ("given", "wish", "asks"),
    [
        ({}, NO_REPORT, ()),
        ({"dlr": "no"}, NO_REPORT, ()),
        ({"dlr_method": "get"}, NO_REPORT, ()),
        ({"dlr": "no", "dlr_url": URL, "dlr_level": "3", "dlr_method": "get"}, NO_REPORT, ()),
        ({"dlr_url": URL}, webhook(ReportOn.SMSC), LEVEL),
        ({"dlr": "yes", "dlr_url": URL}, webhook(ReportOn.SMSC), LEVEL),
        ({"dlr_url": URL, "dlr_level": "1"}, webhook(ReportOn.SMSC), LEVEL),
        ({"dlr_url": URL, "dlr_level": "2"}, webhook(FINALS), LEVEL),
        ({"dlr_url": URL, "dlr_level": "3"}, webhook(ReportOn.SMSC | FINALS), LEVEL),
        ({"dlr_url": URL, "dlr_method": "GeT"}, webhook(ReportOn.SMSC, "GET"), METHOD),
        ({"dlr_url": URL, "dlr_method": "post"}, webhook(ReportOn.SMSC, "POST"), METHOD),
        ({"dlr": "yes"}, ReportWish(Way.NONE, ReportOn.SMSC, "jasmin", "", "POST"), LEVEL),
        ({"dlr_level": "2"}, ReportWish(Way.NONE, FINALS, "jasmin", "", "POST"), LEVEL),
    ],
)  # fmt: skip
def test_who_is_told_of_what(given: dict[str, str], wish: ReportWish, asks: tuple[Right, ...]) -> None:
    submission = sent(**given)
    assert submission.report == wish
    assert submission.asks == asks


def test_a_rate_is_asked_without_content_too() -> None:
    ask = parse_rate(request(**LEAST))
    assert ask == EstimateAsk(
        Credentials("u", "p"),
        Submission(destination=Address("31612345678", 1, 1), text="", data_coding=0),
    )
    assert parse_rate(request(**LEAST, hex_content="00")).submission.octets == b"\0"


def test_a_rates_sender_reaches_the_router() -> None:
    assert parse_rate(request(**LEAST, source="Fred")).submission.source == Address("Fred", 5, 0)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"source": "Twelve chars"}, "Argument [from] has an invalid value: [Twelve chars]."),
        ({"hex_content": "0ab"}, "Invalid hex-content data: '0ab'"),
        ({"content": "", "hex_content": ""}, "content and hex-content cannot be used both in same request."),
        ({"coding": "11"}, "Argument [coding] has an invalid value: [11]."),
        ({"foo": "1"}, "Argument [foo] is unknown."),
    ],
)
def test_a_rates_faults_are_json_strings(given: dict[str, str], text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_rate(request(**LEAST, **given))
    assert caught.value.response == HttpResponse(400, json.dumps(text).encode(), "application/json")


@pytest.mark.parametrize("parse", [parse_rate, parse_balance])
def test_octets_that_are_no_arguments_are_refused_in_json_too(parse: Any) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(HttpRequest("GET", "/", b"to=%ff", (), b"", "192.0.2.1", NOW))
    told = b'"Argument encoding: an argument is not UTF-8"'
    assert caught.value.response == HttpResponse(400, told, "application/json")
    with pytest.raises(BadRequest) as caught:
        parse(HttpRequest("GET", "/", b"", (), b"", "192.0.2.1", NOW))
    assert caught.value.response.content_type == "application/json"


def test_a_balance_takes_a_login_and_nothing_else() -> None:
    assert parse_balance(request(username="u", password="p")) == BalanceAsk(Credentials("u", "p"))
    with pytest.raises(BadRequest) as caught:
        parse_balance(request(**LEAST))
    assert caught.value.response.body == b'"Argument [to] is unknown."'


def test_a_ping_asks_nothing() -> None:
    assert parse_ping(request(foo="1")).response == HttpResponse(200, b"Jasmin/PONG", "text/html")


def test_checked_arguments_are_a_submission_without_a_request() -> None:
    assert submission_of({"to": "1", "content": "x"}, NOW) == Submission(
        destination=Address("1", 1, 1), text="x", data_coding=0
    )
