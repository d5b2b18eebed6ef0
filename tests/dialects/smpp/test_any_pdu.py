"""Requests out of state, and requests of any content: each is answered once, by its kind and number, and nothing else happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chappe.protocols.smpp.codec import encode_body
from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import (
    BODIES,
    AlertNotification,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    Body,
    CancelSm,
    DataSm,
    DeliverSm,
    EnquireLink,
    GenericNack,
    Outbind,
    QuerySm,
    ReplaceSm,
    SubmitMulti,
    SubmitSm,
    Unbind,
)
from chappe.protocols.smpp.destinations import SmeAddress
from chappe.protocols.smpp.statuses import Status
from dialects.smpp.core_under_test import House
from dialects.smpp.esme import PASSWORD, Raw, soon, submit_sm

PING = encode_body(EnquireLink(), 77)
OK, STATE, ALREADY, ID = (
    Status.ESME_ROK,
    Status.ESME_RINVBNDSTS,
    Status.ESME_RALYBND,
    Status.ESME_RINVMSGID,
)
MODES: dict[str, type[Body] | None] = {
    "open": None,
    "tx": BindTransmitter,
    "rx": BindReceiver,
    "trx": BindTransceiver,
}
MULTI = SubmitMulti(dest_address=(SmeAddress("31612345678", 1, 1),), short_message=b"hi")
# SMPP 3.4 §2.3: what is answered in the states open, bound_tx, bound_rx, bound_trx. None: by a bind of its own.
OUT_OF_STATE: list[tuple[Body, tuple[Status | None, ...]]] = [
    (BindTransmitter("acme", PASSWORD), (None, ALREADY, ALREADY, ALREADY)),
    (BindReceiver("acme", PASSWORD), (None, ALREADY, ALREADY, ALREADY)),
    (BindTransceiver("acme", PASSWORD), (None, ALREADY, ALREADY, ALREADY)),
    (submit_sm(), (STATE, OK, STATE, OK)),
    (MULTI, (STATE, OK, STATE, OK)),
    (QuerySm("0"), (STATE, ID, STATE, ID)),
    (CancelSm(message_id="0"), (STATE, ID, STATE, ID)),
    (ReplaceSm(message_id="0"), (STATE, ID, STATE, ID)),
    (DeliverSm(), (STATE, STATE, STATE, STATE)),
    (EnquireLink(), (OK, OK, OK, OK)),
]
UNANSWERED: list[Body] = [Outbind("acme", PASSWORD), AlertNotification(), GenericNack()]


async def in_mode(house: House, mode: str) -> Raw:
    raw = await house.raw()
    bind = MODES[mode]
    if bind is not None:
        assert (await raw.ask(encode_body(bind("acme", PASSWORD), 1))).status == 0  # type: ignore[call-arg]
    return raw


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("said", "statuses"), OUT_OF_STATE, ids=lambda one: type(one).__name__)
async def test_each_request_in_each_state(
    house: House, said: Body, statuses: tuple[Status | None, ...], mode: str
) -> None:
    status = statuses[list(MODES).index(mode)]
    raw = await in_mode(house, mode)
    answer = await raw.ask(encode_body(said, 9))
    assert (answer.command, answer.sequence) == (said.command | 0x80000000, 9)
    assert Status(answer.status) is (OK if status is None else status)
    assert len(await house.all_stored()) == (status is OK and not isinstance(said, EnquireLink))
    assert (await raw.ask(PING)).sequence == 77


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("said", UNANSWERED, ids=lambda one: type(one).__name__)
async def test_what_has_no_answer_gets_none(house: House, said: Body, mode: str) -> None:
    raw = await in_mode(house, mode)
    raw.say(encode_body(said, 9))
    assert (await raw.ask(PING)).sequence == 77


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("command", [each for each in BODIES if each & 0x80000000], ids=hex)
async def test_an_answer_to_nothing_gets_none(house: House, command: int, mode: str) -> None:
    raw = await in_mode(house, mode)
    raw.say(encode_body(BODIES[command](), 9), encode_body(BODIES[command](), 0, 8))
    assert (await raw.ask(PING)).sequence == 77
    assert await house.all_stored() == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("command", [0x00, 0x0A, 0x0C, 0x20, 0x111, 0x104, 0x200, 0x10001, 0x7FFFFFFF])
async def test_a_command_that_there_is_not(house: House, command: int, mode: str) -> None:
    """SMPP 3.4 §4.3: generic_nack says so, with the request's own number."""
    raw = await in_mode(house, mode)
    header = b"".join(each.to_bytes(4, "big") for each in (18, command, 0, 9))
    answer = await raw.ask(header + b"hi")
    assert (answer.command, answer.status, answer.sequence) == (
        Command.GENERIC_NACK,
        Status.ESME_RINVCMDID,
        9,
    )
    assert (await raw.ask(PING)).sequence == 77


@pytest.mark.parametrize("sequence", [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
async def test_a_number_is_given_back_whatever_it_is(house: House, sequence: int) -> None:
    """SMPP 3.4 §5.1.4 has 1 to 0x7FFFFFFF; clients that count on are understood."""
    raw = await in_mode(house, "trx")
    answer = await raw.ask(encode_body(submit_sm(), sequence))
    assert (answer.status, answer.sequence) == (0, sequence)


async def test_a_number_that_is_open_still_is_answered_twice(house: House) -> None:
    raw = await in_mode(house, "trx")
    house.store.gate.clear()
    raw.say(encode_body(submit_sm(b"one"), 9), encode_body(submit_sm(b"two"), 9))
    assert (await raw.ask(PING)).sequence == 77
    house.store.gate.set()
    answers = [await raw.hear() for _ in range(2)]
    assert [one.sequence for one in answers] == [9, 9]
    accepted = [one for one in answers if one.status == 0]
    assert len(await house.all_stored()) == len(accepted)


@pytest.mark.parametrize("mode", ["tx", "rx", "trx"])
async def test_behind_an_unbind_nothing_is_taken(house: House, mode: str) -> None:
    raw = await in_mode(house, mode)
    raw.say(encode_body(Unbind(), 9), encode_body(submit_sm(), 10))
    answers = {answer.sequence: answer for answer in (await raw.hear(), await raw.hear())}
    assert (answers[9].command, answers[9].status) == (Command.UNBIND_RESP, 0)
    assert (answers[10].command, answers[10].status) == (Command.SUBMIT_SM_RESP, STATE)
    assert await raw.rest() == b""
    assert await house.all_stored() == []


async def test_a_status_in_a_request_means_nothing(house: House) -> None:
    raw = await in_mode(house, "trx")
    assert (await raw.ask(encode_body(submit_sm(), 9, 0x45))).status == 0


async def test_a_client_that_goes_in_the_middle_of_a_request_leaves_nothing(house: House) -> None:
    raw = await in_mode(house, "trx")
    raw.say(encode_body(submit_sm(), 9)[:-1])
    raw.abort()
    await soon(house.server._reception.nobody.wait())
    assert await house.all_stored() == []
    assert house.errors == []


# ---------------------------------------------------------------- any content

OCTET = st.integers(0, 255) | st.sampled_from([0, 1, 5, 255])
TIME = st.sampled_from(
    ["", "000000010000000R", "261231235959948+", "x", "9" * 15 + "R", "200101000000000+"]
) | st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=16)
ADDRESS = st.sampled_from(["", "31612345678", "Shop", "+31612345678", "00", "9912345678"]) | st.text(
    st.characters(min_codepoint=1, max_codepoint=255), max_size=20
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "service_type": st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=5),
    **dict.fromkeys(("source_addr", "destination_addr"), ADDRESS),
    **dict.fromkeys(("schedule_delivery_time", "validity_period"), TIME),
    "short_message": st.binary(max_size=254),
    "message_id": st.sampled_from(["", "0", "0" * 32]) | st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=64),
    "dest_address": st.lists(st.builds(SmeAddress, ADDRESS, OCTET, OCTET), min_size=1, max_size=5).map(tuple),
}  # fmt: skip
KINDS: tuple[type[Body], ...] = (SubmitSm, DataSm, SubmitMulti, QuerySm, CancelSm, ReplaceSm)
TLVS = st.lists(
    st.tuples(st.integers(0x1400, 0x3FFF), st.binary(max_size=20))
    | st.tuples(st.just(0x0424), st.binary(max_size=400)),
    max_size=3,
).map(tuple)


@st.composite
def bodies(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Body:
    """A request that differs from a good one in a few fields, which hold whatever can be written."""
    kind = draw(st.sampled_from(KINDS))
    names = [field.name for field in msgspec.structs.fields(kind)]
    good: dict[str, Any] = {
        "source_addr": "Shop",
        "source_addr_ton": 5,
        "destination_addr": "31612345678",
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
        "short_message": b"hi",
        "dest_address": (SmeAddress("31612345678", 1, 1),),
    }
    changed = draw(st.lists(st.sampled_from(names), max_size=4, unique=True))
    given_ = {name: draw(FIELDS.get(name, OCTET)) for name in changed}
    return kind(**{**{name: value for name, value in good.items() if name in names}, **given_})


def with_house(play: Callable[[House, Raw], Awaitable[None]]) -> None:
    async def run() -> None:
        told: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        house = House()
        await house.open()
        raw = await house.raw()
        await raw.bind()
        await play(house, raw)
        await house.close()
        assert told == []

    asyncio.run(run())


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(bodies(), TLVS), min_size=1, max_size=6))
def test_each_request_is_answered_once_in_order_and_what_is_taken_is_kept(
    asked: list[tuple[Body, tuple[tuple[int, bytes], ...]]],
) -> None:
    async def play(house: House, raw: Raw) -> None:
        raw.say(*[encode_body(body, number, 0, tlvs) for number, (body, tlvs) in enumerate(asked, 10)])
        taken = 0
        for number, (body, _) in enumerate(asked, 10):
            answer = await raw.hear()
            assert (answer.command, answer.sequence) == (body.command | 0x80000000, number)
            assert answer.status in set(Status)
            assert answer.status != Status.ESME_RUNKNOWNERR
            if not answer.status and isinstance(body, SubmitMulti):
                told: Any = answer.body
                taken += len(body.dest_address) - len(told.unsuccess_sme)
            else:
                taken += not answer.status and isinstance(body, SubmitSm | DataSm)
        assert len(await house.all_stored()) == taken
        assert (await raw.ask(PING)).sequence == 77

    with_house(play)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(bodies(), st.lists(st.tuples(st.integers(0, 400), OCTET), max_size=3), st.integers(0, 400)),
        min_size=1,
        max_size=6,
    )
)
def test_damaged_requests_are_answered_each_and_the_session_goes_on(
    asked: list[tuple[Body, list[tuple[int, int]], int]],
) -> None:
    async def play(_: House, raw: Raw) -> None:
        for number, (body, changes, kept) in enumerate(asked, 10):
            octets = bytearray(encode_body(body, number))
            for at, octet in changes:
                octets[16 + at % max(len(octets) - 16, 1) : 17 + at % max(len(octets) - 16, 1)] = bytes(
                    (octet,)
                )
            if kept < 200:
                del octets[16 + kept :]
            octets[:4] = len(octets).to_bytes(4, "big")
            answer = await raw.ask(bytes(octets))
            assert (answer.command, answer.sequence) == (body.command | 0x80000000, number)
            assert answer.status in set(Status)
        assert (await raw.ask(PING)).sequence == 77

    with_house(play)
