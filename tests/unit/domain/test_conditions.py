"""Conditions: what each part asks of a message, and what is refused as one. Look-up is shown in test_routing.py."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.conditions import (
    Condition,
    RuleTable,
    Subject,
    TlvMatch,
    parse_between,
    parse_dates,
    zone_of,
)
from chappe.domain.routing import Route, Target

NOON = datetime(2026, 3, 14, 12, 0, 30, tzinfo=UTC)  # a Saturday
CODE = TlvMatch(tag=0x1401, values=("20801", "20810"))


def holds(condition: Condition, now: datetime = NOON, **of: object) -> bool:
    rule = Route(name="r", condition=condition, targets=(Target(connector="op"),))
    return RuleTable([rule]).find(Subject(**of), now) is rule  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("condition", "tlvs", "matches"),
    [
        (CODE, ((0x1401, b"20801\0"),), True),
        (CODE, ((0x1401, b"20810"),), True),
        (CODE, ((0x1401, b"20820\0"),), False),
        (CODE, ((0x1402, b"20801\0"),), False),
        (CODE, (), False),
        (CODE, ((0x1401, b"x"), (0x1401, b"20801\0")), True),
        (TlvMatch(tag=5), ((5, b"anything"),), True),
        (TlvMatch(tag=5), (), False),
        (TlvMatch(tag=5, hex=("0102",)), ((5, b"\x01\x02"),), True),
        (TlvMatch(tag=5, hex=("0102",)), ((5, b"\x01"),), False),
        (TlvMatch(tag=5, values=("\xe9",)), ((5, b"\xe9"),), True),
    ],
)
def test_a_tlv_is_matched_by_its_text_or_octets(
    condition: TlvMatch, tlvs: tuple[tuple[int, bytes], ...], matches: bool
) -> None:
    assert holds(Condition(tlvs=(condition,)), tlvs=tlvs) is matches


def test_every_tlv_that_is_asked_for_must_be_there() -> None:
    both = Condition(tlvs=(CODE, TlvMatch(tag=0x140A, values=("150",))))
    assert holds(both, tlvs=((0x140A, b"150\0"), (0x1401, b"20801\0")))
    assert not holds(both, tlvs=((0x1401, b"20801\0"),))


@pytest.mark.parametrize(
    ("fields", "at", "matches"),
    [
        ({"between": "12:00:30-12:00:30"}, NOON, True),
        ({"between": "12:00:31-13:00:00"}, NOON, False),
        ({"between": "11:00:00-12:00:29"}, NOON, False),
        ({"between": "11:00-12:00"}, NOON, True),
        ({"between": "22:00:00-06:00:00"}, NOON.replace(hour=23), True),
        ({"dates": "2026-03-14/2026-03-14"}, NOON, True),
        ({"dates": "2026-03-15/2026-04-01"}, NOON, False),
        ({"dates": "2026-01-01/2026-03-13"}, NOON, False),
        ({"between": "13:00-13:01", "zone": "Europe/Paris"}, NOON, True),
        ({"between": "12:00-12:01", "zone": "Europe/Paris"}, NOON, False),
        ({"days": (7,), "zone": "Pacific/Auckland"}, NOON, True),
        ({"dates": "2026-03-15/2026-03-15", "zone": "Pacific/Auckland"}, NOON, True),
        # Summer time: the same hour of the day half a year later is another one in UTC.
        ({"between": "14:00-14:01", "zone": "Europe/Paris"}, NOON.replace(month=7), True),
    ],
)
def test_times_are_inclusive_and_in_their_zone(
    fields: dict[str, object], at: datetime, matches: bool
) -> None:
    assert holds(Condition(**fields), at) is matches  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("condition", "word"),
    [
        (Condition(dates="2026-01-01"), "dates"),
        (Condition(dates="2026-02-30/2026-03-01"), "dates"),
        (Condition(between="8-9"), "between"),
        (Condition(zone="Mars/Olympus"), "zone"),
        (Condition(zone="../etc/passwd"), "zone"),
        (Condition(days=(8,)), "days"),
        (Condition(destination_prefixes=("+31",)), "prefix"),
        (Condition(sender="(?=x)"), "pattern of sender"),
        (Condition(tlvs=(TlvMatch(tag=0),)), "tag"),
        (Condition(tlvs=(TlvMatch(tag=5, hex=("0g",)),)), "hexadecimal"),
        (Condition(tlvs=(TlvMatch(tag=5, hex=("00",), values=("x",)),)), "not by both"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence(condition: Condition, word: str) -> None:
    assert word in condition.problem()


def test_why_a_tlv_misses_is_told_without_its_value() -> None:
    rule = Route(name="r", condition=Condition(tlvs=(CODE,)), targets=(Target(connector="op"),))
    ((_, why),) = RuleTable([rule]).explain(Subject(tlvs=((0x1401, b"secret"),)), NOON)
    assert why == "TLV 0x1401 is not there with that value"


@given(st.text(max_size=20))
def test_nothing_but_their_forms_is_read(text: str) -> None:
    for parse, mark in ((parse_between, ":"), (parse_dates, "/"), (zone_of, "")):
        try:
            parse(text)
        except ValueError:
            continue
        assert mark in text


@given(st.lists(st.sampled_from(["20801", "20810", "20820"]), max_size=3))
def test_all_that_match_come_in_their_order(codes: list[str]) -> None:
    rules = [
        Route(
            name=f"r{place}",
            order=-place,
            condition=Condition(tlvs=(TlvMatch(tag=1, values=(code,)),)),
            targets=(Target(connector="op"),),
        )
        for place, code in enumerate(codes)
    ]
    found = [rule.name for rule in RuleTable(rules).all_of(Subject(tlvs=((1, b"20810\0"),)), NOON)]
    assert found == [f"r{place}" for place, code in enumerate(codes) if code == "20810"]
