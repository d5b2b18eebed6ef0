"""Jasmin's words for routes and filters, and what each is among our records. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec

from chappe.domain.account import NAME
from chappe.domain.conditions import Condition, compile_pattern
from chappe.domain.interception import Direction, Interceptor, OnFailure, Script
from chappe.domain.report import Way
from chappe.domain.routing import MoTarget, Route, Target
from chappe.management.records import BadRecord

ROUTES: Final = (
    "DefaultRoute",
    "StaticMTRoute",
    "RandomRoundrobinMTRoute",
    "FailoverMTRoute",
    "StaticMORoute",
    "RandomRoundrobinMORoute",
    "FailoverMORoute",
)
"""Every kind of route that Jasmin has."""

_SEVERAL: Final = frozenset(
    {"RandomRoundrobinMTRoute", "FailoverMTRoute", "RandomRoundrobinMORoute", "FailoverMORoute"}
)
_RANKED: Final = frozenset({"FailoverMTRoute", "FailoverMORoute"})

FILTERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "TransparentFilter": "",
        "ConnectorFilter": "connectors",
        "UserFilter": "accounts",
        "GroupFilter": "groups",
        "SourceAddrFilter": "sender",
        "DestinationAddrFilter": "destination",
        "ShortMessageFilter": "text",
        "DateIntervalFilter": "dates",
        "TimeIntervalFilter": "between",
        "TagFilter": "tags",
        "EvalPyFilter": "script",
    }
)
"""Every kind of filter that Jasmin has, and the part of our condition that says it."""

_LISTS: Final = frozenset({"connectors", "accounts", "groups", "tags"})
_PATTERNS: Final = frozenset({"sender", "destination", "text"})
_ONLY: Final[Mapping[str, frozenset[Direction]]] = MappingProxyType(
    {
        "ConnectorFilter": frozenset({Direction.MO}),
        "UserFilter": frozenset({Direction.MT}),
        "GroupFilter": frozenset({Direction.MT}),
    }
)
_PLUS: Final = re.compile(r"^(\^?)(\\\+|\[\+\])([?*]|\{0,1\})?")
_PREFIX: Final = re.compile(r"^\^([0-9]+)(?:\\d[+*]?|\[0-9\][+*]?|\.[+*]|\$)*$")


class JasminFilter(msgspec.Struct, frozen=True):
    """One filter: its kind by Jasmin's name, and its only parameter as its console takes it.

    That of an EvalPyFilter is the script itself.
    """

    kind: str
    value: str = ""


class Worded(msgspec.Struct, frozen=True):
    """What filters say: a condition, the scripts beside it, and what is to be known about them."""

    condition: Condition
    scripts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def worded(filters: Sequence[JasminFilter], direction: Direction, zone: str = "") -> Worded:
    """The condition that these filters mean together; raises BadRecord for what cannot be said.

    Intervals of time are in `zone`; Jasmin has them in the time zone of its server.
    """
    fields: dict[str, Any] = {}
    scripts: list[str] = []
    notes: list[str] = []
    for one in filters:
        name = FILTERS.get(one.kind)
        if name is None:
            raise BadRecord(f"there is no filter {one.kind}, only {', '.join(FILTERS)}")
        if direction not in _ONLY.get(one.kind, frozenset(Direction)):
            raise BadRecord(f"a {one.kind} cannot stand before {direction.value.upper()} messages")
        if not name:
            continue
        if not one.value:
            raise BadRecord(f"a {one.kind} needs a value, {one.kind}=...")
        if name == "script":
            scripts.append(one.value)
        elif name in _LISTS:
            _add_to_list(fields, name, one)
        elif name in fields:
            raise BadRecord(f"two filters of the kind {one.kind} cannot stand beside each other")
        else:
            fields[name] = _value(name, one, notes)
    if zone and fields.keys() & {"dates", "between"}:
        fields["zone"] = zone
    condition: Condition = msgspec.convert(fields, Condition)
    if wrong := condition.problem():
        raise BadRecord(wrong)
    return Worded(condition, tuple(scripts), tuple(notes))


def _add_to_list(fields: dict[str, Any], name: str, one: JasminFilter) -> None:
    known = fields.setdefault(name, [])
    # A message has many tags, but one sender's account, group and connector.
    if known and name != "tags" and one.value not in known:
        raise BadRecord(f"no message passes two filters {one.kind} of different values")
    if one.value not in known:
        known.append(one.value)


def _value(name: str, one: JasminFilter, notes: list[str]) -> str:
    if name == "dates":
        return "/".join(_borders(one))
    if name == "between":
        return "-".join(_borders(one))
    pattern = one.value
    if name in ("sender", "destination") and pattern != without_plus(pattern):
        pattern = without_plus(pattern)
        notes.append(f"pattern {one.value} is {pattern}: numbers are kept without their plus")
    try:
        compile_pattern(pattern)
    except ValueError as error:
        raise BadRecord(f"pattern {one.value!r} of {one.kind} is none of RE2's: {error}") from error
    return pattern


def _borders(one: JasminFilter) -> list[str]:
    borders = [border.strip() for border in re.split("[;,]", one.value)]
    if len(borders) != 2:
        raise BadRecord(f"a {one.kind} is two values with a semicolon between them")
    return borders


def without_plus(pattern: str) -> str:
    """A pattern of numbers without the plus that it begins with: numbers have none here, whoever wrote them."""
    return _PLUS.sub(r"\1", pattern)


def prefix_of(pattern: str) -> str:
    """The digits with which every number begins that this pattern matches, empty where that is not plain."""
    found = _PREFIX.match(pattern)
    return found[1] if found is not None else ""


# ---------------------------------------------------------------- routes


def targets_of(kind: str, connectors: Sequence[str]) -> tuple[Target, ...]:
    """The targets of an MT route of this kind; raises BadRecord for too many or too few."""
    _check_number(kind, len(connectors))
    return tuple(
        Target(connector=connector, priority=place if kind in _RANKED else 0)
        for place, connector in enumerate(connectors)
    )


def deliveries_of(kind: str, targets: Sequence[MoTarget]) -> tuple[MoTarget, ...]:
    """The deliveries of an MO route of this kind; raises BadRecord for too many or too few."""
    _check_number(kind, len(targets))
    return tuple(
        msgspec.structs.replace(target, priority=place if kind in _RANKED else 0)
        for place, target in enumerate(targets)
    )


def _check_number(kind: str, number: int) -> None:
    if kind not in ROUTES:
        raise BadRecord(f"there is no route {kind}, only {', '.join(ROUTES)}")
    if kind in _SEVERAL and number < 2:
        raise BadRecord(f"a {kind} needs two targets at least")
    if kind not in _SEVERAL and number != 1:
        raise BadRecord(f"a {kind} has one target")


def make_route(
    name: str,
    kind: str,
    targets: Sequence[str | MoTarget],
    filters: Sequence[JasminFilter],
    *,
    order: int = 0,
    price: int = 0,
    zone: str = "",
) -> tuple[Route, tuple[Interceptor, ...], tuple[str, ...]]:
    """A route in Jasmin's words: the route, the interceptors that run its scripts, and what is to be known.

    Raises BadRecord for what cannot be said.
    """
    mo = [target for target in targets if isinstance(target, MoTarget)]
    mt = [target for target in targets if isinstance(target, str)]
    if bool(mo) == bool(mt):
        raise BadRecord("a route goes to connectors (MT) or to webhooks and SMPP clients (MO)")
    direction = Direction.MO if mo else Direction.MT
    if f"{direction.value.upper()}Route" not in kind and kind != "DefaultRoute":
        raise BadRecord(f"a {kind} does not go to {', '.join(map(_shown, targets))}")
    if kind == "DefaultRoute" and (order or filters):
        raise BadRecord("a DefaultRoute has order 0 and no filters")
    found = worded(filters, direction, zone)
    condition = found.condition
    scripts = tuple(
        _script(f"{name}-eval{number}", code, condition, direction, order)
        for number, code in enumerate(found.scripts, 1)
    )
    if scripts:
        tags = (*condition.tags, *(script.name for script in scripts))
        condition = msgspec.structs.replace(condition, tags=tags)
    deliveries = deliveries_of(kind, mo) if mo else ()
    route = Route(
        name=name,
        order=order,
        condition=condition,
        targets=targets_of(kind, mt) if mt else (),
        deliver=deliveries[0] if deliveries else None,
        deliver_also=deliveries[1:],
        price=price,
        wait_when_down=kind != "FailoverMTRoute",
    )
    return route, scripts, found.notes


def _script(name: str, code: str, condition: Condition, direction: Direction, order: int) -> Interceptor:
    """What an EvalPyFilter is here: a script that tags what it lets through."""
    if not NAME.fullmatch(name):
        raise BadRecord(f"{name!r} is too long for a name; call the route something shorter")
    return Interceptor(
        name=name,
        direction=direction,
        order=order,
        condition=condition,
        script=Script(code=code, on_failure=OnFailure.PASS, result_tag=name),
    )


def _shown(target: str | MoTarget) -> str:
    if isinstance(target, str):
        return target
    return f"{'http' if target.way is Way.WEBHOOK else 'smpps'}({target.target})"
