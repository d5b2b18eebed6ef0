"""Builds the gateway by constructors, in one place; nothing is tied afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from chappe.app.bus import Bound, Bus
from chappe.app.config import Config
from chappe.app.logs import logger
from chappe.app.metrics import Figures
from chappe.app.registry import connector_kinds, http_dialects, mo_manners
from chappe.app.roles import Role
from chappe.app.use_cases import (
    Ground,
    batches_of,
    core_of,
    dispatch_of,
    laid,
    mos_of,
    nobody,
    reply_of,
    submit_of,
    telling_of,
)
from chappe.callbacks.webhook import Webhook, WebhookSettings
from chappe.dialect_kit.contract import Dialect
from chappe.dialect_kit.core import Core
from chappe.dialect_kit.serve import Serve
from chappe.dialects.smpp.server import ServerSettings, SmppServer
from chappe.domain.ids import IdRenderer
from chappe.domain.link import ConnectorRecord
from chappe.interceptors.pool import ScriptPool
from chappe.management.passwords import Passwords
from chappe.management.sealing import Keys
from chappe.pipeline.accept_mo import AcceptMo
from chappe.pipeline.directory import Directory
from chappe.pipeline.dispatch import Dispatch
from chappe.pipeline.expire import Expire
from chappe.pipeline.fallback import Fallback
from chappe.pipeline.notify import Notify
from chappe.pipeline.release import Release
from chappe.ports.connector import Connector, ConnectorEvents
from chappe.ports.connector_kind import ConnectorKind, Context
from chappe.ports.store import Store
from chappe.workers.batch_keeper import BatchKeeper
from chappe.workers.dispatcher import Dispatcher
from chappe.workers.link_board import LinkBoard
from chappe.workers.link_keeper import Build, LinkKeeper
from chappe.workers.loop import OnError
from chappe.workers.notifier import Notifier
from chappe.workers.recovery import Recovery
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
    batches: BatchKeeper
    recovery: Recovery
    smpp: SmppServer
    scripts: ScriptPool
    serve: Serve
    faces: Mapping[str, Serve]
    passwords: Passwords
    renderer: IdRenderer
    owner: int


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
    ground = await laid(config, store, keys, directory, on_error, role=role or Role())
    role, clock, figures = ground.role, ground.clock, ground.figures
    passwords = Passwords()
    dispatch = dispatch_of(ground)
    dispatcher = Dispatcher(dispatch, ground.board, on_error)
    notify = Notify(store, clock, ground.chance, figures, mo_manners())
    notifier = Notifier(notify, store, clock, on_error)
    submit = submit_of(ground, dispatcher)
    keeper = BatchKeeper(batches_of(ground, submit, dispatcher, nobody), notifier.lanes_due, on_error)
    batches = batches_of(ground, submit, dispatcher, keeper.poke)
    reply = reply_of(ground, submit, dispatcher)
    core = core_of(ground, passwords, submit, batches, notifier, reply=reply)
    release = Release(store, directory, clock, figures)
    smpp = _carriers(ground, core, notifier)
    mos = mos_of(ground, smpp, reply)
    return Parts(
        config=config,
        role=role,
        bus=ground.bus,
        store=store,
        directory=directory,
        figures=figures,
        board=ground.board,
        keeper=_keeper(ground, dispatch, dispatcher, notifier, mos),
        dispatcher=dispatcher,
        notifier=notifier,
        scheduler=_scheduler(ground, release, dispatcher, notifier, mos),
        retention=_retention(ground, notify),
        batches=keeper,
        recovery=Recovery(release, ground.owner, _interrupted, on_error),
        smpp=smpp,
        scripts=ground.scripts,
        serve=Serve(core, dialects_of(config), _fault),
        faces=_faces(config, core),
        passwords=passwords,
        renderer=ground.renderer,
        owner=ground.owner,
    )


def dialects_of(config: Config) -> list[Dialect]:
    """The dialects that are on; raises ValueError for one that there is not."""
    known = http_dialects()
    unknown = [name for name in config.http.dialects if name not in known]
    if unknown:
        raise ValueError(f"http.dialects: there is no dialect {unknown[0]!r}, only {', '.join(known)}")
    return [known[name] for name in config.http.dialects or known]


def _faces(config: Config, core: Core) -> Mapping[str, Serve]:
    """What the listeners of one face answer with. Raises ValueError for a face that no dialect has."""
    served = Serve(core, dialects_of(config), _fault)
    try:
        return {one.face: served.facing(one.face) for one in config.http.listener}
    except ValueError as error:
        raise ValueError(f"http.listener: {error}") from error


def _keeper(
    ground: Ground, dispatch: Dispatch, dispatcher: Dispatcher, notifier: Notifier, mos: AcceptMo
) -> LinkKeeper:
    context = Context(
        clock=ground.clock,
        chance=ground.chance,
        meter=ground.figures,
        awaited=ground.store,
        unseal=ground.keys.unseal,
    )
    return LinkKeeper(
        directory=ground.directory,
        build=_connector_builder(connector_kinds(), ground.keys, context),
        dispatch=dispatch,
        receipts=ground.receipts,
        mos=mos,
        dispatcher=dispatcher,
        board=ground.board,
        lanes_due=notifier.lanes_due,
        at_once=notifier,
        on_error=ground.on_error,
        mine=ground.role.relays_connector,
        told=ground.bus.link_changed,
    )


def _scheduler(
    ground: Ground, release: Release, dispatcher: Dispatcher, notifier: Notifier, mos: AcceptMo
) -> Scheduler:
    return Scheduler(
        release=release,
        expire=Expire(
            ground.store,
            ground.clock,
            ground.figures,
            Fallback(ground.directory, ground.board.health, ground.chance),
        ),
        receipts=ground.receipts,
        mos=mos,
        wake=dispatcher.wake,
        lanes_due=notifier.lanes_due,
        on_error=ground.on_error,
    )


def _retention(ground: Ground, notify: Notify) -> Retention:
    return Retention(
        ground.store,
        notify,
        ground.clock,
        ground.figures,
        text_days=ground.config.retention.text_days,
        record_days=ground.config.retention.record_days,
        on_error=ground.on_error,
    )


def _carriers(ground: Ground, core: Core, notifier: Notifier) -> SmppServer:
    """Gives the notifier its carriers; the SMPP server is one of them."""
    smpp, webhooks = ground.config.smpp, ground.config.webhooks
    server = SmppServer(
        core,
        ServerSettings(
            system_id=smpp.system_id,
            session_init_timer=smpp.bind_seconds,
            enquire_link_timer=smpp.enquire_link_seconds,
            response_timer=smpp.response_seconds,
            connections=smpp.connections,
            connections_per_address=smpp.connections_per_address,
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
        writers={
            name: writer
            for dialect in http_dialects().values()
            for name, writer in dialect.writers(ground.renderer, telling_of(ground)).items()
        },
        account=ground.directory.accounts.get,
        events=notifier,
        clock=ground.clock,
        meter=ground.figures,
    )
    # What others look after is not claimed here.
    if ground.role.is_front:
        notifier.serve("smpp", server, shared=ground.role.fronts > 1)
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


def _interrupted(count: int) -> None:
    logger("chappe.gateway").warning("attempts were interrupted", count=count)


def _fault(dialect: str, error: BaseException) -> None:
    logger("chappe.dialect").error("fault", dialect=dialect, exc_info=error)
