"""Our requests that await their answer, by sequence_number, and those given up that may still get one.
One time-out for all makes the order of opening the order of expiry; nothing here sends or receives.
"""

from collections.abc import Iterator

import msgspec


class OpenRequest(msgspec.Struct, frozen=True):
    """A request of ours without an answer yet."""

    sequence: int
    answer: int
    """The command_id of its response."""
    token: object
    sent_at: float


class Window:
    """Open requests and tombstones of one session."""

    __slots__ = ("_open", "_tombstone_time", "_tombstones", "_tombstones_most", "_wait", "size")

    def __init__(self, size: int, wait: float, tombstone_time: float, tombstones: int) -> None:
        """`size` is the most open requests, `wait` and `tombstone_time` are seconds, `tombstones` a count."""
        self.size = size
        self._wait = wait
        self._tombstone_time = tombstone_time
        self._tombstones_most = tombstones
        self._open: dict[int, OpenRequest] = {}
        self._tombstones: dict[int, tuple[OpenRequest, float]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def __contains__(self, sequence: object) -> bool:
        """Whether the number is taken, by an open request or by a tombstone."""
        return sequence in self._open or sequence in self._tombstones

    def add(self, sequence: int, answer: int, token: object, now: float) -> None:
        """Notes a request that is being sent."""
        self._open[sequence] = OpenRequest(sequence, answer, token, now)

    def take(self, sequence: int, answer: int) -> OpenRequest | None:
        """The open request that this response or generic_nack answers, which is then no longer open."""
        found = self._open.get(sequence)
        if found is None or answer not in (found.answer, _GENERIC_NACK):
            return None
        del self._open[sequence]
        return found

    def take_late(self, sequence: int, answer: int) -> OpenRequest | None:
        """The given-up request that this answers, which is then forgotten."""
        entry = self._tombstones.get(sequence)
        if entry is None or answer not in (entry[0].answer, _GENERIC_NACK):
            return None
        del self._tombstones[sequence]
        return entry[0]

    def expire(self, now: float) -> list[OpenRequest]:
        """The requests that have waited too long, oldest first; they become tombstones."""
        expired: list[OpenRequest] = []
        for request in self._open.values():
            if request.sent_at + self._wait > now:
                break
            expired.append(request)
        for request in expired:
            del self._open[request.sequence]
            self._tombstones[request.sequence] = (request, now + self._tombstone_time)
        self._forget(now)
        return expired

    def drain(self) -> list[OpenRequest]:
        """All open requests, oldest first; none is open afterwards."""
        all_open = list(self._open.values())
        self._open.clear()
        return all_open

    def next_deadline(self) -> float | None:
        """When the oldest open request expires."""
        for request in self._open.values():
            return request.sent_at + self._wait
        return None

    def _forget(self, now: float) -> None:
        gone = len(self._tombstones) - self._tombstones_most
        for sequence in tuple(_stale(self._tombstones, gone, now)):
            del self._tombstones[sequence]


_GENERIC_NACK = 0x80000000


def _stale(tombstones: dict[int, tuple[OpenRequest, float]], too_many: int, now: float) -> Iterator[int]:
    """The oldest `too_many`, and after them as many as are due."""
    for index, (sequence, (_, until)) in enumerate(tombstones.items()):
        if index >= too_many and until > now:
            return
        yield sequence
