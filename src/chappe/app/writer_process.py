"""The process that holds the store's file, where a gateway has several: it commits for all of them."""

from __future__ import annotations

import asyncio
import signal
from typing import Final

from chappe.app.bus import BUS_SOCKET, WRITER_SOCKET, Bus, Hello, Ready
from chappe.app.config import Config
from chappe.app.logs import logger
from chappe.app.opening import open_configured_writer
from chappe.app.roles import Role

_FAILED: Final = 3

log = logger("chappe.writer")


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
    return _FAILED if failed.is_set() else 0
