"""Which parts of a query look inside an MO; what each finds is shown over every engine in tests/contracts."""

from __future__ import annotations

import pytest

from chappe.domain.address import Address
from chappe.domain.incoming import Incoming
from chappe.domain.mo_match import MoMatch, logged
from chappe.domain.mo_query import LoggedMo, MoQuery

MO = Incoming(
    1,
    "acme",
    "mo",
    "op",
    Address("316"),
    Address("1212"),
    "Join \u0130STANBUL",
    b"",
    "ucs2",
    8,
    1,
    50,
    instance="i",
    keyword="k",
    network="20404",
)


@pytest.mark.parametrize(
    ("query", "inside", "holds"),
    [
        (MoQuery(), False, True),
        (MoQuery(account="acme", instance="i", since_ms=50, until_ms=51), False, True),
        (MoQuery(account="b"), False, False),
        (MoQuery(instance="b"), False, False),
        (MoQuery(since_ms=51), False, False),
        (MoQuery(until_ms=50), False, False),
        (MoQuery(sources=("316",)), True, True),
        (MoQuery(sources=("31",)), True, False),
        (MoQuery(destinations=("1212", "1")), True, True),
        (MoQuery(destinations=("1",)), True, False),
        (MoQuery(networks=("20404",)), True, True),
        (MoQuery(networks=("1",), connectors=("op",)), True, True),
        (MoQuery(networks=("1",), connectors=("x",)), True, False),
        (MoQuery(text="JOIN \u0130"), True, True),
        (MoQuery(text="leave"), True, False),
        (MoQuery(pattern="Join"), True, True),
        (MoQuery(pattern="join"), True, False),
    ],
)
def test_a_query_holds_of_an_mo_or_not(query: MoQuery, inside: bool, holds: bool) -> None:
    match = MoMatch(query)
    assert (match.looks_inside, match.holds(MO)) == (inside, holds)


def test_what_is_no_text_has_none_of_it() -> None:
    binary = Incoming(1, "", "", "", Address(), Address(), None, b"x", "binary", 4, 1, 0)
    assert not MoMatch(MoQuery(text="x")).holds(binary)
    assert not MoMatch(MoQuery(pattern="")).looks_inside
    assert not MoMatch(MoQuery(pattern=".*")).holds(binary)


def test_an_mo_as_it_is_logged() -> None:
    assert logged(MO) == LoggedMo(MO, "i", "k", "20404")
