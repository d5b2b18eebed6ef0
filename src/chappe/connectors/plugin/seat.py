"""One plug-in object's life: begun, logged in, called one call at a time, destroyed; begun again when it failed."""

from __future__ import annotations

import asyncio
import contextlib
from enum import Enum
from typing import Final, Protocol

from chappe.connectors.plugin.calls import Answer, Method, Nonsense
from chappe.connectors.plugin.process import Child, Died, Slow
from chappe.connectors.plugin.program import CannotRun, start
from chappe.connectors.plugin.settings import PluginSettings
from chappe.domain.retry import full_jitter
from chappe.ports.clock import Chance

_REFUSED_FIRST: Final = 30.0
"""Seconds before a login that was refused is tried again the first time."""

Broken = Died | Slow | Nonsense


class Phase(Enum):
    """Where an object is."""

    WAITING = "waiting"
    """For the next try to begin."""
    STARTING = "starting"
    READY = "ready"
    CLOSED = "closed"


class Refused(Exception):
    """The plug-in did not let us in."""


class Work(Protocol):
    """One call to be made, and who hears what came of it."""

    @property
    def method(self) -> Method:
        """Which."""
        ...

    @property
    def text(self) -> bytes:
        """What it is called with."""
        ...

    def answered(self, answer: Answer) -> None:
        """It returned, or raised."""
        ...

    def broken(self, how: Broken | None) -> None:
        """The process is gone, None: by our own doing."""
        ...


class SeatOwner(Protocol):
    """Who has work for plug-in objects."""

    def work(self) -> Work | None:
        """The next call, None while there is none."""
        ...

    def moved(self, seat: Seat) -> None:
        """The phase changed."""
        ...

    def ended(self, what: str) -> None:
        """A process came to an end that was not asked for."""
        ...


class Seat:
    """Keeps one object going, in a task of its own."""

    def __init__(self, settings: PluginSettings, chance: Chance, owner: SeatOwner) -> None:
        self._settings = settings
        self._chance = chance
        self._owner = owner
        self._losses = 0
        self._refusals = 0
        self._closing = False
        self._child: Child | None = None
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self.busy = False
        """Whether a call is under way."""
        self.phase = Phase.WAITING
        self.detail = ""
        """Why it is not ready, or why it was not the last time."""

    @property
    def pid(self) -> int:
        """Of the process, 0 while there is none."""
        return self._child.pid if self._child is not None else 0

    def open(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(self._live(), name=f"plug-in {self._settings.plugin}")

    def wake(self) -> None:
        """There may be work."""
        self._wake.set()

    async def close(self) -> None:
        """Breaks off a call that is under way; an object that is idle is destroyed first, within its time."""
        self._closing = True
        if self._task is not None:
            if self.busy or self.phase is not Phase.READY:
                self._task.cancel()
            self._wake.set()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._ending is not None:
            await self._ending
        self._enter(Phase.CLOSED)

    # ------------------------------------------------------------ its life

    async def _live(self) -> None:
        while not self._closing:
            began = asyncio.get_running_loop().time()
            delay = await self._one_life(began)
            if not self._closing:
                await asyncio.sleep(delay)

    async def _one_life(self, began: float) -> float:
        """From start to end; seconds until the next."""
        try:
            self._enter(Phase.STARTING, self.detail)
            self._child = await self._begin()
            self._child.when_ended(self._wake.set)
            await self._enter_plugin(self._child)
            self._refusals = 0
            self._enter(Phase.READY)
            await self._serve(self._child)
        except Refused as error:
            self._refusals += 1
            self._enter(Phase.WAITING, str(error))
            longest = self._settings.refused_longest
            return full_jitter(self._refusals, min(_REFUSED_FIRST, longest), longest, self._chance())
        except Exception as error:  # noqa: BLE001 - whatever befell it, the object is begun again
            return self._failed(error, began)
        finally:
            if self._child is not None:
                child, self._child = self._child, None
                self._ending = asyncio.create_task(child.end(), name="plug-in ends")
                await asyncio.shield(self._ending)
        return 0.0

    async def _begin(self) -> Child:
        """A process; one that was half begun when we were told to end is waited for, so that it can be ended whole."""
        beginning = asyncio.create_task(start(self._settings), name="plug-in begins")
        try:
            return await asyncio.shield(beginning)
        except asyncio.CancelledError:
            (begun,) = await asyncio.gather(beginning, return_exceptions=True)
            if isinstance(begun, Child):
                await begun.end()
            raise

    def _failed(self, error: Exception, began: float) -> float:
        settings = self._settings
        if asyncio.get_running_loop().time() - began >= settings.steady_after:
            self._losses = 0
        self._losses += 1
        self._owner.ended(type(error).__name__.lower())
        reason = (error.strerror or "") if isinstance(error, OSError) else str(error)
        self._enter(Phase.WAITING, reason or type(error).__name__)
        return full_jitter(self._losses, settings.restart_first, settings.restart_longest, self._chance())

    async def _enter_plugin(self, child: Child) -> None:
        settings = self._settings
        loaded = await child.begun(settings.start_timer)
        if loaded.failed:
            raise CannotRun(f"the plug-in cannot be loaded: {loaded.text}")
        said = await child.call(Method.LOGIN, settings.secret.encode(), settings.login_timer)
        if said.failed:
            raise Refused(f"login failed: {said.text}")
        if said.text != "OK":
            more = "" if said.text == "NOK" else f": the plug-in answered {said.text[:80]!r}"
            raise Refused(f"login refused{more}")

    async def _serve(self, child: Child) -> None:
        while True:
            work = self._owner.work() if child.alive and not self._closing else None
            if work is not None:
                await self._do(child, work)
            elif self._closing:
                with contextlib.suppress(Died, Slow, Nonsense):
                    await child.call(Method.DESTROY, b"", self._settings.destroy_timer)
                return
            elif not child.alive:
                raise Died("the process ended while it was idle")
            else:
                await self._wake.wait()
                self._wake.clear()

    async def _do(self, child: Child, work: Work) -> None:
        settings = self._settings
        seconds = settings.response_timer if work.method is Method.SEND else settings.report_timer
        self.busy = True
        try:
            answer = await child.call(work.method, work.text, seconds)
        except (Died, Slow, Nonsense) as how:
            child.kill()
            work.broken(how)
            raise
        except BaseException:
            child.kill()
            work.broken(None)
            raise
        finally:
            self.busy = False
        work.answered(answer)

    def _enter(self, phase: Phase, detail: str = "") -> None:
        self.phase = phase
        self.detail = detail
        self._owner.moved(self)
