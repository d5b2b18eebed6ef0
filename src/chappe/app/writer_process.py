"""The process that holds the store's file, where a gateway has several: it commits for all of them."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import IO

import apsw

from chappe.app.bus import BUS_SOCKET, WRITER_SOCKET, Bus, Hello, Ready
from chappe.app.config import Config
from chappe.app.logs import logger
from chappe.app.roles import Role
from chappe.app.running import FAILED
from chappe.ports.store import StoreUnusable
from chappe.stores.sqlite.database import open_database
from chappe.stores.sqlite.lock import hold
from chappe.stores.sqlite.shared_writer import SharedWriter

log = logger("chappe.writer")


def open_configured_writer(config: Config, failed: Callable[[], None]) -> tuple[SharedWriter, IO[bytes]]:
    """The writer of the configured store, for other processes to hand their work to, and the store's lock.

    The lock is to be closed after the writer. Raises StoreUnusable or OSError.
    """
    path = config.store.path
    path.parent.mkdir(parents=True, exist_ok=True)
    held = hold(path)
    try:
        database = open_database(path, cache_mb=config.store.cache_mb)
        database.count()
    except apsw.Error as error:
        held.close()
        raise StoreUnusable(f"{path} is damaged: {error}; chappe verify-store says where") from error
    except BaseException:
        held.close()
        raise
    return SharedWriter(database, config.store.commit_interval_ms / 1000, failed), held


async def serve_writer(config: Config, role: Role) -> int:
    """Runs until SIGTERM, or until the file can no longer be trusted; the exit code."""
    loop = asyncio.get_running_loop()
    stop, failed = asyncio.Event(), asyncio.Event()

    def fail() -> None:
        failed.set()
        stop.set()

    loop.add_signal_handler(signal.SIGTERM, stop.set)
    # Ctrl-C goes to every process of the terminal; this one waits until the others need it no more.
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    assert role.meeting is not None
    writer, held = open_configured_writer(config, fail)
    bus = Bus()
    try:
        await writer.listen(role.meeting / WRITER_SOCKET)
        await bus.join(role.meeting / BUS_SOCKET, Hello(role.name, 0), lambda _: None, stop.set)
        bus.say(Ready({}))
        await stop.wait()
        if failed.is_set():
            log.critical("the store failed; start anew to recover what it holds")
    finally:
        await writer.close()
        held.close()
    return FAILED if failed.is_set() else 0
