"""The supervisor's end of the bus: who is there, what they last said, and passing on what others must know."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from chappe.app.bus import Bound, Figured, Gone, Hello, Leaving, Links, Ready, Speaker, Word, figured
from chappe.app.metrics import Figures
from chappe.domain.link import Health, LinkStatus
from chappe.net.unix_socket import bound


class BusServer:
    """The supervisor's end: who is there, and what they last said."""

    def __init__(
        self,
        came: Callable[[Hello], None],
        ready: Callable[[str, Mapping[str, int]], None],
        leaving: Callable[[str], None],
        first: Sequence[str],
    ) -> None:
        """`first` are the names of those who claim: the first of them recovers once all have come."""
        self._came = came
        self._ready = ready
        self._leaving = leaving
        self._awaited = set(first)
        self._recovers = first[0] if first else ""
        self._first_owner = 0
        self._dead: list[int] = []
        self._members: dict[Speaker, Hello] = {}
        self._statuses: dict[str, tuple[str, LinkStatus]] = {}
        self._figures: dict[str, Figured] = {}
        self._before: list[Figured] = []
        self._bound: dict[str, dict[str, int]] = {}
        self._server: asyncio.AbstractServer | None = None
        self._nobody = asyncio.Event()
        self._nobody.set()

    async def listen(self, path: Path) -> None:
        """Opens the meeting place."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(
            lambda: Speaker(self._heard, self._left), sock=bound(path)
        )

    def close(self) -> None:
        """Closes it."""
        if self._server is not None:
            self._server.close()
        for speaker in tuple(self._members):
            speaker.leave()

    async def closed(self) -> None:
        """Returns once all are gone."""
        await self._nobody.wait()

    # ------------------------------------------------------------ what screens ask

    @property
    def statuses(self) -> dict[str, LinkStatus]:
        """How every connector fares, by its last word."""
        return {name: status for name, (_, status) in sorted(self._statuses.items())}

    def figures(self) -> Figures:
        """The figures of all processes together, those of earlier lives included."""
        return _sum([*self._before, *self._figures.values()])

    # ------------------------------------------------------------ what members say

    def _heard(self, speaker: Speaker, word: Word) -> None:
        if isinstance(word, Hello):
            self._welcome(speaker, word)
            return
        hello = self._members.get(speaker)
        if hello is None:
            speaker.leave()
        elif isinstance(word, Links):
            for status in word.statuses:
                self._statuses[status.connector] = (hello.name, status)
            self._pass_on(word, speaker)
        elif isinstance(word, Figured):
            self._figures[hello.name] = word
        elif isinstance(word, Bound):
            self._bound[hello.name] = word.sessions
            self._tell_bound()
        elif isinstance(word, Ready):
            self._ready(hello.name, word.ports)
        elif isinstance(word, Leaving):
            self._leaving(hello.name)

    def _welcome(self, speaker: Speaker, hello: Hello) -> None:
        self._members[speaker] = hello
        self._nobody.clear()
        speaker.say(Links([status for _, status in self._statuses.values()]))
        self._tell_bound()
        self._came(hello)
        if not hello.owner:
            return
        if hello.name not in self._awaited:
            # It comes again: what earlier lives held is nobody's. Of several who are told so each message is one's.
            speaker.say(Gone(self._dead, self._first_owner))
            return
        self._awaited.discard(hello.name)
        self._first_owner = min(self._first_owner or hello.owner, hello.owner)
        if not self._awaited:
            for member, known in self._members.items():
                if known.name == self._recovers:
                    # Numbers rise: whoever has a lower one is of an earlier gateway over this store.
                    member.say(Gone(self._dead, self._first_owner))

    def _pass_on(self, word: Word, author: Speaker) -> None:
        for speaker in self._members:
            if speaker is not author:
                speaker.say(word)

    def _tell_bound(self) -> None:
        for speaker, hello in self._members.items():
            others: dict[str, int] = {}
            for name, sessions in self._bound.items():
                if name != hello.name:
                    for account, count in sessions.items():
                        others[account] = others.get(account, 0) + count
            speaker.say(Bound(others))

    def _left(self, speaker: Speaker) -> None:
        hello = self._members.pop(speaker, None)
        if hello is None:
            return
        if not self._members:
            self._nobody.set()
        if hello.owner:
            self._dead.append(hello.owner)
        last = self._figures.pop(hello.name, None)
        if last is not None:
            # Its gauges went with it; what it counted has happened.
            earlier = figured(_sum([*self._before, last]))
            self._before = [msgspec.structs.replace(earlier, gauges=[])]
        if self._bound.pop(hello.name, None) is not None:
            self._tell_bound()
        lost = [
            LinkStatus(name, Health.DOWN, detail="its process is being started anew")
            for name, (author, _) in self._statuses.items()
            if author == hello.name
        ]
        for status in lost:
            self._statuses[status.connector] = (hello.name, status)
        if lost:
            self._pass_on(Links(lost), speaker)


def _sum(all_figures: Iterable[Figured]) -> Figures:
    """Counters and histograms add up; a gauge is one process's to set."""
    merged = Figures()
    for figures in all_figures:
        for name, label, count in figures.counters:
            merged.counters[name, label] += count
        for name, label, level in figures.gauges:
            merged.gauges[name, label] = level
        for name, label, buckets in figures.histograms:
            known = merged.histograms.get((name, label), [0.0] * len(buckets))
            merged.histograms[name, label] = [a + b for a, b in zip(known, buckets, strict=True)]
    return merged
