"""An outside client, smpplib, against our server: what its authors read in the specification is what ours did."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
import smpplib.client
import smpplib.consts
import smpplib.exceptions

from chappe.domain.state import State
from dialects.smpp.core_under_test import HOST, House
from dialects.smpp.esme import PASSWORD, soon

_T = TypeVar("_T")


async def beside(work: Callable[[], _T]) -> _T:
    """Runs a call of the blocking client in a thread."""
    return await soon(asyncio.to_thread(work))


@contextmanager
def client_of(house: House) -> Iterator[Any]:
    client = smpplib.client.Client(HOST, house.port, allow_unknown_opt_params=True)
    try:
        yield client
    finally:
        client.state = smpplib.consts.SMPP_CLIENT_STATE_OPEN
        client.disconnect()


def submit(client: Any, text: bytes, **given: Any) -> Any:
    """The answer to one submit_sm."""
    fields: dict[str, Any] = {
        "source_addr_ton": smpplib.consts.SMPP_TON_ALNUM,
        "source_addr": "Shop",
        "dest_addr_ton": smpplib.consts.SMPP_TON_INTL,
        "dest_addr_npi": smpplib.consts.SMPP_NPI_ISDN,
        "destination_addr": "31612345678",
        "registered_delivery": True,
        "short_message": text,
    }
    client.send_message(**{**fields, **given})
    return client.read_pdu()


async def test_bind_submit_and_receipt(house: House) -> None:
    with client_of(house) as client:
        await beside(client.connect)
        bound = await beside(lambda: client.bind_transceiver(system_id="acme", password=PASSWORD))
        assert bound.system_id == b"chappe"
        answer = await beside(lambda: submit(client, b"Hello Ann"))
        message_id = answer.message_id.decode()
        assert (answer.command, answer.status, len(message_id)) == ("submit_sm_resp", 0, 32)
        stored = await house.stored(message_id)
        assert (stored.message.octets, stored.message.destination.value) == (b"Hello Ann", "31612345678")
        await house.sent(message_id)
        await house.receipt(message_id)
        heard: list[Any] = []
        client.set_message_received_handler(lambda pdu: heard.append(pdu) or 0)
        await beside(client.read_once)
        (receipt,) = heard
        assert receipt.esm_class == 0x04
        assert receipt.receipted_message_id.rstrip(b"\0").decode() == message_id
        assert receipt.message_state == smpplib.consts.SMPP_MESSAGE_STATE_DELIVERED
        assert receipt.short_message.startswith(b"id:" + message_id.encode() + b" submit date:")
        assert (receipt.source_addr, receipt.destination_addr) == (b"31612345678", b"Shop")
        await house.meter.reaches(1, "notices", "taken")
        assert (await beside(client.unbind)).command == "unbind_resp"


@pytest.mark.parametrize("mode", ["bind_transmitter", "bind_receiver"])
async def test_the_other_binds(house: House, mode: str) -> None:
    with client_of(house) as client:
        await beside(client.connect)
        bound = await beside(lambda: getattr(client, mode)(system_id="acme", password=PASSWORD))
        assert (bound.command, bound.status) == (f"{mode}_resp", 0)
        await beside(client.unbind)


async def test_a_wrong_password(house: House) -> None:
    with client_of(house) as client:
        await beside(client.connect)
        with pytest.raises(smpplib.exceptions.PDUError) as refused:
            await beside(lambda: client.bind_transceiver(system_id="acme", password="wrong"))
        assert refused.value.args[1] == smpplib.consts.SMPP_ESME_RINVPASWD


async def test_errors_and_states(house: House) -> None:
    with client_of(house) as client:
        await beside(client.connect)
        await beside(lambda: client.bind_transceiver(system_id="acme", password=PASSWORD))
        bad = await beside(lambda: submit(client, b"x", destination_addr="nobody"))
        assert bad.status == smpplib.consts.SMPP_ESME_RINVDSTADR
        good = await beside(lambda: submit(client, "\u4f60".encode("utf-16-be"), data_coding=8))
        message_id = good.message_id.decode()
        await house.sent(message_id)
        await house.receipt(message_id, state=State.EXPIRED, word="EXPIRED", error="005")

        def query() -> Any:
            client.query_message(message_id=message_id)
            return client.read_pdu()

        pdus = [await beside(query), await beside(client.read_pdu)]
        told = next(pdu for pdu in pdus if pdu.command == "query_sm_resp")
        assert told.message_state == smpplib.consts.SMPP_MESSAGE_STATE_EXPIRED
        assert told.error_code == 5
        assert told.message_id == message_id.encode()
