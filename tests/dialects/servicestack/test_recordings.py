"""Raw requests of real clients, octet for octet, and of .NET's serialiser: each is taken and answered as its client reads it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chappe.protocols.http.messages import HttpRequest, HttpResponse
from dialects.http_rig import NOW
from dialects.servicestack_desk import CLIENT, ROUTE, Desk

FOLDER = Path(__file__).parent / "recordings"
RECORDINGS = sorted(FOLDER.glob("*.http"))
NS = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.datacontract.org/2004/07/digitaluapi.ServiceModel"'


def recorded(file: Path) -> HttpRequest:
    head, _, body = file.read_bytes().replace(b"\r\n", b"\n").partition(b"\n\n")
    first, *lines = head.split(b"\n")
    method, target, _ = first.decode().split(" ")
    pairs = [line.partition(b":") for line in lines]
    headers = [(name.lower(), value.strip()) for name, _, value in pairs]
    length = int(dict(headers)[b"content-length"])
    return HttpRequest(method, target.replace("%5B%5D", "[]"), b"", headers, body[:length], "192.0.2.1", NOW)


def golden(name: str) -> bytes:
    sections = (FOLDER / "datacontract-golden.txt").read_bytes().split(b"## ")
    (found,) = [one for one in sections if one.startswith(name.encode() + b"\n")]
    return found.partition(b"\n")[2].rstrip(b"\n")


async def answered(file: Path, desk: Desk) -> HttpResponse:
    request = recorded(file)
    # Most were recorded without a login; one has its own.
    if request.header(b"authorization") is None:
        login = CLIENT["Authorization"].encode()
        request = HttpRequest(
            *(request.method, request.path, request.query, [*request.headers, (b"authorization", login)]),
            *(request.body, request.address, request.received_ms),
        )
    return await desk.serve.answer(request)


@pytest.mark.row("003-002")
@pytest.mark.row("003-017")
@pytest.mark.row("003-018")
@pytest.mark.row("003-023")
@pytest.mark.parametrize("file", RECORDINGS, ids=lambda file: file.stem)
async def test_each_recording_is_taken(file: Path) -> None:
    desk = Desk()
    response = await answered(file, desk)
    assert response.status == 200
    assert response.content_type == "application/json; charset=utf-8"
    found = json.loads(response.body)
    results = (found[0] if isinstance(found, list) else found)["messages"]
    # The rig has no route for this number; what matters here is that it was read, and its route looked for.
    first = results[0]
    assert first["msg"] == {
        "channel": "sms",
        "to": "905332141354",
        "content": "héllo ☺ 😀",
        "clientMessageId": "c-1",
    }
    assert first["error"] == "No route found"


@pytest.mark.parametrize("file", RECORDINGS, ids=lambda file: file.stem)
async def test_without_a_login_each_is_refused(file: Path) -> None:
    desk = Desk()
    request = recorded(file)
    if request.header(b"authorization") is None:
        response = await desk.serve.answer(request)
        assert response.status == 401
        assert json.loads(response.body)["responseStatus"]["errorCode"] == "Unauthorized"


def test_all_of_them_are_here() -> None:
    assert [file.stem for file in RECORDINGS] == [
        *("npm-post-api", "py-basic", "py-post-api", "py-post-url", "py-sendall"),
    ]


@pytest.mark.row("003-019")
@pytest.mark.row("003-024")
@pytest.mark.row("003-025")
@pytest.mark.row("003-026")
@pytest.mark.row("003-027")
@pytest.mark.row("003-028")
@pytest.mark.row("003-029")
@pytest.mark.row("003-030")
@pytest.mark.row("003-035")
@pytest.mark.row("003-036")
@pytest.mark.row("003-037")
@pytest.mark.row("003-038")
async def test_xml_in_and_out_octet_for_octet() -> None:
    desk = Desk()
    body = golden("request").replace(b"905332141354", b"31612345678")
    headers = {**CLIENT, "Accept": "application/xml", "Content-Type": "application/xml"}
    response = await desk.post(ROUTE, body, headers=headers)
    assert (response.status, response.content_type) == (200, "application/xml")
    (stored,) = await desk.stored()
    number = desk.renderer.uuid(stored.message.id)
    # The text as the serialiser wrote it: escapes, line end and tab included.
    echo = body.decode().partition("<SMPPMessage>")[2].partition("</SMPPMessage>")[0]
    assert response.body.decode() == (
        f'<?xml version="1.0" encoding="utf-8"?><SMPPMsgResponse {NS}>'
        '<ResponseStatus xmlns:d2p1="http://schemas.servicestack.net/types" i:nil="true" />'
        f'<error i:nil="true" /><messages><SMPPResponseMsg><accepted>true</accepted><apiMessageId>{number}</apiMessageId>'
        f'<error i:nil="true" /><msg>{echo}</msg><to>31612345678</to></SMPPResponseMsg>'
        '<SMPPResponseMsg><accepted>false</accepted><apiMessageId i:nil="true" />'
        "<error>'content' must not be empty.</error>"
        '<msg><channel i:nil="true" /><clientMessageId i:nil="true" /><content></content><to>1</to></msg><to>1</to>'
        "</SMPPResponseMsg></messages></SMPPMsgResponse>"
    )
    assert stored.message.text == 'hé <&> ☺ 😀 "q" \n\t a'


@pytest.mark.row("003-016")
@pytest.mark.row("003-030")
@pytest.mark.row("003-031")
@pytest.mark.row("003-032")
@pytest.mark.row("003-033")
@pytest.mark.row("003-034")
@pytest.mark.parametrize(
    ("body", "login", "name", "status"),
    [
        ("request empty list", CLIENT, "response error in DTO", 400),
        ("request null list", CLIENT, "response error in DTO", 400),
        ("request empty list", {}, "response error minimal", 401),
    ],
)
async def test_faults_in_xml_octet_for_octet(
    body: str, login: dict[str, str], name: str, status: int
) -> None:
    headers = {**login, "Content-Type": "application/xml"}
    response = await Desk().post(ROUTE, golden(body), headers=headers)
    assert (response.status, response.body) == (status, golden(name))


@pytest.mark.row("003-003")
async def test_several_requests_in_xml() -> None:
    headers = {**CLIENT, "Content-Type": "application/xml"}
    response = await Desk().post(
        "/xml/reply/SendSMPPSmsRequest[]", golden("request array (batch)"), headers=headers
    )
    assert response.status == 400
    assert b"<d3p1:Key>AutoBatchIndex</d3p1:Key><d3p1:Value>0</d3p1:Value>" in response.body
