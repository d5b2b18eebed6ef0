"""Why a message would go where it would go: it always agrees with what acceptance does."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.domain.account import Account
from chappe.domain.address import Address
from chappe.domain.link import Health
from chappe.domain.network import Network
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.routing import Condition, Route, Target
from chappe.domain.submission import Accepted
from chappe.pipeline.explain import Explanation, RuleTold, explain
from unit.pipeline.rig import START_MS, Rig, ask, rig

ROUTES = (
    Route(name="otp", order=9, condition=Condition(text=r".*code \d"), targets=(Target(connector="op"),)),
    Route(
        name="dutch", order=5, condition=Condition(networks=("20404",)), targets=(Target(connector="spare"),)
    ),
    Route(name="named", order=4, condition=Condition(sender="Acme$"), targets=(Target(connector="op"),)),
    Route(name="all", targets=(Target(connector="op"), Target(connector="spare"))),
)


def house() -> Rig:
    return rig(Network(code="20404", prefixes=("316",)), *ROUTES)


def told(of: Rig, account: Account | None = None, **given: Any) -> Explanation | Refusal:
    return explain(
        of.directory,
        account or of.directory.accounts["acme"],
        ask(**given),
        now_ms=of.clock.ms,
        health=of.health,
        chance=of.chance(),
    )


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"text": "your code 1"},
        {"octets": b"code 1"},
        {"destination": Address("44", 1, 1)},
        {"destination": Address("44", 1, 1), "source": Address("Acme", 5, 0)},
        {"destination": Address("44", 1, 1), "source": None},
        {"destination": Address("44", 1, 1), "source": Address()},
    ],
)
async def test_it_says_what_acceptance_does(given: dict[str, Any]) -> None:
    of = house()
    found = told(of, **given)
    assert isinstance(found, Explanation)
    (answer,) = await of.answers(ask(**given))
    assert isinstance(answer, Accepted)
    stored = (await of.found(answer.message_id)).message
    assert [rule.route for rule in found.rules if rule.taken] == [stored.route]
    assert found.connector == stored.connector
    assert found.refusal == ""


def test_every_rule_is_told_in_order_with_its_reason() -> None:
    found = told(house())
    assert isinstance(found, Explanation)
    assert found.network == "20404"
    assert found.rules == (
        RuleTold("otp", 9, matches=False, taken=False, why=r"text does not match .*code \d"),
        RuleTold("dutch", 5, matches=True, taken=True, why=""),
        RuleTold("named", 4, matches=False, taken=False, why="sender 'Chappe' does not match Acme$"),
        RuleTold("all", 0, matches=True, taken=False, why=""),
    )


def test_no_usable_connector_is_told() -> None:
    of = rig(Route(name="all", targets=(Target(connector="op"),), wait_when_down=False))
    of.healths["op"] = Health.DOWN
    found = told(of)
    assert isinstance(found, Explanation)
    assert (found.connector, found.refusal) == ("", "no connector of route all is up")
    assert [rule.taken for rule in found.rules] == [True]


@pytest.mark.parametrize(
    ("account", "given", "reason"),
    [
        (Account(name="acme", max_parts=1), {"text": "x" * 200}, Reason.TOO_MANY_PARTS),
        (Account(name="acme", default_sender="much too long for one"), {"source": None}, Reason.BAD_SENDER),
    ],
)
def test_what_never_gets_to_the_rules_is_refused(
    account: Account, given: dict[str, Any], reason: Reason
) -> None:
    found = told(house(), account, **given)
    assert isinstance(found, Refusal)
    assert found.reason is reason


def test_explaining_changes_nothing() -> None:
    of = house()
    told(of)
    assert (of.woken, of.clock.ms, of.meter.by_name) == ([], START_MS, {})
