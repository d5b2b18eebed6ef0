"""The numbers of lists, in bulk: loaded, replaced, read out and looked up, beside a gateway that runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import Final

import msgspec

from chappe.domain.lists import listed_number
from chappe.management.records import BadRecord
from chappe.ports.lists import ListStore

AT_ONCE: Final = 5_000
"""Numbers in one commit."""

_MOST_TOLD: Final = 5
Rest = Callable[[], Awaitable[None]]
"""Called after each commit: lets a gateway that shares the store have its turn."""


class Loaded(msgspec.Struct, frozen=True):
    """What became of a file's lines: numbers that are new, that were there, and lines that are no number, some of them told.

    `gone` are numbers that a new edition took off the list.
    """

    new: int
    known: int
    bad: int
    told: tuple[str, ...] = ()
    gone: int = 0


def numbers_in(lines: Iterable[str], bad: list[str]) -> Iterator[str]:
    """The numbers of a file: one a line, or the first column of CSV; blank lines and those with # are none.

    `bad` is given what is no number.
    """
    for line in lines:
        text = line.strip().lstrip("\ufeff")
        if not text or text.startswith("#"):
            continue
        first = text.replace(";", ",").partition(",")[0].strip().strip('"')
        number = listed_number(first)
        if number:
            yield number
        else:
            bad.append(first)


class Lists:
    """The numbers of the lists in one store."""

    def __init__(self, store: ListStore, rest: Rest) -> None:
        self._store = store
        self._rest = rest

    async def load(self, name: str, lines: Iterable[str], now_ms: int, *, replace: bool = False) -> Loaded:
        """Puts the numbers of a file on a list, many a commit; with `replace` those that it does not have go, last of all.

        What was committed stays if it is broken off: the same file loaded again goes on from there.
        """
        bad: list[str] = []
        new = count = 0
        for chunk in _chunks(numbers_in(lines, bad)):
            new += await self._store.enlist(name, chunk, now_ms, again=replace)
            count += len(chunk)
            await self._rest()
        if replace and not count:
            raise BadRecord("the file has no number; a list is emptied by chappe list empty")
        gone = await self._older(name, now_ms) if replace else 0
        return Loaded(new, count - new, len(bad), tuple(bad[:_MOST_TOLD]), gone)

    async def _older(self, name: str, than_ms: int) -> int:
        gone = 0
        after = ""
        while page := await self._store.list_page(name, after, AT_ONCE):
            after = page[-1][0]
            old = [number for number, at_ms in page if at_ms < than_ms]
            if old:
                gone += await self._store.delist(name, old)
                await self._rest()
        return gone

    async def pages(self, name: str) -> AsyncIterator[list[tuple[str, int]]]:
        """All numbers of a list, each with its time, page by page."""
        after = ""
        while page := await self._store.list_page(name, after, AT_ONCE):
            yield page
            after = page[-1][0]

    async def empty(self, name: str) -> int:
        """Takes all numbers off a list; how many."""
        gone = 0
        while dropped := await self._store.drop_list(name, AT_ONCE):
            gone += dropped
            await self._rest()
        return gone


def _chunks(numbers: Iterator[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    for number in numbers:
        chunk.append(number)
        if len(chunk) == AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
