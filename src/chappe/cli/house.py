"""What commands need of the process around them; `app` provides it, so that no face knows an adapter."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
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


class House(Protocol):
    """The process around the commands."""

    def open(self, *, create: bool = False) -> AbstractAsyncContextManager[Open]:
        """Opens the configured store; raises StoreUnusable or ValueError with a sentence."""
        ...

    def passwords(self) -> Passwords:
        """Hashes and verifies."""
        ...

    def serve(self, *, part: str, number: int, fronts: int, relays: int, meeting: Path | None) -> int:
        """Runs the gateway until it is told to stop; the exit code.

        One process does all unless `fronts` or `relays` say how many of each there are to be. With a `meeting`
        folder it is one of these: which part, and its number.
        """
        ...

    def demo(self, *, once: bool) -> int:
        """Runs the demonstration; the exit code."""
        ...

    def bench(self, **options: Any) -> int:
        """Measures; the exit code."""
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
