"""A writer that several processes share: one commit for all, all told of it, nobody trusted who talks nonsense."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import apsw
import pytest

from chappe.domain.message import AcceptResult
from chappe.ports.store import StoreError, StoreFailed
from chappe.stores.sqlite import remote_writer
from chappe.stores.sqlite.database import open_database
from chappe.stores.sqlite.shared_writer import SharedWriter
from chappe.stores.sqlite.store import SqliteStore, connect_store
from chappe.stores.sqlite.wire import Ask, pack, write_parts
from making import NOW, message, notice, sent, webhook


class Shared:
    """A shared writer and those who ask it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.failed = False
        self.fed: list[tuple[str, list[str], list[str]]] = []
        self.heard = asyncio.Event()
        database = open_database(folder / "s.db")
        database.count()
        self.commits = 0
        database.connection.set_commit_hook(self._committing)
        self.database = database
        self.writer = SharedWriter(database, 0.0, self._fail)

    def _committing(self) -> bool:
        self.commits += 1
        return False

    def _fail(self) -> None:
        self.failed = True

    async def store(self, name: str) -> SqliteStore:
        def fed(queues: list[str], lanes: list[str]) -> None:
            self.fed.append((name, queues, lanes))
            self.heard.set()

        return await connect_store(self.folder / "w", self.folder, fed=fed, reserve=0)


@asynccontextmanager
async def shared(folder: Path) -> AsyncIterator[Shared]:
    made = Shared(folder)
    await made.writer.listen(folder / "w")
    yield made
    await made.writer.close()


async def test_what_one_accepts_another_claims_and_both_hear_of_it(tmp_path: Path) -> None:
    async with shared(tmp_path) as house:
        front, relay = await house.store("front"), await house.store("relay")
        one = message(report=webhook())
        (taken,) = await front.accept([one])
        assert taken.result is AcceptResult.ACCEPTED
        await house.heard.wait()
        (claimed,) = await relay.claim("op", 5, 1, NOW)
        assert claimed.message == one
        assert await front.depths() == {}
        await relay.move([sent(one, "1", owes=(notice(one),))])
        assert await front.owed_count() == 1
        assert {name for name, queues, _ in house.fed if queues == ["op"]} == {"front", "relay"}
        assert {name for name, _, lanes in house.fed if lanes} == {"front", "relay"}
        await front.close()
        await relay.close()


async def test_what_several_ask_for_at_once_is_one_commit(tmp_path: Path) -> None:
    async with shared(tmp_path) as house:
        stores = [await house.store(str(number)) for number in range(3)]
        before = house.commits
        await asyncio.gather(*(store.accept([message()]) for store in stores for _ in range(10)))
        assert house.commits - before <= 3
        for store in stores:
            await store.close()


async def test_a_failed_write_ends_everything(tmp_path: Path) -> None:
    async with shared(tmp_path) as house:
        store = await house.store("front")

        def fail() -> bool:
            raise apsw.IOError("disk I/O error")

        house.database.connection.set_commit_hook(fail)
        with pytest.raises(StoreFailed):
            await store.accept([message()])
        assert house.failed
        house.database.connection.set_commit_hook(None)
        with pytest.raises(StoreFailed):
            await store.accept([message()])
        await store.close()


async def test_when_the_writer_is_gone_every_wait_ends(tmp_path: Path) -> None:
    house = Shared(tmp_path)
    await house.writer.listen(tmp_path / "w")
    store = await house.store("front")
    await store.newest_id()
    for asker in tuple(house.writer.askers):
        asker.cut()
    with pytest.raises(StoreFailed, match="the writer is gone"):
        await store.accept([message()])
    with pytest.raises(StoreFailed):
        await store.newest_id()
    await store.close()
    await house.writer.close()


@pytest.mark.parametrize(
    "octets",
    [
        b"\xff\xff\xff\xff",
        b"GET / HTTP/1.1\r\n\r\n" * 9,
        b"\x00\x00\x00\x01\x05",
        write_parts([Ask(1, 9_999, pack(()))]),
        write_parts([Ask(1, 2, pack(("no batch",)))]),
    ],
)
async def test_who_talks_nonsense_is_cut_off_and_the_others_are_not(tmp_path: Path, octets: bytes) -> None:
    async with shared(tmp_path) as house:
        store = await house.store("front")
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "w"))
        writer.write(octets)
        assert await reader.read() == b""
        writer.close()
        assert (await store.accept([message()]))[0].result is AcceptResult.ACCEPTED
        await store.close()


async def test_work_beyond_a_frame_goes_in_several_and_a_piece_too_large_is_refused_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_writer, "_MOST_WORK", 20_000)
    async with shared(tmp_path) as house:
        front = await house.store("front")
        fitting = [message(text="x" * 8_000) for _ in range(7)]
        too_large = message(text="x" * 30_000)
        answers = await asyncio.gather(
            *(front.accept([one]) for one in (*fitting[:3], too_large, *fitting[3:])), return_exceptions=True
        )
        (refused,) = [answer for answer in answers if isinstance(answer, BaseException)]
        assert isinstance(refused, StoreError)
        assert not isinstance(refused, StoreFailed)
        assert len(await front.messages([one.id for one in fitting])) == 7
        assert await front.depths() == {"op": 7}
        assert not house.failed
        await front.close()
