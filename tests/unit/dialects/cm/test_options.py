"""What the fields of a MSG become; whole calls with every wrong value are in tests/dialects/cm/test_fields.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.cm.options import (
    LONE_PARTS,
    Content,
    Wrong,
    content_of,
    extras_of,
    number_of,
    parts_of,
    reference_of,
    sender_of,
    source_of,
    text_of,
)
from chappe.dialects.cm.statuses import NO_FROM, WRONG_FROM
from chappe.domain.address import Address

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("value", "text"), [("x", "x"), (None, ""), (7, "7"), (True, None), (1.5, None), ([], None)]
)
def test_texts(value: Any, text: str | None) -> None:
    assert text_of(value) == text


def test_senders() -> None:
    assert sender_of("1234567890123456") == Address("1234567890123456", 1, 1)
    assert sender_of("12345678901234567") is None
    assert source_of({"from": "Chappe"}) == Address("Chappe", 5, 0)
    for value, rejection in ((None, NO_FROM), ("x" * 12, WRONG_FROM), ([], WRONG_FROM)):
        with pytest.raises(Wrong) as wrong:
            source_of({"from": value})
        assert wrong.value.rejection is rejection


@pytest.mark.parametrize("before", ["", "+", "00"])
@given(digits=st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True))
def test_numbers(before: str, digits: str) -> None:
    assert number_of(before + digits) == Address(digits, 1, 1)


@given(st.text(max_size=30))
def test_what_is_a_number_has_digits_only(text: str) -> None:
    found = number_of(text)
    assert found is None or (found.value.isascii() and found.value.isdigit() and found.value[0] != "0")


def test_contents() -> None:
    assert content_of({"body": {"content": "x"}}, may_be_empty=False) == Content("x", None, 0, 1)
    assert content_of({"body": {"Content": "x", "TYPE": "auto"}}, may_be_empty=False) == Content(
        "x", None, None, 8
    )
    assert content_of({}, may_be_empty=True) == Content("", None, 0, 1)


def test_parts() -> None:
    assert parts_of({}, 8) == 8
    given = {"minimumNumberOfMessageParts": 1, "maximumNumberOfMessageParts": "3"}
    assert parts_of(given, 8) == 3
    with pytest.raises(Wrong) as wrong:
        parts_of({"minimumNumberOfMessageParts": 1}, 8)
    assert wrong.value.rejection is LONE_PARTS


def test_extras() -> None:
    assert extras_of({}, None, labelled=False, tariff="") is None
    found = extras_of({"customGrouping": "a"}, None, labelled=False, tariff="")
    assert found is not None
    assert found.labelled
    found = extras_of({"allowedChannels": ["SMS"]}, None, labelled=False, tariff="")
    assert found is not None
    assert (found.labelled, found.channels) == (False, ("sms",))
    found = extras_of({}, None, labelled=True, tariff="150")
    assert found is not None
    assert (found.labelled, found.tariff) == (True, "150")


@given(
    st.dictionaries(
        st.sampled_from(["from", "to", "body", "dcs", "reference", "validity", "appKey"]), ANYTHING
    )
)
def test_whatever_is_written_is_a_value_or_a_rejection(fields: dict[str, Any]) -> None:
    for read in (source_of, reference_of, lambda one: content_of(one, may_be_empty=False)):
        assert _code(read, fields) in (0, 301, 304, 305)


def _code(read: Callable[[dict[str, Any]], Any], fields: dict[str, Any]) -> int:
    try:
        read(fields)
    except Wrong as wrong:
        return wrong.rejection.code
    return 0
