"""What a bound ESME asks, answered by the core: one call of the pipeline for all submissions of one read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from chappe.dialect_kit.core import Core
from chappe.dialects.smpp.deliver import error_octet
from chappe.dialects.smpp.statuses import MESSAGE_STATES, status_of
from chappe.dialects.smpp.translate import (
    Multi,
    read_data_sm,
    read_replace_sm,
    read_submit_multi,
    read_submit_sm,
)
from chappe.domain.account import Account
from chappe.domain.message import StoredMessage
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.submission import Accepted, Answer, Submission
from chappe.ports.store import StoreBusy, StoreError
from chappe.protocols.smpp.commands import (
    Body,
    CancelSm,
    CancelSmResp,
    DataSm,
    DataSmResp,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    ReplaceSmResp,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
)
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.statuses import Status
from chappe.protocols.smpp.times import format_absolute

Reply = tuple[Pdu, int, Body | None]
"""The request, its command_status, and the body of its response; None for an empty one."""

DIALECT: Final = "smpp"
_UNKNOWN_ID: Final = Refusal(Reason.NOT_FOUND, text="no such message")


class Requests:
    """Answers requests for whoever is bound. Its calls may overlap; each answers in the order it was asked."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def answer(self, account_name: str, system_id: str, pdus: Sequence[Pdu]) -> list[Reply]:
        """The answers to requests, in their order; what is answered as taken is on disk.

        The account is looked up anew, so that what an operator changes holds from the next read on.
        """
        core = self._core
        account = core.directory.accounts.get(account_name)
        if account is None or not core.directory.is_enabled(account):
            return [(pdu, Status.ESME_RINVSYSID, None) for pdu in pdus]
        now_ms = core.clock.now_ms()
        made = [_read(pdu, system_id, now_ms) for pdu in pdus]
        asked: list[Submission] = []
        for one in made:
            if isinstance(one, Submission):
                asked.append(one)
            elif isinstance(one, Multi):
                asked += one.submissions
        answers: Iterator[Answer] = iter(
            await core.submit.submit(account, system_id, DIALECT, asked) if asked else ()
        )
        replies: list[Reply] = []
        for pdu, one in zip(pdus, made, strict=True):
            if isinstance(one, Submission):
                replies.append(self._submitted(pdu, next(answers)))
            elif isinstance(one, Status):
                replies.append((pdu, one, None))
            elif isinstance(one, Multi):
                replies.append(self._multi(pdu, one, [next(answers) for _ in one.submissions]))
            else:
                replies.append(await self._about(account, pdu))
        return replies

    def _submitted(self, pdu: Pdu, answer: Answer) -> Reply:
        if isinstance(answer, Refusal):
            return pdu, status_of(answer), None
        message_id = self._core.renderer.hex(answer.message_id)
        return pdu, 0, DataSmResp(message_id) if isinstance(pdu.body, DataSm) else SubmitSmResp(message_id)

    def _multi(self, pdu: Pdu, multi: Multi, answers: Sequence[Answer]) -> Reply:
        """SMPP 3.4 §4.5.2 has one message_id for all destinations: that of the first accepted."""
        unsuccessful = list(multi.unsuccessful)
        first = ""
        for address, answer in zip(multi.addresses, answers, strict=True):
            if isinstance(answer, Accepted):
                first = first or self._core.renderer.hex(answer.message_id)
            else:
                status = int(status_of(answer))
                unsuccessful.append(msgspec.structs.replace(address, error_status_code=status))
        status = 0 if first else unsuccessful[0].error_status_code
        return pdu, status, SubmitMultiResp(first, tuple(unsuccessful))

    async def _about(self, account: Account, pdu: Pdu) -> Reply:
        """The answer to a request about a message that was accepted before."""
        done: Body | Refusal | Status
        try:
            match pdu.body:
                case QuerySm() as body:
                    done = await self._query(account, body)
                case CancelSm() as body:
                    done = await self._cancel(account, body)
                case ReplaceSm() as body:
                    done = await self._replace(account, body, pdu)
                case _:
                    done = Status.ESME_RINVCMDID
        except StoreError as error:
            reason = Reason.STORE_BUSY if isinstance(error, StoreBusy) else Reason.INTERNAL
            done = Refusal(reason, text=str(error))
        if isinstance(done, Refusal):
            return pdu, status_of(done, pdu.command), None
        return (pdu, done, None) if isinstance(done, Status) else (pdu, 0, done)

    async def _query(self, account: Account, body: QuerySm) -> Body | Refusal:
        message_id = self._core.renderer.parse(body.message_id)
        if message_id is None:
            return _UNKNOWN_ID
        found = await self._core.query.find(account.name, message_id)
        return found if isinstance(found, Refusal) else _told(found, body.message_id)

    async def _cancel(self, account: Account, body: CancelSm) -> Body | Refusal:
        message_id = self._core.renderer.parse(body.message_id)
        if message_id is None:
            return _UNKNOWN_ID
        lanes = await self._core.query.cancel(account.name, message_id)
        if isinstance(lanes, Refusal):
            return lanes
        if lanes:
            self._core.lanes_due(frozenset(lanes))
        return CancelSmResp()

    async def _replace(self, account: Account, body: ReplaceSm, pdu: Pdu) -> Body | Refusal | Status:
        message_id = self._core.renderer.parse(body.message_id)
        if message_id is None:
            return _UNKNOWN_ID
        found = await self._core.query.find(account.name, message_id)
        if isinstance(found, Refusal):
            return found
        asked = read_replace_sm(body, pdu, found.message, self._core.clock.now_ms())
        if isinstance(asked, Status):
            return asked
        # The text alone is new: its sender may be the account's own.
        refusal = self._core.submit.forbidden(account, msgspec.structs.replace(asked, source=None))
        refusal = refusal or await self._core.query.replace(account, message_id, asked)
        return refusal or ReplaceSmResp()


def _read(pdu: Pdu, system_id: str, now_ms: int) -> Submission | Multi | Status | None:
    """What a request asks of the pipeline; None for one that is about an earlier message."""
    body = pdu.body
    if isinstance(body, SubmitSm):
        return read_submit_sm(body, pdu, system_id, now_ms)
    if isinstance(body, DataSm):
        return read_data_sm(body, pdu, system_id, now_ms)
    if isinstance(body, SubmitMulti):
        return read_submit_multi(body, pdu, system_id, now_ms)
    return None


def _told(found: StoredMessage, message_id: str) -> QuerySmResp:
    """SMPP 3.4 §4.8.2; final_date is UTC."""
    standing = found.standing
    final_date = ""
    if standing.final_ms:
        final_date = format_absolute(datetime.fromtimestamp(standing.final_ms / 1000, UTC))
    return QuerySmResp(message_id, final_date, MESSAGE_STATES[standing.state], error_octet(standing.error))
