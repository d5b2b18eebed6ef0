"""The control line: commands as people type them, answers as lines, and sentences for what cannot be done."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from chappe.sim.control import Change, Command, ControlConnection, Drop, How, Reset, SendMo, Status, ask
from chappe.sim.incoming import Order, Split


class Desk:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[Command] = []

    def obey(self, command: Command) -> Mapping[str, object]:
        self.asked.append(command)
        if command == Reset():
            raise ValueError("not today")
        return {"seen": len(self.asked)}


class Wire:
    """The transport of a connection, as far as it is used."""

    def __init__(self) -> None:
        self.written = b""
        self.closed = False

    def write(self, octets: bytes) -> None:
        self.written += octets

    def close(self) -> None:
        self.closed = True

    @property
    def answers(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.written.splitlines()]


def made() -> tuple[ControlConnection, Desk, Wire]:
    desk, wire = Desk(), Wire()
    connection = ControlConnection(desk.obey)
    connection.connection_made(wire)  # type: ignore[arg-type]
    return connection, desk, wire


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b'{"do":"mo","text":"hi"}', SendMo(text="hi")),
        (
            b'{"do":"mo","text":"hi","source":"316","destination":"42","split":"sar","order":"reverse","count":3}',
            SendMo(text="hi", source="316", destination="42", split=Split.SAR, order=Order.REVERSE, count=3),
        ),
        (
            b'{"do":"mo","text":"hi","order":[2,1],"system_id":"acme"}',
            SendMo(text="hi", order=(2, 1), system_id="acme"),
        ),
        (b'{"do":"drop"}', Drop()),
        (b'{"do":"drop","system_id":"acme","how":"abort"}', Drop("acme", How.ABORT)),
        (b'{"do":"change","set":{"loss_share":0.5}}', Change({"loss_share": 0.5})),
        (b'{"do":"status"}', Status()),
    ],
)
def test_commands(line: bytes, command: Command) -> None:
    connection, desk, wire = made()
    connection.data_received(line + b"\n")
    assert desk.asked == [command]
    assert wire.answers == [{"ok": True, "seen": 1}]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"hello", "JSON is malformed: invalid character (byte 0)"),
        (b'{"do":"dance"}', "Invalid value 'dance' - at `$.do`"),
        (b'{"do":"mo"}', "Object missing required field `text`"),
        (b'{"do":"drop","who":"acme"}', "Object contains unknown field `who`"),
        (b'{"do":"reset"}', "not today"),
        (b"\xff\xfe", "JSON is malformed: invalid character (byte 0)"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(line: bytes, problem: str) -> None:
    connection, _, wire = made()
    connection.data_received(line + b'\n{"do":"status"}\n')
    first, second = wire.answers
    assert first == {"ok": False, "problem": problem}
    assert second["ok"], "the line goes on"


def test_however_the_network_cuts_it() -> None:
    connection, desk, wire = made()
    for octet in b'{"do":"status"}\n\n  \n{"do":"drop"}\n':
        connection.data_received(bytes((octet,)))
    assert desk.asked == [Status(), Drop()]
    assert [one["seen"] for one in wire.answers] == [1, 2]
    assert not wire.closed


def test_an_endless_line_is_not_kept() -> None:
    connection, _, wire = made()
    connection.data_received(b"x" * (1 << 20))
    assert not wire.closed
    connection.data_received(b"x")
    assert wire.closed


async def test_ask_over_a_socket() -> None:
    desk = Desk()
    server = await asyncio.get_running_loop().create_server(
        lambda: ControlConnection(desk.obey), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    async with asyncio.timeout(5):
        assert await ask("127.0.0.1", port, Drop("acme")) == {"seen": 1}
        assert desk.asked == [Drop("acme")]
        with pytest.raises(ValueError, match=r"^not today$"):
            await ask("127.0.0.1", port, Reset())
    server.close()
    with pytest.raises(OSError):
        await ask("127.0.0.1", port, Reset())
