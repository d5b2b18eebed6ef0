"""Networks: the longest known prefix wins, as in a naive search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.network import Network, PrefixTable

digits = st.text("0123", min_size=1, max_size=5)
networks = st.lists(
    st.builds(
        lambda code, prefixes: Network(code=code, prefixes=tuple(prefixes)),
        st.text("0123456789", min_size=5, max_size=6),
        st.lists(digits, max_size=4),
    ),
    max_size=8,
)


def naive(known: list[Network], number: str) -> str:
    best, code = "", ""
    for network in known:
        for prefix in network.prefixes:
            if number.startswith(prefix) and len(prefix) >= len(best):
                best, code = prefix, network.code
    return code


@given(networks, st.text("0123", max_size=8))
def test_it_finds_what_a_naive_search_finds(known: list[Network], number: str) -> None:
    assert PrefixTable(known).network_of(number) == naive(known, number)


def test_known_numbers() -> None:
    table = PrefixTable(
        [
            Network(code="20404", prefixes=("31", "316540")),
            Network(code="20416", prefixes=("31624",)),
            Network(code="310260", prefixes=("1",)),
        ]
    )
    assert table.network_of("31654012345") == "20404"
    assert table.network_of("31624000000") == "20416"
    assert table.network_of("3162") == "20404"
    assert table.network_of("1") == "310260"
    assert table.network_of("44") == table.network_of("") == ""


def test_an_empty_table_knows_nothing() -> None:
    assert PrefixTable(()).network_of("31612345678") == ""


@pytest.mark.parametrize("code", ["20404", "310260"])
def test_a_good_record(code: str) -> None:
    assert Network(code=code, prefixes=("31", "0" * 15)).problem() == ""


@pytest.mark.parametrize("code", ["", "2040", "2040404", "2040a", "\u0662\u0660\u0664\u0660\u0664"])
def test_a_code_that_is_none(code: str) -> None:
    assert "MCC and MNC" in Network(code=code).problem()


@pytest.mark.parametrize("prefix", ["", "+31", "3" * 16, "31 6", "\u0663"])
def test_a_prefix_that_is_none(prefix: str) -> None:
    assert "prefix" in Network(code="20404", prefixes=("31", prefix)).problem()
