"""Fields as clients send them: keys of any case, nulls, numbers as texts, and what nests too deep."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.dialects.cm.rich_fields import (
    BadRich,
    Fields,
    array,
    json_of,
    json_text,
    number_of,
    object_at,
    text_of,
)


def fields(**given: Any) -> Fields:
    return Fields(given, "here")


def test_keys_are_case_blind_and_the_last_spelling_wins() -> None:
    found = Fields({"PhoneNumber": "1", "phonenumber": "2"}, "dial")
    assert (found.get("phoneNumber"), found.has("PHONENUMBER")) == ("2", True)


def test_null_is_not_there() -> None:
    assert not fields(a=None).has("a")
    assert fields(a=None).get("a") is None


def test_an_inner_object_says_where_it_stands() -> None:
    assert fields(Inner={"a": 1}).inner("inner").where == "here.inner"
    with pytest.raises(BadRich, match=r"here\.inner is required"):
        fields().inner("inner")
    with pytest.raises(BadRich, match=r"The here\.inner object is an invalid type, it should be an object"):
        fields(inner=[1]).inner("inner")
    with pytest.raises(BadRich, match="invalid type"):
        object_at("x", "there")


def test_arrays() -> None:
    assert array(fields(a=[1, None, 2]), "a") == [(1, "here.a[0]"), (2, "here.a[2]")]
    assert array(fields(), "a") == []
    with pytest.raises(BadRich, match=r"The here\.a object is an invalid type, it should be an array"):
        array(fields(a={}), "a")
    with pytest.raises(BadRich, match=r"here\.a holds 3 entries, at most 2 are allowed"):
        array(fields(a=[1, 2, 3]), "a", most=2)


@pytest.mark.parametrize(
    ("value", "text"), [("x", "x"), ("", ""), (None, ""), (7, "7"), (1.5, "1.5"), ("7", "7")]
)
def test_texts(value: Any, text: str) -> None:
    assert text_of(fields(a=value), "a") == text


@pytest.mark.parametrize("value", [True, [], {}, ["x"]])
def test_what_is_no_text(value: Any) -> None:
    with pytest.raises(BadRich, match=r"The here\.a object is an invalid type, it should be a text"):
        text_of(fields(a=value), "a")


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_required_text_says_something(value: Any) -> None:
    with pytest.raises(BadRich, match=r"here\.a is required"):
        text_of(fields(a=value), "a", required=True)


def test_a_long_text() -> None:
    assert text_of(fields(a="x" * 20_000), "a")
    with pytest.raises(BadRich, match=r"here\.a is longer than 20000 characters"):
        text_of(fields(a="x" * 20_001), "a")


@pytest.mark.parametrize(
    ("value", "number"), [(1, 1.0), (-4.5, -4.5), ("45.76", 45.76), (" 4 ", 4.0), (None, None), ("", None)]
)
def test_numbers(value: Any, number: float | None) -> None:
    assert number_of(fields(a=value), "a") == number


@pytest.mark.parametrize("value", ["x", "nan", "inf", True, [], {}, float("nan"), float("inf"), 10**400])
def test_what_is_no_number(value: Any) -> None:
    with pytest.raises(BadRich, match=r"here\.a is not a number"):
        number_of(fields(a=value), "a")


def test_opaque_objects() -> None:
    assert json_of(fields(a={"b": [1, None, "é"]}), "a") == '{"b":[1,null,"é"]}'
    assert json_of(fields(), "a") == ""
    with pytest.raises(BadRich, match="required"):
        json_of(fields(), "a", required=True)
    with pytest.raises(BadRich, match="should be an object"):
        json_of(fields(a=[1]), "a")


@pytest.mark.parametrize("levels", [17, 100, 900])
def test_what_nests_too_deep(levels: int) -> None:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    with pytest.raises(BadRich, match="nested deeper than 16 levels"):
        json_text(value, "here")


def test_sixteen_levels_are_not_too_deep() -> None:
    value: Any = 1
    for _ in range(15):
        value = {"a": value}
    assert json_text(value, "here").count("{") == 15


def test_numbers_of_any_size_are_passed_on() -> None:
    assert json_text({"a": 10**30}, "here") == '{"a":1000000000000000000000000000000}'


def test_what_holds_too_much_is_refused_before_it_is_looked_at() -> None:
    assert json_text([0] * 10_000, "here").count("0") == 10_000
    with pytest.raises(BadRich, match="here holds more than 10000 values"):
        json_text({"a": [[0] * 5_000] * 2}, "here")
    assert len(array(fields(a=[1] * 100), "a")) == 100
    with pytest.raises(BadRich, match="holds 101 entries, at most 100"):
        array(fields(a=[1] * 101), "a")
