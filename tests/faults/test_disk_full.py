"""A disk that fills up under load: new messages are refused for now, in each wire's own words, and nothing held is lost.

Two ways. The first is a real one: a file takes the real disk's room down to the gateway's `reserve_mb`, which it measures
itself. The second is a disk with no octet left; small_disk.py says how and why so.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from chappe.protocols.smpp.statuses import Status
from chappe.sim.ledger import AnsweredRow, read_ledger_file
from chappe.sim.sink import Sink
from faults.ledgers import (
    Loads,
    check_store,
    loads,
    quiet,
    send_request,
    verdict,
)
from faults.rig import Gateway, cleared_away, connector, route, smsc, until
from faults.sizes import Size

pytestmark = pytest.mark.fault

HTTP_BODY = b'Error "Cannot send submit_sm, check SMPPClientManagerPB log file for details"'
REFUSALS = {"500", str(int(Status.ESME_RMSGQFUL))}
"""What /send says of a full disk, and what submit_sm_resp says."""

_MIB = 1 << 20
_LARGE = 1 << 40
WINDOW = 4 * 10


class Counted(NamedTuple):
    """Answers on both ways in up to now."""

    http_yes: int
    http_no: int
    smpp_yes: int
    smpp_no: int


def counted(load: Loads) -> Counted:
    numbers = []
    for path in load.client_files:
        rows = [row for row in read_ledger_file(path) if isinstance(row, AnsweredRow)]
        yes = sum(not row.status for row in rows)
        numbers += [yes, len(rows) - yes]
    return Counted(*numbers)


async def refused_now(load: Loads) -> None:
    """Waits until both ways in refuse, some times more than they did."""
    before = counted(load)

    def refused() -> bool:
        now = counted(load)
        return now.http_no >= before.http_no + 5 and now.smpp_no >= before.smpp_no + 5

    await until(refused, 20, "nothing is refused")


async def accepted_now(load: Loads) -> None:
    """Waits until both ways in say yes again."""
    before = counted(load)

    def accepted() -> bool:
        now = counted(load)
        return now.http_yes >= before.http_yes + 5 and now.smpp_yes >= before.smpp_yes + 5

    await until(accepted, 20, "nothing is accepted again")


def set_size(disk: Path, octets: int) -> None:
    """Sets the size of the small disk; whoever reads it finds the old one or the new one."""
    beside = disk.with_suffix(".new")
    beside.write_text(str(octets))
    beside.replace(disk)


async def one_request(gateway: Gateway) -> tuple[bytes, bytes]:
    """Status line and body of one /send more, and it must be answered soon."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port)
    request = send_request(gateway, "http://127.0.0.1:9/").replace(b"{seq}", b"99999999")
    writer.write(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert time.monotonic() - began < 2.0
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.partition(b"\r\n")[0], body


async def test_a_disk_down_to_its_reserve(tmp_path: Path, size: Size, sink: Sink, figures: list[str]) -> None:
    usage = os.statvfs(tmp_path)
    free = usage.f_bavail * usage.f_frsize
    filler, half = tmp_path / "filler", min(512 * _MIB, free // 8)
    gateway = Gateway(tmp_path / "gateway", reserve_mb=(free - half) // _MIB)
    with cleared_away(gateway):
        # Slower than the clients: a queue stands when the disk fills up.
        with smsc(tmp_path, "response_delay=0.2", "receipt_delay=0.1") as centre:
            gateway.set_up(connector("op", centre.port), route("all", "op"))
            await gateway.start()
            async with loads(tmp_path, gateway, sink.url("/dlr"), size.rate) as load:
                await load.go_on(1.0)
                with filler.open("wb") as file:
                    os.posix_fallocate(file.fileno(), 0, 2 * half)
                held, _ = gateway.unfinished()
                await refused_now(load)
                assert await one_request(gateway) == (b"HTTP/1.1 500 Internal Server Error", HTTP_BODY)
                # Full as it is, it sends what it holds, takes the receipts and tells of them.
                await quiet(gateway, 60)
                filler.unlink()
                await accepted_now(load)
                load.stop_sending()
                await load.by_http
                await quiet(gateway, 60)
                await load.leave()
            assert await gateway.stop() == 0
        found = verdict(gateway, centre, load.client_files, [tmp_path / "hooks.jsonl"])
        figures.append(f"disk at its reserve: {held} held when it filled up, {found.line()}")
        assert held > 0
        assert set(found.refused) == REFUSALS
        found.check(most_duplicates=0)
        assert found.marked == 0
        assert gateway.errors() == []
        check_store(gateway)


async def test_a_disk_without_an_octet_left(
    tmp_path: Path, size: Size, sink: Sink, figures: list[str]
) -> None:
    chance = random.Random()
    room = tmp_path / "room"
    set_size(room, _LARGE)
    gateway = Gateway(tmp_path / "gateway", launch=(str(Path(__file__).parent / "small_disk.py"),))
    gateway.environment = {"SMALL_DISK": str(room)}
    full: Counter[str] = Counter()
    with cleared_away(gateway):
        with smsc(tmp_path, "response_delay=0.05", "receipt_delay=0.1") as centre:
            gateway.set_up(connector("op", centre.port), route("all", "op"))
            await gateway.start()
            async with loads(tmp_path, gateway, sink.url("/dlr"), size.rate) as load:
                for turn in range(size.fills):
                    await load.go_on(chance.uniform(0.5, 1.5))
                    left = chance.randrange(0, 200_000)
                    set_size(room, gateway.octets() + left)
                    await refused_now(load)
                    full["times"] += 1
                    assert await one_request(gateway) == (b"HTTP/1.1 500 Internal Server Error", HTTP_BODY)
                    await load.go_on(chance.uniform(0.2, 1.5))
                    killed = turn % 3 == 0
                    if killed:
                        # What it could not write down dies with it; that is what marks are for.
                        gateway.kill()
                        full["killed"] += 1
                    set_size(room, _LARGE)
                    if killed:
                        await gateway.start()
                    await accepted_now(load)
                load.stop_sending()
                await load.by_http
                await gateway.pass_leases()
                await quiet(gateway, 60)
                await load.leave()
            assert await gateway.stop() == 0
        found = verdict(gateway, centre, load.client_files, [tmp_path / "hooks.jsonl"])
        figures.append(f"disk full: {full['times']} times, killed meanwhile {full['killed']}, {found.line()}")
        assert set(found.refused) == REFUSALS
        # Where nothing can be written, attempts that were answered stay as open as those in the window.
        found.check(most_duplicates=full["killed"] * 2 * WINDOW)
        check_store(gateway)
