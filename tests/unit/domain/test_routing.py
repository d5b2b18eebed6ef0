"""Routes: the compiled table finds what a naive reading of the rules finds; targets by priority, weight and health."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.link import Health
from chappe.domain.report import Way
from chappe.domain.routing import (
    Condition,
    MoTarget,
    Route,
    RouteTable,
    Subject,
    Target,
    choose_target,
    compile_pattern,
    mo_targets,
    parse_between,
)

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)  # a Saturday
OP = (Target(connector="op"),)
names = st.sampled_from(["", "a", "b"])
few = st.lists(st.sampled_from(["a", "b", "c"]), max_size=2).map(tuple)
prefixes = st.lists(st.text("12", min_size=1, max_size=3), max_size=3).map(tuple)
conditions = st.builds(
    Condition,
    accounts=few,
    groups=few,
    networks=few,
    connectors=few,
    tags=few,
    destination_prefixes=prefixes,
    sender=st.sampled_from(["", "1", "[12]$", ".*2"]),
    destination=st.sampled_from(["", "1+$", "2"]),
    text=st.sampled_from(["", "x", "(?i)X"]),
    between=st.sampled_from(["", "08:00-17:59", "22:00-06:00"]),
    days=st.lists(st.integers(1, 7), max_size=2).map(tuple),
)
subjects = st.builds(
    Subject,
    account=names,
    group=names,
    network=names,
    connector=names,
    source=st.text("12", max_size=3),
    destination=st.text("12", max_size=4),
    text=st.sampled_from(["", "x", "y"]),
    tags=few,
)
moments = st.integers(0, 7 * 24 * 60 - 1).map(
    lambda minutes: datetime(2026, 3, 9, tzinfo=UTC) + timedelta(minutes=minutes)
)


def rules(*conditions_: Condition, orders: list[int] | None = None) -> list[Route]:
    found = orders or list(range(len(conditions_), 0, -1))
    return [
        Route(name=f"r{at:02}", order=order, condition=condition, targets=OP)
        for at, (condition, order) in enumerate(zip(conditions_, found, strict=True))
    ]


def matches(condition: Condition, subject: Subject, now: datetime) -> bool:
    minute = now.hour * 60 + now.minute
    inside = True
    if condition.between:
        start, end = (int(text[:2]) * 60 + int(text[3:]) for text in condition.between.split("-"))
        inside = start <= minute <= end if start <= end else minute >= start or minute <= end
    return (
        (not condition.accounts or subject.account in condition.accounts)
        and (not condition.groups or subject.group in condition.groups)
        and (not condition.networks or subject.network in condition.networks)
        and (not condition.connectors or subject.connector in condition.connectors)
        and set(condition.tags) <= set(subject.tags)
        and (
            not condition.destination_prefixes
            or subject.destination.startswith(condition.destination_prefixes)
        )
        and all(
            not pattern or compile_pattern(pattern).match(value)
            for pattern, value in (
                (condition.sender, subject.source),
                (condition.destination, subject.destination),
                (condition.text, subject.text),
            )
        )
        and inside
        and (not condition.days or now.isoweekday() in condition.days)
    )


@given(st.lists(st.tuples(conditions, st.integers(0, 3)), max_size=12), subjects, moments)
def test_the_table_finds_what_a_naive_reading_finds(
    given_: list[tuple[Condition, int]], subject: Subject, now: datetime
) -> None:
    routes = rules(*(condition for condition, _ in given_), orders=[order for _, order in given_])
    wanted = next(
        (
            route
            for route in sorted(routes, key=lambda r: (-r.order, r.name))
            if matches(route.condition, subject, now)
        ),
        None,
    )
    table = RouteTable(routes)
    assert table.find(subject, now) == wanted
    told = table.explain(subject, now)
    assert [route for route, _ in told] == list(table.routes)
    assert next((route for route, miss in told if not miss), None) == wanted
    assert all((miss == "") == matches(route.condition, subject, now) for route, miss in told)


@given(st.lists(prefixes, max_size=30), st.text("12", max_size=5))
def test_the_prefix_index_hides_no_rule(lists: list[tuple[str, ...]], number: str) -> None:
    routes = rules(*(Condition(destination_prefixes=each) for each in lists))
    found = RouteTable(routes).find(Subject(destination=number), NOON)
    wanted = next(
        (
            r
            for r in routes
            if not r.condition.destination_prefixes or number.startswith(r.condition.destination_prefixes)
        ),
        None,
    )
    assert found == wanted


def test_a_rule_that_is_switched_off_is_no_rule() -> None:
    off = Route(name="off", order=9, targets=OP, enabled=False)
    on = Route(name="on", targets=OP)
    table = RouteTable([off, on])
    assert table.routes == (on,)
    assert table.find(Subject(), NOON) == on


def test_an_empty_table_finds_nothing() -> None:
    assert RouteTable(()).find(Subject(destination="31"), NOON) is None
    assert RouteTable(()).explain(Subject(), NOON) == []


def test_only_a_rule_about_the_text_needs_it() -> None:
    assert not RouteTable(rules(Condition(sender="1"))).needs_text
    assert RouteTable(rules(Condition(), Condition(text="x"))).needs_text


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (Condition(accounts=("a", "b")), "account none is not a, b"),
        (Condition(destination_prefixes=("31", "32")), "destination 44 does not begin with 31, 32"),
        (Condition(sender="9"), "sender '12' does not match 9"),
        (Condition(text="secret"), "text does not match secret"),
        (Condition(tags=("vip", "otp")), "tag otp, vip is missing"),
        (Condition(between="13:00-14:00"), "12:00 UTC is not within 13:00-14:00"),
        (Condition(days=(1, 2)), "day 6 is not 1, 2"),
        (Condition(groups=("g",), days=(1,)), "group none is not g; day 6 is not 1"),
    ],
)
def test_a_miss_says_why_and_never_tells_the_text(condition: Condition, reason: str) -> None:
    subject = Subject(source="12", destination="44", text="my pin is 1234")
    assert RouteTable(rules(condition)).explain(subject, NOON)[0][1] == reason


@pytest.mark.parametrize(
    ("between", "clock", "inside"),
    [
        ("08:00-17:00", "08:00:00", True),
        ("08:00-17:00", "17:00:59", True),  # the last minute is inside to its end
        ("08:00-17:00", "17:01:00", False),
        ("08:00-17:00", "07:59:59", False),
        ("00:00-23:59", "23:59:59", True),
        ("22:00-06:00", "23:30:00", True),
        ("22:00-06:00", "06:00:30", True),
        ("22:00-06:00", "12:00:00", False),
        ("12:00-12:00", "12:00:30", True),
    ],
)
def test_times_of_day(between: str, clock: str, inside: bool) -> None:
    now = datetime.combine(NOON.date(), datetime.strptime(clock, "%H:%M:%S").replace(tzinfo=UTC).timetz())
    found = RouteTable(rules(Condition(between=between))).find(Subject(), now)
    assert (found is not None) is inside


@pytest.mark.parametrize(
    "text",
    [
        "",
        "08:00",
        "8:00-9:00",
        "08:00-",
        "08:00-25:00",
        "08:00:30-09:00",
        "08:00+02:00-09:00",
        "08-09",
        "0800-0900",
        "08:60-09:00",
    ],
)
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_between(text)
    if text:
        assert "between" in Route(name="r", targets=OP, condition=Condition(between=text)).problem()


@pytest.mark.parametrize("pattern", ["(", "(?=x)", r"(a)\1", "[z-a]", "a{1001}"])
def test_a_pattern_that_is_none_is_refused_with_its_reason(pattern: str) -> None:
    for field in ("sender", "destination", "text"):
        problem = Route(name="r", targets=OP, condition=Condition(**{field: pattern})).problem()
        assert problem.startswith(f"pattern of {field}: ")
        assert len(problem) > len(f"pattern of {field}: ")


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*a){20}", "(a?){30}a{30}"])
def test_no_pattern_takes_more_than_linear_time(pattern: str) -> None:
    table = RouteTable(rules(Condition(text=pattern)))
    table.find(Subject(text="a" * 5_000 + "b"), NOON)


@pytest.mark.parametrize(
    ("route", "about"),
    [
        (Route(name="a b", targets=OP), "route name"),
        (Route(name="r"), "either targets"),
        (Route(name="r", targets=OP, deliver=MoTarget(account="a", target="a")), "either targets"),
        (Route(name="r", targets=OP, price=-1), "price"),
        (Route(name="r", targets=(Target(connector="op", weight=0),)), "weights"),
        (Route(name="r", targets=OP, condition=Condition(destination_prefixes=("+31",))), "prefix"),
        (Route(name="r", targets=OP, condition=Condition(destination_prefixes=("",))), "prefix"),
        (Route(name="r", targets=OP, condition=Condition(days=(0,))), "days"),
        (Route(name="r", targets=OP, condition=Condition(days=(8,))), "days"),
        (Route(name="r", deliver=MoTarget(account="a")), "target"),
        (Route(name="r", deliver=MoTarget(account="a", way=Way.NONE, target="a")), "way"),
    ],
)
def test_what_is_wrong_with_a_rule(route: Route, about: str) -> None:
    assert about in route.problem()


def test_a_rule_in_order_comes_back_from_json() -> None:
    route = Route(
        name="r", order=5, condition=Condition(accounts=("a",), between="08:00-17:00"), targets=OP, price=5
    )
    assert route.problem() == ""
    assert msgspec.json.decode(msgspec.json.encode(route), type=Route) == route
    mo = Route(name="m", deliver=MoTarget(account="a", target="a"))
    assert mo.problem() == ""


# ---------------------------------------------------------------- targets

HEALTHS = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(Health))
TARGETS = st.lists(
    st.builds(
        Target, connector=st.sampled_from("abcd"), priority=st.integers(0, 2), weight=st.integers(1, 5)
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda target: target.connector,
).map(tuple)


@given(TARGETS, HEALTHS, st.floats(0, 1, exclude_max=True), st.sampled_from(["", "a", "b"]), st.booleans())
def test_a_target_is_the_best_that_there_is(
    targets: tuple[Target, ...], known: dict[str, Health], chance: float, avoid: str, wait: bool
) -> None:
    def health(name: str) -> Health:
        return known.get(name, Health.DOWN)

    found = choose_target(Route(name="r", targets=targets, wait_when_down=wait), health, chance, avoid)
    usable = [target for target in targets if health(target.connector) >= Health.SLOWED]
    if found is None:
        assert not usable
        assert not wait
        return
    assert found in targets
    if not usable:
        assert wait
        assert health(found.connector) is not Health.OFF or all(
            health(t.connector) is Health.OFF for t in targets
        )
        return
    others = [target for target in usable if target.connector != avoid]
    assert found in (others or usable)
    assert found.priority == min(target.priority for target in others or usable)


def test_weights_are_shares() -> None:
    targets = (Target(connector="a", weight=1), Target(connector="b", weight=3))
    route = Route(name="r", targets=targets)
    served = Counter(
        choose_target(route, lambda _: Health.UP, step / 1_000).connector for step in range(1_000)
    )  # type: ignore[union-attr]
    assert served == {"a": 250, "b": 750}


# ---------------------------------------------------------------- where MOs go


def ways(*given: tuple[str, int, int]) -> Route:
    made = [MoTarget(account="a", target=name, priority=rank, weight=weight) for name, rank, weight in given]
    return Route(name="m", deliver=made[0], deliver_also=tuple(made[1:]))


@pytest.mark.parametrize(
    ("there", "chance", "order"),
    [
        ("abc", 0.0, "abc"),
        ("abc", 0.99, "bac"),
        ("bc", 0.0, "bca"),
        ("c", 0.0, "cab"),
        ("", 0.0, "abc"),
        ("", 0.99, "bac"),
    ],
)
def test_an_mo_goes_to_one_that_is_there_by_priority_and_weight(
    there: str, chance: float, order: str
) -> None:
    route = ways(("a", 0, 1), ("b", 0, 1), ("c", 1, 1))
    found = mo_targets(route, lambda target: target.target in there, chance)
    assert "".join(target.target for target in found) == order


@given(st.floats(0, 0.9999), st.sets(st.sampled_from("abc")))
def test_every_target_of_an_mo_is_there_once(chance: float, there: set[str]) -> None:
    route = ways(("a", 0, 3), ("b", 0, 1), ("c", 0, 2))
    found = mo_targets(route, lambda target: target.target in there, chance)
    assert sorted(target.target for target in found) == ["a", "b", "c"]
    assert not there or found[0].target in there


def test_by_weight_each_gets_its_share() -> None:
    route = ways(("a", 0, 3), ("b", 0, 1))
    counted = Counter(mo_targets(route, lambda _: True, step / 100)[0].target for step in range(100))
    assert counted == {"a": 75, "b": 25}


def test_one_target_needs_no_choice_and_deliver_also_no_life_of_its_own() -> None:
    only = ways(("a", 0, 1))
    assert mo_targets(only, lambda _: False, 0.5) == only.deliveries
    assert "deliver_also" in Route(name="r", targets=OP, deliver_also=only.deliveries).problem()
    assert "weights" in ways(("a", 0, 1), ("b", 0, 0)).problem()
    assert "target" in ways(("a", 0, 1), ("", 0, 1)).problem()
