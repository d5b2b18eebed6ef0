"""The process around the commands: opens what the configuration names, runs the gateway, the demo, the bench."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import apsw
import uvloop

from chappe.app.config import Config, current_environment, load_config, reachable
from chappe.app.gateway import Gateway
from chappe.app.logs import configure_logs, logger
from chappe.app.opening import open_configured_store, open_store_keys, settings_checker
from chappe.app.roles import Part, Role
from chappe.app.supervisor import Supervisor
from chappe.app.writer_process import serve_writer
from chappe.cli.house import Open
from chappe.domain.ids import IdRenderer
from chappe.management.passwords import Passwords
from chappe.management.records import Records
from chappe.management.sealing import Keys
from chappe.ports.store import Store, StoreFailed, StoreUnusable
from chappe.stores.sqlite.verify import backup, verify

_SWITCH_INTERVAL: Final = 0.0005
"""Seconds. The writer's thread needs the interpreter for microseconds at a time; with the default of 5 ms it would wait so
long for each of them while the event loop is busy (measured: 24 times less time a row)."""

_COLLECT_AFTER: Final = 20_000
"""Allocations between collections: nothing on the hot path makes cycles, so that the usual 700 is work for nothing."""

_FAILED: Final = 3


@dataclass(frozen=True, slots=True)
class OpenStore:
    """Answers `cli.house.Open`."""

    store: Store
    keys: Keys
    records: Records
    renderer: IdRenderer


class ConfiguredHouse:
    """Answers `cli.house.House` for one configuration file."""

    def __init__(self, config_file: Path | None) -> None:
        self._config_file = config_file

    @cached_property
    def config(self) -> Config:
        """The configuration, read when first needed; raises BadConfig."""
        return load_config(self._config_file, current_environment())

    def open(self, *, create: bool = False) -> AbstractAsyncContextManager[Open]:
        """See the protocol."""
        return _open(self.config, create=create)

    def passwords(self) -> Passwords:
        """See the protocol."""
        return Passwords()

    def serve(self, *, part: str, number: int, fronts: int, relays: int, meeting: Path | None) -> int:
        """See the protocol."""
        config = self.config
        configure_logs(config.log.level, config.log.form)
        if meeting is not None:
            role = Role(Part(part), number, fronts, relays, meeting)
            if role.part is Part.WRITER:
                return run_loop(serve_writer(config, role))
            return run_loop(serve(config, role))
        if fronts or relays:
            return run_loop(
                Supervisor(config, self._config_file, fronts=fronts or 1, relays=relays or 1).run()
            )
        return run_loop(serve(config, Role()))

    def demo(self, *, once: bool) -> int:
        """See the protocol."""
        from chappe.app.demo import run_demo  # noqa: PLC0415 - the simulator is of no use to a gateway in service

        return run_loop(run_demo(once=once))

    def bench(self, **options: Any) -> int:
        """See the protocol."""
        from chappe.app.bench import run_bench  # noqa: PLC0415 - as above

        return run_loop(run_bench(**options))

    def verify_store(self) -> tuple[list[str], dict[str, int]]:
        """See the protocol."""
        return verify(self.config.store.path)

    def backup(self, target: Path) -> int:
        """See the protocol."""
        if not target.parent.is_dir():
            raise StoreUnusable(f"the folder {target.parent} does not exist")
        try:
            return backup(self.config.store.path, target)
        except apsw.Error as error:
            raise StoreUnusable(f"{target} cannot be written: {error}") from error

    def http_address(self) -> str:
        """See the protocol."""
        return reachable(self.config.http.listen[0]) if self.config.http.listen else ""

    def admin_address(self) -> str:
        """See the protocol."""
        return reachable(self.config.admin.listen) if self.config.admin.listen else ""


@asynccontextmanager
async def _open(config: Config, *, create: bool) -> AsyncIterator[Open]:
    store = open_configured_store(config, create=create)
    try:
        keys = await open_store_keys(config, store, create=create)
        yield OpenStore(store, keys, Records(store, keys, settings_checker()), IdRenderer(keys.ids))
    finally:
        await store.close()


def run_loop(main: Any) -> int:
    """Runs a coroutine on uvloop, the interpreter tuned for one busy loop beside one writer's thread."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    gc.set_threshold(_COLLECT_AFTER, 20, 50)
    return int(uvloop.run(main))


async def serve(config: Config, role: Role) -> int:
    """Runs a gateway, or its part, until SIGTERM or SIGINT, or until its store fails; the exit code."""
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
    return _FAILED if failed.is_set() else 0
