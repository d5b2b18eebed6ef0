"""How the cost of a message grows with what there is: queued messages, routes, accounts, SMPP binds.

`python tests/bench/growth.py --tools FOLDER [--only backlog,routes,accounts,binds] [--most 5000000]`
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from paths import ONE, THREE
from plots import lines
from rig import SIM, Far, Gateway, Tools, far_ends, say, serving, until

LAYOUTS = {"one": ONE, "three": THREE}


def submit(
    tools: Tools, gateway: Gateway, total: int, binds: int = 4, window: int = 500
) -> tuple[float, float]:
    """Messages by SMPP: how many a second were accepted, and CPU milliseconds each."""
    cpu = gateway.cpu()
    load = tools.run(
        "smppload", "-p", gateway.smpp, "-u", "bench", "-P", "bench", "-b", binds, "-w", window, "-n", total
    )
    assert load["accepted"] == total, load
    return load["accepted_s"], (gateway.cpu() - cpu) * 1000 / total


def backlog(tools: Tools, most: int, layout: tuple[str, ...]) -> list[tuple[float, float]]:
    """Accepting while more and more waits, the SMSC down; then a restart, and how fast it drains."""
    points = []
    with tempfile.TemporaryDirectory(prefix="chappe-bench-") as home:
        folder = Path(home)
        gateway = Gateway(folder / "gw", *layout)
        with serving(gateway, bound=False):
            queued = 0
            for want in (0, 1_000_000, most):
                if want > queued:
                    rate, _ = submit(tools, gateway, want - queued)
                    say(f"{want:,} queued, accepted at {rate:,.0f}/s")
                    queued = want
                rate, cost = submit(tools, gateway, 50_000)
                queued += 50_000
                points.append((float(want), cost * 1000))
                say(
                    f"behind {want:,}: {rate:,.0f}/s accepted, {cost:.4f} ms CPU each, RSS {gateway.rss_mb():.0f} MB"
                )
            gateway.stop()
            ready = gateway.start(bound=False)
            say(f"restart with {queued:,} queued: ready in {ready:.2f} s, RSS {gateway.rss_mb():.0f} MB")
            sim = Far(tools, "smscsim", folder, "-p", SIM)
            try:
                until(lambda: sim.read()["seen"] > 0, "nothing drains")
                for _ in range(4):
                    before, began, cpu = sim.read()["submits"], time.monotonic(), gateway.cpu()
                    time.sleep(5)
                    count = sim.read()["submits"] - before
                    spent = (gateway.cpu() - cpu) * 1000 / max(count, 1)
                    say(f"drains {count / (time.monotonic() - began):,.0f}/s, {spent:.4f} ms CPU each")
            finally:
                sim.close()
    return points


def directory_of(routes: int = 0, accounts: int = 0) -> str:
    """Records that no message of the run matches, asked before the one that does."""
    parts = [
        f'[[route]]\nname = "r{number}"\norder = 5\ntargets = [{{connector = "op"}}]\n'
        f'condition.destination_prefixes = ["9{number:06d}"]\n'
        for number in range(routes)
    ]
    parts += [f'[[account]]\nname = "a{number}"\n' for number in range(accounts)]
    return "".join(parts)


def records(
    tools: Tools, what: str, counts: tuple[int, ...], layout: tuple[str, ...]
) -> list[tuple[float, float]]:
    """`/send` without receipts while the directory holds more and more."""
    points = []
    for count in counts:
        with tempfile.TemporaryDirectory(prefix="chappe-bench-") as home:
            folder = Path(home)
            began = time.monotonic()
            gateway = Gateway(folder / "gw", *layout, directory=directory_of(**{what: count}))
            applied = time.monotonic() - began
            with far_ends(tools, folder) as (sim, _), serving(gateway):
                for total in (3_000, 20_000):
                    sim.reset()
                    cpu = gateway.cpu()
                    load = tools.run("httpload", "-c", 50, "-n", total, gateway.url())
                    until(lambda n=total: sim.read()["seen"] >= n, "not all came", 120)  # type: ignore[misc]
                    cost = (gateway.cpu() - cpu) * 1000 / total
                points.append((float(count), cost * 1000))
                say(
                    f"{count:,} {what}: {load['accepted_s']:,.0f}/s, {cost:.4f} ms CPU each, "
                    f"RSS {gateway.rss_mb():.0f} MB, applied in {applied:.1f} s"
                )
    return points


def binds(tools: Tools, counts: tuple[int, ...], layout: tuple[str, ...]) -> list[tuple[float, float]]:
    """SMPP clients by the hundred, the same messages among them."""
    points = []
    for count in counts:
        with tempfile.TemporaryDirectory(prefix="chappe-bench-") as home:
            folder = Path(home)
            with far_ends(tools, folder) as (sim, _), serving(Gateway(folder / "gw", *layout)) as gateway:
                submit(tools, gateway, 3_000)
                sim.reset()
                rate, cost = submit(tools, gateway, 60_000, binds=count, window=max(400 // count, 1))
                points.append((float(count), cost * 1000))
                say(f"{count:,} binds: {rate:,.0f}/s, {cost:.4f} ms CPU each, RSS {gateway.rss_mb():.0f} MB")
    return points


def main() -> int:
    """Runs what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--only", default="backlog,routes,accounts,binds")
    parser.add_argument("--most", type=int, default=5_000_000)
    parser.add_argument("--layout", default="three", choices=sorted(LAYOUTS))
    parser.add_argument("--plots", type=Path, default=Path("docs/plots"))
    options = parser.parse_args()
    tools = Tools(options.tools, Path(tempfile.gettempdir()) / "chappe-bench-tools")
    layout = LAYOUTS[options.layout]
    runs: dict[str, Any] = {
        "backlog": lambda: backlog(tools, options.most, layout),
        "routes": lambda: records(tools, "routes", (1, 100, 10_000), layout),
        "accounts": lambda: records(tools, "accounts", (1, 1_000, 100_000), layout),
        "binds": lambda: binds(tools, (1, 10, 100, 1_000), layout),
    }
    options.plots.mkdir(parents=True, exist_ok=True)
    for name in options.only.split(","):
        drawn = lines(f"CPU of a message by {name}", runs[name](), name, "us of CPU a message")
        (options.plots / f"growth-{name}.svg").write_text(drawn)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(str(error))
