"""Which way: the subject that rules see, the first match and its target, another way where one refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chappe.domain.link import Health
from chappe.domain.network import Network
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.routing import Condition, Route, Subject, Target
from chappe.pipeline.route import Way, other_way, subject_of, way_for
from chappe.pipeline.validate import content_of
from unit.pipeline.rig import ACCOUNT, BOTH_WAYS, Dice, ask, directory_of

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


def up(_connector: str) -> Health:
    return Health.UP


def subject(*routes: Route, **given: object) -> Subject:
    asked = ask(tags=("vip",), **given)
    content = content_of(ACCOUNT, asked)
    assert not isinstance(content, Refusal)
    directory = directory_of(ACCOUNT, Network(code="20404", prefixes=("316",)), *routes)
    return subject_of(directory, ACCOUNT, "Acme", asked, content)


def test_what_rules_see_of_a_message() -> None:
    found = subject()
    assert found == Subject("acme", "g", "Acme", "31612345678", "20404", "", ("vip",))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"text": "hello"}, "hello"),
        ({"octets": b"\x00h\x00i", "data_coding": 8}, "hi"),
        ({"octets": b"\x05\x00\x03\x01\x02\x01hi", "udhi": True}, ""),
    ],
)
def test_the_text_is_made_readable_only_if_a_rule_wants_it(given: dict[str, object], text: str) -> None:
    about_text = Route(name="r", condition=Condition(text="x"), targets=(Target(connector="op"),))
    assert subject(about_text, **given).text == text
    assert subject(**given).text == ""


def test_the_first_match_decides() -> None:
    first = Route(name="a", order=2, condition=Condition(tags=("vip",)), targets=(Target(connector="one"),))
    second = Route(name="b", order=1, targets=(Target(connector="two"),))
    directory = directory_of(first, second)
    assert way_for(directory, Subject(tags=("vip",)), NOON, up, Dice()) == Way(first, "one")
    assert way_for(directory, Subject(), NOON, up, Dice()) == Way(second, "two")


def test_a_first_match_without_a_usable_target_does_not_fall_to_the_next_rule() -> None:
    first = Route(name="a", order=2, targets=(Target(connector="one"),), wait_when_down=False)
    directory = directory_of(first, Route(name="b", targets=(Target(connector="two"),)))
    found = way_for(
        directory, Subject(), NOON, lambda name: Health.DOWN if name == "one" else Health.UP, Dice()
    )
    assert isinstance(found, Refusal)
    assert (found.reason, found.about) == (Reason.NO_CONNECTOR, "a")


def test_no_match_is_refused() -> None:
    found = way_for(directory_of(), Subject(destination="31"), NOON, up, Dice())
    assert isinstance(found, Refusal)
    assert (found.reason, found.about) == (Reason.NO_ROUTE, "31")


@pytest.mark.parametrize(
    ("route", "avoid", "health", "other"),
    [
        (BOTH_WAYS, "op", {}, "spare"),
        (BOTH_WAYS, "spare", {}, "op"),
        (BOTH_WAYS, "op", {"spare": Health.SLOWED}, "spare"),
        (BOTH_WAYS, "op", {"spare": Health.DOWN}, None),
        (BOTH_WAYS, "op", {"spare": Health.OFF, "op": Health.DOWN}, None),
        (Route(name="all", targets=(Target(connector="op"),)), "op", {}, None),
        (Route(name="other", targets=BOTH_WAYS.targets), "op", {}, None),
    ],
)
def test_another_way(route: Route, avoid: str, health: dict[str, Health], other: str | None) -> None:
    found = other_way(directory_of(route), "all", avoid, lambda name: health.get(name, Health.UP), 0.5)
    assert found == other
