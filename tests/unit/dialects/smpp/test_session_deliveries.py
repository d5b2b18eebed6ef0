"""What is delivered by one ESME's session, carried to it by hand: turns, windows, silence, parts, and its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from chappe.domain.account import Account
from chappe.domain.address import Address
from chappe.domain.report import FINALS, IncomingNotice, Notice, Owed, ReportWish, Way
from chappe.ports.directory import Kind
from chappe.protocols.smpp.codec import encode_body
from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import (
    BindTransceiver,
    DeliverSm,
    DeliverSmResp,
    Unbind,
)
from chappe.protocols.smpp.events import Reason
from chappe.protocols.smpp.lifecycle import Phase
from chappe.protocols.smpp.statuses import Status
from dialects.smpp.core_under_test import NOW, House, credential, link_of
from dialects.smpp.esme import PASSWORD, Recorder, soon, submit_sm, until
from making import message, new_id, notice

LANE = "smpp:acme"


def receipt(account: str = "acme", **given: Any) -> Owed:
    of = message(id=new_id(NOW), account=account, report=ReportWish(Way.SMPP, FINALS, "smpp", "acme"))
    return owed(notice(of, **given))


def owed(told: Notice) -> Owed:
    return Owed(told.message_id, 2, LANE, NOW, 1, told)


def mo(text: str | None, **given: Any) -> Owed:
    fields: dict[str, Any] = {
        "message_id": new_id(NOW),
        "account": "acme",
        "wish": ReportWish(Way.SMPP, 0, "smpp", "acme"),
        "source": Address("31612345678", 1, 1),
        "destination": Address("4466", 3, 0),
        "connector": "op",
        "text": text,
        "octets": (text or "").encode(),
        "data_coding": 0,
        "received_ms": NOW,
    }
    return owed(IncomingNotice(**{**fields, **given}))


class ByHand:
    """A house whose notices a test carries by hand."""

    def __init__(self, **settings: Any) -> None:
        self.told = Recorder()
        self.house = House(self.told, **settings)
        self.carry = self.house.server.carry
        self.room = self.house.server.room


@pytest.fixture
async def by_hand(request: pytest.FixtureRequest) -> AsyncIterator[ByHand]:
    made = ByHand(**getattr(request, "param", {"window_out": 3}))
    await made.house.open()
    yield made
    await made.house.close()


async def test_a_notice_goes_to_who_receives_and_its_answer_is_told(by_hand: ByHand) -> None:
    transmitter = await by_hand.house.transmitter()
    assert by_hand.room(LANE) == 0
    receiver = await by_hand.house.receiver()
    await by_hand.told.told_of_room()
    assert by_hand.room(LANE) == 3
    one = receipt()
    by_hand.carry(LANE, [one])
    pdu = await receiver.next()
    assert isinstance(pdu.body, DeliverSm)
    assert by_hand.house.renderer.hex(one.message_id).encode() in pdu.body.short_message
    receiver.take(pdu)
    assert await by_hand.told.outcomes(1) == [(one.message_id, "taken", "ESME_ROK")]
    assert transmitter.got == []


@pytest.mark.parametrize(
    ("status", "handover"),
    [
        (Status.ESME_ROK, "taken"),
        (Status.ESME_RX_R_APPN, "gone"),
        (Status.ESME_RX_P_APPN, "gone"),
        (Status.ESME_RX_T_APPN, "failed"),
        (Status.ESME_RMSGQFUL, "failed"),
        (Status.ESME_RTHROTTLED, "failed"),
        (Status.ESME_RSYSERR, "failed"),
        (Status.ESME_RINVDSTADR, "failed"),
        (0x0400, "failed"),
    ],
)
async def test_what_each_answer_means(by_hand: ByHand, status: int, handover: str) -> None:
    esme = await by_hand.house.transceiver()
    esme.automatic = status
    by_hand.carry(LANE, [receipt()])
    ((_, got, answer),) = await by_hand.told.outcomes(1)
    assert got == handover
    assert answer == (Status(status).name if status in list(Status) else "ESME_0x00000400")


async def test_two_receivers_get_notices_in_turn(by_hand: ByHand) -> None:
    one, two = await by_hand.house.receiver(), await by_hand.house.transceiver()
    by_hand.carry(LANE, [receipt() for _ in range(6)])
    for esme in (one, two):
        for _ in range(3):
            await esme.next()
    assert by_hand.room(LANE) == 0


async def test_room_comes_back_with_answers(by_hand: ByHand) -> None:
    esme = await by_hand.house.transceiver()
    await by_hand.told.told_of_room(1)
    by_hand.carry(LANE, [receipt() for _ in range(3)])
    assert by_hand.room(LANE) == 0
    for _ in range(2):
        esme.take(await esme.next())
    await by_hand.told.told_of_room(2)
    assert by_hand.room(LANE) == 2


async def test_who_is_gone_is_away_and_may_come_back(by_hand: ByHand) -> None:
    esme = await by_hand.house.transceiver()
    batch = [receipt() for _ in range(5)]
    by_hand.carry(LANE, batch)
    esme.take(await esme.next())
    await by_hand.told.outcomes(1)
    esme.abort()
    outcomes = await by_hand.told.outcomes(5)
    assert outcomes[0] == (batch[0].message_id, "taken", "ESME_ROK")
    assert {(number, how) for number, how, _ in outcomes[1:]} == {
        (one.message_id, "away") for one in batch[1:]
    }
    assert by_hand.room(LANE) == 0
    by_hand.carry(LANE, batch[1:2])
    assert (await by_hand.told.outcomes(6))[5][1] == "away"
    await by_hand.house.transceiver()
    await by_hand.told.told_of_room(2)
    assert by_hand.room(LANE) == 3


async def test_who_unbinds_gets_nothing_more_and_may_still_answer(by_hand: ByHand) -> None:
    raw = await by_hand.house.raw()
    await raw.bind()
    batch = [receipt() for _ in range(4)]
    by_hand.carry(LANE, batch)
    first, second, third = [await raw.hear() for _ in range(3)]
    assert (await raw.ask(encode_body(Unbind(), 9))).command == Command.UNBIND_RESP
    assert (await by_hand.told.outcomes(1))[0][1] == "away"
    assert by_hand.room(LANE) == 0
    for pdu in (first, second, third):
        raw.say(encode_body(DeliverSmResp(), pdu.sequence))
    assert await raw.rest() == b""
    assert [how for _, how, _ in await by_hand.told.outcomes(4)] == ["away", "taken", "taken", "taken"]


@pytest.mark.parametrize("by_hand", [{"window_out": 3, "response_timer": 0.05}], indirect=True)
async def test_who_is_silent_gets_one_at_a_time_until_an_answer(by_hand: ByHand) -> None:
    esme = await by_hand.house.transceiver()
    batch = [receipt() for _ in range(3)]
    by_hand.carry(LANE, batch)
    outcomes = await by_hand.told.outcomes(3)
    assert [(how, answer) for _, how, answer in outcomes] == [("away", "no answer in 0.05 s")] * 3
    assert by_hand.room(LANE) == 1
    by_hand.carry(LANE, [receipt()])
    assert by_hand.room(LANE) == 0
    for _ in range(3):
        await esme.next()
    esme.take(await esme.next())
    assert (await by_hand.told.outcomes(4))[3][1] == "taken"
    assert by_hand.room(LANE) == 3


@pytest.mark.parametrize("by_hand", [{"window_out": 3, "response_timer": 0.05}], indirect=True)
async def test_a_late_answer_is_counted_and_ends_the_care(by_hand: ByHand) -> None:
    esme = await by_hand.house.transceiver()
    by_hand.carry(LANE, [receipt()])
    await by_hand.told.outcomes(1)
    esme.take(await esme.next())
    await by_hand.house.meter.reaches(1, "smpp_late_answers")
    assert by_hand.room(LANE) == 3
    assert len(by_hand.told.carried_all) == 1


async def test_who_complains_of_the_pace_gets_one_at_a_time_until_one_is_taken(by_hand: ByHand) -> None:
    esme = await by_hand.house.transceiver()
    for status, room in (
        (Status.ESME_RTHROTTLED, 1),
        (Status.ESME_RSYSERR, 1),
        (Status.ESME_ROK, 3),
        (Status.ESME_RSYSERR, 3),
        (Status.ESME_RMSGQFUL, 1),
    ):
        esme.automatic = status
        done = len(by_hand.told.carried_all)
        by_hand.carry(LANE, [receipt()])
        await by_hand.told.outcomes(done + 1)
        assert by_hand.room(LANE) == room


async def test_the_parts_of_a_long_mo_go_by_one_session_in_order(by_hand: ByHand) -> None:
    one, two = await by_hand.house.receiver(), await by_hand.house.receiver()
    long = mo("x" * 153 * 5)
    by_hand.carry(LANE, [long, receipt()])
    # Five parts and a window of three: nobody else's notice comes between them.
    parts = []
    for _ in range(5):
        part = await one.next()
        parts.append(part)
        one.take(part)
    assert [pdu.body.short_message[5] for pdu in parts] == [1, 2, 3, 4, 5]  # type: ignore[attr-defined]
    two.take(await two.next())
    outcomes = await by_hand.told.outcomes(2)
    assert (long.message_id, "taken", "ESME_ROK") in outcomes
    assert len(outcomes) == 2


async def test_a_session_with_parts_left_takes_nothing_else(by_hand: ByHand) -> None:
    esme = await by_hand.house.receiver()
    by_hand.carry(LANE, [mo("x" * 153 * 5), receipt()])
    assert by_hand.room(LANE) == 0
    for _ in range(2):
        esme.take(await esme.next())
    kinds = []
    for _ in range(4):
        pdu = await esme.next()
        kinds.append(pdu.body.esm_class)  # type: ignore[attr-defined]
        esme.take(pdu)
    assert kinds == [0x40, 0x40, 0x40, 0x04]


async def test_one_part_that_is_refused_makes_the_whole_come_again(by_hand: ByHand) -> None:
    esme = await by_hand.house.receiver()
    by_hand.carry(LANE, [mo("x" * 153 * 3)])
    for status in (0, Status.ESME_RX_T_APPN, 0):
        esme.take(await esme.next(), status)
    ((_, handover, answer),) = await by_hand.told.outcomes(1)
    assert (handover, answer) == ("failed", "ESME_RX_T_APPN")


async def test_parts_that_were_not_sent_yet_are_away_with_the_others(by_hand: ByHand) -> None:
    esme = await by_hand.house.receiver()
    by_hand.carry(LANE, [mo("x" * 153 * 5)])
    esme.take(await esme.next())
    esme.abort()
    ((_, handover, _),) = await by_hand.told.outcomes(1)
    assert handover == "away"


async def test_a_client_below_smpp_34_gets_no_tlvs(by_hand: ByHand) -> None:
    by_hand.house.change(Kind.ACCOUNT, "acme", Account(name="acme", smpp_receipt_pdu="data_sm"))
    esme = await by_hand.house.transceiver(interface_version=0x33)
    answer = (await soon(esme.bound)).pdu
    assert answer.tlvs == ()
    by_hand.carry(LANE, [receipt(), mo("hi", tlvs=((0x1401, b"20801\0"),))])
    for _ in range(2):
        pdu = await esme.next()
        assert (pdu.command, pdu.tlvs) == (Command.DELIVER_SM, ())
        esme.take(pdu)


async def test_receipts_go_by_data_sm_where_the_account_says_so_from_the_next_one_on(by_hand: ByHand) -> None:
    esme = await by_hand.house.transceiver()
    by_hand.carry(LANE, [receipt()])
    assert (await esme.next()).command == Command.DELIVER_SM
    by_hand.house.change(
        Kind.ACCOUNT, "acme", Account(name="acme", smpp_receipt_pdu="data_sm", smpp_receipts="cm")
    )
    by_hand.carry(LANE, [receipt()])
    pdu = await esme.next()
    assert pdu.command == Command.DATA_SM
    esme.take(pdu)
    assert (await by_hand.told.outcomes(1))[0][1] == "taken"


@pytest.mark.parametrize(
    "given",
    [{"source": Address("1" * 21)}, {"destination": Address("a\0b")}, {"source": Address("\u20ac")}],
)
async def test_what_smpp_cannot_say_is_given_up_alone(by_hand: ByHand, given: dict[str, Any]) -> None:
    esme = await by_hand.house.transceiver()
    esme.automatic = 0
    bad = mo("hi", **given)
    by_hand.carry(LANE, [bad, receipt()])
    outcomes = {number: (how, answer) for number, how, answer in await by_hand.told.outcomes(2)}
    handover, answer = outcomes.pop(bad.message_id)
    assert handover == "gone"
    assert answer.startswith("cannot be written: ")
    assert "hi" not in answer
    assert list(outcomes.values()) == [("taken", "ESME_ROK")]


async def test_a_client_below_smpp_34_cannot_be_told_what_needs_a_tlv(by_hand: ByHand) -> None:
    await by_hand.house.transceiver(interface_version=0x33)
    by_hand.carry(LANE, [mo(None, octets=b"\x00" * 300, udhi=True)])
    assert (await by_hand.told.outcomes(1))[0][1] == "gone"


async def test_a_notice_that_cannot_be_made_is_given_up(by_hand: ByHand) -> None:
    await by_hand.house.transceiver()
    odd = msgspec.structs.replace(by_hand.house.directory.accounts["acme"], smpp_receipts="unheard of")
    by_hand.house.directory.accounts["acme"] = odd
    by_hand.carry(LANE, [receipt()])
    assert (await by_hand.told.outcomes(1))[0][1] == "gone"


async def test_what_is_owed_to_another_account_is_kept_from_who_has_its_system_id_now(
    by_hand: ByHand,
) -> None:
    esme = await by_hand.house.transceiver()
    esme.automatic = 0
    by_hand.carry(LANE, [receipt("other"), receipt("nobody"), receipt()])
    outcomes = await by_hand.told.outcomes(3)
    assert [how for _, how, _ in outcomes] == ["failed", "failed", "taken"]
    assert len(esme.got) == 1


async def test_nothing_is_sent_while_the_peer_takes_no_octets(by_hand: ByHand) -> None:
    esme = await by_hand.house.transceiver()
    await by_hand.told.told_of_room(1)
    link = link_of(by_hand.house)
    by_hand.carry(LANE, [mo("x" * 153 * 2)])
    for _ in range(2):
        await esme.next()
    link.pause_writing()
    assert by_hand.room(LANE) == 0
    by_hand.carry(LANE, [receipt()])
    assert link.session.outstanding == 2
    link.resume_writing()
    assert (await esme.next()).body.esm_class == 0x04  # type: ignore[attr-defined]


async def test_parts_wait_too_while_the_peer_takes_no_octets(by_hand: ByHand) -> None:
    esme = await by_hand.house.transceiver()
    link = link_of(by_hand.house)
    by_hand.carry(LANE, [mo("x" * 153 * 4)])
    link.pause_writing()
    esme.take(await esme.next())
    await until(lambda: link.session.outstanding == 2)
    link.resume_writing()
    assert link.session.outstanding == 3
    for _ in range(3):
        await esme.next()


async def test_a_revoked_session_is_unbound_and_served_no_more(by_hand: ByHand) -> None:
    raw = await by_hand.house.raw()
    await raw.bind()
    by_hand.carry(LANE, [receipt()])
    await raw.hear()
    by_hand.house.change(Kind.CREDENTIAL, "acme", credential("acme", "acme", version=2, secret_hash="new"))
    by_hand.house.server.recheck()
    answer = await raw.ask(encode_body(submit_sm(), 7))
    assert (answer.sequence, answer.status) == (7, Status.ESME_RINVSYSID)
    # The delivery stays unanswered, so that no unbind is due before the grace ends.
    await raw.rest()
    assert (await by_hand.told.outcomes(1))[0][1] == "away"
    assert await by_hand.house.all_stored() == []
    again = await by_hand.house.esme()
    assert await again.refused(BindTransceiver("acme", PASSWORD)) == Status.ESME_RINVPASWD


@pytest.mark.parametrize("by_hand", [{"window_out": 3, "inactivity_timer": 0.05}], indirect=True)
async def test_parts_left_when_inactivity_ends_the_session_are_away(by_hand: ByHand) -> None:
    esme = await by_hand.house.receiver()
    by_hand.carry(LANE, [mo("x" * 153 * 5)])
    parts = [await esme.next() for _ in range(3)]
    session = link_of(by_hand.house).session
    await until(lambda: session._phase is Phase.DRAINING)
    for pdu in parts:
        esme.take(pdu)
    ((_, handover, answer),) = await by_hand.told.outcomes(1)
    assert (handover, answer) == ("away", "not bound")
    assert (await soon(esme.ended)).reason is Reason.UNBOUND
