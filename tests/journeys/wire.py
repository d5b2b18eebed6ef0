"""A tap on the wire between the gateway and the SMSC: sees every PDU both ways, can hold some back, can cut."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeVar

from chappe.protocols.smpp.codec import decode
from chappe.protocols.smpp.commands import Bind, SubmitSm
from chappe.protocols.smpp.framing import Framer
from chappe.protocols.smpp.pdu import Pdu

HOST = "127.0.0.1"
_T = TypeVar("_T")


def hold_nothing(pdu: Pdu) -> bool:
    return False


class Tap:
    """Listens for the gateway and passes on to the SMSC. `target` is the SMSC's port and may be changed."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.to_smsc: list[Pdu] = []
        self.from_smsc: list[Pdu] = []
        self.holds: Callable[[Pdu], bool] = hold_nothing
        """Which PDUs of the SMSC are kept back; they are lost with their connection."""
        self.held: list[tuple[Pdu, asyncio.StreamWriter, bytes]] = []
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Listens, at the port it had before if it was open once."""
        self._server = await asyncio.start_server(self._serve, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stops listening and cuts every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))

    def cut(self) -> None:
        """Breaks every connection, both ends."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    def release(self) -> None:
        """Lets what was held back go on."""
        self.holds = hold_nothing
        held, self.held = self.held, []
        for _, writer, frame in held:
            if not writer.is_closing():
                writer.write(frame)

    def of_kind(self, kind: type[_T], *, from_smsc: bool = False) -> list[tuple[Pdu, _T]]:
        seen = self.from_smsc if from_smsc else self.to_smsc
        return [(pdu, pdu.body) for pdu in seen if isinstance(pdu.body, kind)]

    def of_kind_bind(self) -> list[Pdu]:
        """Every bind that the gateway asked for."""
        return [pdu for pdu in self.to_smsc if isinstance(pdu.body, Bind)]

    @property
    def submits(self) -> list[SubmitSm]:
        """Every submit_sm that the gateway sent, in order."""
        return [body for _, body in self.of_kind(SubmitSm)]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            far_reader, far_writer = await asyncio.open_connection(HOST, self.target)
        except OSError:
            writer.transport.abort()
            self._tasks.discard(task)
            return
        ends = {writer, far_writer}
        self._writers |= ends
        try:
            out = asyncio.create_task(self._pump(reader, far_writer, self.to_smsc, holding=False))
            back = asyncio.create_task(self._pump(far_reader, writer, self.from_smsc, holding=True))
            await asyncio.wait((out, back))
        finally:
            self._writers -= ends
            self._tasks.discard(task)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: list[Pdu], *, holding: bool
    ) -> None:
        framer = Framer(1 << 20)
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                for frame in framer.feed(data):
                    pdu = decode(frame)
                    seen.append(pdu)
                    if holding and self.holds(pdu):
                        self.held.append((pdu, writer, frame))
                    elif not writer.is_closing():
                        writer.write(frame)
        writer.close()
