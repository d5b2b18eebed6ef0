"""Calls from a query."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialect_kit.contract import BadRequest, PlainAsk, TokenShown
from chappe.dialects.cm.get_parse import read_get, render_get
from chappe.dialects.cm.statuses import NO_NUMBER, not_a_number
from chappe.domain.ids import IdRenderer
from chappe.protocols.http.messages import HttpRequest, HttpResponse

TOKEN = "11111111-2222-4333-8444-555555555555"


def request(query: bytes) -> HttpRequest:
    return HttpRequest("GET", "/gateway.ashx", query, (), b"", "192.0.2.1", 0)


def test_a_call_of_one_msg() -> None:
    call = read_get(request(f"ProductToken={TOKEN}&FROM=A&to=+331&body=a%26b&dcs=8".encode()))
    assert (call.shown, call.plain) == (TokenShown(TOKEN), True)
    assert call.msgs == [
        {"from": "A", "to": [{"number": "331"}], "body": {"content": "a&b"}, "reference": None}
    ]


@given(st.binary(max_size=100))
def test_any_query_without_a_token_is_refused(query: bytes) -> None:
    with pytest.raises(BadRequest) as refused:
        read_get(request(query))
    assert refused.value.response.status == 200


def test_a_wrong_number_has_one_sentence() -> None:
    ask, renderer = PlainAsk(HttpResponse(200)), IdRenderer(b"k" * 32)
    for rejection in (NO_NUMBER, not_a_number("x")):
        said = render_get(ask, rejection, renderer).body
        assert said == b"Error: ERROR The parameter 'to' contains an invalid value"
    assert render_get(ask, [], renderer).body == b""
