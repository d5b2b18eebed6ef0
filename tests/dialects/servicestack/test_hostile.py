"""Every parameter wrong in every way: an answer of this dialect, nothing sent, no trace, no hang."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chappe.protocols.http.messages import HttpRequest
from dialects.http_rig import NOW
from dialects.servicestack_desk import API, CLIENT, ROUTE, Desk, message

ODD: list[Any] = [
    *(
        0,
        -1,
        1.5,
        1e400,
        True,
        False,
        [],
        {},
        [[]],
        {"a": 1},
        "",
        " ",
        "\x00",
        "\ud7ff",
        "é",
        "😀" * 10,
        "x" * 100_000,
    ),
    *(
        "' OR 1=1 --",
        "<script>",
        "]]>",
        "\r\nX-Evil: 1",
        "../../etc/passwd",
        "%00",
        "${jndi:x}",
        "{0}",
        "{{7*7}}",
    ),
]
FIELDS = ("channel", "to", "content", "clientMessageId")


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("shape", ["json", "xml", "jsv", "csv", "html"])
async def test_each_field_with_every_odd_value(field: str, shape: str) -> None:
    desk = Desk()
    for value in ODD:
        body = json.dumps(
            {
                "Messages": [message(**{field: value})]
                if field not in ("to", "content")
                else [{**message(), field: value}]
            }
        ).encode()
        response = await desk.post(f"{ROUTE}.{shape}", body)
        assert response.status in (200, 400), (value, response)
        assert b"Traceback" not in response.body
        for name, text in response.headers:
            assert (name + text).isprintable()
    assert desk.faults == []
    assert all(one.message.destination.value == "31612345678" for one in await desk.stored() if field != "to")


@pytest.mark.parametrize("field", [*FIELDS, "Messages"])
@pytest.mark.parametrize("value", ["[1]", "{}", '{"x":[]}', "[[[]]]"])
async def test_a_shape_that_a_field_has_not_is_a_fault_of_the_call(field: str, value: str) -> None:
    body = f'{{"Messages":{value}}}' if field == "Messages" else f'{{"Messages":[{{"{field}":{value}}}]}}'
    response = await Desk().post(body=body.encode())
    assert response.status in ((400, 200) if value == "[[[]]]" else (400,))
    assert json.loads(response.body)["responseStatus"]["errorCode"] in ("SerializationException", "NotEmpty")


HEADERS = ("Accept", "Content-Type", "Authorization", "Cookie", "X-Api-Key", "Host", "Sec-Fetch-Site")
VALUES = [
    *("", ",", ";", "*", "/", "=", "\x00", "é" * 10, "x" * 60_000, "a/b;" * 5_000, "application/xml;charset=", "q=0"),
    *("multipart/form-data; boundary=" + "x" * 1_000, "application/json; charset=\x00", "Basic", "Bearer", "Basic " + "A" * 9_999),
    *("Bearer ey.ey.ey", "Bearer " + "." * 5_000, "ss-id=" + "x" * 5_000, "ss-id=" * 5_000, "text/html;q=;q=0;q"),
]  # fmt: skip


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("path", [ROUTE, f"{API}[]", "/auth", "/access-token", "/metadata", "/types/python"])
async def test_each_header_with_every_odd_value(name: str, path: str) -> None:
    desk = Desk()
    for value in VALUES:
        for method in ("GET", "POST"):
            headers = [(key.lower().encode(), text.encode()) for key, text in CLIENT.items() if key != name]
            headers.append((name.lower().encode(), value.encode()))
            body = b'{"Messages":[{}]}'
            response = await desk.serve.answer(
                HttpRequest(method, path, b"", headers, body, "192.0.2.1", NOW)
            )
            assert response.status < 500
            assert len(response.body) < 30_000
            for key, text in response.headers:
                assert (key + text).isprintable()
    assert desk.faults == []
    assert await desk.stored() == []


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/api/" + "x" * 60_000,
            "/api/" + "a/" * 5_000,
            "/api/%",
            "/api/\x00",
            "/api/../auth",
            "/api//SendSMPPSmsRequest",
        ),
        *(
            "/types/" + quote("<script>"),
            "/types/<script>",
            "/api/<script>alert(1)</script>",
            "/auth/\r\nX-Evil: 1",
        ),
        *("/xml/reply/SendSMPPSmsRequest[][]", "/api/SendSMPPSmsRequest.xml.xml", "/json/reply/"),
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*"])
async def test_odd_paths(path: str, accept: str) -> None:
    desk = Desk()
    headers = [(b"accept", accept.encode())]
    response = await desk.serve.answer(HttpRequest("GET", path, b"", headers, b"", "192.0.2.1", NOW))
    assert response.status in (400, 401, 404)
    assert b"<script>" not in response.body or not response.content_type.startswith("text/html")
    assert len(response.body) < 3_000
    assert desk.faults == []


async def test_nothing_that_came_by_get_is_sent() -> None:
    desk = Desk()
    query = quote('[{"to":"31612345678","content":"x"}]')
    for target in (
        f"{API}?Messages={query}",
        f"/json/reply/SendSMPPSmsRequest?Messages={query}",
        f"{ROUTE}?Messages={query}",
    ):
        for body in (b"", b'{"Messages":[{"to":"31612345678","content":"x"}]}'):
            response = await desk.ask(target, headers=CLIENT, body=body)
            assert response.status in (400, 405)
    assert await desk.stored() == []


async def test_a_page_of_another_site_cannot_use_a_browsers_session() -> None:
    desk = Desk()
    login = json.dumps({"userName": "client", "password": "s3cret"}).encode()
    headers = (await desk.post("/auth", login, headers={})).headers
    kept = next(value for name, value in headers if name == "Set-Cookie" and value.startswith("ss-id="))
    assert "SameSite=Strict" in kept
    cookie = {"Cookie": kept.partition(";")[0]}
    body = {"Messages": [message()]}
    assert (await desk.post(API, body, headers=cookie)).status == 200
    for elsewhere in ("cross-site", "same-origin"):
        response = await desk.post(API, body, headers={**cookie, "Sec-Fetch-Site": elsewhere})
        assert response.status == (401 if elsewhere == "cross-site" else 200)


async def test_a_callback_name_is_not_run() -> None:
    response = await Desk().ask("/auth?callback=alert", headers=CLIENT)
    assert not response.body.startswith(b"alert")


bodies = st.binary(max_size=200) | st.text(alphabet='{}[],:"<>/ MesagtoSPR&;=%\n', max_size=200).map(
    str.encode
)


@settings(max_examples=200)
@given(
    bodies,
    st.sampled_from(["", "application/json", "application/xml", "text/jsv", "text/csv", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"]),
    st.sampled_from([ROUTE, f"{API}[]", "/jsv/reply/SendSMPPSmsRequest", "/xml/oneway/SendSMPPSmsRequest[]", "/auth", "/access-token"]),
    st.sampled_from(["", "application/xml", "text/html", "text/csv", "text/jsv"]),
)  # fmt: skip
def test_any_body_in_any_format_gets_an_answer(body: bytes, kind: str, path: str, accept: str) -> None:
    import asyncio

    async def asked() -> None:
        desk = Desk()
        headers = {"Content-Type": kind, "Accept": accept, **CLIENT}
        response = await desk.post(path, body, headers=headers)
        assert response.status in (200, 204, 400, 401, 404, 415)
        assert desk.faults == []
        assert await desk.stored() == []

    asyncio.run(asked())
