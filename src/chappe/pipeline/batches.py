"""Batches: taken whole by one commit, then made into messages slice by slice, watched and cancelled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

import msgspec

from chappe.domain.account import Account
from chappe.domain.address import Address
from chappe.domain.batch import Batch, BatchLine, BatchProgress, BatchState, Mailing, Recipient, Slice
from chappe.domain.ids import IdMaker
from chappe.domain.message import Message, Standing
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.report import NO_REPORT, BatchMark, Notice, lane_of
from chappe.domain.schedule import MAX_AHEAD_MS
from chappe.domain.state import State
from chappe.domain.submission import Submission
from chappe.domain.webhook import url_problem
from chappe.pipeline.directory import Directory
from chappe.pipeline.news import batch_news, final_news, lanes_of
from chappe.pipeline.query import cancellation
from chappe.pipeline.settle import REUSED
from chappe.pipeline.submit import Submit, barred
from chappe.ports.batches import Unsent
from chappe.ports.clock import Clock
from chappe.ports.meter import Meter
from chappe.ports.store import Store, StoreBusy
from chappe.text.encodings import Charset

SLICE: Final = 500
"""Destinations that become messages in one commit."""

_AT_ONCE: Final = 8
"""Batches that are spread side by side, so that a small one need not wait for a large one."""

_TRIES: Final = 5
_CANCELLED: Final = "cancelled"
_UNWANTED: Final = frozenset({BatchState.CANCELLING, BatchState.CANCELLED})
_STILL_OPEN: Final = frozenset({State.SCHEDULED, State.QUEUED, State.IN_FLIGHT})
_NOBODY: Final = Refusal(Reason.MAY_NOT_SEND, text="the account is no more, or switched off")
_UNPAID: Final = Refusal(Reason.NO_BALANCE, text="the balance does not cover this message")


class Asked(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A batch as a dialect reads it. `words` names who writes the calls to the two URLs.

    It came at `at_ms` and may begin at `due_ms` (Unix milliseconds, 0 for at once).
    `digest` goes with `key`: what tells this request from others.
    `skipped` counts what names nobody to send to: the dialect tells its client.
    """

    lines: Iterable[BatchLine]
    at_ms: int
    due_ms: int = 0
    callback: str = ""
    errback: str = ""
    words: str = ""
    key: str = ""
    digest: str = ""
    skipped: int = 0


class Spread(msgspec.Struct, frozen=True, gc=False):
    """What one turn did: how many destinations and cancellations, and the lanes that got notices."""

    done: int
    lanes: frozenset[str]


class Batches:
    """Takes batches and sees them through."""

    def __init__(
        self,
        *,
        store: Store,
        directory: Directory,
        submit: Submit,
        ids: IdMaker,
        clock: Clock,
        meter: Meter,
        wake: Callable[[str], None],
        rest: Callable[[], Awaitable[None]],
        begun: Callable[[], None],
    ) -> None:
        """`rest` lets others have their turn; `begun` is told of each new batch."""
        self._store = store
        self._directory = directory
        self._submit = submit
        self._ids = ids
        self._clock = clock
        self._meter = meter
        self._wake = wake
        self._rest = rest
        self._begun = begun
        self._paced_to: dict[str, float] = {}

    # ------------------------------------------------------------ taking

    async def take(self, account: Account, user: str, dialect: str, asked: Asked) -> Batch | Refusal:
        """Accepts a batch: when this returns, all of it is on disk, though not yet messages."""
        now_ms = self._clock.now_ms()
        problem = _problem(account, user, dialect, asked, now_ms)
        if problem is not None:
            return problem
        slices: list[list[Mailing]] = []
        total = 0
        for line in asked.lines:
            if total % SLICE == 0:
                slices.append([])
                await self._rest()
            _add(slices[-1], line)
            total += 1
        mark = BatchMark(self._ids.next(now_ms), asked.words, asked.callback, asked.errback)
        batch = Batch(
            mark, account.name, user, dialect, asked.at_ms, asked.due_ms, total, asked.key, asked.digest
        )
        try:
            standing = await self._store.open_batch(batch, slices)
        except StoreBusy as busy:
            return Refusal(Reason.STORE_BUSY, text=str(busy))
        if standing.digest != batch.digest:
            return REUSED
        if standing.id == batch.id:
            self._meter.count("batches", dialect)
            self._begun()
        return standing

    # ------------------------------------------------------------ spreading

    async def step(self) -> Spread:
        """One turn: a slice of each batch that is due, and what is to be cancelled."""
        now_ms = self._clock.now_ms()
        done = 0
        lanes: set[str] = set()
        for piece in await self._store.due_slices(now_ms, _AT_ONCE):
            unsent = await self._spread(piece, now_ms)
            if unsent is None:
                continue
            done += 1
            lanes.update(lane_of(notice.wish) for each in unsent for notice in each.owes)
            await self._rest()
        found = await self._store.cancelling(SLICE)
        changes = [cancellation(one, now_ms) for one in found]
        if changes:
            await self._store.move(changes)
            lanes.update(*map(lanes_of, changes))
        return Spread(done + len(found), frozenset(lanes))

    async def _spread(self, piece: Slice, now_ms: int) -> list[Unsent] | None:
        """Makes a slice into messages; those that ended at once, None if nothing could be done now."""
        paced_to = self._paced_to.get(piece.batch.account, 0.0)
        messages, unsent = await self._messages(piece, now_ms)
        for _ in range(_TRIES):
            try:
                unpaid = await self._store.take_slice(piece.number, messages, unsent, now_ms)
            except StoreBusy:
                unpaid = None
            if unpaid is None:
                break
            if not unpaid:
                self._tell(piece.batch, messages, unsent)
                return unsent
            without = set(unpaid)
            unsent += [self._refused(messages[at], _UNPAID, now_ms) for at in unpaid]
            messages = [message for at, message in enumerate(messages) if at not in without]
        # Nothing came of it: the next turn begins where this one did.
        self._paced_to[piece.batch.account] = paced_to
        return None

    async def _messages(self, piece: Slice, now_ms: int) -> tuple[list[Message], list[Unsent]]:
        batch = piece.batch
        account = self._directory.accounts.get(batch.account)
        lines = [(mailing, recipient) for mailing in piece.mailings for recipient in mailing.recipients]
        asked: list[Submission] = []
        messages: list[Message] = []
        unsent: list[Unsent] = []
        for mailing, recipient in lines:
            submission = mailing.submission
            if piece.state is BatchState.CANCELLING:
                ended = self._ended(batch, recipient, submission)
                owes = _news(ended, State.CANCELLED, _CANCELLED, now_ms)
                unsent.append(Unsent(ended, State.CANCELLED, _CANCELLED, owes))
            elif submission is None:
                ended = self._ended(batch, recipient, None)
                owes = _news(ended, State.REJECTED, mailing.refused, now_ms, sentence=mailing.refused)
                unsent.append(Unsent(ended, State.REJECTED, mailing.refused, owes))
            elif account is None or not self._directory.is_enabled(account):
                unsent.append(self._refused(self._ended(batch, recipient, submission), _NOBODY, now_ms))
            else:
                asked.append(self._completed(batch, submission, recipient, account, now_ms))
        if account is None:
            return messages, unsent
        prepared = await self._submit.prepared(account, batch.user, batch.dialect, asked)
        for submission, answer in zip(asked, prepared, strict=True):
            if isinstance(answer, Message):
                messages.append(answer)
            else:
                recipient = Recipient(submission.destination, submission.reference)
                ended = self._ended(batch, recipient, submission)
                unsent.append(self._refused(ended, answer, now_ms))
        return messages, unsent

    def _completed(
        self, batch: Batch, template: Submission, recipient: Recipient, account: Account, now_ms: int
    ) -> Submission:
        due_ms = template.due_ms
        rate = min(filter(None, (account.http_throughput, account.throughput)), default=0.0)
        if rate:
            # The batch was taken at once; it keeps to the account's rate by being due little by little.
            at_ms = max(self._paced_to.get(account.name, 0.0), now_ms)
            self._paced_to[account.name] = at_ms + 1000 / rate
            due_ms = max(due_ms, int(at_ms))
        return msgspec.structs.replace(
            template,
            destination=recipient.address,
            reference=recipient.given,
            due_ms=due_ms,
            batch=batch.mark,
        )

    def _ended(self, batch: Batch, recipient: Recipient, submission: Submission | None) -> Message:
        """The record of a destination that never becomes more than that."""
        return Message(
            id=self._ids.next(self._clock.now_ms()),
            account=batch.account,
            user=batch.user,
            dialect=batch.dialect,
            source=(submission.source if submission else None) or Address(),
            destination=recipient.address,
            text=None,
            octets=None,
            charset=Charset.GSM7.value,
            data_coding=0,
            udhi=False,
            priority=0,
            due_ms=0,
            expires_ms=0,
            parts=1,
            concatenation=0,
            reference_bits=8,
            route="",
            connector="",
            charge=0,
            report=submission.report if submission else NO_REPORT,
            reference=recipient.given,
            batch=batch.mark,
        )

    @staticmethod
    def _refused(message: Message, refusal: Refusal, now_ms: int) -> Unsent:
        ended = msgspec.structs.replace(message, charge=0, reserved=0, counted=0, due_ms=0)
        error = refusal.text or refusal.reason.word
        return Unsent(
            ended,
            State.REJECTED,
            error,
            _news(ended, State.REJECTED, error, now_ms, refusal=refusal),
            refusal.reason,
        )

    def _tell(self, batch: Batch, messages: Sequence[Message], unsent: Sequence[Unsent]) -> None:
        if messages:
            self._meter.count("accepted", batch.dialect, len(messages))
        for one in unsent:
            word = one.reason.word if one.reason else one.state.name.lower()
            self._meter.count("refused", f"{batch.dialect}:{word}")
        for connector in {message.connector for message in messages if not message.due_ms}:
            self._wake(connector)

    # ------------------------------------------------------------ watching and cancelling

    async def find(self, account: str, batch_id: int) -> BatchProgress | Refusal:
        """How a batch of this account fares; another's is not found."""
        found = await self._store.batch(batch_id)
        if found is None or found.batch.account != account:
            return Refusal(Reason.NOT_FOUND, text="no such batch")
        return found

    async def cancel(self, account: str, batch_id: int) -> BatchProgress | Refusal:
        """Cancels what of a batch still waits: the wish is on disk when this returns, and carried out soon after."""
        found = await self.find(account, batch_id)
        if isinstance(found, Refusal) or found.state in _UNWANTED:
            return found
        if not found.waiting and not any(state in _STILL_OPEN for state in found.states):
            return Refusal(Reason.TOO_LATE, text="all of the batch is on its way already")
        await self._store.cancel_batch(batch_id)
        self._begun()
        return await self.find(account, batch_id)


def _problem(account: Account, user: str, dialect: str, asked: Asked, now_ms: int) -> Refusal | None:
    """Why the batch as a whole cannot be taken."""
    refusal = barred(account, user, dialect)
    if refusal is not None:
        return refusal
    if asked.due_ms > now_ms + MAX_AHEAD_MS:
        return Refusal(Reason.BAD_SCHEDULE, "schedule_at", "the schedule is more than a year ahead")
    for url in (asked.callback, asked.errback):
        problem = url_problem(url, account.private_webhooks, account.webhook_ports) if url else ""
        if problem:
            return Refusal(Reason.BAD_CALLBACK, url, problem)
    return None


def _add(mailings: list[Mailing], line: BatchLine) -> None:
    last = mailings[-1] if mailings else None
    if last is None or last.submission is not line.submission or last.refused != line.refused:
        mailings.append(Mailing(line.submission, line.refused, [line.recipient]))
    else:
        last.recipients.append(line.recipient)


def _news(
    message: Message,
    state: State,
    error: str,
    now_ms: int,
    *,
    refusal: Refusal | None = None,
    sentence: str = "",
) -> tuple[Notice, ...]:
    assert message.batch is not None
    told = batch_news(message, message.batch, state, error=error, refusal=refusal, sentence=sentence)
    plain = msgspec.structs.replace(message, batch=None)
    return (*told, *final_news(plain, Standing(state, ""), state, now_ms, error=error))
