"""What a request's arguments are, and in which words and order its faults are told."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialect_kit.contract import BadRequest
from chappe.dialects.jasmin.arguments import (
    BALANCE,
    RATE,
    SEND,
    Argument,
    check,
    error_response,
    invalid,
    read_arguments,
    refused,
)
from chappe.protocols.http.messages import HttpRequest, HttpResponse

JSON = "application/json"


def request(query: bytes = b"", body: bytes = b"", method: str = "POST", kind: str = "") -> HttpRequest:
    headers = [(b"content-type", kind.encode())] if kind else []
    return HttpRequest(method, "/send", query, headers, body, "192.0.2.1", 0)


def refusal_of(found: dict[str, object], table: Mapping[str, Argument], *, as_json: bool = False) -> bytes:
    with pytest.raises(BadRequest) as caught:
        check(found, table, as_json=as_json)
    return caught.value.response.body


# ---------------------------------------------------------------- reading


def test_query_and_form_are_one_and_the_first_of_a_name_counts() -> None:
    found = read_arguments(request(b"a=1&b=2&a=3", b"b=4&c=5&c=6"))
    assert found == {"a": "1", "b": "2", "c": "5"}
    assert list(found) == ["a", "b", "c"]


@pytest.mark.parametrize("kind", [JSON, "Application/JSON", f"{JSON};charset=utf-8", f" {JSON} ; x=y"])
def test_json_is_read_by_its_type_whatever_follows_it(kind: str) -> None:
    found = read_arguments(request(b"a=1", b'{"a": 2, "b": 3, "c": [4]}', kind=kind))
    assert found == {"a": "1", "b": 3, "c": [4]}


@pytest.mark.parametrize("kind", ["", "application/x-www-form-urlencoded", "text/plain", "application/jsonp"])
def test_every_other_type_is_a_form(kind: str) -> None:
    assert read_arguments(request(body=b"a=1", kind=kind)) == {"a": "1"}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_only_a_post_has_a_body(method: str) -> None:
    assert read_arguments(request(b"a=1", b"b=2", method)) == {"a": "1"}


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("", b"a=%ff", "Argument encoding: an argument is not UTF-8"),
        ("", b"%ff=a", "Argument encoding: an argument is not UTF-8"),
        ("", b"a=%ED%A0%80", "Argument encoding: an argument is not UTF-8"),
        ("", b"a=1&" * 1_001, "Argument encoding: too many arguments"),
        ("multipart/form-data; boundary=b", b"--b", "Argument encoding: a body is a form or JSON, not multipart"),
        (JSON, b'{"a": "\xff"}', "Argument encoding: an argument is not UTF-8"),
        (JSON, b"{", "Got unparseable json data: Input data was truncated"),
        (JSON, b"[]", "Got unparseable json data: Expected `object`, got `array`"),
    ],
)  # fmt: skip
def test_what_is_no_form_and_no_json_is_refused(kind: str, body: bytes, text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read_arguments(request(body=body, kind=kind))
    assert caught.value.response == HttpResponse(400, f'Error "{text}"'.encode(), "text/plain")
    with pytest.raises(BadRequest) as caught:
        read_arguments(request(body=body, kind=kind), as_json=True)
    assert caught.value.response == HttpResponse(400, json.dumps(text).encode(), JSON)


def test_json_without_end_is_refused() -> None:
    for body in (b'{"a":' * 100_000, b'{"a":' + b"[" * 100_000):
        with pytest.raises(BadRequest) as caught:
            read_arguments(request(body=body, kind=JSON))
        assert caught.value.response.body.startswith(b'Error "Got unparseable json data: ')


@given(st.binary(max_size=200), st.binary(max_size=200), st.sampled_from(["", JSON, "multipart/mixed"]))
def test_any_octets_are_arguments_or_a_refusal(query: bytes, body: bytes, kind: str) -> None:
    answer = None
    try:
        read_arguments(request(query, body, kind=kind))
    except BadRequest as error:
        answer = error.response
    assert answer is None or (answer.status, answer.body[:7]) == (400, b'Error "')


# ---------------------------------------------------------------- checking

LOGIN: dict[str, object] = {"username": "u", "password": "p"}


def test_what_passes_comes_back_as_texts_in_the_tables_order() -> None:
    found: dict[str, object] = {"priority": 3, "content": 5, "to": 31612345678, **LOGIN}
    texts = check(found, SEND)
    assert texts == {"to": "31612345678", "username": "u", "password": "p", "priority": "3", "content": "5"}
    assert list(texts) == ["to", "username", "password", "priority", "content"]


def test_nothing_at_all_has_its_own_words() -> None:
    words = "Mandatory arguments not found, please refer to the HTTPAPI specifications."
    assert refusal_of({}, SEND) == f'Error "{words}"'.encode()
    assert refusal_of({}, BALANCE, as_json=True) == f'"{words}"'.encode()


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ({"foo": 1, "to": "x"}, "Argument [foo] is unknown."),
        ({"to": "x", "foo": 1}, "Argument [to] has an invalid value: [x]."),
        ({"to": "1", "foo": 1}, "Mandatory argument [username] is not found."),
        ({"to": "1", "username": "u"}, "Mandatory argument [password] is not found."),
        ({"username": "u", "to": "1", "coding": "11", "password": ""}, "Argument [coding] has an invalid value: [11]."),
        ({"to": "1", **LOGIN, "foo": 1, "bar": 1}, "Argument [foo] is unknown."),
        ({"to": "1", **LOGIN, "priority": "9", "foo": 1}, "Argument [priority] has an invalid value: [9]."),
        ({"x" * 300: 1}, f"Argument [{'x' * 200}] is unknown."),
        ({"to": "y" * 300}, f"Argument [to] has an invalid value: [{'y' * 200}]."),
    ],
)  # fmt: skip
def test_the_first_fault_is_told_in_jasmins_order(found: dict[str, object], text: str) -> None:
    assert refusal_of(found, SEND) == f'Error "{text}"'.encode()


@pytest.mark.parametrize("table", [SEND, RATE, BALANCE])
def test_each_mandatory_argument_is_missed(table: Mapping[str, Argument]) -> None:
    whole: dict[str, object] = {"to": "1", **LOGIN} if "to" in table else dict(LOGIN)
    assert check(whole, table) == whole
    assert {name for name, argument in table.items() if argument.mandatory} == whole.keys()
    for name in whole:
        rest = {key: value for key, value in whole.items() if key != name}
        text = f"Mandatory argument [{name}] is not found."
        assert refusal_of(rest, table) == f'Error "{text}"'.encode()


def test_a_rate_takes_nothing_about_receipts_schedules_or_tlvs() -> None:
    unknown = SEND.keys() - RATE.keys()
    assert unknown == {"dlr", "dlr-url", "dlr-level", "dlr-method", "sdt", "custom_tlvs"}
    for name in unknown:
        assert (
            refusal_of({"to": "1", **LOGIN, name: "1"}, RATE)
            == f'Error "Argument [{name}] is unknown."'.encode()
        )


@pytest.mark.parametrize(
    ("value", "shown"),
    [(True, "true"), (None, "null"), ([1], "[1]"), ({"a": 1}, '{"a":1}'), (["1", "2"], '["1","2"]')],
)
def test_what_is_neither_text_nor_number_is_quoted_as_json(value: object, shown: str) -> None:
    text = f"Argument [to] has an invalid value: [{shown}]."
    assert refusal_of({"to": value, **LOGIN}, SEND) == f'Error "{text}"'.encode()


def test_custom_tlvs_may_be_any_json() -> None:
    found = {"to": "1", **LOGIN, "custom_tlvs": [[5121, None, "Int1", 1]]}
    assert check(found, SEND)["custom_tlvs"] == '[[5121,null,"Int1",1]]'


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("to", ["1", "+1", "0" * 20, "+" + "9" * 20], ["", "+", "++1", "1+", " 1", "1 ", "1\n", "٣", "1" * 21, "-1"]),
        ("username", ["u", "u" * 30, "é\n"], ["", "u" * 31]),
        ("password", ["p", "p" * 30, "\0"], ["", "p" * 31]),
        ("coding", [*map(str, range(11)), "13", "14"], ["", "11", "12", "15", "00", "08", "8.0", "-1", "٨", "8\n"]),
        ("priority", ["0", "1", "2", "3"], ["", "4", "-1", "01", "1e0"]),
        ("sdt", ["000000000100000R", "261120120000004+", "261120120000004-"], ["", "1" * 16, "00000000010000R", "000000000100000r", "000000000100000R\n"]),
        ("validity-period", ["0", "1", "0000001", "9999999"], ["", "10000000", "-1", "1.5", "1m", "٣"]),
        ("dlr", ["yes", "no"], ["", "YES", "Yes", "true", "1", "yes\n"]),
        ("dlr-url", ["http://x", "https://x/\n"], ["", "HTTP://x", "ftp://x", "//x", "x", " http://x"]),
        ("dlr-level", ["1", "2", "3"], ["", "0", "4", "12"]),
        ("dlr-method", ["get", "GET", "Post"], ["", "put", "get,post"]),
        ("tags", ["", "a", "1,702,a-B", "," * 1_000], [" ", "a;b", "a b", "é", "a\n", "a" * 1_001]),
        ("hex-content", ["", "0a", "0A", "0"], ["0x00", "zz", " 00", "00\n"]),
    ],
)  # fmt: skip
def test_values(name: str, good: list[str], bad: list[str]) -> None:
    rest = {"to": "1", **LOGIN}
    for value in good:
        assert check({**rest, name: value}, SEND)[name] == value
    for value in bad:
        body = refusal_of({**rest, name: value}, SEND)
        assert body.startswith(f'Error "Argument [{name}] has an invalid value: ['.encode()), value


# ---------------------------------------------------------------- the words of a refusal


def test_a_refusal_is_a_quoted_text_or_a_json_string() -> None:
    assert error_response(412, 'a "b" é') == HttpResponse(412, 'Error "a "b" é"'.encode(), "text/plain")
    assert error_response(412, 'a "b" é', as_json=True) == HttpResponse(412, '"a \\"b\\" é"'.encode(), JSON)
    assert refused("x").response == error_response(400, "x")
    assert refused("x", 403, as_json=True).response == error_response(403, "x", as_json=True)
    assert invalid("to", "y").response.body == b'Error "Argument [to] has an invalid value: [y]."'


@given(st.text())
def test_no_control_character_comes_back(text: str) -> None:
    for body in (error_response(400, text).body, error_response(400, text, as_json=True).body):
        assert all(octet >= 0x20 and octet != 0x7F for octet in body)
