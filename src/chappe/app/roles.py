"""Which part of the gateway a process is: all of it, a front (listeners), a relay (connectors, webhooks, time)."""

from __future__ import annotations

import zlib
from enum import Enum
from pathlib import Path
from typing import Final

import msgspec

from chappe.domain.link import ConnectorRecord

_MOST_FRONTS: Final = 4
_MOST_RELAYS: Final = 6
"""One writer commits for all of them, and takes as much of a message as a front does: more would wait for it."""


class Part(Enum):
    """What a process of the gateway does."""

    ALL = "all"
    FRONT = "front"
    RELAY = "relay"
    WRITER = "writer"


class Role(msgspec.Struct, frozen=True):
    """A process among the processes of one gateway. `number` counts those of its part, from 0.

    `meeting` is the folder of the sockets where they meet; None for the only process.
    """

    part: Part = Part.ALL
    number: int = 0
    fronts: int = 1
    relays: int = 1
    meeting: Path | None = None

    @property
    def name(self) -> str:
        """What the process is called in logs: `front 0`."""
        return self.part.value if self.part in (Part.ALL, Part.WRITER) else f"{self.part.value} {self.number}"

    @property
    def is_front(self) -> bool:
        """Whether it listens to clients."""
        return self.part in (Part.ALL, Part.FRONT)

    @property
    def is_relay(self) -> bool:
        """Whether it opens connectors and calls webhooks."""
        return self.part in (Part.ALL, Part.RELAY)

    @property
    def keeps_time(self) -> bool:
        """Whether what is due by the clock is its duty: one process's only."""
        return self.part is Part.ALL or (self.part is Part.RELAY and self.number == 0)

    @property
    def node_offset(self) -> int:
        """What is added to the node's number, so that no two processes make the same ids."""
        return self.number + (self.fronts if self.part is Part.RELAY else 0)

    def relays_connector(self, record: ConnectorRecord) -> bool:
        """Whether a connector is this process's; those of one group stay together, as their receipts do."""
        return self.is_relay and _share(record.group or record.name, self.relays) == self.number

    def relays_lane(self, lane: str) -> bool:
        """Whether a webhook lane is this process's: one host is called by one process only."""
        return self.is_relay and _share(lane, self.relays) == self.number


def by_cores(cores: int) -> tuple[int, int]:
    """How many fronts and relays go best with so many cores; none of either where one process does all.

    On two cores one of each, with the writer, carried a third more than one process (docs/performance.md).
    """
    if cores < 2:
        return 0, 0
    return min(cores // 2, _MOST_FRONTS), min(cores // 2, _MOST_RELAYS)


def _share(key: str, among: int) -> int:
    return zlib.crc32(key.encode()) % among if among > 1 else 0
