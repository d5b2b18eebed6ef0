"""A write that the kernel refuses under load: the gateway says so and ends, and the next start has all that was accepted.

The refusal is EFBIG, made by lowering the running process's RLIMIT_FSIZE to what its log has: SQLite takes it for a
broken disk, after which nobody can know what the file holds until it is opened anew.
"""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from chappe.protocols.smpp.statuses import Status
from chappe.sim.sink import Sink
from faults.ledgers import check_store, loads, quiet, verdict
from faults.rig import LEASE_MS, Gateway, cleared_away, connector, route, smsc
from faults.sizes import Size

pytestmark = pytest.mark.fault

FAILED = 3
WINDOW = 4 * 10
REFUSALS = {"500", str(int(Status.ESME_RSYSERR))}


async def test_a_failed_write_ends_the_process_and_nothing_is_lost(
    tmp_path: Path, size: Size, sink: Sink, figures: list[str]
) -> None:
    gateway = Gateway(tmp_path / "gateway")
    codes = []
    with cleared_away(gateway):
        with smsc(tmp_path, "response_delay=0.01-0.03", "receipt_delay=0.1") as centre:
            gateway.set_up(connector("op", centre.port), route("all", "op"))
            await gateway.start()
            async with loads(tmp_path, gateway, sink.url("/dlr"), size.rate) as load:
                for _ in range(size.fills):
                    await load.go_on(0.7)
                    assert gateway.process is not None
                    most = (gateway.folder / "chappe.db-wal").stat().st_size
                    resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (most, most))
                    codes.append(await gateway.ended(40))
                    gateway.let_pass(LEASE_MS)
                    await gateway.start()
                await load.go_on(0.5)
                load.stop_sending()
                await load.by_http
                await quiet(gateway, 60)
                await load.leave()
            assert await gateway.stop() == 0
        found = verdict(gateway, centre, load.client_files, [tmp_path / "hooks.jsonl"])
        figures.append(f"store failed: {len(codes)} times, {found.line()}")
        assert set(codes) == {FAILED}
        assert set(found.refused) <= REFUSALS
        # What was answered and could not be written down any more is as open as what was in the window.
        found.check(most_duplicates=size.fills * 2 * WINDOW)
        check_store(gateway)
