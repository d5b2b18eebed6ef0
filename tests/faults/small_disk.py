"""A gateway on a disk of a size that the test sets, run as `python small_disk.py --config FILE serve`; SMALL_DISK names the
file that holds the size in octets.

Why so: RLIMIT_FSIZE makes the kernel answer EFBIG, which SQLite takes for a broken disk and not for a full one;
max_page_count cannot be set from outside and does not bound the log; a file system of one's own needs root, or a
kernel that lets others mount. So the call by which SQLite's own file layer writes answers ENOSPC where a file would
grow beyond the size; what is on disk already may be overwritten, as on any disk. An exception in a VFS of apsw will not
do: it comes up also out of a commit that went well, when only the checkpoint behind it found no room.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable
from pathlib import Path

import apsw

_WRITE = ctypes.CFUNCTYPE(
    ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64, use_errno=True
)
_STORE = ("chappe.db", "chappe.db-wal")


def has_room(size: Path, descriptor: int, end: int) -> bool:
    """Whether the file behind a descriptor may reach up to this octet. The log's index, shared memory, always may."""
    path = Path(f"/proc/self/fd/{descriptor}").readlink()
    growth = end - os.fstat(descriptor).st_size
    if growth <= 0 or path.name not in _STORE:
        return True
    files = [path.parent / name for name in _STORE]
    used = sum(file.stat().st_size for file in files if file.exists())
    return used + growth <= int(size.read_text())


def limit(size: Path) -> list[Callable[..., int]]:
    """Puts the limit in front of every way by which SQLite may write; the functions, which must be kept."""
    vfs = apsw.VFS("small-disk", "unix")
    kept = []
    for name in ("pwrite", "pwrite64"):
        pointer = vfs.xGetSystemCall(name)
        if pointer:
            function = limited(_WRITE(pointer), size)
            address = ctypes.cast(function, ctypes.c_void_p).value
            assert address is not None
            assert vfs.xSetSystemCall(name, address)
            kept.append(function)
    assert kept, "SQLite writes in another way"
    return kept


def limited(real: Callable[..., int], size: Path) -> Callable[..., int]:
    """The call with the limit before it."""

    @_WRITE
    def write(descriptor: int, octets: int, count: int, offset: int) -> int:
        if has_room(size, descriptor, offset + count):
            return real(descriptor, octets, count, offset)
        ctypes.set_errno(errno.ENOSPC)
        return -1

    return write


if __name__ == "__main__":
    from chappe.__main__ import main

    KEPT = limit(Path(os.environ["SMALL_DISK"]))
    main()
