"""Value filters: which value is refused by which pattern, what clients are told, and that no pattern takes long."""

from __future__ import annotations

import msgspec
import pytest

from chappe.domain.refusal import Reason
from chappe.domain.value_filters import NO_FILTERS, Screen, ValueFilters, Values

ALL = Values(destination="31612345678", source="Acme", priority="2", validity="60", content="Hello\nworld")


@pytest.mark.parametrize(
    ("filters", "about"),
    [
        ({}, ""),
        ({"destination": "316"}, ""),
        ({"destination": "612"}, "destination_address"),  # from its start, as Jasmin matches
        ({"destination": "^31\\d{9}$"}, ""),
        ({"destination": "^32"}, "destination_address"),
        ({"source": "^(Acme|Other)$"}, ""),
        ({"source": "Other"}, "source_address"),
        ({"priority": "^[0-2]$"}, ""),
        ({"priority": "^[01]$"}, "priority"),
        ({"validity": "^\\d{1,2}$"}, ""),
        ({"validity": "^\\d$"}, "validity_period"),
        ({"content": "Hello"}, ""),
        ({"content": "^.*$"}, "content"),  # a dot is no line feed
        ({"content": "(?s)^.*$"}, ""),
        ({"content": "(?i)HELLO"}, ""),
        ({"content": "world"}, "content"),
        # Several: the first in the order of asking is told.
        ({"content": "no", "destination": "no", "priority": "no"}, "destination_address"),
        ({"content": "no", "priority": "no"}, "priority"),
    ],
)
def test_the_first_filter_that_is_not_matched_is_told(filters: dict[str, str], about: str) -> None:
    refusal = Screen(ValueFilters(**filters)).refusal(ALL)
    assert (refusal.about if refusal else "") == about
    assert refusal is None or refusal.reason is Reason.FILTERED


@pytest.mark.parametrize("name", ["source", "priority", "validity", "content"])
def test_what_its_client_did_not_ask_for_is_not_looked_at(name: str) -> None:
    assert Screen(ValueFilters(**{name: "never"})).refusal(Values(destination="31")) is None


def test_what_need_not_be_made_is_told() -> None:
    assert not Screen(NO_FILTERS).needs_content
    assert not Screen(NO_FILTERS).needs_validity
    assert Screen(ValueFilters(content="x")).needs_content
    assert Screen(ValueFilters(validity="x")).needs_validity


@pytest.mark.parametrize("name", ValueFilters.__struct_fields__)
@pytest.mark.parametrize("pattern", ["(", "[", "a**", "(?=x)", "\\1", "x{1001}"])
def test_what_is_no_pattern_is_named(name: str, pattern: str) -> None:
    assert f"filters.{name}" in ValueFilters(**{name: pattern}).problem()
    assert ValueFilters(**{name: "^[a-z]+$"}).problem() == ""


def test_a_pattern_that_takes_other_engines_for_ever_takes_this_one_a_moment() -> None:
    screen = Screen(ValueFilters(content="^(a+)+$"))
    assert screen.refusal(Values(destination="1", content="a" * 50_000 + "!")) is not None


def test_filters_come_back_from_json() -> None:
    filters = ValueFilters(destination="^31", content="é")
    assert msgspec.json.decode(msgspec.json.encode(filters), type=ValueFilters) == filters
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"sender": "x"}', type=ValueFilters)
