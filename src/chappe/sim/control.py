"""The simulator's control line: one JSON object a line over a local TCP connection, one answer line for each.
What the commands do is for their handler to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, TypeAlias, cast

import msgspec

from chappe.sim.incoming import Mo

_LONGEST: Final = 1 << 20
"""Octets of one line."""


class SendMo(Mo, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True, tag_field="do", tag="mo"):
    """`{"do":"mo","text":"hi"}`: an MO, or several alike."""

    count: int = 1


class How(Enum):
    """How a session is ended."""

    UNBIND = "unbind"
    CLOSE = "close"
    """The connection is closed, what was written to it arrives."""
    ABORT = "abort"
    """The connection is cut, what waits to be written is lost."""


class Drop(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="drop"):
    """`{"do":"drop","system_id":"acme"}`: ends the sessions of one system_id, or all."""

    system_id: str = ""
    how: How = How.CLOSE


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="change"):
    """`{"do":"change","set":{"throttle_rate":50}}`: settings of the Behaviour, by name."""

    set: dict[str, Any]


class Status(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="status"):
    """`{"do":"status"}`: counters, sessions and the behaviour in force."""


class Reset(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="reset"):
    """`{"do":"reset"}`: counters back to 0."""


Command: TypeAlias = SendMo | Drop | Change | Status | Reset

Handler = Callable[[Command], Mapping[str, object]]
"""Obeys a command and says what came of it. Raises ValueError with a sentence where it cannot."""

_read_command = msgspec.json.Decoder(Command).decode


class ControlConnection(asyncio.Protocol):
    """One connection to the control line."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        # Not every loop's transports inherit from asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        assert self._transport is not None
        self._buffer += data
        *lines, rest = self._buffer.split(b"\n")
        self._buffer = rest
        for line in lines:
            if line.strip():
                self._transport.write(msgspec.json.encode(self._obey(bytes(line))) + b"\n")
        if len(rest) > _LONGEST:
            self._transport.close()

    def _obey(self, line: bytes) -> dict[str, object]:
        try:
            return {"ok": True, **self._handler(_read_command(line))}
        except (ValueError, msgspec.MsgspecError) as error:
            return {"ok": False, "problem": str(error)}


async def ask(host: str, port: int, command: Command) -> dict[str, Any]:
    """Gives one command to a simulator and returns its answer.

    Raises OSError where nobody listens, and ValueError with the sentence of a refusal.
    """
    reader, writer = await asyncio.open_connection(host, port, limit=_LONGEST)
    try:
        writer.write(msgspec.json.encode(command) + b"\n")
        answer = msgspec.json.decode(await reader.readline(), type=dict[str, Any])
    finally:
        writer.close()
        await writer.wait_closed()
    if not answer.pop("ok"):
        raise ValueError(answer["problem"])
    return answer
