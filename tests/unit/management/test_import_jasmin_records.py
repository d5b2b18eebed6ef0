"""What an export of Jasmin becomes: rights, quotas, connectors and routes; what is left out is told, and no secret is."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.domain.account import Account, Credential, Group
from chappe.domain.link import ConnectorRecord
from chappe.domain.refusal import Right
from chappe.domain.routing import Route
from chappe.management.import_jasmin import Export, read_export
from chappe.management.import_jasmin_records import MO_ACCOUNT, Moved, move
from chappe.pipeline.directory import Directory, write_entry
from chappe.ports.directory import Kind
from unit.management.test_import_jasmin import console

USER = "uid u\nusername u\ngid g\n"


def hashed(password: str | None) -> str:
    return f"hash of {password}"


def moved(export: Export, now: Directory | None = None, zone: str = "Europe/Paris") -> Moved:
    return move(export, now or Directory(), hashed, zone)


def everything() -> Moved:
    return moved(console("users.txt", "connectors.txt", "routes.txt"))


def found(of: Moved, kind: type[Any]) -> dict[str, Any]:
    return {
        getattr(one, "name", getattr(one, "username", "")): one for one in of.records if isinstance(one, kind)
    }


def user(*lines: str) -> Moved:
    return moved(read_export([("x", USER + "\n".join(lines))]))


def test_a_user_is_an_account_and_a_login() -> None:
    of = everything()
    acme = found(of, Account)["acme"]
    assert acme == Account(
        name="acme",
        group="traders",
        may_send_smpp=False,
        denied=(Right.RECEIPT_METHOD, Right.PRIORITY),
        filters=acme.filters,
        default_sender="Acme",
        http_throughput=50.0,
        max_binds=2,
        charged=True,
        early_percent=25,
        counted=True,
    )
    assert acme.filters.destination == "^33"
    assert of.deposits == [("acme", 44_250_000, 1200)]
    assert found(of, Credential)["idle_login"].account == "idle"
    assert not found(of, Account)["idle"].enabled


def test_a_group_that_has_but_a_name_is_a_record_too() -> None:
    assert found(everything(), Group) == {
        "resting": Group(name="resting", enabled=False),
        "traders": Group(name="traders"),
    }


def test_a_group_that_is_here_is_switched_off_by_an_export_but_not_on() -> None:
    now = Directory()
    here = {"resting": Group(name="resting"), "traders": Group(name="traders", enabled=False)}
    now.apply([write_entry(Kind.GROUP, name, group) for name, group in here.items()])
    assert found(moved(console("users.txt"), now), Group) == {"resting": Group(name="resting", enabled=False)}


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("http_long_content", Right.LONG_CONTENT),
        ("dlr_level", Right.RECEIPT_LEVEL),
        ("http_dlr_method", Right.RECEIPT_METHOD),
        ("src_addr", Right.SOURCE_ADDRESS),
        ("priority", Right.PRIORITY),
        ("validity_period", Right.VALIDITY),
        ("schedule_delivery_time", Right.SCHEDULE),
        ("hex_content", Right.BINARY),
    ],
)
@pytest.mark.parametrize("no", ["False", "no", "0"])
def test_each_authorisation_that_lacks_is_denied(key: str, right: Right, no: str) -> None:
    account = found(user(f"mt_messaging_cred authorization {key} {no}"), Account)["u"]
    assert account == Account(name="u", group="g", denied=(right,))
    assert found(user(f"mt_messaging_cred authorization {key} True"), Account)["u"].denied == ()


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("mt_messaging_cred authorization http_send False", "may_send_http", False),
        ("mt_messaging_cred authorization smpps_send False", "may_send_smpp", False),
        ("mt_messaging_cred authorization http_balance False", "may_ask_balance", False),
        ("mt_messaging_cred authorization http_rate False", "may_ask_rate", False),
        ("smpps_cred authorization bind False", "may_bind", False),
        ("smpps_cred quota max_bindings 3", "max_binds", 3),
        ("smpps_cred quota max_bindings 0", "may_bind", False),
        ("mt_messaging_cred quota smpps_throughput 2.5", "smpp_throughput", 2.5),
        ("mt_messaging_cred quota http_throughput 7", "http_throughput", 7.0),
        ("mt_messaging_cred quota balance 0", "charged", True),
        ("mt_messaging_cred quota sms_count 0", "counted", True),
        ("mt_messaging_cred defaultvalue src_addr 12345", "default_sender", "12345"),
        ("mt_messaging_cred quota balance ND", "charged", False),
        ("mt_messaging_cred quota early_percent Unknown (object is from an old Jasmin release !)", "early_percent", 100),
    ],
)  # fmt: skip
def test_each_quota_and_right_has_its_field(line: str, field: str, value: object) -> None:
    assert getattr(found(user(line), Account)["u"], field) == value


def test_a_filter_that_cannot_stand_switches_its_user_off() -> None:
    of = everything()
    bank = found(of, Account)["bank"]
    assert (bank.enabled, bank.filters.content) == (False, "")
    assert any("bank" in line and "switched off" in line for line in of.left_out)


def test_passwords_are_told_of_and_never_told() -> None:
    of = moved(console("users.txt", "connectors.txt", "dialogues.txt"))
    assert of.unknown_passwords == ["acme", "bank", "idle_login"]
    logins = found(of, Credential)
    assert (logins["corner"].secret_hash, logins["acme"].secret_hash) == (
        "hash of s3cretword",
        "hash of None",
    )
    said = " ".join((*of.left_out, *of.notes, *of.unknown_passwords))
    assert not any(secret in said for secret in ("s3cretword", "hushhush", "alsoquiet", "quieter"))


def test_what_is_here_keeps_its_password_and_gets_no_second_deposit() -> None:
    now = Directory()
    known = Credential(username="acme", account="acme", secret_hash="mine", version=7)
    now.apply(
        [
            write_entry(Kind.ACCOUNT, "acme", Account(name="acme")),
            write_entry(Kind.CREDENTIAL, "acme", known),
        ]
    )
    of = moved(console("users.txt"), now)
    assert found(of, Credential)["acme"] == known
    assert of.deposits == []
    assert "acme" not in of.unknown_passwords


def test_routes_go_where_they_went() -> None:
    of = everything()
    routes = found(of, Route)
    assert sorted(routes) == ["mo-0", "mo-10", "mo-20", "mt-0", "mt-20", "mt-25", "mt-30", "mt-40"]
    failover = routes["mt-40"]
    assert [(target.connector, target.priority) for target in failover.targets] == [
        ("operator", 0),
        ("spare", 1),
    ]
    assert (failover.order, failover.price, failover.wait_when_down) == (40, 50_000, False)
    assert failover.condition.destination_prefixes == ("33",)
    assert routes["mt-30"].condition.zone == "Europe/Paris"
    assert routes["mt-20"].condition.tags == ("mt-20-eval1",)
    assert routes["mo-10"].deliver.account == "acme"
    assert [target.target for target in routes["mo-20"].deliveries] == [
        "http://10.0.0.7:9000/mo",
        "https://client.example/mo",
    ]
    inbox = found(of, Account)[MO_ACCOUNT]
    assert (inbox.private_webhooks, "9000" in inbox.webhook_ports, inbox.may_send) == (
        ("10.0.0.7",),
        True,
        False,
    )


@pytest.mark.parametrize(
    "said",
    ["route mt-15: pattern '(?=A)'", "route mt-10: there is no connector ghost", "interceptor 0 Default"],
)
def test_what_is_left_out_is_told(said: str) -> None:
    assert any(line.startswith(said) for line in everything().left_out)


def test_all_that_is_made_can_stand_and_stands_together() -> None:
    of = everything()
    assert [record.problem() for record in of.records if record.problem()] == []
    names = {one.name for one in of.records if isinstance(one, ConnectorRecord)}
    assert names == {"operator", "spare"}


def test_times_without_a_zone_are_told() -> None:
    of = moved(console("connectors.txt", "routes.txt"), zone="")
    assert any("UTC" in line for line in of.notes)


def test_a_script_that_was_not_printed_whole_leaves_its_route_out() -> None:
    listing = (
        "#Order Type  Rate  Connector ID(s)  Filter(s)\n"
        "#5  StaticMTRoute  0 (!)  smppc(op)  <Ev (pyCode=if routabl ..)>\n"
    )
    of = moved(read_export([("a", "cid op\nhost h\npassword p\n"), ("b", listing)]))
    assert any("filter -s" in line for line in of.left_out)
    assert not found(of, Route)
