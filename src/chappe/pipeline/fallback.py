"""From push to SMS: the change that sends a message the other way when its push came to nothing. Decides, writes nothing."""

from __future__ import annotations

from typing import Final

import msgspec

from chappe.domain.app import Hybrid
from chappe.domain.link import Health
from chappe.domain.message import Message, Note, PartReceipt, StoredMessage, Transition
from chappe.domain.routing import choose_target
from chappe.domain.state import State
from chappe.pipeline.directory import Directory
from chappe.pipeline.route import HealthOf, on_channels
from chappe.ports.clock import Chance

NOT_TRIED: Final = "the push could not be made in its time"
UNTOLD: Final = "nothing was told of the push in its time"
UNREAD: Final = "the push was delivered and nobody was seen to read it in time"
REACHED: Final = "DELIVRD"
"""The word on the part of a push that was delivered and is still to be read."""

PUSH_PART: Final = 0
"""The number under which the push of a message is filed as sent: the parts of an SMS that follows begin at 1."""


def at_push(message: Message) -> Hybrid | None:
    """How far a message is that is in its turn by push; None for every other."""
    extras = message.extras
    if extras is None or extras.hybrid is None or extras.hybrid.over:
        return None
    return extras.hybrid


def is_past_push(message: Message) -> bool:
    """Whether a message has had its turn by push, and what follows has begun."""
    extras = message.extras
    return extras is not None and extras.hybrid is not None and extras.hybrid.over


def attempts_on_this_way(found: StoredMessage) -> int:
    """Attempts made since the message was sent this way: those by push do not count for an SMS."""
    extras = found.message.extras
    if extras is None or extras.hybrid is None:
        return found.standing.attempts
    return found.standing.attempts - extras.hybrid.attempts


class Fallback:
    """Sends messages on by what is to follow their push."""

    def __init__(self, directory: Directory, health: HealthOf, chance: Chance) -> None:
        self._directory = directory
        self._health = health
        self._chance = chance

    @property
    def is_needed(self) -> bool:
        """Whether there are apps at all."""
        return bool(self._directory.apps)

    def instead(
        self,
        found: StoredMessage,
        now_ms: int,
        only_from: int,
        why: str,
        *,
        duplicate: str = "",
        error: str = "",
        command_status: int = 0,
    ) -> Transition | None:
        """The change to the other way; None for a message that has none ahead, or no time left for it.

        `duplicate` says why the subscriber may see the message twice, empty where that cannot be.
        """
        message = found.message
        hybrid = at_push(message)
        if hybrid is None or message.extras is None or not hybrid.channels or 0 < hybrid.expires_ms <= now_ms:
            return None
        connector = self._connector(hybrid)
        if not connector:
            return None
        over = msgspec.structs.replace(hybrid, over=True, attempts=found.standing.attempts)
        extras = msgspec.structs.replace(message.extras, channels=hybrid.channels, hybrid=over)
        return Transition(
            message_id=message.id,
            only_from=only_from,
            to=State.SCHEDULED,
            at_ms=now_ms,
            connector=connector,
            due_ms=now_ms,
            error=error or why,
            command_status=command_status,
            possible_duplicate=duplicate or None,
            # No receipt of the push may count for what follows.
            part=PartReceipt(PUSH_PART, final=True, word="", error="", receipt=why, done_ms=now_ms),
            note=Note(
                "fallback",
                found.standing.connector,
                f"{why}; goes on by {connector}",
                found.standing.attempts,
            ),
            body=msgspec.structs.replace(
                message, route=hybrid.route, expires_ms=hybrid.expires_ms, extras=extras
            ),
        )

    def _connector(self, hybrid: Hybrid) -> str:
        """Where it goes on: a usable target of the rule, else one to wait for; empty where the rule has none any more."""
        rule = self._directory.routes.get(hybrid.route)
        among = on_channels(self._directory, rule, hybrid.channels) if rule is not None else ()
        if rule is None or not among:
            return ""
        target = choose_target(rule, self._health, self._chance(), among=among)
        if target is None:
            # It was accepted: now it waits, whatever the rule says to those that come.
            waiting = [one for one in among if self._health(one.connector) is not Health.OFF]
            target = min(waiting or among, key=lambda one: one.priority)
        return target.connector
