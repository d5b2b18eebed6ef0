"""The writer: many pieces in one commit, a failing one takes no others with it, and after a failed sync nothing more is taken."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable

import apsw
import pytest

from chappe.ports.store import StoreBusy, StoreError, StoreFailed
from chappe.stores.sqlite.database import Database
from chappe.stores.sqlite.writer import Writer


class Bench:
    """A writer over a database, with what it committed."""

    def __init__(self, db: Database, interval: float = 0.0) -> None:
        self.db = db
        self.commits = 0
        self.rollbacks = 0
        self.gate = threading.Event()
        db.connection.set_commit_hook(self._committing)
        db.connection.set_rollback_hook(self._rolling_back)
        self.writer = Writer(db, asyncio.get_running_loop(), interval=interval, committed=self._committed)
        self.seen: list[int] = []

    def _committing(self) -> bool:
        self.commits += 1
        return False

    def _rolling_back(self) -> None:
        self.rollbacks += 1

    def _committed(self, database: Database) -> None:
        self.seen.append(database.owed_change)

    async def hold(self) -> asyncio.Future[None]:
        """Keeps the writer busy until the gate is opened, so that what follows gathers into one batch."""
        begun = threading.Event()

        def wait(_db: Database) -> None:
            begun.set()
            assert self.gate.wait(10)

        held = self.writer.do(wait)
        assert await asyncio.get_running_loop().run_in_executor(None, begun.wait, 10)
        return held

    def deposit(self, amount: int) -> asyncio.Future[int]:
        return self.writer.do(add, amount)

    def amounts(self) -> list[int]:
        return [row[2] for row in self.db.rows("entries", "acme", 10_000)]


def add(db: Database, amount: int) -> int:
    db.run("insert_entry", "acme", 1, amount, "note", 0)
    db.owed_change += 1
    return amount


def fail(error: Exception) -> Callable[[Database], None]:
    def work(db: Database) -> None:
        add(db, -1)
        raise error

    return work


@pytest.fixture
async def bench(db: Database) -> AsyncIterator[Bench]:
    made = Bench(db)
    yield made
    made.gate.set()
    await made.writer.close()
    db.connection.set_commit_hook(None)
    db.connection.set_rollback_hook(None)


async def test_the_answer_comes_after_the_commit(bench: Bench) -> None:
    assert await bench.deposit(5) == 5
    assert bench.commits == 1
    assert bench.amounts() == [5]


async def test_what_waits_goes_into_one_commit(bench: Bench) -> None:
    held = await bench.hold()
    waiting = [bench.deposit(number) for number in range(100)]
    bench.gate.set()
    await held
    assert await asyncio.gather(*waiting) == list(range(100))
    assert bench.commits == 2  # one of the piece that kept it busy
    assert bench.seen[-1] == 100


async def test_an_endless_queue_is_cut_into_commits(bench: Bench) -> None:
    held = await bench.hold()
    waiting = [bench.deposit(number) for number in range(1_200)]
    bench.gate.set()
    await held
    await asyncio.gather(*waiting)
    assert bench.commits == 4  # one of the piece that kept it busy, then 512, 512 and 176


@pytest.mark.parametrize(
    ("error", "told"),
    [(KeyError("x"), KeyError), (apsw.ConstraintError("x"), StoreError), (apsw.FullError("x"), StoreBusy)],
)
async def test_a_piece_that_fails_takes_no_others_with_it(
    bench: Bench, error: Exception, told: type[Exception]
) -> None:
    held = await bench.hold()
    before, bad, after = bench.deposit(1), bench.writer.do(fail(error)), bench.deposit(2)
    bench.gate.set()
    await held
    assert (await before, await after) == (1, 2)
    with pytest.raises(told):
        await bad
    assert sorted(bench.amounts()) == [1, 2]
    assert bench.seen[-2:] == [1, 1]  # each was committed by itself, and what failed counts for nothing
    assert await bench.deposit(3) == 3


@pytest.mark.parametrize(
    "error", [apsw.IOError("sync"), apsw.CorruptError("page"), apsw.NotADBError("header")]
)
async def test_after_a_failed_write_nothing_more_is_taken(bench: Bench, error: Exception) -> None:
    held = await bench.hold()
    before, bad, after = bench.deposit(1), bench.writer.do(fail(error)), bench.deposit(2)
    bench.gate.set()
    await held
    told = await asyncio.gather(before, bad, after, return_exceptions=True)
    assert all(isinstance(one, StoreFailed) for one in told)
    with pytest.raises(StoreFailed, match="until a restart"):
        await bench.deposit(3)
    assert bench.amounts() == []


async def test_what_was_handed_in_before_the_failure_was_known_fails_too(bench: Bench) -> None:
    held = await bench.hold()
    bad = bench.writer.do(fail(apsw.IOError("sync")))
    for _ in range(600):  # beyond the end of the batch that fails
        bench.deposit(1).add_done_callback(lambda done: done.exception())
    last = bench.deposit(2)
    bench.gate.set()
    await held
    with pytest.raises(StoreFailed):
        await bad
    with pytest.raises(StoreFailed):
        await last
    assert bench.amounts() == []


async def test_a_lock_that_another_holds_is_waited_for_once(bench: Bench) -> None:
    calls = 0

    def busy(_db: Database) -> None:
        nonlocal calls
        calls += 1
        raise apsw.BusyError("locked")

    held = await bench.hold()
    waiting = [bench.writer.do(busy), bench.deposit(1), bench.writer.do(busy)]
    bench.gate.set()
    await held
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in told] == [StoreBusy] * 3
    assert calls == 1
    assert await bench.deposit(2) == 2


async def test_closing_finishes_what_was_handed_in(bench: Bench) -> None:
    waiting = [bench.deposit(number) for number in range(50)]
    await bench.writer.close()
    assert await asyncio.gather(*waiting) == list(range(50))
    assert len(bench.amounts()) == 50
    with pytest.raises(StoreFailed, match="closed"):
        await bench.deposit(1)
    await bench.writer.close()


async def test_a_caller_who_went_away_does_not_disturb_the_others(bench: Bench) -> None:
    held = await bench.hold()
    gone, stays = bench.deposit(1), bench.deposit(2)
    gone.cancel()
    bench.gate.set()
    await held
    assert await stays == 2
    assert sorted(bench.amounts()) == [1, 2]


async def test_a_lone_piece_on_an_idle_store_does_not_wait(db: Database) -> None:
    bench = Bench(db, interval=30.0)
    began = time.monotonic()
    await bench.deposit(1)
    assert time.monotonic() - began < 5
    await bench.writer.close()


async def test_under_load_commits_keep_their_distance(db: Database) -> None:
    bench = Bench(db, interval=0.05)
    began = time.monotonic()
    for number in range(4):
        await bench.deposit(number)
    assert time.monotonic() - began >= 0.15
    assert bench.commits == 4
    await bench.writer.close()
