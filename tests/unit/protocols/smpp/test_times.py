"""times.py: SMPP 3.4 §7.1.1 both ways, and the dates of receipts."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.protocols.smpp.times import (
    BadTimeError,
    format_absolute,
    format_receipt_date,
    format_relative,
    parse_receipt_date,
    parse_time,
)

NOW = datetime(2026, 3, 14, 15, 9, 55, tzinfo=UTC)
PARIS = timezone(timedelta(hours=1))


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


moments = st.datetimes(
    at(2000, 1, 2).replace(tzinfo=None), at(2099, 12, 30).replace(tzinfo=None), timezones=st.just(UTC)
)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("", None),
        ("260314150955000+", datetime(2026, 3, 14, 15, 9, 55, tzinfo=UTC)),
        ("260314150955900+", datetime(2026, 3, 14, 15, 9, 55, 900_000, tzinfo=UTC)),
        ("260314150955004+", datetime(2026, 3, 14, 14, 9, 55, tzinfo=UTC)),
        ("260314150955004-", datetime(2026, 3, 14, 16, 9, 55, tzinfo=UTC)),
        ("260314150955001-", datetime(2026, 3, 14, 15, 24, 55, tzinfo=UTC)),
        ("260314233000048-", datetime(2026, 3, 15, 11, 30, tzinfo=UTC)),
        ("991231235959000+", datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("000229000000000+", datetime(2000, 2, 29, tzinfo=UTC)),
        ("000000000000000R", NOW),
        ("000000001000000R", NOW + timedelta(minutes=10)),
        ("000002000000000R", NOW + timedelta(days=2)),
        ("000000240000000R", NOW + timedelta(hours=24)),
        ("000000000090000R", NOW + timedelta(seconds=90)),
        ("000100000000000R", datetime(2026, 4, 14, 15, 9, 55, tzinfo=UTC)),
        ("001000000000000R", datetime(2027, 1, 14, 15, 9, 55, tzinfo=UTC)),
        ("010203040506000R", datetime(2027, 5, 17, 19, 15, 1, tzinfo=UTC)),
    ],
)
def test_what_a_time_means(text, moment) -> None:
    """E18."""
    assert parse_time(text, NOW) == moment


@pytest.mark.parametrize(
    ("day", "text", "expected"),
    [
        (datetime(2026, 1, 31, tzinfo=UTC), "000100000000000R", datetime(2026, 2, 28, tzinfo=UTC)),
        (datetime(2028, 1, 31, tzinfo=UTC), "000100000000000R", datetime(2028, 2, 29, tzinfo=UTC)),
        (datetime(2026, 5, 31, tzinfo=UTC), "000100000000000R", datetime(2026, 6, 30, tzinfo=UTC)),
        (datetime(2028, 2, 29, tzinfo=UTC), "010000000000000R", datetime(2029, 2, 28, tzinfo=UTC)),
        (datetime(2026, 3, 14, 1, tzinfo=PARIS), "000001000000000R", datetime(2026, 3, 15, tzinfo=UTC)),
    ],
)
def test_months_of_different_lengths_and_a_present_elsewhere(day, text, expected) -> None:
    assert parse_time(text, day) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2603141509",
        "260314150955000",
        "260314150955000++",
        "260314150955000Z",
        "260314150955000r",
        "260314150955049+",
        "261314150955000+",
        "260230150955000+",
        "260314250955000+",
        "260314156055000+",
        "260314150960000+",
        "26031415095500x+",
        "-60314150955000+",
        "\u0662\u0666" + "0314150955000+",
        "26031415095500\u00b2+",
        " " * 16,
        "0000000000000000",
    ],
)
def test_what_is_no_time(text) -> None:
    with pytest.raises(BadTimeError):
        parse_time(text, NOW)


@pytest.mark.parametrize(
    "now", [datetime(9990, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)]
)
def test_a_time_behind_the_calendars_end(now) -> None:
    with pytest.raises(BadTimeError):
        parse_time("990000000000000R", now)
    with pytest.raises(BadTimeError):
        parse_time("990099000000000R", now)


@given(moments, st.integers(-12 * 4, 12 * 4))
def test_absolute_times_round_trip(moment, quarters) -> None:
    elsewhere = moment.astimezone(timezone(quarters * timedelta(minutes=15)))
    text = format_absolute(elsewhere)
    assert len(text) == 16
    assert parse_time(text, NOW) == moment.replace(microsecond=moment.microsecond // 100_000 * 100_000)


@given(st.integers(0, 32 * 86_400 - 1))
def test_relative_times_round_trip(seconds) -> None:
    text = format_relative(seconds)
    assert len(text) == 16
    assert parse_time(text, NOW) == NOW + timedelta(seconds=seconds)


@given(st.text(st.sampled_from("0123456789R+-"), min_size=16, max_size=16) | st.text(max_size=18))
def test_any_text_is_a_time_or_refused(text) -> None:
    try:
        moment = parse_time(text, NOW)
    except BadTimeError:
        return
    assert moment is None or moment.utcoffset() == timedelta(0)


@pytest.mark.parametrize("seconds", [-1, 32 * 86_400])
def test_spans_that_have_no_relative_form(seconds) -> None:
    with pytest.raises(BadTimeError):
        format_relative(seconds)


@pytest.mark.parametrize(
    "moment",
    [datetime(2026, 1, 1), datetime(1999, 12, 31, 23, 59, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)],  # noqa: DTZ001 - the lack of a zone is the case
)
def test_moments_that_have_no_absolute_form(moment) -> None:
    with pytest.raises(BadTimeError):
        format_absolute(moment)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2603141509", at(2026, 3, 14, 15, 9)),
        ("260314150955", at(2026, 3, 14, 15, 9, 55)),
        ("202603141509", at(2026, 3, 14, 15, 9)),
        ("200101010030", at(2020, 1, 1, 1, 0, 30)),
        ("20260314150955", at(2026, 3, 14, 15, 9, 55)),
        ("2026-03-14 15:09:55", at(2026, 3, 14, 15, 9, 55)),
        ("2026-03-14T15:09:55", at(2026, 3, 14, 15, 9, 55)),
        ("2026-03-14 15:09", at(2026, 3, 14, 15, 9)),
        ("2026/03/14 15:09", at(2026, 3, 14, 15, 9)),
        ("  2603141509\t", at(2026, 3, 14, 15, 9)),
    ],
)
def test_a_receipts_date_is_in_the_zone_it_was_written_in(text, moment) -> None:
    """V3, V4, V20."""
    assert parse_receipt_date(text) == moment
    assert parse_receipt_date(text, PARIS) == moment.replace(tzinfo=PARIS)


@pytest.mark.parametrize("text", ["2026-03-14T15:09:55Z", "2026-03-14T16:09:55+01:00", "260314160955004+"])
def test_a_receipts_date_that_tells_its_zone(text) -> None:
    assert parse_receipt_date(text, timezone(timedelta(hours=5))) == NOW


@pytest.mark.parametrize(
    "text",
    ["", " ", "0000000000", "000000000000", "00000000000000", "26031415", "9913321561", "yesterday", "1-2-3", "26031415095500x+",
     "2603141509550000+", "260314150955049+", "\u0662603141509"],
)  # fmt: skip
def test_a_receipts_date_that_is_none(text) -> None:
    assert parse_receipt_date(text) is None


@given(moments, st.sampled_from((10, 12, 14)))
def test_receipts_dates_round_trip(moment, digits) -> None:
    text = format_receipt_date(moment, digits)
    assert len(text) == digits
    kept = moment.replace(second=0, microsecond=0) if digits == 10 else moment.replace(microsecond=0)
    assert parse_receipt_date(text) == kept


@given(st.text(max_size=20) | st.text(st.sampled_from("0123456789-: T+Z"), max_size=20))
def test_any_text_is_a_receipts_date_or_none(text) -> None:
    moment = parse_receipt_date(text)
    assert moment is None or moment.tzinfo is not None
