"""Links, MIME types, times, numbers and coordinates inside rich content."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from chappe.dialects.cm.rich_fields import BadRich, Fields
from chappe.dialects.cm.rich_values import (
    app_link,
    calendar_time,
    coordinate,
    international,
    later,
    mime_type,
    web_address,
)


def fields(value: Any) -> Fields:
    return Fields({"a": value}, "here")


@pytest.mark.parametrize(
    "link",
    [
        "https://example.org",
        "http://example.org:8080/a%20b?c=d#e",
        "https://пример.испытание/a",
        "https://[2001:db8::1]/a",
        "https://user@example.org/",
    ],
)
@pytest.mark.row("001-149")
def test_web_addresses(link: str) -> None:
    assert web_address(fields(f" {link} "), "a") == link


@pytest.mark.parametrize(
    "link",
    [
        "",
        "example.org/a.png",
        "//example.org",
        "https://",
        "https:///a",
        "ftp://example.org/a",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "https://exa mple.org/",
        "https://example.org/\r\nX: y",
        "https://example.org:99999/",
        "https://[::1",
        "https://example.org/" + "a" * 2_048,
        7,
    ],
)
@pytest.mark.row("001-149")
def test_what_is_no_web_address(link: Any) -> None:
    with pytest.raises(BadRich, match=r"here\.a"):
        web_address(fields(link), "a")


@pytest.mark.parametrize(
    "link",
    ["https://example.org", "myapp://open/7", "market://details?id=x", "tel:+33140000000", "mailto:a@b.c"],
)
@pytest.mark.row("001-167")
def test_links_of_the_web_and_of_apps(link: str) -> None:
    assert app_link(fields(link), "a") == link


@pytest.mark.parametrize(
    "link",
    [
        "",
        "open",
        "://x",
        "1x:y",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "file:///x",
        "my app:x",
        "https://",
        "app:\x00",
    ],
)
def test_what_is_no_link(link: str) -> None:
    with pytest.raises(BadRich, match=r"here\.a"):
        app_link(fields(link), "a")


@pytest.mark.parametrize(
    "text",
    ["image/png", "video/mp4", "audio/ogg; codecs=opus", "application/pdf", "image/svg+xml", "image/*"],
)
@pytest.mark.row("001-150")
def test_mime_types(text: str) -> None:
    assert mime_type(fields(text), "a") == text


@pytest.mark.parametrize(
    "text", ["", "png", "image/", "/png", "image / png", "image/png\r\nX: y", "a" * 200 + "/b"]
)
@pytest.mark.row("001-150")
def test_what_is_no_mime_type(text: str) -> None:
    with pytest.raises(BadRich, match=r"here\.a"):
        mime_type(fields(text), "a")


SEVEN = datetime(2026, 2, 5, 7)  # noqa: DTZ001 - a time of the device, without an offset


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-02-05T07:00:00", SEVEN),
        ("2026-02-05 07:00:00", SEVEN),
        ("2026-02-05T07:00", SEVEN),
        ("2026-02-05T07:00:00+00:00", SEVEN.replace(tzinfo=UTC)),
        ("2026-02-05T07:00:00Z", SEVEN.replace(tzinfo=UTC)),
        ("2026-02-05T07:00:00.0000000+01:00", SEVEN.replace(tzinfo=timezone(timedelta(hours=1)))),
        (
            "Thu Feb 05 2026 07:00:00 GMT+0000 (Coordinated Universal Time)",
            SEVEN.replace(tzinfo=UTC),
        ),
        (
            "Thu Feb 05 2026 07:00:00 GMT-0530",
            SEVEN.replace(tzinfo=timezone(-timedelta(hours=5, minutes=30))),
        ),
    ],
)
@pytest.mark.row("001-168")
def test_times(text: str, time: datetime) -> None:
    assert calendar_time(fields(text), "a") == time


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-02-05",
        "2018-02-05T07:00:00:00:00:00",
        "2026-13-05T07:00:00",
        "2026-02-30T07:00:00",
        "2026-02-05T25:00:00",
        "20260205T070000",
        "2026-W06-4T07:00:00",
        "Thu Fev 05 2026 07:00:00 GMT+0000",
        "9" * 100,
        1_770_274_800,
    ],
)
@pytest.mark.row("001-168")
def test_what_is_no_time(text: Any) -> None:
    with pytest.raises(BadRich, match=r"here\.a"):
        calendar_time(fields(text), "a")


def test_what_ends_before_it_starts() -> None:
    hour = timedelta(hours=1)
    assert later(SEVEN + hour, SEVEN)
    assert not later(SEVEN, SEVEN)
    assert not later(SEVEN, SEVEN + hour)
    assert not later(SEVEN + hour, SEVEN.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0033140000000", "33140000000"),
        ("+33140000000", "33140000000"),
        ("33140000000", "33140000000"),
        ("+33 1 40-00.00 (00)", "33140000000"),
        (33140000000, "33140000000"),
    ],
)
@pytest.mark.row("001-169")
def test_numbers_to_call(text: Any, number: str) -> None:
    assert international(fields(text), "a") == number


@pytest.mark.parametrize(
    "text", ["", "0140000000", "112", "+0140000000", "call me", "1" * 16, "٣٣١٤٠٠٠٠٠٠٠", "+"]
)
@pytest.mark.row("001-169")
def test_what_is_no_international_number(text: str) -> None:
    with pytest.raises(BadRich, match=r"here\.a"):
        international(fields(text), "a")


@pytest.mark.parametrize(
    ("value", "degrees"), [(45.76, 45.76), ("-90", -90.0), (90, 90.0), (None, None), (0, 0.0)]
)
def test_degrees(value: Any, degrees: float | None) -> None:
    assert coordinate(fields(value), "a", 90) == degrees


@pytest.mark.parametrize("value", [90.1, "-91", "north", True])
def test_what_are_no_degrees(value: Any) -> None:
    with pytest.raises(BadRich, match=r"here\.a"):
        coordinate(fields(value), "a", 90)
