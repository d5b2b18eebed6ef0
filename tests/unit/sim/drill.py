"""A simulator to try things on, and a bare SMPP client that sees every PDU as it comes, none of them dealt with for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from chappe.protocols.smpp.codec import decode, encode_body
from chappe.protocols.smpp.command_ids import RESPONSE, Command
from chappe.protocols.smpp.commands import (
    BODIES,
    Bind,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    Body,
    EnquireLink,
    SubmitSm,
)
from chappe.protocols.smpp.framing import Framer
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.tlvs import Tlv
from chappe.sim.behaviour import Behaviour
from chappe.sim.smsc import Smsc, SmscSettings

PATIENCE = 5.0
"""Seconds after which a test that waits has failed."""


_PROBED = int(Command.ENQUIRE_LINK_RESP)


class Peer:
    """A bare client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._framer = Framer(1 << 20)
        self._read: deque[Pdu] = deque()
        self._sequence = 0

    def send(self, *bodies: Body, tlvs: tuple[Tlv, ...] = ()) -> list[int]:
        """Requests, in one write; their numbers."""
        numbers = []
        octets = b""
        for body in bodies:
            self._sequence += 1
            numbers.append(self._sequence)
            octets += encode_body(body, self._sequence, 0, tlvs)
        self._writer.write(octets)
        return numbers

    def write(self, octets: bytes) -> None:
        self._writer.write(octets)

    def answer(self, pdu: Pdu, status: int = 0) -> None:
        body = BODIES[pdu.command | RESPONSE]()
        self._writer.write(encode_body(body, pdu.sequence, status))

    async def next(self) -> Pdu | None:
        """The next PDU; None at the end of the connection, however it ended."""
        async with asyncio.timeout(PATIENCE):
            while not self._read:
                try:
                    data = await self._reader.read(1 << 16)
                except ConnectionError:
                    data = b""
                if not data:
                    return None
                self._read.extend(map(decode, self._framer.feed(data)))
        return self._read.popleft()

    async def get(self) -> Pdu:
        pdu = await self.next()
        assert pdu is not None, "the connection is gone"
        return pdu

    async def receipt(self) -> Pdu:
        """The next PDU, which is acknowledged."""
        pdu = await self.get()
        assert pdu.command < RESPONSE
        self.answer(pdu)
        return pdu

    async def settle(self) -> list[Pdu | None]:
        """Everything that is on the way: two probes are answered one after the other, and what comes before the
        second answer was there before. A last None says that the connection is gone."""
        seen: list[Pdu | None] = []
        for _ in range(2):
            (number,) = self.send(EnquireLink())
            while (pdu := await self.next()) is None or (pdu.command, pdu.sequence) != (_PROBED, number):
                seen.append(pdu)
                if pdu is None:
                    return seen
        return seen

    async def close(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


async def until(reached: Callable[[], bool]) -> None:
    """Lets the loop turn until it is so."""
    async with asyncio.timeout(PATIENCE):
        while not reached():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0)


class Drill(Smsc):
    """A simulator that knows the clients it was tried by."""

    def __init__(self, settings: SmscSettings) -> None:
        super().__init__(settings)
        self.peers: list[Peer] = []


async def connect(smsc: Drill) -> Peer:
    peer = Peer(*await asyncio.open_connection("127.0.0.1", smsc.port))
    smsc.peers.append(peer)
    return peer


async def bound(
    smsc: Smsc,
    mode: type[Bind] = BindTransceiver,
    system_id: str = "acme",
    password: str = "",
    version: int = 0x34,
) -> Peer:
    """A client whose bind was accepted."""
    peer = await connect(smsc)
    peer.send(mode(system_id, password, interface_version=version))
    answer = await peer.get()
    assert (answer.command, answer.status) == (mode.command | RESPONSE, 0)
    return peer


@asynccontextmanager
async def simulator(settings: dict[str, Any] | None = None, **behaviour: Any) -> AsyncIterator[Drill]:
    """A simulator on a free port; chance is always the same."""
    given: dict[str, Any] = {"port": 0, "seed": 1, "behaviour": Behaviour(**behaviour)}
    smsc = Drill(SmscSettings(**{**given, **(settings or {})}))
    try:
        await smsc.open()
        yield smsc
    finally:
        for peer in smsc.peers:
            await peer.close()
        await smsc.close(grace=0.05)


def message(destination: str = "31600000001", text: bytes = b"hello #00000007", **given: Any) -> SubmitSm:
    """A submit_sm that asks for a receipt."""
    fields: dict[str, Any] = {
        "source_addr_ton": 5,
        "source_addr": "Chappe",
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
        "destination_addr": destination,
        "registered_delivery": 1,
        "short_message": text,
    }
    return SubmitSm(**{**fields, **given})


__all__ = [
    "BindReceiver",
    "BindTransceiver",
    "BindTransmitter",
    "Peer",
    "bound",
    "connect",
    "message",
    "simulator",
]
