"""Which messages a plug-in's process ended over: tried alone, and given up when it ends over one alone again and again. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from chappe.ports.connector import Outgoing

_MOST: Final = 10_000


class Deadly:
    """Counts. A batch that the process ended over says of none of its messages that it was this one."""

    def __init__(self, after: int) -> None:
        """`after` is how many ends over a message alone are enough."""
        self._after = after
        self._ends: OrderedDict[int, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._ends)

    def is_suspect(self, message_id: int) -> bool:
        """Whether it is to be tried alone."""
        return message_id in self._ends

    def ended_over(self, batch: Sequence[Outgoing]) -> bool:
        """Notes that the process ended while it had these; whether it is now clear that this one is deadly."""
        alone = len(batch) == 1
        for outgoing in batch:
            message_id = outgoing.message.id
            self._ends[message_id] = self._ends.get(message_id, 0) + alone
        while len(self._ends) > _MOST:
            self._ends.popitem(last=False)
        if not alone or self._ends[batch[0].message.id] < self._after:
            return False
        del self._ends[batch[0].message.id]
        return True

    def survived(self, batch: Sequence[Outgoing]) -> None:
        """The process answered: it is none of these."""
        if self._ends:
            for outgoing in batch:
                self._ends.pop(outgoing.message.id, None)
