"""Whether an MO is what a query asks for: the part that no index answers, the same for every engine. Pure."""

from __future__ import annotations

from typing import Any

from chappe.domain.conditions import compile_pattern
from chappe.domain.incoming import Incoming
from chappe.domain.mo_query import LoggedMo, MoQuery


class MoMatch:
    """A query, compiled. Raises ValueError for a pattern that RE2 does not take."""

    __slots__ = (
        "_connectors",
        "_destinations",
        "_networks",
        "_pattern",
        "_query",
        "_sources",
        "_text",
        "looks_inside",
    )

    def __init__(self, query: MoQuery) -> None:
        self._query = query
        self._sources = frozenset(query.sources)
        self._destinations = frozenset(query.destinations)
        self._networks = frozenset(query.networks)
        self._connectors = frozenset(query.connectors)
        self._text = query.text.casefold()
        self._pattern: Any = compile_pattern(query.pattern) if query.pattern else None
        self.looks_inside = bool(
            self._sources
            or self._destinations
            or self._networks
            or self._connectors
            or self._text
            or self._pattern
        )
        """Whether it asks for more than account, instance and time."""

    def holds(self, mo: Incoming) -> bool:
        """Whether all parts of the query but its page hold."""
        query = self._query
        if query.account and mo.account != query.account:
            return False
        if query.instance and mo.instance != query.instance:
            return False
        if mo.received_ms < query.since_ms or (query.until_ms and mo.received_ms >= query.until_ms):
            return False
        return not self.looks_inside or (self._ends_hold(mo) and self._text_holds(mo.text))

    def _ends_hold(self, mo: Incoming) -> bool:
        if self._sources and mo.source.value not in self._sources:
            return False
        if self._destinations and mo.destination.value not in self._destinations:
            return False
        if self._networks or self._connectors:
            return mo.network in self._networks or mo.connector in self._connectors
        return True

    def _text_holds(self, text: str | None) -> bool:
        if self._text and (text is None or self._text not in text.casefold()):
            return False
        return self._pattern is None or (text is not None and bool(self._pattern.match(text)))


def logged(mo: Incoming) -> LoggedMo:
    """An MO as the log tells of it."""
    return LoggedMo(mo, mo.instance, mo.keyword, mo.network)
