"""One SMPP connection on an event loop: drives a session over a transport, for either end. Knows PDUs, not messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol, cast

from chappe.protocols.smpp.events import Event, Reason, Settings
from chappe.protocols.smpp.session import Session
from chappe.protocols.smpp.states import Role, State

_WRITE_HIGH: Final = 1 << 20
"""Octets that may wait to be written before nothing more is sent (reliability B28)."""

WRITE_TIMEOUT: Final = 30.0
"""Seconds that a peer may take nothing of what waits; then the connection is cut."""


class LinkOwner(Protocol):
    """Who a link belongs to. None of these may block."""

    def connected(self, link: SmppLink) -> None:
        """The connection stands; an ESME binds now."""
        ...

    def happened(self, link: SmppLink, events: Sequence[Event]) -> None:
        """Events of one read or one tick, in order. What is queued on the session meanwhile is written after."""
        ...

    def writable(self, link: SmppLink) -> None:
        """The peer takes octets again after a stall."""
        ...

    def closed(self, link: SmppLink) -> None:
        """The connection is gone. Every open request got its event before this."""
        ...


class SmppLink(asyncio.Protocol):
    """A session and its transport.

    The owner queues PDUs on `session` and calls `flush` (or `flush_soon`, which gathers what one turn of the loop
    queues into one write). While the inward window is full nothing is read, so that TCP slows the peer.
    """

    def __init__(self, role: Role, settings: Settings, owner: LinkOwner) -> None:
        self._loop = asyncio.get_running_loop()
        self._owner = owner
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._flushing: asyncio.Handle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._reading = True
        self._held = False
        self.session = Session(role, settings, self._loop.time())
        self.peer = ""
        """The peer's address without its port; empty until connected."""

    @property
    def stalled(self) -> bool:
        """Whether the peer takes no octets at present: nothing new should be sent."""
        return self._stalled is not None

    def now(self) -> float:
        """Seconds of the clock that the session runs by."""
        return self._loop.time()

    # ------------------------------------------------------------ asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        # A cast, since the transports of uvloop are no subclass of asyncio's.
        self._transport = transport = cast("asyncio.Transport", transport)
        transport.set_write_buffer_limits(high=_WRITE_HIGH)
        address = transport.get_extra_info("peername")
        self.peer = str(address[0]) if isinstance(address, tuple) else "local"
        self._owner.connected(self)
        self.flush()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        events = self.session.receive(data, self._loop.time())
        if events:
            self._owner.happened(self, events)
        self.flush()

    def eof_received(self) -> bool:
        """See asyncio.Protocol; a peer that will say no more is gone."""
        return False

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        self._stalled = self._loop.call_later(WRITE_TIMEOUT, self.abort)

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        if self._stalled is not None and self.session.state is not State.CLOSED:
            self._stalled.cancel()
            self._stalled = None
        self._owner.writable(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why it was lost changes nothing
        """See asyncio.Protocol."""
        self._transport = None
        for handle in (self._timer, self._flushing, self._stalled):
            if handle is not None:
                handle.cancel()
        self._timer = self._flushing = self._stalled = None
        events = self.session.close(Reason.DISCONNECTED)
        if events:
            self._owner.happened(self, events)
        self._owner.closed(self)

    # ------------------------------------------------------------ the owner's calls

    def flush(self) -> None:
        """Writes what the session has queued, sees to the timer and to reading; closes where the session has ended."""
        transport = self._transport
        if transport is None:
            return
        session = self.session
        octets = session.take_outgoing()
        if octets:
            transport.write(octets)
        if session.state is State.CLOSED:
            transport.close()
            if self._stalled is None:
                # What is still to be written is waited for, but not for ever.
                self._stalled = self._loop.call_later(WRITE_TIMEOUT, transport.abort)
            return
        reading = not (session.paused or self._held)
        if reading is not self._reading:
            self._reading = reading
            if reading:
                transport.resume_reading()
            else:
                transport.pause_reading()
        self._set_timer()

    def flush_soon(self) -> None:
        """Flushes once this turn of the loop is over; calls until then make one flush."""
        if self._flushing is None and self._transport is not None:
            self._flushing = self._loop.call_soon(self._flush_now)

    def hold(self, *, reading: bool) -> None:
        """Stops or goes on reading at the owner's wish (back-pressure from behind it)."""
        self._held = not reading
        self.flush_soon()

    def close(self, reason: Reason = Reason.STOPPED) -> None:
        """Ends the session at once; its open requests get their event."""
        self._tell(self.session.close(reason))

    def unbind(self) -> None:
        """Ends the session in order: open requests are waited for, then unbind, then the connection is closed."""
        self._tell(self.session.unbind(self._loop.time()))

    def abort(self) -> None:
        """Cuts the connection without waiting for what is still to be written."""
        if self._transport is not None:
            self._transport.abort()

    # ------------------------------------------------------------ inside

    def _flush_now(self) -> None:
        self._flushing = None
        self.flush()

    def _tell(self, events: Sequence[Event]) -> None:
        if events:
            self._owner.happened(self, events)
        self.flush()

    def _set_timer(self) -> None:
        # The timer is moved only to an earlier time: one that fires early finds nothing due and is set anew, which
        # is far cheaper than moving it at every PDU.
        deadline = self.session.next_deadline()
        if deadline is None:
            return
        if self._timer is not None:
            if self._timer_at <= deadline:
                return
            self._timer.cancel()
        self._timer_at = deadline
        self._timer = self._loop.call_at(deadline, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._tell(self.session.tick(self._loop.time()))


OwnerFor = Callable[[], LinkOwner]
"""Makes the owner of one accepted connection."""
