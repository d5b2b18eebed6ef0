"""One process's event loop, and a gateway (or its part) run in it until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from typing import Any, Final

import uvloop

from chappe.app.config import Config
from chappe.app.logs import logger
from chappe.app.roles import Role
from chappe.ports.store import StoreFailed

_SWITCH_INTERVAL: Final = 0.0005
"""Seconds. The writer's thread needs the interpreter for microseconds at a time; with the default of 5 ms it would wait so
long for each of them while the event loop is busy (measured: 24 times less time a row)."""

_COLLECT_AFTER: Final = 20_000
"""Allocations between collections: nothing on the hot path makes cycles, so that the usual 700 is work for nothing."""

FAILED: Final = 3
"""The exit code where the store failed: whoever restarts us may know it."""


def run_loop(main: Any) -> int:
    """Runs a coroutine on uvloop, the interpreter tuned for one busy loop beside one writer's thread."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    gc.set_threshold(_COLLECT_AFTER, 20, 50)
    return int(uvloop.run(main))


async def serve(config: Config, role: Role) -> int:
    """Runs a gateway, or its part, until SIGTERM or SIGINT, or until its store fails; the exit code."""
    from chappe.app.gateway import Gateway  # noqa: PLC0415 - the writer's process needs none of it

    loop = asyncio.get_running_loop()
    stop, failed = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    gateway = await Gateway.open(config, failed, role)
    try:
        await gateway.start()
        # What lives from here to the end need not be looked at by every collection.
        gc.collect()
        gc.freeze()
        waits = [asyncio.create_task(event.wait()) for event in (stop, failed)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if failed.is_set():
            logger("chappe.gateway").critical("the store failed; start anew to recover what it holds")
    finally:
        try:
            # A store that failed takes nothing more: there is nothing to wait for.
            await gateway.stop(in_vain=failed.is_set())
        except StoreFailed:
            # The last of what is under way cannot be written either; the exit code has to say why all the same.
            if not failed.is_set():
                raise
    return FAILED if failed.is_set() else 0
