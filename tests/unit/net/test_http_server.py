"""A listening port: how many may connect, from where, behind whom; TLS; and how it closes while requests run."""

from __future__ import annotations

import asyncio
import logging
import ssl
from email.utils import parsedate_to_datetime

import pytest

from chappe.net import http_server
from chappe.net.http_connection import HttpLimits
from chappe.net.http_server import HttpListener
from chappe.net.tls import client_context, server_context
from unit.net.test_tls import Authority
from unit.net.wire import GET, PATIENCE, Clerk, gone, listening, peer, post


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "_SWEEP_SECONDS", 0.01)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ours"), "ours")


# ---------------------------------------------------------------- who may connect


@pytest.mark.parametrize("limits", [HttpLimits(connections=2), HttpLimits(connections_per_address=2)])
async def test_one_too_many_is_turned_away_and_room_comes_back(limits: HttpLimits) -> None:
    async with listening(Clerk(), limits) as listener, peer(listener) as first:
        async with peer(listener) as second:
            for client in (first, second):
                client.send(GET)
                assert (await client.response()).status == 200
            async with peer(listener) as third:
                assert await third.ended()
            second.reset()
            while listener.connections > 1:
                first.send(GET)
                await first.response()
        async with peer(listener) as fourth:
            fourth.send(GET)
            assert (await fourth.response()).status == 200


async def test_addresses_are_counted_apart() -> None:
    limits = HttpLimits(connections_per_address=1)
    async with (
        listening(Clerk(), limits) as listener,
        peer(listener) as one,
        peer(listener, source="127.0.0.2") as other,
        peer(listener, source="127.0.0.2") as too_many,
    ):
        for client in (one, other):
            client.send(GET)
            assert (await client.response()).status == 200
        assert await too_many.ended()
        for client in (one, other):
            client.reset()
        await gone(listener)
        assert not listener._by_address


async def test_an_address_in_use_is_told_and_leaves_nothing_behind() -> None:
    async with listening(Clerk()) as listener:
        second = HttpListener(Clerk().answer)
        with pytest.raises(OSError, match="in use"):
            await second.listen("127.0.0.1", listener.port)
        assert second._sweeping is None
        await second.close()


async def test_every_response_is_dated() -> None:
    async with listening(Clerk()) as listener, peer(listener) as client:
        client.send(GET)
        date = parsedate_to_datetime((await client.response()).headers["date"])
        assert date.tzname() == "UTC"
        listener._date = b"long ago"
        async with asyncio.timeout(PATIENCE):
            while listener.date() == b"long ago":
                client.send(GET)
                await client.response()


# ---------------------------------------------------------------- behind proxies

FORWARDED = b"X-Forwarded-For: %b\r\n"


@pytest.mark.parametrize(
    ("trusted", "headers", "address", "secure"),
    [
        ((), FORWARDED % b"192.0.2.1", "127.0.0.1", False),
        (("10.0.0.0/8",), FORWARDED % b"192.0.2.1", "127.0.0.1", False),
        (("127.0.0.0/8",), b"", "127.0.0.1", False),
        (("127.0.0.0/8",), FORWARDED % b"192.0.2.1", "192.0.2.1", False),
        (("127.0.0.1",), FORWARDED % b"6.6.6.6, 192.0.2.1", "192.0.2.1", False),
        (("127.0.0.1", "10.0.0.0/8"), FORWARDED % b"6.6.6.6, 192.0.2.1 ,10.0.0.2", "192.0.2.1", False),
        (("127.0.0.1", "10.0.0.0/8"), FORWARDED % b"10.0.0.3, 10.0.0.2", "10.0.0.3", False),
        (("127.0.0.1",), FORWARDED % b"2001:db8::1", "2001:db8::1", False),
        (("127.0.0.1",), FORWARDED % b"192.0.2.1" + b"X-Forwarded-Proto: https\r\n", "192.0.2.1", True),
        (("127.0.0.1",), b"X-Forwarded-Proto: http\r\n", "127.0.0.1", False),
        ((), b"X-Forwarded-Proto: https\r\n", "127.0.0.1", False),
    ],
)
async def test_whom_a_request_is_from(
    trusted: tuple[str, ...], headers: bytes, address: str, secure: bool
) -> None:
    clerk = Clerk()
    async with listening(clerk, trusted=trusted) as listener, peer(listener) as client:
        client.send(b"GET / HTTP/1.1\r\n" + headers + b"\r\n")
        await client.response()
    (request,) = clerk.requests
    assert (request.address, request.secure) == (address, secure)


def test_a_network_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="proxy"):
        HttpListener(Clerk().answer, trusted=("proxy",))


# ---------------------------------------------------------------- closing


async def test_closing_lets_a_request_that_runs_end_and_takes_nothing_new() -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client, peer(listener) as idle:
        idle.send(GET)
        await idle.response()
        clerk.gate.clear()
        client.send(post(b"first") + post(b"second"))
        await clerk.asked(2)
        closing = asyncio.create_task(listener.close(PATIENCE))
        assert await idle.ended()
        with pytest.raises(ConnectionError):
            await asyncio.open_connection("127.0.0.1", listener.port)
        assert not closing.done()
        clerk.gate.set()
        seen = await client.response()
        assert (seen.body, seen.headers["connection"]) == (b"first", "close")
        assert await client.ended()
        await asyncio.wait_for(closing, PATIENCE)
        assert [request.body for request in clerk.requests] == [b"", b"first"]


async def test_closing_does_not_wait_for_ever() -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client:
        clerk.gate.clear()
        client.send(GET)
        await clerk.asked(1)
        await asyncio.wait_for(listener.close(0.02), PATIENCE)
        assert await client.ended()
        await gone(listener)


async def test_a_closed_listener_does_nothing_any_more() -> None:
    async with listening(Clerk()) as listener:
        await listener.close()
        sweeping = listener._sweeping
        assert sweeping is not None
        assert sweeping.cancelled()
        await listener.close()
    await HttpListener(Clerk().answer).close()


# ---------------------------------------------------------------- TLS


async def test_over_tls(authority: Authority, caplog: pytest.LogCaptureFixture) -> None:
    clerk = Clerk()
    server, ours = server_context(*authority.certificate("s")), client_context(authority.file)
    async with listening(clerk, context=server) as listener:
        async with peer(listener, context=ours) as client:
            client.send(post(b"x" * 300_000) + GET)
            assert (await client.response()).body == b"x" * 300_000
            assert (await client.response()).body == b"/"
            client.send(b"nonsense\r\n\r\n")
            assert (await client.response()).status == 400
            assert await client.ended()
        async with peer(listener, context=ours) as client:
            client.send(GET)
            await client.response()
            client.writer.close()
            await client.writer.wait_closed()
        await gone(listener)
    assert all(request.secure for request in clerk.requests)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_who_speaks_no_tls_or_nothing_is_turned_away(authority: Authority) -> None:
    clerk = Clerk()
    server = server_context(*authority.certificate("s"))
    limits = HttpLimits(header_seconds=0.1)
    async with listening(clerk, limits, context=server) as listener, peer(listener) as client:
        client.send(GET)
        async with asyncio.timeout(PATIENCE):
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await client.reader.readuntil(b"\r\n\r\n")
        async with peer(listener) as silent:
            assert await silent.ended()
        with pytest.raises(ssl.SSLError):
            await asyncio.open_connection("127.0.0.1", listener.port, ssl=client_context())
        assert clerk.requests == []
