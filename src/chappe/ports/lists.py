"""The door for the numbers of lists: millions of them, looked up in batches, loaded and read in pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class ListStore(Protocol):
    """Numbers by the name of their list. A list needs no entry here to have none."""

    async def listed(self, asked: Sequence[tuple[str, str]]) -> list[int]:
        """Of (list, number) pairs the positions of those that are in the store, ascending."""
        ...

    async def enlist(self, name: str, numbers: Sequence[str], at_ms: int, *, again: bool = False) -> int:
        """Puts numbers on a list in one commit; how many were not on it yet.

        With `again` those that were get the new time too, so that what a new edition leaves out can be told by its own.
        """
        ...

    async def delist(self, name: str, numbers: Sequence[str]) -> int:
        """Takes numbers off a list in one commit; how many were on it."""
        ...

    async def list_page(self, name: str, after: str, limit: int) -> list[tuple[str, int]]:
        """The next numbers of a list in the order of their text, each with the time (Unix ms) it came on it."""
        ...

    async def list_counts(self) -> dict[str, int]:
        """How many numbers each list holds; it counts them all, and so is for operators only."""
        ...

    async def drop_list(self, name: str, limit: int) -> int:
        """Takes up to so many numbers off a list; how many."""
        ...
