"""Which format a client is answered in."""

from __future__ import annotations

import pytest

from chappe.dialects.servicestack.formats import (
    Format,
    NoSuchFormat,
    accepted_format,
    format_of_body,
    format_of_query,
    jsv_type,
    media_type,
)
from chappe.protocols.http.messages import HttpRequest

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


def request(accept: str | None = None, content_type: str | None = None) -> HttpRequest:
    headers = [
        (name, value.encode())
        for name, value in ((b"accept", accept), (b"content-type", content_type))
        if value is not None
    ]
    return HttpRequest("POST", "/", b"", headers, b"", "192.0.2.1", 0)


@pytest.mark.row("003-019")
@pytest.mark.row("003-023")
@pytest.mark.parametrize(
    ("accept", "content_type", "found"),
    [
        (None, None, Format.JSON),
        ("", None, Format.JSON),
        ("*/*", None, Format.JSON),
        ("*/*", "application/json", Format.JSON),
        ("*/*", "application/xml; charset=utf-8", Format.XML),
        ("application/*", "text/xml", Format.XML),
        (None, "application/xml", Format.XML),
        (None, "application/x-www-form-urlencoded", Format.JSON),
        (None, "text/csv", Format.JSON),
        ("application/json", "application/xml", Format.JSON),
        ("application/xml", "application/json", Format.XML),
        ("text/xml", None, Format.XML),
        ("APPLICATION/XML", None, Format.XML),
        ("text/jsv", None, Format.JSV),
        ("application/jsv", None, Format.JSV),
        ("text/csv", None, Format.CSV),
        (BROWSER, None, Format.HTML),
        (BROWSER, "application/xml", Format.XML),
        ("application/xml, application/json", None, Format.JSON),
        ("application/xml, application/json", "application/xml", Format.XML),
        ("application/json;q=0, application/xml", None, Format.XML),
        ("application/json;q=0.000, */*", "application/json", Format.JSON),
        ("image/png", None, Format.JSON),
        ("image/png", "application/xml", Format.JSON),
        (",;,", None, Format.JSON),
    ],
)
def test_by_accept(accept: str | None, content_type: str | None, found: Format) -> None:
    assert accepted_format(request(accept, content_type)) is found


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ([], None),
        ([("format", "")], None),
        ([("FORMAT", "XML")], Format.XML),
        ([("x", "y"), ("format", "csv")], Format.CSV),
    ],
)
def test_by_query(pairs: list[tuple[str, str]], found: Format | None) -> None:
    assert format_of_query(pairs) is found


def test_a_format_that_is_none() -> None:
    with pytest.raises(NoSuchFormat) as refused:
        format_of_query([("format", "z" * 100)])
    assert str(refused.value) == "z" * 40


def test_types_of_bodies() -> None:
    assert media_type('Text/XML; charset="UTF-8"; x=y') == ("text/xml", "utf-8")
    assert media_type(None) == ("", None)
    assert format_of_body(request(content_type="text/json;charset=utf-8")) is Format.JSON
    assert format_of_body(request(content_type="text/plain")) is None


def test_jsv_is_called_what_the_client_calls_it() -> None:
    assert jsv_type(request("application/jsv")) == "application/jsv"
    assert jsv_type(request("*/*", "text/jsv")) == "text/jsv"
    assert jsv_type(request()) == "text/jsv"
