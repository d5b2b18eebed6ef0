"""What the service tells of itself."""

from __future__ import annotations

import json

import pytest

from chappe.dialects.servicestack.dtos import RESPONSE
from chappe.dialects.servicestack.metadata import LANGUAGES, described, sample_values
from chappe.protocols.http.messages import HttpResponse
from dialects.servicestack_desk import Desk

BROWSER = {"Accept": "text/html,*/*;q=0.8", "Host": "gw.example:8080"}


async def got(path: str, **headers: str) -> HttpResponse:
    return await Desk().ask(path, headers=headers or BROWSER)


async def test_the_list_of_operations() -> None:
    page = await got("/metadata")
    assert page.content_type == "text/html; charset=utf-8"
    for word in (
        b"SendSMPPSmsRequest",
        b"POST /communication/message/smpp/sms",
        b"Client, Admin, Partner",
        b"/types/csharp",
    ):
        assert word in page.body
    for response in (await got("/metadata", Accept="application/json"), await got("/metadata?format=json")):
        assert [one["request"]["name"] for one in json.loads(response.body)["operations"]] == [
            *("SendSMPPSmsRequest", "Authenticate", "GetAccessToken"),
        ]


async def test_types_as_a_tree() -> None:
    found = json.loads((await got("/types/metadata")).body)
    assert found == described()
    assert {"name": "messages", "type": "List`1", "namespace": "System.Collections.Generic", "genericArgs": ["SMPPResponseMsg"], "isRequired": False} in next(one for one in found["types"] if one["name"] == "SMPPMsgResponse")["properties"]  # fmt: skip
    (send, *_) = found["operations"]
    assert send["routes"] == [{"path": "/communication/message/smpp/sms", "verbs": "POST"}]
    assert send["requiresAnyRole"] == ["Client", "Admin", "Partner"]
    assert send["request"]["properties"][0]["description"] == "Messages to be Sent"


@pytest.mark.parametrize("language", sorted(LANGUAGES))
async def test_each_language_has_a_head_that_tools_read(language: str) -> None:
    response = await got(f"/types/{language}")
    assert response.content_type.startswith("text/javascript" if language == "mjs" else "text/plain")
    text = response.body.decode()
    assert text.startswith(
        ('"""' if language == "python" else "/*") + " Options:\nDate: 2026-09-21 14:13:20\nVersion: "
    )
    assert "\nBaseUrl: http://gw.example:8080\n" in text
    assert "SendSMPPSmsRequest" in text


@pytest.mark.parametrize("host", ["*/ alert(1) /*", 'x"""\nimport os', "x" * 300, ""])
@pytest.mark.parametrize("language", ["python", "typescript"])
async def test_nobody_writes_into_the_code(host: str, language: str) -> None:
    text = (await got(f"/types/{language}", Host=host)).body.decode()
    assert "\nBaseUrl:\n" in text
    assert "alert" not in text
    assert "import os" not in text


@pytest.mark.parametrize("shape", ["json", "xml", "jsv", "csv"])
async def test_the_page_of_an_operation(shape: str) -> None:
    response = await got(f"/{shape}/metadata?op=SendSMPPSmsRequest&lang=python")
    text = response.body.decode()
    assert response.status == 200
    for words in (
        "Requires any of the roles: Client, Admin, Partner",
        f"append the .{shape} suffix or ?format={shape}",
    ):
        assert words in text
    assert "class SendSMPPSmsRequest(IReturn[SMPPMsgResponse], IPost)" in text
    assert "Host: gw.example:8080" in text


async def test_the_sample_of_the_source_document() -> None:
    text = (await got("/xml/metadata?op=sendsmppsmsrequest&lang=mjs")).body.decode()
    assert "&lt;d2p1:ErrorCode&gt;String&lt;/d2p1:ErrorCode&gt;" in text
    assert "&lt;accepted&gt;false&lt;/accepted&gt;" in text
    assert sample_values(RESPONSE)["messages"][0]["msg"]["to"] == "String"


@pytest.mark.parametrize(
    "path", ["/types", "/html/metadata", "/json/metadata", "/json/metadata?op=Authenticate"]
)
async def test_other_pages(path: str) -> None:
    assert (await got(path)).status == 200


@pytest.mark.parametrize(
    "path", ["/types/cobol", "/xml/metadata?op=Nothing", "/xml/metadata?lang=cobol", "/types/metadata/x"]
)
async def test_what_there_is_nothing_about(path: str) -> None:
    assert (await got(path)).status == 404


async def test_pages_are_read_only() -> None:
    desk = Desk()
    response = await desk.ask("/metadata", method="POST")
    assert (response.status, dict(response.headers)["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert (await desk.ask("/types/csharp", method="OPTIONS")).status == 204
    assert (await desk.ask("/types/csharp", method="HEAD")).status == 200
