"""The door for labels and conversions, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from chappe.domain.conversion import Conversion, ConversionRate, ConversionsBy, Label, LabelQuery
from chappe.stores.memory.tables import Tables


class LabelsDoor:
    """Answers `ports.labels.LabelStore`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def _newest_first(self) -> list[Label]:
        return [label for _, label in sorted(self._tables.labels.items(), reverse=True)]

    async def last_label(self, account: str, number: str, sender: str, since_id: int) -> Label | None:
        """See the port."""
        for label in self._newest_first():
            if (label.account, label.number, label.sender) == (account, number, sender):
                return label if label.message_id >= since_id else None
        return None

    async def referenced(self, account: str, number: str, reference: str) -> Label | None:
        """See the port."""
        for label in self._newest_first():
            if (label.account, label.number, label.reference) == (account, number, reference):
                return label
        return None

    async def find_labels(self, query: LabelQuery) -> list[Label]:
        """See the port."""
        return [label for label in self._newest_first() if _fits(label, query)][: query.limit]

    async def convert(self, conversions: Sequence[Conversion]) -> list[bool]:
        """See the port."""
        answers = []
        for one in conversions:
            answers.append(one.message_id not in self._tables.conversions)
            self._tables.conversions.setdefault(one.message_id, one)
        return answers

    async def conversion_of(self, message_id: int) -> Conversion | None:
        """See the port."""
        return self._tables.conversions.get(message_id)

    async def conversion_rates(
        self, by: ConversionsBy, *, account: str = "", digits: int = 2, since_id: int = 0, until_id: int = 0
    ) -> list[ConversionRate]:
        """See the port."""
        asked: Counter[tuple[str, str]] = Counter()
        converted: Counter[tuple[str, str]] = Counter()
        for label in self._tables.labels.values():
            key = _key(label, by, digits)
            outside = label.message_id < since_id or 0 < until_id <= label.message_id
            if outside or not (label.reference and key) or account not in ("", label.account):
                continue
            asked[label.account, key] += 1
            converted[label.account, key] += label.message_id in self._tables.conversions
        return [ConversionRate(*which, count, converted[which]) for which, count in sorted(asked.items())]

    async def grouping_counts(self) -> list[tuple[str, int]]:
        """See the port."""
        known: dict[str, set[str]] = {}
        for label in self._tables.labels.values():
            known.setdefault(label.account, set()).update(filter(None, label.groupings))
        return sorted((account, len(groupings)) for account, groupings in known.items() if groupings)


def _fits(label: Label, query: LabelQuery) -> bool:
    levels = label.groupings if not query.level else (label.groupings[query.level - 1],)
    return (
        query.account in ("", label.account)
        and query.reference in ("", label.reference)
        and query.number in ("", label.number)
        and (not query.before_id or label.message_id < query.before_id)
        and (not query.grouping or query.grouping in levels)
    )


def _key(label: Label, by: ConversionsBy, digits: int) -> str:
    match by:
        case ConversionsBy.ACCOUNT:
            return label.account
        case ConversionsBy.PREFIX:
            return label.number[:digits]
        case ConversionsBy.SENDER:
            return label.sender
    return label.groupings[
        (ConversionsBy.GROUPING, ConversionsBy.GROUPING2, ConversionsBy.GROUPING3).index(by)
    ]
