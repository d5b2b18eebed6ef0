"""What a kind of connector is to those who configure and build it; how one connector behaves stands in connector.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chappe.domain.link import ConnectorRecord
from chappe.ports.clock import Chance, Clock
from chappe.ports.connector import Connector, ConnectorEvents
from chappe.ports.messages import AwaitedParts
from chappe.ports.meter import Meter


@dataclass(frozen=True, slots=True)
class Context:
    """What every connector needs of the process around it. `awaited` is for those that must ask for receipts.

    `unseal` makes what is sealed in an app's record readable, for those that send pushes.
    """

    clock: Clock
    chance: Chance
    meter: Meter
    awaited: AwaitedParts
    unseal: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class ConnectorKind:
    """A kind by its name, as `ConnectorRecord.kind` has it.

    `check` says the first thing wrong with a record's settings (secrets in clear) as a sentence, empty if none.
    `build` makes a connector that is not open yet; it raises ValueError with such a sentence.
    """

    name: str
    check: Callable[[Mapping[str, Any]], str]
    build: Callable[[ConnectorRecord, ConnectorEvents, Context], Connector]
