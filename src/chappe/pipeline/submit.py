"""THE door: every dialect enters here, nothing enters elsewhere. Prepared in memory, then one durable commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from chappe.domain.account import Account, lacking_right
from chappe.domain.ids import IdMaker
from chappe.domain.message import AcceptResult, Message, Taken
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.report import Way
from chappe.domain.schedule import resolve_times
from chappe.domain.submission import Accepted, Answer, Estimated, Submission
from chappe.domain.webhook import url_problem
from chappe.pipeline.charge import charge_of, price_of
from chappe.pipeline.directory import Directory
from chappe.pipeline.references import References
from chappe.pipeline.route import HealthOf, subject_of, way_for
from chappe.pipeline.throughput import Throughput
from chappe.pipeline.validate import content_of, source_of
from chappe.ports.clock import Chance, Clock
from chappe.ports.messages import MessageStore
from chappe.ports.meter import Meter
from chappe.ports.store import StoreBusy, StoreError

Wake = Callable[[str], None]
"""Tells whoever sends for a connector that its queue has something."""


class Submit:
    """Takes submissions: checks, codes, routes and prices them, and stores what passes."""

    def __init__(
        self,
        *,
        directory: Directory,
        store: MessageStore,
        ids: IdMaker,
        clock: Clock,
        chance: Chance,
        health: HealthOf,
        meter: Meter,
        wake: Wake,
        fronts: int = 1,
    ) -> None:
        """`fronts` is how many processes take submissions: each admits its share of an account's throughput."""
        self._directory = directory
        self._store = store
        self._ids = ids
        self._clock = clock
        self._chance = chance
        self._health = health
        self._meter = meter
        self._wake = wake
        self._throughput = Throughput(fronts)
        self._references = References(chance)

    async def submit(
        self, account: Account, user: str, dialect: str, asked: Sequence[Submission], *, whole: bool = False
    ) -> list[Answer]:
        """Accepts or refuses each submission; when this returns, what was accepted is on disk.

        With `whole` one refusal makes all be refused: the others then answer with that same refusal.
        """
        now_ms = self._clock.now_ms()
        monotonic = self._clock.monotonic()
        answers: list[Answer] = []
        messages: list[Message] = []
        for submission in asked:
            prepared = self._prepare(account, user, dialect, submission, now_ms=now_ms, monotonic=monotonic)
            if isinstance(prepared, Refusal):
                answers.append(prepared)
            else:
                answers.append(Accepted(prepared.id, prepared.parts))
                messages.append(prepared)
        refused = len(asked) - len(messages)
        if refused:
            self._count_refusals(dialect, answers)
            if whole:
                first = next(answer for answer in answers if isinstance(answer, Refusal))
                return [answer if isinstance(answer, Refusal) else first for answer in answers]
        if not messages:
            return answers
        try:
            taken = await self._store.accept(messages, whole=whole)
        except StoreError as error:
            reason = Reason.STORE_BUSY if isinstance(error, StoreBusy) else Reason.INTERNAL
            self._meter.count("refused", f"{dialect}:{reason.word}", len(messages))
            refusal = Refusal(reason, text=str(error))
            return [answer if isinstance(answer, Refusal) else refusal for answer in answers]
        if all(answer.result is AcceptResult.ACCEPTED for answer in taken):
            self._meter.count("accepted", dialect, len(messages))
        else:
            answers = self._settle(dialect, answers, taken, whole=whole)
        self._wake_up(messages)
        return answers

    def estimate(self, account: Account, asked: Submission) -> Estimated | Refusal:
        """What a submission would become, and cost, without becoming it; takes no token of a rate."""
        now_ms = self._clock.now_ms()
        content = content_of(account, asked)
        if isinstance(content, Refusal):
            return content
        source = source_of(account, asked)
        if isinstance(source, Refusal):
            return source
        subject = subject_of(self._directory, account, source.value, asked, content)
        way = way_for(self._directory, subject, _date(now_ms), self._health, self._chance)
        if isinstance(way, Refusal):
            return way
        return Estimated(
            parts=content.parts,
            charset=content.charset,
            forcing=content.forcing,
            unit_price=way.route.price,
            price=price_of(way.route, content.parts),
            route=way.route.name,
            connector=way.connector,
        )

    def _prepare(
        self, account: Account, user: str, dialect: str, asked: Submission, *, now_ms: int, monotonic: float
    ) -> Message | Refusal:
        if not account.may_send:
            return Refusal(Reason.MAY_NOT_SEND, user, "this account may not send")
        if account.denied and asked.asks:
            lacking = lacking_right(account, asked.asks)
            if lacking is not None:
                return lacking
        wish = asked.report
        if wish.way is Way.WEBHOOK:
            problem = url_problem(wish.target, account.private_webhooks, account.webhook_ports)
            if problem:
                return Refusal(Reason.BAD_CALLBACK, wish.target, problem)
        source = source_of(account, asked)
        if isinstance(source, Refusal):
            return source
        content = content_of(account, asked)
        if isinstance(content, Refusal):
            return content
        times = resolve_times(account, asked.due_ms, asked.expires_ms, now_ms)
        if isinstance(times, Refusal):
            return times
        directory = self._directory
        subject = subject_of(directory, account, source.value, asked, content)
        way = way_for(directory, subject, _date(now_ms), self._health, self._chance)
        if isinstance(way, Refusal):
            return way
        if not self._throughput.admits(account, monotonic):
            return Refusal(Reason.TOO_FAST, user, f"more than {account.throughput:g} messages a second")
        long = content.parts > 1
        return Message(
            id=self._ids.next(now_ms),
            account=account.name,
            user=user,
            dialect=dialect,
            source=source,
            destination=asked.destination,
            text=content.text,
            octets=content.octets,
            charset=content.charset,
            data_coding=content.data_coding,
            udhi=asked.udhi,
            priority=asked.priority,
            due_ms=times[0],
            expires_ms=times[1],
            parts=content.parts,
            concatenation=self._references.next(asked.destination.value) if long else 0,
            reference_bits=account.reference_bits,
            route=way.route.name,
            connector=way.connector,
            charge=charge_of(account, way.route, content.parts),
            report=asked.report,
            reference=asked.reference,
            tags=asked.tags,
            tlvs=asked.tlvs,
            options=asked.options,
            idempotency_key=asked.idempotency_key,
        )

    def _settle(
        self, dialect: str, answers: Sequence[Answer], taken: Sequence[Taken], *, whole: bool
    ) -> list[Answer]:
        """Puts the store's exceptions into the answers; `taken` has one for each that was accepted so far."""
        unpaid = Refusal(Reason.NO_BALANCE, text="the balance does not cover this message")
        nothing = whole and any(answer.result is AcceptResult.NO_BALANCE for answer in taken)
        results = iter(taken)
        settled: list[Answer] = []
        for answer in answers:
            if isinstance(answer, Refusal):
                settled.append(answer)
                continue
            result = next(results)
            if nothing or result.result is AcceptResult.NO_BALANCE:
                settled.append(unpaid)
            elif result.result is AcceptResult.REPEATED:
                settled.append(Accepted(result.message_id, answer.parts, repeated=True))
            else:
                settled.append(answer)
        # Those refused before the store was asked are counted already.
        unpaid_for = sum(answer is unpaid for answer in settled)
        self._meter.count("refused", f"{dialect}:{Reason.NO_BALANCE.word}", unpaid_for)
        fresh = sum(isinstance(answer, Accepted) and not answer.repeated for answer in settled)
        self._meter.count("accepted", dialect, fresh)
        return settled

    def _count_refusals(self, dialect: str, answers: Sequence[Answer]) -> None:
        for answer in answers:
            if isinstance(answer, Refusal):
                self._meter.count("refused", f"{dialect}:{answer.reason.word}")

    def _wake_up(self, messages: Sequence[Message]) -> None:
        if len(messages) == 1:
            if not messages[0].due_ms:
                self._wake(messages[0].connector)
            return
        for connector in {message.connector for message in messages if not message.due_ms}:
            self._wake(connector)


def _date(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, UTC)
