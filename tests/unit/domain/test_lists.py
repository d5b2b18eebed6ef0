"""Lists: whom each binds, which destinations it covers, and how numbers are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.lists import ListKind, ListTable, NumberList, barring, error_of, listed_number
from chappe.domain.refusal import Reason

BARRED = NumberList(name="barred")
NO_ADS = NumberList(
    name="no-ads", kind=ListKind.DO_NOT_CONTACT, accounts=("shop", "mall"), prefixes=("33", "32")
)
OPTOUTS = NumberList(name="optouts", kind=ListKind.SUPPRESSION, accounts=("shop",))
GROUPED = NumberList(name="grouped", groups=("adults",))
OFF = NumberList(name="off", enabled=False)
TABLE = ListTable([OPTOUTS, NO_ADS, OFF, GROUPED, BARRED])


def names(account: str, group: str = "") -> list[str]:
    return [one.name for one in TABLE.binding(account, group)]


def test_a_list_binds_whom_it_names_and_all_where_it_names_nobody() -> None:
    assert names("shop") == ["barred", "no-ads", "optouts"]
    assert names("mall") == ["barred", "no-ads"]
    assert names("bank") == ["barred"]
    assert names("bank", "adults") == ["barred", "grouped"]
    assert names("bank", "others") == ["barred"]


def test_one_that_names_an_account_and_its_group_is_asked_once() -> None:
    both = NumberList(name="both", accounts=("shop",), groups=("g",))
    assert ListTable([both]).binding("shop", "g") == (both,)


def test_a_table_of_nothing_in_force_is_empty() -> None:
    assert TABLE
    assert not ListTable([])
    assert not ListTable([OFF])
    assert ListTable([GROUPED])


def test_prefixes_are_the_scope() -> None:
    assert [NO_ADS.covers(number) for number in ("33612345678", "32470123456", "31612345678")] == [
        True,
        True,
        False,
    ]
    assert BARRED.covers("31612345678")


@pytest.mark.parametrize(
    ("one", "about", "error"),
    [
        (BARRED, "blacklist", "blacklisted"),
        (NO_ADS, "do_not_contact", "do_not_contact"),
        (OPTOUTS, "suppression", "suppressed"),
    ],
)
def test_a_refusal_tells_the_kind_and_not_the_operators_name(one: NumberList, about: str, error: str) -> None:
    refusal = barring(one)
    assert (refusal.reason, refusal.about, error_of(one)) == (Reason.BLACKLISTED, about, error)
    assert one.name not in refusal.text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+33 6 12 34 56 78", "33612345678"),
        ("0033612345678", "33612345678"),
        ("33612345678", "33612345678"),
        (" +1 (415) 555-0100\n", "14155550100"),
        ("31.6.12/34-56", "316123456"),
        ("+", ""),
        ("", ""),
        ("00", ""),
        ("++33", ""),
        ("3361234567x", ""),
        ("\u0661\u0662\u0663", ""),
        ("1" * 20, "1" * 20),
        ("1" * 21, ""),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, number: str) -> None:
    assert listed_number(text) == number


@given(st.text())
def test_whatever_is_read_is_a_number_or_nothing(text: str) -> None:
    number = listed_number(text)
    assert number == "" or (number.isascii() and number.isdigit() and len(number) <= 20)
    assert listed_number(f"+{number}") == number


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"name": "a b"}, "list name"), ({"name": "a", "prefixes": ("+33",)}, "is not digits")],
)
def test_what_is_wrong_with_a_list_is_said(fields: dict[str, object], said: str) -> None:
    assert said in NumberList(**fields).problem()  # type: ignore[arg-type]
    assert NO_ADS.problem() == ""
