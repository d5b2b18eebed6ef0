"""Whom a plug-in is to be asked about, and when: a plan by the time of sending alone, so that a new process has the same. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from typing import Final

import msgspec

from chappe.connectors.plugin.answers import PLACE
from chappe.connectors.plugin.settings import PluginSettings
from chappe.domain.address import Address
from chappe.domain.message import Message, PartSent

MOST: Final = 500_000
"""Messages kept in memory for their report; the rest stays in the store until there is room."""
_BEFORE_CORE_MS: Final = 60_000
"""The gateway itself gives a receipt up at its connector's receipt_wait: the last question comes before that."""
_WHOLE: Final = -1


class Awaited(msgspec.Struct, frozen=True, gc=False):
    """A part whose report is waited for. `place` is where it is in its packet, -1 where it has an id of its own."""

    message_id: int
    smsc_id: str
    packet: str
    place: int
    subscriber: Address
    sender: Address
    sent_ms: int
    end_ms: int


class Plan(msgspec.Struct, frozen=True, gc=False):
    """When a report is asked for, in milliseconds after Send: `first`, then twice as long each time up to `longest`."""

    first: int
    longest: int

    def due(self, sent_ms: int, now_ms: int) -> int:
        """The first time to ask that is after now."""
        at, step = sent_ms + self.first, self.first
        while at <= now_ms and step < self.longest:
            step = min(step * 2, self.longest)
            at += step
        if at <= now_ms:
            at += ((now_ms - at) // step + 1) * step
        return at


class Reports:
    """The parts waited for, and which of them are due. One question is about one packet, or about ids without any."""

    def __init__(self, settings: PluginSettings, receipt_wait: int) -> None:
        """`receipt_wait` is how many seconds the gateway waits for a receipt."""
        self._plan = Plan(int(settings.report_first * 1000), int(settings.report_longest * 1000))
        self._most_ids = settings.report_batch
        wait_ms = receipt_wait * 1000
        self._wait_ms = wait_ms - min(_BEFORE_CORE_MS, wait_ms // 2)
        self._after_validity_ms = int(settings.after_validity * 1000)
        self._waiting: dict[int, Awaited] = {}
        self._heap: list[tuple[int, int]] = []
        self._due: dict[str, list[Awaited]] = {}

    @property
    def count(self) -> int:
        """How many are waited for."""
        return len(self._waiting)

    def add(self, message: Message, part: PartSent, sent_ms: int, now_ms: int) -> None:
        """Waits for one more. One that nothing can be asked about is left to the gateway's own waiting time."""
        if not part.smsc_id or message.id in self._waiting or len(self._waiting) >= MOST:
            return
        end_ms = sent_ms + self._wait_ms
        if message.expires_ms:
            end_ms = min(end_ms, message.expires_ms + self._after_validity_ms)
        entry = Awaited(
            message.id,
            part.smsc_id,
            part.packet,
            _place(part.smsc_id, part.packet),
            message.destination,
            message.source,
            sent_ms,
            end_ms,
        )
        self._waiting[message.id] = entry
        self._put(entry, now_ms)

    def _put(self, entry: Awaited, now_ms: int) -> None:
        due_ms = self._plan.due(entry.sent_ms, now_ms)
        heappush(self._heap, (min(due_ms, max(entry.end_ms, now_ms)), entry.message_id))

    def ask(self, now_ms: int) -> Sequence[Awaited]:
        """Whom to ask about now, all in one question; none where nobody is due."""
        while self._heap and self._heap[0][0] <= now_ms:
            entry = self._waiting.get(heappop(self._heap)[1])
            if entry is not None:
                key = entry.packet if entry.place == _WHOLE else f"{entry.packet}{PLACE}"
                self._due.setdefault(key, []).append(entry)
        if not self._due:
            return ()
        key = next(iter(self._due))
        found = self._due.pop(key)
        if len(found) > self._most_ids and found[0].place == _WHOLE:
            self._due[key] = found[self._most_ids :]
            found = found[: self._most_ids]
        return found

    def wait_ms(self, now_ms: int) -> int | None:
        """Milliseconds until somebody is due, None while nobody is waited for."""
        if self._due:
            return 0
        return max(self._heap[0][0] - now_ms, 0) if self._heap else None

    def again(self, entries: Iterable[Awaited], now_ms: int) -> list[Awaited]:
        """These had no final report: they are due again by the plan, but for those whose time is over."""
        over = []
        for entry in entries:
            if entry.end_ms <= now_ms:
                over.append(entry)
            else:
                self._put(entry, now_ms)
        return over

    def done(self, message_id: int) -> None:
        """Its end is told: nobody asks about it any more."""
        self._waiting.pop(message_id, None)


def _place(smsc_id: str, packet: str) -> int:
    if not packet or not smsc_id.startswith(f"{packet}{PLACE}"):
        return _WHOLE
    after = smsc_id[len(packet) + len(PLACE) :]
    return int(after) if after.isascii() and after.isdigit() and len(after) < 10 else _WHOLE


class ReportRequest(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The document's SmsReportRequest."""

    partner_packet_id: str
    messages: Sequence[str]


_encoder: Final = msgspec.json.Encoder()


def write_request(entries: Sequence[Awaited]) -> bytes:
    """The text that Report is called with: the packet with the ids, or alone where its messages have none."""
    ids = [entry.smsc_id for entry in entries] if entries[0].place == _WHOLE else []
    return _encoder.encode(ReportRequest(entries[0].packet, ids))
