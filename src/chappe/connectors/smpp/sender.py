"""What goes out: attempts spread over binds, kept in order and at the pace, and the outcome of each. Knows no sockets."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from chappe.connectors.smpp.attempts import Attempt, PartToken
from chappe.connectors.smpp.bind import Bind
from chappe.connectors.smpp.declared import BadTlv
from chappe.connectors.smpp.settings import SmppSettings
from chappe.connectors.smpp.statuses import Meanings
from chappe.connectors.smpp.translate import Translator, Unfit
from chappe.domain.link import AskReceipts
from chappe.domain.message import PartSent
from chappe.domain.retry import Outcome
from chappe.domain.throttle import Pace
from chappe.ports.clock import Clock
from chappe.ports.connector import Outgoing, SendOutcome
from chappe.protocols.smpp.codec import EncodeError
from chappe.protocols.smpp.commands import SubmitSmResp
from chappe.protocols.smpp.events import Answer, Expired, Late, Unknown
from chappe.protocols.smpp.lifecycle import NotBoundError
from chappe.protocols.smpp.outgoing import TlvsNotAllowedError
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.session import WindowFullError
from chappe.text.segments import TooManyParts

_LEAST_PAUSE: Final = 0.01
"""Seconds: a pace of thousands a second is refilled in handfuls, not one by one."""
_HELD_BACK: Final = "held back behind a throttled message"
_CONNECTION_LOST: Final = "the connection was lost before the answer"
_SPEAKING: Final = (Unfit, BadTlv, EncodeError, TlvsNotAllowedError, TooManyParts)
"""Errors whose sentence is ours and holds nothing of the message."""


class Sender:
    """Takes attempts over and tells one outcome of each by `tell`; calls `refilled` when the pace lets more through."""

    def __init__(
        self,
        settings: SmppSettings,
        *,
        throughput: float,
        receipts: AskReceipts,
        clock: Clock,
        tell: Callable[[SendOutcome], None],
        refilled: Callable[[], None],
    ) -> None:
        """`throughput` is parts a second, 0 for no limit. Raises ValueError for settings that cannot be."""
        self._translator = Translator(settings, receipts)
        self._meanings = Meanings(settings.statuses)
        self._clock = clock
        self._tell = tell
        self._refilled = refilled
        self._no_answer = f"no answer in {settings.response_timer:g} s"
        self._binds: tuple[Bind, ...] = ()
        self._usable: tuple[Bind, ...] = ()
        self._turn = 0
        self._timer: asyncio.TimerHandle | None = None
        self.pace = Pace(throughput, clock.monotonic())

    # ------------------------------------------------------------ the connector's calls

    def serve(self, binds: Sequence[Bind]) -> None:
        """These are the binds by which messages can go, from now on."""
        self._binds = tuple(binds)
        self.look_at_binds()

    def look_at_binds(self) -> None:
        """Looks which binds are usable; what waited for one that is not goes back."""
        self._usable = tuple(bind for bind in self._binds if bind.usable)
        for bind in self._binds:
            if bind.backlog and not bind.usable:
                self._give_back(bind)
        self.pump()

    def stop(self) -> None:
        """Sends nothing more; what waits goes back. Outcomes of what is open are still told."""
        binds, self._binds, self._usable = self._binds, (), ()
        for bind in binds:
            self._give_back(bind)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def room(self) -> int:
        """How many parts would go out now: free places in the windows of usable binds, as far as the pace allows."""
        free = waiting = 0
        for bind in self._usable:
            free += bind.room
            waiting += len(bind.backlog)
        if free <= waiting:
            return 0
        now = self._clock.monotonic()
        allowed = self.pace.available(now)
        if allowed <= waiting:
            self._await_pace(now)
            return 0
        return min(free, allowed) - waiting

    def look_at_pace(self) -> None:
        """Lets a pace that throttling holds down grow although nothing draws on it."""
        self.pace.available(self._clock.monotonic())

    def send(self, batch: Sequence[Outgoing]) -> None:
        """Takes attempts over; `flush_soon` of every bind that got something has been called."""
        for outgoing in batch:
            self._take(outgoing)
        self.pump()

    def pump(self) -> None:
        """Writes what waits, as far as windows and pace allow."""
        binds = self._usable
        if not any(bind.backlog for bind in binds):
            return
        # Each time another bind is the first to draw on a short pace.
        self._turn = turn = (self._turn + 1) % len(binds)
        now = self._clock.monotonic()
        for bind in (*binds[turn:], *binds[:turn]):
            wanted = min(len(bind.backlog), bind.room)
            if wanted > 0:
                granted = self.pace.take(wanted, now)
                written = self._write(bind, granted)
                if written < granted:
                    self.pace.give_back(granted - written)
                if granted < wanted:
                    self._await_pace(now)

    # ------------------------------------------------------------ what binds tell

    def answered(self, bind: Bind, answer: Answer) -> None:
        """See BindOwner."""
        token, pdu = answer.token, answer.pdu
        body = pdu.body
        if pdu.status or type(body) is not SubmitSmResp:
            self._refused(bind, token, pdu)
        elif type(token) is int:
            self._tell(SendOutcome(token, Outcome.SENT, (PartSent(1, body.message_id),)))
        elif isinstance(token, PartToken):
            self._conclude(token.attempt.sent(PartSent(token.number, body.message_id)))

    def unanswered(self, event: Expired | Unknown) -> None:
        """See BindOwner."""
        token = event.token
        detail = self._no_answer if isinstance(event, Expired) else _CONNECTION_LOST
        if isinstance(token, PartToken):
            self._conclude(token.attempt.lost(token.number, detail))
        elif isinstance(token, int):
            self._tell(SendOutcome(token, Outcome.UNKNOWN, detail=detail))

    def late(self, event: Late) -> None:
        """See BindOwner. A late refusal changes nothing: the message has been put back to its queue already."""
        token, body = event.token, event.pdu.body
        if event.pdu.status or not isinstance(body, SubmitSmResp):
            return
        if isinstance(token, PartToken):
            self._conclude(token.attempt.late(PartSent(token.number, body.message_id)))
        elif isinstance(token, int):
            self._tell(SendOutcome(token, Outcome.SENT, (PartSent(1, body.message_id),)))

    # ------------------------------------------------------------ inside

    def _take(self, outgoing: Outgoing) -> None:
        message = outgoing.message
        if not self._usable:
            self._tell(SendOutcome(message.id, Outcome.NOT_SENT, detail="no bind is up"))
            return
        try:
            pieces = self._translator.pieces(message, outgoing.done)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one message takes no other along
            self._tell(_unfit(message.id, error))
            return
        backlog = self._bind_for(message.destination.value).backlog
        if len(pieces) == 1 and not outgoing.done:
            _, body, tlvs = pieces[0]
            backlog.append((message.id, body, tlvs))
        elif pieces:
            attempt = Attempt(message.id, len(pieces))
            backlog.extend((PartToken(attempt, number), body, tlvs) for number, body, tlvs in pieces)
        else:
            # Every part got across in an earlier attempt whose end was never written.
            self._tell(SendOutcome(message.id, Outcome.SENT))

    def _bind_for(self, destination: str) -> Bind:
        """One destination goes by one bind as long as that is up, so that its messages stay in order."""
        if len(self._binds) == 1:
            return self._usable[0]
        mark = hash(destination)
        bind = self._binds[mark % len(self._binds)]
        return bind if bind.usable else self._usable[mark % len(self._usable)]

    def _write(self, bind: Bind, most: int) -> int:
        """Writes up to so many parts of a bind's backlog and says how many it wrote."""
        backlog = bind.backlog
        now = asyncio.get_running_loop().time()
        written = 0
        while written < most and backlog:
            token, body, tlvs = entry = backlog.popleft()
            attempt = None if type(token) is int else token.attempt  # type: ignore[union-attr]
            if attempt is not None and attempt.stopped:
                continue
            try:
                bind.request(body, tlvs, token, now)
            except (NotBoundError, WindowFullError):
                backlog.appendleft(entry)
                break
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one message takes no other along
                if attempt is not None:
                    self._conclude(attempt.stop(_unfit(attempt.message_id, error)))
                else:
                    self._tell(_unfit(token, error))  # type: ignore[arg-type]
                continue
            if attempt is not None:
                attempt.written()
            written += 1
        if written:
            bind.flush_soon()
        return written

    def _refused(self, bind: Bind, token: object, pdu: Pdu) -> None:
        if isinstance(token, PartToken):
            failure = self._meanings.refusal(token.attempt.message_id, pdu)
            self._conclude(token.attempt.refused(failure))
        elif isinstance(token, int):
            failure = self._meanings.refusal(token, pdu)
            self._tell(failure)
        else:
            return
        if failure.outcome is Outcome.THROTTLED:
            self.pace.throttled(self._clock.monotonic())
            self._hold_back()
        elif failure.outcome is Outcome.NOT_SENT:
            bind.renew()

    def _conclude(self, outcome: SendOutcome | None) -> None:
        if outcome is not None:
            self._tell(outcome)

    def _hold_back(self) -> None:
        """Puts back what has not begun, so that nothing overtakes the throttled message (reliability B18)."""
        for bind in self._usable:
            waiting, bind.backlog = bind.backlog, deque()
            for entry in waiting:
                token = entry[0]
                if isinstance(token, int):
                    self._tell(SendOutcome(token, Outcome.THROTTLED, detail=_HELD_BACK))
                elif token.attempt.stopped:
                    continue
                elif token.attempt.begun:
                    bind.backlog.append(entry)
                else:
                    held = SendOutcome(token.attempt.message_id, Outcome.THROTTLED, detail=_HELD_BACK)
                    self._conclude(token.attempt.stop(held))

    def _give_back(self, bind: Bind) -> None:
        waiting, bind.backlog = bind.backlog, deque()
        detail = bind.detail or "the connector closes"
        for token, _, _ in waiting:
            if isinstance(token, int):
                self._tell(SendOutcome(token, Outcome.NOT_SENT, detail=detail))
            elif not token.attempt.stopped:
                left = SendOutcome(token.attempt.message_id, Outcome.NOT_SENT, detail=detail)
                self._conclude(token.attempt.stop(left))

    def _await_pace(self, now: float) -> None:
        if self._timer is None:
            wait = max(self.pace.wait(now), _LEAST_PAUSE)
            self._timer = asyncio.get_running_loop().call_later(wait, self._on_pace)

    def _on_pace(self) -> None:
        self._timer = None
        self.pump()
        self._refilled()


def _unfit(message_id: int, error: Exception) -> SendOutcome:
    """The reason is told without anything of the text: sentences that are not ours may quote it."""
    reason = str(error) if isinstance(error, _SPEAKING) else f"{type(error).__name__} while encoding"
    return SendOutcome(message_id, Outcome.UNFIT, detail=reason[:200])
