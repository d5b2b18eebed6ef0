"""Our SMPP server: listeners, their sessions, and the carrier of lanes that are SMPP clients."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence

from chappe.dialect_kit.core import Core
from chappe.dialects.smpp.lanes import PREFIX
from chappe.dialects.smpp.reception import Reception, Told
from chappe.dialects.smpp.session import EsmeSession
from chappe.dialects.smpp.settings import ServerSettings
from chappe.domain.report import Owed
from chappe.net.smpp_link import SmppLink
from chappe.ports.carrier import Carried, CarrierEvents, Handover
from chappe.protocols.smpp.states import Role

__all__ = ["ServerSettings", "SmppServer"]

_BACKLOG = 1024
_LAST_WORDS = 1.0
"""Seconds that connections get to go away once they are cut."""


class SmppServer:
    """Answers `ports.carrier.Carrier` for lanes `smpp:<system_id>`."""

    def __init__(
        self, core: Core, settings: ServerSettings, events: CarrierEvents, told: Told = lambda _: None
    ) -> None:
        """`told` hears how many sessions of each account are bound, whenever that changes."""
        self._settings = settings
        self._session = settings.session()
        self._reception = Reception(core, settings, events, told)
        self._servers: list[asyncio.Server] = []

    def elsewhere(self, sessions: Mapping[str, int]) -> None:
        """Hears how many sessions of each account other processes have; they count towards its limit."""
        self._reception.elsewhere = sessions

    async def listen(
        self, host: str, port: int, ssl_context: ssl.SSLContext | None = None, *, shared: bool = False
    ) -> int:
        """Begins to listen and says the port; port 0 takes any free one. Raises OSError.

        A `shared` port may be listened on by other processes of this gateway too.
        """
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            self._connection,
            host,
            port,
            backlog=_BACKLOG,
            reuse_port=shared or None,
            ssl=ssl_context,
            ssl_handshake_timeout=self._settings.session_init_timer if ssl_context is not None else None,
        )
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def _connection(self) -> SmppLink:
        return SmppLink(Role.SMSC, self._session, EsmeSession(self._reception))

    def recheck(self) -> None:
        """Ends sessions whose login is no longer good: disabled, removed, moved, or with another password."""
        for session in self._reception.guests:
            login = session.login
            if login is not None and not self._reception.is_good(login, session.peer):
                session.end(revoked=True)

    def bound(self) -> dict[str, int]:
        """How many sessions of each system_id are bound."""
        counts: dict[str, int] = {}
        for session in self._reception.guests:
            if session.login is not None:
                name = session.login.credential.username
                counts[name] = counts.get(name, 0) + 1
        return counts

    def could_take(self, account: str, system_id: str) -> bool:
        """Whether a session of this login receives here, or one of its account is bound at another process."""
        lane = self._reception.lanes.get(f"{PREFIX}{system_id}")
        return (lane is not None and lane.bound) or self._reception.elsewhere.get(account, 0) > 0

    def modes(self) -> dict[str, int]:
        """How many sessions there are of each mode; the empty one is of those that are not bound."""
        counts = {"tx": 0, "rx": 0, "trx": 0, "": 0}
        for session in self._reception.guests:
            counts[session.mode] += 1
        return counts

    # ------------------------------------------------------------ the port

    def room(self, lane: str) -> int:
        """See the port."""
        found = self._reception.lanes.get(lane)
        return found.room() if found is not None else 0

    def carry(self, lane: str, batch: Sequence[Owed]) -> None:
        """See the port."""
        found = self._reception.lanes.get(lane)
        if found is not None:
            found.carry(batch)
            return
        for owed in batch:
            self._reception.telling.carried(Carried(owed, Handover.AWAY, "not bound"))

    def take_no_more(self) -> None:
        """Takes no more connections and binds; sessions go on until `close`."""
        self._reception.closing = True
        for server in self._servers:
            server.close()

    async def close(self, grace: float) -> None:
        """Takes no connections, answers what is open, unbinds every session, waits up to `grace` seconds."""
        reception = self._reception
        self.take_no_more()
        for session in reception.guests:
            session.end()
        await _within(reception.nobody, grace)
        for session in reception.guests:
            session.cut()
        await _within(reception.nobody, _LAST_WORDS)
        for task in tuple(reception.tasks):
            task.cancel()
        await asyncio.gather(*reception.tasks, return_exceptions=True)
        for server in self._servers:
            await server.wait_closed()
        reception.telling.flush()


async def _within(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
