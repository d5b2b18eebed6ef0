"""The log of MOs, searched in pages, so that no search holds the writer for long; the records are read here."""

from __future__ import annotations

from typing import Final

import msgspec

from chappe.domain.incoming import Incoming
from chappe.domain.mo_match import MoMatch, logged
from chappe.domain.mo_query import LoggedMo, MoFound, MoQuery
from chappe.stores.sqlite.database import rows_of
from chappe.stores.sqlite.writer import Works

_PAGE: Final = 2_000
_FOREVER: Final = 1 << 62
_incoming = msgspec.json.Decoder(Incoming)


class MoLogDoor:
    """Answers `find_mos` of `ports.incoming.IncomingStore`."""

    def __init__(self, writer: Works) -> None:
        self._writer = writer

    async def find_mos(self, query: MoQuery) -> MoFound:
        """See the port."""
        match = MoMatch(query)
        total = 0 if match.looks_inside else await self._count(query)
        found: list[LoggedMo] = []
        seen = 0
        until_ms = query.until_ms or _FOREVER
        statement = _statement(query)
        at = (until_ms, 0) if query.newest_first else (query.since_ms, 0)
        bound = query.since_ms if query.newest_first else until_ms
        whose = query.instance or query.account
        while True:
            most = _PAGE if match.looks_inside else min(_PAGE, query.offset + query.limit - seen)
            rows = await self._writer.do(rows_of, statement, whose, *at, bound, most)
            for _, _, body in rows:
                mo = _incoming.decode(body)
                if not match.holds(mo):
                    continue
                seen += 1
                if query.offset < seen <= query.offset + query.limit:
                    found.append(logged(mo))
            full = not match.looks_inside and len(found) == query.limit
            if len(rows) < most or full:
                return MoFound(seen if match.looks_inside else total, tuple(found))
            at = rows[-1][:2]

    async def _count(self, query: MoQuery) -> int:
        since_ms, until_ms = query.since_ms, query.until_ms or _FOREVER
        if query.instance:
            values: tuple[object, ...] = (query.instance, since_ms, until_ms, query.account)
            rows = await self._writer.do(rows_of, "count_mos_of_instance", *values)
        else:
            name = "count_mos_of_account" if query.account else "count_mos"
            rows = await self._writer.do(rows_of, name, query.account, since_ms, until_ms)
        return int(rows[0][0])


def _statement(query: MoQuery) -> str:
    if query.instance:
        return "mos_of_instance_down" if query.newest_first else "mos_of_instance_up"
    if query.account:
        return "mos_of_account_down" if query.newest_first else "mos_of_account_up"
    return "mos_down" if query.newest_first else "mos_up"
