"""Why a message would go where it would go: every rule with match or miss, and why."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from chappe.domain.account import Account
from chappe.domain.refusal import Refusal
from chappe.domain.submission import Submission
from chappe.pipeline.directory import Directory
from chappe.pipeline.route import HealthOf, subject_of, way_for
from chappe.pipeline.validate import content_of, source_of


class RuleTold(msgspec.Struct, frozen=True, gc=False):
    """One rule: whether it is the one taken, whether it matches, and why not."""

    route: str
    order: int
    matches: bool
    taken: bool
    why: str


class Explanation(msgspec.Struct, frozen=True, gc=False):
    """The network that the number belongs to, every rule in order, the connector chosen or the refusal."""

    network: str
    rules: tuple[RuleTold, ...]
    connector: str
    refusal: str


def explain(
    directory: Directory, account: Account, asked: Submission, *, now_ms: int, health: HealthOf, chance: float
) -> Explanation | Refusal:
    """What routing would do with a submission now."""
    content = content_of(account, asked)
    if isinstance(content, Refusal):
        return content
    source = source_of(account, asked)
    if isinstance(source, Refusal):
        return source
    subject = subject_of(directory, account, source.value, asked, content)
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    way = way_for(directory, subject, now, health, lambda: chance)
    told = []
    open_ = True
    for route, miss in directory.mt.explain(subject, now):
        matches = not miss
        told.append(RuleTold(route.name, route.order, matches, matches and open_, miss))
        open_ = open_ and not matches
    return Explanation(
        network=subject.network,
        rules=tuple(told),
        connector="" if isinstance(way, Refusal) else way.connector,
        refusal=way.text if isinstance(way, Refusal) else "",
    )
