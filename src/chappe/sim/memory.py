"""What the simulated SMSC remembers of its messages: states for query_sm and cancel_sm, and who has come before."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from typing import Final

from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.times import format_absolute

FINAL: Final = frozenset(MessageState) - {
    MessageState.SCHEDULED,
    MessageState.ENROUTE,
    MessageState.ACCEPTED,
}
"""The states that nothing follows."""


class Remembered:
    """One message: where it stands, and since when that is final."""

    __slots__ = ("cancelled", "err", "final_date", "source", "state")

    def __init__(self, source: str) -> None:
        self.source = source
        self.state = MessageState.ENROUTE
        self.err = 0
        self.final_date = ""
        """As query_sm_resp writes it; empty until the state is final."""
        self.cancelled = False

    def move(self, state: MessageState, err: str, at: datetime) -> None:
        """Another state; a final one stays."""
        if self.final_date:
            return
        self.state = state
        self.err = min(int(err), 255) if err.isdecimal() else 0
        if state in FINAL:
            self.final_date = format_absolute(at)

    def cancel(self, at: datetime) -> bool:
        """Whether it was early enough: the message is then deleted."""
        if self.final_date:
            return False
        self.cancelled = True
        self.move(MessageState.DELETED, "000", at)
        return True


class Memory:
    """The last so many messages by their id in the answer."""

    __slots__ = ("_messages", "_most")

    def __init__(self, most: int) -> None:
        """`most` is how many are remembered; 0 remembers none."""
        self._most = most
        self._messages: OrderedDict[str, Remembered] = OrderedDict()

    def add(self, id_: str, source: str) -> None:
        """A message was taken; the oldest is forgotten for it."""
        self._messages[id_] = Remembered(source)
        if len(self._messages) > self._most:
            self._messages.popitem(last=False)

    def find(self, id_: str, source: str | None = None) -> Remembered | None:
        """The message of this id, and of this source where one is given: SMPP 3.4 §4.8.1 asks for both."""
        found = self._messages.get(id_)
        return found if found is None or source is None or found.source == source else None


class Firsts:
    """Which messages have come once: the next time each counts as the second, and then it is forgotten."""

    __slots__ = ("_most", "_seen")

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._seen: OrderedDict[tuple[str, str, bytes], None] = OrderedDict()

    def first(self, source: str, destination: str, octets: bytes) -> bool:
        """Whether this message comes for the first time."""
        key = source, destination, octets
        if key in self._seen:
            del self._seen[key]
            return False
        self._seen[key] = None
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return True
