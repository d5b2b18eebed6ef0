"""Nothing that others wrote steers the terminal, is coloured, or turns into pictures."""

from __future__ import annotations

import pytest

from chappe.cli.screen import at, complain, note, safe, table, timeline
from chappe.management.timeline import Line

HOSTILE = "[red]x[/red] \x1b[2J :x: \r\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é", "plain é"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb\x7f\x9b", "a\\x0ab\\x7f\\x9b"),
        ("[red]", "\\[red]"),
    ],
)
def test_control_characters_are_made_visible(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_hostile_texts_come_out_as_they_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    note(HOSTILE)
    complain(HOSTILE)
    table("t", ("a",), [(HOSTILE,)])
    timeline(HOSTILE, [Line(0, "noted", HOSTILE)])
    out, err = capsys.readouterr()
    assert (out.count("[red]x[/red] \\x1b[2J :x: \\x0d\\x0a"), err.count(":x:")) == (4, 1)
    assert "\x1b" not in out + err
    assert "\r" not in out + err


def test_an_empty_table_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    table("routes", ("a", "b"), [])
    assert capsys.readouterr().out == "routes: none\n"


def test_times_are_utc_with_milliseconds() -> None:
    assert at(0) == "-"
    assert at(1_577_836_800_007) == "2020-01-01 00:00:00.007"
