"""Balances in SQL: never below zero, and every deposit on record."""

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chappe.ports.ledger import LedgerEntry
from chappe.stores.sqlite import ledger
from chappe.stores.sqlite.database import Database
from making import NOW
from unit.stores.sqlite.test_queue import open_nameless


def deposit(db: Database, amount: int, account: str = "acme") -> int | None:
    with db.transaction():
        return ledger.deposit(db, LedgerEntry(account, NOW, amount, "note"))


@given(st.lists(st.integers(-100, 100), max_size=30))
@settings(deadline=None)
def test_a_balance_is_the_sum_of_what_was_taken_and_never_negative(amounts: list[int]) -> None:
    db = open_nameless()
    total = 0
    for amount in amounts:
        found = deposit(db, amount)
        if total + amount < 0:
            assert found is None
        else:
            total += amount
            assert found == total
    assert sum(row[2] for row in db.rows("entries", "acme", 100)) == total
    db.connection.close()


def test_the_file_itself_keeps_a_balance_from_going_below_zero(db: Database) -> None:
    deposit(db, 5)
    with pytest.raises(apsw.ConstraintError):
        db.run("credit", "acme", -6, 0, 0)


def test_accounts_are_apart(db: Database) -> None:
    assert (deposit(db, 5, "a"), deposit(db, 7, "b"), deposit(db, -6, "a")) == (5, 7, None)
    assert sorted(db.rows("balances", '["a", "b", "c"]')) == [("a", 5, 0, 0), ("b", 7, 0, 0)]


@pytest.mark.parametrize("given", [(0, 1, 0), (0, 0, -1)])
def test_neither_does_it_let_what_is_set_aside_or_the_count_of_parts(
    db: Database, given: tuple[int, ...]
) -> None:
    deposit(db, 5)
    with pytest.raises(apsw.ConstraintError):
        db.run("credit", "acme", *given)


def test_parts_are_paid_in_beside_money(db: Database) -> None:
    for amount, parts, taken in ((0, 10, True), (0, -4, True), (5, -7, False), (5, 1, True)):
        with db.transaction():
            found = ledger.deposit(db, LedgerEntry("acme", 1, amount, "n", parts))
        assert (found is not None) is taken
    assert db.rows("balances", '["acme"]') == [("acme", 5, 0, 7)]
    assert [row[4] for row in db.rows("entries", "acme", 9)] == [1, -4, 10]
