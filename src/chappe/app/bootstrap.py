"""Builds the gateway by constructors, in one place; nothing is tied afterwards."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from chappe.app.bus import Bound, Bus
from chappe.app.clock import SystemClock
from chappe.app.config import Config
from chappe.app.logs import logger
from chappe.app.metrics import Figures
from chappe.app.registry import connector_kinds, http_dialects
from chappe.app.roles import Role
from chappe.app.shared_turns import SharedTurns
from chappe.callbacks.webhook import Webhook, WebhookSettings
from chappe.dialect_kit.contract import Dialect
from chappe.dialect_kit.core import Core
from chappe.dialect_kit.serve import Serve
from chappe.dialects.smpp.server import ServerSettings, SmppServer
from chappe.domain.ids import IdMaker, IdRenderer
from chappe.domain.link import ConnectorRecord
from chappe.domain.report import Way
from chappe.interceptors.pool import ScriptPool
from chappe.management.passwords import Passwords, random_password
from chappe.management.sealing import Keys
from chappe.pipeline.accept_mo import AcceptMo
from chappe.pipeline.accept_receipt import AcceptReceipt
from chappe.pipeline.authenticate import Authenticator
from chappe.pipeline.batches import Batches
from chappe.pipeline.directory import Directory
from chappe.pipeline.dispatch import Dispatch
from chappe.pipeline.expire import Expire
from chappe.pipeline.notify import Notify
from chappe.pipeline.query import Query
from chappe.pipeline.release import Release
from chappe.pipeline.submit import Submit
from chappe.pipeline.throughput import OwnTurns
from chappe.ports.clock import Chance
from chappe.ports.connector import Connector, ConnectorEvents
from chappe.ports.connector_kind import ConnectorKind, Context
from chappe.ports.scripts import ScriptFailure
from chappe.ports.store import Store
from chappe.ports.turns import Turns
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
    scripts: ScriptPool


async def _laid(
    config: Config, store: Store, keys: Keys, directory: Directory, on_error: OnError, *, role: Role
) -> _Ground:
    clock, figures = SystemClock(), Figures()
    ids = IdMaker(config.node.id + role.node_offset, floor=await store.newest_id())
    return _Ground(
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
        scripts=ScriptPool(_script_failed),
    )


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
    ground = await _laid(config, store, keys, directory, on_error, role=role or Role())
    role, clock, figures = ground.role, ground.clock, ground.figures
    passwords = Passwords()
    dispatch = _dispatch(ground)
    dispatcher = Dispatcher(dispatch, ground.board, on_error)
    notify = Notify(store, clock, ground.chance, figures)
    notifier = Notifier(notify, store, clock, on_error)
    submit = _submit(ground, dispatcher)
    keeper = BatchKeeper(_batches(ground, submit, dispatcher, _nobody), notifier.lanes_due, on_error)
    batches = _batches(ground, submit, dispatcher, keeper.poke)
    core = _core(ground, passwords, submit, batches, notifier)
    release = Release(store, directory, clock, figures)
    smpp = _carriers(ground, core, notifier)
    mos = _mos(ground, smpp)
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
        serve=Serve(core, _dialects(config), _fault),
        faces=_faces(config, core),
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


def _submit(ground: _Ground, dispatcher: Dispatcher) -> Submit:
    return Submit(
        directory=ground.directory,
        store=ground.store,
        ids=ground.ids,
        clock=ground.clock,
        chance=ground.chance,
        health=ground.board.health,
        meter=ground.figures,
        wake=dispatcher.wake,
        turns=_turns(ground.role),
        scripts=ground.scripts,
    )


def _mos(ground: _Ground, smpp: SmppServer) -> AcceptMo:
    return AcceptMo(
        directory=ground.directory,
        store=ground.store,
        ids=ground.ids,
        clock=ground.clock,
        meter=ground.figures,
        chance=ground.chance,
        is_there=lambda to: to.way is not Way.SMPP or smpp.could_take(to.account, to.target),
        scripts=ground.scripts,
    )


def _batches(ground: _Ground, submit: Submit, dispatcher: Dispatcher, begun: Callable[[], None]) -> Batches:
    return Batches(
        store=ground.store,
        directory=ground.directory,
        submit=submit,
        ids=ground.ids,
        clock=ground.clock,
        meter=ground.figures,
        wake=dispatcher.wake,
        rest=lambda: asyncio.sleep(0),
        begun=begun,
    )


def _nobody() -> None:
    """Whoever looks after batches need not be told of what it does itself."""


def _core(
    ground: _Ground, passwords: Passwords, submit: Submit, batches: Batches, notifier: Notifier
) -> Core:
    secret = random.SystemRandom().randbytes(32)
    decoy = passwords.hash(random_password(20))
    return Core(
        authenticator=Authenticator(ground.directory, passwords.verify, ground.figures, secret, decoy),
        submit=submit,
        query=Query(ground.store, ground.clock),
        batches=batches,
        ledger=ground.store,
        directory=ground.directory,
        renderer=ground.renderer,
        clock=ground.clock,
        meter=ground.figures,
        lanes_due=notifier.lanes_due,
    )


def _turns(role: Role) -> Turns:
    """Limits of throughput hold over all fronts."""
    if role.meeting is None or role.fronts == 1:
        return OwnTurns()
    return SharedTurns(role.meeting / "turns")


def _dialects(config: Config) -> list[Dialect]:
    known = http_dialects()
    unknown = [name for name in config.http.dialects if name not in known]
    if unknown:
        raise ValueError(f"http.dialects: there is no dialect {unknown[0]!r}, only {', '.join(known)}")
    return [known[name] for name in config.http.dialects]


def _faces(config: Config, core: Core) -> Mapping[str, Serve]:
    """What the listeners of one face answer with. Raises ValueError for a face that no dialect has."""
    served = Serve(core, _dialects(config), _fault)
    try:
        return {one.face: served.facing(one.face) for one in config.http.listener}
    except ValueError as error:
        raise ValueError(f"http.listener: {error}") from error


def _keeper(
    ground: _Ground, dispatch: Dispatch, dispatcher: Dispatcher, notifier: Notifier, mos: AcceptMo
) -> LinkKeeper:
    context = Context(clock=ground.clock, chance=ground.chance, meter=ground.figures)
    return LinkKeeper(
        directory=ground.directory,
        build=_connector_builder(connector_kinds(), ground.keys, context),
        dispatch=dispatch,
        receipts=ground.receipts,
        mos=mos,
        dispatcher=dispatcher,
        board=ground.board,
        lanes_due=notifier.lanes_due,
        on_error=ground.on_error,
        mine=ground.role.relays_connector,
        told=ground.bus.link_changed,
    )


def _scheduler(
    ground: _Ground, release: Release, dispatcher: Dispatcher, notifier: Notifier, mos: AcceptMo
) -> Scheduler:
    return Scheduler(
        release=release,
        expire=Expire(ground.store, ground.clock, ground.figures),
        receipts=ground.receipts,
        mos=mos,
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
        writers={
            name: writer
            for dialect in http_dialects().values()
            for name, writer in dialect.writers(ground.renderer).items()
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


def _script_failed(rule: str, failure: ScriptFailure) -> None:
    logger("chappe.interceptor").warning(
        "script failed", interceptor=rule, how=failure.failed.value, why=failure.text
    )
