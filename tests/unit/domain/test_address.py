"""Numbers and senders: their normal forms, TON and NPI, what is refused, and how they look in a log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.address import Address, BadAddress, Npi, Ton, destination, masked, sender

INTERNATIONAL, SHORT, TEXT = (
    (Ton.INTERNATIONAL, Npi.ISDN),
    (Ton.NETWORK_SPECIFIC, Npi.ISDN),
    (Ton.ALPHANUMERIC, Npi.UNKNOWN),
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("31612345678", "31612345678"),
        ("+31612345678", "31612345678"),
        ("0031612345678", "31612345678"),
        ("1", "1"),
        ("0612345678", "0612345678"),
        ("9" * 20, "9" * 20),
        ("+" + "9" * 20, "9" * 20),
        ("00" + "9" * 20, "9" * 20),
    ],
)
def test_a_destination_in_its_normal_form(text: str, value: str) -> None:
    assert destination(text) == Address(value, *INTERNATIONAL)


@pytest.mark.parametrize(
    "text",
    ["", "+", "00", "abc", "+31 612", "31-612", "9" * 21, "++31", " 31", "31\n", "\u0663\u0661", "31\x00"],
)
def test_what_is_no_destination_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        destination(text)


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("31612345678", "31612345678", INTERNATIONAL),
        ("+31612345678", "31612345678", INTERNATIONAL),
        ("0031612345678", "31612345678", INTERNATIONAL),
        ("1234567", "1234567", INTERNATIONAL),
        ("123456", "123456", SHORT),
        ("+123", "123", INTERNATIONAL),
        ("00", "00", SHORT),
        ("Chappe", "Chappe", TEXT),
        ("A & B", "A & B", TEXT),
        ("12345a", "12345a", TEXT),
        ("+", "+", TEXT),
        ("elevenchars", "elevenchars", TEXT),
    ],
)
def test_a_sender_in_its_normal_form(text: str, value: str, kind: tuple[Ton, Npi]) -> None:
    assert sender(text) == Address(value, *kind)


def test_no_sender_is_the_empty_one() -> None:
    assert sender("") == Address("", Ton.UNKNOWN, Npi.UNKNOWN)


@pytest.mark.parametrize("text", ["twelve chars", "9" * 21, "caf\u00e9", "a\nb", "a\x00", "\u0663\u0661"])
def test_what_is_no_sender_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        sender(text)


@given(st.text(max_size=25))
def test_every_text_is_an_address_that_fits_its_field_or_refused(text: str) -> None:
    for read, longest in ((destination, 20), (sender, 20)):
        try:
            found = read(text)
        except BadAddress:
            continue
        assert len(found.value) <= longest
        assert found.value.isascii()
        assert read(found.value).value in (found.value, found.value[2:])


@pytest.mark.parametrize(
    ("number", "shown"),
    [("31612345678", "316******78"), ("123456", "123*56"), ("12345", "*****"), ("1", "*"), ("", "")],
)
def test_a_number_in_a_log(number: str, shown: str) -> None:
    assert masked(number) == shown


@given(st.text("0123456789", min_size=6, max_size=20))
def test_a_masked_number_shows_five_digits(number: str) -> None:
    assert len(masked(number)) == len(number)
    assert sum(letter != "*" for letter in masked(number)) == 5
