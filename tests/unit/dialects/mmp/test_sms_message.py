"""One message to a submission: kinds and tags, keys, and that a fault is told of the field that has it."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.dialects.mmp.dates import ISTANBUL
from chappe.dialects.mmp.sms_message import Fault, Given, SmsKind, key_of, read_message, read_type
from chappe.domain.refusal import Right
from making import NOW

LEAST = {"mobileNumber": "905332141354", "text": "x"}


def read(**fields: Any) -> Given | Fault:
    return read_message({**LEAST, **fields}, ISTANBUL, NOW, "key")


def given(**fields: Any) -> Given:
    found = read(**fields)
    assert isinstance(found, Given)
    return found


@pytest.mark.row("000-013")
@pytest.mark.row("000-014")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (SmsKind.BULK, "")),
        ("BULK", (SmsKind.BULK, "")),
        (" otp ", (SmsKind.OTP, "")),
        ("tckn", (SmsKind.TCKN, "")),
        ("TAXNO|1-2-3-4", (SmsKind.TAXNO, "1-2-3-4")),
        ("|x", (SmsKind.BULK, "x")),
        ("BULK|", (SmsKind.BULK, "")),
        ("WHAT|a|b", (SmsKind.BULK, "a|b")),
    ],
)
def test_types(text: str, expected: tuple[SmsKind, str]) -> None:
    assert read_type(text) == expected


def test_rights_are_asked_for_by_what_a_message_leans_on() -> None:
    assert given().submission.asks == ()
    everything = given(sender="a", priority="yes", startTime="203001010000", expireTime="203001020000")
    assert everything.submission.asks == (
        Right.SOURCE_ADDRESS,
        Right.PRIORITY,
        Right.SCHEDULE,
        Right.VALIDITY,
    )
    assert given(smsType="OTP").submission.asks == (Right.PRIORITY,)


def test_a_tag_makes_a_key_of_its_own() -> None:
    assert given().submission.idempotency_key == "key"
    keys = {
        given(**fields).submission.idempotency_key
        for fields in (
            {"smsType": "BULK|1"},
            {"smsType": "BULK|2"},
            {"smsType": "BULK|1", "text": "y"},
            {"smsType": "BULK|1", "sender": "y"},
            {"smsType": "BULK|1", "mobileNumber": "905332141355"},
        )
    }
    assert len(keys) == 5
    assert all(key.startswith("mmp:") and len(key) == 44 for key in keys)
    assert given(smsType="OTP|1").submission.idempotency_key in keys


def test_keys_of_words_cannot_run_into_each_other() -> None:
    assert key_of("ab", "c") != key_of("a", "bc")


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"mobileNumber": "x"}, "BAD_NUMBER"),
        ({"mobileNumber": "x", "sender": "longer than eleven"}, "BAD_NUMBER"),
        ({"sender": "longer than eleven"}, "BAD_SENDER"),
        ({"sender": "ş"}, "BAD_SENDER"),
        ({"text": ""}, "BAD_TEXT"),
        ({"text": 1.5}, "BAD_MESSAGE"),
        ({"text": "x" * 100_001}, "BAD_MESSAGE"),
        ({"smsType": "x" * 201}, "BAD_MESSAGE"),
        ({"brandCode": "x" * 101}, "BAD_MESSAGE"),
        ({"startTime": []}, "BAD_MESSAGE"),
        ({"startTime": "soon"}, "BAD_DATE"),
        ({"smsType": "TCKN", "mobileNumber": "9053321413"}, "BAD_NUMBER"),
    ],
)
def test_faults(fields: dict[str, Any], word: str) -> None:
    found = read(**fields)
    assert isinstance(found, Fault)
    assert found.word == word
    assert found.sentence
