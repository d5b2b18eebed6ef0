"""Apps among operators' records: their secrets sealed, their account known."""

from __future__ import annotations

import pytest

from chappe.domain.account import Account
from chappe.domain.app import App
from chappe.management.apply import make_plan, shown
from chappe.management.passwords import Passwords
from chappe.management.records import BadRecord, Records, make, secrets_of
from chappe.management.sealing import Keys, is_sealed
from chappe.ports.directory import Kind
from chappe.stores.memory.store import MemoryStore

KEY = "11111111-2222-3333-4444-555555555555"
FIELDS = {"key": KEY, "name": "shop", "account": "acme", "secret": "s3cret", "apple": "cert", "type": "otp"}
KEYS = Keys(b"k" * 32)


async def desk() -> Records:
    records = Records(MemoryStore(), KEYS, lambda _kind, _settings: "")
    await records.save([Account(name="acme")])
    return records


def app(**given: object) -> App:
    record = make(Kind.APP, {**FIELDS, **given})
    assert isinstance(record, App)
    return record


async def test_what_is_secret_is_sealed_once() -> None:
    records = await desk()
    await records.save([app()])
    kept = (await records.load()).apps[KEY]
    assert is_sealed(kept.secret)
    assert is_sealed(kept.apple)
    assert kept.android == ""
    assert (KEYS.unseal(kept.secret), KEYS.unseal(kept.apple)) == ("s3cret", "cert")
    await records.save([kept])
    assert (await records.load()).apps[KEY] == kept


def test_what_is_secret_and_in_clear() -> None:
    sealed = KEYS.seal("x")
    assert secrets_of(app(android=sealed)) == {"secret": "s3cret", "apple": "cert"}


async def test_its_account_must_be_there() -> None:
    records = await desk()
    with pytest.raises(BadRecord, match=f"app {KEY}: there is no account nobody"):
        await records.save([app(account="nobody")])
    await records.save([app()])
    with pytest.raises(BadRecord, match=f"app {KEY} still belongs to account acme"):
        await records.save([], [(Kind.ACCOUNT, "acme")])


async def test_a_file_that_says_the_same_changes_nothing_and_shows_no_secret() -> None:
    records = await desk()
    now = await records.load()
    plan = make_plan({Kind.APP: [dict(FIELDS)]}, now, KEYS, Passwords())
    (difference,) = plan.differences
    assert difference.after is not None
    assert "s3cret" not in difference.after
    assert "cert" not in difference.after
    await records.save(plan.records)
    again = make_plan({Kind.APP: [dict(FIELDS)]}, await records.load(), KEYS, Passwords())
    assert again.differences == ()
    assert "s3cret" not in shown(app())
