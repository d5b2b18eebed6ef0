"""Which paths there are, by which verbs."""

from __future__ import annotations

from chappe.dialect_kit.contract import EVERYTHING
from chappe.dialects.jasmin import DIALECT
from chappe.dialects.jasmin.batch_callback import BatchWriter
from chappe.dialects.jasmin.callback import JasminWriter
from chappe.domain.ids import IdRenderer


def served(face: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in DIALECT.endpoints:
        if face in each.faces:
            found.setdefault(each.path, set()).update(each.methods)
    return found


def test_paths_and_verbs() -> None:
    assert served("url") == {
        "/send": {"GET", "POST"},
        "/rate": {"GET", "HEAD", "POST"},
        "/balance": {"GET", "HEAD", "POST"},
        "/ping": {"GET", "HEAD", "POST"},
    }
    assert served("rest") == {
        "/ping": {"GET", "HEAD", "POST"},
        "/secure/balance": {"GET", "HEAD"},
        "/secure/rate": {"GET", "HEAD"},
        "/secure/send": {"POST"},
        "/secure/sendbatch": {"POST"},
        "/secure/batch/*": {"GET", "HEAD", "DELETE"},
    }
    assert served(EVERYTHING) == served("url") | served("rest")


def test_what_sends_is_not_asked_by_a_verb_that_must_not_change_anything() -> None:
    """Jasmin sends by HEAD; RFC 9110 §9.2.1 says that clients may ask that as often as they like."""
    (send,) = [each for each in DIALECT.endpoints if each.path == "/send"]
    assert "HEAD" not in send.methods


def test_passwords_are_masked_and_callbacks_are_in_this_dialects_words() -> None:
    assert DIALECT.name == "jasmin"
    assert DIALECT.masked == ("password",)
    writers = DIALECT.writers(IdRenderer(b"k" * 32))
    assert {name: type(writer) for name, writer in writers.items()} == {
        "jasmin": JasminWriter,
        "jasmin.batch": BatchWriter,
    }
