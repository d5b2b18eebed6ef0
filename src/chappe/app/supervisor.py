"""The parent of a gateway of several processes: starts them, starts anew what died, answers for all, stops in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from chappe.api.admin import Admin
from chappe.app.bus import BUS_SOCKET, Hello
from chappe.app.bus_server import BusServer
from chappe.app.config import Config, split_address
from chappe.app.gateway import GRACE, plain_status
from chappe.app.jasmin_metrics import jasmin_text
from chappe.app.logs import logger
from chappe.app.metrics import exposition, spellings
from chappe.app.part import words_of
from chappe.app.roles import Part, Role
from chappe.app.running import FAILED
from chappe.net.http_server import HttpListener

_STEADY: Final = 30.0
"""Seconds after which a process that ends is no sign of trouble."""

_LONGEST_PAUSE: Final = 10.0
_FIRST_PAUSE: Final = 0.1
_GRACE: Final = GRACE + 10.0
"""Seconds that a process gets to stop: its own grace, and time to write what came of it."""

log = logger("chappe.supervisor")


class _Child:
    """One process and its life."""

    def __init__(self, role: Role, arguments: Sequence[str]) -> None:
        self.role = role
        self._arguments = arguments
        self.process: asyncio.subprocess.Process | None = None
        self.there = False
        self.ready = False

    async def start(self) -> None:
        """Starts it."""
        self.process = await asyncio.create_subprocess_exec(*self._arguments)

    async def end(self) -> None:
        """Asks it to stop, waits, and stops it."""
        if self.process is None or self.process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            async with asyncio.timeout(_GRACE):
                await self.process.wait()
        except TimeoutError:
            log.warning("did not stop in time", process=self.role.name)
            self.process.kill()
            await self.process.wait()


class Supervisor:
    """Runs a writer, fronts and relays as processes."""

    def __init__(self, config: Config, config_file: Path | None, *, fronts: int, relays: int) -> None:
        self._config = config
        self._meeting = Path(tempfile.mkdtemp(prefix="chappe-"))
        roles = [
            Role(Part.WRITER, 0, fronts, relays, self._meeting),
            *(Role(Part.RELAY, number, fronts, relays, self._meeting) for number in range(relays)),
            *(Role(Part.FRONT, number, fronts, relays, self._meeting) for number in range(fronts)),
        ]
        self._children = [_Child(role, words_of(role, config_file)) for role in roles]
        self._by_name = {child.role.name: child for child in self._children}
        relay_names = [role.name for role in roles if role.part is Part.RELAY]
        self._bus = BusServer(self._came, self._serves, self._leaves, relay_names)
        self._stopping = asyncio.Event()
        self._all_ready = asyncio.Event()
        self._code = 0
        self._ports: dict[str, int] = {}
        self._lives: list[asyncio.Task[None]] = []
        self._admin: HttpListener | None = None

    async def run(self) -> int:
        """Runs until SIGTERM or SIGINT, or until a process cannot even start; the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        try:
            await self._bus.listen(self._meeting / BUS_SOCKET)
            await self._listen()
            self._lives = [
                asyncio.create_task(self._live(child), name=child.role.name) for child in self._children
            ]
            await self._stopping.wait()
        finally:
            await self._stop()
        return self._code

    async def _stop(self) -> None:
        log.info("stopping")
        if self._admin is not None:
            await self._admin.close(1.0)
        # Those who take in first, then those who send, then the one that writes for both.
        for part in (Part.FRONT, Part.RELAY, Part.WRITER):
            await asyncio.gather(*(child.end() for child in self._children if child.role.part is part))
        for life in self._lives:
            life.cancel()
        await asyncio.gather(*self._lives, return_exceptions=True)
        self._bus.close()
        await self._bus.closed()
        for left in self._meeting.iterdir():
            left.unlink()
        self._meeting.rmdir()
        log.info("stopped")

    # ------------------------------------------------------------ lives

    async def _live(self, child: _Child) -> None:
        pause = _FIRST_PAUSE
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            began = loop.time()
            code = await self._one_life(child)
            child.there = child.ready = False
            if self._stopping.is_set():
                return
            if not self._all_ready.is_set():
                # It never served: whatever keeps it from that is for the operator to mend.
                self._code = code if code > 0 else FAILED
                self._stopping.set()
                return
            log.error("process ended", process=child.role.name, code=code, again_in=pause)
            if loop.time() - began >= _STEADY:
                pause = _FIRST_PAUSE
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _one_life(self, child: _Child) -> int:
        try:
            await child.start()
        except OSError as error:
            log.warning("cannot start a process", process=child.role.name, reason=str(error))
            return FAILED
        assert child.process is not None
        return await child.process.wait()

    def _came(self, hello: Hello) -> None:
        self._by_name[hello.name].there = True

    def _serves(self, name: str, ports: Mapping[str, int]) -> None:
        self._by_name[name].ready = True
        self._ports.update({key: port for key, port in ports.items() if port})
        if not self._all_ready.is_set() and not self._missing():
            self._all_ready.set()
            admin = self._admin.port if self._admin is not None else 0
            log.info(
                "serving",
                http=self._ports.get("http", 0),
                smpp=self._ports.get("smpp", 0),
                admin=admin,
                processes=[child.role.name for child in self._children],
            )

    def _leaves(self, name: str) -> None:
        self._by_name[name].ready = False

    def _missing(self) -> str:
        """Why clients cannot be served as they should be, empty if they can."""
        if self._stopping.is_set():
            return "stopping"
        absent = [child.role.name for child in self._children if not child.ready]
        return f"not there: {', '.join(absent)}" if absent else ""

    # ------------------------------------------------------------ answering for all

    async def _listen(self) -> None:
        if not self._config.admin.listen:
            return
        admin = Admin(
            ready=self._missing,
            metrics=self._metrics,
            refresh=_nothing,
            status=self._status,
            on_error=_failed_page,
        )
        self._admin = HttpListener(admin.answer)
        await self._admin.listen(*split_address(self._config.admin.listen))

    def _metrics(self) -> bytes:
        return exposition(self._bus.figures(), lambda: None, jasmin_text)()

    async def _status(self) -> Mapping[str, Any]:
        figures = self._bus.figures()
        gauges = figures.gauges
        return {
            "ready": not self._missing(),
            "processes": {
                child.role.name: child.process.pid if child.process is not None and child.ready else None
                for child in self._children
            },
            "connectors": {name: plain_status(status) for name, status in self._bus.statuses.items()},
            "queued": {
                label: int(depth) for (name, label), depth in gauges.items() if name == "queued" and depth
            },
            "revisions": {
                label: int(revision)
                for (name, label), revision in sorted(gauges.items())
                if name == "directory_revision"
            },
            "notices_owed": int(gauges.get(("notices_owed", ""), 0)),
            "receipts": spellings(figures),
        }


def _failed_page(page: str, error: BaseException) -> None:
    log.error("page failed", page=page, exc_info=error)


async def _nothing() -> None:
    """Figures come by themselves."""
