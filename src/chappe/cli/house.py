"""What commands need of the process around them; `app` provides it, so that no face knows an adapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from chappe.domain.ids import IdRenderer
from chappe.management.passwords import Passwords
from chappe.management.records import Records
from chappe.management.sealing import Keys
from chappe.ports.store import Store


class Open(Protocol):
    """An open store and what goes with it."""

    @property
    def store(self) -> Store:
        """The store."""
        ...

    @property
    def keys(self) -> Keys:
        """The gateway's own key."""
        ...

    @property
    def records(self) -> Records:
        """Operators' records."""
        ...

    @property
    def renderer(self) -> IdRenderer:
        """Reads and writes message ids as clients see them."""
        ...


@dataclass(frozen=True, slots=True)
class PluginFinding:
    """One thing that was asked of a plug-in, how it went, and why so."""

    what: str
    verdict: str
    detail: str
    is_wrong: bool


class PluginTools(Protocol):
    """What those who write plug-ins need."""

    def test(self, settings: Mapping[str, Any], *, number: str, many: int) -> Sequence[PluginFinding]:
        """Runs a plug-in by a connector's settings and asks it all that its contract says; raises ValueError."""
        ...

    def skeleton(self, suffix: str) -> str:
        """The text of a plug-in to begin with, by the ending of its file; raises ValueError for others."""
        ...

    def build(self, folder: Path | None) -> Sequence[Path]:
        """Compiles the host of .NET plug-ins and the interface assembly; raises ValueError where that cannot be."""
        ...


class House(Protocol):
    """The process around the commands."""

    def open(self, *, create: bool = False) -> AbstractAsyncContextManager[Open]:
        """Opens the configured store; raises StoreUnusable or ValueError with a sentence."""
        ...

    def passwords(self) -> Passwords:
        """Hashes and verifies."""
        ...

    def serve(self, *, fronts: int | None, relays: int | None) -> int:
        """Runs the gateway until it is told to stop; the exit code.

        How many `fronts` and `relays` goes by the machine's cores where neither is said; with 0 of both one process
        does all.
        """
        ...

    def demo(self, *, once: bool) -> int:
        """Runs the demonstration; the exit code."""
        ...

    def bench(self, **options: Any) -> int:
        """Measures; the exit code."""
        ...

    def plugins(self) -> PluginTools:
        """What those who write plug-ins need."""
        ...

    def verify_store(self) -> tuple[list[str], dict[str, int]]:
        """What is wrong with the store, and what was looked at."""
        ...

    def backup(self, target: Path) -> int:
        """Copies the store; the copy's size in octets."""
        ...

    def http_address(self) -> str:
        """Where the gateway's HTTP listener is, `address:port`."""
        ...

    def admin_address(self) -> str:
        """Where the running gateway's admin listener is, `address:port`; empty for none."""
        ...
