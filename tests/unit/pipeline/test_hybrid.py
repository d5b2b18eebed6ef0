"""Push first: when a message begins by push, when by SMS, what it pays and how long its push has."""

from __future__ import annotations

import msgspec
import pytest

from chappe.domain.app import Hybrid, MessageType
from chappe.domain.extras import Extras
from chappe.domain.link import Health
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.rich import RichContent, RichMessage
from chappe.domain.submission import Accepted
from unit.pipeline.pushing import KEY, by_app, pushing
from unit.pipeline.rig import START_MS, ask

DEFAULT, OTP, CRITICAL = MessageType.DEFAULT, MessageType.OTP, MessageType.CRITICAL
HOUR = 3_600_000


@pytest.mark.parametrize(
    ("kind", "hybrid", "expires"),
    [
        (None, Hybrid(DEFAULT, START_MS + HOUR, 0, ("sms",), "all"), START_MS + HOUR),
        (DEFAULT, Hybrid(DEFAULT, START_MS + HOUR, 0, ("sms",), "all"), START_MS + HOUR),
        (CRITICAL, Hybrid(CRITICAL, START_MS + 300_000, 0, ("sms",), "all"), START_MS + 300_000),
        (OTP, Hybrid(OTP, START_MS + 30_000, START_MS + 30_000), START_MS + 30_000),
    ],
)
@pytest.mark.row("001-051")
async def test_by_push_where_the_number_has_a_device(
    kind: MessageType | None, hybrid: Hybrid, expires: int
) -> None:
    house = await pushing()
    message = (await house.found(await house.accept(extras=by_app(kind)))).message
    assert (message.connector, message.route, message.expires_ms) == ("pusher", "push", expires)
    assert message.extras is not None
    assert (message.extras.channels, message.extras.hybrid) == (("push",), hybrid)


@pytest.mark.parametrize("kind", [None, DEFAULT, OTP, CRITICAL])
@pytest.mark.row("001-174")
async def test_by_sms_where_the_number_has_no_device(kind: MessageType | None) -> None:
    house = await pushing(devices=0)
    message = (await house.found(await house.accept(extras=by_app(kind), expires_ms=START_MS + HOUR))).message
    assert (message.connector, message.route, message.expires_ms) == ("op", "all", START_MS + HOUR)
    assert message.extras is not None
    assert (message.extras.channels, message.extras.hybrid) == (("sms",), None)


async def test_by_sms_at_once_where_no_push_service_is_up_but_not_a_code_of_the_moment() -> None:
    house = await pushing()
    house.healths["pusher"] = Health.DOWN
    assert (await house.found(await house.accept(extras=by_app()))).message.connector == "op"
    assert (await house.found(await house.accept(extras=by_app(OTP)))).message.connector == "pusher"


async def test_a_push_pays_what_may_follow_it() -> None:
    house = await pushing()
    assert (await house.found(await house.accept(extras=by_app()))).message.charge == 10_000
    assert (await house.found(await house.accept(extras=by_app(OTP)))).message.charge == 1_000
    assert await house.balance() == 1_000_000 - 11_000


async def test_half_of_a_validity_is_left_for_what_follows() -> None:
    house = await pushing()
    message = (await house.found(await house.accept(extras=by_app(), expires_ms=START_MS + 60_000))).message
    assert message.extras is not None
    assert message.extras.hybrid is not None
    assert (message.expires_ms, message.extras.hybrid.expires_ms) == (START_MS + 30_000, START_MS + 60_000)


async def test_the_turn_of_a_push_begins_when_it_is_due() -> None:
    house = await pushing(type=CRITICAL, wait=60)
    message = (await house.found(await house.accept(extras=by_app(), due_ms=START_MS + HOUR))).message
    assert message.expires_ms == START_MS + HOUR + 60_000


@pytest.mark.parametrize(
    ("channels", "connector", "then"),
    [
        (("push", "sms"), "pusher", ("sms",)),
        (("sms",), "op", None),
        (("push", "rcs"), "pusher", ("rcs",)),
        (("rcs",), "rcs1", None),
    ],
)
async def test_allowed_channels_hold_for_the_push_and_for_what_follows(
    channels: tuple[str, ...], connector: str, then: tuple[str, ...] | None
) -> None:
    house = await pushing()
    message = (await house.found(await house.accept(extras=by_app(None, *channels)))).message
    assert message.connector == connector
    assert message.extras is not None
    hybrid = message.extras.hybrid
    assert (hybrid.channels if hybrid is not None else None) == then


async def test_push_alone_is_a_plain_push() -> None:
    house = await pushing()
    message = (await house.found(await house.accept(extras=by_app(None, "push")))).message
    assert (message.connector, message.expires_ms) == ("pusher", 0)
    assert message.extras is not None
    assert message.extras.hybrid is None


async def test_push_alone_without_a_device_is_refused() -> None:
    house = await pushing(devices=0)
    (answer,) = await house.answers(ask(extras=by_app(None, "push")))
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.NO_CHANNEL


@pytest.mark.parametrize("of_app", [{"account": "other"}, {"enabled": False}])
async def test_an_app_of_others_or_switched_off_is_none(of_app: dict[str, object]) -> None:
    house = await pushing(**of_app)
    (answer,) = await house.answers(ask(extras=by_app()))
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.BAD_APP


async def test_an_unknown_app_is_refused_and_one_in_capitals_is_known() -> None:
    house = await pushing()
    (unknown,) = await house.answers(ask(extras=Extras(app="22222222-2222-3333-4444-555555555555")))
    assert isinstance(unknown, Refusal)
    assert unknown.reason is Reason.BAD_APP
    message_id = await house.accept(extras=Extras(app=KEY.upper()))
    message = (await house.found(message_id)).message
    assert message.connector == "pusher"
    assert message.extras is not None
    assert message.extras.app == KEY


async def test_no_push_says_what_only_a_conversation_says() -> None:
    rich = RichContent(conversation=(RichMessage(text="look"),))
    house = await pushing()
    message_id = await house.accept(text="", extras=by_app(None, "push", "rcs", rich=rich))
    assert (await house.found(message_id)).message.connector == "rcs1"


async def test_where_no_route_follows_it_is_a_push_and_nothing_else() -> None:
    house = await pushing()
    message_id = await house.accept(extras=by_app(None, "push", "viber"))
    message = (await house.found(message_id)).message
    assert message.extras is not None
    assert (message.connector, message.charge, message.extras.hybrid) == ("pusher", 1_000, None)


async def test_many_at_once_are_looked_up_at_once() -> None:
    house = await pushing()
    other = msgspec.structs.replace(ask().destination, value="31600000000")
    asked = [ask(extras=by_app()), ask(), ask(extras=by_app(), destination=other)]
    answers = await house.answers(*asked)
    assert all(isinstance(answer, Accepted) for answer in answers)
    found = [(await house.found(answer.message_id)).message for answer in answers]  # type: ignore[union-attr]
    assert [message.connector for message in found] == ["pusher", "op", "op"]


async def test_an_estimate_knows_of_channels() -> None:
    house = await pushing()
    account = house.directory.accounts["acme"]
    estimated = house.submitting.estimate(account, ask(extras=Extras(channels=("rcs",))))
    assert not isinstance(estimated, Refusal)
    assert (estimated.route, estimated.price) == ("rich", 2_000)
    refused = house.submitting.estimate(account, ask(extras=Extras(channels=("viber",))))
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.NO_CHANNEL
