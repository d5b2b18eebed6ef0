"""kill -9 in the middle of XML calls (document 001): each call is there whole or not at all, and paid for as a whole."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from pathlib import Path

import pytest

from faults.rig import DEPOSIT, USER, Gateway, cleared_away, connector, free_ports, route
from faults.sizes import Size

pytestmark = pytest.mark.fault

TOKEN = "11111111-2222-4333-8444-555555555555"
MSGS = 200
CLIENTS = 3
TOKENS = f"""
[[token]]
name = "product"
account = "{USER}"
token = "{TOKEN}"
"""


def document(call: int) -> bytes:
    """A call whose numbers say which it is, and which of its messages each."""
    msgs = "".join(
        f"<MSG><FROM>Chappe</FROM><TO>00316{call * MSGS + at:08d}</TO><BODY>whole</BODY></MSG>"
        for at in range(MSGS)
    )
    login = f"<AUTHENTICATION><PRODUCTTOKEN>{TOKEN}</PRODUCTTOKEN></AUTHENTICATION>"
    return f"<MESSAGES>{login}{msgs}</MESSAGES>".encode()


class Caller:
    """Clients that send call after call, whatever happens to the gateway."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ends = False
        self.begun = 0
        self.answered: set[int] = set()

    async def run(self) -> None:
        """Until it is told to end."""
        await asyncio.gather(*(self._client() for _ in range(CLIENTS)))

    def end(self) -> None:
        """After the calls under way."""
        self._ends = True

    async def _client(self) -> None:
        while not self._ends:
            call, self.begun = self.begun, self.begun + 1
            try:
                if await self._said(document(call)) == b"":
                    self.answered.add(call)
            except (OSError, asyncio.IncompleteReadError):
                # The gateway is away: the next call will tell.
                await asyncio.sleep(0.02)

    async def _said(self, body: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            head = f"POST /gateway.ashx HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200"), answer
            length = next(
                int(line.split(b":")[1])
                for line in answer.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            return await reader.readexactly(length)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@pytest.mark.row("001-078")
async def test_a_call_is_there_whole_or_not_at_all(tmp_path: Path, size: Size, figures: list[str]) -> None:
    chance = random.Random()
    gateway = Gateway(tmp_path / "gateway")
    kills = size.kills
    with cleared_away(gateway):
        # Nobody listens there: what is accepted stays where it is.
        gateway.set_up(connector("op", free_ports(1)[0]), route("all", "op"), TOKENS, charged=True)
        await gateway.start()
        caller = Caller(gateway.http_port)
        calling = asyncio.create_task(caller.run())
        for _ in range(kills):
            await asyncio.sleep(chance.uniform(0.1, 0.6))
            gateway.kill()
            await gateway.start()
        await asyncio.sleep(0.2)
        caller.end()
        await calling
        assert await gateway.stop() == 0
        found = Counter(int(token) // MSGS for token in gateway.stored())
        assert set(found.values()) == {MSGS}, "a part of a call is there"
        assert caller.answered <= found.keys(), "a call that was answered with yes is not there"
        unanswered = found.keys() - caller.answered
        figures.append(
            f"kill -9 in XML calls: {kills} kills, {caller.begun} calls of {MSGS}, {len(caller.answered)} accepted,"
            f" {len(unanswered)} there without an answer, none in part"
        )
        assert "the store is sound" in gateway.command("verify-store")
        charges = sum(one.charge for one in gateway.stored().values())
        assert gateway.balance() == DEPOSIT * 1_000_000 - charges
        assert charges == len(found) * MSGS * 1_000
