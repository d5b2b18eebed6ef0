"""Concatenation references: what tells the parts of one long message from those of the next to the same number."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from chappe.ports.clock import Chance

_MOST: Final = 50_000


class References:
    """The next reference for each destination, so that one number's references repeat as late as they can.

    A counter shared by all destinations would come round within seconds on a busy gateway. The first reference
    of a number is chance; it is kept with the message, so that every attempt bears the same one.
    """

    __slots__ = ("_chance", "_last")

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._last: OrderedDict[str, int] = OrderedDict()

    def next(self, destination: str) -> int:
        """A reference of 16 bits; where 8 are wanted its lower octet serves."""
        last = self._last.pop(destination, None)
        reference = int(self._chance() * 65536) if last is None else (last + 1) & 0xFFFF
        self._last[destination] = reference
        if len(self._last) > _MOST:
            self._last.popitem(last=False)
        return reference
