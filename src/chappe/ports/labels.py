"""The door for messages that clients know by names of their own, and for conversions. Only labelled messages are found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chappe.domain.conversion import Conversion, ConversionRate, ConversionsBy, Label, LabelQuery


class LabelStore(Protocol):
    """Labels are written with their messages (`Extras.labelled`) and go with them."""

    async def last_label(self, account: str, number: str, sender: str, since_id: int) -> Label | None:
        """The newest labelled message of an account to a number by a sender, none older than an id."""
        ...

    async def referenced(self, account: str, number: str, reference: str) -> Label | None:
        """The newest labelled message of an account to a number with a reference."""
        ...

    async def find_labels(self, query: LabelQuery) -> list[Label]:
        """Labelled messages, newest first."""
        ...

    async def convert(self, conversions: Sequence[Conversion]) -> list[bool]:
        """Notes conversions; says for each whether it is the message's first: that one stands."""
        ...

    async def conversion_of(self, message_id: int) -> Conversion | None:
        """The conversion of a message."""
        ...

    async def conversion_rates(
        self, by: ConversionsBy, *, account: str = "", digits: int = 2, since_id: int = 0, until_id: int = 0
    ) -> list[ConversionRate]:
        """Counts of messages with a reference and of their conversions, by account and key.

        A prefix is the number's first `digits`; messages are those between two ids, the second not included (0: to
        the newest). An empty grouping is no key.
        """
        ...

    async def grouping_counts(self) -> list[tuple[str, int]]:
        """How many different groupings each account has on record, all three levels together."""
        ...
