"""Each refusal, state and answer has its place in the tables, and Jasmin's users find theirs."""

from __future__ import annotations

import pytest

from chappe.dialects.smpp.statuses import (
    FAILURES,
    FILTERS,
    MESSAGE_STATES,
    STATUSES,
    handover_of,
    status_of,
)
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.state import FINAL, OPEN, State
from chappe.ports.carrier import Handover
from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.message_states import WORDS, MessageState
from chappe.protocols.smpp.statuses import Kind, Status, kind_of


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_status_that_is_an_error(reason: Reason) -> None:
    status = status_of(Refusal(reason))
    assert status in Status
    assert status is STATUSES[reason]
    assert status != Status.ESME_ROK


def test_no_reason_is_in_the_table_that_is_none() -> None:
    assert set(STATUSES) == set(Reason)


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        # interfaces of Jasmin, its SMPP server: what happened and what its clients are told.
        (Reason.BAD_CREDENTIALS, "ESME_RINVPASWD"),
        (Reason.TOO_MANY_FAILURES, "ESME_RINVPASWD"),
        (Reason.MAY_NOT_BIND, "ESME_RBINDFAIL"),
        (Reason.TOO_MANY_BINDS, "ESME_RBINDFAIL"),
        (Reason.ADDRESS_NOT_ALLOWED, "ESME_RBINDFAIL"),
        (Reason.BAD_DESTINATION, "ESME_RINVDSTADR"),
        (Reason.NO_ROUTE, "ESME_RINVDSTADR"),
        (Reason.MAY_NOT_SEND, "ESME_RINVSYSID"),
        (Reason.NO_RIGHT, "ESME_RINVSYSID"),
        (Reason.TOO_FAST, "ESME_RTHROTTLED"),
        (Reason.NO_BALANCE, "ESME_RSYSERR"),
        (Reason.NO_CONNECTOR, "ESME_RSUBMITFAIL"),
        # What Jasmin has no word for.
        (Reason.BAD_SENDER, "ESME_RINVSRCADR"),
        (Reason.BAD_TEXT, "ESME_RINVMSGLEN"),
        (Reason.TOO_MANY_PARTS, "ESME_RINVMSGLEN"),
        (Reason.BAD_VALIDITY, "ESME_RINVEXPIRY"),
        (Reason.BAD_SCHEDULE, "ESME_RINVSCHED"),
        (Reason.NOT_FOUND, "ESME_RINVMSGID"),
        (Reason.SPAM, "ESME_RSUBMITFAIL"),
        (Reason.BLACKLISTED, "ESME_RINVDSTADR"),
        (Reason.REJECTED_BY_RULE, "ESME_RSUBMITFAIL"),
        (Reason.STORE_BUSY, "ESME_RMSGQFUL"),
        (Reason.INTERNAL, "ESME_RSYSERR"),
    ],
)
def test_known_reasons_keep_their_status(reason: Reason, status: str) -> None:
    assert status_of(Refusal(reason)).name == status


@pytest.mark.parametrize(
    ("about", "status"),
    [
        ("destination_address", "ESME_RINVDSTADR"),
        ("source_address", "ESME_RINVSRCADR"),
        ("priority", "ESME_RINVPRTFLG"),
        ("validity_period", "ESME_RINVEXPIRY"),
        ("content", "ESME_RSYSERR"),
        ("something new", "ESME_RSYSERR"),
    ],
)
def test_a_filter_is_named_by_what_it_is_about(about: str, status: str) -> None:
    assert status_of(Refusal(Reason.FILTERED, about)).name == status
    assert len(FILTERS) == 5


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (Command.QUERY_SM, "ESME_RQUERYFAIL"),
        (Command.CANCEL_SM, "ESME_RCANCELFAIL"),
        (Command.REPLACE_SM, "ESME_RREPLACEFAIL"),
        (Command.SUBMIT_SM, "ESME_RSUBMITFAIL"),
    ],
)
def test_too_late_is_named_by_what_was_asked(command: Command, status: str) -> None:
    assert status_of(Refusal(Reason.TOO_LATE), command).name == status
    assert status_of(Refusal(Reason.NOT_FOUND), command) is Status.ESME_RINVMSGID
    assert len(FAILURES) == 3


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.retryable])
def test_what_may_pass_later_is_never_told_as_permanent_by_the_gateway_itself(reason: Reason) -> None:
    if reason.fault.value == "gateway":
        assert kind_of(status_of(Refusal(reason))) in (Kind.TEMPORARY, Kind.THROTTLE)


def test_every_state_has_a_number_and_a_word() -> None:
    assert set(MESSAGE_STATES) == set(State)
    assert {MESSAGE_STATES[state] for state in OPEN} == {MessageState.ENROUTE}
    finals = [MESSAGE_STATES[state] for state in FINAL]
    assert len(set(finals)) == len(finals)
    assert MessageState.ENROUTE not in finals
    assert all(len(WORDS[state]) == 7 for state in finals)


@pytest.mark.parametrize("status", list(Status))
def test_a_notice_is_given_up_on_a_plain_word_only(status: Status) -> None:
    expected = Handover.FAILED
    if status is Status.ESME_ROK:
        expected = Handover.TAKEN
    elif status.name in ("ESME_RX_P_APPN", "ESME_RX_R_APPN"):
        expected = Handover.GONE
    assert handover_of(status) is expected
    assert handover_of(0x0400) is Handover.FAILED
