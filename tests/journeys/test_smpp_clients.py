"""SMPP clients: submit, receipt, absence, their own questions about messages; by our protocol code and by an outside library."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import smpplib.client
import smpplib.consts

from chappe.domain.report import Delivery
from chappe.domain.state import State
from chappe.protocols.smpp.commands import (
    BindReceiver,
    BindTransmitter,
    CancelSm,
    DeliverSm,
    QuerySm,
    ReplaceSm,
)
from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.statuses import Status
from chappe.protocols.smpp.tlvs import Tag, find_integer, find_text
from dialects.smpp.esme import Esme, soon
from journeys.house import PASSWORD, House, until
from journeys.wire import HOST

RECEIPT = re.compile(r"id:(\S+) submit date:(\d{10}) done date:(\d{10}) stat:([A-Z]{7}) err:(\w{3})")


async def receipts(esme: Esme, count: int) -> list[Pdu]:
    await until(lambda: len(esme.got) >= count)
    return esme.got


def read(pdu: Pdu) -> tuple[str, str, str]:
    """Id, state and error of a receipt as a client reads it."""
    assert isinstance(pdu.body, DeliverSm)
    assert pdu.body.esm_class == 0x04
    found = RECEIPT.match(pdu.body.short_message.decode("ascii"))
    assert found is not None
    assert found[1] == find_text(pdu.tlvs, Tag.RECEIPTED_MESSAGE_ID)
    return found[1], found[4], found[5]


async def test_submit_and_receipt(house: House) -> None:
    esme = await house.bound()
    good = await esme.submit(b"one")
    bad = await esme.submit(b"two", destination_addr="31612990001")
    got = {read(pdu)[0]: pdu for pdu in await receipts(esme, 2)}
    assert read(got[good])[1:] == ("DELIVRD", "000")
    assert read(got[bad])[1:] == ("UNDELIV", "001")
    assert find_integer(got[bad].tlvs, Tag.MESSAGE_STATE) == MessageState.UNDELIVERABLE
    assert (got[good].body.source_addr, got[good].body.destination_addr) == ("31612345678", "Shop")  # type: ignore[attr-defined]
    for message_id in (good, bad):
        assert [one.delivery for one in (await house.over(message_id)).notices] == [Delivery.DONE]
    assert sorted(row.text for row in house.rows()) == ["one", "two"]


async def test_who_wants_what(house: House) -> None:
    """registered_delivery 0: nothing; 1: both; 2: failures only; SMPP 3.4 §5.2.17."""
    esme = await house.bound()
    wanted = []
    for registered in (0, 1, 2):
        for number in ("31612345678", "31612990001"):
            message_id = await esme.submit(destination_addr=number, registered_delivery=registered)
            if registered == 1 or (registered == 2 and number.endswith("1")):
                wanted.append(message_id)
    refused = await esme.submit(destination_addr="31612990030", registered_delivery=1)
    got = await receipts(esme, 4)
    assert sorted(read(pdu)[0] for pdu in got) == sorted([*wanted, refused])
    (told,) = (read(pdu) for pdu in got if read(pdu)[0] == refused)
    assert told[1:] == ("REJECTD", "011")
    await until(lambda: len(house.rows()) == 7)


async def test_a_client_that_is_away_gets_its_receipts_when_it_is_back(house: House) -> None:
    esme = await house.bound(BindTransmitter("acme", PASSWORD))
    ids = [await esme.submit(b"%d" % number) for number in range(5)]
    esme.abort()
    await esme.gone()
    for message_id in ids:
        found = await house.reaches(message_id, State.DELIVERED)
        assert [one.delivery for one in found.notices] == [Delivery.OPEN]
    await house.stop()
    await house.start()
    back = await house.bound(BindReceiver("acme", PASSWORD))
    assert sorted(read(pdu)[0] for pdu in await receipts(back, 5)) == sorted(ids)
    for message_id in ids:
        assert [one.delivery for one in (await house.over(message_id)).notices] == [Delivery.DONE]


async def test_a_receipt_that_was_not_answered_comes_again(house: House) -> None:
    esme = await house.bound()
    esme.automatic = None
    message_id = await esme.submit()
    first = await esme.next()
    esme.abort()
    await esme.gone()
    back = await house.bound()
    (again,) = await receipts(back, 1)
    assert read(again) == read(first)
    assert read(again)[0] == message_id
    await house.over(message_id)


async def test_query_cancel_and_replace(house: House) -> None:
    esme = await house.bound()
    given: Any = {"schedule_delivery_time": "000000010000000R"}
    kept, dropped, other = [await esme.submit(text, **given) for text in (b"old", b"dropped", b"kept")]
    for message_id in (kept, dropped, other):
        answer = await esme.ask(QuerySm(message_id, 5, 0, "Shop"))
        assert (answer.status, answer.body.message_state) == (0, MessageState.ENROUTE)  # type: ignore[attr-defined]
    assert (await esme.ask(CancelSm("", dropped, 5, 0, "Shop"))).status == 0
    replaced = ReplaceSm(kept, 5, 0, "Shop", registered_delivery=1, short_message=b"new")
    assert (await esme.ask(replaced)).status == 0
    house.clock.ahead_ms += 3_601_000
    for message_id in (kept, other):
        assert (await house.over(message_id)).found.standing.state is State.DELIVERED
        answer = await esme.ask(QuerySm(message_id, 5, 0, "Shop"))
        assert answer.body.message_state == MessageState.DELIVERED  # type: ignore[attr-defined]
        assert answer.body.final_date  # type: ignore[attr-defined]
    assert sorted(row.text for row in house.rows()) == ["kept", "new"]
    states = {read(pdu)[0]: read(pdu)[1] for pdu in await receipts(esme, 3)}
    assert states == {kept: "DELIVRD", other: "DELIVRD", dropped: "DELETED"}
    late = await esme.ask(CancelSm("", kept, 5, 0, "Shop"))
    assert late.status == Status.ESME_RCANCELFAIL
    unknown = await esme.ask(QuerySm("0" * 32, 5, 0, "Shop"))
    assert unknown.status in (Status.ESME_RQUERYFAIL, Status.ESME_RINVMSGID)


async def test_another_account_sees_nothing_of_it(house: House) -> None:
    from chappe.domain.account import Account

    await house.save(Account(name="other"), house.login("other"))
    from chappe.protocols.smpp.commands import BindTransceiver

    mine, theirs = await house.bound(), await house.bound(BindTransceiver("other", PASSWORD))
    message_id = await mine.submit()
    assert (await theirs.ask(QuerySm(message_id, 5, 0, "Shop"))).status == Status.ESME_RINVMSGID
    await house.over(message_id)
    assert theirs.got == []


async def test_an_outside_library_gets_its_receipt(house: House) -> None:
    port = house.here.smpp_port
    heard: list[Any] = []

    def talk() -> str:
        client = smpplib.client.Client(HOST, port, allow_unknown_opt_params=True)
        client.connect()
        client.bind_transceiver(system_id="acme", password=PASSWORD)
        client.set_message_received_handler(lambda pdu: heard.append(pdu) or 0)
        client.send_message(
            source_addr_ton=smpplib.consts.SMPP_TON_ALNUM,
            source_addr="Shop",
            dest_addr_ton=smpplib.consts.SMPP_TON_INTL,
            dest_addr_npi=smpplib.consts.SMPP_NPI_ISDN,
            destination_addr="31612345678",
            registered_delivery=True,
            short_message=b"by another hand",
        )
        answers: list[str] = []
        client.set_message_sent_handler(lambda pdu: answers.append(pdu.message_id.decode()))
        while not heard or not answers:
            client.read_once()
        client.unbind()
        client.disconnect()
        return answers[0]

    message_id = await soon(asyncio.to_thread(talk))
    assert heard[0].receipted_message_id.rstrip(b"\0").decode() == message_id
    assert heard[0].message_state == smpplib.consts.SMPP_MESSAGE_STATE_DELIVERED
    assert (await house.over(message_id)).found.standing.state is State.DELIVERED
    assert [row.text for row in house.rows()] == ["by another hand"]
