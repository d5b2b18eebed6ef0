"""Which paths there are, by which verbs."""

from __future__ import annotations

from chappe.dialects.jasmin import DIALECT
from chappe.dialects.jasmin.callback import JasminWriter
from chappe.domain.ids import IdRenderer


def test_paths_and_verbs() -> None:
    assert {each.path: each.methods for each in DIALECT.endpoints} == {
        "/send": ("GET", "POST"),
        "/rate": ("GET", "HEAD", "POST"),
        "/balance": ("GET", "HEAD", "POST"),
        "/ping": ("GET", "HEAD", "POST"),
    }


def test_what_sends_is_not_asked_by_a_verb_that_must_not_change_anything() -> None:
    """Jasmin sends by HEAD; RFC 9110 §9.2.1 says that clients may ask that as often as they like."""
    (send,) = [each for each in DIALECT.endpoints if each.path == "/send"]
    assert "HEAD" not in send.methods


def test_passwords_are_masked_and_callbacks_are_in_this_dialects_words() -> None:
    assert DIALECT.name == "jasmin"
    assert DIALECT.masked == ("password",)
    assert isinstance(DIALECT.writer(IdRenderer(b"k" * 32)), JasminWriter)
