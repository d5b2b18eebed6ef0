"""Accounts and credentials: what is wrong with a record, who may come from where, which right is lacking."""

import msgspec
import pytest

from chappe.domain.account import (
    MAX_USERNAME,
    Account,
    Credential,
    Group,
    TextPolicy,
    is_inside,
    lacking_right,
    may_come_from,
    network_problem,
)
from chappe.domain.refusal import Reason, Right
from chappe.domain.value_filters import ValueFilters


def account(**given: object) -> Account:
    return Account(**{"name": "acme", **given})  # type: ignore[arg-type]


def credential(**given: object) -> Credential:
    fields = {"username": "acme", "account": "acme", "secret_hash": "x"}
    return Credential(**{**fields, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["a", "A-b_c.9", "x" * 32])
def test_a_plain_account_is_in_order(name: str) -> None:
    assert account(name=name).problem() == ""


@pytest.mark.parametrize(
    ("given", "about"),
    [
        ({"name": ""}, "account name"),
        ({"name": "x" * 33}, "account name"),
        ({"name": "a b"}, "account name"),
        ({"name": "a/b"}, "account name"),
        ({"name": "caf\u00e9"}, "account name"),
        ({"max_parts": 0}, "max_parts"),
        ({"max_parts": 256}, "max_parts"),
        ({"reference_bits": 12}, "reference_bits"),
        ({"smpp_receipts": "other"}, "smpp_receipts"),
        ({"smpp_receipt_pdu": "submit_sm"}, "smpp_receipt_pdu"),
        ({"smpp_window": 0}, "smpp_window"),
        ({"smpp_default_charset": "ebcdic"}, "smpp_default_charset"),
        ({"throughput": -1.0}, "negative"),
        ({"http_throughput": -1.0}, "negative"),
        ({"smpp_throughput": -1.0}, "negative"),
        ({"early_percent": 0}, "early_percent"),
        ({"early_percent": 101}, "early_percent"),
        ({"filters": ValueFilters(content="(")}, "filters.content"),
        ({"filters": ValueFilters(priority="[")}, "filters.priority"),
        ({"burst": -1}, "negative"),
        ({"max_binds": -1}, "negative"),
        ({"default_validity": -1}, "negative"),
        ({"max_validity": -1}, "negative"),
        ({"default_sender": "much too long"}, "default_sender"),
        ({"webhook_ports": ("http",)}, "webhook_ports"),
        ({"webhook_ports": ("8000-",)}, "webhook_ports"),
        ({"allow": ("10.0.0.0/8", "here")}, "'here'"),
        ({"private_webhooks": ("10.0.0.0/33",)}, "10.0.0.0/33"),
    ],
)
def test_what_is_wrong_with_an_account(given: dict[str, object], about: str) -> None:
    assert about in account(**given).problem()


def test_a_group_has_a_plain_name() -> None:
    assert Group(name="a-b").problem() == ""
    assert "group name" in Group(name="a b").problem()


@pytest.mark.parametrize("username", ["", "x" * (MAX_USERNAME + 1), "a b", "a:b"])
def test_a_user_name_that_is_none(username: str) -> None:
    assert "user name" in credential(username=username).problem()


def test_a_credential_in_order() -> None:
    assert credential(allow=("192.0.2.1", "2001:db8::/32")).problem() == ""
    assert "CIDR" not in credential().problem()
    assert "nowhere" in credential(allow=("nowhere",)).problem()


@pytest.mark.parametrize(
    "record", [account(text_policy=TextPolicy.REPLACE, denied=(Right.BINARY,)), credential(version=7)]
)
def test_a_record_comes_back_from_json(record: Account | Credential) -> None:
    assert msgspec.json.decode(msgspec.json.encode(record), type=type(record)) == record


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="pasword"):
        msgspec.json.decode(b'{"name":"a","pasword":"x"}', type=Account)


@pytest.mark.parametrize(
    ("address", "networks", "inside"),
    [
        ("192.0.2.7", ("192.0.2.0/24",), True),
        ("192.0.3.7", ("192.0.2.0/24",), False),
        ("192.0.2.7", ("192.0.2.7",), True),
        ("192.0.2.7", ("192.0.2.99/24",), True),  # host bits may be set
        ("::ffff:192.0.2.7", ("192.0.2.0/24",), True),
        ("2001:db8::1", ("2001:db8::/32",), True),
        ("2001:db8::1", ("192.0.2.0/24",), False),
        ("192.0.2.7", ("2001:db8::/32", "192.0.2.0/24"), True),
        ("192.0.2.7", (), False),
        ("no address", ("0.0.0.0/0",), False),
        ("", ("0.0.0.0/0",), False),
    ],
)
def test_inside_a_network(address: str, networks: tuple[str, ...], inside: bool) -> None:
    assert is_inside(address, networks) is inside


@pytest.mark.parametrize(
    ("of_account", "of_credential", "address", "allowed"),
    [
        ((), (), "192.0.2.1", True),
        ((), (), "not an address", True),
        (("192.0.2.0/24",), (), "192.0.2.1", True),
        (("192.0.2.0/24",), (), "198.51.100.1", False),
        ((), ("192.0.2.0/24",), "192.0.2.1", True),
        ((), ("192.0.2.0/24",), "198.51.100.1", False),
        (("192.0.2.0/24",), ("192.0.2.1",), "192.0.2.2", False),
        (("192.0.2.1",), ("192.0.2.0/24",), "192.0.2.2", False),
        (("192.0.2.0/24",), ("192.0.2.1",), "192.0.2.1", True),
    ],
)
def test_both_lists_must_let_an_address_in(
    of_account: tuple[str, ...], of_credential: tuple[str, ...], address: str, allowed: bool
) -> None:
    assert may_come_from(account(allow=of_account), credential(allow=of_credential), address) is allowed


def test_networks_are_judged_one_by_one() -> None:
    assert network_problem(("192.0.2.0/24", "2001:db8::/32", "192.0.2.1")) == ""
    assert "'192.0.2.0/99'" in network_problem(("192.0.2.0/24", "192.0.2.0/99"))


def test_the_first_right_that_is_lacking_is_named_in_jasmins_order() -> None:
    limited = account(denied=(Right.SCHEDULE, Right.PRIORITY))
    assert lacking_right(limited, ()) is None
    assert lacking_right(limited, (Right.VALIDITY,)) is None
    found = lacking_right(limited, (Right.SCHEDULE, Right.VALIDITY, Right.PRIORITY))
    assert found is not None
    assert (found.reason, found.about) == (Reason.NO_RIGHT, Right.PRIORITY.value)
