"""SendSMPPSmsRequest: who may, what is handed to the core, and what becomes of each message."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from chappe.dialect_kit.core import Core
from chappe.dialects.servicestack.callers import caller_of, must_have_role
from chappe.dialects.servicestack.dtos import SEND
from chappe.dialects.servicestack.faults import MOST_MESSAGES, Fault, Faulty, not_empty, too_many
from chappe.dialects.servicestack.messages import IsTag, Unfit, submission_of
from chappe.dialects.servicestack.statuses import WHOLE, fault_of, text_of
from chappe.domain.refusal import Refusal
from chappe.domain.submission import Accepted, Submission
from chappe.pipeline.authenticate import Login
from chappe.protocols.http.messages import HttpRequest

NAME = "servicestack"
Request = dict[str, Any]
"""A SendSMPPSmsRequest by declared names."""


async def send(core: Core, request: HttpRequest, asked: Sequence[Request], *, batch: bool) -> list[Request]:
    """An SMPPMsgResponse for each request. Raises Faulty, or Refused for a caller that the core turns away.

    Several requests are taken in order up to the first that is faulty; what was taken before it stays taken, and
    the fault says how far it came.
    """
    login = await caller_of(core, request)
    must_have_role(login, SEND.roles)
    total = sum(len(each.get("Messages") or ()) for each in asked)
    if total > MOST_MESSAGES:
        raise Faulty(too_many("Messages", MOST_MESSAGES, total))
    done: list[Request] = []
    for index, each in enumerate(asked):
        try:
            done.append(await _one(core, login, each))
        except Faulty as error:
            if not batch:
                raise
            raise Faulty(_in_batch(error.fault, index)) from error
    return done


def _in_batch(fault: Fault, index: int) -> Fault:
    return msgspec.structs.replace(
        fault,
        meta=(*fault.meta, ("AutoBatchIndex", str(index))),
        headers=(*fault.headers, ("X-AutoBatch-Completed", str(index))),
    )


async def _one(core: Core, login: Login, asked: Request) -> Request:
    messages = asked.get("Messages")
    if not messages:
        raise Faulty(not_empty("Messages"))
    is_tag = tags_of(core)
    prepared: list[Submission | str] = []
    for message in messages:
        try:
            prepared.append(submission_of(message or {}, is_tag))
        except Unfit as error:
            prepared.append(str(error))
    submissions = [each for each in prepared if isinstance(each, Submission)]
    user = login.credential.username
    told = await core.submit.submit(login.account, user, NAME, submissions) if submissions else []
    refused = [each for each in told if isinstance(each, Refusal)]
    if told and len(refused) == len(prepared) and {each.reason for each in refused} <= WHOLE:
        raise Faulty(fault_of(refused[0]))
    answers = iter(told)
    results = []
    for message, each in zip(messages, prepared, strict=True):
        results.append(_result(core, message, each if isinstance(each, str) else next(answers)))
    return {"messages": results, "error": _common(results)}


def _result(core: Core, message: Request | None, came: Accepted | Refusal | str) -> Request:
    accepted = isinstance(came, Accepted)
    return {
        "apiMessageId": core.renderer.uuid(came.message_id) if isinstance(came, Accepted) else None,
        "accepted": accepted,
        "to": (message or {}).get("to"),
        "error": None if accepted else came if isinstance(came, str) else text_of(came),  # type: ignore[arg-type]
        "msg": message,
    }


def _common(results: Sequence[Request]) -> str | None:
    """The one reason for which all were refused."""
    errors = {each["error"] for each in results}
    return errors.pop() if len(errors) == 1 else None


def tags_of(core: Core) -> IsTag:
    """Looks through the routes for a tag, once for each that is asked for."""

    @lru_cache(maxsize=64)
    def is_tag(tag: str) -> bool:
        return any(tag in route.condition.tags for route in core.directory.mt.routes)

    return is_tag
