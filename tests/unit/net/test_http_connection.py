"""One connection of an HTTP client: what is read and answered, in whatever pieces and order it comes."""

from __future__ import annotations

import asyncio
import time

import pytest

from chappe.net.http_connection import HttpLimits
from chappe.protocols.http.messages import HttpResponse
from unit.net.wire import GET, Clerk, gone, listening, peer, post

SMALL = HttpLimits(header_octets=1_000, header_count=20, body_octets=1_000)


# ---------------------------------------------------------------- what is read


async def test_a_request_as_the_gateway_sees_it() -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client:
        before = time.time_ns() // 1_000_000
        client.send(
            b"POST /caf%C3%A9//a%2Fb?x=%23&y=1#z HTTP/1.1\r\nHost: x\r\nX-Odd: \xe9\r\n"
            b"x-odd: second\r\nContent-Length: 3\r\n\r\na=1"
        )
        seen = await client.response()
    assert (seen.status, seen.body, seen.headers["content-type"]) == (
        200,
        b"a=1",
        "text/plain; charset=utf-8",
    )
    (request,) = clerk.requests
    assert (request.method, request.path, request.query) == ("POST", "/caf\u00e9//a/b", b"x=%23&y=1")
    assert (request.header(b"x-odd"), request.body) == ("\u00e9", b"a=1")
    assert (request.address, request.secure) == ("127.0.0.1", False)
    assert before <= request.received_ms <= time.time_ns() // 1_000_000


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"http://elsewhere.example/p?q", "/p", b"q"),
        (b"/%zz%", "/%zz%", b""),
        (b"/%FF", "/\ufffd", b""),
        (b"/?", "/", b""),
        (b"//x", "//x", b""),
        (b"*", "*", b""),
    ],
)
async def test_targets(target: bytes, path: str, query: bytes) -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client:
        client.send(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % target)
        assert (await client.response()).status == 200
    (request,) = clerk.requests
    assert (request.path, request.query) == (path, query)


async def test_octets_in_any_pieces_are_the_same_request() -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client:
        await client.trickle(post(b"hello", b"X-A: b", path=b"/long/path?q=1"))
        assert (await client.response()).body == b"hello"
    (request,) = clerk.requests
    assert (request.path, request.query, request.header(b"x-a")) == ("/long/path", b"q=1", "b")


async def test_a_chunked_body_is_put_together_and_its_trailers_are_no_headers() -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client:
        octets = (
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"4;name=value\r\nab\r\n\r\n1\r\nc\r\n0\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"
        )
        client.send(octets, GET)
        assert (await client.response()).body == b"ab\r\nc"
        assert (await client.response()).body == b"/"
        await client.trickle(octets)
        assert (await client.response()).body == b"ab\r\nc"
    assert all(request.header(b"x-forwarded-for") is None for request in clerk.requests)


# ---------------------------------------------------------------- what is answered


async def test_a_response_is_one_segment_with_all_that_a_client_needs() -> None:
    clerk = Clerk(HttpResponse(503, b"later", "text/html", (("Retry-After", "5"), ("X-A", "\u20ac"))))
    async with listening(clerk) as listener, peer(listener) as client:
        client.send(GET)
        octets = await asyncio.wait_for(client.reader.read(4_096), 5)
    head, _, body = octets.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[:4] == [
        b"HTTP/1.1 503 Service Unavailable",
        b"Content-Type: text/html",
        b"Retry-After: 5",
        b"X-A: ?",
    ]
    assert lines[4].startswith(b"Date: ")
    assert lines[4].endswith(b" GMT")
    assert lines[5:] == [b"Content-Length: 5"]
    assert body == b"later"


async def test_a_status_that_nobody_knows_has_no_phrase() -> None:
    async with listening(Clerk(HttpResponse(599))) as listener, peer(listener) as client:
        client.send(GET)
        assert await client.reader.readline() == b"HTTP/1.1 599 \r\n"


async def test_head_gets_the_head_alone_and_the_connection_goes_on() -> None:
    async with listening(Clerk()) as listener, peer(listener) as client:
        client.send(b"HEAD /four HTTP/1.1\r\nHost: x\r\n\r\n", GET)
        assert (await client.response(head=True)).headers["content-length"] == "5"
        assert (await client.response()).body == b"/"


# ---------------------------------------------------------------- one connection, many requests


async def test_a_connection_serves_request_after_request() -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client:
        for number in range(50):
            client.send(post(b"%d" % number))
            seen = await client.response()
            assert seen.body == b"%d" % number
            assert "connection" not in seen.headers
        assert listener.connections == 1


@pytest.mark.parametrize(
    ("request_line", "header", "stays"),
    [
        (b"GET / HTTP/1.1", b"", True),
        (b"GET / HTTP/1.1", b"Connection: close\r\n", False),
        (b"GET / HTTP/1.1", b"connection: Close\r\n", False),
        (b"GET / HTTP/1.0", b"", False),
        (b"GET / HTTP/1.0", b"Connection: keep-alive\r\n", True),
    ],
)
async def test_who_stays_connected(request_line: bytes, header: bytes, stays: bool) -> None:
    async with listening(Clerk()) as listener, peer(listener) as client:
        client.send(request_line + b"\r\n" + header + b"\r\n")
        seen = await client.response()
        assert (seen.status, seen.body) == (200, b"/")
        assert ("connection" not in seen.headers) is stays
        if stays:
            client.send(GET)
            assert (await client.response()).status == 200
        else:
            assert seen.headers["connection"] == "close"
            assert await client.ended()


async def test_pipelined_requests_are_answered_one_by_one_in_order() -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client:
        clerk.gate.clear()
        client.send(b"".join(post(b"%d" % number) for number in range(100)))
        await clerk.asked(1)
        await asyncio.sleep(0)
        assert len(clerk.requests) == 1
        clerk.gate.set()
        assert [(await client.response()).body for _ in range(100)] == [b"%d" % n for n in range(100)]


async def test_what_follows_a_last_request_is_not_served() -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client:
        assert await client.statuses(GET, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n" + GET) == [200, 200]
        assert len(clerk.requests) == 2


async def test_a_bad_request_behind_good_ones_takes_nothing_from_them() -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client:
        assert await client.statuses(GET + GET + b"nonsense\r\n\r\n" + GET) == [200, 200]


# ---------------------------------------------------------------- Expect and Upgrade


async def test_who_expects_a_word_before_the_body_gets_it() -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client:
        head, body = post(b"hello", b"Expect: 100-Continue").split(b"\r\n\r\n")
        client.send(head + b"\r\n\r\n")
        assert await client.reader.readexactly(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert clerk.requests == []
        client.send(body)
        assert (await client.response()).body == b"hello"


async def test_a_body_that_will_be_refused_is_not_asked_for() -> None:
    async with listening(Clerk(), SMALL) as listener, peer(listener) as client:
        client.send(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n")
        assert (await client.response()).status == 413
        assert await client.ended()


UPGRADE = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQ")


async def test_a_wish_for_another_protocol_is_passed_over_and_the_body_read() -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client:
        for _ in range(2):
            await client.trickle(post(b"a=1", *UPGRADE, b"X-A: b"))
            assert (await client.response()).body == b"a=1"
        client.send(post(b"a=2", *UPGRADE), GET, post(b"a=3", *UPGRADE))
        assert [(await client.response()).body for _ in range(3)] == [b"a=2", b"/", b"a=3"]
    assert clerk.requests[0].header(b"x-a") == "b"


async def test_a_wish_for_another_protocol_does_not_widen_the_limits() -> None:
    for octets, status in (
        (post(b"x" * 1_001, *UPGRADE), 413),
        (post(b"", *UPGRADE, *[b"A: b"] * 20), 431),
        (post(b"", *UPGRADE, b"A: " + b"b" * 1_000), 431),
    ):
        clerk = Clerk()
        async with listening(clerk, SMALL) as listener, peer(listener) as client:
            assert await client.statuses(octets) == [status]
            assert clerk.requests == []


async def test_many_such_wishes_at_once_end_the_connection_and_nothing_else() -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client:
        statuses = await client.statuses(post(b"a=1", *UPGRADE) * 2_000)
        assert set(statuses) == {200}
        assert len(statuses) < 40
        async with peer(listener) as other:
            other.send(GET)
            assert (await other.response()).status == 200


async def test_nobody_is_connected_through() -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client:
        assert await client.statuses(b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\nSSH-2.0") == [400]
        assert clerk.requests == []


# ---------------------------------------------------------------- ends


async def test_a_client_that_says_no_more_still_gets_its_answers() -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client:
        clerk.gate.clear()
        client.send(GET, GET)
        client.writer.write_eof()
        await clerk.asked(1)
        clerk.gate.set()
        assert [(await client.response()).status for _ in range(2)] == [200, 200]
        assert await client.ended()


@pytest.mark.parametrize("octets", [b"", b"G", GET[:-1], post(b"hello")[:-1]])
async def test_a_request_that_is_cut_is_not_served(octets: bytes) -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client:
        client.send(octets)
        client.writer.write_eof()
        assert await client.ended()
        assert clerk.requests == []


async def test_a_request_goes_on_though_its_client_has_left() -> None:
    clerk = Clerk()
    async with listening(clerk) as listener, peer(listener) as client:
        clerk.gate.clear()
        client.send(GET + GET)
        await clerk.asked(1)
        task = next(iter(listener._connections))._serving
        assert task is not None
        client.reset()
        await gone(listener)
        assert not task.done()
        clerk.gate.set()
        await asyncio.wait_for(task, 5)
        assert len(clerk.requests) == 1
