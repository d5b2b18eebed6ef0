"""Rules that change or refuse a message before it is routed: those that match act in turn; scripts run elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from chappe.domain.account import Account
from chappe.domain.address import Address
from chappe.domain.conditions import RuleTable, Subject
from chappe.domain.interception import (
    Direction,
    Draft,
    Interceptor,
    OnFailure,
    Rejection,
    apply,
    refusal_of,
    with_tags,
)
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.submission import Submission
from chappe.pipeline.directory import Directory
from chappe.pipeline.validate import readable_text, source_of
from chappe.ports.meter import Meter
from chappe.ports.scripts import Failed, ScriptAnswer, ScriptFailure, ScriptJob, ScriptRunner
from chappe.text.encodings import Charset, charset_of

_CRASHED: Final = frozenset({Failed.ERROR, Failed.NONSENSE})


class Passage(msgspec.Struct, frozen=True, gc=False):
    """What stays the same about a message while it is intercepted."""

    direction: Direction
    account: str = ""
    group: str = ""
    user: str = ""
    connector: str = ""
    octets: bytes = b""
    data_coding: int = 0
    at_ms: int = 0


class _Under(msgspec.Struct, gc=False):
    """One message on its way: where it is now, and the place of the rule that is next."""

    passage: Passage
    draft: Draft
    next: int = 0
    done: Draft | Refusal | None = None
    waits_for: Interceptor | None = None


class Intercept:
    """Leads messages through the interceptors. Where there is none, nobody calls it."""

    def __init__(self, directory: Directory, scripts: ScriptRunner, meter: Meter) -> None:
        self._directory = directory
        self._scripts = scripts
        self._meter = meter

    async def submissions(
        self, account: Account, user: str, asked: Sequence[Submission], now_ms: int
    ) -> list[Submission | Refusal]:
        """What becomes of each submission, in order."""
        under = [_begin(account, user, each, now_ms) for each in asked]
        found = await self.drafts([(one.passage, one.draft) for one in under])
        return [
            draft if isinstance(draft, Refusal) else _changed(each, one.draft, draft)
            for each, one, draft in zip(asked, under, found, strict=True)
        ]

    async def drafts(self, messages: Sequence[tuple[Passage, Draft]]) -> list[Draft | Refusal]:
        """What becomes of each message, in order. Scripts of different messages run beside each other."""
        under = [_Under(passage, draft) for passage, draft in messages]
        open_ = under
        while open_:
            for one in open_:
                self._advance(one)
            open_ = [one for one in open_ if one.done is None]
            answers = await self._scripts.run([self._job(one) for one in open_]) if open_ else ()
            for one, answer in zip(open_, answers, strict=True):
                self._answered(one, answer)
            open_ = [one for one in open_ if one.done is None]
        return [one.done if one.done is not None else one.draft for one in under]

    def _table(self, direction: Direction) -> RuleTable[Interceptor]:
        return self._directory.intercept_mt if direction is Direction.MT else self._directory.intercept_mo

    def _advance(self, one: _Under) -> None:
        """Goes on to the end, to a refusal, or to the next script."""
        table = self._table(one.passage.direction)
        now = datetime.fromtimestamp(one.passage.at_ms / 1000, UTC)
        # The table may be another one after a script: a place beyond its end is the end.
        for place in range(one.next, len(table.rules)):
            if not table.matches(place, self._subject(one), now):
                continue
            rule = table.rules[place]
            self._meter.count("intercepted", rule.name)
            made = apply(rule, one.draft)
            if isinstance(made, Refusal):
                one.done = made
                return
            one.draft, one.next = made, place + 1
            if rule.script is not None:
                one.waits_for = rule
                return
            self._end_of_rule(one, rule)
            if one.done is not None:
                return
        one.done = one.draft

    def _end_of_rule(self, one: _Under, rule: Interceptor) -> None:
        if rule.reject is not None:
            one.done = refusal_of(rule.name, rule.reject)
        elif rule.last:
            one.done = one.draft

    def _subject(self, one: _Under) -> Subject:
        passage, draft = one.passage, one.draft
        return Subject(
            account=passage.account,
            group=passage.group,
            source=draft.source.value,
            destination=draft.destination.value,
            network=self._network(one),
            text=draft.text or "",
            tags=draft.tags,
            connector=passage.connector,
            tlvs=draft.tlvs,
        )

    def _network(self, one: _Under) -> str:
        subscriber = one.draft.destination if one.passage.direction is Direction.MT else one.draft.source
        return self._directory.prefixes.network_of(subscriber.value)

    def _job(self, one: _Under) -> ScriptJob:
        rule, passage = one.waits_for, one.passage
        assert rule is not None
        assert rule.script is not None
        return ScriptJob(
            rule=rule.name,
            code=rule.script.code,
            seconds=rule.script.seconds,
            draft=one.draft,
            direction=passage.direction.value,
            account=passage.account,
            user=passage.user,
            group=passage.group,
            connector=passage.connector,
            network=self._network(one),
            octets=passage.octets,
            data_coding=passage.data_coding,
            at_ms=passage.at_ms,
        )

    def _answered(self, one: _Under, answer: ScriptAnswer | ScriptFailure) -> None:
        rule = one.waits_for
        assert rule is not None
        assert rule.script is not None
        one.waits_for = None
        if isinstance(answer, ScriptFailure):
            self._meter.count("interceptor_failures", f"{rule.name}:{answer.failed.value}")
            if rule.script.on_failure is OnFailure.REFUSE:
                crashed = answer.failed in _CRASHED
                reason = Reason.INTERCEPTOR_FAILED if crashed else Reason.INTERCEPTOR_DOWN
                one.done = Refusal(reason, rule.name, f"interceptor {rule.name} failed: {answer.text}")
                return
        elif answer.rejects:
            rejection = Rejection(
                reason=answer.reason, http_status=answer.http_status, smpp_status=answer.smpp_status
            )
            one.done = refusal_of(rule.name, rejection)
            return
        else:
            one.draft = answer.draft
            if rule.script.result_tag and answer.result:
                tags = with_tags(one.draft.tags, (rule.script.result_tag,))
                one.draft = msgspec.structs.replace(one.draft, tags=tags)
        self._end_of_rule(one, rule)


def _begin(account: Account, user: str, asked: Submission, now_ms: int) -> _Under:
    source = asked.source
    if source is None or not source.value:
        found = source_of(account, asked)
        source = found if isinstance(found, Address) else Address()
    passage = Passage(
        direction=Direction.MT,
        account=account.name,
        group=account.group,
        user=user,
        octets=asked.octets or b"",
        data_coding=asked.data_coding or 0,
        at_ms=now_ms,
    )
    return _Under(passage, Draft(source, asked.destination, _text(account, asked), asked.tags, asked.tlvs))


def _text(account: Account, asked: Submission) -> str | None:
    if asked.text is not None or asked.udhi or not asked.octets:
        return asked.text
    charset = charset_of(asked.data_coding or 0, Charset(account.smpp_default_charset))
    return readable_text(None, asked.octets, charset.value, udhi=False) or None


def _changed(asked: Submission, before: Draft, after: Draft) -> Submission:
    """The submission with what the interceptors changed; all else stays as the client asked for it.

    A text that came as octets and was changed goes on as text, in the coding that the client named.
    """
    if after == before:
        return asked
    changed: Submission = msgspec.structs.replace(
        asked,
        source=after.source if after.source != before.source else asked.source,
        destination=after.destination,
        tags=after.tags,
        tlvs=after.tlvs,
    )
    if after.text == before.text:
        return changed
    return msgspec.structs.replace(changed, text=after.text or "", octets=None, udhi=False)
