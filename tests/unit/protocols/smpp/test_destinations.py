"""destinations.py: the repeated groups of submit_multi and submit_multi_resp."""

import pytest

from chappe.protocols.smpp.destinations import (
    Destinations,
    DistributionList,
    SmeAddress,
    Unsuccessful,
    UnsuccessSme,
)
from chappe.protocols.smpp.fields import FieldError

NUMBER = SmeAddress("336", 1, 1)
LIST = DistributionList("all")


@pytest.mark.parametrize(
    ("value", "octets"),
    [
        ((NUMBER,), b"\1\1\1\x01336\0"),
        ((LIST,), b"\1\2all\0"),
        ((LIST, NUMBER), b"\2\2all\0\1\1\x01336\0"),
        ((LIST,) * 254, b"\xfe" + b"\2all\0" * 254),
    ],
    ids=["number", "list", "both", "most"],
)
def test_destinations_both_ways(value, octets) -> None:
    assert Destinations().write(value) == octets
    assert Destinations().read(octets, 0, lenient=False) == (value, len(octets))


@pytest.mark.parametrize(
    ("value", "octets"),
    [
        ((), b"\0"),
        ((UnsuccessSme("336", 0x0B, 1, 2),), b"\1\1\x02336\0\0\0\0\x0b"),
        ((UnsuccessSme("", 0xFFFFFFFF),) * 2, b"\2" + b"\0\0\0\xff\xff\xff\xff" * 2),
    ],
)
def test_unsuccessful_both_ways(value, octets) -> None:
    assert Unsuccessful().write(value) == octets
    assert Unsuccessful().read(octets, 0, lenient=True) == (value, len(octets))


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"", 0),
        (b"\0", 0),
        (b"\xff" + b"\2a\0" * 255, 0),
        (b"\2\2a\0", 0),
        (b"\1\0", 0x40),
        (b"\1\3a\0", 0x40),
        (b"\1\1\1\x01336", 0x0B),
        (b"\1\1\1\x01" + b"3" * 21 + b"\0", 0x0B),
        (b"\1\2all", 0x34),
        (b"\1\2" + b"l" * 21 + b"\0", 0x34),
    ],
)
def test_bad_destinations_and_their_status(octets, status) -> None:
    with pytest.raises(FieldError) as caught:
        Destinations().read(octets, 0, lenient=False)
    assert caught.value.status == status


@pytest.mark.parametrize("octets", [b"", b"\1", b"\1\1\x01336\0\0\0\0"])
def test_bad_unsuccessful(octets) -> None:
    with pytest.raises(FieldError):
        Unsuccessful().read(octets, 0, lenient=True)


@pytest.mark.parametrize(
    "value", [(), (LIST,) * 255, ("336",), (SmeAddress("3" * 21),), (DistributionList("l" * 21),)]
)
def test_destinations_that_cannot_be_written(value) -> None:
    with pytest.raises(FieldError):
        Destinations().write(value)


@pytest.mark.parametrize("value", [("336",), (UnsuccessSme("336", 2**32),), (UnsuccessSme("336", 0),) * 256])
def test_unsuccessful_that_cannot_be_written(value) -> None:
    with pytest.raises(FieldError):
        Unsuccessful().write(value)


@pytest.mark.parametrize("value", [NUMBER, LIST, UnsuccessSme("336", 0)], ids=["number", "list", "unsuccess"])
def test_values_do_not_change(value) -> None:
    for name in value.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(value, name, None)


def test_a_type_of_number_is_unknown_unless_said_otherwise() -> None:
    assert Destinations().write((SmeAddress("336"),)) == b"\1\1\0\x00336\0"
