"""What rules look at in a message, what they may ask of it, and how thousands of them are looked up. Pure.
What follows from a match stands in routing.py and interception.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Final, Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import re2

_PATTERN_CACHE: Final = 4096
_BETWEEN: Final = re.compile(
    "[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}|[0-9]{2}:[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}:[0-9]{2}"
)
_DATES: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}/[0-9]{4}-[0-9]{2}-[0-9]{2}")


class TlvMatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A TLV that must be there; with `values` its text must be one of them, with `hex` its octets one of those.

    The text of a TLV is its octets as Latin-1 without the NUL that ends a C-octet string (SMPP 3.4 §3.1).
    """

    tag: int
    values: tuple[str, ...] = ()
    hex: tuple[str, ...] = ()

    def problem(self) -> str:
        """The first thing wrong with it as a sentence, empty if none."""
        if not 1 <= self.tag <= 0xFFFF:
            return f"a TLV's tag is 1 to 65535, not {self.tag}"
        if self.values and self.hex:
            return f"TLV {self.tag:#06x} is matched by its text or by its octets, not by both"
        for each in self.hex:
            try:
                bytes.fromhex(each)
            except ValueError:
                return f"TLV {self.tag:#06x}: {each!r} is not hexadecimal"
        return ""


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What a message must be for a rule to apply; every part that is given must hold.

    Patterns are RE2 expressions (linear time), matched at the start of the value as Jasmin does. `between` is
    a time of day `HH:MM-HH:MM` (seconds may be given; may span midnight), `dates` the first and last day
    `YYYY-MM-DD/YYYY-MM-DD`, `days` are ISO week days 1 to 7; all in `zone` (an IANA name), UTC where there is none.
    """

    accounts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    sender: str = ""
    destination_prefixes: tuple[str, ...] = ()
    destination: str = ""
    networks: tuple[str, ...] = ()
    text: str = ""
    tags: tuple[str, ...] = ()
    tlvs: tuple[TlvMatch, ...] = ()
    connectors: tuple[str, ...] = ()
    between: str = ""
    dates: str = ""
    days: tuple[int, ...] = ()
    zone: str = ""

    def problem(self) -> str:
        """The first thing wrong with it as a sentence, empty if none."""
        for name, pattern in (
            ("sender", self.sender),
            ("destination", self.destination),
            ("text", self.text),
        ):
            if pattern:
                try:
                    compile_pattern(pattern)
                except ValueError as error:
                    return f"pattern of {name}: {error}"
        for prefix in self.destination_prefixes:
            if not (prefix.isascii() and prefix.isdigit()):
                return f"destination prefix {prefix!r} is not digits"
        if any(not 1 <= day <= 7 for day in self.days):
            return "days are 1 (Monday) to 7 (Sunday)"
        return self._time_problem() or next(filter(None, (tlv.problem() for tlv in self.tlvs)), "")

    def _time_problem(self) -> str:
        for text, parse, form in (
            (self.between, parse_between, "between {!r} is not HH:MM-HH:MM"),
            (self.dates, parse_dates, "dates {!r} is not YYYY-MM-DD/YYYY-MM-DD"),
            (self.zone, zone_of, "zone {!r} is no time zone that this machine knows, such as Europe/Paris"),
        ):
            if text:
                try:
                    parse(text)
                except ValueError:
                    return form.format(text)
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
    """Two times of day from `HH:MM-HH:MM` or `HH:MM:SS-HH:MM:SS`; raises ValueError for anything else.

    A minute that is named as the end lasts to its end.
    """
    if not _BETWEEN.fullmatch(text):
        raise ValueError(text)
    start, _, end = text.partition("-")
    last = time.fromisoformat(end)
    whole = last if end.count(":") == 2 else last.replace(second=59)
    return time.fromisoformat(start), whole


@lru_cache(maxsize=_PATTERN_CACHE)
def parse_dates(text: str) -> tuple[date, date]:
    """The first and the last day from `YYYY-MM-DD/YYYY-MM-DD`; raises ValueError for anything else."""
    if not _DATES.fullmatch(text):
        raise ValueError(text)
    first, _, last = text.partition("/")
    return date.fromisoformat(first), date.fromisoformat(last)


@lru_cache(maxsize=_PATTERN_CACHE)
def zone_of(name: str) -> ZoneInfo:
    """The time zone of this IANA name; raises ValueError for one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(name) from error


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
    tlvs: tuple[tuple[int, bytes], ...] = ()


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


def _tlv(wanted: TlvMatch) -> Check:
    octets = frozenset(bytes.fromhex(each) for each in wanted.hex)
    texts = frozenset(wanted.values)
    tag = wanted.tag

    def check(subject: Subject, _now: datetime) -> str:
        for found, value in subject.tlvs:
            if found == tag and (
                value in octets
                or value.removesuffix(b"\0").decode("latin-1") in texts
                or not (octets or texts)
            ):
                return ""
        return f"TLV {tag:#06x} is not there" + (" with that value" if octets or texts else "")

    return check


def _between(text: str, zone: str) -> Check:
    start, end = parse_between(text)

    def check(_subject: Subject, now: datetime) -> str:
        at = _local(now, zone).time().replace(microsecond=0)
        inside = start <= at <= end if start <= end else at >= start or at <= end
        return "" if inside else f"{at:%H:%M} {zone or 'UTC'} is not within {text}"

    return check


def _dates(text: str, zone: str) -> Check:
    first, last = parse_dates(text)

    def check(_subject: Subject, now: datetime) -> str:
        today = _local(now, zone).date()
        return "" if first <= today <= last else f"{today} {zone or 'UTC'} is not within {text}"

    return check


def _days(days: Sequence[int], zone: str) -> Check:
    wanted = frozenset(days)

    def check(_subject: Subject, now: datetime) -> str:
        day = _local(now, zone).isoweekday()
        return "" if day in wanted else f"day {day} is not {', '.join(map(str, sorted(wanted)))}"

    return check


def _local(now: datetime, zone: str) -> datetime:
    return now.astimezone(zone_of(zone)) if zone else now


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
    made += [_tlv(each) for each in condition.tlvs]
    if condition.between:
        made.append(_between(condition.between, condition.zone))
    if condition.dates:
        made.append(_dates(condition.dates, condition.zone))
    if condition.days:
        made.append(_days(condition.days, condition.zone))
    if condition.text:
        # The text itself stays out of explanations: they may be logged.
        made.append(_pattern("text", condition.text, lambda s: s.text, shown=False))
    return tuple(made)


class Rule(Protocol):
    """What has a name, an order, a condition and a switch."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def order(self) -> int:
        """Highest first."""
        ...

    @property
    def condition(self) -> Condition:
        """What a message must be."""
        ...

    @property
    def enabled(self) -> bool:
        """Whether it is asked at all."""
        ...


R = TypeVar("R", bound=Rule)


class RuleTable(Generic[R]):
    """Rules compiled for look-up: of thousands, only those whose prefix fits a destination are looked at."""

    __slots__ = ("_anywhere", "_by_prefix", "_checks", "_longest", "needs_text", "rules")

    def __init__(self, rules: Iterable[R]) -> None:
        ranked = sorted((rule for rule in rules if rule.enabled), key=lambda r: (-r.order, r.name))
        self.rules = tuple(ranked)
        self._checks = tuple(_checks(rule.condition) for rule in ranked)
        by_prefix: dict[str, list[int]] = {}
        anywhere: list[int] = []
        for position, rule in enumerate(ranked):
            for prefix in rule.condition.destination_prefixes:
                by_prefix.setdefault(prefix, []).append(position)
            if not rule.condition.destination_prefixes:
                anywhere.append(position)
        self._by_prefix = {prefix: tuple(positions) for prefix, positions in by_prefix.items()}
        self._anywhere = tuple(anywhere)
        self._longest = max(map(len, by_prefix), default=0)
        self.needs_text = any(rule.condition.text for rule in ranked)

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

    def matches(self, rule_number: int, subject: Subject, now: datetime) -> bool:
        """Whether a subject matches the rule at this place of `rules`."""
        return not any(check(subject, now) for check in self._checks[rule_number])

    def all_of(self, subject: Subject, now: datetime) -> Iterator[R]:
        """The rules, by order, that a subject matches."""
        return (
            self.rules[position]
            for position in self._positions(subject.destination)
            if self.matches(position, subject, now)
        )

    def find(self, subject: Subject, now: datetime) -> R | None:
        """The first rule, by order, that this subject matches; None where none does."""
        for position in self._positions(subject.destination):
            if not any(check(subject, now) for check in self._checks[position]):
                return self.rules[position]
        return None

    def explain(self, subject: Subject, now: datetime) -> list[tuple[R, str]]:
        """Every rule in order with the reasons for which it misses, empty for a match."""
        return [
            (rule, "; ".join(filter(None, (check(subject, now) for check in checks))))
            for rule, checks in zip(self.rules, self._checks, strict=True)
        ]
