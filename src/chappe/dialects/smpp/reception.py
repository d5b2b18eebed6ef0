"""Who may connect, who may bind, who is bound, and the lane of each system_id. Sessions ask it; it opens nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from types import MappingProxyType
from typing import Protocol

from chappe.dialect_kit.core import Core
from chappe.dialects.smpp.lanes import PREFIX, Lane, Receiver, Telling
from chappe.dialects.smpp.requests import Requests
from chappe.dialects.smpp.settings import ServerSettings
from chappe.domain.account import may_come_from
from chappe.domain.refusal import Reason, Refusal
from chappe.pipeline.authenticate import Login
from chappe.ports.carrier import CarrierEvents


class Guest(Protocol):
    """A session as the reception sees it."""

    @property
    def login(self) -> Login | None:
        """Whose it is, once it is bound."""
        ...

    @property
    def peer(self) -> str:
        """Its address, without port."""
        ...

    @property
    def mode(self) -> str:
        """How it is bound: `tx`, `rx` or `trx`, empty while it is not."""
        ...

    def end(self, *, revoked: bool = False) -> None:
        """Ends the session in order; a revoked one soon, whatever is open, and it is served no more."""
        ...

    def cut(self) -> None:
        """Ends the session at once."""
        ...


Told = Callable[[dict[str, int]], None]


class Reception:
    """The register of sessions of one server."""

    def __init__(
        self, core: Core, settings: ServerSettings, events: CarrierEvents, told: Told = lambda _: None
    ) -> None:
        self._told = told
        self.elsewhere: Mapping[str, int] = MappingProxyType({})
        """Sessions of each account that other processes have."""
        self.core = core
        self.settings = settings
        self.requests = Requests(core)
        self.telling = Telling(events)
        self.lanes: dict[str, Lane] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.closing = False
        self.nobody = asyncio.Event()
        """Set while no connection stands."""
        self.nobody.set()
        self._guests: set[Guest] = set()
        self._addresses: Counter[str] = Counter()

    @property
    def guests(self) -> tuple[Guest, ...]:
        """All sessions, bound or not."""
        return tuple(self._guests)

    def enter(self, guest: Guest) -> bool:
        """A connection came; False if there are too many already."""
        address = guest.peer
        settings = self.settings
        if (
            self.closing
            or len(self._guests) >= settings.connections
            or self._addresses[address] >= settings.connections_per_address
        ):
            self.core.meter.count("smpp_refused_connections")
            return False
        self._guests.add(guest)
        self.core.meter.count("smpp_connections")
        self._addresses[address] += 1
        self.nobody.clear()
        return True

    def leave(self, guest: Guest) -> None:
        """A connection is gone."""
        if guest in self._guests:
            self._guests.discard(guest)
            self._addresses[guest.peer] -= 1
            if not self._addresses[guest.peer]:
                del self._addresses[guest.peer]
        self.bound_changed()
        if not self._guests:
            self.nobody.set()

    def spawn(self, work: Coroutine[object, object, None], name: str) -> asyncio.Task[None]:
        """Runs something beside; it is kept until it ends."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self.tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            told = {"message": f"{task.get_name()} failed", "exception": task.exception()}
            task.get_loop().call_exception_handler(told)

    # ------------------------------------------------------------ binds

    def admits(self, login: Login) -> Refusal | None:
        """Why this login may not bind now, None if it may. All modes count together."""
        account = login.account
        if self.closing:
            return Refusal(Reason.INTERNAL, text="the server is stopping")
        if not account.may_bind:
            return Refusal(Reason.MAY_NOT_BIND, login.credential.username)
        if account.max_binds and self.binds(account.name) >= account.max_binds:
            return Refusal(Reason.TOO_MANY_BINDS, account.name, f"{account.max_binds} binds are allowed")
        return None

    def binds(self, account: str) -> int:
        """How many sessions of this account are bound, here and in other processes."""
        here = sum(guest.login is not None and guest.login.account.name == account for guest in self._guests)
        return here + self.elsewhere.get(account, 0)

    def bound_changed(self) -> None:
        """A session was bound or is gone: other processes hear how many there are."""
        counts: dict[str, int] = {}
        for guest in self._guests:
            if guest.login is not None:
                counts[guest.login.account.name] = counts.get(guest.login.account.name, 0) + 1
        self._told(counts)

    def is_good(self, login: Login, address: str) -> bool:
        """Whether a login that was right when it bound still is."""
        directory = self.core.directory
        credential = directory.credentials.get(login.credential.username)
        account = directory.accounts.get(login.account.name)
        return (
            credential is not None
            and account is not None
            and credential.enabled
            and directory.is_enabled(account)
            and account.may_bind
            and credential.account == account.name
            and credential.version == login.credential.version
            and credential.secret_hash == login.credential.secret_hash
            and may_come_from(account, credential, address)
        )

    # ------------------------------------------------------------ lanes

    def join(self, system_id: str, receiver: Receiver) -> Lane:
        """A session begins to receive; its lane."""
        name = PREFIX + system_id
        lane = self.lanes.get(name)
        if lane is None:
            lane = self.lanes[name] = Lane(name, self.telling, self._emptied)
        lane.join(receiver)
        return lane

    def _emptied(self, lane: Lane) -> None:
        if self.lanes.get(lane.name) is lane:
            del self.lanes[lane.name]
