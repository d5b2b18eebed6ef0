"""Dates without a zone: the account's, or that of the vendor's home."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.mmp.dates import ISTANBUL, read_date, write_date, zone_of
from chappe.domain.account import Account


def ms(*fields: int) -> int:
    return int(datetime(*fields, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("", ISTANBUL, 0),
        ("202601010300", ISTANBUL, ms(2026, 1, 1)),
        ("20260101030059", ISTANBUL, ms(2026, 1, 1, 0, 0, 59)),
        ("202607010200", ZoneInfo("Europe/Paris"), ms(2026, 7, 1)),
        ("202601010100", ZoneInfo("Europe/Paris"), ms(2026, 1, 1)),
        ("197001010000", ISTANBUL, 1),
        ("000101010000", ISTANBUL, 1),
        ("202402290300", ISTANBUL, ms(2024, 2, 29)),
    ],
)
def test_reading(text: str, zone: tzinfo, expected: int) -> None:
    assert read_date(text, zone) == expected


@pytest.mark.parametrize(
    "text",
    ["x", "2026", "202602290000", "202613010000", "202601012400", "202601010060", "000001010000", "1" * 13],
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        read_date(text, ISTANBUL)


@given(st.text("0123456789", max_size=15))
def test_any_digits_are_a_date_or_none(text: str) -> None:
    if text and len(text) not in (12, 14):
        with pytest.raises(ValueError, match=text):
            read_date(text, ISTANBUL)
        return
    with contextlib.suppress(ValueError):
        assert read_date(text, ISTANBUL) >= 0


@given(st.integers(100_000, 4_000_000_000))
def test_a_minute_comes_back(seconds: int) -> None:
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%d%H%M")
    assert write_date(read_date(text, ISTANBUL), ISTANBUL) == text


def test_writing() -> None:
    assert write_date(0, ISTANBUL) == ""
    assert write_date(ms(2026, 1, 1, 21, 59, 59), ISTANBUL) == "202601020059"


def test_the_zone_of_an_account() -> None:
    assert zone_of(Account(name="a")) is ISTANBUL
    assert zone_of(Account(name="a", timezone="Europe/Paris")) == ZoneInfo("Europe/Paris")
    # The machine lost its tables since it was set.
    assert zone_of(Account(name="a", timezone="Nowhere/Land")) is ISTANBUL


def test_an_account_with_a_zone_that_nobody_knows_is_not_sound() -> None:
    assert Account(name="a", timezone="Europe/Istanbul").problem() == ""
    for zone in ("Nowhere/Land", "../../etc/passwd", "\0", "x" * 5_000):
        assert Account(name="a", timezone=zone).problem().startswith("timezone ")
