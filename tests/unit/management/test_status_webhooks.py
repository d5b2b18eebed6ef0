"""A status webhook stands only if its test call was answered, or if an operator takes it untested."""

from __future__ import annotations

import msgspec
import pytest

from chappe.app.opening import settings_checker
from chappe.domain.account import Account
from chappe.domain.status_webhook import StatusForm, StatusWebhook
from chappe.management.records import BadRecord, Records
from chappe.stores.memory.store import MemoryStore
from unit.management.keeping import OP, keys

HOOK = StatusWebhook(url="https://client.example/[STATUS]")
HOOKED = Account(name="acme", status_webhook=HOOK)


class Client:
    """Whom the test call goes to."""

    def __init__(self) -> None:
        self.says = ""
        self.calls: list[Account] = []

    async def call(self, account: Account) -> str:
        self.calls.append(account)
        return self.says


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def desk(client: Client) -> Records:
    return Records(MemoryStore(), keys(), settings_checker(), client.call)


async def test_a_webhook_that_answers_is_taken(desk: Records, client: Client) -> None:
    await desk.save([HOOKED, OP])
    assert client.calls == [HOOKED]
    assert (await desk.load()).accounts["acme"].status_webhook == HOOK


@pytest.mark.row("001-181")
async def test_one_that_does_not_is_refused_and_nothing_is_written(desk: Records, client: Client) -> None:
    client.says = "it sulks"
    with pytest.raises(BadRecord, match="account acme: the status webhook cannot be used: it sulks"):
        await desk.save([OP, HOOKED])
    directory = await desk.load()
    assert (directory.accounts, directory.connectors) == ({}, {})


async def test_only_a_new_one_is_called(desk: Records, client: Client) -> None:
    await desk.save([HOOKED])
    await desk.save([msgspec.structs.replace(HOOKED, throughput=5.0)])
    assert len(client.calls) == 1
    changed = msgspec.structs.replace(HOOK, form=StatusForm.JSON)
    await desk.save([msgspec.structs.replace(HOOKED, status_webhook=changed)])
    assert len(client.calls) == 2
    await desk.save([Account(name="acme")])
    assert len(client.calls) == 2


async def test_untested_is_the_operators_word(desk: Records, client: Client) -> None:
    client.says = "it sulks"
    await desk.save([HOOKED], untested=True)
    assert not client.calls
    assert (await desk.load()).accounts["acme"].status_webhook == HOOK


async def test_one_that_cannot_be_is_not_even_called(desk: Records, client: Client) -> None:
    wrong = StatusWebhook(url="https://client.example/[NOTHING]")
    with pytest.raises(BadRecord, match="is no placeholder"):
        await desk.save([Account(name="acme", status_webhook=wrong)])
    assert not client.calls
