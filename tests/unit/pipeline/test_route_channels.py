"""Which way by channel: never another than the allowed ones, the first that is up, and the same for another attempt."""

from __future__ import annotations

import msgspec
import pytest

from chappe.domain.channel import Channel
from chappe.domain.extras import Extras
from chappe.domain.link import Health
from chappe.domain.message import Message
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.retry import Outcome
from chappe.domain.rich import RichContent, RichMessage
from chappe.domain.routing import Condition, Route, Target
from chappe.domain.state import State
from chappe.domain.submission import Accepted
from unit.pipeline.pushing import connectors, pushing
from unit.pipeline.rig import Rig, always, ask, rig

TALK = RichContent(conversation=(RichMessage(text="look"),))
MIXED = Route(
    name="all",
    targets=(
        Target(connector="op"),
        Target(connector="wa"),
        Target(connector="rcs1", priority=1),
        Target(connector="rcs2", priority=2),
    ),
)


def mixed(**given: object) -> Rig:
    return rig(*connectors(), msgspec.structs.replace(MIXED, **given))


async def went(house: Rig, *channels: str, **given: object) -> Message | Reason:
    rich = given.pop("rich", None)
    (answer,) = await house.answers(ask(extras=Extras(channels=channels, rich=rich), **given))  # type: ignore[arg-type]
    if isinstance(answer, Refusal):
        return answer.reason
    assert isinstance(answer, Accepted)
    return (await house.found(answer.message_id)).message


@pytest.mark.parametrize("channel", Channel)
async def test_each_channel_has_its_connector(channel: Channel) -> None:
    names = [each.value for each in Channel]
    house = rig(
        *(always(f"to-{name}", channel=name) for name in names),
        Route(name="all", targets=tuple(Target(connector=f"to-{name}") for name in names)),
    )
    found = await went(house, channel.value)
    assert isinstance(found, Message)
    assert found.connector == f"to-{channel.value}"


@pytest.mark.parametrize(
    ("channels", "down", "connector"),
    [
        (("sms",), (), "op"),
        (("whatsapp",), (), "wa"),
        # The order of the list says nothing, the rule's does.
        (("rcs", "whatsapp"), (), "wa"),
        (("rcs", "whatsapp"), ("wa",), "rcs1"),
        (("rcs",), ("rcs1",), "rcs2"),
        (("rcs", "sms"), ("op",), "rcs1"),
    ],
)
async def test_the_first_usable_of_those_allowed(
    channels: tuple[str, ...], down: tuple[str, ...], connector: str
) -> None:
    house = mixed()
    house.healths = dict.fromkeys(down, Health.DOWN)
    found = await went(house, *channels)
    assert isinstance(found, Message)
    assert found.connector == connector


@pytest.mark.row("001-152")
async def test_no_channel_that_is_not_allowed_is_ever_taken() -> None:
    house = mixed()
    assert await went(house, "push") is Reason.NO_CHANNEL
    house.healths = {"wa": Health.DOWN}
    found = await went(house, "whatsapp")
    assert isinstance(found, Message)
    assert found.connector == "wa"


@pytest.mark.row("001-153")
async def test_without_a_list_it_goes_as_it_is_routed() -> None:
    house = rig(*connectors(), Route(name="all", targets=(Target(connector="wa"),)))
    found = await went(house)
    assert isinstance(found, Message)
    assert found.connector == "wa"
    assert (await house.found(await house.accept())).message.connector == "wa"


async def test_where_the_rule_does_not_let_wait_it_is_refused() -> None:
    house = mixed(wait_when_down=False)
    house.healths = {"wa": Health.DOWN}
    assert await went(house, "whatsapp") is Reason.NO_CONNECTOR


async def test_the_first_rule_that_leads_there_decides_and_its_price_is_paid() -> None:
    house = await pushing()
    found = await went(house, "rcs", "whatsapp")
    assert isinstance(found, Message)
    assert (found.route, found.connector, found.charge) == ("rich", "wa", 2_000)


async def test_a_rule_whose_connectors_are_down_does_not_hold_up_one_that_is_up() -> None:
    house = await pushing()
    house.healths = {"pusher": Health.DOWN}
    found = await went(house, "push", "rcs")
    assert isinstance(found, Message)
    assert found.connector == "rcs1"


async def test_a_rule_that_does_not_match_is_none() -> None:
    elsewhere = Route(
        name="rich", condition=Condition(destination_prefixes=("99",)), targets=(Target(connector="wa"),)
    )
    house = rig(*connectors(), Route(name="all", targets=(Target(connector="op"),)), elsewhere)
    assert await went(house, "whatsapp") is Reason.NO_CHANNEL


@pytest.mark.parametrize("channels", [(), ("rcs", "sms"), ("rcs",)])
async def test_what_has_no_body_goes_where_its_conversation_is_shown(channels: tuple[str, ...]) -> None:
    house = mixed(targets=MIXED.targets[:1] + MIXED.targets[2:])
    found = await went(house, *channels, text="", rich=TALK)
    assert isinstance(found, Message)
    assert found.connector == "rcs1"
    assert found.extras is not None
    assert "sms" not in found.extras.channels


@pytest.mark.parametrize("channels", [("sms",), ("push", "voice")])
async def test_what_has_no_body_cannot_go_where_nothing_else_is_shown(channels: tuple[str, ...]) -> None:
    assert await went(mixed(), *channels, text="", rich=TALK) is Reason.BAD_TEXT


@pytest.mark.parametrize(
    ("outcome", "ends"),
    [
        (Outcome.REFUSED, State.SCHEDULED),
        (Outcome.DEFERRED, State.SCHEDULED),
        (Outcome.NOT_SENT, State.QUEUED),
    ],
)
@pytest.mark.parametrize(("channels", "other"), [(("rcs",), "rcs2"), (("whatsapp",), "wa")])
async def test_another_attempt_keeps_to_the_channels(
    outcome: Outcome, ends: State, channels: tuple[str, ...], other: str
) -> None:
    house = mixed()
    message_id = await house.accept(extras=Extras(channels=channels))
    first = (await house.standing(message_id)).connector
    await house.take(first)
    await house.end(message_id, outcome, connector=first)
    standing = await house.standing(message_id)
    if outcome is Outcome.REFUSED and other == "wa":
        assert standing.state is State.REJECTED
    else:
        assert (standing.state, standing.connector) == (ends, other)


async def test_a_plain_message_may_go_another_way_as_before() -> None:
    house = mixed()
    message_id = await house.accept()
    await house.take("op")
    await house.end(message_id, Outcome.REFUSED)
    assert (await house.standing(message_id)).connector == "wa"
