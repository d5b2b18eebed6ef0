"""What clients live through: absence, long absence, a slow one among others, a wish for failures only."""

from __future__ import annotations

import asyncio

import uvloop

from chappe.domain.state import State
from chappe.protocols.smpp.commands import BindTransceiver, DeliverSm, SubmitMulti
from chappe.protocols.smpp.destinations import SmeAddress
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.receipts import read
from chappe.protocols.smpp.statuses import Status
from chappe.protocols.smpp.tlvs import Tag
from dialects.smpp.core_under_test import House
from dialects.smpp.esme import PASSWORD, soon, submit_sm


def id_of(pdu: Pdu) -> str:
    assert isinstance(pdu.body, DeliverSm)
    found = read(pdu.body.short_message.decode())
    assert found is not None
    return found.id


async def test_receipts_wait_for_a_client_that_is_away_and_come_oldest_first(house: House) -> None:
    """Fault F14 of the reliability notes: back after an hour, all delivered."""
    esme = await house.transmitter()
    ids = [await esme.submit() for _ in range(120)]
    esme.abort()
    await esme.gone()
    await house.sent(*ids)
    for each in ids:
        house.clock.ms += 1_000
        await house.receipt(each)
    house.clock.ms += 3_600_000
    await house.arrival(b"STOP")
    back = await house.transceiver()
    got = []
    for _ in range(121):
        pdu = await back.next()
        got.append(pdu)
        back.take(pdu)
    assert [id_of(pdu) for pdu in got[:-1]] == ids
    assert got[-1].body.short_message == b"STOP"  # type: ignore[attr-defined]
    await house.meter.reaches(121, "notices", "taken")
    assert await house.store.owed_count() == 0
    attempts = {row.owed.attempts for row in house.store._tables.outbox.values()}
    assert attempts == {1}


async def test_a_client_that_breaks_off_hears_again_what_it_did_not_answer(house: House) -> None:
    esme = await house.transceiver()
    ids = [await esme.submit() for _ in range(10)]
    await house.sent(*ids)
    await house.receipt(*ids)
    for _ in range(4):
        esme.take(await esme.next())
    await house.meter.reaches(4, "notices", "taken")
    esme.abort()
    await house.meter.reaches(6, "notices", "away")
    back = await house.esme()
    # What it is owed may come with the answer to its bind.
    back.automatic = 0
    await back.bind(BindTransceiver("acme", PASSWORD))
    await house.meter.reaches(10, "notices", "taken")
    assert [id_of(pdu) for pdu in back.got] == ids[4:]


async def test_one_client_that_says_nothing_holds_nobody_up() -> None:
    house = House(window_out=3)
    await house.open()
    slow, quick = await house.transceiver(), await house.transceiver("other")
    quick.automatic = 0
    lost = [await slow.submit() for _ in range(20)]
    ids = [await quick.submit() for _ in range(20)]
    await house.sent(*lost, *ids)
    await house.receipt(*lost)
    await house.receipt(*ids)
    await house.meter.reaches(20, "notices", "taken")
    assert [id_of(pdu) for pdu in quick.got] == ids
    assert len(slow.got) == 3
    await house.close()


async def test_failures_only_and_successes_only(house: House) -> None:
    esme = await house.transceiver()
    wishes = {flag: [await esme.submit(registered_delivery=flag) for _ in range(2)] for flag in (0, 1, 2, 3)}
    for good, bad in wishes.values():
        await house.sent(good, bad)
        await house.receipt(good)
        await house.receipt(bad, state=State.UNDELIVERED, word="UNDELIV", error="011")
    last = await esme.submit()
    await house.sent(last)
    await house.receipt(last)
    heard = [id_of(await esme.next()) for _ in range(5)]
    assert sorted(heard[:4]) == sorted([*wishes[1], wishes[2][1], wishes[3][0]])
    assert heard[4] == last


async def test_a_receipt_that_is_refused_for_now_comes_again_by_the_plan(house: House) -> None:
    esme = await house.transceiver()
    message_id = await esme.submit()
    await house.sent(message_id)
    await house.receipt(message_id)
    esme.take(await esme.next(), Status.ESME_RX_T_APPN)
    await house.meter.reaches(1, "notices", "failed")
    (row,) = house.store._tables.outbox.values()
    assert (row.owed.attempts, row.answer) == (1, "ESME_RX_T_APPN")
    assert row.owed.due_ms > house.clock.ms
    house.clock.ms = row.owed.due_ms
    house.notifier.lanes_due(["smpp:acme"])
    esme.take(await esme.next())
    await house.meter.reaches(1, "notices", "taken")


async def test_a_client_reference_comes_back_with_the_receipt(house: House) -> None:
    esme = await house.transceiver()
    reference = (Tag.USER_MESSAGE_REFERENCE, b"\x02\x01")
    answer = await esme.ask(submit_sm(), (reference,))
    message_id = answer.body.message_id  # type: ignore[attr-defined]
    assert (await house.stored(message_id)).message.reference == "513"
    await house.sent(message_id)
    await house.receipt(message_id)
    assert reference in (await esme.next()).tlvs


async def test_each_destination_of_a_submit_multi_has_its_own_receipt(house: House) -> None:
    esme = await house.transceiver()
    answer = await esme.ask(
        SubmitMulti(
            source_addr="Shop",
            source_addr_ton=5,
            registered_delivery=1,
            short_message=b"hi",
            dest_address=(SmeAddress("31612345678", 1, 1), SmeAddress("31687654321", 1, 1)),
        )
    )
    first, second = [house.renderer.hex(one.message.id) for one in await house.all_stored()]
    assert answer.body.message_id == first  # type: ignore[attr-defined]
    await house.sent(first, second)
    await house.receipt(first, second)
    receipts = [await esme.next(), await esme.next()]
    assert [(id_of(pdu), pdu.body.source_addr) for pdu in receipts] == [  # type: ignore[attr-defined]
        (first, "31612345678"),
        (second, "31687654321"),
    ]


async def test_many_clients_at_once_lose_nothing(house: House) -> None:
    esmes = [await house.transceiver() for _ in range(8)]
    for esme in esmes:
        esme.automatic = 0
    answers = [esme.say(submit_sm(b"%d" % number)) for esme in esmes for number in range(100)]
    done = await soon(asyncio.gather(*answers))
    ids = [answer.body.message_id for answer in done]  # type: ignore[attr-defined]
    assert len(set(ids)) == 800
    await house.sent(*ids)
    await house.receipt(*ids)
    await house.meter.reaches(800, "notices", "taken")
    heard = [id_of(pdu) for esme in esmes for pdu in esme.got]
    assert sorted(heard) == sorted(ids)
    assert all(len(esme.got) >= 50 for esme in esmes)


def test_the_loop_that_serves_in_earnest_serves_too() -> None:
    """The gateway runs on uvloop, whose transports and timers are its own."""

    async def journey() -> None:
        house = House(window_out=3)
        await house.open()
        esme = await house.transceiver()
        ids = [await esme.submit() for _ in range(10)]
        await house.sent(*ids)
        await house.receipt(*ids)
        esme.automatic = 0
        for pdu in list(esme.got):
            esme.take(pdu)
        await house.meter.reaches(10, "notices", "taken")
        closing = asyncio.ensure_future(house.server.close(5.0))
        await soon(esme.unbound.wait())
        await soon(closing)
        await house.close()

    uvloop.run(journey())
