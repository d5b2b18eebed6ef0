"""Wishes and notices: who is told of what, the slots that keep repeats apart, the lanes that keep receivers apart."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.address import Address
from chappe.domain.report import (
    NO_REPORT,
    IncomingNotice,
    Notice,
    ReportOn,
    ReportWish,
    StatusNotice,
    Way,
    lane_of,
    slot_of,
)
from making import message, notice, webhook


@pytest.mark.parametrize("asked", range(16))
@pytest.mark.parametrize("event", [ReportOn.SMSC, ReportOn.SUCCESS, ReportOn.FAILURE, ReportOn.INTERMEDIATE])
def test_a_wish_wants_what_it_names(asked: ReportOn, event: ReportOn) -> None:
    assert webhook(asked).wants(event) == (bool(asked & event))
    assert not msgspec.structs.replace(webhook(asked), way=Way.NONE).wants(event)


def test_no_report_wants_nothing() -> None:
    assert not any(NO_REPORT.wants(event) for event in ReportOn)


def test_the_final_states_share_one_slot_and_the_smscs_answer_has_its_own() -> None:
    of = message()
    slots = [slot_of(notice(of, event)) for event in (ReportOn.SMSC, ReportOn.SUCCESS, ReportOn.FAILURE)]
    assert slots == [1, 2, 2]


@given(st.lists(st.text(max_size=12), unique=True, max_size=6))
def test_each_intermediate_word_has_a_slot_away_from_the_others(words: list[str]) -> None:
    of = message()
    slots = [slot_of(notice(of, ReportOn.INTERMEDIATE, word=word)) for word in words]
    assert all(slot >= 16 for slot in slots)
    assert slots == [slot_of(notice(of, ReportOn.INTERMEDIATE, word=word)) for word in words]
    assert (
        len(
            {
                slot_of(notice(of, ReportOn.INTERMEDIATE, word=word))
                for word in ("ENROUTE", "ACCEPTD", "BUFFERED")
            }
        )
        == 3
    )


def test_an_mo_has_the_slot_that_no_status_has() -> None:
    mo = IncomingNotice(1, "acme", webhook(), Address("1"), Address("2"), "op", "hi", b"hi", 0, 5)
    assert slot_of(mo) == 0


@pytest.mark.parametrize(
    ("target", "lane"),
    [
        ("http://client.example/dlr", "http://client.example"),
        ("https://Client.Example:8443/dlr?x=http://other/", "https://client.example:8443"),
        ("http://client.example?x=/", "http://client.example"),
        ("http://user:word@client.example/dlr", "http://client.example"),
        ("http://[2001:db8::1]:80/x", "http://[2001:db8::1]:80"),
    ],
)
def test_a_webhooks_lane_is_its_host_and_port(target: str, lane: str) -> None:
    assert lane_of(webhook(target=target)) == lane


def test_an_smpp_clients_lane_is_its_system_id() -> None:
    assert lane_of(ReportWish(Way.SMPP, ReportOn.SUCCESS, "smpp", "acme")) == "smpp:acme"


def test_notices_of_both_kinds_come_back_from_their_stored_form() -> None:
    mo = IncomingNotice(
        7, "acme", webhook(), Address("1"), Address("2"), "op", None, b"\x00\xff", 4, 5, tlvs=((1, b"\x02"),)
    )
    decoder = msgspec.json.Decoder(Notice)
    for given_ in (notice(message(), reference="r"), mo):
        found: StatusNotice | IncomingNotice = decoder.decode(msgspec.json.encode(given_))
        assert found == given_


def test_the_events_are_single_bits() -> None:
    events = sorted(set(ReportOn) - {ReportOn.NOTHING})
    assert all(after == before * 2 for before, after in pairwise(events))
