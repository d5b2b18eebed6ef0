"""Connectors as the directory has them, and what they tell carried into the store: all of it, also after trouble."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from chappe.connectors.loopback import KIND as LOOPBACK
from chappe.domain.incoming import Arrival
from chappe.domain.link import ConnectorRecord, Health
from chappe.domain.message import PartSent
from chappe.domain.report import Owed
from chappe.domain.retry import Outcome
from chappe.domain.state import State
from chappe.pipeline.directory import write_entry
from chappe.ports.connector import Ack, Connector, ConnectorEvents, Inbound, SendOutcome
from chappe.ports.connector_kind import Context
from chappe.ports.directory import Entry, Kind
from chappe.ports.store import StoreBusy
from chappe.stores.memory.store import MemoryStore
from chappe.workers.dispatcher import Dispatcher
from chappe.workers.link_board import LinkBoard
from chappe.workers.link_keeper import LinkKeeper
from unit.pipeline.rig import BOTH_WAYS, MO_ROUTE, SUBSCRIBER, WEBHOOK, Rig, receipt, rig
from unit.pipeline.test_accept_mo import arrival
from unit.workers.rims import Desk
from unit.workers.warp import Errors, LoopClock, at, warped


class Moody(MemoryStore):
    """A store that takes nothing while `busy` is set."""

    busy = False

    async def move(self, transitions: Any) -> Any:
        if self.busy:
            raise StoreBusy("the disk is full")
        return await super().move(transitions)

    async def find_parts(self, lookups: Any) -> Any:
        if self.busy:
            raise StoreBusy("the disk is full")
        return await super().find_parts(lookups)


class NobodyAtOnce:
    """Has room for nothing: all notices are claimed from the store."""

    def reserve(self, lane: str) -> bool:
        return False

    def hand(self, lane: str, batch: Sequence[Owed]) -> None:
        raise AssertionError(lane)

    def give_back(self, lane: str, count: int) -> None:
        raise AssertionError(lane)


class Keeping:
    """A keeper over the real pipeline; kinds `loopback` and `desk` can be built, `unsound` cannot, `shut` not opened."""

    def __init__(self, *records: ConnectorRecord) -> None:
        self.store = Moody()
        self.house: Rig = rig(*records, BOTH_WAYS, MO_ROUTE, store=self.store)
        self.house.clock = LoopClock()
        self.house.begin()
        self.errors = Errors()
        self.lanes: list[str] = []
        self.desks: list[Desk] = []
        self.board = LinkBoard(self.house.directory)
        self.dispatcher = Dispatcher(self.house.dispatch, self.board, self.errors)
        self.keeper = LinkKeeper(
            directory=self.house.directory,
            build=self.build,
            dispatch=self.house.dispatch,
            receipts=self.house.receipts,
            mos=self.house.mos,
            dispatcher=self.dispatcher,
            board=self.board,
            lanes_due=self.lanes.extend,
            at_once=NobodyAtOnce(),
            on_error=self.errors,
        )

    def build(self, record: ConnectorRecord, events: ConnectorEvents) -> Connector:
        if record.kind == "loopback":
            house = self.house
            return LOOPBACK.build(
                record, events, Context(house.clock, house.chance, house.meter, house.store)
            )
        if record.kind == "unsound":
            raise ValueError("authority ca.pem: no such file")
        desk = Desk(record.name)
        if record.kind == "shut":
            desk.trouble = OSError("the port is not ours")
        self.desks.append(desk)
        return desk

    def change(self, *records: ConnectorRecord, gone: tuple[str, ...] = ()) -> None:
        """What the watcher does."""
        changed = [write_entry(Kind.CONNECTOR, record.name, record) for record in records]
        self.house.directory.apply([*changed, *(Entry(Kind.CONNECTOR, name, None) for name in gone)])

    def health(self) -> Mapping[str, Health]:
        return {name: status.health for name, status in self.board.now().items()}


def record(name: str = "op", kind: str = "desk", **given: Any) -> ConnectorRecord:
    return ConnectorRecord(name=name, kind=kind, **given)


def loopback(name: str, **settings: Any) -> ConnectorRecord:
    return ConnectorRecord(name=name, kind="loopback", settings=settings)


OFF = record("spare", enabled=False)


# ---------------------------------------------------------------- keeping


@warped
async def test_it_opens_what_is_new_and_enabled() -> None:
    keeping = Keeping(record(), OFF)
    await keeping.keeper.follow_directory()
    assert keeping.health() == {"op": Health.UP}
    assert keeping.board.health("spare") is Health.OFF
    assert len(keeping.desks) == 1
    await keeping.keeper.follow_directory()
    assert len(keeping.desks) == 1
    await keeping.keeper.stop(1.0)


@warped
async def test_a_changed_record_closes_the_old_connector_and_opens_one_anew() -> None:
    keeping = Keeping(record(), OFF)
    await keeping.keeper.follow_directory()
    (old,) = keeping.desks
    keeping.change(record(throughput=5))
    await keeping.keeper.follow_directory()
    assert old.closed_with == 5.0
    assert keeping.board.connectors["op"] is keeping.desks[1]
    assert keeping.desks[1].is_open
    await keeping.keeper.stop(1.0)


@warped
async def test_one_switched_off_or_removed_is_closed_and_forgotten_and_the_other_stays_untouched() -> None:
    keeping = Keeping(record(), record("spare"))
    await keeping.keeper.follow_directory()
    op, spare = keeping.desks
    keeping.change(record(enabled=False))
    await keeping.keeper.follow_directory()
    assert (op.is_open, spare.is_open) == (False, True)
    assert keeping.health() == {"spare": Health.UP}
    keeping.change(gone=("spare",))
    await keeping.keeper.follow_directory()
    assert not spare.is_open
    assert keeping.health() == {}
    await keeping.keeper.stop(1.0)


@warped
async def test_those_that_cannot_be_built_or_opened_stop_no_other() -> None:
    keeping = Keeping(record("a", "unsound"), record("b", "shut"), record("op"), OFF)
    await keeping.keeper.follow_directory()
    assert keeping.health() == {"a": Health.OFF, "b": Health.OFF, "op": Health.UP}
    assert keeping.board.statuses["a"].detail == "authority ca.pem: no such file"
    assert keeping.board.statuses["b"].detail == "the port is not ours"
    assert sorted(keeping.errors.told) == [
        ("connector a", "ValueError: authority ca.pem: no such file"),
        ("connector b", "OSError: the port is not ours"),
    ]
    keeping.change(record("a"), gone=("b",))
    await keeping.keeper.follow_directory()
    assert keeping.health() == {"a": Health.UP, "op": Health.UP}
    await keeping.keeper.stop(1.0)


@warped
async def test_one_that_never_opened_leaves_no_trace_once_it_is_switched_off() -> None:
    keeping = Keeping(record("op", "unsound"), OFF)
    await keeping.keeper.follow_directory()
    assert keeping.health() == {"op": Health.OFF}
    keeping.change(record("op", "unsound", enabled=False))
    await keeping.keeper.follow_directory()
    assert keeping.health() == {}


@warped
async def test_a_closed_connector_is_given_no_more_messages() -> None:
    keeping = Keeping(record(), OFF)
    await keeping.keeper.follow_directory()
    (desk,) = keeping.desks
    keeping.change(record(enabled=False))
    await keeping.keeper.follow_directory()
    desk.left = 5
    await keeping.house.accept()
    keeping.dispatcher.wake("op")
    await at(20)
    assert desk.taken == []


# ---------------------------------------------------------------- carrying


@warped
async def test_a_message_goes_out_and_its_receipt_comes_back() -> None:
    keeping = Keeping(loopback("op", receipt_delay_ms=500), OFF)
    keeping.keeper.start()
    await keeping.keeper.follow_directory()
    message_id = await keeping.house.accept(report=WEBHOOK)
    keeping.dispatcher.wake("op")
    await at(0.4)
    assert await keeping.house.state(message_id) is State.SENT
    assert keeping.lanes == ["http://client.example"]
    await at(0.7)
    assert await keeping.house.state(message_id) is State.DELIVERED
    assert keeping.lanes == ["http://client.example"] * 2
    await keeping.keeper.stop(1.0)
    assert keeping.errors.told == []


@warped
async def test_a_message_refused_on_one_way_wakes_the_other() -> None:
    keeping = Keeping(loopback("op"), loopback("spare", magic=False))
    keeping.keeper.start()
    await keeping.keeper.follow_directory()
    refused = msgspec.structs.replace(SUBSCRIBER, value="31612990030")
    message_id = await keeping.house.accept(destination=refused)
    keeping.dispatcher.wake("op")
    await at(1)
    # The other way is asked by the message's own due time, which the scheduler sees to.
    assert (await keeping.house.standing(message_id)).connector == "spare"
    await keeping.house.release.due()
    keeping.dispatcher.wake("spare")
    await at(2)
    await keeping.keeper.stop(1.0)
    standing = await keeping.house.standing(message_id)
    assert (standing.state, standing.connector) == (State.SENT, "spare")


@warped
async def test_outcomes_that_the_store_did_not_take_are_told_again() -> None:
    keeping = Keeping(record(), OFF)
    keeping.keeper.start()
    await keeping.keeper.follow_directory()
    first, second = await keeping.house.accept(), await keeping.house.accept()
    await keeping.house.take()
    keeping.store.busy = True
    keeping.keeper.outcomes("op", [SendOutcome(first, Outcome.SENT, (PartSent(1, "A"),))])
    await at(2.5)
    keeping.keeper.outcomes("op", [SendOutcome(second, Outcome.SENT, (PartSent(1, "B"),))])
    await at(2.6)
    assert await keeping.house.state(first) is State.IN_FLIGHT
    assert keeping.errors.told[0] == ("conclude", "StoreBusy: the disk is full")
    keeping.store.busy = False
    await at(4)
    assert [await keeping.house.state(one) for one in (first, second)] == [State.SENT] * 2
    assert len(keeping.errors.told) <= 5
    await keeping.keeper.stop(1.0)


@warped
async def test_what_arrives_is_answered_after_it_is_stored() -> None:
    keeping = Keeping(record(), OFF)
    keeping.keeper.start()
    await keeping.keeper.follow_directory()
    (desk,) = keeping.desks
    message_id = await keeping.house.sent("A1", report=WEBHOOK)
    keeping.keeper.arrived(desk, [Inbound(receipt("A1"), 1), Inbound(arrival(), 2)])
    assert desk.acks == []
    await at(0.1)
    assert sorted(ack.value for ack in desk.acks) == ["taken", "taken"]
    assert await keeping.house.state(message_id) is State.DELIVERED
    assert sorted(keeping.lanes) == ["http://client.example", "smpp:acme"]
    await keeping.keeper.stop(1.0)


@warped
async def test_a_receipt_that_is_none_after_all_is_taken_as_an_mo() -> None:
    keeping = Keeping(record(), OFF)
    keeping.keeper.start()
    await keeping.keeper.follow_directory()
    (desk,) = keeping.desks
    otherwise: Arrival = arrival(b"id:7 stat:DELIVRD")
    keeping.keeper.arrived(desk, [Inbound(receipt("7", sure=False), 1, otherwise)])
    await at(0.1)
    assert desk.acks == [Ack.TAKEN]
    assert keeping.lanes == ["smpp:acme"]
    await keeping.keeper.stop(1.0)


@warped
async def test_what_the_store_did_not_take_is_answered_so_that_it_comes_again() -> None:
    keeping = Keeping(record(), OFF)
    keeping.keeper.start()
    await keeping.keeper.follow_directory()
    (desk,) = keeping.desks
    await keeping.house.sent("A1")
    keeping.store.busy = True
    keeping.keeper.arrived(desk, [Inbound(receipt("A1"), 1)])
    await at(0.1)
    assert desk.acks == [Ack.LATER]
    assert keeping.errors.told == [("accept", "StoreBusy: the disk is full")]
    keeping.store.busy = False
    await keeping.keeper.stop(1.0)


@warped
async def test_stopping_gives_the_grace_and_writes_what_is_told_while_closing() -> None:
    keeping = Keeping(record(), OFF)
    keeping.keeper.start()
    await keeping.keeper.follow_directory()
    (desk,) = keeping.desks
    message_id = await keeping.house.accept()
    desk.left = 1
    keeping.dispatcher.wake("op")
    await at(1)
    assert desk.taken == [message_id]
    last = SendOutcome(message_id, Outcome.SENT, (PartSent(1, "A"),))
    desk.closing = lambda: keeping.keeper.outcomes("op", [last])
    await keeping.keeper.stop(9.0)
    assert desk.closed_with == 9.0
    assert await keeping.house.state(message_id) is State.SENT
    assert keeping.health() == {}
