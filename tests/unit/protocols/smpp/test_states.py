"""states.py: the table of SMPP 3.4 §2.3, typed anew by state."""

import pytest

from chappe.protocols.smpp.command_ids import RESPONSE, Command
from chappe.protocols.smpp.states import ALLOWED, BINDS, BOUND, CONTROL, TABLE, Role, State

BIND_REQUESTS = {"BIND_TRANSMITTER", "BIND_RECEIVER", "BIND_TRANSCEIVER"}
BOTH = {"UNBIND", "ENQUIRE_LINK"}
TRANSMITTER = {"SUBMIT_SM", "SUBMIT_MULTI", "DATA_SM", "QUERY_SM", "CANCEL_SM", "REPLACE_SM"}
TO_RECEIVER = {"DELIVER_SM", "DATA_SM", "ALERT_NOTIFICATION"}

EXPECTED = {
    (Role.ESME, State.OPEN): BIND_REQUESTS | {"ENQUIRE_LINK"},
    (Role.SMSC, State.OPEN): {"OUTBIND", "ENQUIRE_LINK"},
    (Role.ESME, State.BINDING): {"ENQUIRE_LINK"},
    (Role.SMSC, State.BINDING): {"ENQUIRE_LINK"},
    (Role.ESME, State.BOUND_TX): TRANSMITTER | BOTH,
    (Role.SMSC, State.BOUND_TX): BOTH,
    (Role.ESME, State.BOUND_RX): BOTH,
    (Role.SMSC, State.BOUND_RX): TO_RECEIVER | BOTH,
    (Role.ESME, State.BOUND_TRX): TRANSMITTER | BOTH,
    (Role.SMSC, State.BOUND_TRX): TO_RECEIVER | BOTH,
    (Role.ESME, State.UNBOUND): BOTH,
    (Role.SMSC, State.UNBOUND): BOTH,
    (Role.ESME, State.CLOSED): set(),
    (Role.SMSC, State.CLOSED): set(),
}


@pytest.mark.parametrize(("role", "state"), EXPECTED, ids=str)
def test_who_may_ask_what_and_when(role, state) -> None:
    assert {Command(command).name for command in ALLOWED[role, state]} == EXPECTED[role, state]


def test_every_role_has_every_state() -> None:
    assert set(ALLOWED) == set(EXPECTED) == {(role, state) for role in Role for state in State}


def test_every_request_is_in_the_table_and_no_response_is() -> None:
    assert {row.command for row in TABLE} == {command for command in Command if command < RESPONSE}


def test_what_a_bind_leads_to() -> None:
    assert {Command(command).name: state.name for command, state in BINDS.items()} == {
        "BIND_TRANSMITTER": "BOUND_TX",
        "BIND_RECEIVER": "BOUND_RX",
        "BIND_TRANSCEIVER": "BOUND_TRX",
    }
    assert set(BINDS.values()) == BOUND


def test_what_takes_no_place_in_a_window() -> None:
    assert {Command(command).name for command in CONTROL} == BIND_REQUESTS | BOTH


def test_the_other_end() -> None:
    assert Role.ESME.peer is Role.SMSC
    assert Role.SMSC.peer is Role.ESME
