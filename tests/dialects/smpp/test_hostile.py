"""Clients that mean no good, or cannot do better: each gets an answer of SMPP or is cut off, and nobody else suffers."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chappe.protocols.smpp.codec import encode_body
from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import (
    AlertNotification,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    Body,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    Outbind,
    QuerySm,
    SubmitSmResp,
)
from chappe.protocols.smpp.statuses import Status
from chappe.protocols.smpp.tlvs import Tag
from dialects.smpp.core_under_test import HOST, House
from dialects.smpp.esme import PASSWORD, Raw, soon, submit_sm

PING = encode_body(EnquireLink(), 77)


async def is_well(house: House) -> None:
    """Whether everybody else is served."""
    raw = await house.raw()
    await raw.bind("other")
    assert (await raw.ask(encode_body(submit_sm(), 2))).status == 0
    raw.abort()


@pytest.mark.parametrize("length", [0, 15, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 66_561])
@pytest.mark.parametrize("bound", [False, True])
async def test_a_length_that_cannot_be_ends_the_session(house: House, length: int, bound: bool) -> None:
    raw = await house.raw()
    if bound:
        await raw.bind()
    answer = await raw.ask(length.to_bytes(4, "big") + bytes.fromhex("00000004 00000000 00000009"))
    assert (answer.command, answer.status, answer.sequence) == (
        Command.GENERIC_NACK,
        Status.ESME_RINVCMDLEN,
        9,
    )
    assert await raw.rest() == b""
    await is_well(house)


@pytest.mark.parametrize(
    ("said", "command", "status"),
    [
        (submit_sm(), Command.SUBMIT_SM_RESP, Status.ESME_RINVBNDSTS),
        (QuerySm("1"), Command.QUERY_SM_RESP, Status.ESME_RINVBNDSTS),
        (DeliverSm(), Command.DELIVER_SM_RESP, Status.ESME_RINVBNDSTS),
    ],
)
async def test_before_the_bind_nothing_is_served(
    house: House, said: Body, command: Command, status: Status
) -> None:
    raw = await house.raw()
    answer = await raw.ask(encode_body(said, 5))
    assert (answer.command, answer.status, answer.sequence) == (command, status, 5)
    await raw.bind()
    assert (await raw.ask(encode_body(submit_sm(), 6))).status == 0


async def test_a_client_may_not_play_the_network(house: House) -> None:
    """Threat S18: a receipt from a client would be forged; it changes nothing."""
    raw = await house.raw()
    await raw.bind()
    message_id = (await raw.ask(encode_body(submit_sm(), 2))).body.message_id  # type: ignore[attr-defined]
    forged = f"id:{message_id} submit date:2609211413 done date:2609211413 stat:DELIVRD err:000"
    answer = await raw.ask(encode_body(DeliverSm(esm_class=4, short_message=forged.encode()), 3))
    assert (answer.command, answer.status) == (Command.DELIVER_SM_RESP, Status.ESME_RINVBNDSTS)
    answer = await raw.ask(encode_body(submit_sm(forged.encode(), esm_class=4), 4))
    assert answer.status == Status.ESME_RINVESMCLASS
    raw.say(encode_body(AlertNotification(), 5), encode_body(Outbind("acme", PASSWORD), 6))
    told = await raw.ask(encode_body(QuerySm(message_id), 7))
    assert (told.sequence, told.body.message_state) == (7, 1)  # type: ignore[attr-defined]


@pytest.mark.parametrize("mode", [BindReceiver, BindTransmitter])
async def test_each_mode_has_its_own_requests(
    house: House, mode: type[BindReceiver | BindTransmitter]
) -> None:
    raw = await house.raw()
    assert (await raw.ask(encode_body(mode("acme", PASSWORD), 1))).status == 0
    expected = Status.ESME_RINVBNDSTS if mode is BindReceiver else Status.ESME_ROK
    assert (await raw.ask(encode_body(submit_sm(), 2))).status == expected
    # The session stays; Jasmin would have ended it.
    assert (await raw.ask(PING)).command == Command.ENQUIRE_LINK_RESP


async def test_unknown_commands_bad_bodies_and_answers_to_nothing_do_no_harm(house: House) -> None:
    raw = await house.raw()
    await raw.bind()
    unknown = bytes.fromhex("00000010 00000111 00000000 00000003")
    assert (await raw.ask(unknown)).status == Status.ESME_RINVCMDID
    torn = encode_body(submit_sm(), 4)[:-2]
    torn = len(torn).to_bytes(4, "big") + torn[4:]
    answer = await raw.ask(torn)
    assert (answer.command, answer.status) == (Command.SUBMIT_SM_RESP, Status.ESME_RINVMSGLEN)
    raw.say(encode_body(DeliverSmResp(), 5), encode_body(SubmitSmResp("1"), 6))
    raw.say(bytes.fromhex("00000010 80000111 00000000 00000007"))
    overrun = encode_body(submit_sm(), 8, 0, ((0x1401, b"1"),))
    overrun = overrun[:-3] + b"\x00\xff1"
    assert (await raw.ask(overrun)).status == Status.ESME_RINVOPTPARSTREAM
    assert (await raw.ask(PING)).sequence == 77
    assert house.meter.of("smpp_refused_pdus", "stray_response") == 2
    assert house.meter.of("smpp_refused_pdus", "unknown_command") == 2


async def test_a_message_of_more_than_255_parts_is_too_long_and_one_of_64_kilobytes_is_read(
    house: House,
) -> None:
    raw = await house.raw()
    await raw.bind()
    for octets, status in ((b"x" * 65_535, Status.ESME_RINVMSGLEN), (b"x" * 39_015, Status.ESME_ROK)):
        said = encode_body(submit_sm(b""), 2, 0, ((Tag.MESSAGE_PAYLOAD, octets),))
        assert (await raw.ask(said)).status == status
    (stored,) = await house.all_stored()
    assert stored.message.parts == 255


async def test_who_sends_far_over_the_window_is_slowed_and_then_throttled_and_loses_nothing() -> None:
    house = House(window_in=50, throttle_mark=100)
    await house.open()
    raw = await house.raw()
    await raw.bind()
    count = 3_000
    raw.say(*[encode_body(submit_sm(), 2 + number) for number in range(count)])
    statuses: dict[int, int] = {}
    for _ in range(count):
        pdu = await raw.hear()
        assert pdu.sequence not in statuses
        statuses[pdu.sequence] = pdu.status
    assert set(statuses.values()) <= {Status.ESME_ROK, Status.ESME_RTHROTTLED}
    accepted = sum(status == 0 for status in statuses.values())
    assert accepted >= 100
    assert len(await house.all_stored()) == accepted
    await house.close()


async def test_ten_thousand_wrong_passwords_reach_few_hashes_and_lock_nobody_out(house: House) -> None:
    """Threat S1: what is counted is seen, and fewer than a hundred guesses a minute cost a hash."""
    known = await house.transceiver("other")
    guesses = 10_000
    wrong = encode_body(BindTransceiver("acme", "guess"), 1)

    async def guess(count: int) -> None:
        for _ in range(count):
            reader, writer = await asyncio.open_connection(HOST, house.port)
            writer.write(wrong)
            answer = await reader.read()
            assert answer[8:12] == b"\0\0\0\x0e"
            writer.close()
            await writer.wait_closed()

    await asyncio.wait_for(asyncio.gather(*[guess(guesses // 50) for _ in range(50)]), 60)
    assert house.meter.of("smpp_refused_binds", "ESME_RINVPASWD") == guesses
    assert house.meter.of("auth_failures") + house.meter.of("auth_throttled") == guesses
    assert house.hashed < 100
    # Who was in a moment ago comes in again from the guesser's own address, its victim from anywhere else.
    known.unbind()
    await soon(known.ended)
    await house.transceiver("other")
    esme = await house.esme(local="127.1.0.1")
    await esme.bind(BindTransceiver("acme", PASSWORD))
    assert esme.bound.done()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=80), max_size=4), st.booleans(), st.booleans())
def test_random_octets_end_in_an_answer_or_a_close(pieces: list[bytes], bound: bool, framed: bool) -> None:
    async def run() -> None:
        told: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        house = House(
            session_init_timer=0.05,
            pdu_read_timer=0.01,
            enquire_link_timer=0.01,
            enquire_link_response_timer=0.01,
        )
        await house.open()
        raw: Raw = await house.raw()
        if bound:
            await raw.bind()
        for piece in pieces:
            raw.say((len(piece) + 4).to_bytes(4, "big") + piece if framed else piece)
        with contextlib.suppress(ConnectionError):
            await raw.rest()
        await soon(house.server._reception.nobody.wait())
        await house.close()
        assert told == []

    asyncio.run(run())
