"""The webhook sink: what it keeps of requests, every way to answer, and clients that cut their requests anyhow."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from chappe.sim.ledger import HookRow, read_ledger_file
from chappe.sim.sink import Reply, Sink, SinkSettings, busy, redirect
from unit.sim.test_smsc import certificate

GET = b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n"


@asynccontextmanager
async def sink(**settings: Any) -> AsyncIterator[Sink]:
    made = Sink(SinkSettings(**settings))
    await made.open()
    try:
        async with asyncio.timeout(10):
            yield made
    finally:
        await made.close()


@asynccontextmanager
async def raw(made: Sink) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", made.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the next answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in head[1:-2])
    return int(head[0].split()[1]), headers, await reader.readexactly(int(headers["Content-Length"]))


async def ended(reader: asyncio.StreamReader) -> bool:
    """Whether nothing more comes; waits for that."""
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"port": 70_000}, "port is 70000: 0 to 65535 is meant"),
        ({"keep": -1}, "keep is -1: it cannot be below 0"),
        ({"reply": Reply(status=42)}, "status is 42: 100 to 599 is meant"),
        ({"reply": Reply(delay=-1.0)}, "delay is -1.0: it cannot be below 0"),
    ],
)
async def test_nonsense_is_told_in_a_sentence(given: dict[str, Any], sentence: str) -> None:
    settings = SinkSettings(**given)
    assert settings.problems() == (sentence,)
    with pytest.raises(ValueError) as caught:
        Sink(settings)
    assert str(caught.value) == sentence


async def test_what_is_kept_of_a_request() -> None:
    async with sink() as made, aiohttp.ClientSession() as client:
        async with client.post(
            made.url("/caf%C3%A9/dlr?id=1&x=%23"), data=b"a=1", headers={"X-Odd": "caf\u00e9"}
        ) as got:
            assert (got.status, await got.read()) == (200, b"")
        (request,) = made.requests
        assert (request.method, request.path, request.query, request.body) == (
            "POST",
            "/caf\u00e9/dlr",
            b"id=1&x=%23",
            b"a=1",
        )
        assert request.header(b"x-odd") is not None
        assert request.header(b"content-type") == "application/octet-stream"
        assert (request.address, request.secure) == ("127.0.0.1", False)
        assert (made.count, made.answers) == (1, {200: 1})


async def test_answers_in_their_order_then_by_path_then_the_usual_one() -> None:
    async with sink(reply=Reply(status=202, body=b"usual")) as made, raw(made) as (reader, writer):
        made.script([Reply(status=500), busy(7)])
        made.script([redirect("http://127.0.0.1/else", 307)], "/a")
        made.always(Reply(status=204), "/b")

        async def ask(path: bytes) -> tuple[int, dict[str, str], bytes]:
            writer.write(GET % path)
            return await answer(reader)

        assert (await ask(b"/x"))[0] == 500
        status, headers, _ = await ask(b"/a?q")
        assert (status, headers["Location"]) == (307, "http://127.0.0.1/else")
        status, headers, _ = await ask(b"/a")
        assert (status, headers["Retry-After"]) == (429, "7")
        assert await ask(b"/a") == (202, {"Content-Length": "5"}, b"usual")
        assert (await ask(b"/b"))[0] == 204
        made.always(Reply(status=599))
        assert (await ask(b"/b"))[0] == 204
        assert (await ask(b"/x"))[0] == 599
        assert made.answers == {500: 1, 307: 1, 429: 1, 202: 1, 204: 2, 599: 1}


async def test_requests_however_they_are_cut() -> None:
    post = b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
    chunked = (
        b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
    )
    octets = GET % b"/g" + post + chunked
    for size in (1, 7, len(octets)):
        async with sink() as made, raw(made) as (reader, writer):
            for at in range(0, len(octets), size):
                writer.write(octets[at : at + size])
                await writer.drain()
                await asyncio.sleep(0)
            for _ in range(3):
                assert (await answer(reader))[0] == 200
            assert [(one.method, one.path, one.body) for one in made.requests] == [
                ("GET", "/g", b""),
                ("POST", "/p", b"hello"),
                ("POST", "/c", b"hello"),
            ]


async def test_a_delayed_answer_holds_those_behind_it_on_its_connection_only() -> None:
    async with sink() as made, raw(made) as (reader, writer), raw(made) as (other, another):
        made.script([Reply(status=201, delay=0.05)], "/slow")
        writer.write(GET % b"/slow" + GET % b"/quick")
        await made.wait_count(1)
        another.write(GET % b"/quick")
        assert (await answer(other))[0] == 200
        assert made.answers == {200: 1}
        assert [(await answer(reader))[0] for _ in range(2)] == [201, 200]


async def test_hang_cut_and_close() -> None:
    async with sink() as made:
        made.always(Reply(hang=True), "/hang")
        made.always(Reply(cut=True), "/cut")
        made.always(Reply(close=True, body=b"bye"), "/close")
        async with raw(made) as (reader, writer), raw(made) as (other, another), raw(made) as (third, last):
            writer.write(GET % b"/hang" + GET % b"/x")
            another.write(GET % b"/cut" + GET % b"/x")
            assert await ended(other)
            last.write(GET % b"/close" + GET % b"/x")
            status, headers, body = await answer(third)
            assert (status, headers["Connection"], body) == (200, "close", b"bye")
            assert await ended(third)
            hung = asyncio.create_task(ended(reader))
            await made.wait_count(3)
            assert not hung.done()
            assert {request.path for request in made.requests} == {"/hang", "/cut", "/close"}
            assert made.answers == {200: 1}
            await made.close()
            assert await hung


async def test_a_client_of_http_1_0_is_let_go_after_its_answer() -> None:
    async with sink() as made, raw(made) as (reader, writer):
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        assert (await answer(reader))[0] == 200
        assert await ended(reader)


async def test_expect_continue_is_encouraged() -> None:
    async with sink() as made, raw(made) as (reader, writer):
        writer.write(b"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"hi")
        assert (await answer(reader))[0] == 200
        assert made.requests[0].body == b"hi"


@pytest.mark.parametrize("octets", [b"nonsense\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 9])
async def test_nonsense_is_a_bad_request(octets: bytes) -> None:
    async with sink() as made, raw(made) as (reader, writer):
        writer.write(octets)
        assert (await answer(reader))[0] == 400
        assert await ended(reader)
        assert made.count == 0


async def test_a_body_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chappe.sim.sink._LONGEST", 10)
    async with sink() as made, raw(made) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello hello")
        assert (await answer(reader))[0] == 413
        assert await ended(reader)
        assert (made.count, made.answers) == (0, {413: 1})


async def test_only_the_last_are_kept_and_all_are_counted() -> None:
    async with sink(keep=2) as made, raw(made) as (reader, writer):
        writer.write(b"".join(GET % b"/%d" % number for number in range(5)))
        for _ in range(5):
            await answer(reader)
        assert [request.path for request in made.requests] == ["/3", "/4"]
        assert made.count == 5


async def test_waiting_for_a_request_that_was_there_and_one_that_comes() -> None:
    async with sink() as made, raw(made) as (reader, writer):
        writer.write(GET % b"/first")
        await answer(reader)
        assert (await made.wait(lambda one: one.path == "/first")).path == "/first"
        second = asyncio.create_task(made.wait(lambda one: one.path == "/second"))
        gone = asyncio.create_task(made.wait(lambda _: True))
        counted = asyncio.create_task(made.wait_count(3))
        left = asyncio.create_task(made.wait_count(99))
        await asyncio.sleep(0)
        assert (await gone).path == "/first"
        left.cancel()
        await asyncio.sleep(0)
        writer.write(GET % b"/other" + GET % b"/second")
        assert (await second).path == "/second"
        await counted
        await made.wait_count(1)
        assert made.count == 3


async def test_the_ledger_has_every_request_and_its_token(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    async with sink(ledger=path) as made, raw(made) as (reader, writer):
        body = b"text=hi+%2300000002"
        writer.write(GET % b"/dlr?tok=00000001")
        writer.write(b"POST /dlr HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        for _ in range(2):
            await answer(reader)
    rows = read_ledger_file(path)
    assert all(isinstance(row, HookRow) for row in rows)
    assert [(row.method, row.target, row.body, row.token) for row in rows if isinstance(row, HookRow)] == [
        ("GET", "/dlr?tok=00000001", "", "00000001"),
        ("POST", "/dlr", body.decode(), "00000002"),
    ]


async def test_over_tls(tmp_path: Path) -> None:
    public, private = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    made = Sink()
    await made.open(context)
    client = ssl.create_default_context(cafile=public)
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", made.port, ssl=client, server_hostname="localhost"
        )
        writer.write(GET % b"/")
        assert (await answer(reader))[0] == 200
        assert made.requests[0].secure
        writer.close()
        await made.close()
