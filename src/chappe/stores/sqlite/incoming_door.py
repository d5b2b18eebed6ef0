"""The door for MOs, as work for the writer."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from chappe.domain.incoming import Arrival, HeldPart, Incoming, PartSet
from chappe.domain.report import Notice
from chappe.ports.incoming import Answered, Response
from chappe.stores.sqlite import incoming
from chappe.stores.sqlite.batches import new_batch
from chappe.stores.sqlite.database import Row, rows_of
from chappe.stores.sqlite.records import owed_rows, to_json
from chappe.stores.sqlite.writer import Works

_arrival = msgspec.json.Decoder(Arrival)
_incoming = msgspec.json.Decoder(Incoming)
_part_set = msgspec.json.Decoder(PartSet)


class IncomingDoor:
    """Answers `ports.incoming.IncomingStore`."""

    def __init__(self, writer: Works) -> None:
        self._writer = writer

    async def accept_incoming(
        self, taken: Sequence[tuple[Incoming, Notice | None]], sets: Sequence[PartSet]
    ) -> list[bool]:
        """See the port."""
        ready = [_ready(mo, notice) for mo, notice in taken]
        return await self._writer.do(incoming.accept, ready, [to_json(part_set) for part_set in sets])

    async def answer_incoming(
        self, mo: Incoming, notice: Notice | None, sets: Sequence[PartSet], response: Response
    ) -> Answered:
        """See the port."""
        reply = new_batch([response.reply], whole=False) if response.reply is not None else None
        told = incoming.Response(reply, response.joins, response.leaves)
        listed = [to_json(part_set) for part_set in sets]
        return Answered(*await self._writer.do(incoming.answer, _ready(mo, notice), listed, told))

    async def hold_parts(self, parts: Sequence[HeldPart]) -> list[list[HeldPart]]:
        """See the port."""
        ready = [
            (to_json(part.part_set), part.number, part.received_ms, to_json(part.arrival)) for part in parts
        ]
        held = await self._writer.do(incoming.hold_parts, ready)
        return [_parts(part.part_set, rows) for part, rows in zip(parts, held, strict=True)]

    async def stale_sets(self, before_ms: int, limit: int) -> list[list[HeldPart]]:
        """See the port."""
        sets = await self._writer.do(incoming.stale_sets, before_ms, limit)
        return [_parts(_part_set.decode(text), rows) for text, rows in sets]

    async def incoming(self, message_id: int) -> Incoming | None:
        """See the port."""
        rows = await self._writer.do(rows_of, "select_incoming", message_id)
        return _incoming.decode(rows[0][0]) if rows else None


def _ready(mo: Incoming, notice: Notice | None) -> incoming.NewIncoming:
    owes = None
    if notice is not None:
        (row,) = owed_rows((notice,), mo.received_ms)
        owes = (row[2], to_json(row))
    return incoming.NewIncoming(
        id=mo.id,
        account=mo.account,
        received_ms=mo.received_ms,
        digest=mo.digest,
        repeats_after_ms=mo.received_ms - mo.repeat_window_ms,
        instance=mo.instance,
        body=to_json(mo),
        owes=owes,
    )


def _parts(part_set: PartSet, rows: list[Row]) -> list[HeldPart]:
    return [HeldPart(part_set, row[0], row[1], _arrival.decode(row[2])) for row in rows]
