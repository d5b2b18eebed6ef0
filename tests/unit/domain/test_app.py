"""Apps as records: what is wrong with one, and how long its pushes have."""

from __future__ import annotations

import msgspec
import pytest

from chappe.domain.app import WAITS, App, MessageType

KEY = "11111111-2222-3333-4444-555555555555"


def app(**given: object) -> App:
    return App(**{"key": KEY, "name": "shop", "account": "acme", **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "about"),
    [
        ({}, ""),
        ({"wait": 172_800}, ""),
        ({"key": ""}, "app key"),
        ({"key": KEY.replace("1", "A")}, "app key"),
        ({"key": KEY.replace("-", "")}, "app key"),
        ({"name": "a b"}, "app name"),
        ({"wait": -1}, "wait"),
        ({"wait": 172_801}, "wait"),
    ],
)
def test_what_is_wrong_with_a_record(given: dict[str, object], about: str) -> None:
    problem = app(**given).problem()
    assert about in problem
    assert bool(problem) is bool(about)


@pytest.mark.parametrize(
    ("kind", "asked", "wait", "seconds"),
    [
        (MessageType.DEFAULT, MessageType.DEFAULT, 0, 3_600),
        (MessageType.OTP, MessageType.OTP, 0, 30),
        (MessageType.CRITICAL, MessageType.CRITICAL, 0, 300),
        (MessageType.OTP, MessageType.OTP, 45, 45),
        # The app's own wait is for its own type.
        (MessageType.OTP, MessageType.CRITICAL, 45, 300),
    ],
)
def test_how_long_a_push_has(kind: MessageType, asked: MessageType, wait: int, seconds: int) -> None:
    assert app(type=kind, wait=wait).wait_ms(asked) == seconds * 1_000


def test_every_type_has_a_wait() -> None:
    assert set(WAITS) == set(MessageType)


def test_a_record_comes_back_from_json() -> None:
    record = app(type=MessageType.CRITICAL, wait=60, secret="s", apple="a", android="b", enabled=False)
    assert msgspec.json.decode(msgspec.json.encode(record), type=App) == record
