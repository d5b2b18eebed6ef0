"""A disk that lies, as an apsw VFS: it keeps what was written and not synced in doubt, and fails where a test wants it to.

Killing a process keeps the kernel's page cache, so only such a layer can tell whether anything was synced. The files
themselves are written as usual; beside each stands what would be on the platter, and `cut` writes that out elsewhere.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import apsw

_SECTOR = 512

Write = tuple[int, bytes | None]
"""Offset and octets, or the new size and None for a truncation."""


@dataclass
class Platter:
    """What is sure to be on the disk of one file (None: not even the file), and what came since its last sync."""

    durable: bytearray | None = None
    pending: list[Write] = field(default_factory=list)


def _apply(content: bytearray, write: Write) -> None:
    offset, octets = write
    if octets is None:
        del content[offset:]
        content.extend(bytes(offset - len(content)))
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(octets)] = octets


class LyingDisk(apsw.VFS):
    """Register by making one; open connections with its `name`; `close` takes it away again.

    `watch` is called in the writing thread after every write, sync and truncation, with how many there were so far.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name, "")
        self.name = name
        self.platters: dict[str, Platter] = {}
        self.operations = 0
        self.watch: Callable[[int], None] = lambda _operations: None
        self.lock = threading.RLock()
        self._faults: dict[str, tuple[int, type[apsw.Error], int]] = {}

    def fail(self, operation: str, error: type[apsw.Error], *, after: int = 0, times: int = 1 << 30) -> None:
        """Makes `write`, `sync` or `truncate` fail, once `after` of them have gone well, so many `times`."""
        self._faults[operation] = (after, error, times)

    def heal(self) -> None:
        """Nothing fails any more."""
        self._faults.clear()

    def close(self) -> None:
        """Takes the disk away; no file may be open on it."""
        self.unregister()

    # ------------------------------------------------------------ what SQLite asks

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        return LyingFile(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - SQLite's name
        super().xDelete(filename, syncdir)
        with self.lock:
            self.platters.pop(filename, None)

    # ------------------------------------------------------------ what files tell

    def check(self, operation: str) -> None:
        """Raises the fault that is due."""
        with self.lock:
            after, error, times = self._faults.get(operation, (0, apsw.IOError, 0))
            if not times:
                return
            if after:
                self._faults[operation] = (after - 1, error, times)
                return
            self._faults[operation] = (0, error, times - 1)
        raise error(f"the disk fails at this {operation}")

    def wrote(self, path: str, write: Write) -> None:
        """Something was written that no sync has made sure yet."""
        with self.lock:
            self.platters.setdefault(path, Platter()).pending.append(write)
            self._count()

    def synced(self, path: str) -> None:
        """All that was written to this file is on the platter now."""
        with self.lock:
            platter = self.platters.setdefault(path, Platter())
            platter.durable = platter.durable or bytearray()
            for write in platter.pending:
                _apply(platter.durable, write)
            platter.pending.clear()
            self._count()

    def _count(self) -> None:
        self.operations += 1
        self.watch(self.operations)

    # ------------------------------------------------------------ the cut

    def cut(self, folder: Path, chance: random.Random) -> None:
        """Writes out what would be found after a power cut now: of what was not synced all, none, or some of it."""
        folder.mkdir()
        with self.lock:
            for path, platter in self.platters.items():
                if platter.durable is None:
                    continue
                content = bytearray(platter.durable)
                for write in _surviving(platter.pending, chance):
                    _apply(content, write)
                (folder / Path(path).name).write_bytes(content)


def _surviving(pending: list[Write], chance: random.Random) -> list[Write]:
    kind = chance.randrange(4)
    if kind == 0:
        return []
    if kind == 1:
        return pending[: chance.randrange(len(pending) + 1)]
    return [_torn(write, chance) for write in pending if chance.random() < 0.5]


def _torn(write: Write, chance: random.Random) -> Write:
    offset, octets = write
    if octets is None or chance.random() < 0.7:
        return write
    return offset, octets[: chance.randrange(len(octets) // _SECTOR + 1) * _SECTOR]


class LyingFile(apsw.VFSFile):
    """One file of the disk."""

    def __init__(self, disk: LyingDisk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._disk = disk
        self._path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.check("write")
        super().xWrite(data, offset)
        self._disk.wrote(self._path, (offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.check("truncate")
        super().xTruncate(newsize)
        self._disk.wrote(self._path, (newsize, None))

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.check("sync")
        super().xSync(flags)
        self._disk.synced(self._path)
