"""The directory of a store in memory, as operators change it."""

from __future__ import annotations

from functools import cache
from typing import Any

from chappe.app.opening import settings_checker
from chappe.domain.account import Account, Credential
from chappe.domain.link import ConnectorRecord
from chappe.domain.routing import Route, Target
from chappe.management.passwords import Passwords
from chappe.management.records import Records
from chappe.management.sealing import Keys
from chappe.ports.store import Store
from chappe.stores.memory.store import MemoryStore

ACME = Account(name="acme")
LOGIN = Credential(username="acme", account="acme", secret_hash="$argon2id$x")
OP = ConnectorRecord(name="op", settings={"host": "192.0.2.7", "system_id": "me", "password": "s3cret"})
ALL = Route(name="all", targets=(Target(connector="op"),))


@cache
def keys() -> Keys:
    return Keys(bytes(range(32)))


@cache
def passwords() -> Passwords:
    """Hashing takes its time: one for all tests."""
    return Passwords()


def records(store: Store | None = None, **given: Any) -> Records:
    return Records(store or MemoryStore(), given.get("keys") or keys(), settings_checker())
