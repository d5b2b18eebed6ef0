"""The store's contract: devices by app and number, and what push first asks of a store, on every engine."""

from __future__ import annotations

from chappe.domain.app import Device, MessageType
from chappe.domain.receipt import READ
from chappe.domain.retry import Outcome
from chappe.domain.state import State
from chappe.pipeline.fallback import UNREAD
from chappe.ports.devices import MOST_DEVICES
from chappe.ports.store import Store
from unit.pipeline.pushing import by_app, pushing
from unit.pipeline.rig import SUBSCRIBER, WEBHOOK, Rig, receipt

A, B = "11111111-2222-3333-4444-555555555555", "22222222-2222-3333-4444-555555555555"


def device(token: str, number: str = "31600000001", app: str = A, at: int = 1) -> Device:
    return Device(app, number, token, "apple", at)


async def test_devices_are_found_by_app_and_number_newest_first(store: Store) -> None:
    old, new, other, of_b = (
        device("t1"),
        device("t2", at=2),
        device("t3", "31600000002"),
        device("t1", app=B),
    )
    for each in (old, new, other, of_b):
        await store.register_device(each)
    assert await store.devices([(A, "31600000001"), (A, "39"), (A, "31600000002"), (B, "31600000001")]) == [
        (new, old),
        (),
        (other,),
        (of_b,),
    ]
    assert await store.devices([]) == []
    assert await store.device_counts() == {A: 3, B: 1}


async def test_a_pair_that_is_asked_twice_is_answered_twice(store: Store) -> None:
    await store.register_device(device("t"))
    assert await store.devices([(A, "31600000001")] * 2) == [(device("t"),)] * 2


async def test_a_token_belongs_to_the_number_that_named_it_last(store: Store) -> None:
    await store.register_device(device("t"))
    await store.register_device(device("t", "31600000002", at=5))
    assert await store.devices([(A, "31600000001"), (A, "31600000002")]) == [
        (),
        (device("t", "31600000002", at=5),),
    ]


async def test_a_device_is_forgotten_once(store: Store) -> None:
    await store.register_device(device("t"))
    assert not await store.forget_device(B, "t")
    assert await store.forget_device(A, "t")
    assert not await store.forget_device(A, "t")
    assert await store.devices([(A, "31600000001")]) == [()]


async def test_an_app_takes_its_devices_along(store: Store) -> None:
    for token in ("t1", "t2"):
        await store.register_device(device(token))
    await store.register_device(device("t1", app=B))
    assert await store.forget_app(A) == 2
    assert await store.forget_app(A) == 0
    assert await store.device_counts() == {B: 1}


async def test_a_number_has_so_many_devices_and_no_more(store: Store) -> None:
    for number in range(MOST_DEVICES + 3):
        await store.register_device(device(f"t{number:02}", at=number))
    (found,) = await store.devices([(A, "31600000001")])
    assert [one.registered_ms for one in found] == list(range(MOST_DEVICES + 2, 2, -1))


async def begun(store: Store, kind: MessageType, text: str) -> tuple[Rig, int]:
    house = await pushing(store=store)
    message_id = await house.accept(text=text, extras=by_app(kind), report=WEBHOOK)
    (going,) = await house.take("pusher")
    assert going.push is not None
    assert [one.token for one in going.push.devices] == ["token-0"]
    assert going.push.devices[0].number == SUBSCRIBER.value
    await house.end(message_id, Outcome.SENT, "P1", connector="pusher")
    return house, message_id


async def test_a_push_that_fails_goes_by_sms_of_several_parts(store: Store) -> None:
    house, message_id = await begun(store, MessageType.DEFAULT, "x" * 300)
    failed = receipt("P1", State.UNDELIVERED, group="apns", connector="pusher", more=True)
    await house.receipts.accept([failed])
    assert (await house.expire.unreceipted())[0] == 1
    await house.release.due()
    (going,) = await house.take("op")
    assert going.done == ()
    await house.end(message_id, Outcome.SENT, "S1", "S2")
    await house.receipts.accept([receipt("S1")])
    assert await house.state(message_id) is State.SENT
    await house.receipts.accept([receipt("S2")])
    assert await house.state(message_id) is State.DELIVERED
    assert await house.store.depths() == {}


async def test_one_part_of_several_is_not_all_while_the_others_are_on_their_way(store: Store) -> None:
    house, message_id = await begun(store, MessageType.DEFAULT, "x" * 300)
    house.clock.advance(3_600)
    await house.expire.unreceipted()
    await house.release.due()
    await house.take("op")
    await house.end(message_id, Outcome.DEFERRED, "S1")
    await house.receipts.accept([receipt("S1")])
    assert await house.state(message_id) is State.SCHEDULED


async def test_a_critical_push_is_read_or_goes_by_sms(store: Store) -> None:
    house, message_id = await begun(store, MessageType.CRITICAL, "hello")
    delivered = receipt("P1", group="apns", connector="pusher", more=True)
    await house.receipts.accept([delivered])
    house.clock.advance(300)
    await house.expire.unreceipted()
    standing = await house.standing(message_id)
    assert (standing.state, standing.connector, standing.possible_duplicate) == (
        State.SCHEDULED,
        "op",
        UNREAD,
    )
    read, second = receipt("P2", None, group="apns", connector="pusher", word=READ), None
    second = await house.accept(extras=by_app(MessageType.CRITICAL))
    await house.take("pusher")
    await house.end(second, Outcome.SENT, "P2", connector="pusher")
    await house.receipts.accept([read])
    assert await house.state(second) is State.DELIVERED
