"""Signed sessions: only the key, the use and the time that they were made for make them good."""

from __future__ import annotations

import base64
import hmac

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialect_kit.signed_session import (
    MOST_CHARACTERS,
    SignedSession,
    made,
    verified,
    version_of,
)
from chappe.domain.account import Credential

KEY = b"k" * 32
SESSION = SignedSession("acme", "00ff", 1_000)
CREDENTIAL = Credential(username="acme", account="acme", secret_hash="h")


def test_the_form_is_fixed() -> None:
    word = made(KEY, "mmp", SESSION)
    # Worked out with another implementation of HMAC-SHA256 (RFC 2104) over "mmp", NUL and the fields.
    assert word == "WyJhY21lIiwiMDBmZiIsMTAwMF0.3IBKRr-oQzw1D4wfHR1lxAEYBL5CaPKh63FxRdi0Sms"


@given(st.text(max_size=30), st.text(max_size=24), st.integers(1, 2**62))
def test_what_was_made_is_verified(user: str, version: str, expires_ms: int) -> None:
    session = SignedSession(user, version, expires_ms)
    word = made(KEY, "x", session)
    if len(word) <= MOST_CHARACTERS:
        assert verified(KEY, "x", word, expires_ms - 1) == session
        assert verified(KEY, "x", word, expires_ms) is None


def test_another_key_or_use_is_none() -> None:
    word = made(KEY, "mmp", SESSION)
    assert verified(KEY, "mmp", word, 0) == SESSION
    assert verified(b"l" * 32, "mmp", word, 0) is None
    assert verified(KEY, "servicestack", word, 0) is None
    assert verified(KEY, "", word, 0) is None


def test_no_letter_may_be_another() -> None:
    word = made(KEY, "mmp", SESSION)
    # The last letter of a base64 word has bits that count for nothing.
    for at in (*range(word.index(".") - 1), *range(word.index(".") + 1, len(word) - 1)):
        other = "A" if word[at] != "A" else "B"
        assert verified(KEY, "mmp", word[:at] + other + word[at + 1 :], 0) is None


@pytest.mark.parametrize(
    "text", ["", ".", "a", "a.b", "é.é", "=.=", "a.b.c", " ", "\x00", "A" * 10_000, "." * 512]
)
def test_other_texts_are_none(text: str) -> None:
    assert verified(KEY, "mmp", text, 0) is None


@given(st.text(max_size=80))
def test_any_text_is_none(text: str) -> None:
    assert verified(KEY, "mmp", text, 0) is None


def test_well_signed_fields_of_another_form_are_none() -> None:
    for fields in ([], ["acme", 5, 10], {"user": "x"}, "x", ["acme", "v", 10, 11, "more"]):
        octets = msgspec.json.encode(fields)
        signature = hmac.digest(KEY, b"mmp\0" + octets, "sha256")
        word = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (octets, signature))
        found = verified(KEY, "mmp", word, 0)
        assert found is None or (found.user, found.version, found.expires_ms) == ("acme", "v", 10)


def test_a_version_changes_with_the_secret() -> None:
    others = [
        msgspec.structs.replace(CREDENTIAL, version=2),
        msgspec.structs.replace(CREDENTIAL, secret_hash="i"),
        msgspec.structs.replace(CREDENTIAL, version=11, secret_hash=""),
    ]
    versions = {version_of(one) for one in (CREDENTIAL, *others)}
    assert len(versions) == 4
    assert version_of(msgspec.structs.replace(CREDENTIAL, allow=("192.0.2.1",))) == version_of(CREDENTIAL)
