"""Routes: ordered rules and where their messages go: connectors for MT, webhooks and SMPP clients for MO. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import msgspec

from chappe.domain.account import NAME
from chappe.domain.conditions import (
    Condition,
    RuleTable,
    Subject,
    compile_pattern,
    parse_between,
)
from chappe.domain.link import Health
from chappe.domain.report import Way

__all__ = [
    "Condition",
    "MoTarget",
    "Route",
    "RouteTable",
    "Subject",
    "Target",
    "choose_target",
    "compile_pattern",
    "mo_targets",
    "parse_between",
]


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A connector that a rule may choose: lower `priority` first, within one priority by `weight`."""

    connector: str
    priority: int = 0
    weight: int = 1


class MoTarget(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Where an MO goes: an account's webhook (a URL) or a bound SMPP client (a system_id).

    Among several: lower `priority` first, within one priority by `weight`.
    """

    account: str
    way: Way = Way.SMPP
    target: str = ""
    dialect: str = "smpp"
    method: str = "POST"
    priority: int = 0
    weight: int = 1


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One rule of the MT table or, with `deliver` in place of `targets`, of the MO table.

    Highest `order` first; `price` is micro-units a part. With `wait_when_down` a message is taken although no
    target is up and waits for its first; without it the message is refused. `deliver_also` are further targets of
    an MO: it goes to one of them all, to the next where that one does not take it.
    """

    name: str
    order: int = 0
    condition: Condition = Condition()
    targets: tuple[Target, ...] = ()
    deliver: MoTarget | None = None
    deliver_also: tuple[MoTarget, ...] = ()
    price: int = 0
    wait_when_down: bool = True
    enabled: bool = True

    @property
    def deliveries(self) -> tuple[MoTarget, ...]:
        """Where an MO may go; empty for a rule of the MT table."""
        return () if self.deliver is None else (self.deliver, *self.deliver_also)

    def problem(self) -> str:
        """The first thing wrong with this rule as a sentence, empty if none."""
        if not NAME.fullmatch(self.name):
            return f"route name {self.name!r} is not 1 to 32 letters, digits, dots, dashes or underscores"
        if bool(self.targets) == (self.deliver is not None):
            return "a route has either targets (MT) or a delivery (MO)"
        if self.deliver_also and self.deliver is None:
            return "a route has deliver_also beside deliver, not without it"
        weights = [target.weight for target in self.targets] + [target.weight for target in self.deliveries]
        if self.price < 0 or any(weight < 1 for weight in weights):
            return "a price must not be negative and weights are at least 1"
        if any(each.way is Way.NONE or not each.target for each in self.deliveries):
            return "a delivery needs a way and a target: a webhook's URL or the system_id of an SMPP client"
        return self.condition.problem()


class RouteTable(RuleTable[Route]):
    """The routes of one direction, compiled."""

    __slots__ = ()

    @property
    def routes(self) -> tuple[Route, ...]:
        """Those that are enabled, first asked first."""
        return self.rules


class _Choice(Protocol):
    @property
    def priority(self) -> int: ...

    @property
    def weight(self) -> int: ...


C = TypeVar("C", bound=_Choice)


def _by_weight(usable: Sequence[C], chance: float) -> C:
    """One of the first priority among these, by weight."""
    best = min(target.priority for target in usable)
    first = [target for target in usable if target.priority == best]
    point = chance * sum(target.weight for target in first)
    for target in first:
        point -= target.weight
        if point < 0:
            return target
    return first[-1]


def choose_target(
    route: Route,
    health: Callable[[str], Health],
    chance: float,
    avoid: str = "",
    among: tuple[Target, ...] = (),
) -> Target | None:
    """The target for a message: the first priority that has a usable one, by weight within it.

    `among` are those of the rule's targets that come into question, all where none are given. `chance` is uniform
    in [0, 1). Usable means up or slowed; `avoid` is passed over while another is usable.
    Where none is usable: None, or the first target if the route lets messages wait, one that is not switched off
    before one that is.
    """
    targets = among or route.targets
    if len(targets) == 1 and health(targets[0].connector) >= Health.SLOWED:
        return targets[0]
    usable = [target for target in targets if health(target.connector) >= Health.SLOWED]
    others = [target for target in usable if target.connector != avoid]
    usable = others or usable
    if not usable:
        if not route.wait_when_down:
            return None
        waiting = [target for target in targets if health(target.connector) is not Health.OFF]
        return min(waiting or targets, key=lambda target: target.priority)
    return _by_weight(usable, chance)


def mo_targets(route: Route, is_there: Callable[[MoTarget], bool], chance: float) -> tuple[MoTarget, ...]:
    """Where an MO is to go, first choice first; the others are for when that one does not take it.

    The first choice is one of those that are there now (a webhook always is), by priority and then by weight; where
    none is, one chosen likewise among all, which it waits for.
    """
    every = route.deliveries
    if len(every) < 2:
        return every
    there = [target for target in every if is_there(target)]
    first = _by_weight(there or every, chance)
    others = sorted(
        (target for target in every if target is not first),
        key=lambda target: (target not in there, target.priority),
    )
    return (first, *others)
