"""What operators set: applied entry by entry, compiled where needed, and left alone by a record that is none."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chappe.domain.account import Account, Credential, Group, Token
from chappe.domain.app import App, MessageType
from chappe.domain.campaign import Campaign
from chappe.domain.error_table import ErrorMap
from chappe.domain.instance import Instance
from chappe.domain.interception import Direction, Interceptor
from chappe.domain.link import ConnectorRecord
from chappe.domain.lists import NumberList
from chappe.domain.network import Network
from chappe.domain.routing import MoTarget, Route, Subject, Target
from chappe.domain.value_filters import ValueFilters
from chappe.pipeline.directory import RECORDS, Directory, read_entry, write_entry
from chappe.ports.directory import Entry, Kind
from unit.pipeline.test_route import NOON

KEY = "11111111-2222-3333-4444-555555555555"
SAMPLES: list[tuple[Kind, str, Any]] = [
    (Kind.ACCOUNT, "acme", Account(name="acme", throughput=5.0)),
    (Kind.GROUP, "g", Group(name="g", enabled=False)),
    (Kind.CREDENTIAL, "acme", Credential(username="acme", account="acme", secret_hash="x")),
    (Kind.TOKEN, "t", Token(name="t", account="acme", digest="0" * 64)),
    (Kind.CONNECTOR, "op", ConnectorRecord(name="op", settings={"host": "h"})),
    (Kind.ROUTE, "r", Route(name="r", targets=(Target(connector="op"),))),
    (Kind.NETWORK, "20404", Network(code="20404", prefixes=("316",))),
    (Kind.INTERCEPTOR, "i", Interceptor(name="i", add_tags=("seen",))),
    (Kind.INSTANCE, "43", Instance(number="43", account="acme", carriers={"movistar": "73404"})),
    (Kind.LIST, "barred", NumberList(name="barred", prefixes=("33",))),
    (Kind.CAMPAIGN, "c", Campaign(name="c", account="acme", numbers=("1212",))),
    (Kind.ERROR_MAP, "op", ErrorMap(connector="op", errors={"011": 24})),
    (Kind.APP, KEY, App(key=KEY, name="shop", account="acme", type=MessageType.OTP, wait=60)),
    (Kind.SETTING, "limits", {"x": 1}),
]


def test_every_kind_has_its_record() -> None:
    assert set(RECORDS) == set(Kind) == {kind for kind, _, _ in SAMPLES}


@pytest.mark.parametrize(("kind", "key", "record"), SAMPLES)
def test_an_entry_is_written_read_applied_and_removed(kind: Kind, key: str, record: Any) -> None:
    entry = write_entry(kind, key, record)
    assert read_entry(entry) == record
    directory = Directory()
    assert directory.apply([entry]) == {kind}
    tables = {name: directory.table(name) for name in Kind}
    assert {name: dict(table) for name, table in tables.items()} == {
        name: {key: record} if name is kind else {} for name in Kind
    }
    assert directory.apply([Entry(kind, key, None)]) == {kind}
    assert not any(tables.values())
    assert directory.apply([Entry(kind, key, None)]) == {kind}


def test_mt_and_mo_rules_stand_in_their_own_tables() -> None:
    directory = Directory()
    mt, mo = (
        Route(name="mt", targets=(Target(connector="op"),)),
        Route(name="mo", deliver=MoTarget(account="a", target="a")),
    )
    directory.apply([write_entry(Kind.ROUTE, route.name, route) for route in (mt, mo)])
    assert (directory.mt.routes, directory.mo.routes) == ((mt,), (mo,))
    directory.apply([Entry(Kind.ROUTE, "mt", None)])
    assert directory.mt.find(Subject(), NOON) is None


def test_interceptors_stand_in_the_table_of_their_direction() -> None:
    directory = Directory()
    mt = Interceptor(name="mt", sender="Acme")
    mo = Interceptor(name="mo", direction=Direction.MO, add_tags=("x",))
    off = Interceptor(name="off", sender="Acme", enabled=False)
    directory.apply([write_entry(Kind.INTERCEPTOR, rule.name, rule) for rule in (mt, mo, off)])
    assert (directory.intercept_mt.rules, directory.intercept_mo.rules) == ((mt,), (mo,))
    directory.apply([Entry(Kind.INTERCEPTOR, "mt", None)])
    assert directory.intercept_mt.rules == ()


def test_prefixes_follow_the_networks() -> None:
    directory = Directory()
    directory.apply([write_entry(Kind.NETWORK, "20404", Network(code="20404", prefixes=("316",)))])
    assert directory.prefixes.network_of("31612") == "20404"
    directory.apply([write_entry(Kind.NETWORK, "20404", Network(code="20404"))])
    assert directory.prefixes.network_of("31612") == ""


@pytest.mark.parametrize("body", ["", "{", "[]", '{"name": 5}', '{"name": "x", "unknown": 1}', "{}"])
def test_a_body_that_is_no_record_changes_nothing(body: str) -> None:
    directory = Directory()
    good = write_entry(Kind.ACCOUNT, "good", Account(name="good"))
    with pytest.raises(msgspec.DecodeError):
        directory.apply([good, Entry(Kind.ACCOUNT, "bad", body, 7)])
    assert directory.accounts == {}
    assert directory.revision == 0


def test_the_revision_is_the_newest_seen() -> None:
    directory = Directory()
    directory.apply([Entry(Kind.ACCOUNT, "a", None, 5), Entry(Kind.ACCOUNT, "b", None, 3)])
    assert directory.revision == 5


def test_only_accounts_with_filters_have_a_screen() -> None:
    directory = Directory()
    narrow = Account(name="narrow", filters=ValueFilters(destination="31"))
    directory.apply([write_entry(Kind.ACCOUNT, a.name, a) for a in (narrow, Account(name="wide"))])
    assert set(directory.screens) == {"narrow"}
    directory.apply([write_entry(Kind.ACCOUNT, "narrow", Account(name="narrow"))])
    assert not directory.screens


def test_a_pattern_that_is_none_changes_nothing() -> None:
    directory = Directory()
    bad = Account(name="bad", filters=ValueFilters(destination="("))
    with pytest.raises(ValueError, match=r"parenthesis|missing"):
        directory.apply([write_entry(Kind.ACCOUNT, "bad", bad)])
    assert directory.accounts == {}


def test_a_group_that_is_off_switches_its_accounts_off() -> None:
    directory = Directory()
    inside, outside = Account(name="a", group="g"), Account(name="b")
    assert directory.is_enabled(inside)
    directory.apply([write_entry(Kind.GROUP, "g", Group(name="g", enabled=False))])
    assert not directory.is_enabled(inside)
    assert directory.is_enabled(outside)
    assert not directory.is_enabled(Account(name="c", enabled=False))
    directory.apply([write_entry(Kind.GROUP, "g", Group(name="g"))])
    assert directory.is_enabled(inside)
