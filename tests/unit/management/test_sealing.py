"""Secrets at rest: unreadable without the key, never sealed twice, never shown."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.management.sealing import (
    CannotUnseal,
    Keys,
    holds_sealed,
    is_sealed,
    load_keys,
    without_secrets,
)
from unit.management.keeping import keys

OTHER = Keys(bytes(32))


@given(st.text())
def test_what_is_sealed_comes_back(text: str) -> None:
    sealed = keys().seal(text)
    assert is_sealed(sealed)
    assert len(text) < 4 or text not in sealed
    assert keys().unseal(sealed) == text


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert keys().seal("secret") != keys().seal("secret")


@pytest.mark.parametrize("damage", ["other key", "cut", "changed", "no base64"])
def test_what_does_not_open_says_why_and_nothing_else(damage: str) -> None:
    sealed = keys().seal("hidden-pw")
    by = OTHER if damage == "other key" else keys()
    prefix, _, octets = sealed.rpartition(":")
    raw = bytearray(base64.b64decode(octets))
    if damage == "cut":
        raw = raw[:5]
    elif damage == "changed":
        raw[-1] ^= 1
    sealed = f"{prefix}:{'!!' if damage == 'no base64' else base64.b64encode(raw).decode()}"
    with pytest.raises(CannotUnseal, match="another key") as told:
        by.unseal(sealed)
    assert "hidden-pw" not in str(told.value)


def test_a_text_that_never_was_sealed_is_left_alone() -> None:
    assert keys().unseal("plain") == "plain"


def test_only_secrets_among_settings_are_sealed() -> None:
    settings = {"host": "h", "password": "p1", "secret": "p2", "secret_key": "p3", "port": 1, "tls": None}
    sealed = keys().seal_settings(settings)
    assert {name for name in settings if settings[name] != sealed[name]} == {
        "password",
        "secret",
        "secret_key",
    }
    assert keys().seal_settings(sealed) == sealed
    assert keys().unseal_settings(sealed) == settings
    assert (holds_sealed(settings), holds_sealed(sealed)) == (False, True)


def test_a_screen_shows_that_there_is_a_secret_and_not_which() -> None:
    assert without_secrets({"host": "h", "password": "p1"}) == {"host": "h", "password": "••••"}


def test_the_key_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "chappe.key"
    made = load_keys(path, create=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_keys(path, create=True).unseal(made.seal("x")) == "x"
    assert load_keys(path, create=False).ids == made.ids
    assert made.ids != OTHER.ids
    assert made.sessions == load_keys(path, create=False).sessions
    assert len({made.sessions, made.ids, OTHER.sessions}) == 3


@pytest.mark.parametrize("octets", [b"", b"xx", b"AAAA", base64.b64encode(bytes(31)), b"\xff\xfe", b"#" * 44])
def test_a_key_file_that_holds_no_key(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "chappe.key"
    path.write_bytes(octets)
    with pytest.raises(ValueError, match=r"chappe\.key does not hold a key of 32 octets in base64"):
        load_keys(path, create=True)
    assert path.read_bytes() == octets


def test_a_key_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"none\.key does not exist"):
        load_keys(tmp_path / "none.key", create=False)


def test_a_key_of_another_length() -> None:
    with pytest.raises(ValueError, match="32 octets"):
        Keys(b"short")
