"""The door for labels and conversions, as work for the writer."""

from __future__ import annotations

from collections.abc import Sequence

from chappe.domain.conversion import Conversion, ConversionRate, ConversionsBy, Label, LabelQuery
from chappe.stores.sqlite.database import Row, rows_of
from chappe.stores.sqlite.records import to_json
from chappe.stores.sqlite.writer import Works


class LabelsDoor:
    """Answers `ports.labels.LabelStore`."""

    def __init__(self, writer: Works) -> None:
        self._writer = writer

    async def last_label(self, account: str, number: str, sender: str, since_id: int) -> Label | None:
        """See the port."""
        rows = await self._writer.do(rows_of, "last_label", number, account, sender, since_id)
        return _label(rows[0]) if rows else None

    async def referenced(self, account: str, number: str, reference: str) -> Label | None:
        """See the port."""
        rows = await self._writer.do(rows_of, "referenced", number, account, reference)
        return _label(rows[0]) if rows else None

    async def find_labels(self, query: LabelQuery) -> list[Label]:
        """See the port."""
        given: list[str | int] = [query.account, query.reference, query.before_id, query.limit]
        name = "find_labels"
        if query.grouping:
            name, given = "find_labels_grouped", [*given, query.number, query.grouping, query.level]
        elif query.number:
            name, given = "find_labels_to", [*given, query.number]
        rows = await self._writer.do(rows_of, name, *given)
        return [_label(row) for row in rows]

    async def convert(self, conversions: Sequence[Conversion]) -> list[bool]:
        """See the port."""
        rows = [[one.message_id, one.account, one.converted_ms, one.told_ms] for one in conversions]
        fresh = {row[0] for row in await self._writer.do(rows_of, "convert", to_json(rows))}
        answers = []
        for one in conversions:
            answers.append(one.message_id in fresh)
            # Of several for one message in a batch the first stands.
            fresh.discard(one.message_id)
        return answers

    async def conversion_of(self, message_id: int) -> Conversion | None:
        """See the port."""
        rows = await self._writer.do(rows_of, "conversion_of", message_id)
        return Conversion(*rows[0]) if rows else None

    async def conversion_rates(
        self, by: ConversionsBy, *, account: str = "", digits: int = 2, since_id: int = 0, until_id: int = 0
    ) -> list[ConversionRate]:
        """See the port."""
        rows = await self._writer.do(
            rows_of, "conversion_rates", by.value, digits, account, since_id, until_id
        )
        return [ConversionRate(*row) for row in rows]

    async def grouping_counts(self) -> list[tuple[str, int]]:
        """See the port."""
        return [(row[0], row[1]) for row in await self._writer.do(rows_of, "grouping_counts")]


def _label(row: Row) -> Label:
    return Label(row[0], row[1], row[2], row[3], row[4], (row[5], row[6], row[7]))
