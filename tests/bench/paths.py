"""The paths of a message, measured with neutral tools, beside Kannel where it is there; a plot of each for docs/plots.

`python tests/bench/paths.py --tools FOLDER [--reps 3] [--scale 1.0] [--plots docs/plots] [--python PATH]...`
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plots import Bar, bars
from rig import Far, Gateway, Tools, far_ends, say, serving, until

ONE, THREE = ("--fronts", "0", "--relays", "0"), ("--fronts", "1", "--relays", "1")
LAYOUTS = {"Chappe, one process": ONE, "Chappe, front + relay + writer": THREE}
KANNEL = "Kannel 1.4.5, no sync"


@dataclass
class Ground:
    """What a path runs on."""

    tools: Tools
    gateway: Gateway
    sim: Far
    sink: Far
    scale: float

    def all_seen(self, far: Far, count: int, what: str) -> dict[str, Any]:
        """The counters of a far end once it has seen all."""
        until(lambda: far.read()["seen"] >= count, what, 120.0)
        return far.read()


@dataclass
class Taken:
    """What runs of one path gave, by who ran it."""

    rates: dict[str, list[float]] = field(default_factory=dict)
    notes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, who: str, rate: float, **more: Any) -> None:
        """One run."""
        self.rates.setdefault(who, []).append(rate)
        self.notes.setdefault(who, []).append(more)


def _http(ground: Ground, total: int, *, receipts: bool, rate: int = 0) -> tuple[float, dict[str, Any]]:
    total = int(total * ground.scale) if not rate else total
    ground.sim.reset()
    ground.sink.reset()
    cpu = ground.gateway.cpu()
    paced = ("-r", rate) if rate else ()
    load = ground.tools.run("httpload", "-c", 50, "-n", total, *paced, ground.gateway.url(sink=receipts))
    smsc = ground.all_seen(ground.sim, total, "not all came to the SMSC")
    hook = ground.all_seen(ground.sink, total, "not all webhooks came") if receipts else {}
    spent = (ground.gateway.cpu() - cpu) * 1000 / total
    figures = {
        "cpu_ms": round(spent, 4),
        "accept_p50": load["lat_ms"]["p50"],
        "accept_p99": load["lat_ms"]["p99"],
        "smsc_p99": smsc.get("e2e_ms", {}).get("p99"),
        "hook_p99": hook.get("e2e_ms", {}).get("p99"),
        "twice": smsc["dup"] + hook.get("dup", 0),
    }
    return (hook or smsc)["span_rate"], figures


def _smpp(ground: Ground, total: int, *, receipts: bool) -> tuple[float, dict[str, Any]]:
    total = int(total * ground.scale)
    ground.sim.reset()
    cpu = ground.gateway.cpu()
    words = ("-d", "--wait", 10) if receipts else ()
    load = ground.tools.run(
        "smppload",
        "-p",
        ground.gateway.smpp,
        "-u",
        "bench",
        "-P",
        "bench",
        "-b",
        4,
        "-w",
        100,
        "-n",
        total,
        *words,
    )
    seen = ground.all_seen(ground.sim, total, "not all came to the SMSC")
    spent = (ground.gateway.cpu() - cpu) * 1000 / total
    if not receipts:
        return seen["span_rate"], {"cpu_ms": round(spent, 4), "accept_p99": load["lat_ms"]["p99"]}
    rate = load["receipts_matched"] / load["receipt_last_s"] if load["receipt_last_s"] else 0.0
    return rate, {"cpu_ms": round(spent, 4), "matched": load["receipts_matched"], "of": total}


@dataclass(frozen=True)
class Way:
    """One path: its name, its title, how a run of it goes, and what the peer calls it."""

    name: str
    title: str
    run: Callable[[Ground], tuple[float, dict[str, Any]]]
    peer: tuple[str, ...] = ()


PATHS = (
    Way(
        "http-receipts",
        "HTTP /send to SMPP, receipt to webhook: messages/s",
        lambda g: _http(g, 30_000, receipts=True),
        ("http_dlr", "--mask", "3"),
    ),
    Way(
        "http",
        "HTTP /send to SMPP, no receipts: messages/s",
        lambda g: _http(g, 30_000, receipts=False),
        ("http",),
    ),
    Way(
        "smpp-receipts",
        "SMPP to SMPP, receipts to the client: messages/s",
        lambda g: _smpp(g, 30_000, receipts=True),
    ),
    Way("smpp", "SMPP to SMPP, no receipts: messages/s", lambda g: _smpp(g, 60_000, receipts=False)),
)


def peer_run(
    sources: Path, tools: Tools, folder: Path, words: tuple[str, ...], total: int
) -> dict[str, Any] | None:
    """One run of Kannel with the same tools; None where it is not installed."""
    script = sources / "kannel" / "run.py"
    if not script.exists() or (
        shutil.which("bearerbox") is None and not Path("/usr/sbin/bearerbox").exists()
    ):
        return None
    # It looks for the tools beside its own folder.
    home = folder / "peer"
    (home / "kannel").mkdir(parents=True, exist_ok=True)
    shutil.copy(script, home / "kannel" / "run.py")
    shutil.copy(sources / "gwstat.py", home / "gwstat.py")
    for tool in tools.built.iterdir():
        shutil.copy(tool, home / tool.name)
    done = subprocess.run(
        [sys.executable, str(home / "kannel" / "run.py"), *words, "--reps", "1", "-n", str(total), "--dir", str(folder / "kannel")],
        capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return lines[-1] if lines else None


def measure(path: Way, options: argparse.Namespace, tools: Tools) -> Taken:
    """Each layout and the peer in turn, again and again, so that the machine's moods meet all alike."""
    taken = Taken()
    for number in range(options.reps):
        for who, layout in LAYOUTS.items():
            for python in options.python:
                name = who if len(options.python) == 1 else f"{who} ({Path(python).parent.parent.name})"
                with tempfile.TemporaryDirectory(prefix="chappe-bench-") as home:
                    folder = Path(home)
                    with (
                        far_ends(tools, folder) as (sim, sink),
                        serving(Gateway(folder / "gw", *layout, python=python)) as gateway,
                    ):
                        ground = Ground(tools, gateway, sim, sink, options.scale)
                        _http(ground, 3_000, receipts=path.name == "http-receipts")
                        rate, more = path.run(ground)
                taken.add(name, rate, **more)
                say(f"{path.name} {number + 1}/{options.reps}", name, f"{rate:.0f}/s", json.dumps(more))
        if path.peer and options.peers:
            with tempfile.TemporaryDirectory(prefix="chappe-bench-") as home:
                got = peer_run(options.tools, tools, Path(home), path.peer, int(30_000 * options.scale))
            if got is not None:
                far = got["far"]
                rate = far["sink"].get("span_rate", 0) if path.peer[0] == "http_dlr" else far["span_rate"]
                taken.add(KANNEL, rate, cpu_ms=got["gw_cpu_ms_per_msg"])
                say(f"{path.name} {number + 1}/{options.reps}", KANNEL, f"{rate:.0f}/s")
    return taken


def latency(options: argparse.Namespace, tools: Tools) -> None:
    """Answers and far ends at 500 messages a second."""
    for who, layout in LAYOUTS.items():
        with tempfile.TemporaryDirectory(prefix="chappe-bench-") as home:
            folder = Path(home)
            with far_ends(tools, folder) as (sim, sink), serving(Gateway(folder / "gw", *layout)) as gateway:
                ground = Ground(tools, gateway, sim, sink, 1.0)
                _http(ground, 2_000, receipts=True)
                _, more = _http(ground, 10_000, receipts=True, rate=500)
        say("500/s", who, json.dumps(more))


def main() -> int:
    """Runs what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--plots", type=Path, default=Path("docs/plots"))
    parser.add_argument("--python", action="append", default=None)
    parser.add_argument("--only", default="")
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    options = parser.parse_args()
    options.python = options.python or [sys.executable]
    tools = Tools(options.tools, Path(tempfile.gettempdir()) / "chappe-bench-tools")
    options.plots.mkdir(parents=True, exist_ok=True)
    for path in PATHS:
        if options.only and path.name not in options.only.split(","):
            continue
        taken = measure(path, options, tools)
        medians = {who: statistics.median(rates) for who, rates in taken.rates.items()}
        peer = medians.get(KANNEL)
        for who, rate in medians.items():
            ratio = f" = {rate / peer:.2f} x Kannel" if peer and who != KANNEL else ""
            costs = [note["cpu_ms"] for note in taken.notes[who] if note.get("cpu_ms")]
            cost = f", {statistics.median(costs):.3f} ms CPU" if costs else ""
            say(
                f"{path.title}: {who}: median {rate:.0f}{ratio}{cost} of {[round(one) for one in taken.rates[who]]}"
            )
        drawn = [
            Bar(who, rate, min(taken.rates[who]), max(taken.rates[who])) for who, rate in medians.items()
        ]
        (options.plots / f"{path.name}.svg").write_text(bars(path.title, drawn))
    if not options.only or "latency" in options.only:
        latency(options, tools)
    return 0


if __name__ == "__main__":
    sys.exit(main())
