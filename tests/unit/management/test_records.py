"""What may stand in the directory, by itself and among the others; one commit; secrets sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from chappe.domain.account import Account, Credential
from chappe.domain.campaign import Campaign
from chappe.domain.link import ConnectorRecord
from chappe.domain.lists import ListKind, NumberList
from chappe.domain.network import Network
from chappe.domain.report import Way
from chappe.domain.routing import Condition, MoTarget, Route, Target
from chappe.management.records import BadRecord, Record, key_of, make
from chappe.ports.directory import Conflict, Entry, Kind
from chappe.stores.memory.store import MemoryStore
from unit.management.keeping import ACME, ALL, LOGIN, OP, keys, records


@pytest.mark.parametrize(
    ("record", "key"),
    [
        (ACME, (Kind.ACCOUNT, "acme")),
        (LOGIN, (Kind.CREDENTIAL, "acme")),
        (OP, (Kind.CONNECTOR, "op")),
        (ALL, (Kind.ROUTE, "all")),
        (Network(code="20404"), (Kind.NETWORK, "20404")),
    ],
)
async def test_each_kind_is_written_and_read_back(record: Record, key: tuple[Kind, str]) -> None:
    assert key_of(record) == key
    desk = records()
    await desk.save([ACME, LOGIN, OP, ALL, record])
    directory = await desk.load()
    tables: dict[Kind, dict[str, Any]] = {
        Kind.ACCOUNT: directory.accounts,
        Kind.CREDENTIAL: directory.credentials,
        Kind.CONNECTOR: directory.connectors,
        Kind.ROUTE: directory.routes,
        Kind.NETWORK: directory.networks,
    }
    assert key[1] in tables[key[0]]
    assert directory.revision == 1


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        (Kind.ACCOUNT, {"name": "a", "colour": 1}, "account a: Object contains unknown field `colour`"),
        (Kind.ACCOUNT, {"name": "a", "throughput": "x"}, r"account a: .*\$\.throughput"),
        (
            Kind.ACCOUNT,
            {"name": "a", "throughput": float("nan")},
            "account a: throughput is no finite number",
        ),
        (Kind.ACCOUNT, {"throughput": 1}, "account: .*required field `name`"),
        (Kind.CREDENTIAL, {"username": "u", "enabled": "perhaps"}, "credential u: "),
        (
            Kind.CONNECTOR,
            {"name": "c", "retry": {"first": float("inf")}},
            r"connector c: retry\.first is no finite number",
        ),
        (
            Kind.CONNECTOR,
            {"name": "c", "receipts": "sometimes"},
            "connector c: Invalid enum value 'sometimes'",
        ),
        (Kind.ROUTE, {"name": "r", "deliver": {"account": "a", "way": "pigeon"}}, r"route r: .*deliver\.way"),
        (Kind.NETWORK, {"code": 5}, "network 5: "),
    ],
)
def test_fields_that_do_not_fit_are_named_with_their_record(
    kind: Kind, fields: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadRecord, match=sentence):
        make(kind, fields)


@pytest.mark.parametrize(("given", "way"), [("smpp", Way.SMPP), ("WEBHOOK", Way.WEBHOOK), (2, Way.SMPP)])
def test_the_way_of_a_delivery_may_be_named(given: str | int, way: Way) -> None:
    route = make(Kind.ROUTE, {"name": "mo", "deliver": {"account": "acme", "way": given, "target": "acme"}})
    assert isinstance(route, Route)
    assert route.deliver == MoTarget(account="acme", way=way, target="acme")


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (Account(name="a b"), "account name 'a b' is not"),
        (Account(name="a", max_parts=0), r"account a: max_parts must be 1 to 255"),
        (
            Credential(username="u", account="nobody", secret_hash="x"),
            "credential u: there is no account nobody",
        ),
        (
            Credential(username="u", account="acme", secret_hash="x", allow=("x",)),
            "credential u: 'x' is not a network",
        ),
        (
            ConnectorRecord(name="c", kind="pigeon"),
            "connector c: there is no kind 'pigeon', only loopback, .*smpp",
        ),
        (ConnectorRecord(name="c"), "connector c: .*`host`"),
        (
            ConnectorRecord(name="c", kind="loopback", settings={"window": 0}),
            "connector c: window is at least 1",
        ),
        (Route(name="r", targets=(Target(connector="none"),)), "route r: there is no connector none"),
        (Route(name="r", deliver=MoTarget(account="none", target="x")), "route r: there is no account none"),
        (Route(name="r"), "route r: a route has either targets"),
        (
            Route(name="r", targets=(Target(connector="op"),), condition=Condition(sender="(")),
            "route r: pattern of sender",
        ),
        (
            Route(name="r", targets=(Target(connector="op"),), condition=Condition(between="99:00-25:00")),
            "route r: between '99:00-25:00'",
        ),
        (Network(code="x"), "network code 'x' is not"),
        (NumberList(name="l", prefixes=("x",)), "list l: prefix 'x' is not digits"),
        (Campaign(name="c", account="none", numbers=("1",)), "campaign c: there is no account none"),
        (
            Campaign(name="c", account="acme", numbers=("1",), suppression="none"),
            "campaign c: there is no list none",
        ),
        (Campaign(name="c", account="acme", numbers=()), "campaign c: a campaign needs the numbers"),
    ],
)
async def test_a_record_that_cannot_stand_changes_nothing(record: Record, sentence: str) -> None:
    store = MemoryStore()
    desk = records(store)
    await desk.save([ACME, OP])
    with pytest.raises(BadRecord, match=sentence):
        await desk.save([Account(name="good"), record])
    assert await store.directory_revision() == 1
    assert sorted((await desk.load()).accounts) == ["acme"]


async def test_records_may_need_each_other_within_one_commit() -> None:
    desk = records()
    assert await desk.save([ALL, LOGIN, OP, ACME]) == 1
    assert await desk.save([], [(Kind.ROUTE, "all"), (Kind.CONNECTOR, "op")]) == 2


@pytest.mark.parametrize(
    ("removed", "sentence"),
    [
        ((Kind.ACCOUNT, "acme"), "credential acme still belongs to account acme"),
        ((Kind.CONNECTOR, "op"), "route all still sends to connector op"),
        ((Kind.ACCOUNT, "inbox"), "route mo still delivers to account inbox"),
        ((Kind.ACCOUNT, "shop"), "campaign promo: there is no account shop"),
        ((Kind.LIST, "optouts"), "campaign promo: there is no list optouts of the kind suppression"),
    ],
)
async def test_what_another_still_names_is_not_removed(removed: tuple[Kind, str], sentence: str) -> None:
    desk = records()
    mo = Route(name="mo", deliver=MoTarget(account="inbox", target="inbox"))
    promo = Campaign(name="promo", account="shop", numbers=("1212",), suppression="optouts")
    optouts = NumberList(name="optouts", kind=ListKind.SUPPRESSION)
    await desk.save([ACME, LOGIN, OP, ALL, Account(name="inbox"), mo, Account(name="shop"), promo, optouts])
    with pytest.raises(BadRecord, match=sentence):
        await desk.save([], [removed])
    assert (await desk.load()).revision == 1


async def test_a_connectors_secrets_lie_sealed_in_the_store() -> None:
    store = MemoryStore()
    await records(store).save([OP])
    (entry,) = await store.directory()
    assert entry.body is not None
    assert "s3cret" not in entry.body
    (saved,) = (await records(store).load()).connectors.values()
    assert saved.settings["host"] == "192.0.2.7"
    assert keys().unseal_settings(saved.settings) == OP.settings
    # Saved again as it is, it is not sealed twice.
    await records(store).save([msgspec.structs.replace(saved, throughput=5)])
    (again,) = (await records(store).load()).connectors.values()
    assert keys().unseal_settings(again.settings) == OP.settings


class Busy(MemoryStore):
    """Another operator changes the directory `times` times between our reading and our writing."""

    times = 0

    async def put(self, entries: Sequence[Entry], expected: int | None = None) -> int:
        if self.times:
            self.times -= 1
            await super().put([])
        return await super().put(entries, expected)


async def test_a_change_made_meanwhile_is_read_and_the_record_written_over_it() -> None:
    store = Busy()
    store.times = 3
    assert await records(store).save([ACME]) == 4


async def test_a_directory_that_never_rests_is_said_so() -> None:
    store = Busy()
    store.times = 99
    with pytest.raises(BadRecord, match="try again"):
        await records(store).save([ACME])
    with pytest.raises(Conflict):
        await store.put([], 0)
