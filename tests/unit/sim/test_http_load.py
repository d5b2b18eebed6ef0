"""The load-generating HTTP client against the sink: totals, rates, statuses, broken and unkept connections, ledgers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from chappe.sim.http_load import HttpLoad, HttpLoadReport, HttpLoadSettings, http_load, write_request
from chappe.sim.ledger import AnsweredRow, SentRow, read_ledger_file
from chappe.sim.sink import Reply, Sink
from unit.sim.drill import until
from unit.sim.test_sink import sink

REQUEST = write_request("GET", "/send?text={seq}", "gateway")

NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({"connections": 0}, "connections is 0: at least 1 is meant"),
    ({"total": 0}, "total is 0: at least 1 is meant"),
    ({"give_up": -1.0}, "give_up is -1.0: it cannot be below 0"),
    ({"rate": -1.0}, "rate is -1.0: it must be above 0, or absent for no limit"),
    ({"request": b"GET /"}, "request is no HTTP request: it has no empty line after its headers"),
]


@pytest.mark.parametrize(("given", "sentence"), NONSENSE)
async def test_nonsense_is_told_in_a_sentence(given: dict[str, Any], sentence: str) -> None:
    settings = HttpLoadSettings(**{"port": 1, "request": REQUEST, **given})
    assert settings.problems() == (sentence,)
    with pytest.raises(ValueError) as caught:
        HttpLoad(settings)
    assert str(caught.value) == sentence


def test_requests_as_they_are_written() -> None:
    assert REQUEST == b"GET /send?text={seq} HTTP/1.1\r\nHost: gateway\r\n\r\n"
    post = write_request("POST", "/send", "gateway", (("X-A", "1"),), b"n={seq}&again={seq}")
    assert post == (
        b"POST /send HTTP/1.1\r\nHost: gateway\r\nX-A: 1\r\nContent-Length: 25\r\n\r\nn={seq}&again={seq}"
    )
    assert b"Content-Length: 0\r\n" in write_request("POST", "/", "gateway")


async def loaded(made: Sink, **given: Any) -> HttpLoadReport:
    return await http_load(
        HttpLoadSettings(port=made.port, **{"request": REQUEST, "connections": 5, **given})
    )


async def test_every_request_is_made_once_with_its_token() -> None:
    async with sink() as made:
        report = await loaded(made, total=300, first=7)
        assert (report.sent, report.accepted, report.broken, report.connects) == (300, 300, 0, 5)
        assert report.statuses == {200: 300}
        assert report.latency.count == report.service.count == 300
        assert sorted(one.query for one in made.requests) == [b"text=%08d" % n for n in range(7, 307)]


async def test_a_body_is_as_long_as_it_says() -> None:
    async with sink() as made:
        request = write_request("POST", "/", "gateway", (), b"n={seq}&again={seq}")
        await loaded(made, total=3, connections=1, request=request)
        assert [one.body for one in made.requests] == [b"n=%08d&again=%08d" % (n, n) for n in range(3)]


async def test_a_rate_is_kept_to() -> None:
    async with sink() as made:
        report = await loaded(made, total=51, rate=250.0)
        assert report.accepted == 51
        assert report.seconds >= 0.2


async def test_statuses_are_counted_and_only_2xx_is_acceptance() -> None:
    async with sink() as made:
        made.script([Reply(status=503), Reply(status=302), Reply(status=201)])
        report = await loaded(made, total=10)
        assert report.statuses == {200: 7, 201: 1, 302: 1, 503: 1}
        assert report.accepted == 8


async def test_broken_and_unkept_connections_are_made_anew() -> None:
    async with sink() as made:
        made.script([Reply(cut=True), Reply(close=True)])
        report = await loaded(made, total=20, connections=2)
        assert (report.sent, report.accepted, report.broken) == (20, 19, 1)
        assert report.connects == 4


async def test_a_server_that_hangs_is_given_up() -> None:
    async with sink(reply=Reply(hang=True)) as made:
        report = await loaded(made, total=10, connections=3, give_up=0.1)
        assert (report.sent, report.accepted, report.broken) == (3, 0, 3)


async def test_latency_counts_from_when_a_request_was_due() -> None:
    async with sink() as made:
        made.script([Reply(delay=0.1)])
        report = await loaded(made, total=10, connections=1, rate=1_000.0)
        assert report.latency.p50 > 50 > report.service.p50


async def test_stop_ends_a_run_early() -> None:
    async with sink() as made:
        load = HttpLoad(HttpLoadSettings(port=made.port, request=REQUEST, total=1_000_000, rate=200.0))
        run = asyncio.create_task(load.run())
        await made.wait_count(5)
        load.stop()
        report = await run
        assert 5 <= report.accepted < 1_000


async def test_an_answer_that_is_none_breaks_its_request() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"nonsense\r\n\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with asyncio.timeout(10):
        port = server.sockets[0].getsockname()[1]
        report = await http_load(HttpLoadSettings(port=port, request=REQUEST, connections=1, total=2))
        assert (report.accepted, report.broken) == (1, 1)
        server.close()
        await server.wait_closed()


async def test_an_answer_that_nobody_asked_for_ends_its_connection() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" * 2)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with asyncio.timeout(10):
        port = server.sockets[0].getsockname()[1]
        report = await http_load(
            HttpLoadSettings(port=port, request=REQUEST, connections=1, total=3, rate=50.0)
        )
        assert (report.sent, report.accepted, report.broken) == (3, 3, 0)
        assert report.connects >= 3
        server.close()
        await server.wait_closed()


async def test_a_server_that_comes_back_is_found_again() -> None:
    async with sink() as made:
        run = asyncio.create_task(loaded(made, total=200, rate=400.0, connections=2))
        await made.wait_count(5)
        await made.close()
        again = Sink(made._settings.__class__(port=made.port))
        await again.open()
        report = await run
        assert report.sent == 200
        assert report.accepted + report.broken == 200
        await until(lambda: again.count > 100)
        await again.close()


async def test_nobody_there_is_an_error() -> None:
    async with sink() as made:
        port = made.port
    with pytest.raises(OSError):
        await http_load(HttpLoadSettings(port=port, request=REQUEST))


async def test_the_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    async with sink(reply=Reply(body=b'Success "1"')) as made:
        made.script([Reply(status=400)])
        await loaded(made, total=2, connections=1, ledger=path)
    rows = read_ledger_file(path)
    assert [row.token for row in rows if isinstance(row, SentRow)] == ["00000000", "00000001"]
    answered = [(row.token, row.status, row.id) for row in rows if isinstance(row, AnsweredRow)]
    assert answered == [("00000000", 400, ""), ("00000001", 0, 'Success "1"')]
