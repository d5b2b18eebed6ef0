"""One connection of an HTTP client that means no good: too long, too slow, too much, or no HTTP at all."""

from __future__ import annotations

import asyncio
import random
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chappe.net import http_server
from chappe.net.http_connection import HttpConnection, HttpLimits
from chappe.protocols.http.messages import HttpRequest, HttpResponse
from unit.net.wire import GET, PATIENCE, Clerk, gone, listening, peer, post

SMALL = HttpLimits(header_octets=1_000, header_count=20, body_octets=1_000)
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "_SWEEP_SECONDS", 0.01)


# ---------------------------------------------------------------- too long


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"GET /" + b"x" * 1_000 + b" HTTP/1.1\r\n\r\n", 431),
        (b"GET /" + b"x" * 2_000, 431),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 1_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 21 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20 + b"\r\n", 200),
        (post(b"x" * 1_000), 200),
        (post(b"x" * 1_001), 413),
        (HEAD + b"Content-Length: 1001\r\n\r\n", 413),
        (HEAD + b"Content-Length: 18446744073709551615\r\n\r\n", 413),
        (CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (1_000, b"x" * 1_000), 200),
        (CHUNKED + b"%x\r\n%b" % (1_001, b"x" * 1_001), 413),
        (CHUNKED + b"1f4\r\n%b\r\n" % (b"x" * 500) * 3, 413),
    ],
)
async def test_limits(octets: bytes, status: int) -> None:
    for trickles in (False, True):
        clerk = Clerk()
        async with listening(clerk, SMALL) as listener, peer(listener) as client:
            if trickles:
                client.send(*(octets[at : at + 50] for at in range(0, len(octets), 50)))
            else:
                client.send(octets)
            assert (await client.response()).status == status
            assert len(clerk.requests) == (status == 200)


@pytest.mark.parametrize(
    "endless",
    [
        b"GET /",
        b"GET / HTTP/1.1\r\nA: ",
        HEAD + b"A: b\r\n" * 5,
        CHUNKED + b"1;",
        CHUNKED + b"1;a=",
        CHUNKED + b"0\r\nA: ",
        CHUNKED + b"0\r\nA: b\r\n",
    ],
)
async def test_what_never_ends_is_not_gathered(endless: bytes) -> None:
    # In llhttp nothing of these is limited: a trailer of a gigabyte would be gathered.
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client:
        client.send(endless)
        refused = asyncio.create_task(client.response())
        sent = 0
        while not refused.done():
            client.send(b"x" * 16_384)
            await asyncio.wait((refused,), timeout=0)
            sent += 16_384
        assert (await refused).status == 431
        assert sent < 16 << 20
        assert clerk.requests == []


async def test_a_client_that_still_sends_can_see_why_it_is_refused() -> None:
    async with listening(Clerk(), SMALL) as listener, peer(listener) as client:
        client.send(HEAD + b"Content-Length: 3000000\r\n\r\n", b"x" * 3_000_000)
        await client.writer.drain()
        seen = await client.response()
        assert (seen.status, seen.headers["connection"]) == (413, "close")
        assert await client.ended()
        client.writer.write_eof()
        await gone(listener)


async def test_a_client_that_never_stops_sending_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chappe.net.http_connection._LINGERS", 0.05)
    async with listening(Clerk(), SMALL) as listener, peer(listener) as client:
        client.send(HEAD + b"Content-Length: 3000000000\r\n\r\n")
        with pytest.raises(ConnectionError):
            await client.pour(b"x" * 65_536)


# ---------------------------------------------------------------- no HTTP


@pytest.mark.parametrize(
    "octets",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00\x00\x00\x10\x00\x00\x00\x15\x00\x00\x00\x00\x00\x00\x00\x01",
        b"get / HTTP/1.1\r\n\r\n",
        b"GET\t/ HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.2\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET / HTTQ/1.1\r\n\r\n",
        b"GET foo HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"GET / x HTTP/1.1\r\n\r\n",
        b"GET http:// HTTP/1.1\r\n\r\n",
        b"GET http://x:99999/ HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: \x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 1e3\r\n\r\n",
        HEAD + b"Content-Length:\r\n\r\n",
        HEAD + b"Content-Length: 1, 1\r\n\r\n",
        HEAD + b"Content-Length: 99999999999999999999\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: gzip\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n",
        CHUNKED + b"zz\r\n",
        CHUNKED + b"-1\r\n",
        CHUNKED + b"1\r\nab\r\n",
        CHUNKED + b"fffffffffffffffff\r\n",
    ],
)
async def test_what_is_no_request_or_two_at_once_gets_400_and_the_end(octets: bytes) -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client:
        assert await client.statuses(octets + GET) == [400]
        assert clerk.requests == []


class Wire(asyncio.Transport):
    """A transport that keeps what is written: it takes thousands of examples in the time of a socket's dozens."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False
        self.reading = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closed
        self.written += data

    def get_extra_info(self, name: str, default: object = None) -> object:
        return ("192.0.2.1", 5) if name == "peername" else default

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.closed = True

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


PIECES = st.sampled_from(
    [
        *(
            b"GET ",
            b"POST ",
            b"HEAD ",
            b"CONNECT ",
            b"/",
            b"*",
            b"%",
            b"?",
            b"#",
            b" HTTP/1.1\r\n",
            b" HTTP/1.0\r\n",
        ),
        *(b"Host: x\r\n", b"Content-Length: ", b"3", b"\r\n", b"\r\n\r\n", b"Transfer-Encoding: chunked\r\n"),
        *(b"Connection: Upgrade\r\nUpgrade: h2c\r\n", b"Connection: close\r\n", b"Expect: 100-continue\r\n"),
        *(b"0\r\n\r\n", b"3\r\nabc\r\n", b"abc", b"A: b\r\n", GET, post(b"abc")),
    ]
)


@pytest.mark.parametrize("kind", ["octets", "pieces"])
def test_no_octets_whatever_make_it_raise(kind: str) -> None:
    answered = 0

    @settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(
        st.lists(st.binary(max_size=60) if kind == "octets" else PIECES, max_size=25), st.integers(0, 2**32)
    )
    def holds(pieces: list[bytes], seed: int) -> None:
        nonlocal answered
        octets, chance = b"".join(pieces), random.Random(seed)

        async def session() -> bytes:
            clerk = Clerk(HttpResponse(200, b"ok"))
            listener = http_server.HttpListener(clerk.answer, SMALL)
            connection, wire = HttpConnection(listener, secure=False), Wire()
            connection.connection_made(wire)
            at = 0
            while at < len(octets):
                step = chance.randint(1, 40)
                connection.data_received(octets[at : at + step])
                at += step
            connection.eof_received()
            serving = connection._serving
            if serving is not None:
                await asyncio.wait_for(serving, PATIENCE)
            assert wire.closed
            connection.connection_lost(None)
            assert listener.connections == 0
            return wire.written

        written = asyncio.run(session())
        answered += written.count(b"HTTP/1.1 200 ")
        finals = [status for status in re.findall(rb"HTTP/1.1 (\d+) ", written) if status != b"100"]
        assert written.count(b"Content-Length: ") == len(finals)
        assert set(finals) <= {b"200", b"400", b"413", b"431"}

    holds()
    assert kind == "octets" or answered


# ---------------------------------------------------------------- too slow


@pytest.mark.parametrize(
    "octets", [b"", b"GET / HTTP/1.1\r\n", post(b"hello")[:-1], CHUNKED, CHUNKED + b"5\r\nab"]
)
async def test_a_request_that_does_not_come_is_not_waited_for(octets: bytes) -> None:
    limits = HttpLimits(header_seconds=0.05, request_seconds=0.1, idle_seconds=1_000)
    async with listening(Clerk(), limits) as listener, peer(listener) as client:
        client.send(octets)
        assert await client.ended()


@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\nA: ", HEAD + b"Content-Length: 1000000\r\n\r\n"])
async def test_octets_that_drip_do_not_buy_time(start: bytes) -> None:
    limits = HttpLimits(header_seconds=0.1, request_seconds=0.1, idle_seconds=1_000)
    clerk = Clerk()
    async with listening(clerk, limits) as listener, peer(listener) as client:
        client.send(start)
        ended = asyncio.create_task(client.ended())
        while not ended.done():
            client.send(b"x")
            await asyncio.wait((ended,), timeout=0.01)
        assert await ended
        assert clerk.requests == []


async def test_a_drip_behind_a_good_request_does_not_buy_time_either() -> None:
    limits = HttpLimits(header_seconds=0.05, idle_seconds=1_000)
    async with listening(Clerk(), limits) as listener, peer(listener) as client:
        client.send(GET + b"GET / HT")
        assert (await client.response()).status == 200
        assert await client.ended()


async def test_a_body_has_more_time_than_a_head() -> None:
    limits = HttpLimits(header_seconds=0.05, request_seconds=1_000)
    async with listening(Clerk(), limits) as listener, peer(listener) as client, peer(listener) as other:
        client.send(post(b"hello")[:-1])
        assert await other.ended()  # the time of a head has passed, and looks were taken
        client.send(b"o")
        assert (await client.response()).body == b"hello"


async def test_an_idle_connection_is_closed_in_time() -> None:
    limits = HttpLimits(header_seconds=1_000, idle_seconds=0.05)
    async with listening(Clerk(), limits) as listener, peer(listener) as client:
        client.send(GET)
        assert (await client.response()).status == 200
        assert await client.ended()


async def test_an_answer_may_take_longer_than_any_request() -> None:
    limits = HttpLimits(header_seconds=0.02, request_seconds=0.02, idle_seconds=0.02)
    clerk = Clerk()
    async with listening(clerk, limits) as listener, peer(listener) as client, peer(listener) as other:
        clerk.gate.clear()
        client.send(GET + b"GET / HT")
        await clerk.asked(1)
        assert await other.ended()  # a time-out has passed, and looks were taken
        clerk.gate.set()
        assert (await client.response()).status == 200


# ---------------------------------------------------------------- too much


async def test_a_client_that_takes_no_answers_gets_no_more_and_is_cut() -> None:
    clerk = Clerk(HttpResponse(200, b"x" * 65_536))
    async with listening(clerk, HttpLimits(write_seconds=0.2)) as listener, peer(listener) as client:
        with pytest.raises(ConnectionError):
            await client.pour(GET * 1_000)
        # 1 MiB of its own, and what the two kernels keep of a connection.
        assert len(clerk.requests) * 65_536 < 24 << 20


async def test_a_slow_reader_gets_all_its_answers_in_order() -> None:
    numbers = [b"%06d" % number for number in range(200)]
    clerk = Clerk()

    async def long(request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, (await clerk.answer(request)).body * 10_000)

    listener = http_server.HttpListener(long)
    await listener.listen("127.0.0.1", 0)
    async with peer(listener) as client:
        client.send(*(post(number) for number in numbers))
        await clerk.asked(17)
        assert [(await client.response()).body[:6] for _ in numbers] == numbers
    await listener.close(0.1)


async def test_a_flood_of_requests_is_read_no_faster_than_it_is_answered() -> None:
    clerk = Clerk()
    longest = 0
    async with listening(clerk) as listener, peer(listener) as client:
        answer = listener._answer

        async def watching(request: HttpRequest) -> HttpResponse:
            nonlocal longest
            (connection,) = listener._connections
            longest = max(longest, len(connection._waiting))
            await asyncio.sleep(0)  # as a real answer does, which waits for the disk
            return await answer(request)

        listener._answer = watching
        clerk.gate.clear()
        count = 6_000
        client.send(post(b"x" * 1_000) * count)
        await clerk.asked(1)
        clerk.gate.set()
        for _ in range(count):
            await client.response()
        assert longest < 600  # one read of 256 KiB at most, and what was left


async def test_a_flood_holds_nobody_else() -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client, peer(listener) as other:
        client.send(GET * 3_000)
        await clerk.asked(1)
        other.send(b"GET /other HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await other.response()).body == b"/other"
        for _ in range(3_000):
            assert (await client.response()).body == b"/"
