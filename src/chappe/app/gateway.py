"""The running gateway: starts the parts in order, follows the directory, stops in the reverse order without loss."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from chappe.api.admin import Admin
from chappe.app.bootstrap import Parts, build, open_configured_store, open_keys
from chappe.app.config import Config, Tls, split_address
from chappe.app.logs import logger
from chappe.app.metrics import exposition
from chappe.domain.link import LinkStatus
from chappe.net.http_connection import HttpLimits
from chappe.net.http_server import HttpListener
from chappe.net.tls import server_context
from chappe.ports.directory import Kind
from chappe.ports.store import StoreFailed
from chappe.workers.loop import OnError
from chappe.workers.watcher import Watcher, load_directory

GRACE: Final = 10.0
"""Seconds that open attempts and calls get when the gateway stops."""

log = logger("chappe.gateway")


class Gateway:
    """One process with all roles. `failed` is set when the store failed: the process must end and be started anew."""

    def __init__(self, parts: Parts, on_error: OnError) -> None:
        self._parts = parts
        self._watcher = Watcher(parts.store, parts.directory, self._directory_changed, on_error)
        self._http: list[HttpListener] = []
        self._not_ready = "starting"
        self._recovery: asyncio.Task[None] | None = None
        self.http_port = 0
        self.smpp_port = 0
        self.admin_port = 0

    @classmethod
    async def open(cls, config: Config, failed: asyncio.Event) -> Gateway:
        """Opens the store and builds everything. Raises StoreUnusable, ValueError or OSError with a sentence."""

        def on_error(duty: str, error: BaseException) -> None:
            log.error("duty failed", duty=duty, exc_info=error)
            if isinstance(error, StoreFailed):
                failed.set()

        store = open_configured_store(config)
        try:
            keys = open_keys(config)
            directory = await load_directory(store)
            return cls(await build(config, store, keys, directory, on_error), on_error)
        except BaseException:
            await store.close()
            raise

    @property
    def parts(self) -> Parts:
        """What the gateway is made of."""
        return self._parts

    async def start(self) -> None:
        """Starts everything; when it returns clients may come. Raises OSError for an address that is taken."""
        parts = self._parts
        config = parts.config
        self._recovery = asyncio.create_task(self._recover(), name="recover")
        parts.keeper.start()
        await parts.keeper.follow_directory()
        parts.notifier.start()
        parts.scheduler.start()
        parts.retention.start()
        self._watcher.start()
        await self._listen_smpp()
        self.http_port = await self._listen_http()
        self._not_ready = ""
        log.info(
            "serving",
            http=self.http_port,
            smpp=self.smpp_port,
            admin=self.admin_port,
            store=str(config.store.path),
        )

    async def _recover(self) -> None:
        """Takes over attempts of the process that ran before."""
        count = 0
        while found := await self._parts.release.stranded([self._parts.owner]):
            count += found
        if count:
            log.warning("attempts were interrupted", count=count)

    async def _listen_smpp(self) -> None:
        section = self._parts.config.smpp
        for address in section.listen:
            self.smpp_port = await self._parts.smpp.listen(*split_address(address))
        for address in section.tls_listen:
            await self._parts.smpp.listen(*split_address(address), _context(section.tls))

    async def _listen_http(self) -> int:
        section = self._parts.config.http
        limits = HttpLimits(
            body_octets=section.body_limit_kb << 10,
            connections=section.connections,
            connections_per_address=section.connections_per_address,
        )
        first = 0
        plain = [(address, None) for address in section.listen]
        for address, tls in [*plain, *((address, section.tls) for address in section.tls_listen)]:
            listener = HttpListener(self._parts.serve.answer, limits, section.trusted_proxies)
            await listener.listen(*split_address(address), _context(tls) if tls else None)
            self._http.append(listener)
            first = first or listener.port
        admin_address = self._parts.config.admin.listen
        if admin_address:
            figures = self._parts.figures
            admin = Admin(
                ready=lambda: self._not_ready,
                metrics=exposition(figures, lambda: None),
                refresh=self._refresh_figures,
                status=self._status,
            )
            listener = HttpListener(admin.answer)
            await listener.listen(*split_address(admin_address))
            self._http.append(listener)
            self.admin_port = listener.port
        return first

    async def _directory_changed(self, kinds: frozenset[Kind]) -> None:
        log.info(
            "directory changed",
            kinds=sorted(kind.value for kind in kinds),
            revision=self._parts.directory.revision,
        )
        if Kind.CONNECTOR in kinds:
            await self._parts.keeper.follow_directory()
        if kinds & {Kind.ACCOUNT, Kind.CREDENTIAL}:
            self._parts.smpp.recheck()

    async def _refresh_figures(self) -> None:
        parts = self._parts
        for status in parts.board.now().values():
            parts.figures.gauge("connector_health", status.health, status.connector)
            parts.figures.gauge("connector_binds", status.binds, status.connector)
            parts.figures.gauge("connector_window_used", status.window_used, status.connector)
        depths = await parts.store.depths()
        for connector in parts.directory.connectors:
            parts.figures.gauge("queued", depths.get(connector, 0), connector)
        parts.figures.gauge("notices_owed", await parts.store.owed_count())
        waiting, orphans = await parts.store.unmatched_counts()
        parts.figures.gauge("receipts_waiting", waiting)
        parts.figures.gauge("receipts_orphans", orphans)

    async def _status(self) -> Mapping[str, Any]:
        parts = self._parts
        return {
            "ready": not self._not_ready,
            "connectors": {name: _plain(status) for name, status in parts.board.now().items()},
            "queued": dict(await parts.store.depths()),
            "notices_owed": await parts.store.owed_count(),
            "revision": parts.directory.revision,
        }

    async def stop(self) -> None:
        """Takes no more, lets what is under way end within the grace, writes the last of it, closes."""
        self._not_ready = "stopping"
        parts = self._parts
        log.info("stopping")
        for listener in self._http:
            await listener.close()
        await self._watcher.stop()
        await parts.retention.stop()
        await parts.scheduler.stop()
        await parts.keeper.stop(GRACE)
        await parts.notifier.stop(GRACE)
        if self._recovery is not None:
            await self._recovery
        await parts.store.close()
        parts.passwords.close()
        log.info("stopped")


def _plain(status: LinkStatus) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(status)
    return {**fields, "health": status.health.name.lower()}


def _context(tls: Tls | None) -> ssl.SSLContext:
    assert tls is not None
    return server_context(tls.certificate, tls.key, tls.client_authority)
