"""messageReport: an account's messages of a while, looked through in stretches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from chappe.dialect_kit.core import Core
from chappe.dialects.messangi.arguments import BadParameter, Page
from chappe.dialects.messangi.carriers import networks_of
from chappe.domain.conditions import compile_pattern
from chappe.domain.ids import first_id_at
from chappe.domain.instance import Instance
from chappe.domain.message import StoredMessage

_STRETCH: Final = 2_000
MOST_LOOKED_AT: Final = 200_000
"""Records of all accounts; a report over more asks for shorter dates."""

_LAST_ID: Final = 2**63 - 1
"""Dates may lie further ahead than ids can tell."""


class TooMany(Exception):
    """The dates hold more records than one report looks through."""


class Report(msgspec.Struct, frozen=True, gc=False):
    """One page of it, and how many messages there are."""

    total: int
    page: tuple[StoredMessage, ...]


async def look_through(core: Core, instance: Instance, first_ms: int, last_ms: int, page: Page) -> Report:
    """The page that is asked for. Raises BadParameter for a pattern that does not parse, and TooMany."""
    wanted = _wanted(core, instance, page)
    after = min(first_id_at(first_ms) - 1, _LAST_ID)
    before = min(first_id_at(last_ms), _LAST_ID)
    found: list[StoredMessage] = []
    looked_at = 0
    while True:
        stretch = await core.services.store.stretch(instance.account, after, before, _STRETCH)
        looked_at += stretch.looked_at
        if looked_at > MOST_LOOKED_AT:
            raise TooMany
        found += [one for one in stretch.found if wanted(one)]
        if stretch.looked_at < _STRETCH:
            break
        after = stretch.last_id
    if page.filter.newest_first:
        found.reverse()
    start = (page.number - 1) * page.size
    return Report(len(found), tuple(found[start : start + page.size]))


def _wanted(core: Core, instance: Instance, page: Page) -> Callable[[StoredMessage], bool]:
    asked = page.filter
    sources, destinations = frozenset(asked.sources), frozenset(asked.destinations)
    named = [networks_of(core.directory, instance, name) for name in asked.carriers]
    carriers = {code for codes in named for code in codes}
    try:
        pattern: Any = compile_pattern(asked.pattern) if asked.pattern else None
    except ValueError as error:
        raise BadParameter("keyword") from error

    def wanted(one: StoredMessage) -> bool:
        message = one.message
        if sources and message.source.value not in sources:
            return False
        if destinations and message.destination.value not in destinations:
            return False
        if instance.codes and message.source.value not in instance.codes:
            return False
        if asked.carriers and network_told(core, one) not in carriers:
            return False
        return pattern is None or bool(pattern.match(message.text or ""))

    return wanted


def network_told(core: Core, one: StoredMessage) -> str:
    """The network that the client named, else the number's by its prefix; empty where neither is known."""
    extras = one.message.extras
    told = extras.network if extras is not None else ""
    return told or core.directory.prefixes.network_of(one.message.destination.value)
