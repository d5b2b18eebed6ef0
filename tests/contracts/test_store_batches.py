"""The store's contract: batches are taken whole, spread a slice a commit, counted, cancelled and forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.domain.address import Address
from chappe.domain.batch import Batch, BatchState, Mailing, Recipient
from chappe.domain.message import Message, Transition
from chappe.domain.report import BatchMark, BatchNotice, ReportOn, ReportWish, Way
from chappe.domain.state import WAITING, State, bits
from chappe.domain.submission import Submission
from chappe.ports.batches import Unsent
from chappe.ports.ledger import LedgerEntry
from chappe.ports.store import Store
from making import NOW, final, message, new_id, notice, sent

URL = "http://client.example/bad"


def batch(total: int = 2, **given: Any) -> Batch:
    mark = BatchMark(given.pop("id", 0) or new_id(), "jasmin.batch", "http://client.example/good", URL)
    fields = {
        "account": "acme",
        "user": "acme",
        "dialect": "jasmin",
        "created_ms": NOW,
        "due_ms": 0,
        "total": total,
    }
    return Batch(mark, **{**fields, **given})


def mailing(*numbers: str, text: str = "x") -> Mailing:
    submission = Submission(destination=Address(), text=text, octets=None, tags=("a",))
    return Mailing(submission, "", [Recipient(Address(number, 1, 1), f"+{number}") for number in numbers])


def of(one: Batch, **given: Any) -> Message:
    return message(batch=one.mark, **given)


def unsent(one: Batch, state: State = State.REJECTED, error: str = "no route") -> Unsent:
    ended = of(one, connector="", route="")
    told = BatchNotice(
        ended.id,
        "acme",
        ReportWish(Way.WEBHOOK, ReportOn.NOTHING, "jasmin.batch", URL, "GET"),
        one.id,
        "acme",
        "1",
        state,
        error=error,
        reason="no_route",
    )
    return Unsent(ended, state, error, (told,))


async def state_of(store: Store, one: Batch) -> BatchState:
    found = await store.batch(one.id)
    assert found is not None
    return found.state


async def only_slice(store: Store) -> int:
    (piece,) = await store.due_slices(NOW, 10)
    return piece.number


async def test_a_batch_comes_back_slice_by_slice_as_it_was(store: Store) -> None:
    one = batch(3)
    refused = Mailing(None, 'Error "é"', [Recipient(Address("abc"))])
    slices = [[mailing("1", "2"), refused], [mailing("3", text="y 😀")]]
    assert await store.open_batch(one, slices) == one
    (first,) = await store.due_slices(NOW, 10)
    assert (first.batch, first.state, first.mailings) == (one, BatchState.OPEN, slices[0])
    assert await store.take_slice(first.number, [], [], NOW) == []
    (second,) = await store.due_slices(NOW, 10)
    assert (second.number > first.number, second.mailings) == (True, slices[1])
    found = await store.batch(one.id)
    assert found is not None
    assert (found.batch, found.state, found.waiting, found.states) == (one, BatchState.OPEN, 1, {})
    assert await store.take_slice(second.number, [], [], NOW) == []
    assert await store.due_slices(NOW, 10) == []
    assert await state_of(store, one) is BatchState.SPREAD


async def test_a_batch_of_nothing_is_spread_at_once(store: Store) -> None:
    one = batch(0)
    await store.open_batch(one, [])
    assert await state_of(store, one) is BatchState.SPREAD
    assert await store.batch(new_id()) is None


async def test_a_key_belongs_to_one_batch_of_an_account(store: Store) -> None:
    one, again = batch(key="k"), batch(key="k")
    other, keyless, keyless_too = batch(key="k", account="b"), batch(), batch()
    assert await store.open_batch(one, [[mailing("1")]]) == one
    assert await store.open_batch(again, [[mailing("2")]]) == one
    for fresh in (other, keyless, keyless_too):
        assert await store.open_batch(fresh, [[mailing("3")]]) == fresh
    assert await store.batch(again.id) is None
    assert len(await store.due_slices(NOW, 10)) == 4


async def test_slices_come_when_they_are_due_one_of_each_batch(store: Store) -> None:
    late, early, now = batch(due_ms=NOW + 2), batch(due_ms=NOW + 1), batch()
    for each in (late, early, now):
        await store.open_batch(each, [[mailing("1")], [mailing("2")]])
    assert [piece.batch for piece in await store.due_slices(NOW, 10)] == [now]
    assert [piece.batch for piece in await store.due_slices(NOW + 2, 10)] == [now, early, late]
    assert [piece.batch for piece in await store.due_slices(NOW + 2, 2)] == [now, early]


async def test_a_slice_becomes_messages_and_notices_in_one_commit(store: Store) -> None:
    one = batch(3)
    await store.open_batch(one, [[mailing("1", "2", "3")]])
    queued, later, ended = of(one), of(one, due_ms=NOW + 5), unsent(one)
    number = await only_slice(store)
    assert await store.take_slice(number, [queued, later], [ended], NOW) == []
    found = await store.messages([queued.id, later.id, ended.message.id])
    assert [each and each.message for each in found] == [queued, later, ended.message]
    states = [each and each.standing.state for each in found]
    assert states == [State.QUEUED, State.SCHEDULED, State.REJECTED]
    assert found[2] is not None
    assert (found[2].standing.error, found[2].standing.final_ms) == ("no route", NOW)
    progress = await store.batch(one.id)
    assert progress is not None
    assert progress.states == {State.SCHEDULED: 1, State.QUEUED: 1, State.REJECTED: 1}
    assert dict(await store.depths()) == {"op": 1}
    assert [each.lane for each in await store.lanes()] == ["http://client.example"]
    (owed,) = await store.claim_notices("http://client.example", 9, NOW, NOW)
    assert (owed.notice,) == ended.owes
    # Whoever else had the slice finds it taken, and writes nothing.
    assert await store.take_slice(number, [of(one)], [unsent(one)], NOW) is None
    again = await store.batch(one.id)
    assert again is not None
    assert sum(again.states.values()) == 3


async def test_states_are_counted_as_they_change(store: Store) -> None:
    one = batch(2)
    await store.open_batch(one, [[mailing("1", "2")]])
    first, second = of(one), of(one)
    await store.take_slice(await only_slice(store), [first, second], [], NOW)
    await store.accept([message()])
    await store.claim("op", 3, 1, NOW)
    await store.move([sent(first, "1", due_ms=0), sent(second, "2", due_ms=0), final(second)])
    found = await store.batch(one.id)
    assert found is not None
    assert found.states == {State.SENT: 1, State.DELIVERED: 1}


async def test_what_cannot_be_paid_is_named_and_nothing_is_written(store: Store) -> None:
    assert await store.deposit(LedgerEntry("acme", NOW, 25, "")) is not None
    one = batch(3)
    await store.open_batch(one, [[mailing("1", "2", "3")]])
    messages = [of(one, charge=10) for _ in range(3)]
    number = await only_slice(store)
    assert await store.take_slice(number, messages, [unsent(one)], NOW) == [2]
    assert await store.messages([each.id for each in messages]) == [None] * 3
    assert await store.balances(["acme"]) == [25]
    assert await store.owed_count() == 0
    assert await store.take_slice(number, messages[:2], [unsent(one)], NOW) == []
    assert await store.balances(["acme"]) == [5]


async def cancelled(store: Store, limit: int = 10) -> list[int]:
    found = await store.cancelling(limit)
    changes = [
        Transition(each.message.id, bits(WAITING), State.CANCELLED, NOW, refund=True) for each in found
    ]
    assert all(await store.move(changes))
    return [each.message.id for each in found]


async def test_a_cancelled_batch_gives_up_what_waits_and_ends_after_what_flies(store: Store) -> None:
    one, other = batch(4), batch(1)
    await store.open_batch(one, [[mailing("1", "2")], [mailing("3", "4")]])
    messages = [of(one), of(one), of(one, due_ms=NOW + 5)]
    await store.take_slice(await only_slice(store), messages, [], NOW)
    await store.open_batch(other, [[mailing("5")]])
    kept = of(other)
    await store.take_slice((await store.due_slices(NOW, 2))[1].number, [kept], [], NOW)
    await store.claim("op", 1, 1, NOW)
    assert await store.cancel_batch(one.id)
    assert not await store.cancel_batch(one.id)
    assert not await store.cancel_batch(new_id())
    # First its slices end, in the way of the pipeline; until then the rest of it waits.
    assert await store.cancelling(10) == []
    (piece,) = await store.due_slices(0, 10)
    assert (piece.state, piece.batch) == (BatchState.CANCELLING, one)
    await store.take_slice(piece.number, [], [unsent(one, State.CANCELLED)], NOW)
    ended = [*await cancelled(store, limit=1), *await cancelled(store, limit=1)]
    assert sorted(ended) == [messages[1].id, messages[2].id]
    assert await store.cancelling(10) == []
    assert await state_of(store, one) is BatchState.CANCELLING
    await store.move([sent(messages[0], "1", due_ms=0)])
    assert await store.cancelling(10) == []
    assert await state_of(store, one) is BatchState.CANCELLED
    assert await state_of(store, other) is BatchState.SPREAD
    (still,) = await store.messages([kept.id])
    assert still is not None
    assert still.standing.state is State.QUEUED


async def test_a_scheduled_batch_that_is_cancelled_is_due_at_once(store: Store) -> None:
    one = batch(due_ms=NOW + 86_400_000)
    await store.open_batch(one, [[mailing("1", "2")]])
    assert await store.due_slices(NOW, 10) == []
    await store.cancel_batch(one.id)
    assert [piece.state for piece in await store.due_slices(NOW, 10)] == [BatchState.CANCELLING]


@pytest.mark.parametrize("left", ["slices", "messages", "nothing"])
async def test_a_batch_is_forgotten_once_nothing_of_it_is_left(store: Store, left: str) -> None:
    one = batch(1)
    await store.open_batch(one, [[mailing("1")]])
    if left != "slices":
        messages = [of(one)] if left == "messages" else []
        await store.take_slice(await only_slice(store), messages, [], NOW)
    await store.purge_records(await store.newest_id() + 1, 10)
    assert (await store.batch(one.id) is None) is (left == "nothing")


async def test_the_newest_id_may_be_a_batch_s(store: Store) -> None:
    one = batch()
    await store.open_batch(one, [])
    assert await store.newest_id() == one.id


async def test_messages_of_no_batch_may_end_as_they_come(store: Store) -> None:
    wish = ReportWish(Way.WEBHOOK, ReportOn.FAILURE, "jasmin", URL, "GET")
    told, silent = message(report=wish, connector="op"), message(connector="op")
    owes = (notice(told, ReportOn.FAILURE, state=State.REJECTED, wish=wish),)
    filed = [Unsent(told, State.REJECTED, "unpaid", owes), Unsent(silent, State.REJECTED, "unpaid")]
    await store.file_unsent(filed, NOW)
    found = await store.messages([told.id, silent.id])
    assert [each and each.message for each in found] == [told, silent]
    assert [each and each.standing.state for each in found] == [State.REJECTED] * 2
    assert [lane.lane for lane in await store.lanes()] == ["http://client.example"]
    (record,) = (await store.timeline(told.id)).notices  # type: ignore[union-attr]
    assert record.notice == owes[0]
