"""One connection: two links talk over the loopback; timers, back-pressure, stalls and ends. On asyncio and on uvloop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import uvloop

from chappe.net import smpp_link
from chappe.net.smpp_link import SmppLink
from chappe.protocols.smpp.codec import encode_body
from chappe.protocols.smpp.commands import BindTransceiver, DeliverSm, EnquireLink, SubmitSm, SubmitSmResp
from chappe.protocols.smpp.events import (
    Answer,
    BindRequested,
    Bound,
    Closing,
    Event,
    Expired,
    Reason,
    Request,
    Settings,
    Unknown,
)
from chappe.protocols.smpp.states import Role, State

SETTINGS = Settings()
WAIT = 10.0


class Owner:
    """Keeps what it is told; an SMSC's accepts binds, and answers submit_sm while it is told to."""

    def __init__(self, *, answers: bool = True) -> None:
        self.events: list[Event] = []
        self.told: list[str] = []
        self.links: list[SmppLink] = []
        self.answers = answers
        self._changed = asyncio.Event()

    def connected(self, link: SmppLink) -> None:
        self.links.append(link)
        self._tell("connected")
        if link.session.role is Role.ESME:
            link.session.bind(BindTransceiver("esme", "secret"), link.now())

    def happened(self, link: SmppLink, events: Sequence[Event]) -> None:
        self.events += events
        for event in events:
            if isinstance(event, BindRequested):
                link.session.accept_bind(event.pdu, system_id="smsc", now=link.now())
            elif isinstance(event, Request) and isinstance(event.pdu.body, SubmitSm) and self.answers:
                link.session.respond_submit(event.pdu.sequence, "0A")
        self._changed.set()

    def writable(self, _link: SmppLink) -> None:
        self._tell("writable")

    def closed(self, _link: SmppLink) -> None:
        self._tell("closed")

    def _tell(self, what: str) -> None:
        self.told.append(what)
        self._changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def saw(self, kind: type[Event], count: int = 1) -> list[Event]:
        await self.until(lambda: len(self.all(kind)) >= count)
        return self.all(kind)

    def all(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def link(self) -> SmppLink:
        return self.links[0]


class Pair:
    """An ESME and an SMSC that are connected."""

    def __init__(self, esme: Owner, smsc: Owner) -> None:
        self.esme = esme
        self.smsc = smsc


@asynccontextmanager
async def connected(
    *, esme: Settings = SETTINGS, smsc: Settings = SETTINGS, answers: bool = True
) -> AsyncIterator[Pair]:
    loop = asyncio.get_running_loop()
    pair = Pair(Owner(), Owner(answers=answers))
    server = await loop.create_server(lambda: SmppLink(Role.SMSC, smsc, pair.smsc), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await loop.create_connection(lambda: SmppLink(Role.ESME, esme, pair.esme), "127.0.0.1", port)
    try:
        await pair.esme.saw(Bound)
        yield pair
    finally:
        for owner in (pair.esme, pair.smsc):
            owner.link.abort()
            await owner.until(lambda owner=owner: "closed" in owner.told)  # type: ignore[misc]
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def raw(
    settings: Settings = SETTINGS,
) -> AsyncIterator[tuple[Owner, asyncio.StreamReader, asyncio.StreamWriter]]:
    """An SMSC, and a peer that says whatever the test wants."""
    owner = Owner()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SmppLink(Role.SMSC, settings, owner), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
    await owner.until(lambda: "connected" in owner.told)
    try:
        yield owner, reader, writer
    finally:
        writer.close()
        owner.link.abort()
        await owner.until(lambda: "closed" in owner.told)
        server.close()
        await server.wait_closed()


def submit(link: SmppLink, count: int, octets: int = 10) -> None:
    for number in range(count):
        link.session.request(SubmitSm(short_message=b"x" * octets), now=link.now(), token=number)
    link.flush()


# ---------------------------------------------------------------- talking


async def test_requests_are_answered_over_the_wire() -> None:
    async with connected() as pair:
        assert pair.esme.link.peer == pair.smsc.link.peer == "127.0.0.1"
        submit(pair.esme.link, 10)
        answers = await pair.esme.saw(Answer, 10)
        assert [answer.token for answer in answers if isinstance(answer, Answer)] == list(range(10))
        assert all(
            isinstance(answer.pdu.body, SubmitSmResp) for answer in answers if isinstance(answer, Answer)
        )


def test_it_works_on_uvloop_too() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(test_requests_are_answered_over_the_wire())


async def test_many_small_writes_of_one_turn_are_one() -> None:
    async with raw() as (owner, reader, writer):
        writer.write(encode_body(BindTransceiver("esme", "secret"), 1))
        await reader.readexactly(16)
        link = owner.link
        await owner.saw(BindRequested)
        written: list[int] = []
        transport = link._transport
        assert transport is not None
        send = transport.write
        link._transport = _Counting(transport, lambda octets: (written.append(len(octets)), send(octets)))  # type: ignore[assignment]
        for _ in range(5):
            link.session.request(DeliverSm(short_message=b"x"), now=link.now())
            link.flush_soon()
        assert written == []
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(written) == 1
        link._transport = transport


class _Counting:
    """A transport that tells of its writes."""

    def __init__(self, transport: asyncio.Transport, write: Callable[[bytes], object]) -> None:
        self._transport = transport
        self.write = write

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)


async def test_octets_in_any_pieces_are_the_same_pdus() -> None:
    async with raw() as (owner, reader, writer):
        octets = encode_body(BindTransceiver("esme", "secret"), 1) + encode_body(
            SubmitSm(short_message=b"hi"), 2
        )
        for octet in octets:
            writer.write(bytes((octet,)))
            await writer.drain()
        await owner.saw(Request)
        await reader.readexactly(16)


# ---------------------------------------------------------------- back-pressure


async def test_a_full_inward_window_stops_reading_until_there_is_room() -> None:
    async with connected(
        smsc=replace(SETTINGS, window_in=3), esme=replace(SETTINGS, window_out=50), answers=False
    ) as pair:
        link = pair.smsc.link
        submit(pair.esme.link, 3)
        requests = await pair.smsc.saw(Request, 3)
        assert link._transport is not None
        assert not link._transport.is_reading()
        submit(pair.esme.link, 2)
        await asyncio.sleep(0)
        assert len(pair.smsc.all(Request)) == 3
        for request in requests:
            assert isinstance(request, Request)
            link.session.respond_submit(request.pdu.sequence, "1")
        link.flush()
        assert link._transport.is_reading()
        await pair.smsc.saw(Request, 5)


async def test_the_owner_may_stop_reading_too() -> None:
    async with connected() as pair:
        link = pair.smsc.link
        link.hold(reading=False)
        await asyncio.sleep(0)
        assert link._transport is not None
        assert not link._transport.is_reading()
        submit(pair.esme.link, 1)
        link.hold(reading=True)
        await pair.esme.saw(Answer)


async def test_a_peer_that_takes_nothing_is_cut_and_the_stall_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smpp_link, "WRITE_TIMEOUT", 0.05)
    async with connected(esme=replace(SETTINGS, window_out=100_000)) as pair:
        pair.smsc.link.hold(reading=False)
        await asyncio.sleep(0)
        link = pair.esme.link
        while not link.stalled:
            submit(link, 1_000, 250)
            await asyncio.sleep(0)
        await pair.esme.until(lambda: "closed" in pair.esme.told)
        assert pair.esme.all(Unknown)
        assert not link.stalled


async def test_a_stall_that_ends_is_told() -> None:
    async with connected(esme=replace(SETTINGS, window_out=100_000), answers=False) as pair:
        pair.smsc.link.hold(reading=False)
        await asyncio.sleep(0)
        link = pair.esme.link
        while not link.stalled:
            submit(link, 1_000, 250)
            await asyncio.sleep(0)
        pair.smsc.link.session._settings = replace(SETTINGS, window_in=10**6, throttle_mark=10**6)
        pair.smsc.link.hold(reading=True)
        await pair.esme.until(lambda: "writable" in pair.esme.told)
        assert not link.stalled


async def test_a_closed_link_does_not_wait_for_ever_for_a_peer_that_takes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smpp_link, "WRITE_TIMEOUT", 0.05)
    async with connected(esme=replace(SETTINGS, window_out=100_000)) as pair:
        pair.smsc.link.hold(reading=False)
        await asyncio.sleep(0)
        link = pair.esme.link
        assert link._transport is not None
        while not link._transport.get_write_buffer_size():
            submit(link, 200, 250)
            await asyncio.sleep(0)
        assert not link.stalled  # it is too little for that
        link.close()
        await pair.esme.until(lambda: "closed" in pair.esme.told)


# ---------------------------------------------------------------- timers


async def test_a_quiet_link_is_asked_whether_it_lives() -> None:
    async with connected(smsc=replace(SETTINGS, enquire_link_timer=0.02)) as pair:
        asked = asyncio.Event()
        receive = pair.esme.link.data_received

        def listen(data: bytes) -> None:
            if EnquireLink.command.to_bytes(4, "big") in data:
                asked.set()
            receive(data)

        pair.esme.link.data_received = listen  # type: ignore[method-assign]
        await asyncio.wait_for(asked.wait(), WAIT)
        assert pair.smsc.link.session.state is State.BOUND_TRX


async def test_a_dead_link_is_closed_by_its_timer() -> None:
    settings = replace(SETTINGS, enquire_link_timer=0.02, enquire_link_response_timer=0.02)
    async with raw(settings) as (owner, _, writer):
        writer.write(encode_body(BindTransceiver("esme", "secret"), 1))
        (closing,) = await owner.saw(Closing)
        assert closing == Closing(Reason.ENQUIRE_LINK_TIMER)
        await owner.until(lambda: "closed" in owner.told)


async def test_one_who_never_binds_is_closed() -> None:
    async with raw(replace(SETTINGS, session_init_timer=0.02)) as (owner, reader, _):
        (closing,) = await owner.saw(Closing)
        assert closing == Closing(Reason.SESSION_INIT_TIMER)
        assert await reader.read() == b""


async def test_a_timer_that_moves_earlier_is_heeded() -> None:
    async with connected(esme=replace(SETTINGS, response_timer=0.02), answers=False) as pair:
        submit(pair.esme.link, 1)  # its deadline lies before that of enquire_link, which is set already
        await pair.esme.saw(Expired)


# ---------------------------------------------------------------- ends


async def test_an_unbind_goes_in_order() -> None:
    async with connected() as pair:
        submit(pair.esme.link, 3)
        pair.esme.link.unbind()
        for owner in (pair.esme, pair.smsc):
            assert await owner.saw(Closing) == [Closing(Reason.UNBOUND)]
            await owner.until(lambda owner=owner: owner.told[-1] == "closed")  # type: ignore[misc]
        assert len(pair.esme.all(Answer)) == 3


@pytest.mark.parametrize("cut", ["abort", "close"])
async def test_every_open_request_gets_its_event_before_the_end_is_told(cut: str) -> None:
    async with connected(answers=False) as pair:
        submit(pair.esme.link, 4)
        await pair.smsc.saw(Request, 4)
        if cut == "abort":
            pair.smsc.link.abort()
        else:
            pair.esme.link.close()
        await pair.esme.until(lambda: "closed" in pair.esme.told)
        assert [event.token for event in pair.esme.all(Unknown) if isinstance(event, Unknown)] == [0, 1, 2, 3]
        assert isinstance(pair.esme.events[-1], Closing)
        assert pair.esme.told.count("closed") == 1


async def test_a_peer_that_says_no_more_is_gone() -> None:
    async with raw() as (owner, _, writer):
        writer.write_eof()
        assert await owner.saw(Closing) == [Closing(Reason.DISCONNECTED)]


async def test_a_length_that_cannot_be_is_answered_and_the_link_closed() -> None:
    async with raw() as (owner, reader, writer):
        writer.write(b"\xff\xff\xff\xff" + bytes(12))
        answer = await reader.read()
        assert answer[4:12] == b"\x80\x00\x00\x00\x00\x00\x00\x02"  # generic_nack, ESME_RINVCMDLEN
        assert await owner.saw(Closing)


async def test_after_the_end_nothing_happens_any_more() -> None:
    async with connected() as pair:
        link = pair.esme.link
        link.abort()
        await pair.esme.until(lambda: "closed" in pair.esme.told)
        told, events = list(pair.esme.told), list(pair.esme.events)
        link.flush()
        link.flush_soon()
        link.close()
        link.unbind()
        link.hold(reading=False)
        link.abort()
        await asyncio.sleep(0)
        assert (pair.esme.told, pair.esme.events) == (told, events)
        assert not link.stalled


async def test_a_link_over_a_local_socket_has_a_name_too() -> None:
    owner = Owner()
    here, there = socket.socketpair()
    loop = asyncio.get_running_loop()
    await loop.connect_accepted_socket(lambda: SmppLink(Role.SMSC, SETTINGS, owner), here)
    assert owner.link.peer == "local"
    there.close()
    await owner.until(lambda: "closed" in owner.told)
