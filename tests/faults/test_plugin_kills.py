"""kill -9 of a plug-in's process, and of the gateway over it, mid-batch and under load: nothing lost, what went twice is marked."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from pathlib import Path

import pytest

from chappe.sim.http_load import HttpLoad, HttpLoadSettings, write_request
from chappe.sim.ledger import AnsweredRow, read_ledger_file
from faults.rig import PASSWORD, USER, Gateway, cleared_away, route, until
from faults.sizes import Size

pytestmark = pytest.mark.fault

PLUGIN = Path(__file__).with_name("ledger_plugin.py")
DELIVERED = 10


def table(ledger: Path) -> str:
    return f"""
[[connector]]
name = "op"
kind = "plugin"
receipts = "always"
retry = {{ first = 0.2, attempts = 1000 }}
[connector.settings]
plugin = "{PLUGIN}:Ledger"
secret = "ledger"
batch = 20
report_first = 0.2
report_longest = 1.0
restart_first = 0.05
restart_longest = 0.2
environment = {{ LEDGER = "{ledger}" }}
"""


def child_of(gateway: Gateway) -> int:
    """The plug-in's process, 0 while there is none."""
    assert gateway.process is not None
    pid = gateway.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return next((int(child) for child in children if b"child.py" in _command(int(child))), 0)


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


async def test_nothing_is_lost_when_a_plugin_is_killed_in_a_batch(
    tmp_path: Path, size: Size, figures: list[str]
) -> None:
    chance = random.Random()
    ledger, clients = tmp_path / "plugin.txt", tmp_path / "http.jsonl"
    gateway = Gateway(tmp_path / "gateway")
    kills = max(size.kills * 3, 6)
    with cleared_away(gateway):
        gateway.set_up(table(ledger), route("all", "op"))
        await gateway.start()
        query = f"username={USER}&password={PASSWORD}&to=316{{seq}}&content=%23{{seq}}"
        load = HttpLoad(
            HttpLoadSettings(
                port=gateway.http_port,
                request=write_request("GET", f"/send?{query}", "gateway"),
                connections=20,
                total=10**7,
                rate=size.rate * 2,
                give_up=600.0,
                ledger=clients,
            )
        )
        running = asyncio.create_task(load.run())
        await until(ledger.exists, 30, "the plug-in takes nothing")
        for kill in range(kills):
            before = ledger.stat().st_size
            await until(lambda before=before: ledger.stat().st_size > before, 30, "the plug-in takes no more")  # type: ignore[misc]
            await asyncio.sleep(chance.uniform(0.0, 0.3))
            await until(lambda: child_of(gateway) > 0, 30, "there is no plug-in")
            child = child_of(gateway)
            if kill % 3 == 2:
                # The whole gateway: its plug-in must not go on without it.
                gateway.kill()
                await until(lambda child=child: not _command(child), 10, "the plug-in outlives its gateway")  # type: ignore[misc]
                await gateway.start()
            else:
                os.kill(child, signal.SIGKILL)
        load.stop()
        await running
        await until(lambda: gateway.unfinished() == (0, 0), 60, f"{gateway.unfinished()} are not over")
        assert await gateway.stop() == 0
        stored = gateway.stored()
        said_yes = [
            row for row in read_ledger_file(clients) if isinstance(row, AnsweredRow) and row.status == 0
        ]
        taken = Counter(ledger.read_text().split())
        twice = {token for token, count in taken.items() if count > 1}
        marked = {token for token, one in stored.items() if one.possible_duplicate}
        figures.append(
            f"kill -9 of a plug-in: {kills} kills, {len(said_yes)} accepted, 0 lost, {len(twice)} taken twice,"
            f" {len(marked)} marked"
        )
        assert len(said_yes) > 100
        assert {row.token for row in said_yes} <= stored.keys() == taken.keys()
        assert {one.state for one in stored.values()} == {DELIVERED}
        assert twice, "no kill hit a batch: the test shows nothing"
        assert twice <= marked
        assert gateway.errors() == []
