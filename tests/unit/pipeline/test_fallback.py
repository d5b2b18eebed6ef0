"""From push to SMS: by each message type's rule, once, marked where the subscriber may see it twice, also after a crash."""

from __future__ import annotations

import pytest

from chappe.domain.account import Account
from chappe.domain.app import Device, MessageType
from chappe.domain.link import Health
from chappe.domain.receipt import READ, Receipt
from chappe.domain.report import ReportOn
from chappe.domain.retry import Outcome
from chappe.domain.state import State
from chappe.pipeline.fallback import NOT_TRIED, UNREAD, UNTOLD
from unit.pipeline.pushing import KEY, SMS_ROUTE, by_app, pushing
from unit.pipeline.rig import START_MS, SUBSCRIBER, WEBHOOK, Rig, receipt

DEFAULT, OTP, CRITICAL = MessageType.DEFAULT, MessageType.OTP, MessageType.CRITICAL
LONG = "x" * 300


def of_push(state: State | None = State.DELIVERED, word: str = "", **given: object) -> Receipt:
    told = receipt("P1", state, group="apns", connector="pusher", more=True, **given)
    return (
        told
        if not word
        else receipt("P1", state, group="apns", connector="pusher", more=True, word=word, **given)
    )


async def pushed(house: Rig, kind: MessageType = DEFAULT, **given: object) -> int:
    """A message that the push service took."""
    message_id = await house.accept(extras=by_app(kind), report=WEBHOOK, **given)
    (going,) = await house.take("pusher")
    assert going.push is not None
    assert [device.token for device in going.push.devices] == ["token-0"]
    assert going.push.app.key == KEY
    await house.end(message_id, Outcome.SENT, "P1", connector="pusher")
    assert await house.state(message_id) is State.SENT
    return message_id


async def by_sms(house: Rig, message_id: int) -> None:
    """The message goes out by SMS now, and is delivered."""
    standing = await house.standing(message_id)
    assert (standing.state, standing.connector) == (State.SCHEDULED, "op")
    assert await house.release.due() == {"op": 1}
    (going,) = await house.take("op")
    assert (going.message.id, going.push, going.done) == (message_id, None, ())
    parts = [f"S{number}" for number in range(1, going.message.parts + 1)]
    await house.end(message_id, Outcome.SENT, *parts)
    await house.receipts.accept([receipt(part) for part in parts])
    assert await house.state(message_id) is State.DELIVERED


async def no_fallback(house: Rig, seconds: float = 10**6) -> None:
    """Time passes, and nothing goes out."""
    house.clock.advance(seconds)
    await house.expire.waiting()
    await house.expire.unreceipted()
    assert await house.release.due() == {}
    assert await house.take("op") == []


@pytest.mark.parametrize("kind", [DEFAULT, OTP])
async def test_a_delivered_push_is_the_end(kind: MessageType) -> None:
    house = await pushing()
    message_id = await pushed(house, kind)
    await house.receipts.accept([of_push()])
    assert await house.state(message_id) is State.DELIVERED
    assert await house.events(message_id) == [
        (ReportOn.SMSC, State.SENT),
        (ReportOn.SUCCESS, State.DELIVERED),
    ]
    await no_fallback(house)


@pytest.mark.parametrize("text", ["hello", LONG])
@pytest.mark.parametrize("kind", [DEFAULT, CRITICAL])
async def test_a_push_that_fails_goes_by_sms_once_and_unmarked(kind: MessageType, text: str) -> None:
    house = await pushing()
    message_id = await pushed(house, kind, text=text)
    await house.receipts.accept([of_push(State.UNDELIVERED), of_push(State.UNDELIVERED)])
    assert await house.state(message_id) is State.SENT
    assert house.expire.hurries
    assert (await house.expire.unreceipted())[0] == 1
    assert (await house.standing(message_id)).possible_duplicate == ""
    await by_sms(house, message_id)
    await no_fallback(house)
    final = [event for event in await house.events(message_id) if event[0] is not ReportOn.SMSC]
    assert final == [(ReportOn.SUCCESS, State.DELIVERED)]
    (note,) = await house.notes(message_id)
    assert (note.note.what, note.note.connector) == ("fallback", "pusher")


async def test_a_push_of_which_nothing_is_told_goes_by_sms_and_is_marked() -> None:
    house = await pushing()
    message_id = await pushed(house)
    house.clock.advance(3_599)
    assert await house.expire.unreceipted() == (0, set())
    house.clock.advance(1)
    await house.expire.unreceipted()
    assert (await house.standing(message_id)).possible_duplicate == UNTOLD
    # What comes late of the push says nothing about what follows it.
    await house.receipts.accept([of_push(State.UNDELIVERED)])
    assert await house.state(message_id) is State.SCHEDULED
    await by_sms(house, message_id)


@pytest.mark.row("001-051")
async def test_a_critical_push_that_nobody_reads_goes_by_sms_and_is_marked() -> None:
    house = await pushing()
    message_id = await pushed(house, CRITICAL)
    await house.receipts.accept([of_push()])
    assert await house.state(message_id) is State.SENT
    house.clock.advance(300)
    await house.expire.unreceipted()
    assert (await house.standing(message_id)).possible_duplicate == UNREAD
    await by_sms(house, message_id)


@pytest.mark.parametrize("together", [True, False])
async def test_a_critical_push_that_is_read_is_the_end(*, together: bool) -> None:
    house = await pushing()
    message_id = await pushed(house, CRITICAL)
    told = [of_push(), of_push(None, READ)]
    for batch in [told] if together else [[one] for one in told]:
        await house.receipts.accept(batch)
    assert await house.state(message_id) is State.DELIVERED
    assert (ReportOn.SUCCESS, State.DELIVERED) in await house.events(message_id)
    assert (ReportOn.INTERMEDIATE, State.DELIVERED) in await house.events(message_id)
    await no_fallback(house)


async def test_a_code_of_the_moment_ends_with_its_moment() -> None:
    house = await pushing()
    message_id = await pushed(house, OTP)
    house.clock.advance(30)
    await house.expire.unreceipted()
    assert await house.state(message_id) is State.EXPIRED
    await no_fallback(house)


async def test_a_code_of_the_moment_that_fails_does_not_go_by_sms() -> None:
    house = await pushing()
    message_id = await pushed(house, OTP)
    await house.receipts.accept([of_push(State.UNDELIVERED)])
    assert await house.state(message_id) is State.UNDELIVERED
    await no_fallback(house)


@pytest.mark.parametrize("kind", [DEFAULT, CRITICAL])
@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.UNFIT])
async def test_a_push_that_is_refused_goes_by_sms_at_once(kind: MessageType, outcome: Outcome) -> None:
    house = await pushing()
    message_id = await house.accept(extras=by_app(kind))
    await house.take("pusher")
    await house.end(message_id, outcome, connector="pusher", detail="no device")
    assert (await house.standing(message_id)).possible_duplicate == ""
    await by_sms(house, message_id)
    assert house.meter.by_label["push_fallbacks", outcome.value] == 1


async def test_a_link_that_went_down_sends_it_by_sms() -> None:
    house = await pushing()
    message_id = await house.accept(extras=by_app())
    await house.take("pusher")
    await house.end(message_id, Outcome.NOT_SENT, connector="pusher")
    await by_sms(house, message_id)


async def test_a_code_of_the_moment_waits_for_the_link() -> None:
    house = await pushing()
    message_id = await house.accept(extras=by_app(OTP))
    await house.take("pusher")
    await house.end(message_id, Outcome.NOT_SENT, connector="pusher")
    assert await house.state(message_id) is State.QUEUED


async def test_attempts_that_stay_unanswered_end_in_a_marked_sms_with_attempts_of_its_own() -> None:
    house = await pushing()
    message_id = await house.accept(extras=by_app())
    for _ in range(2):
        await house.take("pusher")
        await house.end(message_id, Outcome.UNKNOWN, connector="pusher", detail="no answer")
        house.clock.advance(30)
        await house.release.due()
    standing = await house.standing(message_id)
    assert (standing.connector, standing.attempts) == ("op", 2)
    assert standing.possible_duplicate == "no answer"
    await house.take("op")
    await house.end(message_id, Outcome.DEFERRED)
    assert (await house.standing(message_id)).state is State.SCHEDULED


async def test_an_answer_that_comes_when_the_turn_is_over_does_not_stop_the_sms() -> None:
    house = await pushing()
    message_id = await house.accept(extras=by_app())
    await house.take("pusher")
    await house.end(message_id, Outcome.UNKNOWN, connector="pusher")
    house.clock.advance(3_600)
    await house.expire.waiting()
    await house.end(message_id, Outcome.SENT, "P1", connector="pusher")
    await by_sms(house, message_id)


async def test_a_late_answer_within_the_turn_is_the_push() -> None:
    house = await pushing()
    message_id = await house.accept(extras=by_app())
    await house.take("pusher")
    await house.end(message_id, Outcome.UNKNOWN, connector="pusher")
    await house.end(message_id, Outcome.SENT, "P1", connector="pusher")
    assert await house.state(message_id) is State.SENT
    await house.receipts.accept([of_push()])
    assert await house.state(message_id) is State.DELIVERED


@pytest.mark.parametrize("claimed", [True, False])
async def test_one_that_could_not_be_pushed_in_its_time_goes_by_sms(*, claimed: bool) -> None:
    house = await pushing()
    message_id = await house.accept(extras=by_app(CRITICAL), expires_ms=START_MS + 10**9)
    house.clock.advance(300)
    if claimed:
        assert await house.take("pusher") == []
    else:
        assert await house.expire.waiting() == (1, set())
    assert (await house.standing(message_id)).error == NOT_TRIED
    assert (await house.found(message_id)).message.expires_ms == START_MS + 10**9
    assert house.meter.by_name["expired"] == 0
    await by_sms(house, message_id)


async def test_a_validity_that_is_over_ends_it() -> None:
    house = await pushing()
    message_id = await pushed(house, expires_ms=START_MS + 60_000)
    house.clock.advance(60)
    await house.expire.unreceipted()
    assert await house.state(message_id) is State.UNKNOWN
    await no_fallback(house)


async def test_a_service_that_tells_nothing_is_believed() -> None:
    house = await pushing(silent=True)
    message_id = await pushed(house)
    await no_fallback(house)
    assert await house.state(message_id) is State.SENT


async def test_but_somebody_must_read_what_is_critical() -> None:
    house = await pushing(silent=True)
    message_id = await pushed(house, CRITICAL)
    house.clock.advance(300)
    await house.expire.unreceipted()
    await by_sms(house, message_id)


async def test_a_crash_forgets_nothing_of_it() -> None:
    house = await pushing()
    message_id = await pushed(house, CRITICAL)
    await house.crash()
    house.clock.advance(300)
    await house.expire.unreceipted()
    await house.crash()
    await by_sms(house, message_id)
    await no_fallback(house)


async def test_it_goes_by_what_is_up_and_waits_where_nothing_is() -> None:
    house = await pushing()
    first, second = await pushed(house), 0
    house.healths["op"] = Health.DOWN
    house.clock.advance(3_600)
    await house.expire.unreceipted()
    assert (await house.standing(first)).connector == "spare"
    house.healths = {"op": Health.UP, "spare": Health.UP}
    second = await pushed(house)
    house.healths = {"op": Health.OFF, "spare": Health.DOWN}
    house.clock.advance(3_600)
    await house.expire.unreceipted()
    assert (await house.standing(second)).connector == "spare"


async def test_where_its_rule_is_gone_it_ends() -> None:
    house = await pushing()
    message_id = await pushed(house)
    house.directory.routes.pop(SMS_ROUTE.name)
    house.clock.advance(3_600)
    await house.expire.unreceipted()
    assert await house.state(message_id) is State.UNKNOWN
    assert (ReportOn.FAILURE, State.UNKNOWN) in await house.events(message_id)


async def test_the_charge_is_taken_once() -> None:
    account = Account(name="acme", charged=True, early_percent=30, default_sender="Acme")
    house = await pushing(account)
    message_id = await pushed(house)
    await house.receipts.accept([of_push(State.UNDELIVERED)])
    await house.expire.unreceipted()
    await by_sms(house, message_id)
    (quota,) = await house.store.quotas(["acme"])
    assert (quota.amount, quota.reserved) == (990_000, 0)


async def test_a_device_that_went_meanwhile_is_not_pushed_to() -> None:
    house = await pushing()
    await house.accept(extras=by_app())
    assert await house.store.forget_device(KEY, "token-0")
    (going,) = await house.take("pusher")
    assert going.push is not None
    assert going.push.devices == ()


async def test_other_messages_are_given_no_devices() -> None:
    house = await pushing()
    await house.store.register_device(Device(KEY, SUBSCRIBER.value, "t", "", 1))
    await house.accept()
    (going,) = await house.take("op")
    assert going.push is None


async def test_without_apps_nothing_hurries() -> None:
    house = await pushing(enabled=True)
    house.directory.apps.clear()
    assert not house.expire.hurries
