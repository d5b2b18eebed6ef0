"""`chappe serve` as a process of its own: started, told to end, killed; its ports read from its log."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

PATIENCE = 15.0
"""Seconds after which a process that is waited for counts as stuck."""


ALONE = ("--fronts", "0", "--relays", "0")
"""One process, whatever the machine's cores."""


class GatewayProcess:
    """The real thing. `log` holds what it said, an object a line; `strays` lines that were none."""

    def __init__(self, config: Path, *options: str) -> None:
        """`options` are those of `serve`; with some of them it is several processes, in a session of their own."""
        self._config = config
        self._options = options
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._serving = asyncio.Event()
        self.log: list[dict[str, Any]] = []
        self.strays: list[str] = []
        self.http_port = 0
        self.smpp_port = 0
        self.admin_port = 0

    @staticmethod
    def command(config: Path, *options: str) -> list[str]:
        """The words of it."""
        return [sys.executable, "-m", "chappe", "--config", str(config), "serve", *(options or ALONE)]

    async def start(self) -> None:
        """Returns once clients may come."""
        self._process = await asyncio.create_subprocess_exec(
            *self.command(self._config, *self._options),
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        self._reading = asyncio.create_task(self._read())
        serving = asyncio.create_task(self._serving.wait())
        await asyncio.wait((serving, self._reading), timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        serving.cancel()
        assert self._serving.is_set(), (self.log, self.strays)

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            try:
                event = json.loads(line)
            except ValueError:
                self.strays.append(line.decode("utf-8", "replace"))
                continue
            self.log.append(event)
            if event.get("event") == "serving":
                self.http_port, self.smpp_port, self.admin_port = event["http"], event["smpp"], event["admin"]
                self._serving.set()

    def tell_to_end(self) -> None:
        """SIGTERM."""
        assert self._process is not None
        self._process.terminate()

    async def ended(self) -> int:
        """Waits for the process's end; its exit code."""
        assert self._process is not None
        assert self._reading is not None
        code = await asyncio.wait_for(self._process.wait(), PATIENCE)
        await self._reading
        return code

    async def kill(self) -> None:
        """SIGKILL: no code of ours runs any more."""
        assert self._process is not None
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        await self.ended()
