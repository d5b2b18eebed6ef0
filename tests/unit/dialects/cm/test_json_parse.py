"""Calls from octets of JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialect_kit.contract import BadRequest, TokenShown
from chappe.dialects.cm.json_parse import read_json
from chappe.protocols.http.messages import HttpRequest

TOKEN = "11111111-2222-4333-8444-555555555555"


def request(body: bytes, *headers: tuple[bytes, bytes]) -> HttpRequest:
    return HttpRequest("POST", "/v1.0/message", b"", headers, body, "192.0.2.1", 0)


def written(**messages: Any) -> bytes:
    return json.dumps({"messages": {"authentication": {"productToken": TOKEN}, **messages}}).encode()


def test_a_call() -> None:
    call = read_json(request(written(msg=[{"from": "x"}, 7])))
    assert (call.shown, call.msgs, call.tariff, call.plain) == (
        TokenShown(TOKEN),
        [{"from": "x"}, 7],
        "",
        False,
    )


@pytest.mark.parametrize("msg", [None, {}, "x", 7])
def test_what_is_no_array_is_none(msg: Any) -> None:
    assert read_json(request(written(msg=msg))).msgs is None


def test_the_header_is_enough() -> None:
    octets = json.dumps({"MESSAGES": {"Msg": []}}).encode()
    assert read_json(request(octets, (b"x-cm-producttoken", TOKEN.encode()))).shown == TokenShown(TOKEN)


@given(st.binary(max_size=300))
def test_any_octets_are_a_call_or_refused(octets: bytes) -> None:
    with pytest.raises(BadRequest) as refused:
        read_json(request(octets))
    assert refused.value.response.status == 400
