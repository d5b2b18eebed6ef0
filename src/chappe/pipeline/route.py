"""Which way a message goes: the rules asked, and a usable target chosen among theirs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from chappe.domain.account import Account
from chappe.domain.conditions import Subject
from chappe.domain.link import Health
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.routing import Route, choose_target
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
        network=directory.prefixes.network_of(asked.destination.value),
        text=text,
        tags=asked.tags,
        tlvs=asked.tlvs,
    )


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


def other_way(directory: Directory, route: str, avoid: str, health: HealthOf, chance: float) -> str | None:
    """Another usable connector of the rule that a message was routed by; None where there is none."""
    rule = directory.routes.get(route)
    if rule is None or len(rule.targets) < 2:
        return None
    target = choose_target(rule, health, chance, avoid)
    if target is None or target.connector == avoid or health(target.connector) < Health.SLOWED:
        return None
    return target.connector
