"""The store's contract: queues, claims, schedules, expiry."""

from __future__ import annotations

import asyncio

from chappe.domain.message import Transition
from chappe.domain.state import WAITING, State, bits
from chappe.ports.store import Store
from making import NOW, message


async def claimed(store: Store, limit: int, connector: str = "op", owner: int = 1) -> list[int]:
    return [found.message.id for found in await store.claim(connector, limit, owner, NOW + 60_000)]


async def test_a_claim_is_in_order_and_never_double(store: Store) -> None:
    given = [message() for _ in range(5)]
    await store.accept(given)
    assert await claimed(store, 2) == [m.id for m in given[:2]]
    assert await claimed(store, 99) == [m.id for m in given[2:]]
    assert await claimed(store, 99) == []


async def test_two_claimants_at_once_never_get_the_same(store: Store) -> None:
    given = [message() for _ in range(200)]
    await store.accept(given)
    parts = await asyncio.gather(*(claimed(store, 30, owner=owner) for owner in range(10)))
    ids = [message_id for part in parts for message_id in part]
    assert sorted(ids) == [m.id for m in given]


async def test_a_claim_writes_the_attempt(store: Store) -> None:
    given = message()
    await store.accept([given])
    (found,) = await store.claim("op", 1, 7, NOW + 5)
    assert (found.standing.state, found.standing.attempts, found.standing.due_ms) == (
        State.IN_FLIGHT,
        1,
        NOW + 5,
    )
    (read,) = await store.messages([given.id])
    assert read == found


async def test_priority_goes_first(store: Store) -> None:
    low, high, middle = message(priority=0), message(priority=3), message(priority=1)
    await store.accept([low, high, middle])
    assert await claimed(store, 3) == [high.id, middle.id, low.id]


async def test_queues_are_apart(store: Store) -> None:
    one, two = message(connector="one"), message(connector="two")
    await store.accept([one, two])
    assert await claimed(store, 9, "one") == [one.id]
    assert await claimed(store, 9, "two") == [two.id]


async def test_accounts_take_turns(store: Store) -> None:
    flood = [message(account="flood") for _ in range(100)]
    small = [message(account="small") for _ in range(3)]
    await store.accept([*flood, *small])
    first = await claimed(store, 10)
    assert [m.id for m in small] == [message_id for message_id in first if message_id > flood[-1].id]
    assert len(first) == 10


async def test_with_more_accounts_than_places_all_get_a_turn(store: Store) -> None:
    await store.accept([message(account=f"a{number}") for number in range(6) for _ in range(3)])
    served: list[str] = []
    for _ in range(3):
        served += [found.message.account for found in await store.claim("op", 2, 1, NOW)]
    assert sorted(served) == [f"a{number}" for number in range(6)]


async def test_order_within_an_account_is_kept(store: Store) -> None:
    given = [message(account=name) for _ in range(20) for name in ("x", "y", "z")]
    await store.accept(given)
    order = []
    while ids := await claimed(store, 7):
        order += ids
    for name in ("x", "y", "z"):
        own = [m.id for m in given if m.account == name]
        assert [message_id for message_id in order if message_id in own] == own


async def test_a_message_given_back_comes_first_again(store: Store) -> None:
    given = [message() for _ in range(3)]
    await store.accept(given)
    await claimed(store, 2)
    back = [Transition(m.id, bits({State.IN_FLIGHT}), State.QUEUED, NOW) for m in given[:2]]
    assert await store.move(back) == [True, True]
    assert await claimed(store, 3) == [m.id for m in given]


async def test_scheduled_messages_wait_for_their_time(store: Store) -> None:
    later, soon, now = message(due_ms=NOW + 2_000), message(due_ms=NOW + 1_000), message()
    await store.accept([later, soon, now])
    assert await store.depths() == {"op": 1}
    assert await claimed(store, 9) == [now.id]
    assert await store.next_due() == NOW + 1_000
    assert await store.release_due(NOW + 999, 10) == {}
    assert await store.release_due(NOW + 1_000, 10) == {"op": 1}
    assert await store.release_due(NOW + 9_000, 10) == {"op": 1}
    assert await store.release_due(NOW + 9_000, 10) == {}
    assert await store.next_due() == 0
    assert await store.depths() == {"op": 2}
    assert await claimed(store, 9) == [later.id, soon.id]


async def test_a_retry_is_scheduled(store: Store) -> None:
    given = message()
    await store.accept([given])
    await claimed(store, 1)
    await store.move([Transition(given.id, bits({State.IN_FLIGHT}), State.SCHEDULED, NOW, due_ms=NOW + 50)])
    assert await claimed(store, 1) == []
    assert await store.release_due(NOW + 50, 10) == {"op": 1}
    (found,) = await store.claim("op", 1, 1, NOW)
    assert found.standing.attempts == 2


async def test_expired_messages_are_told_while_they_wait(store: Store) -> None:
    queued, scheduled = message(expires_ms=NOW + 10), message(expires_ms=NOW + 20, due_ms=NOW + 5)
    flying, forever = message(expires_ms=NOW + 1, connector="fly"), message()
    await store.accept([queued, scheduled, flying, forever])
    await claimed(store, 1, "fly")
    assert [found.message.id for found in await store.expired(NOW + 10, 9)] == [queued.id]
    assert [found.message.id for found in await store.expired(NOW + 99, 9)] == [queued.id, scheduled.id]
    assert await store.move([Transition(queued.id, bits(WAITING), State.EXPIRED, NOW)]) == [True]
    assert [found.message.id for found in await store.expired(NOW + 99, 9)] == [scheduled.id]
    assert await store.depths() == {"op": 1}


async def test_owners_rise_and_the_dead_ones_messages_are_stranded(store: Store) -> None:
    first, second = await store.new_owner(), await store.new_owner()
    assert second > first
    old, new = message(), message()
    await store.accept([old])
    await claimed(store, 1, owner=first)
    await store.accept([new])
    await claimed(store, 1, owner=second)
    third = await store.new_owner()
    assert await store.stranded(third, [], first, 9) == []
    assert [found.message.id for found in await store.stranded(third, [], second, 9)] == [old.id]
    assert [found.message.id for found in await store.stranded(third, [second], 0, 9)] == [new.id]
    # Whoever comes second gets nothing: they have a new owner now, and that one lives.
    assert await store.stranded(third + 1, [first, second], third, 9) == []
    assert await store.stranded(third, [first, second, third], third, 9) == []


async def test_several_who_take_over_share_what_there_is(store: Store) -> None:
    batch = [message() for _ in range(10)]
    await store.accept(batch)
    await claimed(store, 10, owner=1)
    taken = await asyncio.gather(*(store.stranded(owner, [1], 0, 3) for owner in (7, 8, 9, 10, 11)))
    ids = [found.message.id for part in taken for found in part]
    assert sorted(ids) == sorted(one.id for one in batch)


async def test_leaving_a_queue_by_cancel_lowers_its_depth(store: Store) -> None:
    given = message()
    await store.accept([given])
    await store.move([Transition(given.id, bits(WAITING), State.CANCELLED, NOW)])
    assert await store.depths() == {}
    assert await claimed(store, 1) == []
