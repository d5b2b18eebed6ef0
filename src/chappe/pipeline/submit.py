"""THE door: every dialect enters here, nothing enters elsewhere. Prepared in memory, then one durable commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

from chappe.domain.account import Account, Unpaid, lacking_right
from chappe.domain.address import Address
from chappe.domain.ids import IdMaker
from chappe.domain.message import AcceptResult, Message, Taken
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.report import Way
from chappe.domain.schedule import resolve_times
from chappe.domain.submission import Accepted, Answer, Estimated, Submission
from chappe.domain.webhook import url_problem
from chappe.pipeline.bar import Bar
from chappe.pipeline.charge import Charge, charge_of, price_of
from chappe.pipeline.directory import Directory
from chappe.pipeline.hybrid import NOBODY, Ground, Reached, planned
from chappe.pipeline.intercept import Intercept
from chappe.pipeline.references import References
from chappe.pipeline.route import HealthOf, subject_of, way_for
from chappe.pipeline.route import Way as RoutedWay
from chappe.pipeline.screen import screened
from chappe.pipeline.settle import all_taken, repeated_ids, settled, unpaid_of
from chappe.pipeline.throughput import SMPP, OwnTurns, exceeded
from chappe.pipeline.validate import Content, content_of, source_of
from chappe.ports.clock import Chance, Clock
from chappe.ports.meter import Meter
from chappe.ports.scripts import NoScripts, ScriptRunner
from chappe.ports.store import Store, StoreBusy, StoreError
from chappe.ports.turns import Turns

Wake = Callable[[str], None]
"""Tells whoever sends for a connector that its queue has something."""


class Submit:
    """Takes submissions: checks, codes, routes and prices them, and stores what passes."""

    def __init__(
        self,
        *,
        directory: Directory,
        store: Store,
        ids: IdMaker,
        clock: Clock,
        chance: Chance,
        health: HealthOf,
        meter: Meter,
        wake: Wake,
        turns: Turns | None = None,
        scripts: ScriptRunner | None = None,
    ) -> None:
        """`turns` are shared by all processes that take submissions; None where this is the only one.

        Without `scripts` interceptors that have one fail.
        """
        self._directory = directory
        self._store = store
        self._ids = ids
        self._clock = clock
        self._chance = chance
        self._health = health
        self._meter = meter
        self._wake = wake
        self._turns = turns or OwnTurns()
        self._references = References(chance)
        self._intercept = Intercept(directory, scripts or NoScripts(), meter)
        self._bar = Bar(directory, store, meter)

    @property
    def directory(self) -> Directory:
        """The records that it goes by."""
        return self._directory

    async def submit(
        self, account: Account, user: str, dialect: str, asked: Sequence[Submission], *, whole: bool = False
    ) -> list[Answer]:
        """Accepts or refuses each submission; when this returns, what was accepted is on disk.

        With `whole` one refusal makes all be refused: the others then answer with that same refusal.
        """
        answers: list[Answer] = []
        messages: list[Message] = []
        for prepared in await self.prepared(account, user, dialect, asked):
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
            taken = await self._taken(account, messages, whole=whole)
        except StoreError as error:
            reason = Reason.STORE_BUSY if isinstance(error, StoreBusy) else Reason.INTERNAL
            self._meter.count("refused", f"{dialect}:{reason.word}", len(messages))
            refusal = Refusal(reason, text=str(error))
            return [answer if isinstance(answer, Refusal) else refusal for answer in answers]
        if all(answer.result is AcceptResult.ACCEPTED for answer in taken):
            self._meter.count("accepted", dialect, len(messages))
        else:
            answers = await self._settled(dialect, answers, messages, taken, whole=whole)
        self.wake_up(messages)
        return answers

    async def prepared(
        self, account: Account, user: str, dialect: str, asked: Sequence[Submission]
    ) -> list[Message | Refusal]:
        """What each submission becomes, not stored yet."""
        refusal = barred(account, user, dialect)
        if refusal is not None:
            return [refusal] * len(asked)
        now_ms = self._clock.now_ms()
        monotonic = self._clock.monotonic()
        if not (self._directory.intercept_mt.rules or self._directory.apps or self._directory.lists_in_force):
            return [
                self._prepare(account, user, dialect, each, now_ms=now_ms, monotonic=monotonic)
                for each in asked
            ]
        checked = bool(self._directory.intercept_mt.rules)
        changed = await self._bar.screened(account, await self.intercepted(account, user, asked))
        reached = await self._reached(changed)
        return [
            each
            if isinstance(each, Refusal)
            else self._prepare(
                account,
                user,
                dialect,
                each,
                now_ms=now_ms,
                monotonic=monotonic,
                checked=checked,
                reached=reached,
            )
            for each in changed
        ]

    async def _reached(self, asked: Sequence[Submission | Refusal]) -> Reached:
        """Which apps of these have a device of the number; one look for all that name an app."""
        wanted = [
            (each.extras.app.lower(), each.destination.value)
            for each in asked
            if isinstance(each, Submission) and each.extras is not None and each.extras.app
        ]
        if not wanted:
            return NOBODY
        found = await self._store.devices(wanted)
        return {pair for pair, devices in zip(wanted, found, strict=True) if devices}

    async def intercepted(
        self, account: Account, user: str, asked: Sequence[Submission]
    ) -> list[Submission | Refusal]:
        """What interceptors make of submissions, in order. Rights and filters are asked of what came in, before."""
        if not self._directory.intercept_mt.rules:
            return list(asked)
        now_ms = self._clock.now_ms()
        refused = [self._forbidden(account, each, None, now_ms) for each in asked]
        passed = [each for each, refusal in zip(asked, refused, strict=True) if refusal is None]
        changed = iter(await self._intercept.submissions(account, user, passed, now_ms))
        return [refusal or next(changed) for refusal in refused]

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
        way: RoutedWay | Refusal
        if asked.extras is None:
            way = way_for(self._directory, subject, _date(now_ms), self._health, self._chance)
        else:
            plan = planned(self._ground(now_ms), account, asked, content, subject=subject, times=(0, 0))
            way = plan if isinstance(plan, Refusal) else plan.way
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

    def _ground(self, now_ms: int) -> Ground:
        return Ground(self._directory, self._health, self._chance, now_ms, _date(now_ms))

    def _looked_at(
        self, account: Account, asked: Submission, now_ms: int, *, checked: bool
    ) -> tuple[Address, Content] | Refusal:
        """The sender and the content, or why this account may not ask for it; `checked`: it was asked that before."""
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
        if not checked and (account.denied or account.name in self._directory.screens):
            refusal = self._forbidden(account, asked, content, now_ms)
            if refusal is not None:
                return refusal
        return source, content

    def _prepare(
        self,
        account: Account,
        user: str,
        dialect: str,
        asked: Submission,
        *,
        now_ms: int,
        monotonic: float,
        checked: bool = False,
        reached: Reached = NOBODY,
    ) -> Message | Refusal:
        found = self._looked_at(account, asked, now_ms, checked=checked)
        if isinstance(found, Refusal):
            return found
        source, content = found
        times = resolve_times(account, asked.due_ms, asked.expires_ms, now_ms)
        if isinstance(times, Refusal):
            return times
        directory = self._directory
        subject = subject_of(directory, account, source.value, asked, content)
        way: RoutedWay | Refusal
        if asked.extras is None:
            way = way_for(directory, subject, _date(now_ms), self._health, self._chance)
            if isinstance(way, Refusal):
                return way
            priced_by = way.route
        else:
            plan = planned(
                self._ground(now_ms), account, asked, content, subject=subject, times=times, reached=reached
            )
            if isinstance(plan, Refusal):
                return plan
            way, priced_by, times = plan.way, plan.priced_by, (times[0], plan.expires_ms)
            asked = msgspec.structs.replace(asked, extras=plan.extras)
        # A batch was taken as a whole: whoever spreads it keeps to the account's rate.
        limit = exceeded(self._turns, account, dialect, monotonic) if asked.batch is None else 0.0
        if limit:
            return Refusal(Reason.TOO_FAST, user, f"more than {limit:g} messages a second")
        charge = charge_of(account, priced_by, content.parts)
        return self._made(
            account, user, dialect, asked, found=found, times=times, way=way, charge=charge, now_ms=now_ms
        )

    def _made(
        self,
        account: Account,
        user: str,
        dialect: str,
        asked: Submission,
        *,
        found: tuple[Address, Content],
        times: tuple[int, int],
        way: RoutedWay,
        charge: Charge,
        now_ms: int,
    ) -> Message:
        source, content = found
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
            charge=charge.amount,
            report=asked.report,
            reference=asked.reference,
            tags=asked.tags,
            tlvs=asked.tlvs,
            options=asked.options,
            idempotency_key=asked.idempotency_key,
            batch=asked.batch,
            reserved=charge.reserved,
            counted=charge.counted,
            extras=asked.extras,
            key_holds_ms=asked.key_holds_ms,
            unicode_part=asked.unicode_part if long else 0,
        )

    def forbidden(self, account: Account, asked: Submission) -> Refusal | None:
        """A right that the account lacks, or a value that it may not use, where a message is to be changed."""
        return self._forbidden(account, asked, None, self._clock.now_ms())

    def _forbidden(
        self, account: Account, asked: Submission, content: Content | None, now_ms: int
    ) -> Refusal | None:
        """A right that the account lacks, or a value that it may not use; `content` None where it is not known yet."""
        if account.denied and asked.asks:
            lacking = lacking_right(account, asked.asks)
            if lacking is not None:
                return lacking
        screen = self._directory.screens.get(account.name)
        if screen is None:
            return None
        if content is None:
            found = content_of(account, asked)
            if isinstance(found, Refusal):
                return found
            content = found
        return screened(screen, asked, content, now_ms)

    async def _taken(self, account: Account, messages: Sequence[Message], *, whole: bool) -> list[Taken]:
        """What the store says; where the account is to learn by report what it cannot pay, that is filed as failed."""
        if account.unpaid is Unpaid.REFUSE:
            return await self._store.accept(messages, whole=whole)
        taken = await self._store.accept(messages)
        now_ms = self._clock.now_ms()
        unsent = unpaid_of(messages, taken, now_ms)
        if not unsent:
            return taken
        await self._store.file_unsent(unsent, now_ms)
        return all_taken(taken)

    async def _settled(
        self,
        dialect: str,
        answers: Sequence[Answer],
        messages: Sequence[Message],
        taken: Sequence[Taken],
        *,
        whole: bool,
    ) -> list[Answer]:
        ids = repeated_ids(taken)
        found = await self._store.messages(ids) if ids else []
        earlier = {one.message.id: one for one in found if one is not None}
        told = settled(answers, messages, taken, earlier, whole=whole)
        # Those refused before the store was asked are counted already.
        self._count_refusals(
            dialect, [now for now, before in zip(told, answers, strict=True) if now is not before]
        )
        fresh = sum(isinstance(answer, Accepted) and not answer.repeated for answer in told)
        self._meter.count("accepted", dialect, fresh)
        return told

    def _count_refusals(self, dialect: str, answers: Sequence[Answer]) -> None:
        for answer in answers:
            if isinstance(answer, Refusal):
                self._meter.count("refused", f"{dialect}:{answer.reason.word}")

    def wake_up(self, messages: Sequence[Message]) -> None:
        """Tells whoever sends that these are in the store now."""
        if len(messages) == 1:
            if not messages[0].due_ms:
                self._wake(messages[0].connector)
            return
        for connector in {message.connector for message in messages if not message.due_ms}:
            self._wake(connector)


def barred(account: Account, user: str, dialect: str) -> Refusal | None:
    """Why nothing of this account may come this way in, None if it may."""
    if account.may_send and (account.may_send_smpp if dialect == SMPP else account.may_send_http):
        return None
    return Refusal(Reason.MAY_NOT_SEND, user, "this account may not send")


def _date(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, UTC)
