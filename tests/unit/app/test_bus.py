"""The bus between processes: what one says the others hear, who dies is told of, figures add up over lives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chappe.app.bus import Bound, Bus, Gone, Hello, Links, Ready, Speaker, Word, figured
from chappe.app.bus_server import BusServer
from chappe.app.metrics import Figures
from chappe.domain.link import Health, LinkStatus

UP = LinkStatus("op", Health.UP, binds=2)


class Member:
    """One process."""

    def __init__(self) -> None:
        self.bus = Bus()
        self.words: list[Word] = []
        self.news = asyncio.Event()
        self.lost = asyncio.Event()

    def hear(self, word: Word) -> None:
        self.words.append(word)
        self.news.set()

    async def until(self, seen: Callable[[Word], bool]) -> Word:
        async with asyncio.timeout(10):
            while True:
                for word in self.words:
                    if seen(word):
                        return word
                self.news.clear()
                await self.news.wait()


class Meeting:
    """The supervisor's end and its members."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.came: list[str] = []
        self.ready: list[str] = []
        self.changed = asyncio.Event()
        self.server = BusServer(self._came, self._ready, self._leaving, ["relay 0", "relay 1"])

    def _came(self, hello: Hello) -> None:
        self.came.append(hello.name)

    def _ready(self, name: str, ports: Mapping[str, int]) -> None:
        assert ports in ({}, {"http": 1})
        self.ready.append(name)
        self.changed.set()

    def _leaving(self, name: str) -> None:
        self.ready.remove(name)

    async def member(self, name: str, owner: int = 0) -> Member:
        member = Member()
        await member.bus.join(self.path, Hello(name, owner), member.hear, member.lost.set)
        # The server's first word says that the hello was heard.
        await member.until(lambda word: isinstance(word, Links))
        return member


@asynccontextmanager
async def meeting(folder: Path) -> AsyncIterator[Meeting]:
    made = Meeting(folder / "bus")
    await made.server.listen(made.path)
    try:
        yield made
    finally:
        made.server.close()
        await made.server.closed()


async def test_how_a_connector_fares_is_heard_by_all_and_by_who_comes_later(tmp_path: Path) -> None:
    async with meeting(tmp_path) as met:
        front, relay = await met.member("front 0"), await met.member("relay 0", 1)
        relay.bus.link_changed(UP)
        await front.until(lambda word: word == Links([UP]))
        later = await met.member("front 1")
        assert later.words[0] == Links([UP])
        assert met.server.statuses == {"op": UP}


async def test_connectors_of_a_process_that_died_are_down(tmp_path: Path) -> None:
    async with meeting(tmp_path) as met:
        front, relay = await met.member("front 0"), await met.member("relay 0", 1)
        relay.bus.link_changed(UP)
        relay.bus.leave()
        word = await front.until(
            lambda word: isinstance(word, Links) and bool(word.statuses) and word.statuses[0] != UP
        )
        assert isinstance(word, Links)
        assert [(status.connector, status.health) for status in word.statuses] == [("op", Health.DOWN)]


async def test_the_first_recovers_once_all_have_come_and_then_each_who_comes_again(tmp_path: Path) -> None:
    async with meeting(tmp_path) as met:
        first = await met.member("relay 0", 12)
        assert not any(isinstance(word, Gone) for word in first.words)
        second = await met.member("relay 1", 11)
        # Whoever has a lower number than any of them is of an earlier gateway.
        await first.until(lambda word: word == Gone([], 11))
        second.bus.leave()
        await first.until(lambda word: word == Bound({}))
        again = await met.member("relay 1", 13)
        await again.until(lambda word: word == Gone([11], 11))
        assert not any(isinstance(word, Gone) for word in second.words)


async def test_sessions_of_the_others_are_told_together(tmp_path: Path) -> None:
    async with meeting(tmp_path) as met:
        fronts = [await met.member(f"front {number}") for number in range(3)]
        for front, count in zip(fronts, (1, 2, 4), strict=True):
            front.bus.say(Bound({"acme": count}))
        for front, others in zip(fronts, (6, 5, 3), strict=True):
            await front.until(lambda word, others=others: word == Bound({"acme": others}))
        fronts[2].bus.leave()
        await fronts[0].until(lambda word: word == Bound({"acme": 2}))


async def test_figures_add_up_also_over_lives(tmp_path: Path) -> None:
    async with meeting(tmp_path) as met:
        figures = Figures()
        figures.count("accepted", "jasmin", 5)
        figures.gauge("queued", 3, "op")
        figures.observe("webhook_seconds", 0.003)
        for _ in range(2):
            member = await met.member("front 0")
            member.bus.say(figured(figures))
            member.bus.say(Ready({}))
            await met.changed.wait()
            met.changed.clear()
            assert met.server.figures().gauges == {("queued", "op"): 3}
            member.bus.leave()
            await met.server.closed()
        merged = met.server.figures()
        assert merged.counters == {("accepted", "jasmin"): 10}
        assert sum(merged.histograms["webhook_seconds", ""][:-1]) == 2
        assert merged.gauges == {}
        assert met.ready == ["front 0"] * 2


@pytest.mark.parametrize("octets", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x01\x05"])
async def test_who_talks_nonsense_is_cut_off(tmp_path: Path, octets: bytes) -> None:
    async with meeting(tmp_path) as met:
        reader, writer = await asyncio.open_unix_connection(str(met.path))
        writer.write(octets)
        assert await reader.read() == b""
        writer.close()


async def test_who_does_not_say_first_who_it_is_is_cut_off(tmp_path: Path) -> None:
    async with meeting(tmp_path) as met:
        lost = asyncio.Event()
        loop = asyncio.get_running_loop()
        _, speaker = await loop.create_unix_connection(
            lambda: Speaker(lambda _speaker, _word: None, lambda _: lost.set()), str(met.path)
        )
        speaker.say(Ready({}))
        await lost.wait()
        assert met.ready == []


def test_nothing_said_alone_is_an_error() -> None:
    Bus().say(Ready({}))
    Bus().link_changed(UP)
