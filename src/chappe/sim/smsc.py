"""The SMSC simulator: its settings, its listeners, and what may be asked of it while it runs."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from chappe.net.tls import server_context
from chappe.protocols.smpp.command_ids import Command as CommandId
from chappe.protocols.smpp.events import Reason
from chappe.protocols.smpp.events import Settings as SessionSettings
from chappe.protocols.smpp.states import BOUND
from chappe.sim.behaviour import Behaviour, changed
from chappe.sim.centre import Centre
from chappe.sim.control import Change, Command, ControlConnection, Drop, How, Reset, SendMo, Status
from chappe.sim.counters import Snapshot
from chappe.sim.deliveries import Delivery, Mailbox
from chappe.sim.incoming import Mo, write_mo
from chappe.sim.ledger import LedgerWriter
from chappe.sim.memory import Memory
from chappe.sim.outcomes import Cut
from chappe.sim.sessions import EsmeSession, Lobby

LOOPBACK: Final = "127.0.0.1"
_MO_TURN: Final = 0.02
"""Seconds between two looks at how many MOs a rate has made due."""
_OPEN_REQUESTS: Final = 1_000_000
"""An SMSC that answers late or never must not be saved from its own by back-pressure: clients' windows bound it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmscSettings:
    """What a simulator needs to start. Times are seconds; `problems` says what of it is nonsense."""

    host: str = LOOPBACK
    port: int = 2775
    """0 takes any that is free."""
    control_port: int | None = None
    """Of the control line, always on loopback; None for no such line, 0 for any port."""
    system_id: str = "chappe-sim"
    credentials: tuple[tuple[str, str], ...] = ()
    """system_id and password of everyone who may bind; empty: everyone may."""
    behaviour: Behaviour = field(default_factory=Behaviour)
    seed: int | None = None
    """Of chance, ids included: the same seed and the same PDUs give the same answers."""
    first_id: int | None = None
    """The first message's number; None lets chance give it, so that a restart repeats no id."""
    ledger: Path | None = None
    keeps_texts: bool = False
    """Whether the ledger holds texts rather than digests of them."""
    remember: int = 0
    """How many messages query_sm and cancel_sm can find; 0: those are refused with ESME_RINVCMDID."""
    window: int = 1_000
    """How many deliver_sm may be open on one session."""
    response_timer: float = 60.0
    enquire_link_timer: float | None = 30.0
    certificate: Path | None = None
    """With it and its key the listener speaks TLS."""
    key: Path | None = None

    def problems(self) -> tuple[str, ...]:
        """A sentence for each value that makes no sense; none if all is well."""
        return tuple(self._problems())

    def _problems(self) -> Iterator[str]:
        if not 0 <= self.port <= 65_535:
            yield f"port is {self.port}: 0 to 65535 is meant"
        if self.control_port is not None and not 0 <= self.control_port <= 65_535:
            yield f"control_port is {self.control_port}: 0 to 65535 is meant"
        if len(self.system_id) > 15:
            yield f"system_id is {self.system_id!r}: it has at most 15 characters"
        if self.first_id is not None and self.first_id < 1:
            yield f"first_id is {self.first_id}: at least 1 is meant"
        if self.remember < 0:
            yield f"remember is {self.remember}: it cannot be below 0"
        if self.window < 1:
            yield f"window is {self.window}: at least 1 is meant"
        if self.response_timer <= 0:
            yield f"response_timer is {self.response_timer}: it must be above 0"
        if self.enquire_link_timer is not None and self.enquire_link_timer <= 0:
            yield f"enquire_link_timer is {self.enquire_link_timer}: it must be above 0, or absent for none"
        if (self.certificate is None) is not (self.key is None):
            yield "certificate and key go together: one of them is missing"
        yield from self.behaviour.problems()


class Smsc:
    """A running simulator: `open`, then drills, then `close`."""

    def __init__(self, settings: SmscSettings, chance: Random | None = None) -> None:
        """Raises ValueError with the settings' problems, and OSError where the ledger cannot be opened."""
        problems = settings.problems()
        if problems:
            raise ValueError("; ".join(problems))
        self._settings = settings
        ledger = None if settings.ledger is None else LedgerWriter(settings.ledger)
        chance = Random(settings.seed) if chance is None else chance  # noqa: S311 - no secret comes of it
        self._centre = Centre(
            settings.behaviour,
            chance,
            ledger=ledger,
            keeps_texts=settings.keeps_texts,
            first_id=settings.first_id,
        )
        memory = Memory(settings.remember) if settings.remember else None
        self._lobby = Lobby(
            self._centre,
            memory,
            _session_settings(settings),
            system_id=settings.system_id,
            credentials=dict(settings.credentials),
        )
        self._servers: list[asyncio.Server] = []
        self._mo_timer: asyncio.TimerHandle | None = None
        self._mo_at = 0.0
        self._mo_due = 0.0
        self._mo_number = 0
        self._mo_turn = 0
        self._reference = 0
        self.port = 0
        """Where it listens, once open."""
        self.control_port = 0

    # ------------------------------------------------------------ life

    async def open(self) -> None:
        """Listens. Raises OSError, and BadTls where the certificate does not serve."""
        settings = self._settings
        context: ssl.SSLContext | None = None
        if settings.certificate is not None and settings.key is not None:
            context = server_context(settings.certificate, settings.key)
        server = await self._centre.loop.create_server(
            lambda: EsmeSession(self._lobby).link, settings.host, settings.port, ssl=context
        )
        self._servers.append(server)
        self.port = server.sockets[0].getsockname()[1]
        if settings.control_port is not None:
            control = await self._centre.loop.create_server(
                lambda: ControlConnection(self.obey), LOOPBACK, settings.control_port
            )
            self._servers.append(control)
            self.control_port = control.sockets[0].getsockname()[1]
        self._start_mos()

    async def close(self, grace: float = 1.0) -> None:
        """Unbinds every session, waits for them up to `grace` seconds, cuts the rest, closes the ledger."""
        for server in self._servers:
            server.close()
        self._stop_mos()
        self._centre.wheel.clear()
        for mailbox in self._lobby.mailboxes.values():
            mailbox.clear()
        self.drop(How.UNBIND)
        try:
            await asyncio.wait_for(self._lobby.empty.wait(), grace)
        except TimeoutError:
            self.drop(How.ABORT)
            await self._lobby.empty.wait()
        if self._centre.ledger is not None:
            self._centre.ledger.close()

    # ------------------------------------------------------------ what may be asked of it

    def snapshot(self) -> Snapshot:
        """What has been counted up to now."""
        mailboxes = self._lobby.mailboxes.values()
        sessions = [one for one in self._lobby.sessions if one.link.session.state in BOUND]
        return Snapshot(
            self._centre.loop.time(),
            msgspec.structs.replace(self._centre.counters),
            len(sessions),
            sum(map(len, mailboxes)),
            sum(one.link.session.outstanding for one in sessions),
            len(self._centre.wheel),
        )

    def behave(self, behaviour: Behaviour) -> None:
        """Another behaviour from now on. Raises ValueError with its problems.

        Connections that were dark are cut when the light goes on: their far end has forgotten them.
        """
        problems = behaviour.problems()
        if problems:
            raise ValueError("; ".join(problems))
        self._lobby.intake.behave(behaviour)
        for session in tuple(self._lobby.sessions):
            if session.link.dark and not behaviour.dark:
                session.link.abort()
            else:
                session.link.dark = behaviour.dark
        self._stop_mos()
        self._start_mos()

    def drop(self, how: How, system_id: str = "") -> int:
        """Ends the sessions of a system_id, or all; returns how many."""
        sessions = [one for one in self._lobby.sessions if system_id in ("", one.system_id)]
        for session in sessions:
            match how:
                case How.UNBIND:
                    session.link.unbind()
                case How.CLOSE:
                    session.link.close(Reason.DISCONNECTED)
                case How.ABORT:
                    session.link.cut(Cut.BEFORE)
        return len(sessions)

    def inject(self, mo: Mo) -> int:
        """Hands over an MO, or keeps it until its system_id is bound; returns its parts.

        Raises ValueError where nobody is bound to receive and no system_id is named, and for a bad MO.
        """
        mailbox = self._lobby.mailbox(mo.system_id) if mo.system_id else self._reachable(0)
        if mailbox is None:
            raise ValueError("nobody is bound to receive: name the system_id that it is for")
        self._mo_number += 1
        self._reference += 1
        parts = write_mo(mo, self._reference, self._centre.chance)
        for body, tlvs in parts:
            mailbox.put(Delivery(body, tlvs, str(self._mo_number), ""))
        return len(parts)

    def obey(self, command: Command) -> Mapping[str, object]:
        """Does what the control line asks. Raises ValueError with a sentence."""
        match command:
            case SendMo(count=count):
                return {"parts": sum(self.inject(command) for _ in range(count))}
            case Drop(system_id, how):
                return {"dropped": self.drop(how, system_id)}
            case Change(changes):
                self.behave(changed(self._centre.behaviour, changes))
                return {}
            case Reset():
                self._centre.counters.reset()
                return {}
            case Status():
                return self._status()

    def _status(self) -> Mapping[str, object]:
        sessions = [
            {
                "bind": one.number,
                "system_id": one.system_id,
                "peer": one.link.peer,
                "state": one.link.session.state.value,
                "submits": one.submits,
                "unacked": one.link.session.outstanding,
            }
            for one in sorted(self._lobby.sessions, key=lambda one: one.number)
        ]
        return {"counted": self.snapshot(), "sessions": sessions, "behaviour": self._centre.behaviour}

    # ------------------------------------------------------------ MOs at a rate

    def _reachable(self, turn: int) -> Mailbox | None:
        reachable = [one for one in self._lobby.mailboxes.values() if one.reachable]
        return reachable[turn % len(reachable)] if reachable else None

    def _start_mos(self) -> None:
        if self._centre.behaviour.mo_rate > 0 and self._servers:
            self._mo_at = self._centre.loop.time()
            self._mo_due = 0.0
            self._mo_timer = self._centre.loop.call_later(_MO_TURN, self._make_mos)

    def _stop_mos(self) -> None:
        if self._mo_timer is not None:
            self._mo_timer.cancel()
            self._mo_timer = None

    def _make_mos(self) -> None:
        behaviour, now = self._centre.behaviour, self._centre.loop.time()
        self._mo_timer = self._centre.loop.call_later(_MO_TURN, self._make_mos)
        self._mo_due += (now - self._mo_at) * behaviour.mo_rate
        self._mo_at = now
        while self._mo_due >= 1:
            self._mo_due -= 1
            mailbox = self._reachable(self._mo_turn)
            if mailbox is not None:
                self._mo_turn += 1
                text = behaviour.mo_text.replace("{seq}", f"{self._mo_number:08}")
                self.inject(
                    Mo(
                        text=text,
                        source=behaviour.mo_source,
                        destination=behaviour.mo_destination,
                        system_id=mailbox.system_id,
                    )
                )


async def run(
    settings: SmscSettings,
    ready: Callable[[Smsc], None],
    *,
    report: Callable[[Snapshot, Snapshot], None] | None = None,
    every: float = 1.0,
) -> None:
    """A simulator until the task is cancelled; then it closes in order.

    `ready` is called once it listens. `report` is called each `every` seconds with the last snapshot and the new
    one, of which counters.rates makes figures a second. Raises ValueError, OSError and BadTls.
    """
    smsc = Smsc(settings)
    try:
        await smsc.open()
        ready(smsc)
        before = smsc.snapshot()
        while True:
            await asyncio.sleep(every)
            if report is not None:
                after = smsc.snapshot()
                report(before, after)
                before = after
    finally:
        await smsc.close()


def _session_settings(settings: SmscSettings) -> SessionSettings:
    offered = {CommandId.SUBMIT_SM, CommandId.DATA_SM, CommandId.SUBMIT_MULTI}
    if settings.remember:
        offered |= {CommandId.QUERY_SM, CommandId.CANCEL_SM}
    return SessionSettings(
        window_out=settings.window,
        window_in=_OPEN_REQUESTS,
        throttle_mark=2 * _OPEN_REQUESTS,
        response_timer=settings.response_timer,
        enquire_link_timer=settings.enquire_link_timer,
        offered=frozenset(int(one) for one in offered),
    )
