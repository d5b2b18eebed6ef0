"""What a loopback connector was given to send: the latest of it in memory, all of it as lines of JSON in a file."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import msgspec

from chappe.domain.channel import takes_rich
from chappe.domain.rich import RichContent
from chappe.ports.connector import Outgoing


class Given(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One attempt as the network of a channel would see it. `at_ms` is Unix milliseconds, `devices` are push tokens.

    `text` is the body where the channel shows it: beside a conversation it is not shown.
    """

    at_ms: int
    connector: str
    channel: str
    message_id: int
    attempt: int
    source: str
    destination: str
    text: str = ""
    octets: str = ""
    rich: RichContent | None = None
    app: str = ""
    devices: tuple[str, ...] = ()
    expires_ms: int = 0


def given(outgoing: Outgoing, connector: str, channel: str, now_ms: int) -> Given:
    """An attempt as its channel shows it."""
    message, extras, push = outgoing.message, outgoing.message.extras, outgoing.push
    rich = extras.rich if extras is not None and takes_rich(channel) else None
    hidden = rich is not None and bool(rich.conversation)
    return Given(
        at_ms=now_ms,
        connector=connector,
        channel=channel,
        message_id=message.id,
        attempt=outgoing.attempt,
        source=message.source.value,
        destination=message.destination.value,
        text="" if hidden else message.text or "",
        octets="" if hidden else (message.octets or b"").hex(),
        rich=rich,
        app=push.app.key if push is not None else "",
        devices=tuple(device.token for device in push.devices) if push is not None else (),
        expires_ms=message.expires_ms,
    )


class GivenRecord:
    """The record of one connector: at most `keep` attempts in memory; in the file whatever came since it was opened."""

    def __init__(self, connector: str, channel: str, keep: int, path: str) -> None:
        self._connector = connector
        self._channel = channel
        self._latest: deque[tuple[int, Outgoing]] = deque(maxlen=keep)
        self._path = Path(path) if path else None
        self._file: IO[bytes] | None = None

    def open(self) -> None:
        """Opens the file, if there is to be one. Raises OSError."""
        if self._path is not None:
            self._file = self._path.open("ab")

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def add(self, batch: Sequence[Outgoing], now_ms: int) -> None:
        """Notes what was given at one time."""
        self._latest.extend((now_ms, outgoing) for outgoing in batch)
        if self._file is None:
            return
        lines = [
            msgspec.json.encode(given(each, self._connector, self._channel, now_ms)) + b"\n" for each in batch
        ]
        self._file.write(b"".join(lines))
        self._file.flush()

    def latest(self) -> tuple[Given, ...]:
        """What is kept in memory, oldest first."""
        return tuple(
            given(outgoing, self._connector, self._channel, at_ms) for at_ms, outgoing in self._latest
        )
