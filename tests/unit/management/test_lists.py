"""Lists in bulk: files as they come, many numbers a commit, broken off and gone on with, replaced by a new edition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.management.lists import AT_ONCE, Lists, Loaded, numbers_in
from chappe.management.records import BadRecord
from chappe.ports.store import StoreBusy
from chappe.stores.memory.store import MemoryStore
from making import NOW


class Noting(MemoryStore):
    """Notes how many numbers each commit had, and fails at one of them if told to."""

    def __init__(self, fails_at: int = -1) -> None:
        super().__init__()
        self.commits: list[int] = []
        self.fails_at = fails_at

    async def enlist(self, name: str, numbers: Sequence[str], at_ms: int, *, again: bool = False) -> int:
        if len(self.commits) == self.fails_at:
            raise StoreBusy("full")
        self.commits.append(len(numbers))
        return await super().enlist(name, numbers, at_ms, again=again)


def lists_over(store: MemoryStore) -> tuple[Lists, list[int]]:
    rests: list[int] = []

    async def rest() -> None:
        rests.append(1)

    return Lists(store, rest), rests


def many(count: int) -> Iterator[str]:
    return (f"336{number:08}\n" for number in range(count))


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("+33 6 12 34 56 78\r\n", "33612345678"),
        ("\ufeff33612345678", "33612345678"),
        ("33612345678;Jean;x", "33612345678"),
        ('"0033612345678","x"', "33612345678"),
        ("33612345678,2026-01-01 00:00:00.000", "33612345678"),
    ],
)
def test_lines_are_read_as_they_come(line: str, number: str) -> None:
    bad: list[str] = []
    assert list(numbers_in([line], bad)) == [number]
    assert bad == []


def test_what_is_no_number_is_told_and_what_is_nothing_is_not() -> None:
    bad: list[str] = []
    assert list(numbers_in(["number", "", "  ", "# x", "12x", "1" * 21, "7"], bad)) == ["7"]
    assert bad == ["number", "12x", "1" * 21]


@given(st.lists(st.text()))
def test_any_lines_can_be_read(lines: list[str]) -> None:
    for number in numbers_in(lines, []):
        assert number.isascii()
        assert number.isdigit()


async def test_a_file_is_loaded_many_numbers_a_commit() -> None:
    store = Noting()
    lists, rests = lists_over(store)
    assert await lists.load("a", many(2 * AT_ONCE + 1), NOW) == Loaded(2 * AT_ONCE + 1, 0, 0)
    assert store.commits == [AT_ONCE, AT_ONCE, 1]
    assert len(rests) == 3
    assert await store.list_counts() == {"a": 2 * AT_ONCE + 1}


async def test_one_that_is_broken_off_is_gone_on_with() -> None:
    store = Noting(fails_at=1)
    lists, _ = lists_over(store)
    with pytest.raises(StoreBusy):
        await lists.load("a", many(AT_ONCE + 5), NOW)
    store.fails_at = -1
    assert await lists.load("a", many(AT_ONCE + 5), NOW) == Loaded(5, AT_ONCE, 0)


async def test_a_new_edition_replaces_and_never_leaves_the_list_bare() -> None:
    store = Noting()
    lists, _ = lists_over(store)
    await lists.load("a", many(AT_ONCE + 10), NOW)
    store.fails_at = len(store.commits) + 1
    with pytest.raises(StoreBusy):
        await lists.load("a", many(AT_ONCE + 2), NOW + 1, replace=True)
    assert (await store.list_counts())["a"] == AT_ONCE + 10
    store.fails_at = -1
    loaded = await lists.load("a", ["4", *many(AT_ONCE + 2)], NOW + 2, replace=True)
    assert (loaded.new, loaded.known, loaded.gone) == (1, AT_ONCE + 2, 8)
    assert (await store.list_counts())["a"] == AT_ONCE + 3


async def test_an_edition_of_nothing_is_a_mistake() -> None:
    lists, _ = lists_over(store := Noting())
    await lists.load("a", many(3), NOW)
    with pytest.raises(BadRecord, match="has no number"):
        await lists.load("a", ["x"], NOW + 1, replace=True)
    assert await store.list_counts() == {"a": 3}


async def test_pages_and_emptying() -> None:
    lists, rests = lists_over(store := Noting())
    await lists.load("a", many(AT_ONCE + 1), NOW)
    assert [len(page) async for page in lists.pages("a")] == [AT_ONCE, 1]
    rests.clear()
    assert await lists.empty("a") == AT_ONCE + 1
    assert len(rests) == 2
    assert await store.list_counts() == {}
