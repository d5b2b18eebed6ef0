"""The store's contract for the numbers of lists: looked up in batches, loaded, dated, read in pages, dropped."""

from __future__ import annotations

import asyncio

from chappe.ports.store import Store
from making import NOW


async def test_numbers_are_found_on_their_own_list_only(store: Store) -> None:
    assert await store.enlist("barred", ["31612345678", "33612345678"], NOW) == 2
    assert await store.enlist("optouts", ["31612345678"], NOW) == 1
    asked = [
        ("optouts", "33612345678"),
        ("barred", "33612345678"),
        ("nobody", "31612345678"),
        ("optouts", "31612345678"),
        ("barred", "316"),
        ("barred", "33612345678"),
    ]
    assert await store.listed(asked) == [1, 3, 5]
    assert await store.listed([]) == []


async def test_what_is_asked_at_once_is_answered_apart(store: Store) -> None:
    await store.enlist("a", ["1", "3"], NOW)
    answers = await asyncio.gather(
        store.listed([("a", "1"), ("a", "2")]),
        store.listed([("a", "2")]),
        store.listed([("a", "2"), ("a", "4"), ("a", "3")]),
        store.listed([("a", "3")]),
    )
    assert answers == [[0], [], [2], [0]]


async def test_a_number_is_on_a_list_once_and_keeps_its_time(store: Store) -> None:
    assert await store.enlist("a", ["1", "2"], NOW) == 2
    assert await store.enlist("a", ["2", "3", "3"], NOW + 5) == 1
    assert await store.list_page("a", "", 9) == [("1", NOW), ("2", NOW), ("3", NOW + 5)]


async def test_a_new_edition_dates_what_it_has(store: Store) -> None:
    await store.enlist("a", ["1", "2"], NOW)
    assert await store.enlist("a", ["2", "3"], NOW + 5, again=True) == 1
    assert await store.list_page("a", "", 9) == [("1", NOW), ("2", NOW + 5), ("3", NOW + 5)]


async def test_numbers_come_off_one_list(store: Store) -> None:
    await store.enlist("a", ["1", "2"], NOW)
    await store.enlist("b", ["1"], NOW)
    assert await store.delist("a", ["1", "9"]) == 1
    assert await store.listed([("a", "1"), ("a", "2"), ("b", "1")]) == [1, 2]
    assert await store.delist("a", ["1"]) == 0
    assert await store.delist("nobody", ["1"]) == 0


async def test_pages_are_in_the_order_of_the_text(store: Store) -> None:
    await store.enlist("a", ["9", "10", "1", "2"], NOW)
    await store.enlist("b", ["15"], NOW)
    assert [number for number, _ in await store.list_page("a", "", 3)] == ["1", "10", "2"]
    assert [number for number, _ in await store.list_page("a", "2", 3)] == ["9"]
    assert await store.list_page("a", "9", 3) == []


async def test_lists_are_counted_and_emptied_little_by_little(store: Store) -> None:
    await store.enlist("a", ["1", "2", "3"], NOW)
    await store.enlist("b", ["1"], NOW)
    assert await store.list_counts() == {"a": 3, "b": 1}
    assert [await store.drop_list("a", 2) for _ in range(3)] == [2, 1, 0]
    assert await store.list_counts() == {"b": 1}
