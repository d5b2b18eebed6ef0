"""What the store said of messages that were handed in, as answers: taken, taken before, not paid, or a key used twice. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from chappe.domain.message import AcceptResult, Message, Standing, StoredMessage, Taken
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.state import State
from chappe.domain.submission import Accepted, Answer
from chappe.pipeline.news import final_news
from chappe.ports.batches import Unsent

UNPAID: Final = Refusal(Reason.NO_BALANCE, text="the balance does not cover this message")
REUSED: Final = Refusal(
    Reason.KEY_REUSED, "idempotency key", "the idempotency key was used for another message"
)


def repeated_ids(taken: Sequence[Taken]) -> list[int]:
    """The earlier messages that the store took some for."""
    return [one.message_id for one in taken if one.result is AcceptResult.REPEATED]


def settled(
    answers: Sequence[Answer],
    messages: Sequence[Message],
    taken: Sequence[Taken],
    earlier: Mapping[int, StoredMessage],
    *,
    whole: bool,
) -> list[Answer]:
    """The answers with what the store made of them; `messages` and `taken` have one for each that was accepted so far.

    `earlier` are the messages that some were taken for, by id.
    """
    nothing = whole and any(one.result is AcceptResult.NO_BALANCE for one in taken)
    results = zip(messages, taken, strict=True)
    told: list[Answer] = []
    for answer in answers:
        if isinstance(answer, Refusal):
            told.append(answer)
            continue
        message, result = next(results)
        if nothing or result.result is AcceptResult.NO_BALANCE:
            told.append(UNPAID)
        elif result.result is AcceptResult.REPEATED:
            before = earlier.get(result.message_id)
            same = before is None or says_the_same(message, before.message)
            told.append(Accepted(result.message_id, answer.parts, repeated=True) if same else REUSED)
        else:
            told.append(answer)
    return told


def says_the_same(message: Message, earlier: Message) -> bool:
    """Whether two messages with one key are one message asked for twice.

    Times are not looked at: most are told as a while from now. Nor is a text that is no longer kept.
    """
    is_kept = earlier.text is not None or earlier.octets is not None
    if is_kept and (message.text, message.octets) != (earlier.text, earlier.octets):
        return False
    return _wishes(message) == _wishes(earlier)


def _wishes(message: Message) -> tuple[object, ...]:
    return (
        message.destination,
        message.source,
        message.data_coding,
        message.udhi,
        message.priority,
        message.report,
        message.reference,
        message.tags,
        message.tlvs,
        message.options,
    )


def unpaid_of(messages: Sequence[Message], taken: Sequence[Taken], now_ms: int) -> list[Unsent]:
    """What the balance did not cover, as messages that were accepted and failed: nothing of them is charged."""
    return [
        _unpaid(message, now_ms)
        for message, answer in zip(messages, taken, strict=True)
        if answer.result is AcceptResult.NO_BALANCE
    ]


def all_taken(taken: Sequence[Taken]) -> list[Taken]:
    """The store's answers where what was not paid was filed as failed."""
    return [
        Taken(AcceptResult.ACCEPTED, one.message_id) if one.result is AcceptResult.NO_BALANCE else one
        for one in taken
    ]


def _unpaid(message: Message, now_ms: int) -> Unsent:
    ended = msgspec.structs.replace(message, charge=0, reserved=0, counted=0, due_ms=0, idempotency_key="")
    standing = Standing(State.REJECTED, message.connector)
    owes = final_news(ended, standing, State.REJECTED, now_ms, error=UNPAID.text)
    return Unsent(ended, State.REJECTED, UNPAID.text, owes, UNPAID.reason)
