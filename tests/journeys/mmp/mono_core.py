"""MMP Core as a program under Mono, with our plug-in compiled beside it; and a server that answers what a test wrote down."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import chappe.connectors.plugin
import chappe.dialects.mmp
from journeys.wire import HOST

CONTRACT = Path(chappe.connectors.plugin.__file__ or "").parent / "dotnet" / "Contract.cs"
PLUGIN = Path(chappe.dialects.mmp.__file__ or "").parent / "dotnet" / "ChappePlugin.cs"
CORE = Path(__file__).with_name("Core.cs")
LACKING = "Mono is not installed (apt-get install mono-runtime mono-mcs)"
PATIENCE = 30.0


def is_there() -> bool:
    """Whether C# can be compiled and run on this machine."""
    return shutil.which("mcs") is not None and shutil.which("mono") is not None


def compile_all(folder: Path) -> None:
    """The vendor's interface, our plug-in against it, and the core against both; warnings are errors."""
    steps: tuple[tuple[str, ...], ...] = (
        ("-target:library", "-out:mmp.abstract.dll", str(CONTRACT)),
        ("-target:library", "-langversion:5", "-out:ChappePlugin.dll", "-r:mmp.abstract.dll", str(PLUGIN)),
        ("-out:Core.exe", "-r:mmp.abstract.dll", "-r:ChappePlugin.dll", str(CORE)),
    )
    for step in steps:
        done = subprocess.run(
            ["mcs", "-warn:4", "-warnaserror", *step], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


class Thrown(Exception):
    """What the plug-in threw."""


class MonoCore:
    """One plug-in object in one process."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        """`settings` are the lines of its file; the folder is one of `compile_all`'s results, and its own."""
        self._folder = folder
        lines = [
            "# how the plug-in finds its gateway",
            *(f"{name} = {value}" for name, value in settings.items()),
        ]
        (folder / "ChappePlugin.txt").write_text("\n".join(lines))
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            "mono",
            str(self._folder / "Core.exe"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 24,
        )

    async def close(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def call(self, method: str, argument: str = "") -> str:
        """What a method answers; raises Thrown."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(method.encode() + base64.b64encode(argument.encode()) + b"\n")
        line = await asyncio.wait_for(self._process.stdout.readline(), PATIENCE)
        said = base64.b64decode(line[1:]).decode()
        if line[:1] == b"!":
            raise Thrown(said)
        assert line[:1] == b"=", line
        return said

    async def login(self, secret: str) -> str:
        return await self.call("L", secret)

    async def send(self, *messages: Any) -> Any:
        return json.loads(await self.call("S", json.dumps({"messages": list(messages)}, ensure_ascii=False)))

    async def report(self, *ids: str, packet: str = "") -> Any:
        body = {"partnerPacketId": packet, "messages": list(ids)}
        return json.loads(await self.call("R", json.dumps(body)))


@dataclass(frozen=True, slots=True)
class Request:
    """What came in: the path, headers by lower-case name, the body."""

    path: str
    headers: dict[str, str]
    body: str


Told = tuple[int, str] | None
"""A status and a body, or None to hang up without an answer."""


@dataclass
class Scripted:
    """Answers one request after the other as it is told, login always with OK; the last answer goes on for ever."""

    answers: Sequence[Told]
    requests: list[Request] = field(default_factory=list)
    port: int = 0
    on_request: Callable[[Request], None] = lambda _request: None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    @property
    def asked(self) -> list[Request]:
        """The requests that were no login."""
        return [request for request in self.requests if request.path != "/mmp/login"]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        request = Request(head[0].split(" ")[1], headers, body.decode())
        self.requests.append(request)
        told: Told = (200, "OK")
        if request.path != "/mmp/login":
            told = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if told is not None:
            status, text = told
            extra = "MMP-Session: s1\r\n" if request.path == "/mmp/login" else ""
            writer.write(
                f"HTTP/1.1 {status} x\r\nConnection: close\r\n{extra}Content-Length: {len(text.encode())}\r\n\r\n{text}".encode()
            )
        writer.close()
