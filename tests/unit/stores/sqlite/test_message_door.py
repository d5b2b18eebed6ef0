"""The door for message records: what callers hand in together is one commit, and each gets its own answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from chappe.domain.message import AcceptResult, Transition
from chappe.domain.state import State, bits
from chappe.ports.ledger import LedgerEntry
from chappe.ports.messages import PartLookup
from chappe.ports.store import StoreBusy, StoreError
from chappe.stores.sqlite.store import SqliteStore, open_store
from making import NOW, message, sent


def commits_of(store: SqliteStore) -> list[int]:
    """Grows by one at each commit."""
    seen: list[int] = []

    def committing() -> bool:
        seen.append(1)
        return False

    store._database.connection.set_commit_hook(committing)
    return seen


async def test_callers_of_one_turn_share_a_commit_and_get_their_own_answers(store: SqliteStore) -> None:
    commits = commits_of(store)
    batches = [[message() for _ in range(count)] for count in (1, 3, 0, 2)]
    answers = await asyncio.gather(*(store.accept(batch) for batch in batches))
    assert len(commits) == 1
    assert [[taken.message_id for taken in answer] for answer in answers] == [
        [each.id for each in batch] for batch in batches
    ]


async def test_whose_balance_does_not_suffice_learns_it_and_the_others_are_taken(store: SqliteStore) -> None:
    await store.deposit(LedgerEntry("acme", NOW, 5, ""))
    answers = await asyncio.gather(
        *(store.accept([message(charge=5)]) for _ in range(3)), store.accept([message()])
    )
    results = [answer[0].result for answer in answers]
    assert sorted(results) == sorted(
        [AcceptResult.ACCEPTED, *[AcceptResult.NO_BALANCE] * 2, AcceptResult.ACCEPTED]
    )


async def test_the_same_key_at_once_is_one_message(store: SqliteStore) -> None:
    answers = await asyncio.gather(*(store.accept([message(idempotency_key="k")]) for _ in range(5)))
    assert len({answer[0].message_id for answer in answers}) == 1
    assert [answer[0].result for answer in answers].count(AcceptResult.ACCEPTED) == 1


@pytest.mark.parametrize(
    "poison",
    [
        message(reference="\ud83d"),  # cannot be written as JSON
        message(charge=None),  # cannot be written to its column
    ],
)
async def test_one_that_cannot_be_written_takes_no_other_with_it(store: SqliteStore, poison: object) -> None:
    good, bad, other = await asyncio.wait_for(
        asyncio.gather(
            store.accept([message()]),
            store.accept([poison]),  # type: ignore[list-item]
            store.accept([message()]),
            return_exceptions=True,
        ),
        10,
    )
    assert isinstance(bad, UnicodeEncodeError | StoreError)
    for answer in (good, other):
        assert not isinstance(answer, BaseException)
        (found,) = await store.messages([answer[0].message_id])
        assert found is not None


async def test_a_caller_who_went_away_disturbs_nobody(store: SqliteStore) -> None:
    gone = asyncio.ensure_future(store.accept([message()]))
    stays = asyncio.ensure_future(store.accept([message()]))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays)[0].result is AcceptResult.ACCEPTED
    assert gone.cancelled() or await asyncio.wait({gone})


async def test_new_work_is_refused_while_there_is_no_room_and_the_rest_goes_on(tmp_path: Path) -> None:
    given = message()
    store = open_store(tmp_path / "s.db", interval=0, free_octets=lambda: 1 << 40)
    await store.accept([given])
    await store.close()
    full = open_store(tmp_path / "s.db", interval=0, free_octets=lambda: 0)
    with pytest.raises(StoreBusy, match="nearly full"):
        await full.accept([message()])
    assert len(await full.claim("op", 1, 1, NOW)) == 1
    assert await full.move([sent(given, "1")]) == [True]
    await full.close()


async def test_changes_of_one_message_in_one_call_are_told_apart(store: SqliteStore) -> None:
    given = message()
    await store.accept([given])
    await store.claim("op", 1, 1, NOW)
    flight, queued = bits({State.IN_FLIGHT}), bits({State.QUEUED})
    changes = [
        Transition(given.id, flight, State.QUEUED, NOW),
        Transition(given.id, flight, State.SENT, NOW),
        Transition(given.id, queued, State.PARKED, NOW),
    ]
    assert await store.move(changes) == [True, False, True]


async def test_look_ups_are_answered_in_their_order(store: SqliteStore) -> None:
    batch = [message() for _ in range(4)]
    await store.accept(batch)
    await store.claim("op", 4, 1, NOW)
    await store.move([sent(each, f"id{number}") for number, each in enumerate(batch)])
    keys = [("id3",), (), ("none", "id1"), ("id0", "id2"), ("none",)]
    number = batch[0].destination.value
    found = await store.find_parts([PartLookup("op", each, number) for each in keys])
    assert [(match.found.message.id, match.key_index) if match else None for match in found] == [
        (batch[3].id, 0),
        None,
        (batch[1].id, 1),
        (batch[0].id, 0),
        None,
    ]


async def test_nothing_asked_is_nothing_answered(store: SqliteStore) -> None:
    assert await store.accept([]) == []
    assert await store.move([]) == []
    assert await store.messages([]) == []
    assert await store.find_parts([]) == []
    await store.settle_unmatched([], [])
