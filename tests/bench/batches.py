"""The batch door: calls of a thousand destinations, accepted and drained.

`python tests/bench/batches.py --tools FOLDER`
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import sys
import tempfile
import time
from pathlib import Path

from paths import ONE, THREE
from rig import PASSWORD, USER, Gateway, Tools, far_ends, say, serving, until


def call(port: int, numbers: list[str], first: int) -> float:
    """One `POST /secure/sendbatch`; seconds until it was answered."""
    link = http.client.HTTPConnection("127.0.0.1", port)
    messages = [{"to": [number], "content": f"hi #{first + at:08d}"} for at, number in enumerate(numbers)]
    word = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    began = time.monotonic()
    link.request(
        "POST", "/secure/sendbatch", json.dumps({"messages": messages}), {"Authorization": f"Basic {word}"}
    )
    answer = link.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{answer.status} {body[:200]!r}")
    link.close()
    return time.monotonic() - began


def main() -> int:
    """Measures both layouts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--calls", type=int, default=60)
    options = parser.parse_args()
    tools = Tools(options.tools, Path(tempfile.gettempdir()) / "chappe-bench-tools")
    for name, layout in (("front + relay + writer", THREE), ("one process", ONE)):
        with tempfile.TemporaryDirectory(prefix="chappe-bench-") as home:
            folder = Path(home)
            gateway = Gateway(folder / "gw", *layout)
            with far_ends(tools, folder) as (sim, _), serving(gateway):
                call(gateway.http, ["31612345678"] * 1_000, 90_000_000)
                until(lambda: sim.read()["seen"] >= 1_000, "the first call does not drain")
                sim.reset()
                began, total = time.monotonic(), options.calls * 1_000
                cpu = gateway.cpu()
                answers = [
                    call(gateway.http, [f"3161{at:07d}" for at in range(1_000)], number * 1_000)
                    for number in range(options.calls)
                ]
                accepted = time.monotonic() - began
                until(lambda n=total: sim.read()["seen"] >= n, "the calls do not drain")  # type: ignore[misc]
                whole = time.monotonic() - began
                cost = (gateway.cpu() - cpu) * 1000 / total
                say(
                    f"{name}: {options.calls} calls of 1,000: accepted {total / accepted:,.0f}/s, whole "
                    f"{total / whole:,.0f}/s, slowest answer {max(answers) * 1000:.0f} ms, {cost:.4f} ms CPU each"
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
