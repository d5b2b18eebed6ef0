"""Mailboxes: order, room, homes, redelivery after refusals and broken connections, giving up."""

from __future__ import annotations

from random import Random
from typing import Any

from chappe.protocols.smpp.codec import EncodeError
from chappe.protocols.smpp.commands import DeliverSm
from chappe.protocols.smpp.statuses import Status
from chappe.sim.behaviour import Behaviour
from chappe.sim.centre import Centre
from chappe.sim.deliveries import Delivery, Mailbox


class Desk:
    """A receiver whose room the test sets."""

    def __init__(self, number: int, room: int) -> None:
        self.number = number
        self.room = room
        self.got: list[Delivery] = []

    def deliver(self, delivery: Delivery) -> int:
        if delivery.id == "bad":
            raise EncodeError("bad")
        self.room -= 1
        self.got.append(delivery)
        return len(self.got)

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.got]


def receipt(id_: str) -> Delivery:
    return Delivery(DeliverSm(), (), id_, "DELIVRD")


def made(**behaviour: Any) -> tuple[Mailbox, Centre]:
    centre = Centre(Behaviour(**behaviour), Random(1))
    return Mailbox(centre, "acme"), centre


async def test_what_waits_goes_out_in_order_once_a_session_is_there() -> None:
    box, centre = made()
    for id_ in "abc":
        box.put(receipt(id_))
    assert (len(box), box.reachable) == (3, False)
    desk = Desk(1, 2)
    box.join(desk)
    assert (desk.ids, len(box), box.reachable) == (["a", "b"], 1, True)
    box.put(receipt("d"))
    assert len(box) == 2, "behind what waits, though it came later"
    desk.room = 5
    box.pump()
    assert desk.ids == ["a", "b", "c", "d"]
    assert centre.counters.receipts_sent == 4


async def test_home_first_then_any_with_room() -> None:
    box, _ = made()
    home, other = Desk(1, 1), Desk(2, 5)
    box.join(home)
    box.join(other)
    for id_ in "abc":
        box.put(receipt(id_), home)
    assert (home.ids, other.ids) == (["a"], ["b", "c"])


async def test_without_a_home_all_take_their_turn() -> None:
    box, _ = made()
    desks = [Desk(number, 5) for number in range(3)]
    for desk in desks:
        box.join(desk)
    for id_ in "abcdef":
        box.put(receipt(id_))
    assert [len(desk.got) for desk in desks] == [2, 2, 2]
    box.leave(desks[0])
    box.leave(desks[0])
    for id_ in "ghij":
        box.put(receipt(id_))
    assert [len(desk.got) for desk in desks] == [2, 4, 4]


async def test_acknowledged_is_done_and_makes_room() -> None:
    box, centre = made()
    desk = Desk(1, 1)
    box.join(desk)
    box.put(receipt("a"))
    box.put(receipt("b"))
    desk.room = 1
    box.acked(desk.got[0], desk, 1, 0)
    assert desk.ids == ["a", "b"]
    box.acked(desk.got[0], desk, 1, 0)
    assert centre.counters.receipts_acked == 1, "a second answer to the same changes nothing"


async def test_a_temporary_refusal_is_tried_again_until_it_is_given_up() -> None:
    box, centre = made(redelivery_delay=0.0, redeliveries=2)
    desk = Desk(1, 9)
    box.join(desk)
    box.put(receipt("a"))
    for status in (Status.ESME_RX_T_APPN, Status.ESME_RMSGQFUL, Status.ESME_RSYSERR):
        box.acked(desk.got[-1], desk, len(desk.got), status)
    assert desk.ids == ["a", "a", "a"]
    counters = centre.counters
    assert (counters.receipts_refused, counters.receipts_given_up, counters.resent) == (3, 1, 2)


async def test_a_permanent_refusal_is_the_end() -> None:
    box, centre = made(redelivery_delay=0.0)
    desk = Desk(1, 9)
    box.join(desk)
    box.put(Delivery(DeliverSm(), (), "1", ""))
    box.acked(desk.got[0], desk, 1, Status.ESME_RX_R_APPN)
    assert desk.ids == ["1"]
    counters = centre.counters
    assert (counters.mos_sent, counters.mos_refused, counters.mos_given_up) == (1, 1, 1)


async def test_a_broken_connection_puts_back_the_oldest_first() -> None:
    box, centre = made()
    desk = Desk(1, 3)
    box.join(desk)
    for id_ in "abcd":
        box.put(receipt(id_))
    box.acked(desk.got[1], desk, 2, 0)
    desk.room = 0
    box.leave(desk)
    box.put_back(desk.got)
    again = Desk(2, 9)
    box.join(again)
    assert again.ids == ["a", "c", "d"]
    assert [one.attempts for one in again.got] == [2, 2, 1]
    assert centre.counters.resent == 2


async def test_what_cannot_be_written_is_given_up_and_a_late_answer_ends_a_repeat() -> None:
    box, centre = made()
    desk = Desk(1, 1)
    box.join(desk)
    box.put(receipt("bad"))
    assert centre.counters.receipts_given_up == 1
    box.put(receipt("a"))
    box.put(desk.got[0])
    box.acked(desk.got[0], desk, 1, 0)
    desk.room = 5
    box.pump()
    assert desk.ids == ["a"], "expired and put again, then acknowledged after all"
    box.put(receipt("b"))
    box.clear()
    assert len(box) == 0
