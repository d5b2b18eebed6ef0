"""The real processes: a gateway (`chappe serve`) on a folder of its own, a simulated SMSC, and the means to hurt both."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import apsw
import msgspec

from chappe.domain.message import Message
from chappe.management.sealing import load_keys
from chappe.sim.control import Change, Command, Status, ask
from chappe.sim.ledger import SubmitRow, read_ledger_file

USER, PASSWORD = "acme", "s3cr3t-of-a-test"
START_SECONDS = 30.0
LEASE_MS = 150_000
"""How long a notice that the dead process was handing over stays its (chappe.pipeline.notify)."""

_LOOK = 0.05


async def until(true: Callable[[], bool | Awaitable[bool]], seconds: float, what: str) -> None:
    """Returns once it is true; fails the test if that takes longer."""
    end = time.monotonic() + seconds
    while True:
        found = true()
        if found if isinstance(found, bool) else await found:
            return
        assert time.monotonic() < end, f"{what}: not within {seconds:.0f} s"
        await asyncio.sleep(_LOOK)


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on, below those that outgoing connections are given: a client that knocks while the
    gateway is down must not be connected to itself.
    """
    found: list[int] = []
    while len(found) < count:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


def connector(name: str, port: int, *, unknown: str = "resend", retry: float = 1.0, **settings: float) -> str:
    """A connector's table for `chappe apply`: four binds with a window of ten each, back soon after a loss."""
    given = {
        "binds": 4,
        "window": 10,
        "reconnect_first": 0.05,
        "reconnect_longest": 0.4,
        "stagger": 0.0,
        **settings,
    }
    lines = [f'[[connector]]\nname = "{name}"\nunknown = "{unknown}"']
    lines += [f"retry = {{ first = {retry}, attempts = 1000 }}", "[connector.settings]"]
    lines += ['host = "127.0.0.1"', f"port = {port}", *(f"{key} = {value}" for key, value in given.items())]
    return "\n".join(lines) + "\n"


def route(name: str, to: str, prefix: str = "", order: int = 0) -> str:
    """A route's table."""
    condition = f'condition = {{ destination_prefixes = ["{prefix}"] }}\n' if prefix else ""
    return (
        f'[[route]]\nname = "{name}"\norder = {order}\nprice = "0.001"\n{condition}'
        f'targets = [{{ connector = "{to}" }}]\n'
    )


_ACCOUNT = f"""
[[credential]]
username = "{USER}"
account = "{USER}"
password = "{PASSWORD}"
[[account]]
name = "{USER}"
private_webhooks = ["127.0.0.0/8"]
"""
DEPOSIT = 1_000_000


class Stored(msgspec.Struct, frozen=True):
    """A message as the file holds it."""

    id: int
    token: str
    """The last eight digits of its destination."""
    state: int
    attempts: int
    possible_duplicate: str
    charge: int


class Gateway:
    """`chappe serve`, started, killed and started again. `launch` is what the interpreter is given before `serve`."""

    def __init__(
        self, folder: Path, *, reserve_mb: int = 1, launch: tuple[str, ...] = ("-m", "chappe")
    ) -> None:
        self.folder = folder
        self.launch = launch
        self.environment: dict[str, str] = {}
        self.http_port, self.smpp_port, self.admin_port = free_ports(3)
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0
        self.seconds_to_serve: list[float] = []
        folder.mkdir(exist_ok=True)
        (folder / "chappe.toml").write_text(
            f'[node]\nkey_file = "chappe.key"\n[store]\npath = "chappe.db"\nreserve_mb = {reserve_mb}\n'
            f'[http]\nlisten = ["127.0.0.1:{self.http_port}"]\n[smpp]\nlisten = ["127.0.0.1:{self.smpp_port}"]\n'
            f'[admin]\nlisten = "127.0.0.1:{self.admin_port}"\n'
        )

    def command(self, *words: str) -> str:
        """Runs a command of the product on the same configuration; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "chappe", "--config", str(self.folder / "chappe.toml"), *words],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stdout} {done.stderr}"
        return done.stdout

    def set_up(self, *tables: str, charged: bool = False) -> None:
        """What an operator does first."""
        account = f"{_ACCOUNT}charged = {str(charged).lower()}\n"
        (self.folder / "network.toml").write_text(account + "".join(tables))
        self.command("apply", str(self.folder / "network.toml"), "--yes")
        if charged:
            self.command("account", "deposit", USER, str(DEPOSIT))

    # ------------------------------------------------------------ life and death

    @property
    def log(self) -> Path:
        """Of the present start."""
        return self.folder / f"serve-{self.starts}.log"

    def spawn(self) -> None:
        """Starts it, and does not wait until it serves."""
        assert self.process is None
        self.starts += 1
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    *self.launch,
                    "--config",
                    str(self.folder / "chappe.toml"),
                    "serve",
                    "--fronts",
                    "0",
                    "--relays",
                    "0",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **self.environment},
            )

    async def start(self) -> None:
        """Starts it; returns once clients may come."""
        began = time.monotonic()
        self.spawn()
        await until(self.serves, START_SECONDS, f"the gateway does not serve, see {self.log}")
        self.seconds_to_serve.append(time.monotonic() - began)

    def serves(self) -> bool:
        """Whether the present start said so."""
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return b'"serving"' in self.log.read_bytes()

    def kill(self) -> None:
        """kill -9, of all that it may have started too."""
        assert self.process is not None
        assert self.process.poll() is None, f"it was dead already: {self.log.read_text()}"
        os.killpg(self.process.pid, signal.SIGKILL)
        assert self.process.wait(10) == -signal.SIGKILL
        self.process = None

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        process, self.process = self.process, None
        process.terminate()
        await until(lambda: process.poll() is not None, 30, "the gateway does not stop")
        return process.wait()

    async def ended(self, seconds: float) -> int:
        """Waits until it ends by itself; the exit code."""
        assert self.process is not None
        process, self.process = self.process, None
        await until(lambda: process.poll() is not None, seconds, "the gateway does not end")
        return process.wait()

    def clear_away(self) -> None:
        """However the test ended, nothing is left running."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self.process = None

    def errors(self) -> list[str]:
        """Lines of all logs that tell of a duty that failed."""
        logs = sorted(self.folder.glob("serve-*.log"))
        return [line for log in logs for line in log.read_text().splitlines() if '"duty failed"' in line]

    # ------------------------------------------------------------ the file

    @contextlib.contextmanager
    def _connection(self) -> Iterator[apsw.Connection]:
        connection = apsw.Connection(str(self.folder / "chappe.db"), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.set_busy_timeout(10_000)
        try:
            yield connection
        finally:
            connection.close()

    def unfinished(self) -> tuple[int, int]:
        """Messages that are not in a final state, and notices still owed."""
        with self._connection() as connection:
            ((messages,),) = connection.execute("SELECT count(*) FROM message WHERE state < 10")
            ((notices,),) = connection.execute("SELECT count(*) FROM outbox WHERE delivery = 1")
        return messages, notices

    def states(self) -> Counter[int]:
        """How many messages there are of each state."""
        with self._connection() as connection:
            return Counter(dict(connection.execute("SELECT state, count(*) FROM message GROUP BY state")))

    def stored(self) -> dict[str, Stored]:
        """All messages by token."""
        with self._connection() as connection:
            rows = list(
                connection.execute(
                    "SELECT id, state, attempts, possible_duplicate, charge, body FROM message"
                )
            )
        found = [
            Stored(
                row[0],
                msgspec.json.decode(row[5], type=Message).destination.value[-8:],
                row[1],
                row[2],
                row[3],
                row[4],
            )
            for row in rows
        ]
        by_token = {one.token: one for one in found}
        assert len(by_token) == len(found), "one token, several messages"
        return by_token

    def balance(self) -> int:
        """What is left of the deposit, in micro-units."""
        with self._connection() as connection:
            ((amount,),) = connection.execute("SELECT amount FROM balance WHERE account = ?", (USER,))
        return int(amount)

    def octets(self) -> int:
        """How large the store's files are."""
        return sum((self.folder / name).stat().st_size for name in ("chappe.db", "chappe.db-wal"))

    async def pass_leases(self) -> None:
        """Stops it, lets the time of leases pass, and starts it again."""
        assert await self.stop() == 0
        self.let_pass(LEASE_MS)
        await self.start()

    def let_pass(self, milliseconds: int) -> None:
        """As if it had been down for so long: what is owed at a time is owed that much sooner."""
        assert self.process is None
        with self._connection() as connection:
            connection.execute("UPDATE outbox SET due_ms = due_ms - ? WHERE delivery = 1", (milliseconds,))

    def id_key(self) -> bytes:
        """What message ids are tagged with."""
        return load_keys(self.folder / "chappe.key", create=False).ids


class Smsc:
    """`chappe sim` in a process of its own, with its ledger."""

    def __init__(self, folder: Path) -> None:
        self.ledger = folder / "smsc.jsonl"
        self.port, self._control_port = free_ports(2)
        self._log = folder / "smsc.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *behaviour: str) -> None:
        """Starts it; connectors knock until it listens. Magic numbers are off: tokens are numbers too."""
        words = [*behaviour, "magic=false", "redeliveries=100000", "redelivery_delay=0.5"]
        ports = ["--port", str(self.port), "--control-port", str(self._control_port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "chappe", "sim", *words, *ports, "--ledger", str(self.ledger)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        return "control on port" in self._log.read_text()

    async def obey(self, command: Command) -> Mapping[str, Any]:
        """Gives a command."""
        await until(self._listens, START_SECONDS, f"the simulator does not listen, see {self._log}")
        return await ask("127.0.0.1", self._control_port, command)

    async def behave(self, **settings: Any) -> None:
        """Changes how it treats messages."""
        await self.obey(Change(settings))

    async def counted(self) -> Mapping[str, int]:
        """Its counters."""
        totals: Mapping[str, int] = (await self.obey(Status()))["counted"]["totals"]
        return totals

    def rows(self) -> list[SubmitRow]:
        """The submits in its ledger."""
        return [row for row in read_ledger_file(self.ledger) if isinstance(row, SubmitRow)]

    def stop(self) -> None:
        """Ends it; its ledger is whole then."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None


@contextlib.contextmanager
def smsc(folder: Path, *behaviour: str) -> Iterator[Smsc]:
    """A simulator."""
    made = Smsc(folder)
    try:
        made.start(*behaviour)
        yield made
    finally:
        made.stop()


@contextlib.contextmanager
def cleared_away(gateway: Gateway) -> Iterator[Gateway]:
    """Nothing of it runs afterwards."""
    try:
        yield gateway
    finally:
        gateway.clear_away()
