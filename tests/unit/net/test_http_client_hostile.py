"""Calls to servers that mean no good: they hang, break off, never end, answer nonsense, or answer what was not asked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.net import http_client
from chappe.net.http_client import CannotCall, HttpAnswer, HttpClient
from unit.net.servers import OK, PATIENCE, Line, Script, saying, serving, silence

HEAD = b"POST\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
KEPT = 65_536


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "_SWEEP_SECONDS", 0.01)


@asynccontextmanager
async def calling(*, connect: float = PATIENCE, total: float = PATIENCE) -> AsyncIterator[HttpClient]:
    client = HttpClient(
        connect_seconds=connect, total_seconds=total, tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    )
    try:
        async with asyncio.timeout(2 * PATIENCE):
            yield client
    finally:
        await client.close()


async def call(client: HttpClient, url: str) -> HttpAnswer:
    return await client.call(url, HEAD, b"", allowed=lambda _: True)


# ---------------------------------------------------------------- no answer


async def drip(line: Line) -> None:
    await line.request()
    line.say(b"HTTP/1.1 200 OK\r\nX-A: ")
    gone = asyncio.create_task(line.gone())
    while not gone.done():
        line.say(b"x")
        await asyncio.wait((gone,), timeout=0.005)


@pytest.mark.parametrize(
    "script",
    [
        silence,
        drip,
        saying(b"HTTP/1.1 100 Continue\r\n\r\n"),
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok"),
        saying(b"HTTP/1.1 200 OK\r\n\r\nok"),
        saying(CHUNKED + b"2\r\nok\r\n"),
    ],
    ids=["nothing", "drip", "interim", "short", "endless", "chunks"],
)
async def test_an_answer_that_is_not_whole_in_time_is_none(script: Script) -> None:
    async with serving(script) as server, calling(total=0.1) as client:
        with pytest.raises(TimeoutError):
            await call(client, server.url())
        await server.until(lambda: not server.open)


async def test_nobody_there() -> None:
    async with serving(silence) as server:
        port = server.port
    async with calling() as client:
        with pytest.raises(CannotCall, match="cannot connect"):
            await call(client, f"http://127.0.0.1:{port}/")


async def test_a_handshake_that_does_not_go_on_is_given_up() -> None:
    async with serving(silence) as server, calling(connect=0.05) as client:
        with pytest.raises(CannotCall, match="no connection in time"):
            await call(client, server.url(scheme="https"))
        await server.until(lambda: not server.open)


@pytest.mark.parametrize("how", ["hang up", "reset"])
@pytest.mark.parametrize(
    ("octets", "sentence"),
    [
        (b"", "closed without an answer"),
        (b"HTTP/1.1 200", "broke within the answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", "broke within the answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", "broke within the answer"),
        (CHUNKED + b"2\r\nok\r\n", "broke within the answer"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "broke within the answer"),
    ],
)
async def test_an_answer_that_breaks_off_is_none(octets: bytes, sentence: str, how: str) -> None:
    if how == "reset" and octets:
        # What a reset destroys of the answer is chance; that there is none is not.
        sentence = "broke within the answer|closed without an answer"
    async with serving(saying(octets, then=how)) as server, calling() as client:
        with pytest.raises(CannotCall, match=sentence):
            await call(client, server.url())


# ---------------------------------------------------------------- no HTTP


@pytest.mark.parametrize(
    "octets",
    [
        b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: \x00\r\n\r\n",
        CHUNKED + b"zz\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nPRI",
    ],
)
async def test_what_is_no_answer_is_told(octets: bytes) -> None:
    async with serving(saying(octets)) as server, calling() as client:
        with pytest.raises(CannotCall, match="no HTTP"):
            await call(client, server.url())
        await server.until(lambda: not server.open)


@given(
    st.lists(
        st.binary(max_size=80) | st.sampled_from([OK, CHUNKED, b"0\r\n\r\n", b"HTTP/1.1 ", b"\r\n"]),
        max_size=8,
    )
)
def test_no_octets_whatever_do_more_than_fail_a_call(pieces: list[bytes]) -> None:
    async def session() -> None:
        async with serving(saying(b"".join(pieces), then="hang up")) as server, calling() as client:
            try:
                answer = await call(client, server.url())
            except CannotCall:
                return
            assert 200 <= answer.status <= 999
            assert len(answer.body) <= KEPT

    asyncio.run(session())


# ---------------------------------------------------------------- too much


@pytest.mark.parametrize(
    ("octets", "kept"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n" + b"x" * KEPT, KEPT),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 1_000_000, KEPT),
        (CHUNKED + (b"2710\r\n" + b"x" * 10_000 + b"\r\n") * 100, KEPT),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000, KEPT),
    ],
)
async def test_of_a_long_answer_the_beginning_is_kept_and_no_more_is_read(octets: bytes, kept: int) -> None:
    async with serving(saying(octets)) as server, calling() as client:
        answer = await call(client, server.url())
        assert (answer.status, answer.body) == (200, b"x" * kept)
        assert (await call(client, server.url())).status == 200


@pytest.mark.parametrize(
    "endless",
    [
        b"HTTP/1.1 200 ",
        b"HTTP/1.1 200 OK\r\nA: ",
        b"HTTP/1.1 200 OK\r\nA",
        CHUNKED + b"1;",
        CHUNKED + b"1;a=",
        CHUNKED + b"0\r\nA: ",
        CHUNKED + b"2\r\nok\r\n0\r\nA: ",
    ],
)
async def test_an_answer_that_never_ends_is_not_gathered(endless: bytes) -> None:
    poured = 0

    async def script(line: Line) -> None:
        nonlocal poured
        await line.request()
        line.say(endless)
        while True:
            line.say(b"x" * 16_384)
            await line.writer.drain()
            poured += 16_384

    async with serving(script) as server, calling() as client:
        with pytest.raises(CannotCall, match="headers are too long"):
            await call(client, server.url())
        await server.until(lambda: not server.open)
        assert poured < 16 << 20


async def test_interim_answers_without_end_are_no_answer() -> None:
    async def script(line: Line) -> None:
        await line.request()
        while True:
            line.say(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 100)
            await line.writer.drain()

    async with serving(script) as server, calling() as client:
        with pytest.raises(CannotCall, match="headers are too long"):
            await call(client, server.url())


# ---------------------------------------------------------------- what was not asked


FORGED = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"


@pytest.mark.parametrize("beyond", [FORGED, FORGED[:20], FORGED[:-1], b"\x00", b"\r\n\r\nx"])
async def test_what_comes_beyond_an_answer_is_never_that_of_the_next_call(beyond: bytes) -> None:
    async def script(line: Line) -> None:
        await line.request()
        line.say(OK + beyond)
        await line.request()
        line.say(FORGED[len(beyond) :])

    async with serving(script) as server, calling() as client:
        for number in range(1, 4):
            assert (await call(client, server.url())).body == b"ok"
            assert server.connections == number


async def test_what_comes_to_an_idle_connection_ends_it() -> None:
    async def script(line: Line) -> None:
        await line.request()
        line.say(OK)
        await line.writer.drain()
        told.set()
        await ask.wait()
        line.say(FORGED)
        await line.gone()

    told, ask = asyncio.Event(), asyncio.Event()
    async with serving(script) as server, calling() as client:
        assert (await call(client, server.url())).body == b"ok"
        await told.wait()
        ask.set()
        await server.until(lambda: not server.open)
        assert (await call(client, server.url())).body == b"ok"
        assert server.connections == 2
