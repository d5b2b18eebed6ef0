"""What is forgotten, when, by which setting; batch by batch."""

from __future__ import annotations

from chappe.domain.report import Delivery
from chappe.domain.retry import Outcome
from chappe.domain.state import State
from chappe.pipeline.pins import PinAsk, Pins, PinSent
from chappe.workers.retention import Retention
from unit.pipeline.rig import START_MS, WEBHOOK, Rig, ask, receipt, rig
from unit.workers.warp import Errors, LoopClock, at, warped

DAY = 86_400.0
_SENT = Outcome.SENT


def forgetting(text_days: float, record_days: float) -> tuple[Rig, Retention, Errors]:
    house, errors = rig(), Errors()
    house.clock = LoopClock()
    house.begin()
    retention = Retention(
        house.store,
        house.notify,
        house.clock,
        house.meter,
        text_days=text_days,
        record_days=record_days,
        on_error=errors,
    )
    return house, retention, errors


async def delivered(house: Rig, count: int = 1) -> list[int]:
    ids = [await house.accept() for _ in range(count)]
    while going := await house.take():
        for outgoing in going:
            await house.end(outgoing.message.id, _SENT, f"{outgoing.message.id:x}")
    await house.receipts.accept([receipt(f"{one:x}") for one in ids])
    return ids


async def texts(house: Rig, ids: list[int]) -> list[str | None]:
    return [found.message.text for found in await house.store.messages(ids) if found is not None]


@warped
async def test_texts_are_emptied_after_their_days_and_records_removed_after_theirs() -> None:
    house, retention, errors = forgetting(1, 2)
    ids = await delivered(house, 3)
    retention.start()
    await at(1 * DAY - 60)
    assert await texts(house, ids) == ["hello"] * 3
    await at(1 * DAY + 700)
    assert await texts(house, ids) == [None] * 3
    await at(2 * DAY - 60)
    assert len(await texts(house, ids)) == 3
    await at(2 * DAY + 700)
    await retention.stop()
    assert await texts(house, ids) == []
    assert house.meter.by_name["purged_records"] == 3
    assert errors.told == []


@warped
async def test_much_goes_in_batches_with_a_short_pause_between_them() -> None:
    house, retention, _ = forgetting(1, 0)
    ids = await delivered(house, 1_100)
    await at(1.5 * DAY)
    retention.start()
    await at(1.5 * DAY + 0.01)
    assert (await texts(house, ids)).count(None) == 500
    await at(1.5 * DAY + 0.06)
    assert (await texts(house, ids)).count(None) == 1_000
    await at(1.5 * DAY + 0.2)
    await retention.stop()
    assert (await texts(house, ids)).count(None) == 1_100


@warped
async def test_nought_days_keep_for_ever() -> None:
    house, retention, _ = forgetting(0, 0)
    ids = await delivered(house, 2)
    retention.start()
    await at(30 * DAY)
    await retention.stop()
    assert await texts(house, ids) == ["hello"] * 2


@warped
async def test_records_are_removed_by_their_own_setting_also_where_texts_are_kept() -> None:
    house, retention, _ = forgetting(0, 1)
    ids = await delivered(house, 700)
    retention.start()
    await at(1 * DAY + 700)
    await retention.stop()
    assert await texts(house, ids) == []


@warped
async def test_what_was_still_open_is_looked_at_again_the_next_day() -> None:
    house, retention, _ = forgetting(1, 0)
    open_one = await house.accept(due_ms=START_MS + int(1.6 * DAY) * 1000)
    (done,) = await delivered(house)
    assert open_one < done
    retention.start()
    await at(1.5 * DAY)
    assert await texts(house, [open_one, done]) == ["hello", None]
    await at(1.7 * DAY)
    await house.release.due()
    await house.take()
    await house.end(open_one, _SENT, "late")
    assert await house.state(open_one) is State.SENT
    await at(1.9 * DAY)
    assert await texts(house, [open_one, done]) == ["hello", None]
    await at(2.6 * DAY)
    await retention.stop()
    assert await texts(house, [open_one, done]) == [None, None]


@warped
async def test_a_notice_kept_for_a_week_is_given_up_whatever_the_days() -> None:
    house, retention, _ = forgetting(0, 0)
    message_id = await house.sent(report=WEBHOOK)
    retention.start()
    await at(6.9 * DAY)
    assert await house.store.owed_count() == 1
    await at(7.1 * DAY)
    await retention.stop()
    assert await house.store.owed_count() == 0
    (found,) = await house.notices(message_id)
    assert found.delivery is Delivery.GIVEN_UP


@warped
async def test_trouble_is_told_and_waited_out_for_a_minute() -> None:
    house, retention, errors = forgetting(1, 0)
    ids = await delivered(house)
    whole = house.store.purge_texts

    async def failing(*_: object) -> int:
        raise OSError("no disk")

    house.store.purge_texts = failing
    await at(2 * DAY)
    retention.start()
    await at(2 * DAY + 150)
    assert errors.told == [("retention", "OSError: no disk")] * 3
    house.store.purge_texts = whole
    await at(2 * DAY + 200)
    await retention.stop()
    assert await texts(house, ids) == [None]


@warped
async def test_the_text_of_a_pin_goes_when_its_time_is_over_whatever_the_days() -> None:
    house, retention, errors = forgetting(0, 0)
    pins = Pins(
        store=house.store,
        submit=house.submitting,
        key=b"p" * 32,
        digits=lambda length: "8465479013"[:length],
        clock=house.clock,
        meter=house.meter,
    )
    account = house.directory.accounts["acme"]
    sent = await pins.send(account, "acme", "messangi", PinAsk(ask(text="code {PIN}"), 6))
    assert isinstance(sent, PinSent)
    await house.take()
    await house.end(sent.message_id, _SENT, "1")
    others = await delivered(house)
    retention.start()
    await at(599)
    assert await texts(house, [sent.message_id]) == ["code 846547"]
    await at(600 + 301)
    assert await texts(house, [sent.message_id, *others]) == [None, "hello"]
    await retention.stop()
    assert errors.told == []
