"""The store's contract: PINs made with their message or not at all, guesses counted, texts that do not stay."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from chappe.domain.message import Message
from chappe.domain.pin import DAY_MS, HOUR_MS, Pin, PinState
from chappe.domain.state import State
from chappe.ports.ledger import LedgerEntry
from chappe.ports.pins import PinLimits, PinOpened, PinTaken
from chappe.ports.store import Store
from making import NOW, final, message, new_id, sent

NUMBER = "31612345678"
OPENED = PinOpened(PinTaken.OPENED)


def limits(now_ms: int = NOW, **given: Any) -> PinLimits:
    fields: dict[str, Any] = {
        "repeats_after_ms": now_ms - 60_000,
        "hour_ms": now_ms - HOUR_MS,
        "day_ms": now_ms - DAY_MS,
        "waits": (),
        "per_number": 100,
        "per_range": 100,
        "per_account": 100,
    }
    return PinLimits(**{**fields, **given})


def pin(at_ms: int = NOW, **given: Any) -> Pin:
    fields: dict[str, Any] = {
        "id": new_id(at_ms),
        "account": "acme",
        "number": NUMBER,
        "length": 6,
        "digest": "d" * 64,
        "made_ms": at_ms,
        "expires_ms": at_ms + 600_000,
        "tries": 3,
    }
    return Pin(**{**fields, **given})


def text_of(one: Pin, **given: Any) -> Message:
    return message(id=one.id, account=one.account, text="your code is 846547", **given)


async def opened(store: Store, one: Pin, bounds: PinLimits | None = None) -> PinOpened:
    return await store.open_pin(one, text_of(one), bounds or limits(one.made_ms))


async def test_a_pin_and_its_message_are_one_write(store: Store) -> None:
    one = pin()
    assert await opened(store, one) == OPENED
    assert await store.pins("acme", NUMBER, 9) == [one]
    (found,) = await store.messages([one.id])
    assert found is not None
    assert (found.standing.state, found.message.text) == (State.QUEUED, "your code is 846547")
    assert [each.message.id for each in await store.claim("op", 9, 1, NOW + 60_000)] == [one.id]


async def test_a_pin_that_cannot_be_paid_is_not_made(store: Store) -> None:
    one = pin()
    told = await store.open_pin(one, text_of(one, charge=5), limits())
    assert told.result is PinTaken.NO_BALANCE
    assert await store.pins("acme", "", 9) == []
    assert await store.messages([one.id]) == [None]
    await store.deposit(LedgerEntry("acme", NOW, 5, "test"))
    assert await store.open_pin(one, text_of(one, charge=5), limits()) == OPENED
    assert await store.balances(["acme"]) == [0]


async def test_a_newer_pin_ends_the_one_before(store: Store) -> None:
    first, second = pin(), pin(NOW + 1)
    elsewhere, another = pin(number="316000"), pin(account="other")
    for one in (first, elsewhere, another, second):
        assert await opened(store, one) == OPENED
    states = {one.id: one.state for one in await store.pins("acme", "", 9) + await store.pins("other", "", 9)}
    assert states == {
        first.id: PinState.VOID,
        second.id: PinState.OPEN,
        elsewhere.id: PinState.OPEN,
        another.id: PinState.OPEN,
    }


async def test_the_same_request_is_the_same_pin_for_a_while(store: Store) -> None:
    one = pin(request="r")
    await opened(store, one)
    again = await opened(store, pin(NOW + 59_999, request="r"))
    assert (again.result, again.pin) == (PinTaken.REPEATED, one)
    assert await opened(store, pin(NOW + 59_999, request="r", account="other")) == OPENED
    assert await opened(store, pin(NOW + 60_000, request="r")) == OPENED
    # One without a request repeats nothing.
    assert await opened(store, pin(NOW + 60_001)) == OPENED
    assert await opened(store, pin(NOW + 60_001)) == OPENED


async def test_a_thousand_at_once_are_one(store: Store) -> None:
    told = await asyncio.gather(*[opened(store, pin(request="r")) for _ in range(1_000)])
    assert sum(one == OPENED for one in told) == 1
    assert len({one.pin.id for one in told if one.pin is not None}) == 1


async def test_the_next_one_waits_longer_each_time(store: Store) -> None:
    def bounds(at_ms: int) -> PinLimits:
        return limits(at_ms, waits=(30_000, 60_000))

    assert await opened(store, pin(), bounds(NOW)) == OPENED
    early = await opened(store, pin(NOW + 29_000), bounds(NOW + 29_000))
    assert early == PinOpened(PinTaken.TOO_SOON, None, 1_000)
    at = NOW + 30_000
    assert await opened(store, pin(at), bounds(at)) == OPENED
    assert (await opened(store, pin(at + 59_999), bounds(at + 59_999))).wait_ms == 1
    third = pin(at + 60_000)
    assert await opened(store, third, bounds(at + 60_000)) == OPENED
    assert (await opened(store, pin(at + 119_999), bounds(at + 119_999))).result is PinTaken.TOO_SOON
    assert await opened(store, pin(at + 60_001, number="316000"), bounds(at + 60_001)) == OPENED
    # Who has proved that the number is his may have the next at once.
    assert await store.use_pin(third.id, at + 60_002)
    assert await opened(store, pin(at + 60_003), bounds(at + 60_003)) == OPENED


@pytest.mark.parametrize(
    ("bound", "other_number"),
    [("per_number", NUMBER), ("per_range", NUMBER[:8] + "999"), ("per_account", "4477")],
)
async def test_counts_hold(store: Store, bound: str, other_number: str) -> None:
    bounds = limits(NOW + 1, **{bound: 1})
    assert await opened(store, pin(), bounds) == OPENED
    assert (await opened(store, pin(number=other_number), bounds)).result is PinTaken.TOO_MANY
    assert await opened(store, pin(number=other_number, account="other"), bounds) == OPENED
    later = NOW + DAY_MS + 1
    assert await opened(store, pin(later, number=other_number), limits(later, **{bound: 1})) == OPENED


async def test_no_more_guesses_than_tries_however_many_at_once(store: Store) -> None:
    one = pin()
    await opened(store, one)
    told = await asyncio.gather(*[store.take_try("acme", NUMBER, NOW) for _ in range(1_000)])
    assert [guess.id for guess in told if guess is not None] == [one.id] * 3
    assert await store.take_try("acme", NUMBER, NOW) is None


async def test_a_guess_needs_an_open_pin_of_that_account_in_its_time(store: Store) -> None:
    one = pin()
    await opened(store, one)
    assert await store.take_try("other", NUMBER, NOW) is None
    assert await store.take_try("acme", "316", NOW) is None
    assert await store.take_try("acme", NUMBER, one.expires_ms) is None
    guess = await store.take_try("acme", NUMBER, one.expires_ms - 1)
    assert guess is not None
    assert guess.digest == one.digest
    assert await store.use_pin(one.id, NOW + 5)
    assert not await store.use_pin(one.id, NOW + 6)
    assert await store.take_try("acme", NUMBER, NOW) is None
    (kept,) = await store.pins("acme", NUMBER, 9)
    assert (kept.state, kept.used_ms, kept.tries) == (PinState.USED, NOW + 5, 2)


async def test_an_operator_ends_a_pin(store: Store) -> None:
    await opened(store, pin())
    assert await store.void_pins("other", NUMBER) == 0
    assert await store.void_pins("acme", NUMBER) == 1
    assert await store.void_pins("acme", NUMBER) == 0
    assert await store.take_try("acme", NUMBER, NOW) is None


async def test_texts_of_pins_go_when_their_time_is_over_and_their_message_settled(store: Store) -> None:
    done, waiting = pin(), pin(number="316000")
    for one in (done, waiting):
        await opened(store, one)
    await store.claim("op", 1, 1, NOW + 60_000)
    receipt = msgspec.structs.replace(
        final(text_of(done)).part, receipt="id:1 stat:DELIVRD text:your code is 846547"
    )
    await store.move([sent(text_of(done), "1"), final(text_of(done), told=receipt)])
    assert await store.clear_pins(done.expires_ms - 1, NOW - DAY_MS, 9) == 0
    assert await store.clear_pins(done.expires_ms, NOW - DAY_MS, 9) == 1
    story = await store.timeline(done.id)
    assert story is not None
    assert (story.found.message.text, story.parts[0].receipt) == (None, "")
    (kept,) = await store.messages([waiting.id])
    assert kept is not None
    assert kept.message.text == "your code is 846547"
    # It is looked after once, and stays for the counts until it counts no more.
    assert await store.clear_pins(done.expires_ms, NOW - DAY_MS, 9) == 0
    assert len(await store.pins("acme", "", 9)) == 2
    assert await store.clear_pins(NOW + DAY_MS + 1, NOW + 1, 9) == 1
    assert await store.pins("acme", "", 9) == [waiting]
