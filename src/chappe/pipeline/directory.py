"""What operators set, compiled for use at every message; kept up to date entry by entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from chappe.domain.account import Account, Credential, Group, Token
from chappe.domain.app import App
from chappe.domain.campaign import Campaign, CampaignTable
from chappe.domain.conditions import RuleTable
from chappe.domain.error_table import ErrorMap, ErrorTable
from chappe.domain.instance import Instance
from chappe.domain.interception import Direction, Interceptor
from chappe.domain.link import ConnectorRecord
from chappe.domain.lists import ListTable, NumberList
from chappe.domain.network import Network, PrefixTable
from chappe.domain.routing import Route, RouteTable
from chappe.domain.value_filters import NO_FILTERS, Screen
from chappe.ports.directory import Entry, Kind

RECORDS: Final[Mapping[Kind, type[Any]]] = MappingProxyType(
    {
        Kind.ACCOUNT: Account,
        Kind.GROUP: Group,
        Kind.CREDENTIAL: Credential,
        Kind.TOKEN: Token,
        Kind.CONNECTOR: ConnectorRecord,
        Kind.ROUTE: Route,
        Kind.NETWORK: Network,
        Kind.INTERCEPTOR: Interceptor,
        Kind.ERROR_MAP: ErrorMap,
        Kind.INSTANCE: Instance,
        Kind.LIST: NumberList,
        Kind.CAMPAIGN: Campaign,
        Kind.APP: App,
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
        self.groups: dict[str, Group] = {}
        self.credentials: dict[str, Credential] = {}
        self.tokens: dict[str, Token] = {}
        self.tokens_by_digest: Mapping[str, Token] = MappingProxyType({})
        self.connectors: dict[str, ConnectorRecord] = {}
        self.routes: dict[str, Route] = {}
        self.networks: dict[str, Network] = {}
        self.interceptors: dict[str, Interceptor] = {}
        self.error_maps: dict[str, ErrorMap] = {}
        self.errors = ErrorTable()
        self.mo_words: Mapping[str, frozenset[str]] = MappingProxyType({})
        """By account, the words in which its MOs are handed over."""
        self.instances: dict[str, Instance] = {}
        self.lists: dict[str, NumberList] = {}
        self.campaigns: dict[str, Campaign] = {}
        self.apps: dict[str, App] = {}
        self.settings: dict[str, Any] = {}
        self.lists_in_force = ListTable()
        self.instance_by_code: Mapping[str, str] = MappingProxyType({})
        """The workspace whose code a number is."""
        self.campaigns_by_number = CampaignTable()
        self.mt = RouteTable(())
        self.mo = RouteTable(())
        self.intercept_mt = RuleTable[Interceptor](())
        self.intercept_mo = RuleTable[Interceptor](())
        self.prefixes = PrefixTable(())
        self.screens: Mapping[str, Screen] = MappingProxyType({})
        """Compiled value filters by account; none for an account without."""
        self._closed: frozenset[str] = frozenset()

    def is_enabled(self, account: Account) -> bool:
        """Whether neither the account nor its group is switched off."""
        return account.enabled and account.group not in self._closed

    def table(self, kind: Kind) -> dict[str, Any]:
        """The records of a kind by name."""
        tables: dict[Kind, dict[str, Any]] = {
            Kind.ACCOUNT: self.accounts,
            Kind.GROUP: self.groups,
            Kind.CREDENTIAL: self.credentials,
            Kind.TOKEN: self.tokens,
            Kind.CONNECTOR: self.connectors,
            Kind.ROUTE: self.routes,
            Kind.NETWORK: self.networks,
            Kind.INTERCEPTOR: self.interceptors,
            Kind.ERROR_MAP: self.error_maps,
            Kind.INSTANCE: self.instances,
            Kind.LIST: self.lists,
            Kind.CAMPAIGN: self.campaigns,
            Kind.APP: self.apps,
            Kind.SETTING: self.settings,
        }
        return tables[kind]

    def apply(self, entries: Iterable[Entry]) -> frozenset[Kind]:
        """Takes changed entries over and says which kinds changed.

        Raises msgspec.ValidationError or ValueError, with nothing changed, for a body that is not a sound record of
        its kind.
        """
        tables = {kind: dict(self.table(kind)) for kind in Kind}
        changed: set[Kind] = set()
        revision = self.revision
        for entry in entries:
            changed.add(entry.kind)
            revision = max(revision, entry.revision)
            if entry.body is None:
                tables[entry.kind].pop(entry.key, None)
            else:
                tables[entry.kind][entry.key] = read_entry(entry)
        mt, mo, prefixes, screens = self.mt, self.mo, self.prefixes, self.screens
        if Kind.ACCOUNT in changed:
            screens = _screens(tables[Kind.ACCOUNT].values())
        if Kind.ROUTE in changed:
            routes = tables[Kind.ROUTE].values()
            mt = RouteTable(route for route in routes if route.targets)
            mo = RouteTable(route for route in routes if route.deliver is not None)
        intercept = {Direction.MT: self.intercept_mt, Direction.MO: self.intercept_mo}
        if Kind.INTERCEPTOR in changed:
            rules = tables[Kind.INTERCEPTOR].values()
            intercept = {way: RuleTable(rule for rule in rules if rule.direction is way) for way in Direction}
        errors = self.errors
        if Kind.ERROR_MAP in changed:
            errors = ErrorTable(tables[Kind.ERROR_MAP].values())
        if Kind.NETWORK in changed:
            prefixes = PrefixTable(tables[Kind.NETWORK].values())
        campaigns = self.campaigns_by_number
        if Kind.CAMPAIGN in changed:
            campaigns = CampaignTable(tables[Kind.CAMPAIGN].values())
        self.mt, self.mo, self.prefixes, self.screens = mt, mo, prefixes, screens
        self.intercept_mt, self.intercept_mo = intercept[Direction.MT], intercept[Direction.MO]
        self.errors = errors
        self.revision = revision
        if Kind.ROUTE in changed:
            self.mo_words = _mo_words(tables[Kind.ROUTE].values())
        for kind in changed:
            table = self.table(kind)
            table.clear()
            table.update(tables[kind])
        if Kind.INSTANCE in changed:
            owners = {code: one.number for one in self.instances.values() for code in one.codes}
            self.instance_by_code = MappingProxyType(owners)
        if Kind.LIST in changed:
            self.lists_in_force = ListTable(self.lists.values())
        self.campaigns_by_number = campaigns
        if Kind.TOKEN in changed:
            self.tokens_by_digest = MappingProxyType({token.digest: token for token in self.tokens.values()})
        self._closed = frozenset(group.name for group in self.groups.values() if not group.enabled)
        return frozenset(changed)


def _mo_words(routes: Iterable[Route]) -> Mapping[str, frozenset[str]]:
    words: dict[str, set[str]] = {}
    for route in routes:
        for delivery in route.deliveries:
            words.setdefault(delivery.account, set()).add(delivery.dialect)
    return MappingProxyType({account: frozenset(known) for account, known in words.items()})


def _screens(accounts: Iterable[Account]) -> Mapping[str, Screen]:
    return MappingProxyType(
        {account.name: Screen(account.filters) for account in accounts if account.filters != NO_FILTERS}
    )
