"""What the REST calls share: who asks, JSON in whatever it is called, names in both spellings."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest

from chappe.dialect_kit.contract import ActAsk, BadRequest, Credentials, PlainAsk
from chappe.dialects.jasmin.rest_arguments import (
    answer,
    credentials_of,
    idempotency_key,
    must_accept_json,
    normal,
    once_known,
    read_object,
    titled,
)
from chappe.protocols.http.messages import HttpRequest


def request(body: bytes = b"", **headers: str) -> HttpRequest:
    pairs = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return HttpRequest("POST", "/secure/send", b"", pairs, body, "192.0.2.1", 0)


def encoded(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


@pytest.mark.parametrize(
    ("header", "user", "password"),
    [
        (f"Basic {encoded(b'acme:secret')}", "acme", "secret"),
        (f"bearer  {encoded(b'acme:secret')}", "acme", "secret"),
        (f"Basic {encoded(b'acme:a:b::')}", "acme", "a:b::"),
        (f"Basic {encoded(b':')}", "", ""),
        (f"Basic {encoded(b'acme:s').rstrip('=')}", "acme", "s"),
        (f"Basic {encoded('é:ü'.encode())}", "é", "ü"),
        (f"Basic {encoded('é:ü'.encode('latin-1'))}", "é", "ü"),
    ],
)
def test_credentials(header: str, user: str, password: str) -> None:
    assert credentials_of(request(authorization=header)) == Credentials(user, password)


@pytest.mark.parametrize(
    ("header", "title"),
    [
        (None, "Authentication required"),
        ("", "Invalid token: "),
        ("Basic", "Invalid token: Basic"),
        ("Basic a b", "Invalid token: Basic a b"),
        ("Basic !!!!", "Invalid token: it is no base64"),
        ("Basic A", "Invalid token: it is no base64"),
        ("Basic é", "Invalid token: it is no base64"),
        (f"Basic {encoded(b'acme')}", "Invalid token: no colon stands between user name and password"),
    ],
)
def test_no_credentials(header: str | None, title: str) -> None:
    given = request() if header is None else request(authorization=header)
    with pytest.raises(BadRequest) as refused:
        credentials_of(given)
    response = refused.value.response
    assert (response.status, json.loads(response.body)["title"]) == (401, title)
    assert dict(response.headers)["WWW-Authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize(
    ("accept", "good"),
    [
        ("*/*", True),
        ("application/*", True),
        ("Application/JSON; charset=utf-8", True),
        ("text/xml, application/json;q=0.1", True),
        ("text/xml", False),
        ("application/json;q=0", False),
        ("application/json; q=0.000", False),
        ("", False),
    ],
)
def test_a_client_must_take_json(accept: str, good: bool) -> None:
    if good:
        must_accept_json(request(accept=accept))
        return
    with pytest.raises(BadRequest) as refused:
        must_accept_json(request(accept=accept))
    assert refused.value.response.status == 415


def test_a_client_that_does_not_say_takes_json() -> None:
    must_accept_json(request())


@pytest.mark.parametrize("kind", ["", "application/json", "application/x-www-form-urlencoded", "text/xml"])
def test_a_body_is_json_whatever_it_is_called(kind: str) -> None:
    assert read_object(request(b'{"to": 1}', content_type=kind)) == {"to": 1}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"7", b"\xff", b"to=1", b"[" * 1_000, b'{"a":' * 1_000, b'"\\ud83e"']
)
def test_what_is_no_object_is_412(body: bytes) -> None:
    with pytest.raises(BadRequest) as refused:
        read_object(request(body))
    response = refused.value.response
    assert (response.status, json.loads(response.body)["title"]) == (412, "Cannot parse JSON data")


def test_names_in_both_spellings_the_first_counts() -> None:
    given = {"hex_content": 1, "hex-content": 2, "dlr-url": 3, "custom-tlvs": 4, "username": 5, "password": 6}
    assert normal(given) == {"hex-content": 1, "dlr-url": 3, "custom_tlvs": 4}
    assert normal({"custom_tlvs": 7}) == {"custom_tlvs": 7}


def test_an_idempotency_key() -> None:
    assert idempotency_key(request()) == ""
    assert idempotency_key(request(idempotency_key="8e03978e-40d5")) == "8e03978e-40d5"


@pytest.mark.parametrize("key", ["", "a b", "x" * 201, "é", "a\tb"])
def test_no_idempotency_key(key: str) -> None:
    with pytest.raises(BadRequest) as refused:
        idempotency_key(request(idempotency_key=key))
    assert refused.value.response.status == 400


def test_answers_have_python_s_blanks_and_no_control_characters() -> None:
    assert answer(200, {"a": "é", "b": [1, 2]}).body == b'{"a": "\\u00e9", "b": [1, 2]}'
    assert titled(400, "a\x00b\r\n", "c\x7fd").body == b'{"title": "ab", "description": "cd"}'
    assert len(titled(400, "x" * 100_000).body) < 500


def test_what_is_wrong_is_told_once_it_is_known_who_asks() -> None:
    credentials = Credentials("acme", "x")
    plain = PlainAsk(answer(200, {}))
    assert once_known(credentials, lambda: plain) is plain
    wrong = BadRequest(answer(400, {}))

    def read() -> PlainAsk:
        raise wrong

    ask = once_known(credentials, read)
    assert isinstance(ask, ActAsk)
    assert ask.credentials == credentials
    with pytest.raises(BadRequest) as refused:
        asyncio.run(ask.act(None, None, request()))  # type: ignore[arg-type]
    assert refused.value is wrong
