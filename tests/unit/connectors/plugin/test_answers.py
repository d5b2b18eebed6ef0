"""SmsResponse read as its .NET readers do, and what it says of each message: never an end by guess."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.connectors.plugin.answers import (
    Oddity,
    Response,
    Result,
    Unreadable,
    judge,
    places_in_packet,
    raw,
    read,
    verdicts,
)
from chappe.connectors.plugin.settings import decode
from chappe.domain.retry import Outcome
from chappe.ports.connector import Outgoing
from making import message

SETTINGS = decode({"plugin": "mine"})


def response(*results: dict[str, Any], **more: Any) -> Response:
    return read(json.dumps({"results": results, **more}))


def outcomes(
    *results: dict[str, Any], count: int = 1, **more: Any
) -> tuple[list[Outcome], tuple[Oddity, ...]]:
    judged = judge([Outgoing(message(), 1) for _ in range(count)], response(*results, **more), SETTINGS)
    return [one.outcome for one in judged.outcomes], judged.oddities


@pytest.mark.row("000-043", "000-044")
@pytest.mark.parametrize(
    "text",
    [
        '{"results":[{"apiStatus":"OK"}]}',
        '{"partnerPacketId":null,"results":[{"apiStatus":"ok","partnerMessageId":null,"sendAt":null,"smsMessageCount":null}]}',
        '{"RESULTS":[{"APISTATUS":" OK "}]}',
        '{"PartnerPacketId":"","Results":[{"ApiStatus":"OK","more":{"deep":[1]}}],"more":1}',
    ],
)
def test_what_is_not_there_or_null_is_empty_and_names_are_read_in_any_case(text: str) -> None:
    assert read(text) == Response("", (Result(api_status="OK"),))


@pytest.mark.parametrize("text", ["{}", '{"results":null}', '{"results":[]}', '{"partnerPacketId":"p"}'])
def test_an_answer_without_results_is_read(text: str) -> None:
    assert read(text).results == ()


def test_numbers_may_be_texts_and_texts_numbers() -> None:
    (result,) = read('{"results":[{"partnerMessageId":77,"apiStatus":"OK","smsMessageCount":"3"}]}').results
    assert (result.partner_message_id, result.sms_message_count) == ("77", 3)
    (result,) = read('{"results":[{"apiStatus":"OK","smsMessageCount":"many"}]}').results
    assert result.sms_message_count == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"OK"',
        "{not json",
        '{"results":3}',
        '{"results":[3]}',
        '{"results":"abc"}',
        "[" * 9_999,
    ],
)
def test_what_is_no_answer(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["results", "apiStatus", "x"]), inner)
        ),
    )
)
def test_any_json_is_read_or_refused(value: Any) -> None:
    with contextlib.suppress(Unreadable):
        read(json.dumps(value))


@pytest.mark.row("000-017", "000-021", "000-022")
def test_ok_is_sent_and_fail_is_an_end() -> None:
    ok, failed = (
        {"apiStatus": "OK", "partnerMessageId": "a"},
        {"apiStatus": "FAIL", "partnerStatus": "BLOCKED"},
    )
    assert outcomes(ok, failed, count=2) == ([Outcome.SENT, Outcome.REFUSED], ())


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("THROTTLED", Outcome.THROTTLED),
        ("throttled", Outcome.THROTTLED),
        ("ESME_RMSGQFUL", Outcome.THROTTLED),
        ("RETRY", Outcome.DEFERRED),
        ("", Outcome.REFUSED),
    ],
)
def test_words_of_the_operator_make_a_failure_a_pause(status: str, outcome: Outcome) -> None:
    assert outcomes({"apiStatus": "FAIL", "partnerStatus": status}) == ([outcome], ())


def test_an_smpp_status_is_told_as_one() -> None:
    batch = [Outgoing(message(), 1)]
    judged = judge(batch, response({"apiStatus": "FAIL", "partnerStatus": "ESME_RINVDSTADR"}), SETTINGS)
    assert (judged.outcomes[0].command_status, judged.outcomes[0].error) == (11, "ESME_RINVDSTADR")
    assert judged.outcomes[0].detail


@pytest.mark.row("000-017")
@pytest.mark.parametrize("given", [0, 1, 3])
def test_as_many_results_as_messages_or_nobody_knows(given: int) -> None:
    found, oddities = outcomes(*[{"apiStatus": "OK", "partnerMessageId": "a"}] * given, count=2)
    assert (found, oddities) == ([Outcome.UNCLEAR] * 2, (Oddity.COUNT,))


@pytest.mark.row("000-023")
@pytest.mark.parametrize("state", ["", "MAYBE", "DELIVERED", "WAITING"])
def test_another_word_is_no_outcome(state: str) -> None:
    assert outcomes({"apiStatus": state, "partnerMessageId": "a"}) == ([Outcome.UNCLEAR], (Oddity.STATUS,))


@pytest.mark.row("000-018", "000-041")
def test_ids_of_messages_and_packets() -> None:
    batch = [Outgoing(message(), 1), Outgoing(message(), 1)]
    one, two = judge(
        batch,
        response({"apiStatus": "OK", "partnerMessageId": "a"}, {"apiStatus": "OK"}, partnerPacketId="P"),
        SETTINGS,
    ).outcomes
    assert (one.sent[0].smsc_id, one.sent[0].packet) == ("a", "P")
    assert (two.sent[0].smsc_id, two.sent[0].packet) == ("P#1", "P")
    judged = judge(batch[:1], response({"apiStatus": "OK"}), SETTINGS)
    assert (judged.outcomes[0].sent[0].smsc_id, judged.oddities) == ("", (Oddity.NO_ID,))
    judged = judge(batch[:1], response({"apiStatus": "OK", "partnerMessageId": "x" * 256}), SETTINGS)
    assert judged.outcomes[0].sent[0].smsc_id == ""


@pytest.mark.row("000-046")
def test_another_count_of_parts_is_said() -> None:
    batch = [Outgoing(message(parts=2), 1)]
    judged = judge(
        batch, response({"apiStatus": "OK", "partnerMessageId": "a", "smsMessageCount": 3}), SETTINGS
    )
    assert judged.oddities == (Oddity.PARTS,)
    assert judged.outcomes[0].detail == "smsMessageCount:3 (counted 2 here)"
    judged = judge(
        batch, response({"apiStatus": "OK", "partnerMessageId": "a", "smsMessageCount": 2}), SETTINGS
    )
    assert (judged.oddities, judged.outcomes[0].detail) == ((), "")


def finals(ids: list[str], *results: dict[str, Any]) -> tuple[list[tuple[int, str]], tuple[Oddity, ...]]:
    found = verdicts(ids, response(*results))
    return [(place, result.api_status) for place, result in found.final], found.oddities


def state(word: str, made: str = "") -> dict[str, str]:
    return {"apiStatus": word, "partnerMessageId": made}


@pytest.mark.row("000-032", "000-027", "000-028", "000-029", "000-030")
def test_reports_are_matched_by_id_and_else_by_order() -> None:
    by_id = finals(["a", "b", "c"], state("TIMEOUT", "c"), state("DELIVERED", "a"), state("WAITING", "b"))
    assert by_id == ([(2, "TIMEOUT"), (0, "DELIVERED")], ())
    by_order = finals(["a", "b", "c"], state("FAIL"), state("WAITING"), state("DELIVERED"))
    assert by_order == ([(0, "FAIL"), (2, "DELIVERED")], ())


@pytest.mark.row("000-031")
def test_ok_in_a_report_is_waiting_and_counted() -> None:
    assert finals(["a", "b"], state("OK", "a"), state("FAIL", "b")) == ([(1, "FAIL")], (Oddity.OK_IN_REPORT,))


@pytest.mark.parametrize(
    ("results", "oddity"),
    [
        ([state("DELIVERED")], Oddity.COUNT),
        ([state("DELIVERED")] * 3, Oddity.COUNT),
        ([], Oddity.COUNT),
        ([state("DELIVERED", "z"), state("WAITING", "a")], Oddity.STRANGER),
        ([state("SENT", "a"), state("WAITING", "b")], Oddity.STATUS),
    ],
)
def test_what_is_not_sure_is_no_end(results: list[dict[str, str]], oddity: Oddity) -> None:
    assert finals(["a", "b"], *results) == ([], (oddity,))


@pytest.mark.row("000-042")
def test_a_whole_packet_is_read_by_place() -> None:
    found = places_in_packet([2, 0, 5], response(state("DELIVERED"), state("FAIL"), state("TIMEOUT")))
    assert [(at, result.api_status) for at, result in found.final] == [(0, "TIMEOUT"), (1, "DELIVERED")]
    assert found.oddities == (Oddity.COUNT,)


@pytest.mark.row("000-025", "000-026", "000-045")
def test_a_final_report_is_kept_as_it_was_said() -> None:
    (result,) = response(
        {
            "apiStatus": "FAIL",
            "partnerStatus": "s",
            "partnerDetail": "d d",
            "sendAt": "202603141200",
            "smsOperator": "T",
            "smsMessageCount": 2,
        }
    ).results
    assert raw("a", result, "P") == (
        "id:a apiStatus:FAIL partnerStatus:s partnerDetail:d d sendAt:202603141200 smsOperator:T smsMessageCount:2"
        " partnerPacketId:P"
    )
