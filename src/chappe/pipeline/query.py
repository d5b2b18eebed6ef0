"""What a client may ask and do about a message of its own: its state, cancelling it, replacing its text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from chappe.domain.account import Account
from chappe.domain.message import Note, StoredMessage, Transition
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.schedule import resolve_times
from chappe.domain.state import WAITING, State, bits
from chappe.domain.submission import Submission
from chappe.pipeline.news import final_news, lanes_of
from chappe.pipeline.validate import content_of
from chappe.ports.clock import Clock
from chappe.ports.store import Store

_WAITING: Final = bits(WAITING)
_AT_ONCE: Final = 1_000
"""Records of one look-up."""


class Query:
    """Looks messages up for their own account; another's is not found (reliability S15)."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def find(self, account: str, message_id: int) -> StoredMessage | Refusal:
        """The message, if it is this account's."""
        (found,) = await self._store.messages([message_id])
        if found is None or found.message.account != account:
            return Refusal(Reason.NOT_FOUND, text="no such message")
        return found

    async def find_many(self, account: str, ids: Sequence[int]) -> list[StoredMessage | None]:
        """The messages in order, None for one that is not this account's."""
        found: list[StoredMessage | None] = []
        for start in range(0, len(ids), _AT_ONCE):
            found += await self._store.messages(ids[start : start + _AT_ONCE])
        return [one if one is not None and one.message.account == account else None for one in found]

    async def between(self, account: str, ranges: Sequence[tuple[int, int]]) -> list[StoredMessage]:
        """This account's messages in short ranges of ids, both ends included and of one node; in order."""
        return await self._store.messages_between(account, ranges)

    async def cancel(self, account: str, message_id: int) -> set[str] | Refusal:
        """Cancels a message that still waits and gives its charge back; the lanes that got notices."""
        found = await self.find(account, message_id)
        if isinstance(found, Refusal):
            return found
        change = cancellation(found, self._clock.now_ms())
        (changed,) = await self._store.move([change])
        return (
            lanes_of(change)
            if changed
            else Refusal(Reason.TOO_LATE, text="the message is on its way already")
        )

    async def replace(self, account: Account, message_id: int, asked: Submission) -> Refusal | None:
        """Gives a waiting message another text, and other times where they are asked for; SMPP 3.4 §4.10.

        Its parts must not become more than were charged.
        """
        found = await self.find(account.name, message_id)
        if isinstance(found, Refusal):
            return found
        if found.standing.state not in WAITING or _is_begun(found):
            return Refusal(Reason.TOO_LATE, text="the message is on its way already")
        content = content_of(account, asked)
        if isinstance(content, Refusal):
            return content
        if content.parts > found.message.parts:
            return Refusal(
                Reason.TOO_MANY_PARTS, str(content.parts), "the new text needs more parts than were charged"
            )
        now_ms = self._clock.now_ms()
        times = resolve_times(account, asked.due_ms, asked.expires_ms or found.message.expires_ms, now_ms)
        if isinstance(times, Refusal):
            return times
        standing = found.standing
        state, due_ms = standing.state, None
        if asked.due_ms:
            state, due_ms = (State.SCHEDULED, times[0]) if times[0] else (State.QUEUED, 0)
        message = msgspec.structs.replace(
            found.message,
            text=content.text,
            octets=content.octets,
            charset=content.charset,
            data_coding=content.data_coding,
            udhi=content.octets is not None and asked.udhi,
            parts=content.parts,
            due_ms=times[0] if asked.due_ms else found.message.due_ms,
            expires_ms=times[1],
        )
        change = Transition(
            message_id=message_id,
            only_from=bits({standing.state}),
            to=state,
            at_ms=now_ms,
            due_ms=due_ms,
            body=message,
            note=Note("replaced", standing.connector),
        )
        (changed,) = await self._store.move([change])
        return None if changed else Refusal(Reason.TOO_LATE, text="the message is on its way already")


def cancellation(found: StoredMessage, now_ms: int) -> Transition:
    """The end of a message that its client wants no more, if it still waits; its charge goes back."""
    return Transition(
        message_id=found.message.id,
        only_from=_WAITING,
        to=State.CANCELLED,
        at_ms=now_ms,
        error="cancelled",
        refund=not found.standing.possible_duplicate,
        settles=found.message.reserved > 0,
        owes=final_news(found.message, found.standing, State.CANCELLED, now_ms, error="cancelled"),
    )


def _is_begun(found: StoredMessage) -> bool:
    """Whether the network may have the old text, or some parts of it."""
    standing = found.standing
    return bool(standing.possible_duplicate) or (standing.attempts > 0 and found.message.parts > 1)
