"""One process with one plug-in object in it: begun, called, killed. What the calls mean is not known here."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from chappe.connectors.plugin.calls import HEAD, Answer, Method, answer, call, head, sentence

_NOISE_AT_ONCE: Final = 1 << 16
_NOISE_PAUSE: Final = 0.05
"""Seconds between two looks at what a plug-in prints: one that babbles waits for us, and not the reverse."""
_KEPT_NOISE: Final = 2_000
_LAST_BREATH: Final = 2.0
"""Seconds for the exit code of a process that ended its answers."""


class Died(Exception):
    """The process ended before its answer; the message says how, as far as it is known."""


class Slow(Exception):
    """No answer in time; the message says in how many seconds."""


class Child:
    """A running process. After Died, Slow, Nonsense and a cancelled call it is of no more use: `end` it."""

    def __init__(self, process: asyncio.subprocess.Process, longest: int) -> None:
        self._process = process
        self._longest = longest
        self._noise = bytearray()
        self._listening = asyncio.create_task(self._listen(), name="plug-in output")
        self._waiting = asyncio.create_task(process.wait(), name="plug-in process")

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        *,
        folder: str,
        environment: Mapping[str, str],
        limits: Mapping[int, int],
        longest: int,
    ) -> Child:
        """Begins a process under these limits (resource: most). `longest` octets an answer may have. Raises OSError."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            cwd=folder,
            # Nothing of ours but what is set for it: the environment may hold secrets.
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "LANG": "C.UTF-8",
                "HOME": folder,
                **environment,
            },
        )
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(process.pid, resource.RLIMIT_CORE, (0, 0))
            for what, most in limits.items():
                resource.prlimit(process.pid, what, (most, most))
        return cls(process, longest)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it has not ended by itself."""
        return self._process.returncode is None

    def when_ended(self, tell: Callable[[], None]) -> None:
        """Calls this once the process is gone."""
        self._waiting.add_done_callback(lambda _: tell())

    async def begun(self, seconds: float) -> Answer:
        """What it says when it has loaded its plug-in, or why it could not. Raises Died, Slow, Nonsense."""
        return await self._within(seconds, self._answered())

    async def call(self, method: Method, text: bytes, seconds: float) -> Answer:
        """One call of the plug-in; none may be under way. Raises Died, Slow, Nonsense."""
        return await self._within(seconds, self._called(method, text))

    async def _within(self, seconds: float, work: Awaitable[Answer]) -> Answer:
        try:
            async with asyncio.timeout(seconds):
                return await work
        except TimeoutError:
            raise Slow(f"no answer in {seconds:g} s") from None
        except (asyncio.IncompleteReadError, OSError, RuntimeError):
            # RuntimeError: uvloop says so of a pipe that is closed.
            raise Died(await self._last_words()) from None

    async def _called(self, method: Method, text: bytes) -> Answer:
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write(call(method, text))
        await stdin.drain()
        return await self._answered()

    async def _answered(self) -> Answer:
        stdout = self._process.stdout
        assert stdout is not None
        failed, length = head(await stdout.readexactly(HEAD), self._longest)
        return answer(await stdout.readexactly(length), failed=failed)

    async def _last_words(self) -> str:
        """How the process ended, and the last line that it printed."""
        try:
            async with asyncio.timeout(_LAST_BREATH):
                code = await asyncio.shield(self._waiting)
                await asyncio.shield(self._listening)
        except TimeoutError:
            return "it closed its answers"
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        lines = self._noise.decode("utf-8", "replace").split("\n")
        last = next((said for line in reversed(lines) if (said := sentence(line))), "")
        return f"{how}: {last}" if last else how

    async def _listen(self) -> None:
        stderr = self._process.stderr
        assert stderr is not None
        with contextlib.suppress(OSError):
            while octets := await stderr.read(_NOISE_AT_ONCE):
                self._noise += octets
                del self._noise[:-_KEPT_NOISE]
                if len(octets) == _NOISE_AT_ONCE:
                    await asyncio.sleep(_NOISE_PAUSE)

    def kill(self) -> None:
        """Ends it and whatever it began, without a word."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def end(self) -> None:
        """Kills it and waits until it is gone."""
        self.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._waiting
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
