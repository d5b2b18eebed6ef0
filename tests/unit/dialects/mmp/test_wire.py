"""How the JSON of document 000 is read and written."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chappe.dialects.mmp.wire import (
    ReportResponse,
    SmsResponse,
    Unreadable,
    Unsupported,
    as_text,
    int_of,
    is_yes,
    list_of,
    lowered,
    read_body,
    text_of,
)
from chappe.protocols.http.messages import HttpRequest


def request(body: bytes, content_type: str | None = None) -> HttpRequest:
    headers = [] if content_type is None else [(b"content-type", content_type.encode("latin-1"))]
    return HttpRequest("POST", "/mmp/send", b"", headers, body, "192.0.2.1", 0)


@pytest.mark.row("000-043")
@pytest.mark.row("000-044")
def test_every_field_is_written_in_the_order_of_the_class() -> None:
    assert msgspec.json.encode(SmsResponse()) == b'{"partnerPacketId":"","results":[]}'
    whole = SmsResponse("p", (ReportResponse("1", "2", "3", "4", "5", "6", 7),))
    assert msgspec.json.encode(whole) == (
        b'{"partnerPacketId":"p","results":[{"partnerMessageId":"1","partnerStatus":"2","partnerDetail":"3",'
        b'"apiStatus":"4","sendAt":"5","smsOperator":"6","smsMessageCount":7}]}'
    )
    assert msgspec.json.decode(msgspec.json.encode(ReportResponse())) == {
        "partnerMessageId": "",
        "partnerStatus": "",
        "partnerDetail": "",
        "apiStatus": "",
        "sendAt": "",
        "smsOperator": "",
        "smsMessageCount": 0,
    }


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"A":1}', None),
        (b'\xef\xbb\xbf{"A":1}', "application/json"),
        ('{"A":1}'.encode("utf-16"), "application/json;charset=UTF-16"),
        ('{"A":1}'.encode("utf-16-be"), 'text/plain; x; charset="utf-16be"'),
        (b'{"A":1}', "application/json; CHARSET=windows-1254"),
    ],
)
def test_bodies_that_are_read(body: bytes, content_type: str | None) -> None:
    assert read_body(request(body, content_type)) == {"a": 1}


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b'{"a":"\\ud800"}', b"[" * 10_000])
def test_bodies_that_are_not(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_body(request(body))


@pytest.mark.parametrize("charset", ["ebcdic", "utf-7", "idna", "rot13", "\xe9", "x" * 500])
def test_charsets_that_are_not_read(charset: str) -> None:
    with pytest.raises(Unsupported) as found:
        read_body(request(b"{}", f"application/json; charset={charset}"))
    assert len(str(found.value)) < 200


def test_octets_that_are_not_of_their_charset() -> None:
    with pytest.raises(Unreadable):
        read_body(request(b"{", "application/json; charset=utf-16"))
    with pytest.raises(Unreadable):
        read_body(request(b'{"a":"\xff"}', "application/json; charset=us-ascii"))


def test_the_first_of_two_spellings_counts() -> None:
    assert lowered({"text": "a", "TEXT": "b"}) == {"text": "a"}
    assert lowered([]) is None


def test_lists() -> None:
    assert list_of({}, "messages") == list_of({"messages": None}, "messages") == []
    assert list_of({"messages": [1]}, "messages") == [1]
    for odd in ({}, "x", 1, True):
        with pytest.raises(Unreadable, match="messages is no list"):
            list_of({"messages": odd}, "messages")


def test_texts() -> None:
    assert text_of({"smstype": "x"}, "smsType", 5) == "x"
    assert text_of({}, "smsType", 5) == text_of({"smstype": None}, "smsType", 5) == ""
    assert as_text(12345, "it", 5) == "12345"
    for odd in (True, 1.5, [], {}, "123456", 123456):
        with pytest.raises(Unreadable, match=r"^it is"):
            as_text(odd, "it", 5)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, 0), ("", 0), (0, 0), ("7", 7), (-(2**31), -(2**31)), ("2147483647", 2**31 - 1), ("-5", -5)],
)
def test_numbers(value: Any, expected: int) -> None:
    assert int_of({"accountid": value}, "accountId") == expected


@pytest.mark.parametrize(
    "value", [2**31, "2147483648", "1.0", "1_0", "x", True, 1.0, [], "\u0661", "1" * 5_000]
)
def test_what_is_no_number(value: Any) -> None:
    with pytest.raises(Unreadable, match="accountId is no whole number"):
        int_of({"accountid": value}, "accountId")


@pytest.mark.row("000-012")
def test_what_is_a_yes() -> None:
    for value in ("yes", "YES", " true ", "1", 1, True):
        assert is_yes({"priority": value}, "priority")
    for value in ("no", "", None, 0, False, 2, [], {}, "y"):
        assert not is_yes({"priority": value}, "priority")
    assert not is_yes({}, "priority")
