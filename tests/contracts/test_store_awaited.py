"""The store's contract: parts that a connector must ask about are listed for it, page by page, with all that it needs."""

from __future__ import annotations

import pytest

from chappe.domain.message import Message, PartSent, Transition
from chappe.domain.state import State, bits
from chappe.ports.messages import FIRST_PAGE, AwaitedPart
from chappe.ports.store import Store
from making import NOW, final, message

DUE = NOW + 1_000_000


def taken(of: Message, *parts: PartSent, due_ms: int = DUE, awaits: bool = True) -> Transition:
    return Transition(
        of.id,
        bits({State.IN_FLIGHT}),
        State.SENT,
        NOW,
        due_ms=due_ms,
        error="",
        command_status=0,
        sent=parts,
        group="space",
        awaits=awaits,
    )


async def in_flight(store: Store, *messages: Message) -> None:
    await store.accept(messages)
    for connector in {one.connector for one in messages}:
        await store.claim(connector, len(messages), 1, NOW + 60_000)


async def all_awaited(store: Store, limit: int = 1_000, connector: str = "op") -> list[AwaitedPart]:
    found: list[AwaitedPart] = []
    after: tuple[int, int] | None = FIRST_PAGE
    while after is not None:
        page = await store.awaited_parts(connector, after, limit)
        found += page.parts
        assert page.after is None or page.after > after
        after = page.after
    return found


@pytest.mark.row("000-033", "000-041")
async def test_an_awaited_part_comes_with_its_message_and_its_packet(store: Store) -> None:
    one = message(expires_ms=DUE, text="ş")
    await in_flight(store, one)
    await store.move([taken(one, PartSent(1, "A-1", "P 7"))])
    (found,) = await all_awaited(store)
    assert found.message == one
    part = found.part
    assert (part.message_id, part.number, part.smsc_id, part.packet) == (one.id, 1, "A-1", "P 7")
    assert (part.group, part.sent_ms, part.open) == ("space", NOW, True)
    timeline = await store.timeline(one.id)
    assert timeline is not None
    assert timeline.parts == (part,)


async def test_only_what_is_open_and_of_this_connector_is_listed(store: Store) -> None:
    wanted, told, other, unasked, queued = (
        message(),
        message(),
        message(connector="other"),
        message(),
        message(),
    )
    await in_flight(store, wanted, told, other, unasked)
    await store.accept([queued])
    await store.move([taken(one, PartSent(1, f"{one.id}")) for one in (wanted, told, other)])
    await store.move([taken(unasked, PartSent(1, "x"), due_ms=0, awaits=False)])
    await store.move([final(told)])
    assert [found.message.id for found in await all_awaited(store)] == [wanted.id]
    assert [found.message.id for found in await all_awaited(store, connector="other")] == [other.id]
    assert await all_awaited(store, connector="nobody") == []


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 100])
async def test_pages_miss_none_and_repeat_none(store: Store, limit: int) -> None:
    ours, others = [message() for _ in range(7)], [message(connector="other") for _ in range(5)]
    await in_flight(store, *ours, *others)
    # Some end at the same time, so that the place in a page is more than that time.
    changes = [taken(one, PartSent(1, "a"), due_ms=DUE + at // 3) for at, one in enumerate([*ours, *others])]
    await store.move(changes)
    found = await all_awaited(store, limit)
    assert sorted(one.message.id for one in found) == sorted(one.id for one in ours)
    assert len(await all_awaited(store, limit, "other")) == 5


async def test_parts_without_a_packet_have_an_empty_one(store: Store) -> None:
    one = message(parts=2)
    await in_flight(store, one)
    await store.move([taken(one, PartSent(1, "a"), PartSent(2, "b", "P"))])
    assert [found.part.packet for found in await all_awaited(store)] == ["", "P"]
