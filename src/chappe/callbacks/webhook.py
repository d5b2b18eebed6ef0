"""Notices by HTTP to clients' servers: bounded per host, no redirects, no private targets that the operator did not allow."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

from chappe.domain.account import Account
from chappe.domain.report import Owed
from chappe.domain.webhook import may_call, url_problem
from chappe.net.http_client import HttpAnswer, HttpClient
from chappe.net.tls import client_context
from chappe.ports.carrier import Carried, CarrierEvents, Handover, HttpCall, NoticeWriter
from chappe.ports.clock import Clock
from chappe.ports.meter import Meter

_ANSWER_SHOWN: Final = 120
_ENDS_A_LINE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
AHEAD: Final = 8
"""Notices taken over for each call that a host gets at once: claims and calls overlap. A host that only hangs is done
with all of them before their lease ends (`pipeline/notify.py`)."""

_GONE: Final = 410
_SLOW_DOWN: Final = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """Seconds, and how many calls at once go to one host."""

    connect_seconds: float = 3.0
    total_seconds: float = 15.0
    per_host: int = 16


@dataclass(slots=True)
class _Lane:
    """What waits for one host, and how many calls to it are under way."""

    waiting: deque[Owed] = field(default_factory=deque)
    workers: int = 0
    called: int = 0


class Webhook:
    """Answers `ports.carrier.Carrier` for lanes that are hosts.

    Each busy lane has up to `per_host` workers, tasks that live as long as the lane has work: one slow host takes
    only its own.
    """

    def __init__(
        self,
        settings: WebhookSettings,
        *,
        writers: Mapping[str, NoticeWriter],
        account: Callable[[str], Account | None],
        events: CarrierEvents,
        clock: Clock,
        meter: Meter,
    ) -> None:
        self._settings = settings
        self._writers = writers
        self._account = account
        self._events = events
        self._clock = clock
        self._meter = meter
        self._lanes: dict[str, _Lane] = {}
        self._client = HttpClient(
            connect_seconds=settings.connect_seconds,
            total_seconds=settings.total_seconds,
            tls=client_context(),
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._done: list[Carried] = []
        self._telling = False
        self._closing = False

    # ------------------------------------------------------------ the port

    def room(self, lane: str) -> int:
        """How many notices this host would be given now: enough that it need not wait for the next claim."""
        if self._closing:
            return 0
        known = self._lanes.get(lane)
        busy = len(known.waiting) + known.workers if known else 0
        return max(AHEAD * self._settings.per_host - busy, 0)

    def carry(self, lane: str, batch: Sequence[Owed]) -> None:
        """Takes notices over; workers call the host, as many as there is work for."""
        if self._closing:
            self._done += [Carried(owed, Handover.AWAY, "stopped") for owed in batch]
            self._tell_soon()
            return
        entry = self._lanes.setdefault(lane, _Lane())
        entry.waiting.extend(batch)
        # Workers in a call take nothing else before it ends: what waits needs others.
        while entry.workers < min(self._settings.per_host, entry.called + len(entry.waiting)):
            entry.workers += 1
            task = asyncio.create_task(self._work(lane, entry), name=f"webhook {lane}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self, grace: float) -> None:
        """Takes no more, waits for calls under way, closes connections. What did not go is told as not there."""
        self._closing = True
        for entry in self._lanes.values():
            self._done += [Carried(owed, Handover.AWAY, "stopped") for owed in entry.waiting]
            entry.waiting.clear()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=grace)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tell()
        await self._client.close()

    # ------------------------------------------------------------ calling

    async def _work(self, lane: str, entry: _Lane) -> None:
        try:
            while entry.waiting:
                owed = entry.waiting.popleft()
                entry.called += 1
                try:
                    carried = await self._deliver(owed)
                finally:
                    entry.called -= 1
                # Not in one line with the await: the list may be another one by then.
                self._done.append(carried)
                self._tell_soon()
                if len(entry.waiting) < AHEAD * self._settings.per_host // 2:
                    self._events.roomy(lane)
        finally:
            entry.workers -= 1
            if not entry.workers and not entry.waiting:
                self._lanes.pop(lane, None)

    def _tell_soon(self) -> None:
        if not self._telling:
            self._telling = True
            asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        self._telling = False
        done, self._done = self._done, []
        if done:
            self._events.carried(done)

    async def _deliver(self, owed: Owed) -> Carried:
        try:
            return await self._judge_and_call(owed)
        except asyncio.CancelledError:
            self._done.append(Carried(owed, Handover.AWAY, "stopped"))
            raise
        except OSError as error:
            return Carried(owed, Handover.FAILED, _told(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the notice gets its outcome and the lane goes on
            return Carried(owed, Handover.FAILED, f"not called: {error}"[:_ANSWER_SHOWN])

    async def _judge_and_call(self, owed: Owed) -> Carried:
        notice = owed.notice
        account = self._account(notice.account)
        private = account.private_webhooks if account else ()
        problem = url_problem(notice.wish.target, private, account.webhook_ports if account else ())
        writer = self._writers.get(notice.wish.dialect)
        if problem or writer is None:
            return Carried(owed, Handover.GONE, problem or f"no dialect {notice.wish.dialect} is switched on")
        return await self._call(owed, writer, writer.write(notice), private)

    async def _call(
        self, owed: Owed, writer: NoticeWriter, call: HttpCall, private: tuple[str, ...]
    ) -> Carried:
        started = self._clock.monotonic()
        try:
            answer = await self._client.call(
                call.url,
                _head(call.method, call.headers),
                call.body,
                allowed=lambda address: may_call(address, private),
                purpose=private,
            )
        finally:
            self._meter.observe("webhook_seconds", self._clock.monotonic() - started)
        status, shown = answer.status, f"{answer.status} {_shown(answer.body)}".rstrip()
        if writer.taken(status, answer.body):
            return Carried(owed, Handover.TAKEN, shown)
        if status == _GONE:
            return Carried(owed, Handover.GONE, shown)
        if 300 <= status < 400:
            return Carried(owed, Handover.FAILED, f"{status}: redirects are not followed")
        return Carried(owed, Handover.FAILED, shown, self._retry_after(answer))

    def _retry_after(self, answer: HttpAnswer) -> float | None:
        """Seconds that a receiver asks to be left alone for (RFC 9110 §10.2.3)."""
        text = answer.headers.get(b"retry-after", b"").decode("latin-1")
        if answer.status not in _SLOW_DOWN or not text:
            return None
        if text.isascii() and text.isdigit():
            return float(text)
        try:
            date = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        # A date without a zone is one of HTTP's older forms, all of them GMT (RFC 9110 §5.6.7).
        at = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
        return max(at.timestamp() - self._clock.now_ms() / 1000, 0.0)


@lru_cache(maxsize=256)
def _head(method: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    """Method and header lines; a dialect has few of them. Raises ValueError for what would end a line early."""
    lines = (method, *(f"{name}: {value}" for name, value in headers))
    if any(_ENDS_A_LINE.search(line) for line in lines):
        raise ValueError("a header holds a control character")
    return "\r\n".join((*lines, "")).encode("latin-1")


def _shown(body: bytes) -> str:
    text = body[:_ANSWER_SHOWN].decode("utf-8", "replace")
    return "".join(each if each.isprintable() else " " for each in text).strip()


def _told(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error)[:_ANSWER_SHOWN]
