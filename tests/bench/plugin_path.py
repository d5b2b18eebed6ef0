"""Messages a second by way of a plug-in: HTTP or SMPP in, Send, Report, final state, the store synced before every yes.

python tests/bench/plugin_path.py [--messages 20000] [--plugin FILE.dll] [--smpp]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from chappe.connectors.plugin.program import CONTRACT_SOURCE
from chappe.sim.esme import EsmeSettings, load
from chappe.sim.http_load import HttpLoadSettings, http_load, write_request
from faults.rig import PASSWORD, USER, Gateway, cleared_away, route, until

SKELETON = CONTRACT_SOURCE.parents[1] / "skeletons" / "plugin.py"
PATIENCE = 120.0


def table(plugin: str) -> str:
    settings = f'plugin = "{plugin}"\nsecret = "secret"\nwindow = 2000\nreport_first = 0.5\n'
    return (
        f'[[connector]]\nname = "op"\nkind = "plugin"\nreceipts = "always"\n[connector.settings]\n{settings}'
    )


async def by_http(gateway: Gateway, messages: int) -> None:
    query = f"username={USER}&password={PASSWORD}&to=316{{seq}}&content=bench+%23{{seq}}"
    request = write_request("GET", f"/send?{query}", "gateway")
    report = await http_load(
        HttpLoadSettings(port=gateway.http_port, request=request, connections=50, total=messages)
    )
    assert report.accepted == messages


async def by_smpp(gateway: Gateway, messages: int) -> None:
    await load(
        EsmeSettings(
            port=gateway.smpp_port,
            system_id=USER,
            password=PASSWORD,
            binds=4,
            window=100,
            total=messages,
            receipt_wait=0.0,
        )
    )


async def measure(folder: Path, plugin: str, messages: int, *, smpp: bool) -> float:
    """Messages a second to the last final state; fails unless every one is delivered."""
    gateway = Gateway(folder / "gateway")
    with cleared_away(gateway):
        gateway.set_up(table(plugin), route("all", "op"))
        await gateway.start()
        began = time.monotonic()
        await (by_smpp if smpp else by_http)(gateway, messages)
        await until(lambda: gateway.states()[10] == messages, PATIENCE, "not all are delivered")
        seconds = time.monotonic() - began
        await gateway.stop()
    return messages / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--plugin", default=f"{SKELETON}:Plugin")
    parser.add_argument("--smpp", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chappe-plugin-") as name:
        rate = asyncio.run(measure(Path(name), given.plugin, given.messages, smpp=given.smpp))
    way = "SMPP" if given.smpp else "HTTP"
    print(f"{way} in, {Path(given.plugin).name}: {rate:.0f} messages/s, Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
