"""fields.py: each kind of field at its limits, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.protocols.smpp.fields import COctet, CountedOctets, FieldError, Integer


@pytest.mark.parametrize(
    ("kind", "value", "octets"),
    [
        (Integer(1), 0, b"\0"),
        (Integer(1), 255, b"\xff"),
        (Integer(2), 0x1234, b"\x12\x34"),
        (Integer(4), 0xFFFFFFFF, b"\xff\xff\xff\xff"),
        (COctet(1), "", b"\0"),
        (COctet(6), "CMT", b"CMT\0"),
        (COctet(4), "abc", b"abc\0"),
        (COctet(3), "\xe9\xff", b"\xe9\xff\0"),
        (CountedOctets(254), b"", b"\0"),
        (CountedOctets(254), b"\0\1", b"\2\0\1"),
        (CountedOctets(254), b"x" * 254, b"\xfe" + b"x" * 254),
    ],
)
def test_a_value_and_its_octets(kind, value, octets) -> None:
    assert kind.write(value) == octets
    assert kind.read(octets, 0, lenient=False) == (value, len(octets))
    assert kind.read(b"??" + octets + b"?", 2, lenient=False) == (value, 2 + len(octets))


@pytest.mark.parametrize(
    ("kind", "octets"),
    [
        (Integer(1), b""),
        (Integer(4), b"\0\0\0"),
        (COctet(4), b""),
        (COctet(4), b"abc"),
        (COctet(4), b"abcd\0"),
        (CountedOctets(3), b""),
        (CountedOctets(3), b"\2x"),
        (CountedOctets(3), b"\4xxxx"),
    ],
)
def test_octets_that_are_no_value(kind, octets) -> None:
    with pytest.raises(FieldError) as caught:
        kind.read(octets, 0, lenient=False)
    assert caught.value.status == 0


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Integer(1), 256),
        (Integer(1), -1),
        (Integer(1), "1"),
        (COctet(4), "abcd"),
        (COctet(4), "a\0"),
        (COctet(4), "\u20ac"),
        (COctet(4), b"abc"),
        (CountedOctets(3), b"xxxx"),
        (CountedOctets(3), "xxx"),
    ],
)
def test_values_that_have_no_octets(kind, value) -> None:
    with pytest.raises(FieldError):
        kind.write(value)


def test_a_lenient_string_may_be_too_long_and_lack_its_nul() -> None:
    assert COctet(4).read(b"abcdef\0?", 0, lenient=True) == ("abcdef", 7)
    assert COctet(4).read(b"abcdef", 2, lenient=True) == ("cdef", 6)


def test_an_error_may_bring_a_status_of_its_own() -> None:
    assert FieldError("x", 0x40).status == 0x40


@given(st.binary(max_size=8), st.integers(0, 8), st.booleans())
def test_any_octets_are_a_value_or_a_field_error(octets, at, lenient) -> None:
    for kind in (Integer(1), Integer(4), COctet(4), CountedOctets(3)):
        try:
            value, end = kind.read(octets, at, lenient=lenient)
        except FieldError:
            continue
        assert at <= end <= len(octets)
        assert value is not None
