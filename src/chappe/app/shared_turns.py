"""Turns that several processes of one gateway share: a table in a mapped file, locked for microseconds at a time."""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from chappe.domain.throttle import next_turn
from chappe.ports.turns import Limit

_ROW: Final = struct.Struct("=Qd")
"""The hash of a key, 0 for a free row, and when its next turn is due: monotonic seconds."""

ROWS: Final = 1 << 17
"""Many more than a gateway has accounts with a limit, since rows are found by probing and never given up."""


class SharedTurns:
    """Answers `ports.turns.Turns` for all processes that open the same file; they run on one machine.

    The lock is the kernel's: it ends with a process that holds it.
    """

    def __init__(self, path: Path, rows: int = ROWS) -> None:
        """Opens the file or makes it. Raises OSError."""
        self._rows = rows
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._file, rows * _ROW.size)
        self._table = mmap.mmap(self._file, rows * _ROW.size)
        self._places: dict[str, int] = {}

    def close(self) -> None:
        """Lets go of the file."""
        self._table.close()
        os.close(self._file)

    def take(self, limits: Sequence[Limit], now: float) -> bool:
        """See the port."""
        with self._locked():
            after: list[tuple[int, float]] = []
            for limit in limits:
                place = self._places.get(limit.key)
                if place is None:
                    place = self._places[limit.key] = self._place(limit.key)
                _, due = _ROW.unpack_from(self._table, place)
                then = next_turn(due, now, limit.interval, limit.burst)
                if then is None:
                    return False
                after.append((place + 8, then))
            for place, then in after:
                struct.pack_into("=d", self._table, place, then)
        return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _place(self, key: str) -> int:
        """Where the row of a key begins; a new one is taken if it has none."""
        wanted = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big") or 1
        for step in range(self._rows):
            place = (wanted + step) % self._rows * _ROW.size
            (found,) = struct.unpack_from("=Q", self._table, place)
            if found == wanted:
                return place
            if not found:
                _ROW.pack_into(self._table, place, wanted, 0.0)
                return place
        raise ValueError("more accounts have a limit than there is room for")
