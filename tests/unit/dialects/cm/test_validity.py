"""Every form of a validity, and that nothing else is one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.cm.validity import LONGEST_MS, read_validity

NOW = datetime(2017, 4, 20, 11, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)


def at(hour: int, minute: int, second: int) -> int:
    return int(datetime(2017, 4, 20, hour, minute, second, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.row("001-077")
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2017-04-20 11:50:50:05 GMT", at(11, 50, 5)),
        ("2017-04-20 11:50:05 GMT", at(11, 50, 5)),
        ("2017-04-20 19:50:05+8", at(11, 50, 5)),
        ("2017-04-20 04:55:05-07:00", at(11, 55, 5)),
        ("2017-04-20 17:20:05+05:30", at(11, 50, 5)),
        ("2017-04-20 13:50:05", at(11, 50, 5)),
    ],
)
def test_the_documents_samples(text: str, moment: int) -> None:
    assert read_validity(text, NOW_MS) == moment


def test_a_zone_is_that_of_the_account_where_it_has_one() -> None:
    assert read_validity("2017-04-20 12:50:05", NOW_MS, "Europe/London") == at(11, 50, 5)


@given(st.integers(1, 47 * 3600), st.integers(-12 * 60, 14 * 60), st.booleans())
def test_any_moment_in_any_zone(seconds: int, offset: int, colon: bool) -> None:
    moment = NOW + timedelta(seconds=seconds)
    shown = moment.astimezone(timezone(timedelta(minutes=offset)))
    hours, minutes = divmod(abs(offset), 60)
    zone = f"{'-' if offset < 0 else '+'}{hours:02d}{':' if colon else ''}{minutes:02d}"
    assert read_validity(f"{shown:%Y-%m-%d %H:%M:%S}{zone}", NOW_MS) == int(moment.timestamp() * 1000)


@given(st.text(max_size=40) | st.from_regex(r"[0-9:+\- GMThm]{0,40}"))
def test_nothing_raises_and_nothing_is_past_or_too_far(text: str) -> None:
    found = read_validity(text, NOW_MS)
    assert found is None or NOW_MS < found <= NOW_MS + LONGEST_MS
