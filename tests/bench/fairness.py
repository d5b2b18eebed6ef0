"""A small account beside one that floods: the small one's 99th percentiles, quiet and flooded.

`python tests/bench/fairness.py --tools FOLDER`
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from paths import ONE, THREE
from rig import PASSWORD, Gateway, Tools, far_ends, say, serving, until

SMALL = f"""
[[account]]
name = "small"
private_webhooks = ["127.0.0.0/8"]
[[credential]]
username = "small"
account = "small"
password = "{PASSWORD}"
"""
BEYOND = 50_000_000
"""Where the flood's tokens begin, so that they are told apart."""


def main() -> int:
    """Measures both layouts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--rate", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=20)
    options = parser.parse_args()
    tools = Tools(options.tools, Path(tempfile.gettempdir()) / "chappe-bench-tools")
    for name, layout in (("front + relay + writer", THREE), ("one process", ONE)):
        with tempfile.TemporaryDirectory(prefix="chappe-bench-") as home:
            folder = Path(home)
            gateway = Gateway(folder / "gw", *layout, directory=SMALL)
            with far_ends(tools, folder) as (_, sink), serving(gateway):
                tools.run("httpload", "-c", 20, "-n", 3_000, gateway.url(sink=True))
                figures: dict[str, Any] = {}
                for when in ("quiet", "flooded"):
                    flood = None
                    if when == "flooded":
                        words = (
                            "-c",
                            50,
                            "-n",
                            options.rate * options.seconds,
                            "-r",
                            options.rate,
                            "--first",
                            BEYOND,
                        )
                        flood = tools.begin("httpload", *words, gateway.url())
                    sink.reset()
                    total = 50 * (options.seconds - 5)
                    load = tools.run(
                        "httpload", "-c", 4, "-n", total, "-r", 50, gateway.url(sink=True, user="small")
                    )
                    until(lambda n=total: sink.read()["seen"] >= n, "not all webhooks came", 120)  # type: ignore[misc]
                    figures[when] = {
                        "accept_p99": load["lat_ms"]["p99"],
                        "webhook_p99": sink.read()["e2e_ms"]["p99"],
                    }
                    if flood is not None:
                        done = json.loads(flood.communicate()[0])
                        figures["flood"] = {"accepted_s": done["accepted_s"], "refused": done.get("status")}
                ratios = {
                    key: round(figures["flooded"][key] / figures["quiet"][key], 2) for key in figures["quiet"]
                }
                say(name, json.dumps(figures), "times", json.dumps(ratios))
    return 0


if __name__ == "__main__":
    sys.exit(main())
