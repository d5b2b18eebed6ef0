"""Builds the gateway by constructors, in one place; nothing is tied afterwards."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import apsw
import msgspec

from chappe.app.bus import WRITER_SOCKET, Bound, Bus
from chappe.app.clock import SystemClock
from chappe.app.config import Config
from chappe.app.logs import logger
from chappe.app.metrics import Figures
from chappe.app.registry import connector_kinds, http_dialects
from chappe.app.roles import Role
from chappe.callbacks.webhook import Webhook, WebhookSettings
from chappe.dialect_kit.contract import Dialect
from chappe.dialect_kit.core import Core
from chappe.dialect_kit.serve import Serve
from chappe.dialects.smpp.server import ServerSettings, SmppServer
from chappe.domain.ids import IdMaker, IdRenderer
from chappe.domain.link import ConnectorRecord
from chappe.management.passwords import Passwords, random_password
from chappe.management.records import CheckSettings
from chappe.management.sealing import Keys, holds_sealed, load_keys
from chappe.pipeline.accept_mo import AcceptMo
from chappe.pipeline.accept_receipt import AcceptReceipt
from chappe.pipeline.authenticate import Authenticator
from chappe.pipeline.directory import Directory
from chappe.pipeline.dispatch import Dispatch
from chappe.pipeline.expire import Expire
from chappe.pipeline.notify import Notify
from chappe.pipeline.query import Query
from chappe.pipeline.release import Release
from chappe.pipeline.submit import Submit
from chappe.ports.clock import Chance
from chappe.ports.connector import Connector, ConnectorEvents
from chappe.ports.connector_kind import ConnectorKind, Context
from chappe.ports.store import Store, StoreUnusable
from chappe.stores.sqlite.database import open_database
from chappe.stores.sqlite.remote_writer import OnFed
from chappe.stores.sqlite.shared_writer import SharedWriter
from chappe.stores.sqlite.store import SqliteStore, connect_store, open_store
from chappe.workers.dispatcher import Dispatcher
from chappe.workers.link_board import LinkBoard
from chappe.workers.link_keeper import Build, LinkKeeper
from chappe.workers.loop import OnError
from chappe.workers.notifier import Notifier
from chappe.workers.retention import Retention
from chappe.workers.scheduler import Scheduler


@dataclass(frozen=True, slots=True)
class Parts:
    """The gateway's parts, whole and connected, not yet running."""

    config: Config
    role: Role
    bus: Bus
    store: Store
    directory: Directory
    figures: Figures
    board: LinkBoard
    keeper: LinkKeeper
    dispatcher: Dispatcher
    notifier: Notifier
    scheduler: Scheduler
    retention: Retention
    release: Release
    smpp: SmppServer
    serve: Serve
    passwords: Passwords
    renderer: IdRenderer
    owner: int


def open_configured_store(config: Config, *, create: bool = True) -> SqliteStore:
    """The store that the configuration names; makes its folder too where it may. Raises StoreUnusable or OSError."""
    path = config.store.path
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return open_store(
            path,
            create=create,
            interval=config.store.commit_interval_ms / 1000,
            reserve=config.store.reserve_mb << 20,
            cache_mb=config.store.cache_mb,
        )
    except apsw.Error as error:
        # Damage behind the first pages shows only when the counts are read.
        raise StoreUnusable(f"{path} is damaged: {error}; chappe verify-store says where") from error


def open_configured_writer(config: Config, failed: Callable[[], None]) -> SharedWriter:
    """The writer of the configured store, for other processes to hand their work to. Raises StoreUnusable or OSError."""
    path = config.store.path
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        database = open_database(path, cache_mb=config.store.cache_mb)
        database.count()
    except apsw.Error as error:
        raise StoreUnusable(f"{path} is damaged: {error}; chappe verify-store says where") from error
    return SharedWriter(database, config.store.commit_interval_ms / 1000, failed)


async def connect_configured_store(config: Config, role: Role, fed: OnFed) -> SqliteStore:
    """The store that the gateway's writer holds. Raises OSError while it is not there."""
    assert role.meeting is not None
    return await connect_store(
        role.meeting / WRITER_SOCKET,
        config.store.path.parent,
        fed=fed,
        reserve=config.store.reserve_mb << 20,
    )


def open_keys(config: Config, *, create: bool = True) -> Keys:
    """The gateway's key; raises ValueError or OSError with the reason."""
    if create:
        config.node.key_file.parent.mkdir(parents=True, exist_ok=True)
    return load_keys(config.node.key_file, create=create)


async def open_store_keys(config: Config, store: Store, *, create: bool = True) -> Keys:
    """The key that goes with a store. None is made anew where the store holds secrets that only a lost one opens."""
    path = config.node.key_file
    if create and not path.exists():
        directory = Directory()
        directory.apply(await store.directory())
        if any(holds_sealed(record.settings) for record in directory.connectors.values()):
            raise ValueError(
                f"the key file {path} does not exist, but secrets in the store are sealed with it"
            )
    return open_keys(config, create=create)


def settings_checker() -> CheckSettings:
    """Checks connector settings by their kind."""
    kinds = connector_kinds()

    def check(kind: str, settings: dict[str, Any]) -> str:
        if kind not in kinds:
            return f"there is no kind {kind!r}, only {', '.join(kinds)}"
        return kinds[kind].check(settings)

    return check


@dataclass(frozen=True, slots=True)
class _Ground:
    """What everything else is built upon."""

    config: Config
    role: Role
    bus: Bus
    store: Store
    keys: Keys
    directory: Directory
    on_error: OnError
    clock: SystemClock
    figures: Figures
    chance: Chance
    ids: IdMaker
    owner: int
    renderer: IdRenderer
    board: LinkBoard
    receipts: AcceptReceipt
    mos: AcceptMo


async def build(
    config: Config,
    store: Store,
    keys: Keys,
    directory: Directory,
    on_error: OnError,
    *,
    role: Role | None = None,
) -> Parts:
    """Puts the whole together over an open store and a loaded directory; `role` says which part is to run here."""
    role = role or Role()
    clock, figures = SystemClock(), Figures()
    ids = IdMaker(config.node.id + role.node_offset, floor=await store.newest_id())
    ground = _Ground(
        config=config,
        role=role,
        bus=Bus(),
        store=store,
        keys=keys,
        directory=directory,
        on_error=on_error,
        clock=clock,
        figures=figures,
        # Jitter and choices by weight need no secrecy, only other numbers in every process.
        chance=random.Random(random.SystemRandom().getrandbits(64)).random,  # noqa: S311 - as said
        ids=ids,
        owner=await store.new_owner(),
        renderer=IdRenderer(keys.ids),
        board=LinkBoard(directory),
        receipts=AcceptReceipt(store, directory, clock, figures),
        mos=AcceptMo(directory=directory, store=store, ids=ids, clock=clock, meter=figures),
    )
    passwords = Passwords()
    dispatch = _dispatch(ground)
    dispatcher = Dispatcher(dispatch, ground.board, on_error)
    notify = Notify(store, clock, ground.chance, figures)
    notifier = Notifier(notify, store, clock, on_error)
    core = _core(ground, passwords, dispatcher, notifier)
    release = Release(store, directory, clock, figures)
    return Parts(
        config=config,
        role=role,
        bus=ground.bus,
        store=store,
        directory=directory,
        figures=figures,
        board=ground.board,
        keeper=_keeper(ground, dispatch, dispatcher, notifier),
        dispatcher=dispatcher,
        notifier=notifier,
        scheduler=_scheduler(ground, release, dispatcher, notifier),
        retention=_retention(ground, notify),
        release=release,
        smpp=_carriers(ground, core, notifier),
        serve=Serve(core, _dialects(config), _fault),
        passwords=passwords,
        renderer=ground.renderer,
        owner=ground.owner,
    )


def _dispatch(ground: _Ground) -> Dispatch:
    return Dispatch(
        directory=ground.directory,
        store=ground.store,
        clock=ground.clock,
        chance=ground.chance,
        health=ground.board.health,
        meter=ground.figures,
        receipts=ground.receipts,
        owner=ground.owner,
    )


def _core(ground: _Ground, passwords: Passwords, dispatcher: Dispatcher, notifier: Notifier) -> Core:
    secret = random.SystemRandom().randbytes(32)
    decoy = passwords.hash(random_password(20))
    return Core(
        authenticator=Authenticator(ground.directory, passwords.verify, ground.figures, secret, decoy),
        submit=Submit(
            directory=ground.directory,
            store=ground.store,
            ids=ground.ids,
            clock=ground.clock,
            chance=ground.chance,
            health=ground.board.health,
            meter=ground.figures,
            wake=dispatcher.wake,
            fronts=ground.role.fronts,
        ),
        query=Query(ground.store, ground.clock),
        ledger=ground.store,
        directory=ground.directory,
        renderer=ground.renderer,
        clock=ground.clock,
        meter=ground.figures,
        lanes_due=notifier.lanes_due,
    )


def _dialects(config: Config) -> list[Dialect]:
    known = http_dialects()
    unknown = [name for name in config.http.dialects if name not in known]
    if unknown:
        raise ValueError(f"http.dialects: there is no dialect {unknown[0]!r}, only {', '.join(known)}")
    return [known[name] for name in config.http.dialects]


def _keeper(ground: _Ground, dispatch: Dispatch, dispatcher: Dispatcher, notifier: Notifier) -> LinkKeeper:
    context = Context(clock=ground.clock, chance=ground.chance, meter=ground.figures)
    return LinkKeeper(
        directory=ground.directory,
        build=_connector_builder(connector_kinds(), ground.keys, context),
        dispatch=dispatch,
        receipts=ground.receipts,
        mos=ground.mos,
        dispatcher=dispatcher,
        board=ground.board,
        lanes_due=notifier.lanes_due,
        on_error=ground.on_error,
        mine=ground.role.relays_connector,
        told=ground.bus.link_changed,
    )


def _scheduler(ground: _Ground, release: Release, dispatcher: Dispatcher, notifier: Notifier) -> Scheduler:
    return Scheduler(
        release=release,
        expire=Expire(ground.store, ground.clock, ground.figures),
        receipts=ground.receipts,
        mos=ground.mos,
        wake=dispatcher.wake,
        lanes_due=notifier.lanes_due,
        on_error=ground.on_error,
    )


def _retention(ground: _Ground, notify: Notify) -> Retention:
    return Retention(
        ground.store,
        notify,
        ground.clock,
        ground.figures,
        text_days=ground.config.retention.text_days,
        record_days=ground.config.retention.record_days,
        on_error=ground.on_error,
    )


def _carriers(ground: _Ground, core: Core, notifier: Notifier) -> SmppServer:
    """Gives the notifier its carriers; the SMPP server is one of them."""
    smpp, webhooks = ground.config.smpp, ground.config.webhooks
    server = SmppServer(
        core,
        ServerSettings(
            system_id=smpp.system_id,
            session_init_timer=smpp.bind_seconds,
            enquire_link_timer=smpp.enquire_link_seconds,
            response_timer=smpp.response_seconds,
        ),
        notifier,
        lambda sessions: ground.bus.say(Bound(sessions)),
    )
    webhook = Webhook(
        WebhookSettings(
            connect_seconds=webhooks.connect_seconds,
            total_seconds=webhooks.total_seconds,
            per_host=webhooks.per_host,
        ),
        # A notice is owed in the words of its dialect also after that dialect was switched off.
        writers={name: dialect.writer(ground.renderer) for name, dialect in http_dialects().items()},
        account=ground.directory.accounts.get,
        events=notifier,
        clock=ground.clock,
        meter=ground.figures,
    )
    # What others look after is not claimed here.
    if ground.role.is_front:
        notifier.serve("smpp", server)
    if ground.role.is_relay:
        for prefix in ("http", "https"):
            notifier.serve(prefix, webhook, ground.role.relays_lane)
    return server


def _connector_builder(kinds: Mapping[str, ConnectorKind], keys: Keys, context: Context) -> Build:
    def build_connector(record: ConnectorRecord, events: ConnectorEvents) -> Connector:
        kind = kinds.get(record.kind)
        if kind is None:
            raise ValueError(f"there is no connector kind {record.kind!r}")
        settings = keys.unseal_settings(record.settings)
        problem = kind.check(settings)
        if problem:
            raise ValueError(problem)
        return kind.build(msgspec.structs.replace(record, settings=settings), events, context)

    return build_connector


def _fault(dialect: str, error: BaseException) -> None:
    logger("chappe.dialect").error("fault", dialect=dialect, exc_info=error)
