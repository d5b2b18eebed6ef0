from __future__ import annotations

import pytest

from chappe.connectors.smpp.settings import StatusRule
from chappe.connectors.smpp.statuses import OUTCOMES, Meanings
from chappe.domain.retry import Outcome
from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import GenericNack, SubmitSmResp
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.statuses import Kind, Status
from chappe.protocols.smpp.tlvs import Tag, Tlv

PLAIN = Meanings(())


def answer(status: int, tlvs: tuple[Tlv, ...] = ()) -> Pdu:
    return Pdu(int(Command.SUBMIT_SM_RESP), status, 1, SubmitSmResp(), tlvs)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (Status.ESME_ROK, Outcome.SENT),
        (Status.ESME_RINVMSGLEN, Outcome.REFUSED),
        (Status.ESME_RINVDSTADR, Outcome.REFUSED),
        (Status.ESME_RINVSRCADR, Outcome.REFUSED),
        (Status.ESME_RX_R_APPN, Outcome.REFUSED),
        (Status.ESME_RSYSERR, Outcome.DEFERRED),
        (Status.ESME_RSUBMITFAIL, Outcome.DEFERRED),
        (Status.ESME_RX_T_APPN, Outcome.DEFERRED),
        (Status.ESME_RTHROTTLED, Outcome.THROTTLED),
        (Status.ESME_RMSGQFUL, Outcome.THROTTLED),
        (Status.ESME_RINVBNDSTS, Outcome.NOT_SENT),
        (Status.ESME_RALYBND, Outcome.NOT_SENT),
        (Status.ESME_RUNKNOWNERR, Outcome.DEFERRED),
        (0x0450, Outcome.DEFERRED),
        (0xFFFFFFFF, Outcome.DEFERRED),
    ],
)
def test_what_a_status_says_of_an_attempt(status: int, outcome: Outcome) -> None:
    assert PLAIN.outcome_of(status) is outcome


def test_every_kind_of_status_has_an_outcome() -> None:
    assert set(OUTCOMES) == set(Kind)


def test_a_refusal_tells_the_status_by_number_name_and_sentence() -> None:
    refusal = PLAIN.refusal(7, answer(0x0B))
    assert (refusal.message_id, refusal.outcome, refusal.command_status) == (7, Outcome.REFUSED, 0x0B)
    assert (refusal.error, refusal.detail) == ("ESME_RINVDSTADR", "the destination address is not allowed")
    assert refusal.sent == ()


def test_the_smscs_own_words_are_added_without_control_characters() -> None:
    tlv = (int(Tag.ADDITIONAL_STATUS_INFO_TEXT), b"no\x1bcredit\0")
    assert PLAIN.refusal(7, answer(0x450, (tlv,))).detail == "a vendor's own error: no credit"


def test_an_operators_rule_goes_before_the_table() -> None:
    meanings = Meanings((StatusRule(0x450, Outcome.REFUSED), StatusRule(0x08, Outcome.THROTTLED)))
    assert meanings.outcome_of(0x450) is Outcome.REFUSED
    assert meanings.outcome_of(0x08) is Outcome.THROTTLED
    assert meanings.outcome_of(0x451) is Outcome.DEFERRED


@pytest.mark.parametrize(("status", "error"), [(0x03, "ESME_RINVCMDID"), (0, "ESME_RUNKNOWNERR")])
def test_a_generic_nack_refuses_whatever_its_status(status: int, error: str) -> None:
    refusal = PLAIN.refusal(7, Pdu(int(Command.GENERIC_NACK), status, 1, GenericNack()))
    assert refusal.error == error
    assert refusal.outcome is not Outcome.SENT
