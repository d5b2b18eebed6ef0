"""`chappe account` and `chappe credential`, with right and with odd words."""

from __future__ import annotations

import re

import pytest

from chappe.management.passwords import Passwords
from chappe.stores.sqlite.database import open_database
from unit.cli.desk import Desk

_SHOWN = re.compile(r"user name (\S+), password (\w+) \(shown this once\)")


def test_an_account_from_beginning_to_end(desk: Desk) -> None:
    assert (
        desk("account", "add", "acme", "throughput=50", 'allow=["10.0.0.0/8"]').out == "account acme added\n"
    )
    assert desk("account", "set", "acme", "charged=true").out == "account acme changed\n"
    assert (
        desk("account", "deposit", "acme", "12.5", "--why", "invoice 7").out
        == "the balance of acme is 12.5\n"
    )
    assert desk("account", "deposit", "acme", "-2.5").out == "the balance of acme is 10.0\n"
    listed = desk("account", "list")
    assert listed.code == 0
    assert "acme - yes 10.0 50 - -" in listed.said
    assert desk("account", "remove", "acme").out == "account acme removed\n"
    assert desk("account", "list").out == "accounts: none\n"


def test_parts_are_paid_in_and_taken_back_beside_money(desk: Desk) -> None:
    desk("account", "add", "acme", "counted=true", "early_percent=10", "charged=true")
    assert desk("account", "deposit", "acme", "500", "--parts").out == "acme has 500 parts left\n"
    assert desk("account", "deposit", "acme", "-2", "--parts").out == "acme has 498 parts left\n"
    assert "acme - yes 0.0 - - 498" in desk("account", "list").said
    for amount, sentence in (
        ("-499", "the count of acme would become negative"),
        ("2.5", "not a number of parts: '2.5'"),
        (str(1 << 31), "not a number of parts"),
    ):
        assert desk.refuses("account", "deposit", "acme", amount, "--parts").startswith(sentence)


def test_filters_and_rights_are_set_field_by_field(desk: Desk) -> None:
    desk("account", "add", "acme", "filters.destination=^31", "filters.content=^[^<]*$")
    assert desk("account", "set", "acme", "filters.source=^Acme$", "may_send_smpp=false").code == 0
    assert desk.refuses("account", "set", "acme", "filters.source=(").startswith(
        "account acme: filters.source:"
    )
    assert desk.refuses("account", "set", "acme", "filters.sender=x").startswith(
        "account acme: Object contains"
    )


def test_a_group_from_beginning_to_end(furnished: Desk) -> None:
    assert furnished("group", "add", "resellers").out == "group resellers added\n"
    furnished("account", "set", "acme", "group=resellers")
    assert "resellers yes acme" in furnished("group", "list").said
    assert furnished("group", "set", "resellers", "enabled=false").out == "group resellers changed\n"
    assert "resellers no acme" in furnished("group", "list").said
    assert "acme resellers no" in furnished("account", "list").said
    assert furnished.refuses("group", "remove", "resellers").startswith(
        "account acme still belongs to group resellers"
    )
    furnished("account", "set", "acme", "group=")
    assert furnished("group", "remove", "resellers").out == "group resellers removed\n"
    assert furnished("group", "list").out == "groups: none\n"
    assert furnished.refuses("group", "add", "a b").startswith("group name 'a b'")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("add", "a b"), "account name 'a b' is not 1 to 32 letters"),
        (("add", "new", "throughput=fast"), "account new: Expected `float`, got `str` - at `$.throughput`"),
        (("add", "new", "throughput=nan"), "account new: throughput is no finite number"),
        (("add", "new", "throughput=-1"), "account new: throughput, burst"),
        (("add", "new", "colour=red"), "account new: Object contains unknown field `colour`"),
        (("add", "new", "word"), "'word' is not name=value"),
        (("add", "new", "=5"), "'=5' is not name=value"),
        (("add", "new", "a=1", "a.b=2"), "'a.b=2': a was given a value already"),
        (("add", "acme"), "account acme exists already"),
        (("set", "acme"), "nothing to change: say what of account acme"),
        (("set", "nobody", "burst=1"), "there is no account nobody"),
        (("set", "acme", "name=other"), "account acme cannot be given another name"),
        (("remove", "nobody"), "there is no account nobody"),
        (("remove", "acme"), "credential acme still belongs to account acme"),
        (("deposit", "nobody", "1"), "there is no account nobody"),
        (("deposit", "acme", "much"), "not an amount of money: 'much'"),
        (("deposit", "acme", "inf"), "not an amount of money: 'inf'"),
        (("deposit", "acme", "9" * 30), "not an amount of money"),
        (("deposit", "acme", "-0.01"), "the balance of acme would become negative"),
        (("deposit", "acme"), "Missing argument 'amount'"),
        (("rename", "acme"), "No such command 'rename'"),
    ],
)
def test_odd_words_about_accounts(furnished: Desk, arguments: tuple[str, ...], sentence: str) -> None:
    assert furnished.refuses("account", *arguments).startswith(sentence)
    assert "acme - yes 0.0 - acme" in furnished("account", "list").said


def test_a_login_from_beginning_to_end(furnished: Desk) -> None:
    added = furnished("credential", "add", "second", "acme")
    shown = _SHOWN.search(added.out)
    assert shown is not None
    assert shown[1] == "second"
    assert len(shown[2]) == 8
    reset = _SHOWN.search(furnished("credential", "reset", "second", "--length", "30").out)
    assert reset is not None
    assert len(reset[2]) == 30
    assert reset[2] != shown[2]
    # What was shown opens the door, and the store holds no trace of it but the hash.
    octets = furnished.store.read_bytes() + b"".join(p.read_bytes() for p in furnished.folder.glob("*-wal"))
    assert reset[2].encode() not in octets
    database = open_database(furnished.store)
    ((body,),) = database.connection.execute("SELECT body FROM directory WHERE key = 'second'")
    database.connection.close()
    secret_hash = re.findall(r'"secret_hash":"([^"]+)"', body)
    assert Passwords().matches(secret_hash[0], reset[2])
    assert '"version":2' in body
    assert furnished("credential", "set", "second", "enabled=false").code == 0
    listed = furnished("credential", "list").said
    assert "second acme no - anywhere" in listed
    assert "argon2" not in listed
    assert furnished("credential", "remove", "second").out == "credential second removed\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("add", "new", "nobody"), "credential new: there is no account nobody"),
        (("add", "acme", "acme"), "credential acme exists already"),
        (("add", "x y", "acme"), "user name 'x y' is not"),
        (("add", "new", "acme", "--length", "0"), "Invalid value for '--length'"),
        (("add", "new", "acme", "--length", "31"), "Invalid value for '--length'"),
        (("add", "new", "acme", "--length", "x"), "Invalid value for '--length'"),
        (("add", "new"), "Missing argument 'account'"),
        (("reset", "nobody"), "there is no credential nobody"),
        (("set", "acme", "enabled=perhaps"), "credential acme: Expected `bool`"),
        (("set", "acme", 'allow=["here"]'), "credential acme: 'here' is not a network"),
        (("set", "acme", "account=nobody"), "credential acme: there is no account nobody"),
        (("remove", "nobody"), "there is no credential nobody"),
    ],
)
def test_odd_words_about_logins_show_no_password(
    furnished: Desk, arguments: tuple[str, ...], sentence: str
) -> None:
    assert furnished.refuses("credential", *arguments).startswith(sentence)
    assert "acme acme yes - anywhere" in furnished("credential", "list").said
