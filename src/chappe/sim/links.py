"""Connections that may misbehave as real message centres do: answers sent twice or never, a line that goes dark."""

from __future__ import annotations

from chappe.net.smpp_link import LinkOwner, SmppLink
from chappe.protocols.smpp.commands import Body
from chappe.protocols.smpp.events import Reason, Settings
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.session import Session
from chappe.protocols.smpp.states import Role
from chappe.sim.outcomes import Cut


class LooseSession(Session):
    """A session that may also say nothing, or the same thing again."""

    __slots__ = ()

    def forget(self, pdu: Pdu) -> None:
        """Leaves a request unanswered for good; it no longer counts as open."""
        self._inbound.answered(pdu.sequence)

    def repeat(self, pdu: Pdu, status: int, body: Body) -> None:
        """Answers a request that has been answered already."""
        self._out.put(body, pdu.sequence, status)


class SimLink(SmppLink):
    """The SMSC's end of a connection."""

    def __init__(self, settings: Settings, owner: LinkOwner) -> None:
        super().__init__(Role.SMSC, settings, owner)
        self.loose = LooseSession(Role.SMSC, settings, self.now())
        self.session = self.loose
        self.dark = False
        """While set, what comes in is lost and nothing goes out, though the connection stands."""

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if not self.dark:
            super().data_received(data)

    def flush(self) -> None:
        """See SmppLink."""
        if not self.dark:
            super().flush()

    def cut(self, when: Cut) -> None:
        """Breaks the connection: with BEFORE what is being answered is never sent."""
        if when is Cut.AFTER:
            self.close(Reason.DISCONNECTED)
            return
        self.flush()
        self.dark = True
        self.close(Reason.DISCONNECTED)
        self.abort()
