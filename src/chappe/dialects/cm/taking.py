"""From a call to what became of each of its messages: reads MSG after MSG and hands what is right to the core at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from chappe.dialect_kit.core import Core
from chappe.dialects.cm.callback import wish_of
from chappe.dialects.cm.calls import Call, Fields, fields_of, folded
from chappe.dialects.cm.options import (
    NOT_GSM,
    Content,
    Wrong,
    content_of,
    expires_of,
    extras_of,
    number_of,
    reference_of,
    rich_of,
    source_of,
    text_of,
)
from chappe.dialects.cm.reporting import tells_replies
from chappe.dialects.cm.statuses import (
    BAD_FIELD,
    BAD_MSG_ARRAY,
    BAD_TO,
    MOST_MSG,
    NO_MSG,
    NO_NUMBER,
    TOO_MANY_MSG,
    Rejection,
    not_a_number,
    not_an_array,
    rejection_of,
)
from chappe.dialects.cm.validity import DEFAULT_MS
from chappe.domain.account import Account
from chappe.domain.address import Address
from chappe.domain.extras import Extras
from chappe.domain.refusal import Refusal, Right
from chappe.domain.report import ReportWish
from chappe.domain.submission import Submission
from chappe.pipeline.authenticate import Login
from chappe.pipeline.directory import Directory
from chappe.text import gsm7

NAME: Final = "cm"
UNICODE_PART: Final = 66
"""Document 001: characters of each part of a long Unicode text, where the header would leave room for 67."""

MOST_NUMBERS: Final = 1_000
"""Of one MSG, as the vendor's SDKs limit them."""
MOST_MESSAGES: Final = 10_000
"""Of one call; a body of five megabytes could ask for more."""
MOST_OCTETS: Final = 64 << 20
"""Of what one call makes: each number has its own copy, and a call is one commit. A thousand of the longest text are
less, and so are a thousand of the largest rich content."""

_SLICE: Final = 100
"""Messages read before others have their turn; one takes some five microseconds."""
_RICH_SLICE: Final = 20
"""What rich content counts for in a slice."""

_ADVISED_PARTS: Final = 8
_MOST_SHOWN: Final = 255
"""Characters of a reference that come back where it is refused as too long: a MSG tells it once for every number."""
_WRONG_MSG: Final = Rejection(BAD_FIELD, "The MSG object is an invalid type, it should be an object")
_TOO_MANY_NUMBERS: Final = Rejection(BAD_TO, f"The To object holds more than {MOST_NUMBERS} numbers")
_TOO_MANY_MESSAGES: Final = Rejection(BAD_MSG_ARRAY, f"A call makes at most {MOST_MESSAGES} messages")
_TOO_LARGE: Final = Rejection(
    BAD_MSG_ARRAY, f"A call makes messages of at most {MOST_OCTETS} octets, a copy for each number"
)
_SENDER: Final = (Right.SOURCE_ADDRESS,)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What became of one number of one MSG, both as they were written; `rejection` is None where it was accepted."""

    to: str | None
    reference: str | None
    parts: int
    rejection: Rejection | None


class Manner(msgspec.Struct, frozen=True, gc=False):
    """What the account makes of every message of a call."""

    now_ms: int
    zone: str
    usual_ms: int
    """How long a message is good for where its client does not say."""
    report: ReportWish
    trial: bool
    replies: bool
    """Whether every message is to be found by its ends, for the MO that may answer it."""
    tariff: str = ""
    plain: bool = False


class Shape(msgspec.Struct, frozen=True, gc=False):
    """A MSG without its numbers."""

    source: Address
    content: Content
    expires_ms: int
    asks: tuple[Right, ...]
    reference: str
    extras: Extras | None


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """One message that a client wants: either what it asks for, or why that cannot be."""

    to: str | None
    reference: str | None
    asked: Submission | Rejection


async def take(call: Call, core: Core, login: Login, now_ms: int, *, whole: bool) -> list[Entry] | Rejection:
    """Reads and submits a call in one commit; an entry for each message, or why there is none at all.

    With `whole` the first message that is wrong is that reason.
    """
    manner = manner_of(core.directory, login.account, call, now_ms)
    wanted = await read_call(call, manner, whole=whole)
    if isinstance(wanted, Rejection):
        return wanted
    account = login.account
    asked = [one.asked for one in wanted if isinstance(one.asked, Submission)]
    answers = iter(
        await core.submit.submit(account, login.credential.username, NAME, asked, whole=whole)
        if asked
        else ()
    )
    entries: list[Entry] = []
    long = 0
    for one in wanted:
        if isinstance(one.asked, Rejection):
            entries.append(Entry(one.to, one.reference, 0, one.asked))
            continue
        answer = next(answers)
        if isinstance(answer, Refusal):
            most = min(one.asked.max_parts, account.max_parts)
            rejection = rejection_of(answer, most)
            if whole:
                return rejection
            entries.append(Entry(one.to, one.reference, 0, rejection))
        else:
            long += answer.parts > _ADVISED_PARTS
            entries.append(Entry(one.to, one.reference, answer.parts, None))
    _count(core, wanted, long)
    return entries


def manner_of(directory: Directory, account: Account, call: Call, now_ms: int) -> Manner:
    """How the messages of a call are made."""
    return Manner(
        now_ms=now_ms,
        zone=account.timezone,
        usual_ms=account.default_validity * 1000 or DEFAULT_MS,
        report=wish_of(account),
        trial=account.trial,
        replies=tells_replies(directory, account),
        tariff=call.tariff,
        plain=call.plain,
    )


async def read_call(call: Call, manner: Manner, *, whole: bool) -> list[Wanted] | Rejection:
    """The messages that a call asks for; why there is none at all where it asks for too much or, `whole`, for a wrong one."""
    if not call.msgs:
        return NO_MSG
    if len(call.msgs) > MOST_MSG:
        return TOO_MANY_MSG
    wanted: list[Wanted] = []
    weight = octets = 0
    for msg in call.msgs:
        found = read_msg(msg, manner)
        if whole:
            for one in found:
                if isinstance(one.asked, Rejection):
                    return one.asked
        wanted += found
        if len(wanted) > MOST_MESSAGES:
            return _TOO_MANY_MESSAGES
        each, is_rich = _size_of(found)
        octets += each * len(found)
        if octets > MOST_OCTETS:
            return _TOO_LARGE
        weight += len(found) + (_RICH_SLICE if is_rich else 0)
        if weight >= _SLICE:
            weight = 0
            await asyncio.sleep(0)
    return wanted


def _size_of(found: Sequence[Wanted]) -> tuple[int, bool]:
    """Octets of each message of a MSG, at most, and whether it has rich content; none where all its numbers are wrong."""
    asked = next((one.asked for one in found if isinstance(one.asked, Submission)), None)
    if asked is None:
        return 0, False
    text = asked.text or ""
    octets = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    octets += len(asked.octets or b"")
    rich = asked.extras.rich if asked.extras is not None else None
    if rich is None:
        return octets, False
    return octets + len(msgspec.json.encode(rich)), True


def _count(core: Core, wanted: Sequence[Wanted], long: int) -> None:
    for one in wanted:
        if isinstance(one.asked, Rejection):
            core.meter.count("refused", f"{NAME}:{one.asked.code}")
    if long:
        core.meter.count("against_advice", f"{NAME}:parts", long)


def read_msg(msg: Any, manner: Manner) -> list[Wanted]:
    """The messages that a MSG asks for, one for each number; at least one."""
    if not isinstance(msg, dict):
        return [Wanted(None, None, _WRONG_MSG)]
    fields = fields_of(msg)
    given = (text_of(fields.get("reference")) or "")[:_MOST_SHOWN] or None
    shape: Shape | Rejection
    try:
        shape = shape_of(fields, manner)
    except Wrong as wrong:
        shape = wrong.rejection
    numbers = fields.get("to")
    if not isinstance(numbers, list) or not 0 < len(numbers) <= MOST_NUMBERS:
        if isinstance(shape, Rejection):
            return [Wanted(None, given, shape)]
        if numbers is None or numbers == []:
            return [Wanted(None, given, NO_NUMBER)]
        return [Wanted(None, given, _TOO_MANY_NUMBERS if isinstance(numbers, list) else not_an_array("To"))]
    return [_wanted(each, given, shape, manner) for each in numbers]


def shape_of(fields: Fields, manner: Manner) -> Shape:
    """All of a MSG but its numbers; raises Wrong for the first thing that is."""
    source = source_of(fields)
    rich = rich_of(fields)
    content = content_of(fields, may_be_empty=rich is not None and bool(rich.conversation))
    if manner.plain and content.text and gsm7.encode_or_none(content.text) is None:
        raise Wrong(NOT_GSM)
    reference = reference_of(fields)
    expires_ms = expires_of(fields, manner.now_ms, manner.zone)
    asks: tuple[Right, ...] = _SENDER
    if expires_ms:
        asks += (Right.VALIDITY,)
    if content.octets is not None:
        asks += (Right.BINARY,)
    if manner.trial:
        # Document 001: a reference does not work for demo accounts.
        reference = ""
    extras = extras_of(fields, rich, labelled=manner.replies or bool(reference), tariff=manner.tariff)
    return Shape(source, content, expires_ms or manner.now_ms + manner.usual_ms, asks, reference, extras)


def _wanted(entry: Any, given: str | None, shape: Shape | Rejection, manner: Manner) -> Wanted:
    value: Any = None
    if isinstance(entry, dict):
        value = entry.get("number") if len(entry) == 1 else None
        if value is None:
            value = folded(entry).get("number")
    to = text_of(value)
    if isinstance(shape, Rejection):
        return Wanted(to or None, given, shape)
    if not to:
        return Wanted(to, given, NO_NUMBER)
    destination = number_of(to)
    if destination is None:
        return Wanted(to, given, not_a_number(to))
    content = shape.content
    return Wanted(
        to,
        given,
        Submission(
            destination=destination,
            source=shape.source,
            text=content.text,
            octets=content.octets,
            data_coding=content.data_coding,
            expires_ms=shape.expires_ms,
            report=manner.report,
            reference=shape.reference,
            asks=shape.asks,
            extras=shape.extras,
            max_parts=content.max_parts,
            unicode_part=UNICODE_PART,
        ),
    )
