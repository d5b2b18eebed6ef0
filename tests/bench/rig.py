"""A gateway process, neutral load tools and far ends, for measuring. Nothing here is a test; `make bench` runs it.

The neutral tools are four C programs (`smppload`, `httpload`, `smscsim`, `hooksink`) in a folder that the caller names.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SIM, SINK = 23775, 23081
"""The ports of the far ends; those that the peer's own set-up knows."""

USER = PASSWORD = "bench"
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 300.0

CONFIG = """
[node]
key_file = "chappe.key"
[store]
path = "chappe.db"
[http]
listen = ["127.0.0.1:{http}"]
[smpp]
listen = ["127.0.0.1:{smpp}"]
connections_per_address = 5000
[admin]
listen = "127.0.0.1:{admin}"
[log]
level = "warning"
"""

DIRECTORY = """
[[account]]
name = "bench"
private_webhooks = ["127.0.0.0/8"]
smpp_window = 2000
[[credential]]
username = "bench"
account = "bench"
password = "bench"
[[connector]]
name = "op"
[connector.settings]
host = "127.0.0.1"
port = {sim}
system_id = "op"
password = "secret"
binds = {binds}
window = {window}
[[route]]
name = "all"
targets = [{{connector = "op"}}]
"""


def say(*words: object) -> None:
    """A line of progress."""
    print(time.strftime("%H:%M:%S"), *words, flush=True)


def until(holds: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Waits for a thing to hold."""
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            raise SystemExit(f"waited {patience:g} s in vain: {what}")
        time.sleep(0.02)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


class Tools:
    """The neutral tools, compiled into a folder of ours."""

    def __init__(self, sources: Path, built: Path) -> None:
        self.built = built
        self.sources = sources
        if not (sources / "httpload.c").exists():
            raise SystemExit(
                f"there are no neutral load tools in {sources}: say TOOLS=folder, or leave PEERS=1 out"
            )
        built.mkdir(parents=True, exist_ok=True)
        for name in ("smppload", "httpload", "smscsim", "hooksink"):
            program, source = built / name, sources / f"{name}.c"
            if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
                subprocess.run(["cc", "-O2", "-o", str(program), str(source), "-lm"], check=True, cwd=sources)

    def run(self, tool: str, *words: object) -> dict[str, Any]:
        """Runs a load tool to its end; its line of figures."""
        done = subprocess.run(
            [str(self.built / tool), *map(str, words)], capture_output=True, text=True, check=False
        )
        if not done.stdout.strip():
            raise SystemExit(f"{tool}: {done.stderr.strip()}")
        figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return figures

    def begin(self, tool: str, *words: object) -> subprocess.Popen[str]:
        """Starts a load tool and lets it run."""
        return subprocess.Popen(
            [str(self.built / tool), *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )


class Far:
    """A far end, `smscsim` or `hooksink`, asked by signals."""

    def __init__(self, tools: Tools, tool: str, folder: Path, *words: object) -> None:
        self.log = folder / f"{tool}.log"
        self._out = self.log.open("w")
        self.process = subprocess.Popen([str(tools.built / tool), *map(str, words)], stdout=self._out)

    def read(self) -> dict[str, Any]:
        """Its counters now."""
        size = self.log.stat().st_size
        self.process.send_signal(signal.SIGUSR1)
        lines: list[str] = []

        def came() -> bool:
            with self.log.open() as log:
                log.seek(size)
                lines[:] = [line for line in log.read().splitlines() if '"usr1"' in line]
            return bool(lines)

        until(came, f"{self.log.name} does not answer", 10.0)
        counters: dict[str, Any] = json.loads(lines[-1])
        return counters

    def reset(self) -> None:
        """Counts from zero."""
        self.process.send_signal(signal.SIGUSR2)
        time.sleep(0.05)

    def close(self) -> None:
        """Ends it."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        self.process.wait(10)
        self._out.close()


class Gateway:
    """A gateway of a fresh store: `options` are those of `serve`."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        binds: int = 4,
        window: int = 100,
        directory: str = "",
        python: str = sys.executable,
    ) -> None:
        self.folder = folder
        self.options = options
        self.python = python
        self.http, self.smpp, self.admin = free_ports(3)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "chappe.toml").write_text(CONFIG.format(http=self.http, smpp=self.smpp, admin=self.admin))
        (folder / "dir.toml").write_text(DIRECTORY.format(sim=SIM, binds=binds, window=window) + directory)
        self.command("apply", "dir.toml", "--yes")
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str) -> str:
        """Runs a command of the gateway's."""
        done = subprocess.run(
            [self.python, "-m", "chappe", *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"chappe {' '.join(words)}: {done.stderr}")
        return done.stdout

    def start(self, *, bound: bool = True) -> float:
        """Starts it; seconds until it serves. With `bound` its connector is up too."""
        began = time.monotonic()
        with (self.folder / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.python, "-m", "chappe", "serve", *self.options], cwd=self.folder, stdout=log, stderr=log
            )
        until(lambda: self._get("/readyz") is not None, "the gateway does not serve")
        ready = time.monotonic() - began
        if bound:
            until(
                lambda: self.status()["connectors"].get("op", {}).get("health") == "up",
                "the connector is not up",
            )
        return ready

    def _get(self, path: str) -> bytes | None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.admin), 2.0) as link:
            link.settimeout(5.0)
            link.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            got = b""
            while chunk := link.recv(65_536):
                got += chunk
            head, _, body = got.partition(b"\r\n\r\n")
            return body if head.split(b" ")[1:2] == [b"200"] else None
        return None

    def status(self) -> dict[str, Any]:
        """What /status says."""
        body = self._get("/status")
        found: dict[str, Any] = json.loads(body) if body else {"connectors": {}}
        return found

    @property
    def children(self) -> list[int]:
        """The processes of its parts; itself where it is one process."""
        assert self.process is not None
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("ascii")
        return [int(word) for word in text.split()]

    @property
    def pids(self) -> list[int]:
        """All its processes."""
        assert self.process is not None
        return [self.process.pid, *self.children]

    def cpu(self) -> float:
        """Processor seconds of all its processes so far."""
        total = 0
        for pid in self.pids:
            fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def rss_mb(self) -> float:
        """Resident memory of all its processes."""
        total = 0
        for pid in self.pids:
            with contextlib.suppress(OSError):
                lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
        return total / 1024

    def descriptors(self) -> int:
        """Open files of all its processes."""
        return sum(
            len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in self.pids if Path(f"/proc/{pid}").exists()
        )

    def stop(self) -> None:
        """Ends it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
            self.process = None

    def url(self, sink: bool = False, user: str = USER, mark: str = "") -> str:
        """A request of `/send` for httpload, with a receipt to the sink if asked."""
        report = (
            f"&dlr=yes&dlr-level=2&dlr-url=http%3A%2F%2F127.0.0.1%3A{SINK}%2Fd%3Ftok%3D{{seq}}T{{now}}{mark}"
            if sink
            else ""
        )
        query = f"username={user}&password={PASSWORD}&to={{to}}&content=hi%20%23{{seq}}T{{now}}{report}"
        return f"http://127.0.0.1:{self.http}/send?{query}"


@contextlib.contextmanager
def far_ends(tools: Tools, folder: Path, *words: object, dlr_ms: int = 50) -> Iterator[tuple[Far, Far]]:
    """An SMSC and a webhook receiver."""
    sim = Far(tools, "smscsim", folder, "-p", SIM, "--dlr-ms", dlr_ms, "--dump", folder / "sub.bits", *words)
    sink = Far(tools, "hooksink", folder, "-p", SINK, "--dump", folder / "hook.bits")
    try:
        time.sleep(0.2)
        yield sim, sink
    finally:
        sim.close()
        sink.close()


@contextlib.contextmanager
def serving(gateway: Gateway, *, bound: bool = True) -> Iterator[Gateway]:
    """A gateway that serves, and is ended afterwards."""
    try:
        gateway.start(bound=bound)
        yield gateway
    finally:
        gateway.stop()
