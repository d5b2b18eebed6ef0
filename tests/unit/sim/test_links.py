"""Sessions that say nothing or the same twice, and connections that go dark or break, over a pair of sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from chappe.net.smpp_link import SmppLink
from chappe.protocols.smpp.codec import encode_body
from chappe.protocols.smpp.commands import (
    BindTransceiver,
    EnquireLink,
    EnquireLinkResp,
    SubmitSm,
    SubmitSmResp,
    Unbind,
)
from chappe.protocols.smpp.events import BindRequested, Event, Request, Settings
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.states import State
from chappe.sim.links import SimLink
from chappe.sim.outcomes import Cut
from unit.sim.drill import Peer


class Owner:
    """Accepts binds, leaves requests to the test."""

    def __init__(self) -> None:
        self.requests: asyncio.Queue[Pdu] = asyncio.Queue()
        self.gone = asyncio.Event()

    def connected(self, link: SmppLink) -> None:
        pass

    def happened(self, link: SmppLink, events: Sequence[Event]) -> None:
        for event in events:
            match event:
                case BindRequested(pdu):
                    link.session.accept_bind(pdu, system_id="sim", now=link.now())
                case Request(pdu):
                    self.requests.put_nowait(pdu)

    def writable(self, link: SmppLink) -> None:
        pass

    def closed(self, link: SmppLink) -> None:
        self.gone.set()


@asynccontextmanager
async def bound_pair() -> AsyncIterator[tuple[SimLink, Owner, Peer]]:
    ours, theirs = socket.socketpair()
    owner = Owner()
    link = SimLink(Settings(), owner)
    await asyncio.get_running_loop().create_connection(lambda: link, sock=ours)
    peer = Peer(*await asyncio.open_connection(sock=theirs))
    peer.send(BindTransceiver("acme"))
    assert (await peer.get()).status == 0
    try:
        yield link, owner, peer
    finally:
        link.abort()
        await peer.close()
        async with asyncio.timeout(5):
            await owner.gone.wait()


async def test_a_forgotten_request_is_never_answered_and_not_open() -> None:
    async with bound_pair() as (link, owner, peer):
        peer.send(SubmitSm(), SubmitSm())
        first, second = await owner.requests.get(), await owner.requests.get()
        link.loose.forget(first)
        assert link.session.inbound_open == 1
        link.session.respond_submit(second.sequence, "2")
        link.flush()
        assert (await peer.get()).sequence == second.sequence


async def test_an_answer_may_be_repeated() -> None:
    async with bound_pair() as (link, owner, peer):
        peer.send(SubmitSm())
        pdu = await owner.requests.get()
        link.session.respond(pdu, 0, SubmitSmResp("1"))
        assert not link.session.respond(pdu, 0, SubmitSmResp("1"))
        link.loose.repeat(pdu, 0, SubmitSmResp("1"))
        link.flush()
        assert await peer.get() == await peer.get()


async def test_a_dark_line_neither_hears_nor_speaks() -> None:
    async with bound_pair() as (link, owner, peer):
        link.dark = True
        link.data_received(encode_body(SubmitSm(), 9))
        link.session.unbind(link.now())
        link.flush()
        assert owner.requests.empty()
        assert link.session.outgoing_size == 16
        link.dark = False
        link.data_received(encode_body(EnquireLink(), 10))
        assert [type((await peer.get()).body) for _ in range(2)] == [Unbind, EnquireLinkResp]


async def test_cut_before_sends_nothing_more_cut_after_does() -> None:
    for when in Cut:
        async with bound_pair() as (link, owner, peer):
            peer.send(EnquireLink())
            assert isinstance((await peer.get()).body, EnquireLinkResp)
            peer.send(SubmitSm())
            pdu = await owner.requests.get()
            if when is Cut.AFTER:
                link.session.respond_submit(pdu.sequence, "1")
            link.cut(when)
            assert link.session.state is State.CLOSED
            if when is Cut.AFTER:
                assert (await peer.get()).body == SubmitSmResp("1")
            assert await peer.next() is None
            async with asyncio.timeout(5):
                await owner.gone.wait()
