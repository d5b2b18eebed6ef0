"""kill -9 at random moments under load: what was answered with yes is sent and told of, and what is sent twice is marked.

Power cuts are test_power_loss.py's: a kill keeps the kernel's page cache.
"""

from __future__ import annotations

import random
import statistics
from pathlib import Path

import pytest

from chappe.domain.ids import IdRenderer
from chappe.sim.sink import Sink
from faults.ledgers import loads, quiet, taken_more_than_once, verdict
from faults.rig import DEPOSIT, LEASE_MS, Gateway, cleared_away, connector, route, smsc
from faults.sizes import Size

pytestmark = pytest.mark.fault

WINDOW = 4 * 10
"""Binds times their window: what may be under way to the SMSC."""


async def test_nothing_accepted_is_lost_when_the_process_is_killed(
    tmp_path: Path, size: Size, sink: Sink, figures: list[str]
) -> None:
    chance = random.Random()
    gateway = Gateway(tmp_path / "gateway")
    kills = early = 0
    with cleared_away(gateway):
        # Answers take a while, so that a window is open at the moment of the kill.
        with smsc(tmp_path, "response_delay=0.01-0.03", "receipt_delay=0.05-0.5") as centre:
            gateway.set_up(connector("op", centre.port), route("all", "op"), charged=True)
            await gateway.start()
            async with loads(tmp_path, gateway, sink.url("/dlr"), size.rate) as load:
                longest = 5.0 if size.waits_for_leases else 1.5
                while kills < size.kills:
                    await load.go_on(chance.uniform(0.2, longest))
                    gateway.kill()
                    kills += 1
                    if kills % 5 == 2:
                        # Now and then the next one comes while it starts and takes over what the last one left.
                        gateway.spawn()
                        await load.go_on(chance.uniform(0.1, 1.0))
                        gateway.kill()
                        early += 1
                    if kills == size.kills and not size.waits_for_leases:
                        gateway.let_pass(LEASE_MS)
                    await gateway.start()
                await load.go_on(0.5)
                load.stop_sending()
                await load.by_http
                await quiet(gateway, 60 + LEASE_MS / 1000 * size.waits_for_leases)
                await load.leave()
            code = await gateway.stop()
        found = verdict(gateway, centre, load.client_files, [tmp_path / "hooks.jsonl"])
        slowest, usual = max(gateway.seconds_to_serve), statistics.median(gateway.seconds_to_serve)
        figures.append(
            f"kill -9: {kills} under load and {early} while starting, {found.line()},"
            f" start to serving {usual:.2f} s, at most {slowest:.2f} s"
        )
        assert code == 0
        assert gateway.errors() == []
        found.check(most_duplicates=(kills + early) * WINDOW)
        assert usual < 3.0
        # Also by the operator's own tools: the file is whole, its charges add up, and a duplicate is told as one.
        stored = gateway.stored()
        assert "the store is sound" in gateway.command("verify-store")
        assert gateway.balance() == DEPOSIT * 1_000_000 - sum(one.charge for one in stored.values())
        twice = taken_more_than_once(centre)
        assert twice, "no kill left an attempt open: the test shows nothing"
        message = IdRenderer(gateway.id_key()).uuid(stored[twice[0]].id)
        assert "possible duplicate" in gateway.command("trace", message)
