"""Clients for the tests of the SMPP server: an ESME that keeps what it hears, one that says raw octets; and waiting."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from chappe.net.smpp_link import SmppLink
from chappe.ports.carrier import Carried
from chappe.protocols.smpp.codec import decode, encode_body
from chappe.protocols.smpp.commands import Bind, BindTransceiver, Body, SubmitSm
from chappe.protocols.smpp.events import (
    Answer,
    Bound,
    Closing,
    Event,
    Expired,
    Request,
    Settings,
    Unbound,
)
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.states import Role
from chappe.protocols.smpp.tlvs import Tlv

PASSWORD = "secret"
_T = TypeVar("_T")


async def soon(awaited: Awaitable[_T], seconds: float = 20.0) -> _T:
    """Waits, but not for ever."""
    return await asyncio.wait_for(awaited, seconds)


async def until(holds: Callable[[], bool]) -> None:
    """Lets turns of the loop pass until something holds."""

    async def turns() -> None:
        while not holds():
            turn = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_soon(turn.set_result, None)
            await turn

    await soon(turns())


class Esme:
    """A client that says what it is told to and keeps what it hears. Deliveries are answered by hand."""

    def __init__(self, **settings: Any) -> None:
        self.link = SmppLink(Role.ESME, Settings(**{"window_out": 10_000, **settings}), self)
        self.deliveries: asyncio.Queue[Pdu] = asyncio.Queue()
        self.answers: list[Pdu] = []
        self.bound = asyncio.get_running_loop().create_future()
        self.ended: asyncio.Future[Closing] = asyncio.get_running_loop().create_future()
        self.unbound = asyncio.Event()
        self.left = asyncio.Event()
        self.expired = 0
        self.automatic: int | None = None
        """The status that each delivery is answered with at once; None to wait for `take`."""
        self.got: list[Pdu] = []

    # ------------------------------------------------------------ LinkOwner

    def connected(self, link: SmppLink) -> None:
        pass

    def happened(self, link: SmppLink, events: Sequence[Event]) -> None:
        for event in events:
            match event:
                case Request(pdu):
                    self.got.append(pdu)
                    if self.automatic is None:
                        self.deliveries.put_nowait(pdu)
                    else:
                        link.session.respond(pdu, self.automatic)
                case Answer(pdu, token):
                    self.answers.append(pdu)
                    if isinstance(token, asyncio.Future) and not token.done():
                        token.set_result(pdu)
                case Expired():
                    self.expired += 1
                case Bound():
                    self.bound.set_result(event)
                case Unbound():
                    self.unbound.set()
                case Closing():
                    self.ended.set_result(event)
                case _:
                    pass

    def writable(self, link: SmppLink) -> None:
        pass

    def closed(self, link: SmppLink) -> None:
        self.left.set()

    # ------------------------------------------------------------ what a test says

    async def bind(self, body: Bind) -> None:
        self.link.session.bind(body, self.link.now())
        self.link.flush()
        await soon(asyncio.wait((self.bound, self.ended), return_when=asyncio.FIRST_COMPLETED))

    async def refused(self, body: Bind) -> int:
        """The status of a bind that is refused; the server must close then."""
        await self.bind(body)
        assert not self.bound.done()
        return (await soon(self.ended)).status

    def say(self, body: Body, tlvs: tuple[Tlv, ...] = ()) -> asyncio.Future[Pdu]:
        answer: asyncio.Future[Pdu] = asyncio.get_running_loop().create_future()
        self.link.session.request(body, now=self.link.now(), tlvs=tlvs, token=answer)
        self.link.flush_soon()
        return answer

    async def ask(self, body: Body, tlvs: tuple[Tlv, ...] = ()) -> Pdu:
        return await soon(self.say(body, tlvs))

    async def submit(self, text: bytes = b"hello", **given: Any) -> str:
        """The id of a message that is accepted."""
        answer = await self.ask(submit_sm(text, **given))
        assert answer.status == 0
        return str(answer.body.message_id)  # type: ignore[attr-defined]

    async def next(self) -> Pdu:
        return await soon(self.deliveries.get())

    def take(self, pdu: Pdu, status: int = 0) -> None:
        self.link.session.respond(pdu, status)
        self.link.flush_soon()

    def unbind(self) -> None:
        self.link.unbind()

    def abort(self) -> None:
        self.link.abort()

    async def gone(self) -> None:
        await soon(self.left.wait())


class Raw:
    """A client that says whatever octets it is told to, in whatever state."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def say(self, *octets: bytes) -> None:
        self._writer.write(b"".join(octets))

    async def hear(self) -> Pdu:
        header = await soon(self._reader.readexactly(16))
        return decode(header + await soon(self._reader.readexactly(int.from_bytes(header[:4], "big") - 16)))

    async def ask(self, *octets: bytes) -> Pdu:
        self.say(*octets)
        return await self.hear()

    async def bind(self, system_id: str = "acme", sequence: int = 1) -> None:
        answer = await self.ask(encode_body(BindTransceiver(system_id, PASSWORD), sequence))
        assert answer.status == 0

    async def rest(self) -> bytes:
        """What is said until the connection is closed."""
        return await soon(self._reader.read())

    def abort(self) -> None:
        self._writer.transport.abort()

    async def gone(self) -> None:
        with contextlib.suppress(OSError):
            await soon(self._writer.wait_closed())


class Recorder:
    """See CarrierEvents: keeps what is told."""

    def __init__(self) -> None:
        self.carried_all: list[Carried] = []
        self.lanes: list[str] = []
        self._changed = asyncio.Event()

    def carried(self, batch: Sequence[Carried]) -> None:
        self.carried_all += batch
        self._changed.set()

    def roomy(self, lane: str) -> None:
        self.lanes.append(lane)
        self._changed.set()

    async def outcomes(self, count: int) -> list[tuple[int, str, str]]:
        """Message, handover and answer of the first so many that ended; waits for them."""
        while len(self.carried_all) < count:
            self._changed.clear()
            await soon(self._changed.wait())
        return [(one.owed.message_id, one.handover.value, one.answer) for one in self.carried_all]

    async def told_of_room(self, count: int = 1) -> None:
        while len(self.lanes) < count:
            self._changed.clear()
            await soon(self._changed.wait())


def submit_sm(text: bytes = b"hello", **given: Any) -> SubmitSm:
    fields: dict[str, Any] = {
        "source_addr": "Shop",
        "source_addr_ton": 5,
        "destination_addr": "31612345678",
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
        "registered_delivery": 1,
        "short_message": text,
    }
    return SubmitSm(**{**fields, **given})
