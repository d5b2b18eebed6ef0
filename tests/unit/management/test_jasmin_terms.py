"""Every kind of route and filter that Jasmin has: what it is here, and what it cannot be."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.conditions import Condition, compile_pattern
from chappe.domain.interception import Direction, OnFailure
from chappe.domain.report import Way
from chappe.domain.routing import MoTarget, Route, Target
from chappe.management.jasmin_terms import (
    FILTERS,
    ROUTES,
    JasminFilter,
    make_route,
    prefix_of,
    without_plus,
    worded,
)
from chappe.management.records import BadRecord

HOOK = MoTarget(account="acme", way=Way.WEBHOOK, target="http://client.example/mo", dialect="jasmin")
CLIENT = MoTarget(account="acme", target="acme")
MT, MO = Direction.MT, Direction.MO

SAMPLES: list[tuple[str, str, Direction, dict[str, Any]]] = [
    ("TransparentFilter", "", MT, {}),
    ("ConnectorFilter", "op", MO, {"connectors": ("op",)}),
    ("UserFilter", "acme", MT, {"accounts": ("acme",)}),
    ("GroupFilter", "g", MT, {"groups": ("g",)}),
    ("SourceAddrFilter", "^Acme", MT, {"sender": "^Acme"}),
    ("DestinationAddrFilter", r"^\+33\d+", MT, {"destination": r"^33\d+"}),
    ("ShortMessageFilter", "^hello.*$", MO, {"text": "^hello.*$"}),
    ("DateIntervalFilter", "2026-01-01;2026-06-30", MT, {"dates": "2026-01-01/2026-06-30"}),
    ("TimeIntervalFilter", "08:00:00;18:00:00", MT, {"between": "08:00:00-18:00:00"}),
    ("TagFilter", "vip", MT, {"tags": ("vip",)}),
]


@pytest.mark.parametrize(("kind", "value", "direction", "fields"), SAMPLES)
def test_each_filter_is_a_part_of_a_condition(
    kind: str, value: str, direction: Direction, fields: dict[str, Any]
) -> None:
    found = worded([JasminFilter(kind, value)], direction)
    assert found.condition == Condition(**fields)
    assert not found.condition.problem()


def test_every_filter_is_shown() -> None:
    assert {kind for kind, *_ in SAMPLES} | {"EvalPyFilter"} == set(FILTERS)


def test_filters_are_anded_and_times_have_their_zone() -> None:
    filters = [JasminFilter(kind, value) for kind, value, direction, _ in SAMPLES if direction is MT]
    found = worded([*filters, JasminFilter("TagFilter", "new")], MT, "Europe/Paris")
    assert found.condition == Condition(
        accounts=("acme",),
        groups=("g",),
        sender="^Acme",
        destination=r"^33\d+",
        tags=("vip", "new"),
        dates="2026-01-01/2026-06-30",
        between="08:00:00-18:00:00",
        zone="Europe/Paris",
    )
    assert found.notes == (r"pattern ^\+33\d+ is ^33\d+: numbers are kept without their plus",)
    assert not worded([JasminFilter("TagFilter", "x")], MT, "Europe/Paris").condition.zone


@pytest.mark.parametrize(
    ("filters", "direction", "word"),
    [
        ([("NoFilter", "x")], MT, "there is no filter NoFilter"),
        ([("UserFilter", "")], MT, "needs a value"),
        ([("UserFilter", "a"), ("UserFilter", "b")], MT, "no message passes"),
        ([("SourceAddrFilter", "a"), ("SourceAddrFilter", "b")], MT, "cannot stand beside"),
        ([("SourceAddrFilter", "(?=a)")], MT, "none of RE2's"),
        ([("DateIntervalFilter", "2026-01-01")], MT, "two values"),
        ([("DateIntervalFilter", "2026-01-01;tomorrow")], MT, "dates"),
        ([("TimeIntervalFilter", "8;9")], MT, "between"),
        ([("ConnectorFilter", "op")], MT, "before MT"),
        ([("UserFilter", "a")], MO, "before MO"),
        ([("GroupFilter", "a")], MO, "before MO"),
    ],
)
def test_what_cannot_be_said_is_a_sentence(
    filters: list[tuple[str, str]], direction: Direction, word: str
) -> None:
    with pytest.raises(BadRecord, match=word):
        worded([JasminFilter(*one) for one in filters], direction)


@pytest.mark.parametrize(
    ("kind", "targets", "made"),
    [
        ("DefaultRoute", ["a"], {"targets": (Target(connector="a"),)}),
        ("StaticMTRoute", ["a"], {"targets": (Target(connector="a"),)}),
        (
            "RandomRoundrobinMTRoute",
            ["a", "b"],
            {"targets": (Target(connector="a"), Target(connector="b"))},
        ),
        (
            "FailoverMTRoute",
            ["a", "b"],
            {
                "targets": (Target(connector="a"), Target(connector="b", priority=1)),
                "wait_when_down": False,
            },
        ),
        ("DefaultRoute", [HOOK], {"deliver": HOOK}),
        ("StaticMORoute", [CLIENT], {"deliver": CLIENT}),
        ("RandomRoundrobinMORoute", [HOOK, CLIENT], {"deliver": HOOK, "deliver_also": (CLIENT,)}),
        (
            "FailoverMORoute",
            [CLIENT, HOOK],
            {
                "deliver": CLIENT,
                "deliver_also": (msgspec.structs.replace(HOOK, priority=1),),
            },
        ),
    ],
)
def test_each_route_is_one_of_ours(kind: str, targets: list[Any], made: dict[str, Any]) -> None:
    route, scripts, notes = make_route("r", kind, targets, [])
    assert route == Route(name="r", **made)
    assert not route.problem()
    assert (scripts, notes) == ((), ())


def test_every_route_is_known() -> None:
    assert len(ROUTES) == 7


@pytest.mark.parametrize(
    ("kind", "targets", "given", "word"),
    [
        ("NoRoute", ["a"], {}, "NoRoute"),
        ("StaticMTRoute", ["a", "b"], {}, "one target"),
        ("FailoverMTRoute", ["a"], {}, "two targets"),
        ("RandomRoundrobinMORoute", [HOOK], {}, "two targets"),
        ("StaticMTRoute", [HOOK], {}, "does not go to http"),
        ("StaticMORoute", ["a"], {}, "does not go to a"),
        ("RandomRoundrobinMTRoute", ["a", HOOK], {}, "connectors"),
        ("StaticMTRoute", [], {}, "connectors"),
        ("DefaultRoute", ["a"], {"order": 5}, "order 0"),
        ("DefaultRoute", ["a"], {"filters": [JasminFilter("TagFilter", "x")]}, "no filters"),
    ],
)
def test_a_route_that_cannot_stand_is_a_sentence(
    kind: str, targets: list[Any], given: dict[str, Any], word: str
) -> None:
    with pytest.raises(BadRecord, match=word):
        make_route("r", kind, targets, given.pop("filters", []), **given)


def test_a_script_as_filter_is_an_interceptor_that_tags() -> None:
    filters = [JasminFilter("TagFilter", "x"), JasminFilter("EvalPyFilter", "result = True")]
    route, (script,), _ = make_route("odd", "StaticMTRoute", ["a"], filters, order=5, price=7)
    assert (route.order, route.price, route.condition.tags) == (5, 7, ("x", "odd-eval1"))
    assert (script.name, script.condition.tags, script.direction) == ("odd-eval1", ("x",), MT)
    assert script.script is not None
    assert (script.script.result_tag, script.script.on_failure) == ("odd-eval1", OnFailure.PASS)
    with pytest.raises(BadRecord, match="shorter"):
        make_route("r" * 30, "StaticMTRoute", ["a"], filters)


@pytest.mark.parametrize(
    ("pattern", "prefix"),
    [
        (r"^33\d+", "33"),
        ("^33.*", "33"),
        ("^4466$", "4466"),
        ("^33[0-9]+$", "33"),
        ("33", ""),
        ("^(33|34)", ""),
        ("^3?3", ""),
        ("^33?", ""),
        ("^33|44", ""),
        ("", ""),
    ],
)
def test_a_plain_prefix_is_found(pattern: str, prefix: str) -> None:
    assert prefix_of(pattern) == prefix


@given(
    st.text("0123456789", min_size=1, max_size=6),
    st.sampled_from([r"^33\d+", "^4.*", "^12$", r"^[0-9]+", "5"]),
)
def test_what_a_pattern_matches_begins_with_its_prefix(number: str, pattern: str) -> None:
    if compile_pattern(pattern).match(number):
        assert number.startswith(prefix_of(pattern))


@pytest.mark.parametrize(
    ("pattern", "plain"),
    [
        (r"^\+33", "^33"),
        (r"^\+?33", "^33"),
        (r"\+33", "33"),
        ("^[+]33", "^33"),
        (r"^\+{0,1}\d+$", r"^\d+$"),
        ("^33", "^33"),
        (".*", ".*"),
    ],
)
def test_a_plus_is_not_asked_for(pattern: str, plain: str) -> None:
    assert without_plus(pattern) == plain
