"""Batches: taken as a whole, spread in turn, told of one by one; what goes wrong in between loses and doubles nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from chappe.domain.account import Account
from chappe.domain.address import Address
from chappe.domain.batch import Batch, BatchLine, BatchProgress, BatchState, Recipient
from chappe.domain.message import Message, StoredMessage
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.report import BatchNotice
from chappe.domain.retry import Outcome
from chappe.domain.state import State
from chappe.domain.submission import Submission
from chappe.pipeline.batches import SLICE, Asked
from chappe.ports.batches import Unsent
from chappe.ports.store import StoreBusy
from chappe.stores.memory.store import MemoryStore
from unit.pipeline.rig import ACCOUNT, START_MS, Rig, ask, receipt, rig

GOOD, BAD = "http://client.example/good", "http://client.example/bad"
TEMPLATE = ask(destination=Address())


def lines(count: int, submission: Submission | None = TEMPLATE, refused: str = "") -> list[BatchLine]:
    return [BatchLine(Recipient(Address(f"316{n:08d}", 1, 1)), submission, refused) for n in range(count)]


async def taken(house: Rig, given: Sequence[BatchLine], account: Account = ACCOUNT, **more: Any) -> Batch:
    asked = Asked(
        lines=given, at_ms=START_MS, **{"callback": GOOD, "errback": BAD, "words": "jasmin.batch", **more}
    )
    found = await house.batches.take(account, "acme", "jasmin", asked)
    assert isinstance(found, Batch), found
    return found


async def spread(house: Rig) -> list[StoredMessage]:
    while (await house.batches.step()).done:
        pass
    return stored(house)


def stored(house: Rig) -> list[StoredMessage]:
    assert isinstance(house.store, MemoryStore)
    return [row.stored() for _, row in sorted(house.store._tables.messages.items())]


async def told(house: Rig, message_id: int) -> list[BatchNotice]:
    notices = [record.notice for record in await house.notices(message_id)]
    return [notice for notice in notices if isinstance(notice, BatchNotice)]


async def progress(house: Rig, batch: Batch) -> BatchProgress:
    found = await house.batches.find("acme", batch.id)
    assert isinstance(found, BatchProgress)
    return found


async def test_others_have_their_turn_while_a_batch_is_taken_and_spread() -> None:
    house = rig()
    batch = await taken(house, lines(3 * SLICE + 1))
    assert (batch.total, house.rested) == (3 * SLICE + 1, 4)
    assert house.woken == ["batches"]
    assert stored(house) == []
    assert (await house.batches.step()).done == 1
    assert len(stored(house)) == SLICE
    assert len(await spread(house)) == batch.total
    assert house.rested == 8
    assert house.woken.count("op") == 4
    assert house.meter.by_label["accepted", "jasmin"] == batch.total


async def test_small_batches_need_not_wait_for_a_large_one() -> None:
    house = rig()
    await taken(house, lines(3 * SLICE))
    small = await taken(house, lines(2))
    await house.batches.step()
    assert (await progress(house, small)).waiting == 0


async def test_each_message_is_what_its_line_said() -> None:
    house = rig()
    batch = await taken(
        house,
        [
            BatchLine(Recipient(Address("31612345678", 1, 1), "+31612345678"), ask(text="one", priority=2)),
            BatchLine(Recipient(Address("31612345679", 1, 1)), ask(text="two")),
        ],
    )
    one, two = await spread(house)
    assert (one.message.text, one.message.priority, one.message.reference) == ("one", 2, "+31612345678")
    assert (two.message.text, two.message.destination.value, two.message.reference) == (
        "two",
        "31612345679",
        "",
    )
    assert one.message.batch == two.message.batch == batch.mark


@pytest.mark.parametrize(
    ("account", "more", "reason"),
    [
        (Account(name="acme", may_send=False), {}, Reason.MAY_NOT_SEND),
        (ACCOUNT, {"callback": "http://10.0.0.1/"}, Reason.BAD_CALLBACK),
        (ACCOUNT, {"errback": "ftp://client.example/"}, Reason.BAD_CALLBACK),
        (ACCOUNT, {"due_ms": START_MS + 400 * 86_400_000}, Reason.BAD_SCHEDULE),
    ],
)
async def test_what_is_wrong_with_the_whole_refuses_the_whole(
    account: Account, more: dict[str, Any], reason: Reason
) -> None:
    house = rig()
    found = await house.batches.take(account, "acme", "jasmin", Asked(lines=lines(2), at_ms=START_MS, **more))
    assert isinstance(found, Refusal)
    assert found.reason is reason
    assert await spread(house) == []


async def test_a_message_that_was_sent_is_told_of_once() -> None:
    house = rig()
    await taken(house, lines(1))
    (one,) = await spread(house)
    await house.take()
    await house.end(one.message.id, Outcome.SENT, "A1")
    (notice,) = await told(house, one.message.id)
    assert (notice.state, notice.wish.target, notice.wish.method) == (State.SENT, GOOD, "GET")
    await house.receipts.accept([receipt("A1", State.UNDELIVERED)])
    assert await house.state(one.message.id) is State.UNDELIVERED
    # It was sent: what became of it then is told by receipts, to whom asked for them.
    assert await told(house, one.message.id) == [notice]


@pytest.mark.parametrize("callback", [GOOD, ""])
async def test_a_message_that_no_network_takes_is_told_of_as_such(callback: str) -> None:
    house = rig()
    await taken(house, lines(1), callback=callback)
    (one,) = await spread(house)
    await house.take()
    await house.end(one.message.id, Outcome.REFUSED, command_status=0x0B, error="ESME_RINVDSTADR")
    (notice,) = await told(house, one.message.id)
    assert (notice.state, notice.command_status, notice.wish.target) == (State.REJECTED, 0x0B, BAD)


async def test_nobody_is_told_who_gave_no_url() -> None:
    house = rig()
    await taken(house, [*lines(1), *lines(1, None, "no")], callback="", errback="")
    one, two = await spread(house)
    await house.take()
    await house.end(one.message.id, Outcome.SENT, "A1")
    assert await told(house, one.message.id) == await told(house, two.message.id) == []


async def test_a_refused_line_ends_as_it_begins() -> None:
    house = rig()
    batch = await taken(house, [*lines(1, None, "Error of the dialect"), *lines(1, ask(text="\ud800"))])
    first, second = await spread(house)
    assert {first.standing.state, second.standing.state} == {State.REJECTED}
    assert first.standing.error == "Error of the dialect"
    (of_dialect,), (of_rules,) = await told(house, first.message.id), await told(house, second.message.id)
    assert (of_dialect.sentence, of_dialect.reason) == ("Error of the dialect", "")
    assert (of_rules.sentence, of_rules.reason) == ("", Reason.BAD_TEXT.word)
    assert (await progress(house, batch)).states == {State.REJECTED: 2}
    assert house.meter.by_label["refused", "jasmin:rejected"] == 1
    assert house.meter.by_label["refused", "jasmin:bad_text"] == 1


async def test_an_account_that_is_gone_by_then_sends_nothing() -> None:
    house = rig()
    await taken(house, lines(2), due_ms=START_MS + 1_000)
    house.directory.accounts = {}  # type: ignore[assignment]
    house.clock.advance(1)
    assert {one.standing.state for one in await spread(house)} == {State.REJECTED}


async def test_a_charge_that_cannot_be_paid_ends_one_message_only() -> None:
    house = rig(Account(name="acme", charged=True))
    await house.pay_in(25_000)
    await taken(house, lines(4))
    states = [one.standing.state for one in await spread(house)]
    assert states.count(State.QUEUED) == 2
    assert states.count(State.REJECTED) == 2
    assert await house.balance() == 5_000
    assert house.meter.by_label["refused", "jasmin:no_balance"] == 2


class Full(MemoryStore):
    """A store whose disk is full for so many calls."""

    refuses = 0

    async def take_slice(
        self, number: int, messages: Sequence[Message], unsent: Sequence[Unsent], at_ms: int
    ) -> list[int] | None:
        if self.refuses:
            self.refuses -= 1
            raise StoreBusy("the disk is full")
        return await super().take_slice(number, messages, unsent, at_ms)


async def test_a_slice_that_cannot_be_written_waits_and_keeps_its_pace() -> None:
    store = Full()
    house = rig(Account(name="acme", throughput=10.0), store=store)
    await taken(house, lines(3))
    store.refuses = 5
    for _ in range(5):
        assert (await house.batches.step()).done == 0
    assert [max(one.message.due_ms - START_MS, 0) for one in await spread(house)] == [0, 100, 200]


async def test_batches_of_one_account_share_its_rate() -> None:
    house = rig(Account(name="acme", http_throughput=10.0))
    await taken(house, lines(2))
    await taken(house, lines(2))
    due = [max(one.message.due_ms - START_MS, 0) for one in await spread(house)]
    assert sorted(due) == [0, 100, 200, 300]


async def test_a_crash_between_slices_loses_and_doubles_nothing() -> None:
    house = rig()
    await taken(house, lines(2 * SLICE + 5))
    await house.batches.step()
    await house.crash()
    numbers = [one.message.destination.value for one in await spread(house)]
    assert sorted(numbers) == [f"316{n:08d}" for n in range(2 * SLICE + 5)]


async def test_cancelling_spares_what_was_sent() -> None:
    house = rig()
    batch = await taken(house, lines(SLICE + 3))
    await house.batches.step()
    (flying,) = await house.take(limit=1)
    found = await house.batches.cancel("acme", batch.id)
    assert isinstance(found, BatchProgress)
    assert found.state is BatchState.CANCELLING
    await spread(house)
    assert (await progress(house, batch)).state is BatchState.CANCELLING
    await house.end(flying.message.id, Outcome.SENT, "A1")
    await spread(house)
    over = await progress(house, batch)
    assert (over.state, over.waiting) == (BatchState.CANCELLED, 0)
    assert over.states == {State.SENT: 1, State.CANCELLED: SLICE + 2}
    notices = [await told(house, one.message.id) for one in stored(house)]
    assert sorted(notice.wish.target for (notice,) in notices) == [BAD] * (SLICE + 2) + [GOOD]


async def test_cancelling_again_and_too_late() -> None:
    house = rig()
    batch = await taken(house, lines(1))
    (one,) = await spread(house)
    await house.take()
    await house.end(one.message.id, Outcome.SENT, "A1")
    late = await house.batches.cancel("acme", batch.id)
    assert isinstance(late, Refusal)
    assert late.reason is Reason.TOO_LATE
    other = await taken(house, lines(1))
    for _ in range(2):
        assert isinstance(await house.batches.cancel("acme", other.id), BatchProgress)
    stranger = await house.batches.cancel("rich", other.id)
    assert isinstance(stranger, Refusal)
    assert stranger.reason is Reason.NOT_FOUND


async def test_charges_of_what_is_cancelled_come_back() -> None:
    house = rig(Account(name="acme", charged=True))
    await house.pay_in(100_000)
    batch = await taken(house, lines(5))
    await spread(house)
    assert await house.balance() == 50_000
    await house.batches.cancel("acme", batch.id)
    await spread(house)
    assert await house.balance() == 100_000
