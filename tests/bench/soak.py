"""Half the capacity for long, a part killed each minute: what was accepted is counted at the far ends.

`python tests/bench/soak.py --tools FOLDER [--minutes 20] [--rate 3000]`
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from paths import THREE
from plots import lines
from rig import Gateway, Tools, far_ends, say, serving, until


def bits(path: Path) -> int:
    """A bitmap of tokens as one number."""
    return int.from_bytes(path.read_bytes(), "little")


def main() -> int:
    """Runs, and says 0 if nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--rate", type=int, default=3_000)
    parser.add_argument("--every", type=float, default=60.0)
    parser.add_argument("--plots", type=Path, default=Path("docs/plots"))
    options = parser.parse_args()
    tools = Tools(options.tools, Path(tempfile.gettempdir()) / "chappe-bench-tools")
    total = int(options.minutes * 60 * options.rate)
    chosen = random.Random(7)
    with tempfile.TemporaryDirectory(prefix="chappe-bench-") as home:
        folder = Path(home)
        gateway = Gateway(folder / "gw", *THREE)
        memory: list[tuple[float, float]] = []
        with far_ends(tools, folder) as (sim, sink), serving(gateway):
            accepted = folder / "accepted.bits"
            load = tools.begin(
                "httpload",
                "-c",
                50,
                "-n",
                total,
                "-r",
                options.rate,
                "--accepted",
                accepted,
                gateway.url(sink=True),
            )
            began, minute = time.monotonic(), 0
            while load.poll() is None:
                minute += 1
                end = began + minute * options.every
                while time.monotonic() < end and load.poll() is None:
                    time.sleep(0.5)
                if load.poll() is not None:
                    break
                memory.append((float(minute), gateway.rss_mb()))
                pid = chosen.choice(gateway.children)
                part = (
                    Path(f"/proc/{pid}/cmdline").read_bytes().split(b"--part\0")[-1].split(b"\0")[0].decode()
                )
                say(
                    f"minute {minute}: RSS {memory[-1][1]:.0f} MB, {gateway.descriptors()} descriptors, "
                    f"kill -9 of a {part}; SMSC {sim.read()['seen']:,}, webhook {sink.read()['seen']:,}"
                )
                os.kill(pid, signal.SIGKILL)
            figures = json.loads(load.communicate()[0])
            say(
                "load",
                json.dumps(
                    {key: figures[key] for key in ("accepted", "accepted_s", "status", "broken", "lat_ms")}
                ),
            )
            until(lambda: gateway.status().get("notices_owed") == 0, "notices are left", 200)
            time.sleep(3)
            smsc, hook = sim.read(), sink.read()
            taken = bits(accepted)
            lost = taken & ~bits(folder / "sub.bits"), taken & ~bits(folder / "hook.bits")
            say(
                f"accepted {taken.bit_count():,}; lost at the SMSC {lost[0].bit_count()}, at the webhook "
                f"{lost[1].bit_count()}; twice at the SMSC {smsc['dup']}, at the webhook {hook['dup']}"
            )
        say(gateway.command("verify-store").strip())
        say(f"RSS from {memory[0][1]:.0f} to {memory[-1][1]:.0f} MB" if memory else "no minute passed")
        options.plots.mkdir(parents=True, exist_ok=True)
        (options.plots / "soak-memory.svg").write_text(
            lines(
                "Memory under load, a part killed each minute",
                memory[::2],
                "minute",
                "RSS of all processes, MB",
            )
        )
        return 0 if not any(lost) else 1


if __name__ == "__main__":
    sys.exit(main())
