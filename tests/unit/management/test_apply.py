"""A file against the directory: what differs, in words without secrets, and nothing the second time."""

from __future__ import annotations

import pytest

from chappe.management.apply import Difference, Plan, make_plan, read_file, shown
from chappe.management.records import BadRecord, Records
from chappe.ports.directory import Kind
from chappe.stores.memory.store import MemoryStore
from unit.management.keeping import OP, keys, passwords, records

FILE = """
[[account]]
name = "acme"
throughput = 100.0

[[credential]]
username = "acme"
account = "acme"
password = "hidden-pw"

[[connector]]
name = "op"
[connector.settings]
host = "192.0.2.7"
system_id = "me"
password = "hidden-smsc"

[[route]]
name = "nl"
price = "0.05"
condition = { destination_prefixes = ["31"] }
targets = [{ connector = "op" }]

[[network]]
code = "20404"
prefixes = ["31"]
"""


async def plan(desk: Records, text: str) -> Plan:
    return make_plan(read_file(text), await desk.load(), keys(), passwords())


async def applied(desk: Records, text: str) -> Plan:
    made = await plan(desk, text)
    await desk.save(made.records, made.removed)
    return made


def lines(made: Plan) -> list[str]:
    return [f"{d.kind.value} {d.key}: {d.before} -> {d.after}" for d in made.differences]


async def test_everything_is_new_to_an_empty_store_and_nothing_the_second_time() -> None:
    store = MemoryStore()
    first = await applied(records(store), FILE)
    assert [(d.kind.value, d.key, d.before) for d in first.differences] == [
        ("account", "acme", None),
        ("credential", "acme", None),
        ("connector", "op", None),
        ("route", "nl", None),
        ("network", "20404", None),
    ]
    second = await plan(records(store), FILE)
    assert second == Plan((), (), ())
    assert (await records(store).load()).routes["nl"].price == 50_000


async def test_no_secret_stands_in_a_plan_shown_or_in_the_store() -> None:
    store = MemoryStore()
    made = await applied(records(store), FILE)
    kept = " ".join(entry.body or "" for entry in await store.directory())
    for secret in ("hidden-pw", "hidden-smsc"):
        assert secret not in "".join(lines(made))
        assert secret not in kept
    assert "••••" in lines(made)[2]
    assert "$argon2id" not in "".join(lines(made))
    assert passwords().matches((await records(store).load()).credentials["acme"].secret_hash, "hidden-pw")


async def test_a_change_shows_what_was_and_what_will_be() -> None:
    store = MemoryStore()
    await applied(records(store), FILE)
    made = await applied(records(store), FILE.replace("100.0", "7.5"))
    assert made.differences == (
        Difference(Kind.ACCOUNT, "acme", "name='acme' throughput=100.0", "name='acme' throughput=7.5"),
    )
    assert (await records(store).load()).accounts["acme"].throughput == 7.5


async def test_another_password_is_a_new_version_and_the_same_one_is_kept_as_it_is() -> None:
    store = MemoryStore()
    await applied(records(store), FILE)
    before = (await records(store).load()).credentials["acme"]
    made = await applied(records(store), FILE.replace("hidden-pw", "other-pw"))
    assert [d.key for d in made.differences] == ["acme"]
    after = (await records(store).load()).credentials["acme"]
    assert (before.version, after.version) == (1, 2)
    assert passwords().matches(after.secret_hash, "other-pw")
    without = FILE.replace('password = "hidden-pw"\n', "")
    assert (await plan(records(store), without)).differences == ()


async def test_another_secret_of_a_connector_is_a_difference() -> None:
    store = MemoryStore()
    await applied(records(store), FILE)
    made = await applied(records(store), FILE.replace("hidden-smsc", "other-smsc"))
    assert [(d.kind, d.key) for d in made.differences] == [(Kind.CONNECTOR, "op")]
    settings = (await records(store).load()).connectors["op"].settings
    assert keys().unseal_settings(settings)["password"] == "other-smsc"


async def test_what_a_mentioned_kind_does_not_list_is_removed_and_other_kinds_stay() -> None:
    store = MemoryStore()
    await applied(records(store), FILE)
    made = await applied(records(store), '[[network]]\ncode = "26201"\n')
    assert lines(made) == [
        "network 26201: None -> code='26201'",
        "network 20404: code='20404' prefixes=('31',) -> None",
    ]
    directory = await records(store).load()
    assert list(directory.networks) == ["26201"]
    assert list(directory.accounts) == ["acme"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("not toml", "the file is no TOML: .*line 1"),
        ("[[customer]]\nname = 'x'", r"\[customer\] is none of the sections \[\[account\]\]"),
        ("[account]\nname = 'x'", r"\[account\] is none of the sections"),
        ("account = 5", r"\[account\] is none of the sections"),
        ("account = [5]", r"\[account\] is none of the sections"),
        ("[[account]]\nname = 'a'\n[[account]]\nname = 'a'", "account a stands twice in the file"),
        ("[[account]]\nname = 'a'\ncolour = 1", "account a: .*`colour`"),
        ("[[account]]\nname = 'a'\nthroughput = 'fast'", r"account a: .*\$\.throughput"),
        ("[[credential]]\nusername = 'u'\naccount = 'a'", "credential u is new and has no password"),
        (
            "[[credential]]\nusername = 'u'\naccount = 'a'\npassword = ''",
            "credential u: a password is 1 to 30",
        ),
        (
            f"[[credential]]\nusername = 'u'\naccount = 'a'\npassword = '{'hidden-pw' * 9}'",
            "credential u: a password is 1 to 30",
        ),
        ("[[credential]]\nusername = 'u'\npassword = 'hidden-pw'", "credential u: .*`account`"),
        ("[[connector]]\nname = 'c'\nsettings = 'hidden-pw'", r"connector c: .*\$\.settings"),
        ("[[route]]\nname = 'r'\nprice = 'dear'", "route r: not an amount of money: 'dear'"),
        ("[[route]]\nname = 'r'\ntargets = ['op']", r"route r: .*\$\.targets"),
    ],
)
async def test_what_is_wrong_with_a_file_is_said_with_the_entry_and_without_its_secret(
    text: str, sentence: str
) -> None:
    with pytest.raises(BadRecord, match=sentence) as told:
        await plan(records(), text)
    assert "hidden-pw" not in str(told.value)


def test_a_record_is_shown_on_one_line() -> None:
    assert shown(OP) == ("name='op' settings={'host': '192.0.2.7', 'system_id': 'me', 'password': '••••'}")
