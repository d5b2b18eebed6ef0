"""Who is let in, by a reception whose guests are records."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from chappe.dialects.smpp.lanes import Handing
from chappe.dialects.smpp.reception import Reception
from chappe.dialects.smpp.settings import ServerSettings
from chappe.domain.account import Account
from chappe.domain.refusal import Reason
from chappe.pipeline.authenticate import Login
from chappe.ports.directory import Kind
from dialects.smpp.core_under_test import House, credential
from dialects.smpp.esme import soon


@dataclass(eq=False)
class Visitor:
    """A session without a socket; also an ear."""

    peer: str = "192.0.2.1"
    login: Login | None = None
    room: int = 1
    capacity: int = 1

    def deliver(self, handing: Handing) -> None:
        raise AssertionError(handing)

    def end(self, *, revoked: bool = False) -> None:
        raise AssertionError(revoked)

    def cut(self) -> None:
        raise AssertionError


def login_of(house: House, username: str) -> Login:
    known = house.directory.credentials[username]
    return Login(house.directory.accounts[known.account], known)


def reception(house: House | None = None, **settings: Any) -> Reception:
    house = house or House()
    return Reception(house.core, ServerSettings(**settings), house.notifier)


async def test_connections_are_counted_in_all_and_by_address() -> None:
    house = House()
    desk = reception(house, connections=3, connections_per_address=2)
    assert desk.nobody.is_set()
    first, second, third, other, last = (
        Visitor(),
        Visitor(),
        Visitor(),
        Visitor("192.0.2.2"),
        Visitor("192.0.2.3"),
    )
    assert desk.enter(first)
    assert desk.enter(second)
    assert not desk.enter(third)
    assert desk.enter(other)
    assert not desk.enter(last)
    assert house.meter.of("smpp_refused_connections") == 2
    assert not desk.nobody.is_set()
    desk.leave(third)
    desk.leave(first)
    assert desk.enter(third)
    for guest in (second, third, other, other):
        desk.leave(guest)
    assert desk.nobody.is_set()
    assert desk.guests == ()


async def test_nobody_comes_in_or_binds_while_it_closes() -> None:
    house = House()
    desk = reception(house)
    desk.closing = True
    assert not desk.enter(Visitor())
    refusal = desk.admits(login_of(house, "acme"))
    assert refusal is not None
    assert refusal.reason is Reason.INTERNAL


async def test_binds_of_an_account_are_counted_over_its_logins() -> None:
    house = House()
    house.change(Kind.ACCOUNT, "acme", Account(name="acme", max_binds=2))
    desk = reception(house)
    for username in ("acme", "acme2"):
        login = login_of(house, username)
        assert desk.admits(login) is None
        desk.enter(Visitor(login=login))
    desk.enter(Visitor(login=login_of(house, "other")))
    desk.enter(Visitor())
    assert desk.binds("acme") == 2
    refusal = desk.admits(login_of(house, "acme"))
    assert refusal is not None
    assert refusal.reason is Reason.TOO_MANY_BINDS
    assert desk.admits(login_of(house, "other")) is None


async def test_an_account_that_may_not_bind_does_not() -> None:
    house = House()
    refusal = reception(house).admits(login_of(house, "unbindable"))
    assert refusal is not None
    assert refusal.reason is Reason.MAY_NOT_BIND


@pytest.mark.parametrize(
    ("kind", "key", "record"),
    [
        (Kind.CREDENTIAL, "acme", None),
        (Kind.CREDENTIAL, "acme", credential("acme", "acme", enabled=False)),
        (Kind.CREDENTIAL, "acme", credential("acme", "acme", version=2)),
        (Kind.CREDENTIAL, "acme", credential("acme", "acme", secret_hash="another")),
        (Kind.CREDENTIAL, "acme", credential("acme", "other")),
        (Kind.CREDENTIAL, "acme", credential("acme", "acme", allow=("198.51.100.0/24",))),
        (Kind.ACCOUNT, "acme", None),
        (Kind.ACCOUNT, "acme", Account(name="acme", enabled=False)),
        (Kind.ACCOUNT, "acme", Account(name="acme", may_bind=False)),
        (Kind.ACCOUNT, "acme", Account(name="acme", allow=("198.51.100.0/24",))),
    ],
)
async def test_a_login_is_good_until_something_about_it_changes(kind: Kind, key: str, record: object) -> None:
    house = House()
    desk = reception(house)
    login = login_of(house, "acme")
    house.change(Kind.ACCOUNT, "acme", msgspec.structs.replace(login.account, throughput=5.0, smpp_window=7))
    assert desk.is_good(login, "192.0.2.1")
    house.change(kind, key, record)
    assert not desk.is_good(login, "192.0.2.1")


async def test_a_lane_is_there_while_somebody_is() -> None:
    desk = reception()
    one, two = Visitor(), Visitor()
    lane = desk.join("acme", one)
    assert desk.join("acme", two) is lane
    assert list(desk.lanes) == ["smpp:acme"]
    lane.leave(one)
    assert desk.lanes
    lane.leave(two)
    assert desk.lanes == {}
    assert desk.join("acme", one) is not lane


async def test_a_fault_in_a_task_is_told_to_whoever_watches_the_loop() -> None:
    desk = reception()
    told: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.set_result(context))

    async def fail() -> None:
        raise RuntimeError("bug")

    task = desk.spawn(fail(), "smpp requests")
    assert task in desk.tasks
    context = await soon(told)
    assert str(context["exception"]) == "bug"
    assert context["message"] == "smpp requests failed"
    assert not desk.tasks


async def test_a_task_that_is_cancelled_is_no_fault() -> None:
    desk = reception()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: pytest.fail(str(context)))
    task = desk.spawn(asyncio.Event().wait(), "smpp requests")  # type: ignore[arg-type]
    task.cancel()
    await asyncio.wait((task,))
    assert not desk.tasks
