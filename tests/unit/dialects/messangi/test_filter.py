"""The filter syntax: the vendor's example, what may be left out, what cannot be meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.messangi.encoded import BadEncoding
from chappe.dialects.messangi.filter import Filter, read_filter


@pytest.mark.row("004-059")
@pytest.mark.parametrize(
    "segment",
    [
        b"from=13056708084&order=desc&to=19893143924&keyword=%5EOGANGI.*&carrier=movistar",
        b"FROM=13056708084&ORDER=DESC&TO=19893143924&KEYWORD=^OGANGI.*&CARRIER=movistar",
        b"from%3D13056708084%26order%3Ddesc%26to%3D19893143924%26keyword%3D%255EOGANGI.*%26carrier%3Dmovistar",
        b"&from=13056708084&&to=19893143924&keyword=%5EOGANGI.*&carrier=movistar&colour=red",
    ],
)
def test_the_example_in_every_writing(segment: bytes) -> None:
    assert read_filter(segment) == Filter(
        sources=("13056708084",), destinations=("19893143924",), carriers=("movistar",), pattern="^OGANGI.*"
    )


def test_several_values_and_the_other_order() -> None:
    assert read_filter(b"from=1,2,%2B3&from=4&carrier=a,b%2Cc&order=asc") == Filter(
        sources=("1", "2", "3", "4"), carriers=("a", "b,c"), newest_first=False
    )


def test_a_pattern_may_hold_commas_equals_and_an_encoded_ampersand() -> None:
    assert read_filter(b"keyword=a{1,2}=b%26c").pattern == "a{1,2}=b&c"


@pytest.mark.parametrize(
    "segment", [b"", b"null", b"NULL", b"from=null&to=null&keyword=null&order=null", b"from=&to=", b"x"]
)
def test_no_filter(segment: bytes) -> None:
    assert read_filter(segment) == Filter()


@pytest.mark.parametrize(
    ("segment", "name"),
    [
        (b"from=x", "from"),
        (b"to=" + b"1" * 21, "to"),
        (b"order=up", "order"),
        (b"keyword=%FF", "keyword"),
        (b"keyword=" + b"a" * 501, "keyword"),
        (b"from=" + b"1," * 300, "parameters"),
    ],
)
def test_what_cannot_be_meant_is_named(segment: bytes, name: str) -> None:
    with pytest.raises(BadEncoding, match=f"^{name}$"):
        read_filter(segment)


@given(st.binary(max_size=300))
def test_any_octets_are_read_or_refused(segment: bytes) -> None:
    try:
        read_filter(b"keyword=" + segment)
        read_filter(segment)
    except BadEncoding:
        pass
