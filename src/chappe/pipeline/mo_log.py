"""The log of MOs as a use case: a search is checked before the store is asked."""

from __future__ import annotations

from chappe.domain.mo_query import MoFound, MoQuery
from chappe.ports.store import Store


class MoLog:
    """Searches what subscribers wrote."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, query: MoQuery) -> MoFound:
        """One page of the MOs that a query asks for, and how many there are. Raises ValueError for an unsound query."""
        if problem := query.problem():
            raise ValueError(problem)
        return await self._store.find_mos(query)
