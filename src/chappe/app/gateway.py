"""The running gateway: starts the parts in order, follows the directory, stops in the reverse order without loss."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from chappe.api.admin import Admin
from chappe.app.bootstrap import Parts, build
from chappe.app.bus import BUS_SOCKET, Bound, Gone, Hello, Leaving, Links, Ready, Word, figured
from chappe.app.config import Config, Tls, split_address
from chappe.app.jasmin_metrics import jasmin_text
from chappe.app.logs import logger
from chappe.app.metrics import exposition, spellings
from chappe.app.opening import connect_configured_store, open_configured_store, open_store_keys
from chappe.app.roles import Role
from chappe.dialect_kit.serve import Serve
from chappe.domain.link import LinkStatus
from chappe.net.http_connection import HttpLimits
from chappe.net.http_server import HttpListener
from chappe.net.tls import server_context
from chappe.ports.directory import Kind
from chappe.ports.store import StoreFailed
from chappe.stores.sqlite.store import SqliteStore
from chappe.workers.loop import Loop, OnError
from chappe.workers.watcher import Watcher, load_directory

GRACE: Final = 10.0
"""Seconds that open attempts and calls get when the gateway stops."""

_LEAST_GRACE: Final = 1.0
_FIGURES_EVERY: Final = 1.0
_PATIENCE: Final = 15.0
"""Seconds that a process waits for the writer of its gateway to open the store."""

_TRY_EVERY: Final = 0.05

log = logger("chappe.gateway")


class Gateway:
    """One process of a gateway, or all of it. `failed` is set when the store failed: it must end and be started anew."""

    def __init__(self, parts: Parts, on_error: OnError, doorbell: _Doorbell) -> None:
        self._parts = parts
        self._on_error = on_error
        self._telling = Loop("figures", self._tell_figures, on_error)
        doorbell.answer(parts)
        self._watcher = Watcher(parts.store, parts.directory, self._directory_changed, on_error)
        self._http: list[HttpListener] = []
        self._not_ready = "starting"
        self.http_port = 0
        self.http_ports: list[int] = []
        """Of all HTTP listeners, in the order of the configuration."""
        self.smpp_port = 0
        self.admin_port = 0

    @classmethod
    async def open(cls, config: Config, failed: asyncio.Event, role: Role | None = None) -> Gateway:
        """Opens the store and builds everything. Raises StoreUnusable, ValueError or OSError with a sentence."""
        role = role or Role()
        doorbell = _Doorbell()

        def on_error(duty: str, error: BaseException) -> None:
            log.error("duty failed", duty=duty, exc_info=error)
            if isinstance(error, StoreFailed):
                failed.set()

        store = await _open_store(config, role, doorbell)
        try:
            keys = await open_store_keys(config, store)
            directory = await load_directory(store)
            parts = await build(config, store, keys, directory, on_error, role=role)
            if role.meeting is not None:
                await _join(parts, failed)
            return cls(parts, on_error, doorbell)
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
        config, role = parts.config, parts.role
        if role.is_front:
            await self._listen_smpp()
            self.http_port = await self._listen_http()
        if role.meeting is None:
            # It is the only one: whoever held attempts before is gone.
            parts.recovery.take_over((), parts.owner)
        parts.recovery.start()
        if role.is_relay:
            parts.keeper.start()
            await parts.keeper.follow_directory()
        parts.notifier.start()
        if role.keeps_time:
            parts.scheduler.start()
            parts.retention.start()
            parts.batches.start()
        self._watcher.start()
        if role.meeting is None:
            await self._listen_admin()
        else:
            self._telling.start()
        self._not_ready = ""
        parts.bus.say(Ready({"http": self.http_port, "smpp": self.smpp_port}))
        log.info(
            "serving" if role.meeting is None else "part serves",
            part=role.name,
            http=self.http_port,
            smpp=self.smpp_port,
            admin=self.admin_port,
            store=str(config.store.path),
        )

    async def _listen_smpp(self) -> None:
        section = self._parts.config.smpp
        shared = self._parts.role.fronts > 1
        for address in section.listen:
            self.smpp_port = await self._parts.smpp.listen(*split_address(address), shared=shared)
        for address in section.tls_listen:
            await self._parts.smpp.listen(*split_address(address), _context(section.tls), shared=shared)

    async def _listen_http(self) -> int:
        section = self._parts.config.http
        limits = HttpLimits(
            body_octets=section.body_limit_kb << 10,
            connections=section.connections,
            connections_per_address=section.connections_per_address,
        )
        first = 0
        serve, faces = self._parts.serve, self._parts.faces
        wanted: list[tuple[str, Tls | None, Serve]] = [
            *((address, None, serve) for address in section.listen),
            *((address, section.tls, serve) for address in section.tls_listen),
            *((one.listen, section.tls if one.tls else None, faces[one.face]) for one in section.listener),
        ]
        for address, tls, answering in wanted:
            listener = HttpListener(answering.answer, limits, section.trusted_proxies)
            await listener.listen(
                *split_address(address),
                _context(tls) if tls else None,
                shared=self._parts.role.fronts > 1,
            )
            self._http.append(listener)
            self.http_ports.append(listener.port)
            first = first or listener.port
        return first

    async def _listen_admin(self) -> None:
        admin_address = self._parts.config.admin.listen
        if admin_address:
            figures = self._parts.figures
            admin = Admin(
                ready=lambda: self._not_ready,
                metrics=exposition(figures, lambda: None, jasmin_text),
                refresh=self._refresh_figures,
                status=self._status,
                on_error=self._on_error,
            )
            listener = HttpListener(admin.answer)
            await listener.listen(*split_address(admin_address))
            self._http.append(listener)
            self.admin_port = listener.port

    async def _tell_figures(self) -> float:
        await self._refresh_figures()
        self._parts.bus.say(figured(self._parts.figures))
        self._parts.bus.say(Links([one.status() for one in self._parts.board.connectors.values()]))
        return _FIGURES_EVERY

    async def _directory_changed(self, kinds: frozenset[Kind]) -> None:
        log.info(
            "directory changed",
            kinds=sorted(kind.value for kind in kinds),
            revision=self._parts.directory.revision,
        )
        if Kind.CONNECTOR in kinds and self._parts.role.is_relay:
            await self._parts.keeper.follow_directory()
        if kinds & {Kind.ACCOUNT, Kind.GROUP, Kind.CREDENTIAL}:
            self._parts.smpp.recheck()

    async def _refresh_figures(self) -> None:
        parts = self._parts
        parts.figures.gauge("directory_revision", parts.directory.revision, parts.role.name)
        for status in (connector.status() for connector in parts.board.connectors.values()):
            parts.figures.gauge("connector_health", status.health, status.connector)
            parts.figures.gauge("connector_binds", status.binds, status.connector)
            parts.figures.gauge("connector_window_used", status.window_used, status.connector)
        if parts.role.is_front:
            modes = parts.smpp.modes()
            parts.figures.gauge("smpp_connected", sum(modes.values()), parts.role.name)
            for mode in filter(None, modes):
                # By process, since levels of several are added up.
                parts.figures.gauge("smpp_bound", modes[mode], f"{mode}:{parts.role.name}")
        if not parts.role.keeps_time:
            return
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
            "connectors": {name: plain_status(status) for name, status in parts.board.now().items()},
            "queued": dict(await parts.store.depths()),
            "notices_owed": await parts.store.owed_count(),
            "revisions": {parts.role.name: parts.directory.revision},
            "receipts": spellings(parts.figures),
        }

    async def stop(self, *, in_vain: bool = False) -> None:
        """Takes no more, lets what is under way end within the grace, writes the last of it, closes.

        `in_vain` where the store has failed: what is under way can be written no more, and is not waited for.
        """
        grace = 0.0 if in_vain else GRACE
        self._not_ready = "stopping"
        parts = self._parts
        parts.bus.say(Leaving())
        log.info("stopping", part=parts.role.name)
        until = asyncio.get_running_loop().time() + grace
        parts.smpp.take_no_more()
        for listener in self._http:
            await listener.close(max(grace, _LEAST_GRACE))
        await self._telling.stop()
        await self._watcher.stop()
        await parts.batches.stop()
        await parts.retention.stop()
        await parts.scheduler.stop()
        await parts.recovery.stop()
        await parts.keeper.stop(grace)
        await parts.notifier.stop(max(until - asyncio.get_running_loop().time(), _LEAST_GRACE))
        await parts.scripts.close()
        parts.bus.leave()
        await parts.store.close()
        parts.passwords.close()
        log.info("stopped", part=parts.role.name)


class _Doorbell:
    """Rung by the writer's process when a queue or lane got something, from before there is anybody to answer it."""

    def __init__(self) -> None:
        self._parts: Parts | None = None

    def ring(self, queues: list[str], lanes: list[str]) -> None:
        """Somebody's commit added to these."""
        if self._parts is None:
            return
        for queue in queues:
            self._parts.dispatcher.wake(queue)
        if lanes:
            self._parts.notifier.lanes_due(lanes)

    def answer(self, parts: Parts) -> None:
        """From now on it is heard; what was rung before is found at the first look."""
        self._parts = parts


async def _open_store(config: Config, role: Role, doorbell: _Doorbell) -> SqliteStore:
    if role.meeting is None:
        return open_configured_store(config, serves=True)
    loop = asyncio.get_running_loop()
    until = loop.time() + _PATIENCE
    while True:
        try:
            return await connect_configured_store(config, role, doorbell.ring)
        except OSError:
            if loop.time() >= until:
                raise
        await asyncio.sleep(_TRY_EVERY)


async def _join(parts: Parts, failed: asyncio.Event) -> None:
    """Meets the other processes of this gateway."""

    def heard(word: Word) -> None:
        if isinstance(word, Links):
            for status in word.statuses:
                if status.connector not in parts.board.connectors:
                    parts.board.statuses[status.connector] = status
        elif isinstance(word, Bound):
            parts.smpp.elsewhere(word.sessions)
        elif isinstance(word, Gone):
            parts.recovery.take_over(word.owners, word.before)

    assert parts.role.meeting is not None
    owner = parts.owner if parts.role.is_relay else 0
    await parts.bus.join(parts.role.meeting / BUS_SOCKET, Hello(parts.role.name, owner), heard, failed.set)


def plain_status(status: LinkStatus) -> dict[str, Any]:
    """A connector's status for `/status`."""
    fields: dict[str, Any] = msgspec.to_builtins(status)
    return {**fields, "health": status.health.name.lower()}


def _context(tls: Tls | None) -> ssl.SSLContext:
    assert tls is not None
    return server_context(tls.certificate, tls.key, tls.client_authority)
