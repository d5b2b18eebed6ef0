"""Answers and faults in every format."""

from __future__ import annotations

import json

import pytest

from chappe.dialects.servicestack.datacontract import write_xml
from chappe.dialects.servicestack.dtos import ERROR_RESPONSE, RESPONSE, SEND, SIGN_IN
from chappe.dialects.servicestack.faults import Fault, FieldError
from chappe.dialects.servicestack.formats import Format
from chappe.dialects.servicestack.writing import Style, answer, answers, fault_answer, nothing

VALUES = {"messages": [{"apiMessageId": "a-1", "accepted": True, "to": "1"}], "error": None}
FAULT = Fault(400, "NotEmpty", 'no, "not" <it>', (FieldError("NotEmpty", "Messages", "m"),), (("k", "v"),))


@pytest.mark.row("003-016")
@pytest.mark.row("003-023")
@pytest.mark.row("003-028")
@pytest.mark.parametrize(
    ("style", "content_type", "body"),
    [
        (
            Style(),
            "application/json; charset=utf-8",
            '{"messages":[{"apiMessageId":"a-1","accepted":true,"to":"1"}]}',
        ),
        (Style(Format.JSV), "text/jsv", "{messages:[{apiMessageId:a-1,accepted:True,to:1}]}"),
        (
            Style(Format.JSV, "application/jsv"),
            "application/jsv",
            "{messages:[{apiMessageId:a-1,accepted:True,to:1}]}",
        ),
        (Style(Format.CSV), "text/csv", "apiMessageId,accepted,to,error,msg\r\na-1,True,1,,\r\n"),
        (Style(Format.XML), "application/xml", write_xml(RESPONSE, VALUES).decode()),
    ],
)
def test_answers(style: Style, content_type: str, body: str) -> None:
    response = answer(SEND, VALUES, style)
    assert (response.status, response.content_type, response.body.decode()) == (200, content_type, body)
    assert dict(response.headers)["Vary"] == "Accept"


def test_a_page_may_do_nothing() -> None:
    response = answer(SEND, {"messages": [{"to": "<script>alert(1)</script>"}]}, Style(Format.HTML))
    assert b"<script>" not in response.body
    assert dict(response.headers)["Content-Security-Policy"].startswith("default-src 'none'")


def test_csv_is_a_file() -> None:
    headers = dict(answer(SEND, VALUES, Style(Format.CSV)).headers)
    assert headers["Content-Disposition"] == 'attachment; filename="SendSMPPSmsRequest.csv"'


def test_several_answers() -> None:
    assert json.loads(answers(SEND, [VALUES, VALUES], Style()).body)[1]["messages"][0]["to"] == "1"
    assert answers(SEND, [VALUES], Style(Format.JSV)).body.startswith(b"[{messages:[{")
    assert b"<ArrayOfSMPPMsgResponse " in answers(SEND, [VALUES], Style(Format.XML)).body
    assert answers(SEND, [VALUES, VALUES], Style(Format.CSV)).body.count(b"a-1") == 2
    assert b"<table>" in answers(SEND, [VALUES], Style(Format.HTML)).body


@pytest.mark.row("003-016")
@pytest.mark.row("003-031")
@pytest.mark.row("003-032")
def test_json_says_a_fault_in_both_spellings() -> None:
    response = fault_answer(FAULT, Style(), SEND)
    found = json.loads(response.body)
    assert list(found) == ["responseStatus", "ResponseStatus"]
    assert found["responseStatus"] == {
        "errorCode": "NotEmpty",
        "message": 'no, "not" <it>',
        "errors": [
            {
                "errorCode": "NotEmpty",
                "fieldName": "Messages",
                "message": "m",
                "meta": {"PropertyName": "Messages"},
            }
        ],
        "meta": {"k": "v"},
    }
    assert found["ResponseStatus"]["Errors"][0]["FieldName"] == "Messages"
    assert dict(response.headers)["Cache-Control"] == "no-store"


def test_faults_in_other_formats() -> None:
    assert fault_answer(FAULT, Style(Format.XML), SEND).body == write_xml(
        RESPONSE, {"ResponseStatus": FAULT.values()}
    )
    unknown = fault_answer(FAULT, Style(Format.XML)).body
    assert unknown == write_xml(ERROR_RESPONSE, {"ResponseStatus": FAULT.values()})
    assert fault_answer(FAULT, Style(Format.JSV)).body.startswith(
        b'{ResponseStatus:{ErrorCode:NotEmpty,Message:"no, ""not"" <it>"'
    )
    assert (
        fault_answer(FAULT, Style(Format.CSV)).body
        == b'ErrorCode,Message\r\n"NotEmpty","no, ""not"" <it>"\r\n'
    )
    page = fault_answer(FAULT, Style(Format.HTML)).body.decode()
    assert "<h1>400 NotEmpty</h1>" in page
    assert "&lt;it&gt;" in page


def test_answers_of_signing_in_are_in_small_letters() -> None:
    assert answer(SIGN_IN, {"UserId": "u", "Roles": []}, Style()).body == b'{"userId":"u","roles":[]}'
    assert nothing().body == b""
