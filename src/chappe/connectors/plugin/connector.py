"""A plug-in as a connector: batches to Send, ids to Report, what they answer told as outcomes and receipts."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from chappe.connectors.plugin.answers import Oddity, Unreadable, judge, read
from chappe.connectors.plugin.calls import Answer, Method
from chappe.connectors.plugin.deadly import Deadly
from chappe.connectors.plugin.fields import SmsMessage, Unfit, Writer, write_request
from chappe.connectors.plugin.polling import Handed, Polling
from chappe.connectors.plugin.process import Slow
from chappe.connectors.plugin.seat import Broken, Phase, Seat, Work
from chappe.connectors.plugin.settings import OnException, PluginSettings, decode
from chappe.domain.link import AskReceipts, ConnectorRecord, Health, LinkStatus, asks_receipt
from chappe.domain.retry import Outcome
from chappe.domain.throttle import Pace
from chappe.ports.connector import Ack, ConnectorEvents, Inbound, Outgoing, SendOutcome
from chappe.ports.connector_kind import Context

_BROKEN: Final = "the connection was lost before the answer"
_LEAST_PAUSE: Final = 0.01
_RECOVERY: Final = 1.0
"""Seconds between two looks at a pace that throttling holds down."""
_MOST_OPERATORS: Final = 50
"""Names of operators that are counted by themselves."""
_ON_EXCEPTION: Final[Mapping[OnException, Outcome]] = MappingProxyType(
    {
        OnException.DOUBT: Outcome.UNKNOWN,
        OnException.RETRY: Outcome.DEFERRED,
        OnException.FAIL: Outcome.REFUSED,
    }
)


class SendWork(msgspec.Struct, frozen=True):
    """A Send of these messages."""

    owner: PluginConnector
    batch: tuple[Outgoing, ...]
    text: bytes
    method: Method = Method.SEND

    def answered(self, answer: Answer) -> None:
        """See Work."""
        self.owner.sent(self.batch, answer)

    def broken(self, how: Broken | None) -> None:
        """See Work."""
        self.owner.broken(self.batch, how)


class PluginConnector:
    """Answers `ports.connector.Connector`, and `SeatOwner` for its objects."""

    def __init__(
        self, record: ConnectorRecord, settings: PluginSettings, events: ConnectorEvents, context: Context
    ) -> None:
        self._name = record.name
        self._settings = settings
        self._events = events
        self._clock = context.clock
        self._meter = context.meter
        self._chance = context.chance
        self._asks: AskReceipts = record.receipts
        self._pace = Pace(record.throughput, context.clock.monotonic())
        self._writer = Writer(settings)
        self._deadly = Deadly(settings.deadly_after)
        self._polling = Polling(record, settings, context, self._hand, self._stir_seats)
        self._seats: tuple[Seat, ...] = ()
        self._waiting: deque[Outgoing] = deque()
        self._open: dict[int, Outgoing] = {}
        self._outcomes: list[SendOutcome] = []
        self._arrived: list[Inbound] = []
        self._operators: set[str] = set()
        self._settled = asyncio.Event()
        self._closing = False
        self._off = True
        self._telling = False
        self._full = False
        self._changed = False
        self._slowed = False
        self._turn_of_reports = False
        self._look: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------ the port

    async def open(self) -> None:
        """See the port."""
        self._off = False
        self._seats = tuple(Seat(self._settings, self._chance, self) for _ in range(self._settings.objects))
        for seat in self._seats:
            seat.open()
        self._polling.open()

    def room(self) -> int:
        """See the port."""
        room = self._room()
        if room <= 0:
            self._full = True
            self._await_pace()
        return room

    def send(self, batch: Sequence[Outgoing]) -> None:
        """See the port."""
        for outgoing in batch:
            self._open[outgoing.message.id] = outgoing
            if self._closing or not self._is_up():
                self._end(SendOutcome(outgoing.message.id, Outcome.NOT_SENT, detail="the plug-in is not up"))
            elif outgoing.done:
                # A plug-in takes a message whole: what it took a part of it has.
                self._end(SendOutcome(outgoing.message.id, Outcome.SENT))
            else:
                self._waiting.append(outgoing)
        self._pace.take(len(batch), self._clock.monotonic())
        self._stir_seats()

    def acknowledge(self, answers: Sequence[tuple[object, Ack]]) -> None:
        """See the port. What is to come later comes again, without asking the plug-in."""
        for handle, ack in answers:
            assert isinstance(handle, Handed)
            self._polling.acknowledged(handle, again=ack is Ack.LATER)

    def status(self) -> LinkStatus:
        """See the port."""
        ready = [seat for seat in self._seats if seat.phase is Phase.READY]
        return LinkStatus(
            self._name,
            self._health(),
            binds=len(ready),
            wanted_binds=self._settings.objects,
            window_used=len(self._open),
            window=self._settings.window if ready else 0,
            rate=self._pace.rate,
            detail=next((seat.detail for seat in self._seats if seat.detail), ""),
        )

    async def close(self, grace: float) -> None:
        """See the port."""
        self._closing = True
        if self._open and self._is_up() and grace > 0:
            try:
                async with asyncio.timeout(grace):
                    await self._settled.wait()
            except TimeoutError:
                pass
        self._give_back("the connector is closed")
        await self._polling.close()
        await asyncio.gather(*(seat.close() for seat in self._seats))
        self._off = True
        if self._look is not None:
            self._look.cancel()
            self._look = None
        self._changed = True
        self._tell()

    # ------------------------------------------------------------ SeatOwner

    def work(self) -> Work | None:
        """See SeatOwner. Send and Report take turns, so that neither starves."""
        self._turn_of_reports = not self._turn_of_reports
        if self._turn_of_reports:
            return self._report() or self._send()
        return self._send() or self._report()

    def _report(self) -> Work | None:
        return None if self._closing else self._polling.work()

    def _send(self) -> SendWork | None:
        batch: list[Outgoing] = []
        texts: list[SmsMessage] = []
        while self._waiting and len(batch) < self._settings.batch:
            message = self._waiting[0].message
            alone = self._deadly.is_suspect(message.id)
            if alone and batch:
                break
            outgoing = self._waiting.popleft()
            try:
                texts.append(self._writer.write(message))
            except (Unfit, ValueError) as error:
                self._end(SendOutcome(message.id, Outcome.UNFIT, error="UNFIT", detail=str(error)))
                continue
            batch.append(outgoing)
            if alone:
                break
        if not batch:
            return None
        self._meter.count("plugin_sends", self._name)
        return SendWork(self, tuple(batch), write_request(texts))

    def moved(self, seat: Seat) -> None:
        """See SeatOwner."""
        del seat
        if not self._is_up() and not self._closing:
            self._give_back("the plug-in is not up")
        self._changed = True
        self._stir()

    def ended(self, what: str) -> None:
        """See SeatOwner."""
        self._meter.count("plugin_ends", f"{self._name}:{what}")

    # ------------------------------------------------------------ what Send came to

    def sent(self, batch: Sequence[Outgoing], answer: Answer) -> None:
        """A Send returned, or raised."""
        self._deadly.survived(batch)
        if answer.failed:
            self._odd(Oddity.EXCEPTION)
            self._end_all(batch, _ON_EXCEPTION[self._settings.on_exception], "EXCEPTION", answer.text)
            return
        try:
            response = read(answer.text)
        except Unreadable as error:
            self._odd(Oddity.UNREADABLE)
            self._end_all(batch, Outcome.UNCLEAR, "CONTRACT", str(error))
            return
        judged = judge(batch, response, self._settings)
        for oddity in judged.oddities:
            self._odd(oddity)
        for result in response.results:
            if result.sms_operator:
                self._count_operator(result.sms_operator)
        now_ms = self._clock.now_ms()
        for outgoing, outcome in zip(batch, judged.outcomes, strict=True):
            if outcome.outcome is Outcome.THROTTLED:
                self._pace.throttled(self._clock.monotonic())
            elif outcome.outcome is Outcome.SENT and asks_receipt(self._asks, outgoing.message.report):
                self._polling.add(outgoing.message, outcome.sent[0], now_ms)
            self._end(outcome)

    def broken(self, batch: Sequence[Outgoing], how: Broken | None) -> None:
        """The process went while it had these: nobody knows of them."""
        if how is not None and self._deadly.ended_over(batch):
            what = "did not answer in time" if isinstance(how, Slow) else "ended"
            reason = f"the plug-in's process {what} each time that it was given this message: {how}"
            self._end_all(batch, Outcome.UNCLEAR, "DEADLY", reason)
        elif isinstance(how, Slow):
            self._end_all(batch, Outcome.UNKNOWN, "", str(how))
        else:
            self._end_all(batch, Outcome.UNKNOWN, "", _BROKEN)

    def _end_all(self, batch: Sequence[Outgoing], outcome: Outcome, error: str, detail: str) -> None:
        for one in batch:
            self._end(SendOutcome(one.message.id, outcome, error=error, detail=detail))

    def _give_back(self, why: str) -> None:
        """What waits here for an object goes back to its queue."""
        while self._waiting:
            self._end(SendOutcome(self._waiting.popleft().message.id, Outcome.NOT_SENT, detail=why))

    def _odd(self, oddity: Oddity) -> None:
        self._meter.count("plugin_oddities", f"{self._name}:{oddity.value}")

    def _count_operator(self, operator: str) -> None:
        if operator not in self._operators:
            if len(self._operators) >= _MOST_OPERATORS:
                operator = "others"
            self._operators.add(operator)
        self._meter.count("plugin_operators", f"{self._name}:{operator}")

    # ------------------------------------------------------------ telling

    def _hand(self, inbound: Inbound) -> None:
        self._arrived.append(inbound)
        self._stir()

    def _end(self, outcome: SendOutcome) -> None:
        del self._open[outcome.message_id]
        self._outcomes.append(outcome)
        if self._closing and not self._open:
            self._settled.set()
        self._stir()

    def _stir_seats(self) -> None:
        for seat in self._seats:
            seat.wake()

    def _stir(self) -> None:
        """Tells once this turn of the loop is over; what comes up until then is told together."""
        if not self._telling:
            self._telling = True
            asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        self._telling = False
        # A report is matched at once if the answer that came before it is told before it.
        if self._outcomes:
            outcomes, self._outcomes = self._outcomes, []
            self._events.outcomes(self._name, outcomes)
        if self._arrived:
            arrived, self._arrived = self._arrived, []
            self._events.arrived(self, arrived)
        if self._pace.slowed is not self._slowed:
            self._slowed, self._changed = self._pace.slowed, True
        if self._changed or (self._full and self._room() > 0):
            self._changed = self._full = False
            self._events.changed(self.status())
        self._await_pace()

    def _await_pace(self) -> None:
        """Time alone brings room where the pace is what there is too little of, and raises a pace held down."""
        if self._look is not None or self._closing or not self._is_up():
            return
        wait = self._pace.wait(self._clock.monotonic())
        if (self._full and wait > 0) or self._pace.slowed:
            pause = max(wait, _LEAST_PAUSE) if self._full else _RECOVERY
            self._look = asyncio.get_running_loop().call_later(pause, self._look_at_pace)

    def _look_at_pace(self) -> None:
        self._look = None
        self._pace.available(self._clock.monotonic())
        self._stir()

    # ------------------------------------------------------------ how it fares

    def _is_up(self) -> bool:
        return any(seat.phase is Phase.READY for seat in self._seats)

    def _room(self) -> int:
        if self._closing or not self._is_up():
            return 0
        allowed = self._pace.available(self._clock.monotonic())
        return max(min(self._settings.window - len(self._open), allowed), 0)

    def _health(self) -> Health:
        if self._off or self._closing:
            return Health.OFF
        if self._is_up():
            return Health.SLOWED if self._pace.slowed else Health.UP
        starting = any(seat.phase is Phase.STARTING for seat in self._seats)
        return Health.CONNECTING if starting else Health.DOWN


def build(record: ConnectorRecord, events: ConnectorEvents, context: Context) -> PluginConnector:
    """A connector of this kind, not open yet. Raises ValueError for settings that cannot be used."""
    return PluginConnector(record, decode(record.settings), events, context)
