"""The process around the commands: opens what the configuration names, runs the gateway, the demo, the bench."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import apsw

from chappe.app.bootstrap import dialects_of
from chappe.app.config import Config, current_environment, load_config, reachable
from chappe.app.logs import configure_logs
from chappe.app.opening import open_configured_store, open_store_keys, settings_checker
from chappe.app.plugin_tools import PluginTools
from chappe.app.roles import Role, by_cores
from chappe.app.running import run_loop, serve
from chappe.app.supervisor import Supervisor
from chappe.app.webhook_trial import try_webhook
from chappe.cli.house import Open
from chappe.domain.ids import IdRenderer
from chappe.management.passwords import Passwords
from chappe.management.records import Records
from chappe.management.sealing import Keys
from chappe.ports.store import Store, StoreUnusable
from chappe.stores.sqlite.verify import backup, verify


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

    def serve(self, *, fronts: int | None, relays: int | None) -> int:
        """See the protocol."""
        config = self.config
        configure_logs(config.log.level, config.log.form)
        if fronts is None and relays is None:
            fronts, relays = by_cores(len(os.sched_getaffinity(0)))
        fronts, relays = fronts or 0, relays or 0
        if fronts or relays:
            # Said once, and not by every child.
            dialects_of(config)
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

    def plugins(self) -> PluginTools:
        """See the protocol."""
        return PluginTools()

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
        yield OpenStore(
            store, keys, Records(store, keys, settings_checker(), try_webhook), IdRenderer(keys.ids)
        )
    finally:
        await store.close()
