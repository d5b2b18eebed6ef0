"""Calls of 1,000 MSG to one gateway process, JSON and XML, with sync: messages a second accepted, how long, and its memory.

`python tests/bench/cm_calls.py [--calls 200] [--clients 4] [--python PATH] [--folder DISK]`; nothing is sent on, since
nobody listens where the connector would bind.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from rig import Gateway

TOKEN = "11111111-2222-3333-4444-555555555555"
MSGS = 1_000
DIRECTORY = f"""
[[token]]
name = "product"
account = "bench"
token = "{TOKEN}"
"""


def json_call() -> bytes:
    """A call as the vendor's clients write it, a reference for each MSG."""
    msgs = [
        {
            "from": "Chappe",
            "to": [{"number": f"003361{number:07d}"}],
            "body": {"type": "AUTO", "content": f"Your order {number} will be there on Friday."},
            "reference": f"order{number}",
        }
        for number in range(MSGS)
    ]
    body = {"messages": {"authentication": {"productToken": TOKEN}, "msg": msgs}}
    return json.dumps(body).encode()


def xml_call() -> bytes:
    """The same as XML."""
    msgs = "".join(
        f"<MSG><FROM>Chappe</FROM><TO>003361{number:07d}</TO>"
        f"<BODY>Your order {number} will be there on Friday.</BODY><REFERENCE>order{number}</REFERENCE></MSG>"
        for number in range(MSGS)
    )
    login = f"<AUTHENTICATION><PRODUCTTOKEN>{TOKEN}</PRODUCTTOKEN></AUTHENTICATION>"
    return f'<?xml version="1.0" encoding="utf-8"?><MESSAGES>{login}{msgs}</MESSAGES>'.encode()


async def client(port: int, request: bytes, calls: int, took: list[float]) -> None:
    """One connection, call after call."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(calls):
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(head)
        lines = head.lower().split(b"\r\n")
        length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length"))
        body = await reader.readexactly(length)
        if body and b'"errorCode":0' not in body:
            raise SystemExit(body[:200])
        took.append(time.perf_counter() - began)
    writer.close()


async def measured(gateway: Gateway, path: str, body: bytes, *, calls: int, clients: int) -> str:
    """A run in two halves, as a line."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    request = head + body
    await client(gateway.http, request, 3, [])
    alone: list[float] = []
    await client(gateway.http, request, 10, alone)
    took: list[float] = []
    memory = [gateway.rss_mb()]
    seconds, cpu = 0.0, gateway.cpu()
    for _ in range(2):
        began = time.perf_counter()
        each = calls // clients // 2
        await asyncio.gather(*(client(gateway.http, request, each, took) for _ in range(clients)))
        seconds += time.perf_counter() - began
        memory.append(gateway.rss_mb())
    cpu = (gateway.cpu() - cpu) / len(took) / MSGS
    return (
        f"{path}: {len(took) * MSGS / seconds:,.0f} messages/s with {clients} clients, a call alone"
        f" {statistics.median(alone) * 1000:.0f} ms, CPU {cpu * 1000:.3f} ms a message, RSS {', '.join(f'{each:.0f}' for each in memory)} MB"
    )


def main() -> None:
    """Runs it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=200)
    options.add_argument("--clients", type=int, default=4)
    options.add_argument("--python", default=sys.executable)
    options.add_argument("--folder", default=None, help="where the store lies: a disk, no memory")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        layout = ("--fronts", "0", "--relays", "0")
        gateway = Gateway(Path(name), *layout, directory=DIRECTORY, python=given.python)
        gateway.start(bound=False)
        try:
            for path, body in (("/v1.0/message", json_call()), ("/gateway.ashx", xml_call())):
                run = measured(gateway, path, body, calls=given.calls, clients=given.clients)
                print(asyncio.run(run), flush=True)
        finally:
            if gateway.process is not None:
                gateway.process.terminate()
                gateway.process.wait(30)


if __name__ == "__main__":
    main()
