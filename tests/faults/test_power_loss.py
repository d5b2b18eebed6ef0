"""Cuts, failing syncs and full disks: what was answered with yes is there afterwards, and nothing is answered that is not."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import apsw
import pytest

from chappe.domain.message import AcceptResult, Message
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.report import ReportOn
from chappe.domain.retry import Outcome
from chappe.domain.state import State
from chappe.ports.ledger import LedgerEntry
from chappe.ports.store import StoreBusy, StoreError, StoreFailed, StoreUnusable
from chappe.stores.sqlite.store import SqliteStore, open_store
from chappe.stores.sqlite.verify import verify
from faults.lying_disk import LyingDisk
from making import NOW, message, notice, sent, webhook
from unit.pipeline.rig import ask, rig

pytestmark = pytest.mark.fault

CUTS = 20
PRICE = 3


@dataclass
class Answered:
    """What was answered with yes, outside the store: the clients' ledger."""

    accepted: list[int] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    paid: list[int] = field(default_factory=list)

    def copy(self) -> Answered:
        return Answered(list(self.accepted), list(self.sent), list(self.paid))


@dataclass
class Cut:
    """A moment: what had been answered until then, and what the disk held."""

    answered: Answered
    folder: Path


@asynccontextmanager
async def opened(disk: LyingDisk, folder: Path, *, sync: bool = True) -> AsyncIterator[SqliteStore]:
    store = open_store(folder / "s.db", vfs=disk.name, interval=0, reserve=0)
    connection = store._database.connection
    connection.execute("PRAGMA wal_autocheckpoint = 30").fetchall()  # so that cuts fall into checkpoints too
    if not sync:
        connection.execute("PRAGMA synchronous = OFF")
    try:
        yield store
    finally:
        disk.heal()
        await store.close()


@pytest.fixture
def disk(request: pytest.FixtureRequest) -> AsyncIterator[LyingDisk]:
    made = LyingDisk(f"lying-{request.node.name}")
    yield made  # type: ignore[misc]
    made.close()


async def client(store: SqliteStore, answered: Answered, goes_on: Callable[[], bool]) -> None:
    """Submits, again and again, as long as it is wanted."""
    while goes_on():
        batch = [message(charge=PRICE, report=webhook()) for _ in range(3)]
        for taken in await store.accept(batch):
            assert taken.result is AcceptResult.ACCEPTED
            answered.accepted.append(taken.message_id)


async def relay(store: SqliteStore, answered: Answered, goes_on: Callable[[], bool]) -> None:
    """Sends what is queued."""
    while goes_on():
        claimed: list[Message] = [one.message for one in await store.claim("op", 5, 1, NOW)]
        changes = [sent(one, f"{one.id:x}", owes=(notice(one, ReportOn.SMSC),)) for one in claimed]
        if changes and all(await store.move(changes)):
            answered.sent += [one.id for one in claimed]


async def cashier(store: SqliteStore, answered: Answered, goes_on: Callable[[], bool]) -> None:
    """Takes deposits."""
    while goes_on():
        assert await store.deposit(LedgerEntry("acme", NOW, 1, "")) is not None
        answered.paid.append(1)


async def cuts_of(disk: LyingDisk, folder: Path, *, sync: bool) -> list[Cut]:
    """Runs traffic until the power was cut twenty times, at moments that chance chose."""
    chance = random.Random(7)
    answered = Answered()
    cuts: list[Cut] = []
    (folder / "live").mkdir()
    async with opened(disk, folder / "live", sync=sync) as store:
        await store.deposit(LedgerEntry("acme", NOW, 1_000_000, ""))
        next_cut = disk.operations + 20

        def watch(operations: int) -> None:
            nonlocal next_cut
            if operations >= next_cut and len(cuts) < CUTS:
                next_cut = operations + chance.randrange(1, 40)
                before = answered.copy()  # what is answered from here on is not asked of this cut
                cut = Cut(before, folder / f"cut{len(cuts)}")
                disk.cut(cut.folder, chance)
                cuts.append(cut)

        disk.watch = watch
        await asyncio.gather(
            *(
                work(store, answered, lambda: len(cuts) < CUTS)
                for work in (client, client, client, relay, cashier)
            )
        )
    return cuts


async def lost_in(cut: Cut) -> int:
    """How much of what had been answered is not there after this cut."""
    store = open_store(cut.folder / "s.db", reserve=0)
    try:
        found = await store.messages(cut.answered.accepted)
        states = {one.message.id: one.standing.state for one in found if one is not None}
        lost = found.count(None)
        lost += sum(states.get(message_id) is not State.SENT for message_id in cut.answered.sent)
        paid = sum(entry.amount for entry in await store.entries("acme", 1_000_000)) - 1_000_000
        return lost + max(0, len(cut.answered.paid) - paid)
    finally:
        await store.close()


async def test_what_was_answered_outlives_a_power_cut(disk: LyingDisk, tmp_path: Path) -> None:
    cuts = await cuts_of(disk, tmp_path, sync=True)
    assert len(cuts) == CUTS
    assert len(cuts[-1].answered.accepted) > 50
    assert len(cuts[-1].answered.sent) > 10
    for cut in cuts:
        assert await lost_in(cut) == 0
        problems, counts = verify(cut.folder / "s.db")
        assert problems == []  # whole, and every balance is what deposits and charges make
        assert counts["messages"] >= len(cut.answered.accepted)


async def test_control_without_syncing_the_same_test_sees_losses(disk: LyingDisk, tmp_path: Path) -> None:
    cuts = await cuts_of(disk, tmp_path, sync=False)
    losing = 0
    for cut in cuts:
        try:
            losing += await lost_in(cut) > 0
        except (StoreUnusable, StoreFailed, apsw.Error):
            losing += 1  # the file does not open, or cannot be read
    assert losing > 0


# ---------------------------------------------------------------- a disk that fails


async def reopened(folder: Path, ids: list[int]) -> None:
    """Everything answered with yes is there, and the file is whole."""
    store = open_store(folder / "s.db", reserve=0)
    assert None not in await store.messages(ids)
    await store.close()
    assert verify(folder / "s.db")[0] == []


@pytest.mark.parametrize("after", range(0, 24, 2))
@pytest.mark.parametrize("operation", ["sync", "write"])
async def test_after_a_failed_write_or_sync_there_is_no_further_yes(
    disk: LyingDisk, tmp_path: Path, operation: str, after: int
) -> None:
    accepted: list[int] = []
    failed: list[StoreError] = []
    async with opened(disk, tmp_path) as store:
        disk.fail(operation, apsw.IOError, after=after, times=1)
        for _ in range(40):
            try:
                (taken,) = await store.accept([message()])
            except StoreError as error:
                failed.append(error)
            else:
                assert not failed, "a yes after the disk had failed"
                accepted.append(taken.message_id)
        if failed:
            assert all(isinstance(error, StoreFailed) for error in failed)
            with pytest.raises(StoreFailed):
                await store.claim("op", 1, 1, NOW)
    await reopened(tmp_path, accepted)


async def test_a_commit_whose_sync_fails_is_not_answered_with_yes(disk: LyingDisk, tmp_path: Path) -> None:
    async with opened(disk, tmp_path) as store:
        house = rig(store=store)
        before = await house.accept()
        disk.fail("sync", apsw.IOError, times=1)
        answers = await house.answers(ask(), ask())
        assert [isinstance(one, Refusal) and one.reason for one in answers] == [Reason.INTERNAL] * 2
        (again,) = await house.answers(ask())
        assert isinstance(again, Refusal)
    await reopened(tmp_path, [before])


Step = Callable[[SqliteStore, Message], Awaitable[object]]
STEPS: list[tuple[str, Step]] = [
    ("claim", lambda store, _: store.claim("op", 1, 1, NOW)),
    ("deposit", lambda store, _: store.deposit(LedgerEntry("acme", NOW, 1, ""))),
    ("move", lambda store, given: store.move([sent(given, "1")])),
    ("new_owner", lambda store, _: store.new_owner()),
    ("settle", lambda store, _: store.settle_unmatched([], [(1, None)])),
    ("purge", lambda store, _: store.purge_records(1 << 62, 10)),
]


@pytest.mark.parametrize("step", [case[1] for case in STEPS], ids=[case[0] for case in STEPS])
async def test_no_kind_of_change_is_answered_when_its_sync_fails(
    disk: LyingDisk, tmp_path: Path, step: Step
) -> None:
    async with opened(disk, tmp_path) as store:
        given = message()
        await store.accept([given])
        await store.park_receipts([])
        disk.fail("write", apsw.IOError)
        disk.fail("sync", apsw.IOError)
        try:
            await step(store, given)
        except StoreFailed:
            return
        # It had nothing to change, and so nothing to sync: the next that has fails.
        with pytest.raises(StoreFailed):
            await store.accept([message()])


# ---------------------------------------------------------------- a full disk


async def test_a_full_disk_refuses_for_now_and_nothing_is_lost_when_there_is_room_again(
    disk: LyingDisk, tmp_path: Path
) -> None:
    async with opened(disk, tmp_path) as store:
        house = rig(store=store)
        first = await house.accept()
        (going,) = await house.take()
        queued = await house.accept()

        disk.fail("write", apsw.FullError)
        answers = await house.answers(ask())
        assert [isinstance(one, Refusal) and one.reason for one in answers] == [Reason.STORE_BUSY]
        with pytest.raises(StoreBusy):
            await house.end(first, Outcome.SENT, "0A")
        with pytest.raises(StoreBusy):
            await house.take()
        assert await house.state(first) is State.IN_FLIGHT  # reading goes on

        disk.heal()
        await house.end(going.message.id, Outcome.SENT, "0A")
        assert await house.state(first) is State.SENT
        assert [one.message.id for one in await house.take()] == [queued]
        later = await house.accept()
    await reopened(tmp_path, [first, queued, later])


async def test_a_reserve_keeps_room_for_what_is_held_already(disk: LyingDisk, tmp_path: Path) -> None:
    store = open_store(tmp_path / "s.db", vfs=disk.name, interval=0, reserve=0)
    house = rig(store=store)
    held = await house.accept()
    await store.close()
    store = open_store(
        tmp_path / "s.db", vfs=disk.name, interval=0, reserve=1 << 20, free_octets=lambda: 1 << 19
    )
    house = rig(store=store)
    answers = await house.answers(ask())
    assert [isinstance(one, Refusal) and one.reason for one in answers] == [Reason.STORE_BUSY]
    await house.take()
    await house.end(held, Outcome.SENT, "0A")
    assert await house.state(held) is State.SENT
    await store.close()
