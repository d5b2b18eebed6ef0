"""Whom to ask and when: the plan is one of the time of sending, so that a restart changes nothing of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.connectors.plugin import reports as module
from chappe.connectors.plugin.reports import Plan, Reports, write_request
from chappe.connectors.plugin.settings import decode
from chappe.domain.message import Message, PartSent
from making import NOW, message

SECOND = 1_000
DAYS = 259_200


def reports(wait: int = DAYS, **settings: Any) -> Reports:
    return Reports(decode({"plugin": "mine", **settings}), wait)


def add(
    to: Reports, smsc_id: str, packet: str = "", *, at_ms: int = NOW, of: Message | None = None
) -> Message:
    one = of or message()
    to.add(one, PartSent(1, smsc_id, packet), at_ms, NOW)
    return one


def asked(of: Reports, now_ms: int) -> list[str]:
    return [entry.smsc_id for entry in of.ask(now_ms)]


def test_first_after_ten_seconds_then_twice_as_long_up_to_a_quarter_of_an_hour() -> None:
    plan, at, found = Plan(10 * SECOND, 900 * SECOND), 0, []
    for _ in range(10):
        at = plan.due(0, at)
        found.append(at // SECOND)
    assert found == [10, 30, 70, 150, 310, 630, 1270, 2170, 3070, 3970]


@pytest.mark.row("000-033")
@given(st.integers(0, 10**9), st.integers(1, 10**5), st.integers(1, 10**6))
def test_the_plan_does_not_depend_on_when_it_is_looked_at(now: int, first: int, longest: int) -> None:
    plan = Plan(first, max(first, longest))
    due = plan.due(0, now)
    assert due > now
    assert plan.due(0, due - 1) == due


def test_they_are_asked_about_when_they_are_due_and_not_twice_at_once() -> None:
    waiting = reports()
    add(waiting, "a")
    add(waiting, "b", at_ms=NOW - 5 * SECOND)
    assert waiting.wait_ms(NOW) == 5 * SECOND
    assert asked(waiting, NOW + 4 * SECOND) == []
    entries = waiting.ask(NOW + 5 * SECOND)
    assert [entry.smsc_id for entry in entries] == ["b"]
    assert asked(waiting, NOW + 6 * SECOND) == []
    assert waiting.again(entries, NOW + 6 * SECOND) == []
    assert asked(waiting, NOW + 11 * SECOND) == ["a"]
    assert waiting.wait_ms(NOW + 11 * SECOND) == 14 * SECOND
    assert asked(waiting, NOW + 25 * SECOND) == ["b"]


def test_what_has_its_end_is_asked_about_no_more() -> None:
    waiting = reports()
    one = add(waiting, "a")
    waiting.done(one.id)
    assert asked(waiting, NOW + 60 * SECOND) == []
    assert waiting.count == 0
    waiting.done(one.id)


@pytest.mark.row("000-024", "000-041")
def test_one_question_is_about_one_packet_and_has_an_end() -> None:
    waiting = reports(report_batch=2)
    for smsc_id, packet in (("a", ""), ("x", "P"), ("b", ""), ("c", ""), ("y", "P")):
        add(waiting, smsc_id, packet)
    later = NOW + 10 * SECOND
    questions = [json.loads(write_request(entries)) for entries in iter(lambda: waiting.ask(later), ())]
    assert questions == [
        {"partnerPacketId": "", "messages": ["a", "b"]},
        {"partnerPacketId": "P", "messages": ["x", "y"]},
        {"partnerPacketId": "", "messages": ["c"]},
    ]


@pytest.mark.row("000-042")
def test_a_packet_whose_messages_have_no_ids_is_asked_for_alone() -> None:
    waiting = reports(report_batch=1)
    add(waiting, "P#0", "P")
    add(waiting, "P#1", "P")
    add(waiting, "P#x", "P")
    entries = waiting.ask(NOW + 10 * SECOND)
    assert [entry.place for entry in entries] == [0, 1]
    assert json.loads(write_request(entries)) == {"partnerPacketId": "P", "messages": []}
    assert asked(waiting, NOW + 10 * SECOND) == ["P#x"]


def test_without_an_id_nothing_can_be_asked() -> None:
    waiting = reports()
    add(waiting, "")
    assert (waiting.count, waiting.wait_ms(NOW)) == (0, None)


def test_a_message_is_waited_for_once() -> None:
    waiting = reports()
    one = add(waiting, "a")
    add(waiting, "a", of=one)
    assert asked(waiting, NOW + 10 * SECOND) == ["a"]


@pytest.mark.parametrize(
    ("expires_ms", "wait", "end"),
    [(0, DAYS, 259_140), (NOW + 60 * SECOND, DAYS, 3_660), (NOW + 60 * SECOND, 600, 540), (0, 10, 5)],
)
def test_after_its_time_it_is_asked_about_once_more_and_given_up(
    expires_ms: int, wait: int, end: int
) -> None:
    waiting = reports(wait=wait)
    add(waiting, "a", of=message(expires_ms=expires_ms))
    now = NOW
    while (pause := waiting.wait_ms(now)) is not None:
        now += pause
        entries = waiting.ask(now)
        over = waiting.again(entries, now)
        if over:
            break
    assert (now - NOW) // SECOND == end
    assert [entry.smsc_id for entry in over] == ["a"]


def test_there_is_an_end_to_what_is_kept_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    waiting = reports()
    first = add(waiting, "a")
    add(waiting, "b")
    add(waiting, "c")
    assert waiting.count == 2
    waiting.done(first.id)
    add(waiting, "c")
    assert waiting.count == 2
