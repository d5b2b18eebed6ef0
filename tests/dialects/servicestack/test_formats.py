"""The same call in every format, chosen in every way: the rows of document 003 about formats."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree as ET

import pytest

from chappe.dialects.servicestack.jsv import read_jsv
from chappe.protocols.http.messages import HttpResponse
from dialects.servicestack_desk import CLIENT, ROUTE, Desk, message

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
MODEL = "{http://schemas.datacontract.org/2004/07/digitaluapi.ServiceModel}"
BODY = {"Messages": [message("hé, ☺")]}


def accepted(response: HttpResponse) -> bool:
    """What the answer says of the one message, whatever its format."""
    text = response.body.decode()
    match response.content_type.partition(";")[0]:
        case "application/json":
            return json.loads(text)["messages"][0]["accepted"] is True
        case "application/xml":
            return ET.fromstring(response.body).find(f".//{MODEL}accepted").text == "true"  # type: ignore[union-attr]
        case "text/jsv":
            return read_jsv(text)["messages"][0]["accepted"] == "True"
        case "text/csv":
            (row,) = csv.DictReader(io.StringIO(text, newline=""))
            assert read_jsv(row["msg"])["content"] == "hé, ☺"
            return row["accepted"] == "True"
        case _:
            return "<td>true</td>" in text


@pytest.mark.row("003-019")
@pytest.mark.row("003-020")
@pytest.mark.row("003-021")
@pytest.mark.row("003-022")
@pytest.mark.row("003-023")
@pytest.mark.parametrize(
    ("target", "accept", "content_type"),
    [
        (ROUTE, None, "application/json; charset=utf-8"),
        (ROUTE, "*/*", "application/json; charset=utf-8"),
        (ROUTE, "application/json", "application/json; charset=utf-8"),
        (ROUTE, "application/xml", "application/xml"),
        (ROUTE, "text/jsv", "text/jsv"),
        (ROUTE, "text/csv", "text/csv"),
        # The framework's rule: the format of the request goes first where it is taken too; it is not here.
        (ROUTE, BROWSER, "text/html; charset=utf-8"),
        (f"{ROUTE}.xml", None, "application/xml"),
        (f"{ROUTE}.json", "application/xml", "application/json; charset=utf-8"),
        (f"{ROUTE}.csv", None, "text/csv"),
        (f"{ROUTE}?format=xml", None, "application/xml"),
        (f"{ROUTE}?format=json", "application/xml", "application/json; charset=utf-8"),
        (f"{ROUTE}?format=jsv", None, "text/jsv"),
        ("/xml/reply/SendSMPPSmsRequest", None, "application/xml"),
        ("/html/reply/SendSMPPSmsRequest", None, "text/html; charset=utf-8"),
        ("/api/SendSMPPSmsRequest.jsv", None, "text/jsv"),
    ],
)
async def test_the_answer_is_in_the_format_that_was_asked_for(
    target: str, accept: str | None, content_type: str
) -> None:
    desk = Desk()
    headers = {**CLIENT, **({"Accept": accept} if accept else {})}
    response = await desk.post(target, BODY, headers=headers)
    assert (response.status, response.content_type) == (200, content_type)
    assert accepted(response)
    assert dict(response.headers)["Vary"] == "Accept"
    (one,) = await desk.stored()
    assert one.message.text == "hé, ☺"


@pytest.mark.row("003-025")
@pytest.mark.row("003-026")
@pytest.mark.row("003-027")
async def test_the_sample_of_the_source_document_is_read() -> None:
    sample = """<SendSMPPSmsRequest xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.datacontract.org/2004/07/digitaluapi.ServiceModel">
<Messages>
<SMPPMessage>
<channel i:nil="true" />
<clientMessageId>String</clientMessageId>
<content>String</content>
<to>31612345678</to>
</SMPPMessage>
</Messages>
</SendSMPPSmsRequest>"""
    desk = Desk()
    headers = {**CLIENT, "Accept": "application/xml", "Content-Type": "application/xml"}
    response = await desk.post(ROUTE, sample.encode(), headers=headers)
    assert accepted(response)
    (one,) = await desk.stored()
    assert (one.message.text, one.message.reference) == ("String", "String")
