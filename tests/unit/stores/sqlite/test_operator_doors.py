"""The doors for what operators set and pay in: entries by revision, balances in the order asked for."""

from __future__ import annotations

import asyncio

import pytest

from chappe.ports.directory import Conflict, Entry, Kind
from chappe.ports.ledger import LedgerEntry
from chappe.stores.sqlite.store import SqliteStore
from making import NOW


async def test_of_two_who_decide_on_the_same_knowledge_one_is_refused(store: SqliteStore) -> None:
    told = await asyncio.gather(
        *(store.put([Entry(Kind.SETTING, "s", str(number))], 0) for number in range(3)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in told) == ["Conflict", "Conflict", "int"]
    assert await store.directory_revision() == 1


@pytest.mark.parametrize("kind", Kind)
async def test_every_kind_of_entry_comes_back(store: SqliteStore, kind: Kind) -> None:
    await store.put([Entry(kind, "k\u00e9y", '{"x": "\u4f60"}')])
    assert await store.directory() == [Entry(kind, "k\u00e9y", '{"x": "\u4f60"}', 1)]


async def test_a_conflict_says_so_and_does_not_stop_the_store(store: SqliteStore) -> None:
    with pytest.raises(Conflict):
        await store.put([Entry(Kind.SETTING, "s", "1")], 5)
    assert await store.put([Entry(Kind.SETTING, "s", "1")], 0) == 1


async def test_balances_come_in_the_order_asked_for(store: SqliteStore) -> None:
    for account, amount in (("b", 2), ("a", 1)):
        await store.deposit(LedgerEntry(account, NOW, amount, ""))
    assert await store.balances(["a", "none", "b", "a"]) == [1, 0, 2, 1]
    assert await store.balances([]) == []


async def test_the_newest_deposits_come_first(store: SqliteStore) -> None:
    for amount in range(1, 6):
        await store.deposit(LedgerEntry("a", NOW + amount, amount, f"no. {amount}"))
    assert [entry.amount for entry in await store.entries("a", 3)] == [5, 4, 3]
    assert await store.entries("b", 3) == []
