"""Rules of PINs, how they are kept, where they stand in a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.pin import (
    DEFAULT_RULES,
    Pin,
    PinRules,
    PinState,
    digits_in,
    is_pin,
    pin_digest,
    prefix_of,
    with_pin,
)

KEY = b"k" * 32


def test_the_rules_are_sound_as_they_come() -> None:
    assert DEFAULT_RULES.problem() == ""
    assert (DEFAULT_RULES.life, DEFAULT_RULES.tries) == (600, 5)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("life", 59), ("life", 3_601), ("tries", 0), ("tries", 11), ("spacing", (-1,)), ("spacing", (3_601,)),
        ("spacing", (1,) * 11), ("per_number", 0), ("per_number", 101), ("per_range", 0), ("per_account", 100_001),
    ],
)  # fmt: skip
def test_rules_out_of_bounds_are_named(field: str, value: object) -> None:
    assert f"pins.{field}" in PinRules(**{field: value}).problem()  # type: ignore[arg-type]


def test_waits_grow_and_stay() -> None:
    assert [DEFAULT_RULES.wait_ms(earlier) for earlier in range(5)] == [0, 30_000, 60_000, 120_000, 120_000]
    assert PinRules(spacing=()).wait_ms(3) == 0


@given(st.from_regex(r"\A[0-9]{4,10}\Z"), st.from_regex(r"\A[0-9]{4,10}\Z"))
def test_a_hash_is_of_its_digits_its_pin_its_number_its_account_and_its_key(digits: str, other: str) -> None:
    digest = pin_digest(KEY, 7, "acme", "316", digits)
    assert digits not in digest or len(digits) < 5
    assert is_pin(KEY, 7, "acme", "316", digits=digits, digest=digest)
    assert is_pin(KEY, 7, "acme", "316", digits=other, digest=digest) == (other == digits)
    assert not is_pin(KEY, 8, "acme", "316", digits=digits, digest=digest)
    assert not is_pin(KEY, 7, "acm", "e316", digits=digits, digest=digest)
    assert not is_pin(KEY, 7, "acme", "317", digits=digits, digest=digest)
    assert not is_pin(b"x" * 32, 7, "acme", "316", digits=digits, digest=digest)


def test_the_range_of_a_number() -> None:
    assert prefix_of("31612345678") == "31612345"
    assert prefix_of("2020") == "2020"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{PIN}", "1234"),
        ("a {pin} b %PIN%", "a 1234 b 1234"),
        ("no place", "no place 1234"),
        ("", "1234"),
        ("{Pin} {PIN2}", "{Pin} {PIN2} 1234"),
        ("\\g<0> {PIN}", "\\g<0> 1234"),
    ],
)
def test_where_the_digits_go(text: str, shown: str) -> None:
    assert with_pin(text, "1234") == shown


def test_all_that_could_be_a_pin() -> None:
    assert digits_in("a 12345, b 67, c 8901", 4) == ["1234", "2345", "8901"]
    assert digits_in("123", 4) == []
    assert digits_in("", 4) == []


@given(st.text(max_size=60), st.from_regex(r"\A[0-9]{4,10}\Z"))
def test_the_digits_are_found_in_any_text_that_shows_them(text: str, digits: str) -> None:
    assert digits in digits_in(with_pin(text, digits), len(digits))


def test_how_a_pin_stands() -> None:
    pin = Pin(1, "acme", "316", 6, "d", 0, 1_000, 1)
    assert pin.stands(999) == "open"
    assert pin.stands(1_000) == "expired"
    assert Pin(1, "acme", "316", 6, "d", 0, 1_000, 0).stands(0) == "out of tries"
    assert Pin(1, "acme", "316", 6, "d", 0, 1_000, 0, state=PinState.USED).stands(0) == "used"
    assert Pin(1, "acme", "316", 6, "d", 0, 1_000, 1, state=PinState.VOID).stands(0) == "void"
