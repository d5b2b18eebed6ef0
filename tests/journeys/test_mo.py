"""MOs: from the SMSC to a webhook and to a bound client; long ones in any order, with a restart between their parts."""

from __future__ import annotations

import pytest

from chappe.domain.report import Way
from chappe.domain.routing import Condition, MoTarget, Route
from chappe.protocols.smpp.commands import DeliverSm, DeliverSmResp
from chappe.protocols.smpp.statuses import Status
from chappe.sim.behaviour import Behaviour
from chappe.sim.incoming import Mo, Order, Split
from chappe.sim.sink import Reply
from journeys.house import House, until

LONG = "".join(f"{number:03} is a line of it; " for number in range(25))


def to_webhook(house: House, method: str = "POST") -> Route:
    return Route(
        name="mo",
        deliver=MoTarget(
            account="acme", way=Way.WEBHOOK, target=house.sink.url("/mo"), dialect="jasmin", method=method
        ),
    )


TO_CLIENT = Route(
    name="mo-client",
    order=10,
    condition=Condition(destination="4466"),
    deliver=MoTarget(account="acme", target="acme"),
)


def answered(house: House) -> list[int]:
    """The statuses of the gateway's answers to deliver_sm, in order."""
    return [pdu.status for pdu in house.tap.to_smsc if isinstance(pdu.body, DeliverSmResp)]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("text", "coding", "octets"),
    [("STOP €", "0", b"STOP \x1be"), ("Стоп 🚀", "8", "Стоп 🚀".encode("utf-16-be"))],
    ids=["gsm", "unicode"],
)
async def test_an_mo_to_a_webhook(house: House, text: str, coding: str, octets: bytes, method: str) -> None:
    await house.save(to_webhook(house, method))
    house.smsc.inject(Mo(text=text, source="31698765432", destination="12345"))
    (call,) = await house.called(1, "/mo")
    assert call[1:] == [
        ("from", "31698765432"),
        ("to", "12345"),
        ("origin-connector", "op"),
        ("content", text),
        ("binary", octets.hex()),
        ("coding", coding),
    ]
    assert call[0][0] == "id"
    request = house.sink.requests[0]
    assert (request.method, request.header(b"user-agent")) == (
        method,
        "Jasmin gateway/1.0 deliverSmHttpThrower",
    )
    assert answered(house) == [0]


async def test_an_mo_to_a_client_that_comes_later(house: House) -> None:
    await house.save(TO_CLIENT)
    house.smsc.inject(Mo(text="STOP", source="31698765432", destination="4466"))
    await until(lambda: answered(house) == [0])
    await house.stop()
    await house.start()
    esme = await house.bound()
    await until(lambda: esme.got)
    (pdu,) = esme.got
    assert isinstance(pdu.body, DeliverSm)
    assert (pdu.body.source_addr, pdu.body.destination_addr) == ("31698765432", "4466")
    assert (pdu.body.esm_class, pdu.body.short_message) == (0, b"STOP")


@pytest.mark.parametrize("split", [Split.UDH8, Split.UDH16, Split.SAR, Split.PAYLOAD])
async def test_a_long_mo_is_one_call(house: House, split: Split) -> None:
    await house.save(to_webhook(house))
    order = Order.FORWARD if split is Split.PAYLOAD else (4, 2, 3, 1)
    house.smsc.inject(Mo(text=LONG, split=split, order=order))
    (call,) = await house.called(1, "/mo")
    assert dict(call)["content"] == LONG
    assert bytes.fromhex(dict(call)["binary"]) == LONG.encode()


async def test_a_long_mo_out_of_order_with_a_restart_between_its_parts(house: House) -> None:
    await house.save(to_webhook(house), TO_CLIENT)
    house.tap.holds = lambda pdu: (
        isinstance(pdu.body, DeliverSm) and len(house.tap.of_kind(DeliverSm, from_smsc=True)) > 6
    )
    for destination in ("12345", "4466"):
        house.smsc.inject(Mo(text=LONG, destination=destination, order=(4, 2, 3)))
    await until(lambda: answered(house) == [0] * 6)
    assert house.sink.count == 0
    for destination in ("12345", "4466"):
        # The last part bears the reference of the three before it.
        house.smsc._reference = 0 if destination == "12345" else 1
        house.smsc.inject(Mo(text=LONG, destination=destination, order=(1,)))
    await until(lambda: len(house.tap.held) == 2)
    await house.stop()
    house.tap.release()
    await house.start()
    (call,) = await house.called(1, "/mo")
    assert dict(call)["content"] == LONG
    esme = await house.bound()
    await until(lambda: len(esme.got) == 4)
    parts = sorted((pdu.body.short_message for pdu in esme.got), key=lambda octets: octets[5])  # type: ignore[attr-defined]
    assert b"".join(part[6:] for part in parts) == LONG.encode()
    assert len({part[3] for part in parts}) == 1
    assert len(house.calls("/mo")) == 1


async def test_two_long_mos_with_one_reference_are_not_mixed(house: House) -> None:
    await house.save(to_webhook(house))
    texts = {"31611111111": LONG, "31622222222": LONG[::-1]}
    for orders in ((1, 3), (4, 2)):
        for source, text in texts.items():
            house.smsc._reference = 0
            house.smsc.inject(Mo(text=text, source=source, order=orders))
    calls = await house.called(2, "/mo")
    assert {dict(call)["from"]: dict(call)["content"] for call in calls} == texts


async def test_an_mo_that_nobody_is_to_get_stays_with_the_network(house: House) -> None:
    house.smsc.behave(Behaviour(redelivery_delay=0.1))
    house.smsc.inject(Mo(text="early"))
    await until(lambda: len(answered(house)) >= 2)
    assert 0 not in answered(house)
    assert Status.ESME_RX_P_APPN not in answered(house)
    await house.save(to_webhook(house))
    (call,) = await house.called(1, "/mo")
    assert dict(call)["content"] == "early"
    assert answered(house)[-1] == 0


async def test_a_webhook_that_refuses_an_mo_gets_it_again(house: House) -> None:
    await house.save(to_webhook(house))
    house.sink.script([Reply(status=503)], "/mo")
    house.smsc.inject(Mo(text="again"))
    await house.called(1, "/mo")
    await until(house_owes(house))
    house.clock.ahead_ms += 60_000
    first, second = await house.called(2, "/mo")
    assert first == second


def house_owes(house: House):
    async def failed_once() -> bool:
        lanes = await house.here.parts.store.lanes()
        return bool(lanes) and all(
            lane.due_ms > house.clock.now_ms() and lane.due_ms - house.clock.now_ms() < 30_000
            for lane in lanes
        )

    return failed_once
