"""What subscribers do with messages on channels that tell of it, and what receipts mean while a message is at its push. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from chappe.domain.app import Hybrid, MessageType
from chappe.domain.message import PartReceipt, Transition
from chappe.domain.receipt import INTERACTIONS, Receipt
from chappe.domain.state import State, bits
from chappe.pipeline.fallback import REACHED
from chappe.pipeline.news import intermediate_news
from chappe.ports.messages import PartMatch

_SENT: Final = bits({State.SENT})
_DELIVERED: Final = bits({State.DELIVERED})


def with_deliveries(matched: Iterable[tuple[Receipt, PartMatch]]) -> Iterator[tuple[Receipt, PartMatch]]:
    """Receipts in their order, before each that tells of the subscriber the delivery that it implies."""
    for receipt, match in matched:
        if receipt.state is None and receipt.word in INTERACTIONS:
            yield msgspec.structs.replace(receipt, state=State.DELIVERED, more=True), match
        yield receipt, match


def interacted(receipt: Receipt, match: PartMatch, told: PartReceipt) -> Transition:
    """The subscriber saw or read a message that is delivered: its state stays, its client is told."""
    message, standing = match.found.message, match.found.standing
    return Transition(
        message_id=message.id,
        only_from=_DELIVERED,
        to=State.DELIVERED,
        # It is final since then.
        at_ms=standing.final_ms or receipt.received_ms,
        part=told,
        owes=intermediate_news(message, standing, receipt),
    )


def push_told(receipt: Receipt, match: PartMatch, hybrid: Hybrid) -> Transition | None:
    """What a receipt means for a message at its push, where that is not what it means for others.

    A delivery is not enough for one that somebody is to read. A failure ends the push's turn: what follows is begun by
    time (pipeline/expire.py), in one place, so that two receipts never begin it twice.
    """
    message, standing = match.found.message, match.found.standing
    if receipt.state is State.DELIVERED:
        if hybrid.type is not MessageType.CRITICAL or receipt.word in INTERACTIONS:
            return None
        return Transition(
            message_id=message.id,
            only_from=_SENT,
            to=State.SENT,
            at_ms=receipt.received_ms,
            part=_told(receipt, match, final=False, word=REACHED),
            owes=intermediate_news(message, standing, receipt),
        )
    if receipt.state is None or not hybrid.channels:
        return None
    return Transition(
        message_id=message.id,
        only_from=_SENT,
        to=State.SENT,
        at_ms=receipt.received_ms,
        due_ms=receipt.received_ms,
        part=_told(receipt, match, final=True, word=receipt.word),
    )


def _told(receipt: Receipt, match: PartMatch, *, final: bool, word: str) -> PartReceipt:
    return PartReceipt(
        number=match.part.number,
        final=final,
        word=word,
        error=receipt.error,
        receipt=receipt.raw,
        done_ms=receipt.received_ms,
    )
