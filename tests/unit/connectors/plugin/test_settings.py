"""Settings of plug-ins: each that cannot be used is named in a sentence, and time zones are known or given as offsets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chappe.connectors.plugin import settings as module
from chappe.connectors.plugin.settings import check, decode, zone_of

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("plugin", "assembly"),
    [
        ("mine:Plugin", False),
        ("a.b.c:Plugin", False),
        ("mine", False),
        ("/x/p.py:Plugin", False),
        ("/x/P.dll", True),
        ("C.DLL", True),
        ("/x/P.dll:Some.Type", True),
        ("/x/P.exe", True),
    ],
)
def test_what_names_a_plugin(plugin: str, assembly: bool) -> None:
    assert check({"plugin": plugin}) == ""
    assert decode({"plugin": plugin}).is_assembly is assembly


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"plugin": ""}, "plugin names no module, file or entry point"),
        ({"plugin": "/x/p.py"}, "plugin: a file needs the class behind it, as in path/file.py:Class"),
        ({"plugin": "not a name"}, "plugin: 'not a name' is no module:Class, file or entry point"),
        ({"response_timer": 0}, "response_timer is not more than 0 seconds, or has no end"),
        ({"report_first": float("nan")}, "report_first is not more than 0 seconds, or has no end"),
        ({"objects": 0}, "objects is 1 to 64, not 0"),
        ({"batch": 10_001}, "batch is 1 to 10000, not 10001"),
        ({"longest_answer": 256}, "longest_answer is 1 to 255, not 256"),
        (
            {"timezone": "Atlantis/Capital"},
            "timezone: 'Atlantis/Capital' is no time zone that this machine knows, nor an offset such as +03:00",
        ),
        (
            {"timezone": "+25:00"},
            "timezone: '+25:00' is no time zone that this machine knows, nor an offset such as +03:00",
        ),
    ],
)
def test_what_is_wrong_is_said_by_its_name(given: dict[str, Any], sentence: str) -> None:
    assert check({"plugin": "mine", **given}) == sentence


@pytest.mark.parametrize(
    "given", [{"colour": "green"}, {"objects": "many"}, {"on_exception": "cry"}, {"accounts": 3}]
)
def test_what_is_no_setting_is_refused(given: dict[str, Any]) -> None:
    assert check({"plugin": "mine", **given})


@pytest.mark.parametrize(
    ("name", "hours"),
    [("UTC", 0), ("z", 0), ("+03:00", 3), ("-0530", -5.5), ("Europe/Istanbul", 3), ("Europe/Paris", 1)],
)
def test_time_zones(name: str, hours: float) -> None:
    assert NOON.astimezone(zone_of(name)).utcoffset() == timedelta(hours=hours)


def test_the_default_zone_needs_no_table_of_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_table(name: str) -> None:
        raise module.ZoneInfoNotFoundError(name)

    monkeypatch.setattr(module, "ZoneInfo", no_table)
    assert NOON.astimezone(zone_of("Europe/Istanbul")).utcoffset() == timedelta(hours=3)
    assert check({"plugin": "mine"}) == ""
    assert check({"plugin": "mine", "timezone": "Europe/Paris"})
