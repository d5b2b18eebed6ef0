"""What processes of one gateway tell each other beside the store: how connectors fare, figures, who lives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

import msgspec

from chappe.app.metrics import Figures
from chappe.domain.link import LinkStatus
from chappe.net.frames import Frames, frame

BUS_SOCKET: Final = "bus"
WRITER_SOCKET: Final = "writer"


class Hello(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="hello"):
    """A process came: its name, and the number it claims messages with (0 where it claims none)."""

    name: str
    owner: int


class Ready(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="ready"):
    """It serves."""

    ports: dict[str, int]


class Links(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="links"):
    """How connectors fare."""

    statuses: list[LinkStatus]


class Figured(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="figures"):
    """All figures of a process: (name, label, value)."""

    counters: list[tuple[str, str, int]]
    gauges: list[tuple[str, str, float]]
    histograms: list[tuple[str, str, list[float]]]


class Bound(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="bound"):
    """SMPP sessions by account, of one front; towards fronts: of all others together."""

    sessions: dict[str, int]


class Gone(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="gone"):
    """Claim numbers of processes that are gone, and with `before` all lower ones: what they held is to be taken over."""

    owners: list[int]
    before: int = 0


class Leaving(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="leaving"):
    """It serves no more."""


Word = Hello | Ready | Links | Figured | Bound | Gone | Leaving
_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Word)


def figured(figures: Figures) -> Figured:
    """A process's figures as a word."""
    return Figured(
        [(*key, value) for key, value in figures.counters.items()],
        [(*key, level) for key, level in figures.gauges.items()],
        [(*key, buckets) for key, buckets in figures.histograms.items()],
    )


class Speaker(asyncio.Protocol):
    """One end of the bus: says words and hears them."""

    def __init__(self, heard: Callable[[Speaker, Word], None], gone: Callable[[Speaker], None]) -> None:
        self._heard = heard
        self._gone = gone
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None

    def say(self, word: Word) -> None:
        """Says a word, if there is anyone to hear it."""
        if self._transport is not None:
            self._transport.write(frame(_encoder.encode(word)))

    def leave(self) -> None:
        """Closes the connection."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        # A cast, since the transports of uvloop are no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol. Whoever says what is no word is cut off."""
        try:
            words = [_decoder.decode(octets) for octets in self._frames.feed(data)]
        except (ValueError, msgspec.DecodeError):
            self.leave()
            return
        for word in words:
            self._heard(self, word)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        del exc
        self._transport = None
        self._gone(self)


class Bus:
    """A process's way to the others. Until it is joined, and in the only process, nothing said is heard."""

    def __init__(self) -> None:
        self._speaker: Speaker | None = None

    async def join(
        self, path: Path, hello: Hello, heard: Callable[[Word], None], lost: Callable[[], None]
    ) -> None:
        """Comes in. `lost` is called when the supervisor is gone. Raises OSError while nobody listens."""
        loop = asyncio.get_running_loop()
        _, speaker = await loop.create_unix_connection(
            lambda: Speaker(lambda _, word: heard(word), lambda _: lost()), str(path)
        )
        self._speaker = speaker
        speaker.say(hello)

    def say(self, word: Word) -> None:
        """Says a word to the supervisor, which passes on what others must know."""
        if self._speaker is not None:
            self._speaker.say(word)

    def link_changed(self, status: LinkStatus) -> None:
        """A connector of this process fares differently."""
        self.say(Links([status]))

    def leave(self) -> None:
        """Goes."""
        if self._speaker is not None:
            self._speaker.leave()
