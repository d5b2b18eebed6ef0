"""The door for the numbers of lists, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from chappe.stores.memory.tables import Tables


class ListDoor:
    """Answers `ports.lists.ListStore`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def listed(self, asked: Sequence[tuple[str, str]]) -> list[int]:
        """See the port."""
        lists = self._tables.lists
        return [at for at, (name, number) in enumerate(asked) if number in lists.get(name, ())]

    async def enlist(self, name: str, numbers: Sequence[str], at_ms: int, *, again: bool = False) -> int:
        """See the port."""
        new = self._tables.enlist(name, numbers, at_ms)
        if again:
            self._tables.lists[name].update(dict.fromkeys(numbers, at_ms))
        return new

    async def delist(self, name: str, numbers: Sequence[str]) -> int:
        """See the port."""
        return self._tables.delist(name, numbers)

    async def list_page(self, name: str, after: str, limit: int) -> list[tuple[str, int]]:
        """See the port."""
        found = self._tables.lists.get(name, {})
        return [(number, found[number]) for number in sorted(found) if number > after][:limit]

    async def list_counts(self) -> dict[str, int]:
        """See the port."""
        return {name: len(numbers) for name, numbers in self._tables.lists.items() if numbers}

    async def drop_list(self, name: str, limit: int) -> int:
        """See the port."""
        return self._tables.delist(name, sorted(self._tables.lists.get(name, ()))[:limit])
