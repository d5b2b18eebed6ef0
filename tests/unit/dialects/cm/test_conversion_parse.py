"""Conversions as JSON and XML: what is read, and the sentence for everything that is wrong."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialect_kit.contract import Credentials, TokenShown
from chappe.dialects.cm.conversion_parse import Asked, BadConversion, read_conversion

TOKEN = "00000000-0000-0000-0000-000000000000"
AT_MS = 1_770_275_100_000
"""2026-02-05 07:05:00 UTC."""


def body(**given: Any) -> bytes:
    fields = {
        "ProductToken": TOKEN,
        "Msisdn": "0033612345678",
        "Reference": "batchA",
        "ConvertedTimestamp": "2026-02-05T07:05:00",
    }
    return json.dumps({name: value for name, value in (fields | given).items() if value is not ...}).encode()


def xml(**given: str) -> bytes:
    fields = {
        "Customer": "12345",
        "Login": "Brand",
        "Password": "s&t",
        "Reference": "batchA",
        "Msisdn": "0033612345678",
    }
    inner = "".join(
        f"<{name}>{value.replace('&', '&amp;')}</{name}>" for name, value in (fields | given).items()
    )
    return f"<Conversion>{inner}</Conversion>".encode()


ASKED = Asked(TokenShown(TOKEN), "batchA", "33612345678", AT_MS)


def test_json() -> None:
    assert read_conversion(body()) == ASKED
    assert read_conversion(b"\xef\xbb\xbf \n" + body()) == ASKED


def test_keys_of_any_case_unknown_ones_and_nulls() -> None:
    octets = json.dumps(
        {
            "PRODUCTTOKEN": TOKEN,
            "msisdn": 33612345678,
            "reference": "batchA",
            "convertedTimestamp": None,
            "NotificationTimestamp": {"x": [1]},
            "Customer": 12345,
        }
    ).encode()
    assert read_conversion(octets) == Asked(TokenShown(TOKEN), "batchA", "33612345678", 0)


def test_xml_with_a_login() -> None:
    asked = read_conversion(xml(ConvertedTimestamp="2026-02-05T07:05:00.123"))
    assert asked == Asked(Credentials("Brand", "s&t"), "batchA", "33612345678", AT_MS + 123)
    declared = b'<?xml version="1.0" encoding="utf-8"?>\n<!-- x -->' + xml(Reference="é")
    assert read_conversion(declared).reference == "é"
    assert read_conversion(xml().replace(b"Conversion", b"CONVERSION").replace(b"Msisdn", b"MSISDN"))


def test_a_token_in_the_header_goes_before_one_in_the_body() -> None:
    assert read_conversion(body(), "other").shown == TokenShown("other")
    assert read_conversion(body(ProductToken=...), "other").shown == TokenShown("other")


@pytest.mark.parametrize(
    ("text", "unix_ms"),
    [
        ("2026-02-05 07:05:00", AT_MS),
        ("2026-02-05T07:05:00Z", AT_MS),
        ("2026-02-05T07:05:00 GMT", AT_MS),
        ("2026-02-05T08:05:00+01:00", AT_MS),
        ("2026-02-05T02:05:00-0500", AT_MS),
        ("2026-02-05T07:05:00.5", AT_MS + 500),
        ("2026-02-05T07:05:00,1234567", AT_MS + 123),
        ("", 0),
        ("1960-01-01T00:00:00", 1),
    ],
)
def test_times(text: str, unix_ms: int) -> None:
    assert read_conversion(body(ConvertedTimestamp=text)).converted_ms == unix_ms


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"", "Invalid JSON"),
        (b"{", "Invalid JSON"),
        (b"[]", "Invalid JSON"),
        (b'{"Reference":"\xff"}', "Invalid JSON"),
        (b'{"a":' * 2_000, "Invalid JSON"),
        (body(ProductToken=...), "are missing"),
        (body(ProductToken=..., Login="x"), "are missing"),
        (body(Reference=...), "Reference is missing"),
        (body(Reference=""), "Reference is missing"),
        (body(Reference=["a"]), "Reference is not a text"),
        (body(Reference=True), "Reference is not a text"),
        (body(Reference="x" * 257), "reference is longer"),
        (body(Msisdn=...), "Gsm '' is not a number"),
        (body(Msisdn="+33x"), "Gsm '+33x' is not a number"),
        (body(Msisdn="1" * 21), "is not a number"),
        (body(ConvertedTimestamp="yesterday"), "is not yyyy-MM-ddTHH:mm:ss"),
        (body(ConvertedTimestamp="2026-02-30T07:05:00"), "is no date"),
        (body(ConvertedTimestamp="0000-01-01T00:00:00"), "is no date"),
        (body(ConvertedTimestamp="\u0662026-02-05T07:05:00"), "is not yyyy"),
        (body() + b" " * 20_000, "longer than"),
        (b"<Conversion>", "Invalid XML"),
        (b"<Conversion></Conversion><x/>", "Invalid XML"),
        (b"<Conversion>\xff</Conversion>", "Invalid XML"),
        (b'<?xml version="1.0" encoding="no-such"?><Conversion/>', "Invalid XML"),
        (b"<Convert/>", "root element"),
        (xml().replace(b"batchA", b"<b>batchA</b>"), "nested too deep"),
        (b"<!DOCTYPE c><Conversion/>", "document type"),
        (b'<!DOCTYPE c [<!ENTITY a "b">]><Conversion>&a;</Conversion>', "document type"),
        (b'<!DOCTYPE c SYSTEM "file:///etc/passwd"><Conversion/>', "document type"),
        (b"<Conversion>&a;</Conversion>", "Invalid XML"),
    ],
)
def test_what_is_wrong_is_said(octets: bytes, told: str) -> None:
    with pytest.raises(BadConversion, match=told.replace("+", r"\+")):
        read_conversion(octets)


@given(st.binary(max_size=200), st.sampled_from([b"", b"{", b"<", b"<Conversion>", b'{"Msisdn":']))
def test_any_octets_are_read_or_refused(octets: bytes, begin: bytes) -> None:
    with contextlib.suppress(BadConversion):
        assert read_conversion(begin + octets).reference
