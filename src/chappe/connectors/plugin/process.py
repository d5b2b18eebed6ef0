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


class _Pipe:
    """A pipe that we read from; `theirs` is the end to be handed to a process, and then to be closed here."""

    def __init__(self, reader: asyncio.StreamReader, transport: asyncio.ReadTransport, theirs: int) -> None:
        self.reader = reader
        self.theirs = theirs
        self._transport = transport

    @classmethod
    async def open(cls) -> _Pipe:
        """A new one."""
        ours, theirs = os.pipe()
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(ours, "rb", 0)
        )
        return cls(reader, transport, theirs)

    def close(self) -> None:
        """Reads no more."""
        if not self._transport.is_closing():
            self._transport.close()


class Child:
    """A running process. After Died, Slow, Nonsense and a cancelled call it is of no more use: `end` it."""

    def __init__(
        self, process: asyncio.subprocess.Process, answers: _Pipe, noise: _Pipe, longest: int
    ) -> None:
        self._process = process
        self._answers = answers
        self._prints = noise
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
        answers = await _Pipe.open()
        try:
            noise = await _Pipe.open()
        except OSError:
            answers.close()
            os.close(answers.theirs)
            raise
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                # Pipes of our own: the end of a process is then no matter of who still holds them, or reads them.
                stdout=answers.theirs,
                stderr=noise.theirs,
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
        except BaseException:
            answers.close()
            noise.close()
            raise
        finally:
            os.close(answers.theirs)
            os.close(noise.theirs)
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(process.pid, resource.RLIMIT_CORE, (0, 0))
            for what, most in limits.items():
                resource.prlimit(process.pid, what, (most, most))
        return cls(process, answers, noise, longest)

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
        stdout = self._answers.reader
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
        with contextlib.suppress(OSError):
            while octets := await self._prints.reader.read(_NOISE_AT_ONCE):
                self._noise += octets
                del self._noise[:-_KEPT_NOISE]
                if len(octets) == _NOISE_AT_ONCE:
                    await asyncio.sleep(_NOISE_PAUSE)

    def kill(self) -> None:
        """Ends it and whatever it began, without a word."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def end(self) -> None:
        """Kills it and waits until it is gone; what still holds its pipes holds nobody up."""
        self.kill()
        stdin = self._process.stdin
        if stdin is not None and not stdin.is_closing():
            stdin.transport.abort()
        await self._waiting
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        self._answers.close()
        self._prints.close()
