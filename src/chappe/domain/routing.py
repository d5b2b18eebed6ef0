"""Routes: ordered rules with conditions and targets, their matching, and the explanation of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, time
from functools import lru_cache
from typing import Any, Final

import msgspec
import re2

from chappe.domain.account import NAME
from chappe.domain.link import Health
from chappe.domain.report import Way

_PATTERN_CACHE: Final = 4096
_BETWEEN: Final = re.compile(r"[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}")


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What a message must be for a rule to apply; every part that is given must hold.

    Patterns are RE2 expressions (linear time), matched at the start of the value as Jasmin does. `between` is
    a time of day `HH:MM-HH:MM` (may span midnight) and `days` are ISO week days 1 to 7, both in UTC.
    """

    accounts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    sender: str = ""
    destination_prefixes: tuple[str, ...] = ()
    destination: str = ""
    networks: tuple[str, ...] = ()
    text: str = ""
    tags: tuple[str, ...] = ()
    connectors: tuple[str, ...] = ()
    between: str = ""
    days: tuple[int, ...] = ()


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A connector that a rule may choose: lower `priority` first, within one priority by `weight`."""

    connector: str
    priority: int = 0
    weight: int = 1


class MoTarget(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Where an MO goes: an account's webhook (a URL) or a bound SMPP client (a system_id)."""

    account: str
    way: Way = Way.SMPP
    target: str = ""
    dialect: str = "smpp"
    method: str = "POST"


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One rule of the MT table or, with `deliver` in place of `targets`, of the MO table.

    Highest `order` first; `price` is micro-units a part. With `wait_when_down` a message is taken although no
    target is up and waits for its first; without it the message is refused.
    """

    name: str
    order: int = 0
    condition: Condition = Condition()
    targets: tuple[Target, ...] = ()
    deliver: MoTarget | None = None
    price: int = 0
    wait_when_down: bool = True
    enabled: bool = True

    def problem(self) -> str:
        """The first thing wrong with this rule as a sentence, empty if none."""
        if not NAME.fullmatch(self.name):
            return f"route name {self.name!r} is not 1 to 32 letters, digits, dots, dashes or underscores"
        if bool(self.targets) == (self.deliver is not None):
            return "a route has either targets (MT) or a delivery (MO)"
        if self.price < 0 or any(target.weight < 1 for target in self.targets):
            return "a price must not be negative and weights are at least 1"
        if self.deliver is not None and (self.deliver.way is Way.NONE or not self.deliver.target):
            return "a delivery needs a way and a target: a webhook's URL or the system_id of an SMPP client"
        return _condition_problem(self.condition)


def _condition_problem(condition: Condition) -> str:
    for name, pattern in (
        ("sender", condition.sender),
        ("destination", condition.destination),
        ("text", condition.text),
    ):
        if pattern:
            try:
                compile_pattern(pattern)
            except ValueError as error:
                return f"pattern of {name}: {error}"
    for prefix in condition.destination_prefixes:
        if not (prefix.isascii() and prefix.isdigit()):
            return f"destination prefix {prefix!r} is not digits"
    if condition.between:
        try:
            parse_between(condition.between)
        except ValueError:
            return f"between {condition.between!r} is not HH:MM-HH:MM"
    if any(not 1 <= day <= 7 for day in condition.days):
        return "days are 1 (Monday) to 7 (Sunday)"
    return ""


@lru_cache(maxsize=_PATTERN_CACHE)
def compile_pattern(pattern: str) -> Any:
    """The pattern, ready to match; RE2 takes linear time on any input. Raises ValueError with its reason."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "does not parse"
        raise ValueError(reason.decode() if isinstance(reason, bytes) else str(reason)) from error


@lru_cache(maxsize=_PATTERN_CACHE)
def parse_between(text: str) -> tuple[time, time]:
    """Two times of day from `HH:MM-HH:MM`; raises ValueError for anything else."""
    if not _BETWEEN.fullmatch(text):
        raise ValueError(text)
    start, _, end = text.partition("-")
    return time.fromisoformat(start), time.fromisoformat(end)


class Subject(msgspec.Struct, frozen=True, gc=False):
    """What rules look at in a message."""

    account: str = ""
    group: str = ""
    source: str = ""
    destination: str = ""
    network: str = ""
    text: str = ""
    tags: tuple[str, ...] = ()
    connector: str = ""


Check = Callable[[Subject, datetime], str]
"""Says why a subject misses one part of a condition; empty for a match."""


def _one_of(label: str, wanted: Sequence[str], value: Callable[[Subject], str]) -> Check:
    allowed = frozenset(wanted)
    listed = ", ".join(wanted)

    def check(subject: Subject, _now: datetime) -> str:
        found = value(subject)
        return "" if found in allowed else f"{label} {found or 'none'} is not {listed}"

    return check


def _pattern(label: str, pattern: str, value: Callable[[Subject], str], *, shown: bool = True) -> Check:
    compiled = compile_pattern(pattern)

    def check(subject: Subject, _now: datetime) -> str:
        found = value(subject)
        if compiled.match(found):
            return ""
        return f"{label} {found!r} does not match {pattern}" if shown else f"{label} does not match {pattern}"

    return check


def _prefix(prefixes: Sequence[str]) -> Check:
    wanted = tuple(prefixes)

    def check(subject: Subject, _now: datetime) -> str:
        if subject.destination.startswith(wanted):
            return ""
        return f"destination {subject.destination} does not begin with {', '.join(wanted)}"

    return check


def _tags(wanted: Sequence[str]) -> Check:
    needed = frozenset(wanted)

    def check(subject: Subject, _now: datetime) -> str:
        missing = needed.difference(subject.tags)
        return f"tag {', '.join(sorted(missing))} is missing" if missing else ""

    return check


def _between(text: str) -> Check:
    start, end = parse_between(text)

    def check(_subject: Subject, now: datetime) -> str:
        # By the minute, so that the last one named is inside to its end.
        at = now.time().replace(second=0, microsecond=0)
        inside = start <= at <= end if start <= end else at >= start or at <= end
        return "" if inside else f"{at:%H:%M} UTC is not within {text}"

    return check


def _days(days: Sequence[int]) -> Check:
    wanted = frozenset(days)

    def check(_subject: Subject, now: datetime) -> str:
        day = now.isoweekday()
        return "" if day in wanted else f"day {day} is not {', '.join(map(str, sorted(wanted)))}"

    return check


def _checks(condition: Condition) -> tuple[Check, ...]:
    made: list[Check] = []
    if condition.accounts:
        made.append(_one_of("account", condition.accounts, lambda s: s.account))
    if condition.groups:
        made.append(_one_of("group", condition.groups, lambda s: s.group))
    if condition.connectors:
        made.append(_one_of("connector", condition.connectors, lambda s: s.connector))
    if condition.networks:
        made.append(_one_of("network", condition.networks, lambda s: s.network))
    if condition.destination_prefixes:
        made.append(_prefix(condition.destination_prefixes))
    if condition.sender:
        made.append(_pattern("sender", condition.sender, lambda s: s.source))
    if condition.destination:
        made.append(_pattern("destination", condition.destination, lambda s: s.destination))
    if condition.tags:
        made.append(_tags(condition.tags))
    if condition.between:
        made.append(_between(condition.between))
    if condition.days:
        made.append(_days(condition.days))
    if condition.text:
        # The text itself stays out of explanations: they may be logged.
        made.append(_pattern("text", condition.text, lambda s: s.text, shown=False))
    return tuple(made)


class RouteTable:
    """Rules compiled for look-up: of thousands, only those whose prefix fits a destination are looked at."""

    __slots__ = ("_anywhere", "_by_prefix", "_checks", "_longest", "needs_text", "routes")

    def __init__(self, routes: Iterable[Route]) -> None:
        ranked = sorted((route for route in routes if route.enabled), key=lambda r: (-r.order, r.name))
        self.routes = tuple(ranked)
        self._checks = tuple(_checks(route.condition) for route in ranked)
        by_prefix: dict[str, list[int]] = {}
        anywhere: list[int] = []
        for position, route in enumerate(ranked):
            for prefix in route.condition.destination_prefixes:
                by_prefix.setdefault(prefix, []).append(position)
            if not route.condition.destination_prefixes:
                anywhere.append(position)
        self._by_prefix = {prefix: tuple(positions) for prefix, positions in by_prefix.items()}
        self._anywhere = tuple(anywhere)
        self._longest = max(map(len, by_prefix), default=0)
        self.needs_text = any(route.condition.text for route in ranked)

    def _positions(self, destination: str) -> Iterable[int]:
        if not self._by_prefix:
            return self._anywhere
        hits = [
            positions
            for length in range(1, min(self._longest, len(destination)) + 1)
            if (positions := self._by_prefix.get(destination[:length])) is not None
        ]
        if not hits:
            return self._anywhere
        return sorted({position for positions in hits for position in positions}.union(self._anywhere))

    def find(self, subject: Subject, now: datetime) -> Route | None:
        """The first rule, by order, that this subject matches; None where none does."""
        for position in self._positions(subject.destination):
            if not any(check(subject, now) for check in self._checks[position]):
                return self.routes[position]
        return None

    def explain(self, subject: Subject, now: datetime) -> list[tuple[Route, str]]:
        """Every rule in order with the reasons for which it misses, empty for a match."""
        return [
            (route, "; ".join(filter(None, (check(subject, now) for check in checks))))
            for route, checks in zip(self.routes, self._checks, strict=True)
        ]


def choose_target(
    route: Route,
    health: Callable[[str], Health],
    chance: float,
    avoid: str = "",
) -> Target | None:
    """The target for a message: the first priority that has a usable one, by weight within it.

    `chance` is uniform in [0, 1). Usable means up or slowed; `avoid` is passed over while another is usable.
    Where none is usable: None, or the first target if the route lets messages wait, one that is not switched off
    before one that is.
    """
    targets = route.targets
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
    best = min(target.priority for target in usable)
    usable = [target for target in usable if target.priority == best]
    point = chance * sum(target.weight for target in usable)
    for target in usable:
        point -= target.weight
        if point < 0:
            return target
    return usable[-1]
