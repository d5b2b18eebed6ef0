"""Calls by HTTP: connections kept and replaced, answers of every lawful shape, addresses that were allowed and no others."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from chappe.net import http_client
from chappe.net.http_client import CannotCall, HttpAnswer, HttpClient, Origin, split_url
from chappe.net.tls import client_context, server_context
from unit.net.servers import OK, PATIENCE, Line, saying, serving, silence
from unit.net.test_tls import Authority

HEAD = b"POST\r\nX-A: b\r\n"


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "_SWEEP_SECONDS", 0.01)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ours"), "ours")


@asynccontextmanager
async def calling(
    *, connect: float = PATIENCE, total: float = PATIENCE, authority: Authority | None = None
) -> AsyncIterator[HttpClient]:
    client = HttpClient(
        connect_seconds=connect,
        total_seconds=total,
        tls=client_context(authority.file if authority else None),
    )
    try:
        async with asyncio.timeout(2 * PATIENCE):
            yield client
    finally:
        await client.close()


def anyone(_address: str) -> bool:
    return True


async def call(client: HttpClient, url: str, body: bytes = b"", purpose: str = "") -> HttpAnswer:
    return await client.call(url, HEAD, body, allowed=anyone, purpose=purpose)


class Names:
    """The look-ups of a loop, answered from a table that tests change."""

    def __init__(self, **names: str) -> None:
        self.names = names
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        asyncio.get_running_loop().getaddrinfo = self.find  # type: ignore[method-assign]

    async def find(
        self, host: str, port: int, **_: object
    ) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        self.asked.append(host)
        await self.gate.wait()
        if host not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        addresses = self.names[host].split()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]


# uvloop's loops take no other look-up; what is tried with one is the same on both.
with_names = pytest.mark.asyncio(loop_factories=["asyncio"])


# ---------------------------------------------------------------- URLs


@pytest.mark.parametrize(
    ("url", "origin", "target"),
    [
        ("http://a.example", Origin(False, "a.example", 80, "a.example"), "/"),
        ("HTTPS://a.example?x=1", Origin(True, "a.example", 443, "a.example"), "/?x=1"),
        ("http://a.example:8080/x?y#z", Origin(False, "a.example", 8080, "a.example:8080"), "/x?y"),
        ("http://[::1]:81/", Origin(False, "::1", 81, "[::1]:81"), "/"),
        ("http://[::1]/", Origin(False, "::1", 80, "[::1]"), "/"),
        ("http://a.example./x", Origin(False, "a.example", 80, "a.example."), "/x"),
    ],
)
def test_where_a_url_leads(url: str, origin: Origin, target: str) -> None:
    assert split_url(url) == (origin, target)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://a.example/",
        "a.example",
        "http://",
        "http:///x",
        "http://a.example:port/",
        "http://a.example:99999/",
        "http://a.example:0/",
        "http://a.example/\r\nX-Evil: 1",
        "http://a.example/a b",
        "http://a.example/\u20ac",
        "http://a.example/\xe9",
        "http://\u2460.example/",
    ],
)
async def test_what_is_no_url_cannot_be_called(url: str) -> None:
    async with calling() as client:
        with pytest.raises(CannotCall, match="URL"):
            await call(client, url)


# ---------------------------------------------------------------- a call


async def test_a_request_as_the_server_sees_it() -> None:
    async def script(line: Line) -> None:
        while True:
            server.note(await line.request())
            line.say(b"HTTP/1.1 201 Made\r\nX-A: one\r\nX-a: two\r\nContent-Length: 3\r\n\r\nyes")

    async with serving(script) as server, calling() as client:
        answer = await call(client, server.url("/p?q=1#f"), b"a=1")
        await client.call(server.url(), b"GET\r\n", b"", allowed=anyone)
    assert answer == HttpAnswer(201, {b"x-a": b"two", b"content-length": b"3"}, b"yes")
    host = b"Host: 127.0.0.1:%d\r\n" % server.port
    assert server.requests == [
        b"POST /p?q=1 HTTP/1.1\r\n" + host + b"X-A: b\r\nContent-Length: 3\r\n\r\na=1",
        b"GET / HTTP/1.1\r\n" + host + b"Content-Length: 0\r\n\r\n",
    ]


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("octets", "status", "body"),
    [
        (OK, 200, b"ok"),
        (CHUNKED + b"1\r\no\r\n1;x=y\r\nk\r\n0\r\nX-T: 1\r\n\r\n", 200, b"ok"),
        (CHUNKED + b"0\r\n\r\n", 200, b""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK, 200, b"ok"),
        (
            b"HTTP/1.1 200 OK\r\nUpgrade: h2,h2c\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\nok",
            200,
            b"ok",
        ),
        (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 599 \r\nContent-Length: 0\r\n\r\n", 599, b""),
    ],
)
async def test_answers_after_which_a_connection_goes_on(octets: bytes, status: int, body: bytes) -> None:
    async def script(line: Line) -> None:
        while True:
            await line.request()
            line.say(octets)
            await line.request()
            for at in range(len(octets)):
                line.say(octets[at : at + 1])
                await line.writer.drain()

    async with serving(script) as server, calling() as client:
        for _ in range(2):
            answer = await call(client, server.url())
            assert (answer.status, answer.body) == (status, body)
        assert server.connections == 1


@pytest.mark.parametrize(
    "octets",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\n\r\nok",
    ],
)
async def test_answers_after_which_a_connection_is_left(octets: bytes) -> None:
    hangs_up = b"Content-Length" not in octets
    async with serving(saying(octets, then="hang up" if hangs_up else "stay")) as server, calling() as client:
        for _ in range(2):
            answer = await call(client, server.url())
            assert (answer.status, answer.body) == (200, b"ok")
        assert server.connections == 2
        await server.until(lambda: not server.open)


# ---------------------------------------------------------------- connections


async def test_calls_one_after_another_share_a_connection_and_calls_at_once_do_not() -> None:
    gate = asyncio.Event()

    async def script(line: Line) -> None:
        while True:
            server.note(await line.request())
            await gate.wait()
            line.say(OK)

    async with serving(script) as server, calling() as client:
        calls = [asyncio.create_task(call(client, server.url())) for _ in range(5)]
        await server.until(lambda: len(server.requests) == 5)
        gate.set()
        await asyncio.gather(*calls)
        assert server.connections == 5
        for _ in range(20):
            await call(client, server.url())
        assert server.connections == 5


async def test_callers_with_different_rules_share_nothing() -> None:
    async with serving(saying(OK)) as server, calling() as client:
        for purpose in ("a", "b", "a", "b"):
            await call(client, server.url(), purpose=purpose)
        assert server.connections == 2


@pytest.mark.parametrize("how", ["hang up", "reset"])
async def test_a_connection_that_was_closed_meanwhile_is_replaced(how: str) -> None:
    async with serving(saying(OK, then=how)) as server, calling() as client:
        for number in range(5):
            assert (await call(client, server.url(), b"%d" % number)).body == b"ok"
        assert server.connections == 5


async def test_a_connection_that_closes_at_the_next_request_is_replaced_once() -> None:
    async def script(line: Line) -> None:
        server.note(await line.request())
        line.say(OK)
        server.note(await line.request())

    async with serving(script) as server, calling() as client:
        for body in (b"one", b"two", b"three"):
            assert (await call(client, server.url(), body)).body == b"ok"
        assert [request[-5:].split(b"\n")[-1] for request in server.requests] == [
            b"one", b"two", b"two", b"three", b"three",
        ]  # fmt: skip
        assert server.connections == 3


async def test_a_new_connection_that_closes_without_a_word_is_not_tried_again() -> None:
    async with serving(saying(b"", then="hang up")) as server, calling() as client:
        with pytest.raises(CannotCall, match="closed without an answer"):
            await call(client, server.url())
        assert server.connections == 1


async def test_an_idle_connection_is_closed_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "_IDLE_SECONDS", 0.03)
    async with serving(saying(OK)) as server, calling() as client:
        await call(client, server.url())
        await server.until(lambda: not server.open)
        await call(client, server.url())
        assert server.connections == 2
        await server.until(lambda: not server.open)
        assert (client._idle, client._all) == ({}, set())


async def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(saying(OK)) as proxy, serving(saying(OK)) as server, calling() as client:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        await call(client, server.url())
        assert (proxy.connections, server.connections) == (0, 1)


# ---------------------------------------------------------------- addresses


@with_names
async def test_the_address_that_was_allowed_is_the_one_that_is_connected_to() -> None:
    async with (
        serving(saying(OK), host="127.0.0.2") as public,
        serving(saying(OK), host="127.0.0.3", port=public.port) as private,
        calling() as client,
    ):
        names = Names(**{"two-faced.example": "127.0.0.2"})
        judged: list[str] = []

        def allowed(address: str) -> bool:
            judged.append(address)
            names.names["two-faced.example"] = "127.0.0.3"  # what any further look-up would find
            return address == "127.0.0.2"

        url = public.url(host="two-faced.example")
        for purpose in "ab":
            await client.call(url, HEAD, b"", allowed=allowed, purpose=purpose)
        assert (public.connections, private.connections) == (2, 0)
        client._looked_up.clear()  # as it is half a minute later
        with pytest.raises(CannotCall, match=r"two-faced\.example has no address that may be called"):
            await client.call(url, HEAD, b"", allowed=allowed, purpose="c")
        assert private.connections == 0
        assert judged == ["127.0.0.2", "127.0.0.2", "127.0.0.3"]
        assert names.asked == ["two-faced.example"] * 2


@with_names
async def test_of_several_addresses_only_those_that_are_allowed_are_tried_in_turn() -> None:
    async with serving(saying(OK), host="127.0.0.3") as server, calling() as client:
        Names(**{"many.example": "127.0.0.1 127.0.0.2 127.0.0.1 127.0.0.3"})
        url = server.url(host="many.example")
        await client.call(url, HEAD, b"", allowed=lambda address: address != "127.0.0.1")
        with pytest.raises(CannotCall, match="cannot connect"):
            await client.call(url, HEAD, b"", allowed=lambda address: address != "127.0.0.3", purpose="x")


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f.1", "0177.0.0.1"])
async def test_however_an_address_is_spelt_it_is_judged_as_what_it_is(host: str) -> None:
    judged: list[str] = []
    async with serving(saying(OK)) as server, calling() as client:
        with pytest.raises(CannotCall):
            await client.call(
                server.url(host=host), HEAD, b"", allowed=lambda address: bool(judged.append(address))
            )
        assert server.connections == 0
    assert set(judged) <= {"127.0.0.1", "::1"}
    assert "127.0.0.1" in judged


@pytest.mark.parametrize("host", ["x" * 64 + ".example", "a..example", "no-such-name.invalid"])
async def test_a_name_that_is_none_is_told(host: str) -> None:
    async with calling() as client:
        with pytest.raises(CannotCall, match=f"{host} is not found"):
            await call(client, f"http://{host}/")


@with_names
async def test_a_name_is_looked_up_once_for_many_calls_and_again_in_time() -> None:
    async with serving(saying(OK)) as server, calling() as client:
        names = Names(**{"slow.example": "127.0.0.1"})
        names.gate.clear()
        url = server.url(host="slow.example")
        calls = [asyncio.create_task(call(client, url)) for _ in range(10)]
        await asyncio.sleep(0)
        names.gate.set()
        await asyncio.gather(*calls)
        assert len(names.asked) == 1
        client._looked_up = {key: (0.0, found) for key, (_, found) in client._looked_up.items()}
        await call(client, url, purpose="x")
        assert len(names.asked) == 2


@with_names
async def test_a_name_that_is_not_found_in_time_takes_one_look_up_and_holds_no_other() -> None:
    async with serving(saying(OK)) as server, calling(connect=0.02) as client:
        names = Names(**{"slow.example": "127.0.0.1"})
        names.gate.clear()
        for _ in range(3):
            with pytest.raises(CannotCall, match=r"slow\.example was not found in time"):
                await call(client, server.url(host="slow.example"))
        assert names.asked == ["slow.example"]
        names.gate.set()
        assert (await call(client, server.url(host="slow.example"))).status == 200
        assert names.asked == ["slow.example"]


# ---------------------------------------------------------------- TLS


async def test_over_tls_the_name_and_the_signer_are_checked(authority: Authority) -> None:
    async def blunt(line: Line) -> None:
        line.say(OK)

    good = server_context(*authority.certificate("good"))
    other = server_context(*authority.certificate("other", "other.example"))
    async with (
        serving(saying(OK), context=good) as server,
        serving(saying(OK), context=other) as impostor,
        serving(blunt) as plain,
        calling(authority=authority) as client,
        calling() as stranger,
    ):
        for _ in range(2):
            answer = await call(client, server.url(host="localhost", scheme="https"))
            assert answer.body == b"ok"
        assert server.connections == 1
        for caller, url in (
            (client, impostor.url(host="localhost", scheme="https")),
            (client, server.url(scheme="https")),
            (stranger, server.url(host="localhost", scheme="https")),
            (client, plain.url(host="localhost", scheme="https")),
        ):
            with pytest.raises(CannotCall, match="cannot connect"):
                await call(caller, url)


# ---------------------------------------------------------------- the end


async def test_closing_ends_calls_and_connections_and_nothing_is_called_after_it() -> None:
    async with serving(silence) as server, calling() as client:
        under_way = asyncio.create_task(call(client, server.url()))
        await server.until(lambda: server.open == 1)
        await client.close()
        with pytest.raises(CannotCall, match="stopped"):
            await under_way
        await server.until(lambda: not server.open)
        with pytest.raises(CannotCall, match="stopped"):
            await call(client, server.url())
        assert server.connections == 1


async def test_a_call_that_is_given_up_leaves_no_connection() -> None:
    async with serving(silence) as server, calling() as client:
        under_way = asyncio.create_task(call(client, server.url()))
        await server.until(lambda: server.open == 1)
        under_way.cancel()
        with pytest.raises(asyncio.CancelledError):
            await under_way
        await server.until(lambda: not server.open)
