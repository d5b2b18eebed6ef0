"""The pool of script processes: each runs one script at a time, and is killed when that takes too long or talks nonsense."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from chappe.domain.address import Address, BadAddress, destination, sender
from chappe.domain.interception import Draft
from chappe.ports.scripts import Failed, ScriptAnswer, ScriptFailure, ScriptJob

_PROGRAM: Final = Path(__file__).with_name("child.py")
_LONGEST_LINE: Final = 1 << 20
_START_SECONDS: Final = 10.0
"""What a process may take to begin; a script's own time counts from then on."""

_READY: Final = b"ready\n"

_MOST_TAGS: Final = 64
_MOST_KNOWN: Final = 60
"""Scripts that a process is trusted to have kept; it keeps a few more."""

Told = Callable[[str, ScriptFailure], None]
"""Hears of failures: the rule's name, and how it failed."""


class _Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line that came back; which fields it has depends on how the script ended."""

    id: int
    error: str | None = None
    rejects: bool = False
    reason: str = ""
    http_status: int = 0
    smpp_status: int = 0
    sender: str = ""
    destination: str = ""
    text: str | None = None
    tags: list[str] = []
    tlvs: list[tuple[int, str]] = []
    result: bool = False


class _Nonsense(Exception):
    """What came back is no answer."""


_said: Final = msgspec.json.Decoder(_Said)


class _Child:
    """One process, and what it was told already."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._known: set[str] = set()
        self._number = 0
        self._ready = False

    @classmethod
    async def start(cls, memory: int) -> _Child:
        """Begins a process; raises OSError."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(_PROGRAM),
            str(memory),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_LONGEST_LINE,
            start_new_session=True,
            cwd="/",
            # Nothing of ours: the environment may hold secrets.
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
        )
        return cls(process)

    async def run(self, job: ScriptJob) -> ScriptAnswer | ScriptFailure:
        """How one run ended. After any failure but an error of the script's own the process is of no more use."""
        if not self._ready and not await self._begins():
            return ScriptFailure(Failed.DIED, "its process did not begin")
        self._number += 1
        try:
            async with asyncio.timeout(job.seconds):
                line = await self._asked(job)
        except TimeoutError:
            return ScriptFailure(Failed.TIME, f"it did not end within {job.seconds:g} s")
        except (OSError, _Nonsense, ValueError) as error:
            return ScriptFailure(Failed.NONSENSE, str(error))
        if not line:
            return ScriptFailure(Failed.DIED, "its process ended")
        try:
            return _answer(_said.decode(line), self._number, job)
        except (msgspec.DecodeError, _Nonsense, ValueError) as error:
            return ScriptFailure(Failed.NONSENSE, str(error))

    async def _begins(self) -> bool:
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(_START_SECONDS):
                self._ready = await self._process.stdout.readline() == _READY
        except TimeoutError:
            return False
        return self._ready

    async def _asked(self, job: ScriptJob) -> bytes:
        key = hashlib.blake2b(f"{job.rule}\0{job.code}".encode(), digest_size=16).hexdigest()
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        fresh = key not in self._known or len(self._known) > _MOST_KNOWN
        stdin.write(_line(job, self._number, key, fresh=fresh))
        try:
            await stdin.drain()
        except ConnectionError:
            return b""
        self._known.add(key)
        return await stdout.readline()

    def kill(self) -> None:
        """Ends it and whatever it began, without a word."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def gone(self) -> None:
        """Waits for its end."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()


def _line(job: ScriptJob, number: int, key: str, *, fresh: bool) -> bytes:
    draft = job.draft
    asked = {
        "id": number,
        "key": key,
        "rule": job.rule,
        # Sent once: the other side keeps it.
        "code": job.code if fresh else "",
        "sender": draft.source.value,
        "destination": draft.destination.value,
        "text": draft.text,
        "tags": draft.tags,
        "tlvs": [(tag, value.hex()) for tag, value in draft.tlvs],
        "direction": job.direction,
        "account": job.account,
        "user": job.user,
        "group": job.group,
        "connector": job.connector,
        "network": job.network,
        "octets": job.octets.hex(),
        "data_coding": job.data_coding,
        "at_ms": job.at_ms,
    }
    return msgspec.json.encode(asked) + b"\n"


def _answer(said: _Said, number: int, job: ScriptJob) -> ScriptAnswer | ScriptFailure:
    if said.id != number:
        raise _Nonsense("it answers what was not asked")
    if said.error is not None:
        return ScriptFailure(Failed.ERROR, said.error)
    if said.rejects:
        status = said.http_status if 400 <= said.http_status <= 599 else 0
        code = said.smpp_status if 0 < said.smpp_status <= 0xFFFFFFFF else 0
        reason = "".join(filter(str.isprintable, said.reason))[:200]
        return ScriptAnswer(job.draft, rejects=True, reason=reason, http_status=status, smpp_status=code)
    before = job.draft
    try:
        source = _kept(before.source, said.sender) or sender(said.sender)
        to = _kept(before.destination, said.destination) or destination(said.destination)
    except BadAddress as error:
        return ScriptFailure(Failed.ERROR, str(error))
    tlvs = tuple((tag, bytes.fromhex(value)) for tag, value in said.tlvs)
    if any(not 1 <= tag <= 0xFFFF for tag, _ in tlvs):
        return ScriptFailure(Failed.ERROR, "a TLV's tag is 1 to 65535")
    tags = tuple(dict.fromkeys(said.tags))[:_MOST_TAGS]
    return ScriptAnswer(Draft(source, to, said.text, tags, tlvs), result=said.result)


def _kept(before: Address, text: str) -> Address | None:
    """The address as it was, its TON and NPI with it, where its text did not change."""
    return before if text == before.value else None


class ScriptPool:
    """Answers `ports.scripts.ScriptRunner` with up to `processes` children, begun when first needed."""

    def __init__(
        self,
        told: Told,
        *,
        processes: int = 2,
        memory_mb: int = 256,
        most_waiting: int = 2_000,
        patience: float = 10.0,
    ) -> None:
        """More than `most_waiting` runs, and those without a turn within `patience` seconds, fail as busy."""
        self._told = told
        self._processes = processes
        self._memory = memory_mb << 20
        self._most_waiting = most_waiting
        self._patience = patience
        self._idle: list[_Child] = []
        self._turns = asyncio.Semaphore(processes)
        self._waiting = 0
        self._endings: set[asyncio.Task[None]] = set()

    async def run(self, jobs: Sequence[ScriptJob]) -> list[ScriptAnswer | ScriptFailure]:
        """See the port."""
        if len(jobs) == 1:
            return [await self._one(jobs[0])]
        answers: dict[int, ScriptAnswer | ScriptFailure] = {}
        left = iter(enumerate(jobs))

        async def work() -> None:
            for place, job in left:
                answers[place] = await self._one(job)

        # As many hands as there are processes: a large batch waits for itself and not in the way of others.
        await asyncio.gather(*(work() for _ in range(min(self._processes, len(jobs)))))
        return [answers[place] for place in range(len(jobs))]

    async def _one(self, job: ScriptJob) -> ScriptAnswer | ScriptFailure:
        answer = await self._in_turn(job)
        if isinstance(answer, ScriptFailure):
            self._told(job.rule, answer)
        return answer

    async def _in_turn(self, job: ScriptJob) -> ScriptAnswer | ScriptFailure:
        if self._waiting >= self._most_waiting:
            return ScriptFailure(Failed.BUSY, "too many wait for scripts")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await self._turns.acquire()
        except TimeoutError:
            return ScriptFailure(Failed.BUSY, f"no script process was free within {self._patience:g} s")
        finally:
            self._waiting -= 1
        try:
            return await self._with_child(job)
        finally:
            self._turns.release()

    async def _with_child(self, job: ScriptJob) -> ScriptAnswer | ScriptFailure:
        try:
            child = self._idle.pop() if self._idle else await _Child.start(self._memory)
        except OSError as error:
            return ScriptFailure(Failed.DIED, str(error))
        usable = False
        try:
            answer = await child.run(job)
            usable = isinstance(answer, ScriptAnswer) or answer.failed is Failed.ERROR
        finally:
            # Also where the caller went away meanwhile: what the child says then nobody may take for an answer.
            if usable:
                self._idle.append(child)
            else:
                self._end(child)
        return answer

    def _end(self, child: _Child) -> None:
        child.kill()
        ending = asyncio.create_task(child.gone(), name="script process ends")
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    async def close(self) -> None:
        """Ends all processes."""
        while self._idle:
            self._end(self._idle.pop())
        await asyncio.gather(*self._endings, return_exceptions=True)
