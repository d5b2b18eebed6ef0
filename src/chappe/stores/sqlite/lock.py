"""One gateway a store: the process that serves it holds a lock beside it, which ends with the process."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from chappe.ports.store import StoreUnusable


def hold(path: Path) -> IO[bytes]:
    """Locks the store at `path` until what comes back is closed. Raises StoreUnusable if another gateway serves it."""
    beside = path.with_name(f"{path.name}.lock")
    file = beside.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise StoreUnusable(f"{path} is served by another gateway") from error
    return file
