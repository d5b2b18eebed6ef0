"""Which notices an event makes due: only those wished for, with the words of the network where it had some."""

from __future__ import annotations

import pytest

from chappe.domain.message import Standing, Transition
from chappe.domain.report import NO_REPORT, ReportOn, ReportWish, StatusNotice, Way
from chappe.domain.state import FINAL, State
from chappe.pipeline.news import final_news, intermediate_news, lanes_of, smsc_news
from making import message
from unit.pipeline.rig import ALL_NEWS, receipt

SENT = Standing(State.SENT, "op", sent_ms=50)
QUEUED = Standing(State.QUEUED, "op")


def wish(events: int) -> ReportWish:
    return ReportWish(Way.WEBHOOK, events, "jasmin", "http://client.example/dlr", "POST")


def events(notices: tuple[object, ...]) -> list[ReportOn]:
    return [notice.event for notice in notices if isinstance(notice, StatusNotice)]


def test_the_smscs_yes_is_told_to_whoever_asked() -> None:
    of = message(report=wish(ReportOn.SMSC), reference="r", parts=2)
    (notice,) = smsc_news(of, "op", "0A", 77)
    assert isinstance(notice, StatusNotice)
    assert (notice.event, notice.state, notice.smsc_id, notice.sent_ms) == (
        ReportOn.SMSC,
        State.SENT,
        "0A",
        77,
    )
    assert (notice.message_id, notice.reference, notice.parts, notice.connector) == (of.id, "r", 2, "op")
    assert smsc_news(message(report=wish(ReportOn.SUCCESS)), "op", "0A", 77) == ()


@pytest.mark.parametrize("state", sorted(FINAL))
@pytest.mark.parametrize("asked", range(16))
@pytest.mark.parametrize("standing", [SENT, QUEUED])
def test_a_final_state_is_told_as_wished(state: State, asked: ReportOn, standing: Standing) -> None:
    wanted = []
    if standing is QUEUED and state is not State.DELIVERED and asked & ReportOn.SMSC:
        wanted.append(ReportOn.SMSC)  # who waits for the SMSC's answer learns that there will be none
    event = ReportOn.SUCCESS if state is State.DELIVERED else ReportOn.FAILURE
    if asked & event:
        wanted.append(event)
    found = final_news(message(report=wish(asked)), standing, state, 99)
    assert events(found) == wanted
    assert all(notice.state is state for notice in found if isinstance(notice, StatusNotice))


@pytest.mark.parametrize("state", sorted(FINAL))
def test_who_asked_for_nothing_is_told_nothing(state: State) -> None:
    assert final_news(message(report=NO_REPORT), QUEUED, state, 99) == ()


def test_the_networks_words_are_passed_on() -> None:
    told = receipt(
        "0A",
        word="DELIVRD",
        error="007",
        sub="001",
        dlvrd="001",
        submit_date="2603141509",
        done_date="2603141512",
        text="hi",
    )
    (notice,) = final_news(
        message(report=wish(ReportOn.SUCCESS)), SENT, State.DELIVERED, 99, error="007", receipt=told
    )
    assert isinstance(notice, StatusNotice)
    assert (notice.smsc_id, notice.word, notice.error, notice.text) == ("0A", "DELIVRD", "007", "hi")
    assert (notice.sub, notice.dlvrd, notice.submit_date, notice.done_date) == (
        "001",
        "001",
        "2603141509",
        "2603141512",
    )
    assert (notice.sent_ms, notice.done_ms, notice.connector) == (50, 99, "op")


def test_the_status_of_a_refusal_is_passed_on() -> None:
    found = final_news(
        message(report=wish(ALL_NEWS)),
        QUEUED,
        State.REJECTED,
        99,
        command_status=0x0B,
        error="ESME_RINVDSTADR",
    )
    assert [(n.command_status, n.error) for n in found if isinstance(n, StatusNotice)] == [
        (0x0B, "ESME_RINVDSTADR")
    ] * 2


def test_a_state_on_the_way_is_told_to_whoever_asked() -> None:
    told = receipt("0A", None, word="BUFFERED")
    (notice,) = intermediate_news(message(report=wish(ReportOn.INTERMEDIATE)), SENT, told)
    assert isinstance(notice, StatusNotice)
    assert (notice.event, notice.state, notice.word) == (ReportOn.INTERMEDIATE, State.SENT, "BUFFERED")
    assert intermediate_news(message(report=wish(ReportOn.SUCCESS)), SENT, told) == ()


def test_the_lanes_of_a_change_are_those_of_its_notices() -> None:
    owes = smsc_news(message(report=wish(ReportOn.SMSC)), "op", "0A", 77)
    assert lanes_of(Transition(1, 0, State.SENT, 5, owes=owes)) == {"http://client.example"}
    assert lanes_of(Transition(1, 0, State.SENT, 5)) == set()
