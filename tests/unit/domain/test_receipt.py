"""Keys: however the two sides spell an id, one of the candidates is the key that the part is filed under."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.receipt import NORMALISERS, candidate_keys, stored_key

ALL = ("same", "hex", "decimal")


@pytest.mark.parametrize(
    ("response", "told", "normaliser"),
    [
        ("421733", "0000421733", "same"),
        ("39f99dd5", "0972660181", "hex"),  # V11: hexadecimal in the response, decimal in the receipt
        ("0972660181", "39F99DD5", "decimal"),
        ("0e999f21-81ef-4f3c-8d11-aa20ce7701ff", "E999F21-81EF-4F3C-8D11-AA20CE7701FF", "same"),  # V12
        ("04062581461644996000241", "4062581461644996000241", "same"),  # V13
        ("7C1E90A2D4B84F06A1E0B7730F5D2281", "7c1e90a2d4b84f06a1e0b7730f5d2281", "same"),
        (" 42 ", "42", "same"),
        ("0", "000", "same"),
    ],
)
def test_spellings_of_one_id_meet(response: str, told: str, normaliser: str) -> None:
    found = dict(map(reversed, candidate_keys(told, ALL)))  # type: ignore[arg-type]
    assert found[stored_key(response)] == normaliser


@pytest.mark.parametrize(
    ("response", "told"), [("SMSC1-77", "77"), ("77", "SMSC1-77"), ("SMSC1-77", "SMSC1-77"), ("77", "77")]
)
def test_a_prefix_may_stand_on_either_side(response: str, told: str) -> None:
    assert stored_key(response) in [key for _, key in candidate_keys(told, ALL, "SMSC1-")]


@given(st.integers(1 << 24, 1 << 128), st.integers(0, 4))
def test_a_number_is_found_in_either_base_with_or_without_zeros(number: int, zeros: int) -> None:
    spellings = f"{number:x}", f"{number:X}", str(number)
    for response in spellings:
        for told in spellings:
            keys = [key for _, key in candidate_keys("0" * zeros + told, ALL)]
            assert stored_key(response) in keys


@given(st.text(max_size=80), st.lists(st.sampled_from(ALL), unique=True), st.text(max_size=4))
def test_keys_are_distinct_normal_and_never_empty(text: str, names: list[str], prefix: str) -> None:
    keys = [key for _, key in candidate_keys(text, names, prefix)]
    assert len(keys) == len(set(keys))
    assert "" not in keys
    assert all(stored_key(key) == key for key in keys)


def test_the_first_key_is_the_id_as_it_is_written() -> None:
    assert candidate_keys("0012", ALL)[0] == ("same", "12")
    assert candidate_keys("00100012", ("hex", "same")) == (("hex", "186ac"), ("same", "100012"))


def test_a_short_id_is_looked_up_as_it_is_written_only() -> None:
    assert candidate_keys("12345", ALL) == (("same", "12345"),)
    assert len(candidate_keys("123456", ALL)) == 3


@pytest.mark.parametrize("blank", ["", " ", "-", "---", " - "])
def test_an_empty_id_is_looked_up_under_nothing(blank: str) -> None:
    assert candidate_keys(blank, ALL) == ()
    assert stored_key(blank) == ""


@pytest.mark.parametrize("digit", ["9", "f"])
def test_an_endless_number_is_not_converted(digit: str) -> None:
    assert candidate_keys(digit * 60_000, ALL) == (("same", digit * 60_000),)


@pytest.mark.parametrize("text", ["0x1f", "1_000", "+5", "\u0663\u0664"])
def test_what_only_a_programming_language_takes_for_a_number_is_none(text: str) -> None:
    assert [name for name, _ in candidate_keys(text, ALL)] == ["same"]


@pytest.mark.parametrize("name", ALL)
def test_every_normaliser_has_a_name(name: str) -> None:
    assert set(NORMALISERS) == set(ALL)
    assert NORMALISERS[name]("10") == {"same": "10", "hex": "a", "decimal": "16"}[name]
