"""One ESME's session over a real socket: its bind, its requests in order, its end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chappe.domain.account import Account
from chappe.ports.directory import Kind
from chappe.protocols.smpp.codec import encode_body
from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import (
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    CancelSm,
    DataSm,
    EnquireLink,
    QuerySm,
    ReplaceSm,
    SubmitMulti,
)
from chappe.protocols.smpp.destinations import SmeAddress
from chappe.protocols.smpp.events import Closing, Reason
from chappe.protocols.smpp.statuses import Status
from chappe.protocols.smpp.tlvs import Tag
from dialects.smpp.core_under_test import House, credential, link_of
from dialects.smpp.esme import PASSWORD, soon, submit_sm, until

# ---------------------------------------------------------------- binds


@pytest.mark.parametrize(
    ("bind", "mode"), [(BindTransmitter, "tx"), (BindReceiver, "rx"), (BindTransceiver, "trx")]
)
async def test_the_three_binds(house: House, bind: Any, mode: str) -> None:
    esme = await house.esme()
    await esme.bind(bind("acme", PASSWORD))
    answer = (await soon(esme.bound)).pdu
    assert answer.body.system_id == "chappe"
    assert answer.tlvs == ((Tag.SC_INTERFACE_VERSION, b"\x34"),)
    assert house.meter.of("smpp_binds", mode) == 1
    assert house.server.bound() == {"acme": 1}


@pytest.mark.parametrize(
    ("system_id", "password", "status"),
    [
        ("acme", "wrong", "ESME_RINVPASWD"),
        ("acme", "", "ESME_RINVPASWD"),
        ("nobody", PASSWORD, "ESME_RINVPASWD"),
        ("", "", "ESME_RINVPASWD"),
        ("off", PASSWORD, "ESME_RINVPASWD"),
        ("\xff" * 15, "\xff" * 8, "ESME_RINVPASWD"),
        ("far", PASSWORD, "ESME_RBINDFAIL"),
        ("unbindable", PASSWORD, "ESME_RBINDFAIL"),
    ],
)
async def test_a_bind_that_is_refused_is_answered_and_closed(
    house: House, system_id: str, password: str, status: str
) -> None:
    esme = await house.esme()
    assert Status(await esme.refused(BindTransceiver(system_id, password))).name == status
    assert house.meter.of("smpp_refused_binds", status) == 1
    await soon(house.server._reception.nobody.wait())
    assert house.server.bound() == {}


async def test_all_modes_and_logins_of_an_account_count_together(house: House) -> None:
    house.change(Kind.CREDENTIAL, "two-b", credential("two-b", "two"))
    first = await house.transmitter("two")
    await house.receiver("two-b")
    third = await house.esme()
    assert await third.refused(BindTransceiver("two", PASSWORD)) == Status.ESME_RBINDFAIL
    first.unbind()
    await soon(first.ended)
    await house.transceiver("two")


async def test_binds_that_race_are_counted_one_after_the_other(house: House) -> None:
    esmes = [await house.esme() for _ in range(5)]
    await asyncio.gather(*(esme.bind(BindTransceiver("two", PASSWORD)) for esme in esmes))
    assert sum(esme.bound.done() for esme in esmes) == 2
    assert house.server.bound() == {"two": 2}


async def test_a_refusal_is_told_after_a_delay() -> None:
    house = House(refusal_delay=0.05)
    await house.open()
    esme = await house.esme()
    began = esme.link.now()
    await esme.refused(BindTransceiver("acme", "wrong"))
    assert esme.link.now() - began >= 0.05
    await house.close()


async def test_who_goes_away_before_the_refusal_is_not_waited_for() -> None:
    house = House(refusal_delay=60.0)
    await house.open()
    esme = await house.esme()
    esme.link.session.bind(BindTransceiver("acme", "wrong"), esme.link.now())
    esme.link.flush()
    await house.meter.reaches(1, "smpp_refused_binds")
    esme.abort()
    await soon(house.server._reception.nobody.wait())
    await house.close()


async def test_a_login_that_ends_after_its_connection_binds_nobody(house: House) -> None:
    gate, began = asyncio.Event(), asyncio.Event()

    async def verify(secret_hash: str, password: str) -> bool:
        began.set()
        await gate.wait()
        return True

    house.core.authenticator._verify = verify
    esme = await house.esme()
    esme.link.session.bind(BindTransceiver("acme", PASSWORD), esme.link.now())
    esme.link.flush()
    await soon(began.wait())
    esme.abort()
    await soon(house.server._reception.nobody.wait())
    gate.set()
    await asyncio.wait(house.server._reception.tasks)
    assert house.server.bound() == {}
    assert house.meter.of("smpp_binds") == 0


async def test_a_fault_while_logging_in_is_a_system_error(house: House) -> None:
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["exception"]))

    async def verify(secret_hash: str, password: str) -> bool:
        raise RuntimeError("no memory for a hash")

    house.core.authenticator._verify = verify
    esme = await house.esme()
    assert await esme.refused(BindTransceiver("acme", PASSWORD)) == Status.ESME_RSYSERR
    assert [str(error) for error in told] == ["no memory for a hash"]


async def test_a_second_bind_changes_nothing(house: House) -> None:
    raw = await house.raw()
    await raw.bind()
    answer = await raw.ask(encode_body(BindReceiver("other", PASSWORD), 2))
    assert (answer.command, answer.status) == (Command.BIND_RECEIVER_RESP, Status.ESME_RALYBND)
    assert house.server.bound() == {"acme": 1}
    assert (await raw.ask(encode_body(submit_sm(), 3))).status == 0
    assert house.meter.of("smpp_refused_pdus", "already_bound") == 1


# ---------------------------------------------------------------- requests


async def test_every_request_that_is_offered_is_answered(house: House) -> None:
    esme = await house.transceiver()
    message_id = await esme.submit()
    for body, command in (
        (DataSm(destination_addr="31612345678"), Command.DATA_SM_RESP),
        (SubmitMulti(dest_address=(SmeAddress("31612345678"),)), Command.SUBMIT_MULTI_RESP),
        (ReplaceSm(message_id=message_id, short_message=b"new"), Command.REPLACE_SM_RESP),
        (CancelSm(message_id=message_id), Command.CANCEL_SM_RESP),
        (QuerySm(message_id), Command.QUERY_SM_RESP),
    ):
        answer = await esme.ask(body)
        assert (answer.command, answer.status) == (command, 0)


async def test_what_is_said_at_once_is_one_commit_and_answered_in_order(house: House) -> None:
    esme = await house.transmitter()
    answers = [esme.say(submit_sm(b"%d" % number)) for number in range(50)]
    bad = esme.say(submit_sm(destination_addr="x"))
    answers.append(esme.say(submit_sm(b"50")))
    await soon(asyncio.gather(*answers, bad))
    assert house.store.batches == [51]
    assert [answer.sequence for answer in esme.answers] == list(range(2, 54))
    assert bad.result().status == Status.ESME_RINVDSTADR
    ids = [answer.result().body.message_id for answer in answers]  # type: ignore[attr-defined]
    assert [(await house.stored(each)).message.octets for each in ids] == [b"%d" % n for n in range(51)]


async def test_answers_keep_the_order_of_arrival_over_reads(house: House) -> None:
    raw = await house.raw()
    await raw.bind()
    house.store.gate.clear()
    raw.say(encode_body(submit_sm(), 2))
    raw.say(encode_body(EnquireLink(), 3))
    assert (await raw.hear()).sequence == 3
    raw.say(encode_body(submit_sm(destination_addr="x"), 4))
    raw.say(encode_body(EnquireLink(), 5))
    assert (await raw.hear()).sequence == 5
    house.store.gate.set()
    first, second = await raw.hear(), await raw.hear()
    assert (first.sequence, first.status) == (2, 0)
    assert (second.sequence, second.status) == (4, Status.ESME_RINVDSTADR)


async def test_who_keeps_to_the_window_is_read_and_who_does_not_is_not(house: House) -> None:
    raw = await house.raw()
    await raw.bind("narrow")
    house.store.gate.clear()
    raw.say(encode_body(submit_sm(), 2), encode_body(submit_sm(), 3), encode_body(EnquireLink(), 4))
    assert (await raw.hear()).sequence == 4
    raw.say(encode_body(submit_sm(), 5))
    link = link_of(house)
    await until(lambda: not link._reading)
    raw.say(encode_body(EnquireLink(), 6))
    house.store.gate.set()
    assert [(await raw.hear()).sequence for _ in range(4)] == [2, 3, 5, 6]


async def test_a_window_that_an_operator_widens_is_wider_at_once(house: House) -> None:
    esme = await house.transmitter("narrow")
    house.change(Kind.ACCOUNT, "narrow", Account(name="narrow", smpp_window=50))
    house.store.gate.clear()
    answers = [esme.say(submit_sm()) for _ in range(40)]
    await until(lambda: sum(house.store.batches) == 40)
    assert link_of(house)._reading
    house.store.gate.set()
    await soon(asyncio.gather(*answers))


async def test_a_fault_of_ours_is_answered_and_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["exception"]))
    esme = await house.transceiver()

    async def submit(*_: Any, **__: Any) -> None:
        raise RuntimeError("bug")

    monkeypatch.setattr(house.core.submit, "submit", submit)
    answer = await esme.ask(submit_sm())
    assert answer.status == Status.ESME_RSYSERR
    monkeypatch.undo()
    await esme.submit()
    assert [str(error) for error in told] == ["bug"]


async def test_a_client_that_is_gone_meanwhile_keeps_nothing_open(house: House) -> None:
    esme = await house.transceiver()
    house.store.gate.clear()
    esme.say(submit_sm())
    await until(lambda: house.store.batches != [])
    esme.abort()
    await soon(house.server._reception.nobody.wait())
    house.store.gate.set()
    await asyncio.wait(house.server._reception.tasks)
    assert len(await house.all_stored()) == 1


# ---------------------------------------------------------------- ends


async def test_a_session_that_ends_is_counted_by_its_reason(house: House) -> None:
    esme = await house.transceiver()
    esme.unbind()
    assert (await soon(esme.ended)).reason is Reason.UNBOUND
    await house.meter.reaches(1, "smpp_closed", "unbound")


async def test_the_place_of_a_bind_is_free_before_its_unbind_resp_is_written(house: House) -> None:
    await house.transceiver("two")
    assert house.server.bound() == {"two": 1}
    link = link_of(house)
    link._owner.happened(link, [Closing(Reason.UNBOUND)])
    assert house.server.bound() == {}


async def test_half_a_bind_and_then_silence_ends_the_session() -> None:
    for timer in ("session_init_timer", "pdu_read_timer"):
        house = House(**{timer: 0.05})
        await house.open()
        raw = await house.raw()
        raw.say(encode_body(BindTransceiver("acme", PASSWORD), 1)[:20])
        assert await raw.rest() == b""
        assert house.meter.of("smpp_closed", timer) == 1
        await house.close()


async def test_who_does_not_answer_enquire_link_is_gone() -> None:
    house = House(enquire_link_timer=0.02, enquire_link_response_timer=0.02)
    await house.open()
    raw = await house.raw()
    await raw.bind()
    assert isinstance((await raw.hear()).body, EnquireLink)
    assert await raw.rest() == b""
    assert house.meter.of("smpp_closed", "enquire_link_timer") == 1
    await house.close()
