"""The store's contract: money set aside and taken later, counts of parts, and giving both back."""

from __future__ import annotations

import random

import pytest

from chappe.domain.message import AcceptResult, Message, Transition
from chappe.domain.state import OPEN, State, bits
from chappe.ports.ledger import LedgerEntry, Quota
from chappe.ports.store import Store
from making import NOW, final, message, sent

FLIGHT = bits({State.IN_FLIGHT})


async def pay_in(store: Store, amount: int, parts: int = 0, account: str = "acme") -> bool:
    return await store.deposit(LedgerEntry(account, NOW, amount, "test", parts)) is not None


async def quota(store: Store, account: str = "acme") -> Quota:
    (found,) = await store.quotas([account])
    return found


async def flying(store: Store, *batch: Message) -> list[AcceptResult]:
    taken = await store.accept(batch)
    await store.claim("op", len(batch), 1, NOW + 60_000)
    return [one.result for one in taken]


async def test_an_account_never_paid_in_has_nothing(store: Store) -> None:
    assert await store.quotas(["a", "b"]) == [Quota(), Quota()]


async def test_parts_are_paid_in_and_taken_back_and_never_negative(store: Store) -> None:
    assert await pay_in(store, 0, 10)
    assert await pay_in(store, 5, -4)
    assert not await pay_in(store, 100, -7)
    assert not await pay_in(store, -6, 1)
    assert await quota(store) == Quota(5, 0, 6)
    assert [(entry.amount, entry.parts) for entry in await store.entries("acme", 9)] == [(5, -4), (0, 10)]


async def test_the_rest_of_a_charge_is_set_aside_and_taken_when_a_part_is(store: Store) -> None:
    await pay_in(store, 100)
    given = message(charge=40, reserved=30)
    await flying(store, given)
    assert await quota(store) == Quota(60, 30)
    assert await store.balances(["acme"]) == [60]
    await store.move([sent(given, "1", due_ms=0, error="", command_status=0, settles=True)])
    assert await quota(store) == Quota(60)


async def test_what_is_set_aside_pays_for_nothing_else(store: Store) -> None:
    await pay_in(store, 100)
    assert await flying(store, message(charge=60, reserved=59), message(charge=60, reserved=59)) == [
        AcceptResult.ACCEPTED,
        AcceptResult.NO_BALANCE,
    ]
    assert await quota(store) == Quota(40, 59)


async def test_the_rest_is_taken_once(store: Store) -> None:
    await pay_in(store, 100)
    first, second = message(charge=40, reserved=30), message(charge=40, reserved=30)
    await flying(store, first, second)
    taken = sent(first, "1", settles=True)
    await store.move([taken])
    await store.move([taken])
    await store.move([final(first, settles=True)])
    assert await quota(store) == Quota(20, 30)


async def test_a_change_that_does_not_apply_takes_nothing(store: Store) -> None:
    await pay_in(store, 100)
    given = message(charge=40, reserved=30)
    await flying(store, given)
    await store.move([Transition(given.id, bits({State.HELD}), State.EXPIRED, NOW, settles=True)])
    assert await quota(store) == Quota(60, 30)


async def test_an_end_without_a_refund_takes_the_rest(store: Store) -> None:
    await pay_in(store, 100)
    given = message(charge=40, reserved=30)
    await flying(store, given)
    await store.move([Transition(given.id, bits(OPEN), State.UNDELIVERED, NOW, settles=True)])
    assert await quota(store) == Quota(60)


@pytest.mark.parametrize("fields", [{"charge": 40, "reserved": 30}, {"charge": 40}, {}])
async def test_a_refund_gives_all_of_it_back_and_once(store: Store, fields: dict[str, int]) -> None:
    await pay_in(store, 100, 10)
    given = message(**fields, counted=3)
    await flying(store, given)
    assert (await quota(store)).parts == 7
    lost = Transition(given.id, bits(OPEN), State.REJECTED, NOW, refund=True, settles=True)
    await store.move([lost])
    await store.move([lost])
    assert await quota(store) == Quota(100, 0, 10)


async def test_a_refund_of_what_a_network_has_a_part_of_takes_the_rest_instead(store: Store) -> None:
    await pay_in(store, 100, 10)
    given = message(charge=40, reserved=30, counted=2, parts=2)
    await flying(store, given)
    back = sent(given, "1", settles=True)
    await store.move([back])
    await store.move([Transition(given.id, bits(OPEN), State.REJECTED, NOW, refund=True, settles=True)])
    assert await quota(store) == Quota(60, 0, 8)


async def test_a_count_that_does_not_suffice_refuses_whatever_it_costs(store: Store) -> None:
    await pay_in(store, 100, 5)
    batch = [message(counted=3), message(counted=3, charge=1), message(counted=2, charge=10), message()]
    assert await flying(store, *batch) == [
        AcceptResult.ACCEPTED,
        AcceptResult.NO_BALANCE,
        AcceptResult.ACCEPTED,
        AcceptResult.ACCEPTED,
    ]
    assert await quota(store) == Quota(90, 0, 0)


async def test_money_that_does_not_suffice_takes_no_parts(store: Store) -> None:
    await pay_in(store, 5, 10)
    assert await flying(store, message(charge=6, reserved=2, counted=1)) == [AcceptResult.NO_BALANCE]
    assert await quota(store) == Quota(5, 0, 10)


async def test_whole_takes_of_each_kind_all_or_nothing(store: Store) -> None:
    await pay_in(store, 100, 3)
    batch = [message(charge=10, reserved=9, counted=2), message(charge=10, reserved=9, counted=2)]
    assert AcceptResult.NO_BALANCE in [one.result for one in await store.accept(batch, whole=True)]
    assert await quota(store) == Quota(100, 0, 3)


async def test_deleted_records_leave_the_figures(store: Store) -> None:
    await pay_in(store, 100, 10)
    given = message(charge=40, reserved=30, counted=2)
    await flying(store, given)
    await store.move([sent(given, "1", settles=True)])
    assert await store.purge_records(given.id + 1, 10) == 1
    assert await quota(store) == Quota(60, 0, 8)


@pytest.mark.parametrize("seed", range(5))
async def test_early_and_rest_make_the_charge_over_random_histories(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    await pay_in(store, 2_000, 60)
    spent = parts = reserved = 0
    for _ in range(25):
        batch = []
        for _ in range(chance.randrange(1, 5)):
            charge, count = chance.randrange(0, 60), chance.randrange(0, 3)
            batch.append(message(charge=charge, reserved=chance.randint(0, charge), counted=count))
        for one, taken in zip(batch, await store.accept(batch), strict=True):
            if taken.result is AcceptResult.ACCEPTED:
                spent, reserved, parts = spent + one.charge, reserved + one.reserved, parts + one.counted
        for found in await store.claim("op", 3, 1, NOW + 1):
            one = found.message
            kind = chance.randrange(4)
            if kind == 0:
                change = sent(one, f"{one.id:x}", settles=True)
            elif kind == 3:
                change = Transition(one.id, FLIGHT, State.SCHEDULED, NOW, due_ms=NOW + 1)
            else:
                change = Transition(one.id, FLIGHT, State.REJECTED, NOW, refund=kind == 1, settles=True)
            await store.move([change] * chance.randint(1, 2))
            reserved -= one.reserved if kind != 3 else 0
            if kind == 1:
                spent, parts = spent - one.charge, parts - one.counted
        await store.release_due(NOW + 2, 100)
        assert await quota(store) == Quota(2_000 - spent, reserved, 60 - parts)
