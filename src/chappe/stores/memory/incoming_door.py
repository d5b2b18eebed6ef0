"""The door for MOs, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from chappe.domain.incoming import HeldPart, Incoming, PartSet
from chappe.domain.mo_match import MoMatch, logged
from chappe.domain.mo_query import MoFound, MoQuery
from chappe.domain.report import Notice
from chappe.ports.incoming import Answered, Response
from chappe.stores.memory.message_door import MessageDoor
from chappe.stores.memory.tables import Tables


class IncomingDoor:
    """Answers `ports.incoming.IncomingStore`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def accept_incoming(
        self, taken: Sequence[tuple[Incoming, Notice | None]], sets: Sequence[PartSet]
    ) -> list[bool]:
        """See the port."""
        tables = self._tables
        answers = []
        for mo, notice in taken:
            since = mo.received_ms - mo.repeat_window_ms
            repeat = bool(mo.digest) and any(
                known.digest == mo.digest and known.received_ms > since for known in tables.incoming.values()
            )
            answers.append(not repeat)
            if not repeat:
                tables.incoming[mo.id] = mo
                if notice is not None:
                    tables.owe((notice,), mo.received_ms)
        for part_set in sets:
            tables.held.pop(part_set, None)
        return answers

    async def answer_incoming(
        self, mo: Incoming, notice: Notice | None, sets: Sequence[PartSet], response: Response
    ) -> Answered:
        """See the port."""
        (stored,) = await self.accept_incoming([(mo, notice)], sets)
        if not stored:
            return Answered(stored=False)
        for name, number in response.joins:
            self._tables.enlist(name, [number], mo.received_ms)
        for name, number in response.leaves:
            self._tables.delist(name, [number])
        if response.reply is None:
            return Answered(stored=True)
        (taken,) = await MessageDoor(self._tables).accept([response.reply])
        return Answered(True, taken.result)

    async def hold_parts(self, parts: Sequence[HeldPart]) -> list[list[HeldPart]]:
        """See the port."""
        for part in parts:
            self._tables.held.setdefault(part.part_set, []).append(part)
        return [sorted(self._tables.held[part.part_set], key=lambda held: held.number) for part in parts]

    async def stale_sets(self, before_ms: int, limit: int) -> list[list[HeldPart]]:
        """See the port."""
        stale = [held for held in self._tables.held.values() if min(p.received_ms for p in held) < before_ms]
        return [sorted(held, key=lambda part: part.number) for held in stale[:limit]]

    async def incoming(self, message_id: int) -> Incoming | None:
        """See the port."""
        return self._tables.incoming.get(message_id)

    async def find_mos(self, query: MoQuery) -> MoFound:
        """See the port."""
        match = MoMatch(query)
        found = [mo for mo in self._tables.incoming.values() if match.holds(mo)]
        found.sort(key=lambda mo: (mo.received_ms, mo.id), reverse=query.newest_first)
        page = found[query.offset : query.offset + query.limit]
        return MoFound(len(found), tuple(map(logged, page)))
