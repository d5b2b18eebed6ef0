"""The core that a dialect is handed: one value that cannot be changed, and nothing behind it but the middle."""

import dataclasses

import pytest

from chappe.dialect_kit.core import Core
from chappe.domain.submission import Accepted
from unit.dialect_kit.serving import core_of, house_of
from unit.pipeline.rig import ask


def test_a_core_cannot_be_changed() -> None:
    core = core_of(house_of())
    with pytest.raises(dataclasses.FrozenInstanceError):
        core.meter = None  # type: ignore[misc,assignment]


def test_every_part_must_be_given_by_name() -> None:
    with pytest.raises(TypeError):
        Core(None)  # type: ignore[call-arg,misc]


async def test_its_use_cases_see_one_directory_and_one_store() -> None:
    house = house_of()
    core = core_of(house)
    login = await core.authenticator.login("acme", "right", "198.51.100.7", core.clock.monotonic())
    (answer,) = await core.submit.submit(login.account, "acme", "plain", [ask()])
    assert isinstance(answer, Accepted)
    found = await core.query.find("acme", answer.message_id)
    assert (await house.found(answer.message_id)) == found
    assert await core.ledger.balances(["acme"]) == [0]
