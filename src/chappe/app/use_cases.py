"""Builds the use cases of the core over an open store; who drives them is put together in bootstrap."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from chappe.app.bus import Bus
from chappe.app.clock import SystemClock
from chappe.app.config import Config
from chappe.app.logs import logger
from chappe.app.metrics import Figures
from chappe.app.registry import mo_manners
from chappe.app.roles import Role
from chappe.app.shared_turns import SharedTurns
from chappe.dialect_kit.core import Core, Services
from chappe.dialect_kit.telling import Telling
from chappe.dialects.smpp.server import SmppServer
from chappe.domain.ids import IdMaker, IdRenderer
from chappe.domain.report import Way
from chappe.interceptors.pool import ScriptPool
from chappe.management.passwords import Passwords, random_password
from chappe.management.sealing import Keys
from chappe.pipeline.accept_mo import AcceptMo
from chappe.pipeline.accept_receipt import AcceptReceipt
from chappe.pipeline.authenticate import Authenticator
from chappe.pipeline.batches import Batches
from chappe.pipeline.conversions import Conversions
from chappe.pipeline.directory import Directory
from chappe.pipeline.dispatch import Dispatch
from chappe.pipeline.mo_log import MoLog
from chappe.pipeline.pins import Pins
from chappe.pipeline.query import Query
from chappe.pipeline.reply import Reply
from chappe.pipeline.submit import Submit
from chappe.pipeline.throughput import OwnTurns
from chappe.ports.clock import Chance
from chappe.ports.scripts import ScriptFailure
from chappe.ports.store import Store
from chappe.ports.turns import Turns
from chappe.workers.dispatcher import Dispatcher
from chappe.workers.link_board import LinkBoard
from chappe.workers.loop import OnError
from chappe.workers.notifier import Notifier


@dataclass(frozen=True, slots=True)
class Ground:
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


async def laid(
    config: Config, store: Store, keys: Keys, directory: Directory, on_error: OnError, *, role: Role
) -> Ground:
    """Lays the ground of one process."""
    clock, figures = SystemClock(), Figures()
    ids = IdMaker(config.node.id + role.node_offset, floor=await store.newest_id())
    return Ground(
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


def dispatch_of(ground: Ground) -> Dispatch:
    """What sends."""
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


def submit_of(ground: Ground, dispatcher: Dispatcher) -> Submit:
    """The door."""
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


def reply_of(ground: Ground, submit: Submit, dispatcher: Dispatcher) -> Reply:
    """What campaigns answer."""
    return Reply(
        directory=ground.directory,
        store=ground.store,
        submit=submit,
        meter=ground.figures,
        wake=dispatcher.wake,
    )


def mos_of(ground: Ground, smpp: SmppServer | None, reply: Reply) -> AcceptMo:
    """What takes MOs; without `smpp` nothing is known of who is bound, and an MO waits for whom it is chosen for."""
    return AcceptMo(
        directory=ground.directory,
        store=ground.store,
        ids=ground.ids,
        clock=ground.clock,
        meter=ground.figures,
        chance=ground.chance,
        manners=mo_manners(),
        is_there=lambda to: to.way is not Way.SMPP or smpp is None or smpp.could_take(to.account, to.target),
        scripts=ground.scripts,
        reply=reply,
    )


def telling_of(ground: Ground) -> Telling:
    """What writers of notices may ask."""
    directory = ground.directory
    return Telling(
        ground.renderer,
        lambda: directory.errors,
        lambda number: directory.prefixes.network_of(number),  # noqa: PLW0108 - the table is replaced when it changes
        ground.clock.now_ms,
    )


def batches_of(ground: Ground, submit: Submit, dispatcher: Dispatcher, begun: Callable[[], None]) -> Batches:
    """What spreads batches; `begun` is told when there is a new one."""
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


def nobody() -> None:
    """Whoever looks after batches need not be told of what it does itself."""


def core_of(
    ground: Ground,
    passwords: Passwords,
    submit: Submit,
    batches: Batches,
    notifier: Notifier,
    *,
    reply: Reply,
) -> Core:
    """What dialects are handed."""
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
        services=services_of(ground, submit, reply),
    )


def services_of(ground: Ground, submit: Submit, reply: Reply) -> Services:
    """What dialects are handed beside the path of messages."""
    return Services(
        store=ground.store,
        unseal=ground.keys.unseal,
        seal_key=ground.keys.sessions,
        pins=Pins(
            store=ground.store,
            submit=submit,
            key=ground.keys.pins,
            digits=digits,
            clock=ground.clock,
            meter=ground.figures,
        ),
        mos=mos_of(ground, None, reply),
        mo_log=MoLog(ground.store),
        conversions=Conversions(ground.store, ground.clock, ground.figures),
    )


def digits(length: int) -> str:
    """So many decimal digits that nobody can foresee."""
    return "".join(secrets.choice("0123456789") for _ in range(length))


def _turns(role: Role) -> Turns:
    """Limits of throughput hold over all fronts."""
    if role.meeting is None or role.fronts == 1:
        return OwnTurns()
    return SharedTurns(role.meeting / "turns")


def _script_failed(rule: str, failure: ScriptFailure) -> None:
    logger("chappe.interceptor").warning(
        "script failed", interceptor=rule, how=failure.failed.value, why=failure.text
    )
