"""An SMSC that breaks connections mid-window, before or after an answer: nothing is lost, what goes twice is marked."""

from __future__ import annotations

from pathlib import Path

import pytest

from chappe.sim.control import Drop, How
from chappe.sim.sink import Sink
from faults.ledgers import check_store, loads, quiet, verdict
from faults.rig import Gateway, Smsc, cleared_away, connector, route, smsc, until
from faults.sizes import Size

pytestmark = pytest.mark.fault

WINDOW = 10
"""Of the one bind that a break takes along."""


async def broken(centre: Smsc, cuts: int) -> None:
    """Waits until so many connections have been broken, then lets the SMSC behave."""

    async def enough() -> bool:
        return (await centre.counted())["cuts"] >= cuts

    await until(enough, 300, f"{cuts} cuts were not made")
    await centre.behave(cut_every=0)


async def test_nothing_accepted_is_lost_when_the_smsc_breaks_connections(
    tmp_path: Path, size: Size, sink: Sink, figures: list[str]
) -> None:
    gateway = Gateway(tmp_path / "gateway")
    with cleared_away(gateway):
        # Answers take a while, so that a window is open when the connection breaks.
        slow = ("response_delay=0.005-0.02", "receipt_delay=0.05-0.2", "cut_every=37", "cut=either")
        with smsc(tmp_path, *slow) as centre:
            gateway.set_up(connector("op", centre.port, retry=0.5), route("all", "op"))
            await gateway.start()
            async with loads(tmp_path, gateway, sink.url("/dlr"), size.rate) as load:
                await broken(centre, size.cuts)
                # All at once, too: the moment is then not that of a submit.
                dropped = (await centre.obey(Drop(how=How.ABORT)))["dropped"]
                await load.go_on(0.5)
                load.stop_sending()
                await load.by_http
                await quiet(gateway, 90)
                await load.leave()
            cuts = (await centre.counted())["cuts"]
            code = await gateway.stop()
        found = verdict(gateway, centre, load.client_files, [tmp_path / "hooks.jsonl"])
        figures.append(f"SMSC disconnects: {cuts} and {dropped} at once, {found.line()}")
        assert code == 0
        assert cuts >= size.cuts
        assert gateway.errors() == []
        found.check(most_duplicates=(cuts + dropped) * WINDOW)
        assert found.duplicates > 0, "no connection broke over a message: the test shows nothing"
        check_store(gateway)
