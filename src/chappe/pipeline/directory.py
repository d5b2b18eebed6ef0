"""What operators set, compiled for use at every message; kept up to date entry by entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from chappe.domain.account import Account, Credential
from chappe.domain.link import ConnectorRecord
from chappe.domain.network import Network, PrefixTable
from chappe.domain.routing import Route, RouteTable
from chappe.ports.directory import Entry, Kind

RECORDS: Final[Mapping[Kind, type[Any]]] = MappingProxyType(
    {
        Kind.ACCOUNT: Account,
        Kind.CREDENTIAL: Credential,
        Kind.CONNECTOR: ConnectorRecord,
        Kind.ROUTE: Route,
        Kind.NETWORK: Network,
        Kind.SETTING: dict,
    }
)
"""The record behind each kind of entry."""


def write_entry(kind: Kind, key: str, record: object) -> Entry:
    """An entry that holds this record."""
    return Entry(kind, key, msgspec.json.encode(record).decode())


def read_entry(entry: Entry) -> Any:
    """The record of an entry; raises msgspec.ValidationError for a body that is none of its kind."""
    assert entry.body is not None
    return msgspec.json.decode(entry.body, type=RECORDS[entry.kind])


class Directory:
    """All records by kind and name, and the tables made of them. Changes come by `apply` only."""

    def __init__(self) -> None:
        self.revision = 0
        self.accounts: dict[str, Account] = {}
        self.credentials: dict[str, Credential] = {}
        self.connectors: dict[str, ConnectorRecord] = {}
        self.routes: dict[str, Route] = {}
        self.networks: dict[str, Network] = {}
        self.settings: dict[str, Any] = {}
        self.mt = RouteTable(())
        self.mo = RouteTable(())
        self.prefixes = PrefixTable(())

    def _table(self, kind: Kind) -> dict[str, Any]:
        tables: dict[Kind, dict[str, Any]] = {
            Kind.ACCOUNT: self.accounts,
            Kind.CREDENTIAL: self.credentials,
            Kind.CONNECTOR: self.connectors,
            Kind.ROUTE: self.routes,
            Kind.NETWORK: self.networks,
            Kind.SETTING: self.settings,
        }
        return tables[kind]

    def apply(self, entries: Iterable[Entry]) -> frozenset[Kind]:
        """Takes changed entries over and says which kinds changed.

        Raises msgspec.ValidationError or ValueError, with nothing changed, for a body that is not a sound record of
        its kind.
        """
        tables = {kind: dict(self._table(kind)) for kind in Kind}
        changed: set[Kind] = set()
        revision = self.revision
        for entry in entries:
            changed.add(entry.kind)
            revision = max(revision, entry.revision)
            if entry.body is None:
                tables[entry.kind].pop(entry.key, None)
            else:
                tables[entry.kind][entry.key] = read_entry(entry)
        mt, mo, prefixes = self.mt, self.mo, self.prefixes
        if Kind.ROUTE in changed:
            routes = tables[Kind.ROUTE].values()
            mt = RouteTable(route for route in routes if route.targets)
            mo = RouteTable(route for route in routes if route.deliver is not None)
        if Kind.NETWORK in changed:
            prefixes = PrefixTable(tables[Kind.NETWORK].values())
        self.mt, self.mo, self.prefixes, self.revision = mt, mo, prefixes, revision
        for kind in changed:
            table = self._table(kind)
            table.clear()
            table.update(tables[kind])
        return frozenset(changed)
