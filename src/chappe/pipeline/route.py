"""Which way a message goes: the rules asked, and a usable target chosen among theirs, on a channel that it may take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from chappe.domain.account import Account
from chappe.domain.channel import CHANNELS, takes_rich
from chappe.domain.conditions import Subject
from chappe.domain.extras import Extras
from chappe.domain.link import Health
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.routing import Route, Target, choose_target
from chappe.domain.submission import Submission
from chappe.pipeline.directory import Directory
from chappe.pipeline.validate import Content, readable_text
from chappe.ports.clock import Chance

HealthOf = Callable[[str], Health]
"""How usable a connector is now, by its name."""


class Way(msgspec.Struct, frozen=True, gc=False):
    """The rule that decided and the connector it chose."""

    route: Route
    connector: str


def subject_of(
    directory: Directory, account: Account, source: str, asked: Submission, content: Content
) -> Subject:
    """What the rules look at; the text is made readable only if a rule wants it."""
    text = ""
    if directory.mt.needs_text:
        text = readable_text(content.text, content.octets, content.charset, udhi=asked.udhi)
    return Subject(
        account=account.name,
        group=account.group,
        source=source,
        destination=asked.destination.value,
        network=_network(directory, account, asked),
        text=text,
        tags=asked.tags,
        tlvs=asked.tlvs,
    )


def _network(directory: Directory, account: Account, asked: Submission) -> str:
    """MCC and MNC: the client's own word where its account lets that count, else by the number's prefix."""
    if account.network_from_client and asked.extras is not None and asked.extras.network:
        return asked.extras.network
    return directory.prefixes.network_of(asked.destination.value)


def way_for(
    directory: Directory, subject: Subject, now: datetime, health: HealthOf, chance: Chance
) -> Way | Refusal:
    """The first matching rule and its target; a refusal where no rule matches or none of its targets serves."""
    route = directory.mt.find(subject, now)
    if route is None:
        return Refusal(Reason.NO_ROUTE, subject.destination, "no route matches")
    target = choose_target(route, health, chance())
    if target is None:
        return Refusal(Reason.NO_CONNECTOR, route.name, f"no connector of route {route.name} is up")
    return Way(route, target.connector)


def way_by_channel(
    directory: Directory,
    subject: Subject,
    now: datetime,
    health: HealthOf,
    chance: Chance,
    *,
    channels: Sequence[str],
) -> Way | Refusal:
    """The first matching rule that leads to one of these channels by a connector that is up, and that connector.

    Where none is up, the first rule that lets messages wait. Nothing else ever carries the message.
    """
    waiting: Way | None = None
    down = ""
    for route in directory.mt.all_of(subject, now):
        among = on_channels(directory, route, channels)
        target = choose_target(route, health, chance(), among=among) if among else None
        if target is not None and health(target.connector) >= Health.SLOWED:
            return Way(route, target.connector)
        if target is not None:
            waiting = waiting or Way(route, target.connector)
        elif among:
            down = down or route.name
    if waiting is not None:
        return waiting
    if down:
        return Refusal(
            Reason.NO_CONNECTOR, down, f"no connector of route {down} for {_either(channels)} is up"
        )
    return Refusal(Reason.NO_CHANNEL, subject.destination, f"no route leads to {_either(channels)}")


def _either(channels: Sequence[str]) -> str:
    return " or ".join(channels)


def on_channels(directory: Directory, route: Route, channels: Sequence[str]) -> tuple[Target, ...]:
    """Those of a rule's targets that lead to one of these channels."""
    connectors = directory.connectors
    return tuple(
        target
        for target in route.targets
        if (record := connectors.get(target.connector)) is not None and record.channel in channels
    )


def allowed_channels(extras: Extras, content: Content) -> tuple[str, ...] | Refusal:
    """The channels that may carry a message, empty for any.

    One without a body says something only where its conversation is shown.
    """
    allowed = extras.channels
    if content.text or content.octets or extras.rich is None or not extras.rich.conversation:
        return allowed
    shown = tuple(channel for channel in (allowed or sorted(CHANNELS)) if takes_rich(channel))
    if not shown:
        return Refusal(
            Reason.BAD_TEXT, "text", f"there is no body, and {_either(allowed)} shows nothing beside it"
        )
    return shown


def other_way(
    directory: Directory,
    route: str,
    avoid: str,
    health: HealthOf,
    chance: float,
    *,
    channels: Sequence[str] = (),
) -> str | None:
    """Another usable connector of the rule that a message was routed by, on one of its channels; None if there is none."""
    rule = directory.routes.get(route)
    if rule is None or len(rule.targets) < 2:
        return None
    among = on_channels(directory, rule, channels) if channels else rule.targets
    target = choose_target(rule, health, chance, avoid, among) if among else None
    if target is None or target.connector == avoid or health(target.connector) < Health.SLOWED:
        return None
    return target.connector
