"""The store's contract: what is owed to clients, what operators set and pay in, MOs."""

from __future__ import annotations

import asyncio

import pytest

from chappe.domain.address import Address
from chappe.domain.incoming import Arrival, HeldPart, Incoming, PartSet
from chappe.domain.report import Delivery, DeliveryOutcome, IncomingNotice, ReportOn, ReportWish, Way
from chappe.ports.directory import Conflict, Entry, Kind
from chappe.ports.ledger import LedgerEntry
from chappe.ports.outbox import LaneDue
from chappe.ports.store import Store
from making import NOW, message, new_id, notice, sent, webhook

LANE = "http://client.example"


async def owe(store: Store, count: int = 1, target: str = f"{LANE}/dlr", at_ms: int = NOW) -> list[int]:
    batch = [message(report=webhook(target=target)) for _ in range(count)]
    await store.accept(batch)
    await store.claim("op", count, 1, NOW)
    await store.move([sent(m, str(m.id), at_ms=at_ms, owes=(notice(m, ReportOn.SMSC),)) for m in batch])
    return [m.id for m in batch]


async def test_notices_are_claimed_by_lane_oldest_first(store: Store) -> None:
    ids = await owe(store, 3)
    others = await owe(store, 1, "https://Other.example:8443/x?y")
    assert await store.lanes() == [LaneDue(LANE, NOW), LaneDue("https://other.example:8443", NOW)]
    assert [owed.message_id for owed in await store.claim_notices(LANE, 2, NOW, NOW + 60)] == ids[:2]
    assert [owed.message_id for owed in await store.claim_notices(LANE, 9, NOW, NOW + 60)] == ids[2:]
    assert await store.claim_notices(LANE, 9, NOW, NOW + 60) == []
    (other,) = await store.claim_notices("https://other.example:8443", 9, NOW, NOW + 60)
    assert (other.message_id, other.attempts, other.lane) == (others[0], 1, "https://other.example:8443")


async def test_a_claimed_notice_is_due_again_if_nothing_is_heard(store: Store) -> None:
    await owe(store)
    await store.claim_notices(LANE, 9, NOW, NOW + 60)
    assert await store.lanes() == [LaneDue(LANE, NOW + 60)]
    (again,) = await store.claim_notices(LANE, 9, NOW + 60, NOW + 120)
    assert again.attempts == 2


async def test_a_notice_that_is_handed_over_at_once_is_claimed_from_its_first_moment(store: Store) -> None:
    m = message(report=webhook())
    await store.accept([m])
    await store.claim("op", 1, 1, NOW)
    owed = sent(m, "id", at_ms=NOW, owes=(notice(m, ReportOn.SMSC),), leased_ms=NOW + 60)
    assert await store.move([owed]) == [True]
    assert await store.owed_count() == 1
    assert await store.claim_notices(LANE, 9, NOW, NOW + 60) == []
    done = DeliveryOutcome(m.id, 1, Delivery.OPEN, NOW, "away", NOW + 5, uncounted=True)
    await store.settle([done])
    (again,) = await store.claim_notices(LANE, 9, NOW + 5, NOW + 60)
    assert again.attempts == 1


async def test_two_claimants_never_get_the_same_notice(store: Store) -> None:
    ids = await owe(store, 50)
    parts = await asyncio.gather(*(store.claim_notices(LANE, 10, NOW, NOW + 60) for _ in range(8)))
    assert sorted(owed.message_id for part in parts for owed in part) == ids


async def test_leases_of_a_process_that_is_gone_are_due_at_once(store: Store) -> None:
    ids = await owe(store, 5)
    await store.claim_notices(LANE, 3, NOW, NOW + 60)
    await store.claim_notices(LANE, 1, NOW, NOW + 61)
    assert await store.free_notices("https://other.example", NOW, NOW + 60, 9) == 0
    assert await store.free_notices(LANE, NOW, NOW + 60, 2) == 2
    assert await store.free_notices(LANE, NOW, NOW + 60, 2) == 1
    assert await store.free_notices(LANE, NOW, NOW + 60, 2) == 0
    assert [one.message_id for one in await store.claim_notices(LANE, 9, NOW, NOW + 99)] == [*ids[:3], ids[4]]


async def test_how_handing_over_ended_is_kept(store: Store) -> None:
    ids = await owe(store, 3)
    claimed = await store.claim_notices(LANE, 9, NOW, NOW + 60)
    assert await store.owed_count() == 3
    slot = claimed[0].slot
    await store.settle(
        [
            DeliveryOutcome(ids[0], slot, Delivery.DONE, NOW + 1, "200 ACK/Jasmin"),
            DeliveryOutcome(ids[1], slot, Delivery.OPEN, NOW + 2, "500", NOW + 500),
            DeliveryOutcome(ids[2], slot, Delivery.OPEN, NOW + 3, "away", NOW + 3, uncounted=True),
        ]
    )
    assert await store.owed_count() == 2
    states = []
    for message_id in ids:
        timeline = await store.timeline(message_id)
        assert timeline is not None
        record = timeline.notices[0]
        states.append((record.delivery, record.attempts, record.answer, record.answered_ms, record.due_ms))
    assert states == [
        (Delivery.DONE, 1, "200 ACK/Jasmin", NOW + 1, 0),
        (Delivery.OPEN, 1, "500", NOW + 2, NOW + 500),
        (Delivery.OPEN, 0, "away", NOW + 3, NOW + 3),
    ]
    assert await store.lanes() == [LaneDue(LANE, NOW + 3)]
    await store.settle([DeliveryOutcome(ids[0], slot, Delivery.GIVEN_UP, NOW + 9, "late")])
    assert await store.owed_count() == 2


async def test_what_is_not_due_is_not_claimed(store: Store) -> None:
    await owe(store, at_ms=NOW + 100)
    assert await store.claim_notices(LANE, 9, NOW + 99, NOW + 200) == []
    assert len(await store.claim_notices(LANE, 9, NOW + 100, NOW + 200)) == 1


async def test_entries_are_written_read_and_removed_by_revision(store: Store) -> None:
    assert await store.directory() == []
    first = await store.put([Entry(Kind.ACCOUNT, "a", "{}"), Entry(Kind.ROUTE, "r", '{"x":1}')])
    second = await store.put([Entry(Kind.ACCOUNT, "a", None), Entry(Kind.ACCOUNT, "b", "{}")])
    assert second > first
    assert await store.directory_revision() == second
    assert {(e.kind, e.key, e.body) for e in await store.directory()} == {
        (Kind.ROUTE, "r", '{"x":1}'),
        (Kind.ACCOUNT, "b", "{}"),
    }
    assert {(e.key, e.body, e.revision) for e in await store.directory(first)} == {
        ("a", None, second),
        ("b", "{}", second),
    }


async def test_a_change_decided_on_old_knowledge_is_refused(store: Store) -> None:
    seen = await store.directory_revision()
    await store.put([Entry(Kind.SETTING, "s", "1")], seen)
    with pytest.raises(Conflict):
        await store.put([Entry(Kind.SETTING, "s", "2")], seen)
    assert [entry.body for entry in await store.directory()] == ["1"]


async def test_deposits_add_up_and_never_go_below_zero(store: Store) -> None:
    assert await store.deposit(LedgerEntry("a", NOW, 100, "first")) == 100
    assert await store.deposit(LedgerEntry("a", NOW, -30, "back")) == 70
    assert await store.deposit(LedgerEntry("a", NOW, -71, "too much")) is None
    assert await store.balances(["a", "b"]) == [70, 0]
    assert [(e.amount, e.note) for e in await store.entries("a", 9)] == [(-30, "back"), (100, "first")]


def mo(**given: object) -> Incoming:
    fields: dict[str, object] = {
        "id": new_id(),
        "account": "acme",
        "route": "mo",
        "connector": "op",
        "source": Address("31612345678"),
        "destination": Address("1234"),
        "text": "STOP",
        "octets": b"STOP",
        "charset": "gsm7",
        "data_coding": 0,
        "parts": 1,
        "received_ms": NOW,
    }
    return Incoming(**{**fields, **given})  # type: ignore[arg-type]


async def test_mos_are_kept_with_the_notice_they_make_due(store: Store) -> None:
    given = mo()
    wish = ReportWish(Way.SMPP, 0, "smpp", "client")
    owed = IncomingNotice(
        given.id, "acme", wish, given.source, given.destination, "op", given.text, given.octets, 0, NOW
    )
    assert await store.accept_incoming([(given, owed), (mo(), None)], []) == [True, True]
    assert await store.incoming(given.id) == given
    assert await store.incoming(new_id()) is None
    (claimed,) = await store.claim_notices("smpp:client", 9, NOW, NOW + 1)
    assert claimed.notice == owed
    assert await store.newest_id() > given.id


async def test_an_exact_repeat_within_its_window_is_not_kept(store: Store) -> None:
    window = {"digest": "d", "repeat_window_ms": 1_000}
    assert await store.accept_incoming([(mo(**window), None)], []) == [True]
    assert await store.accept_incoming([(mo(**window, received_ms=NOW + 999), None)], []) == [False]
    assert await store.accept_incoming([(mo(**window, received_ms=NOW + 1_001), None)], []) == [True]
    assert await store.accept_incoming([(mo(), None), (mo(), None)], []) == [True, True]


def held(number: int, octets: bytes = b"x", at_ms: int = NOW, reference: int = 7) -> HeldPart:
    part_set = PartSet("op", "31612345678", "1234", "udh8", reference, 3)
    arrival = Arrival(
        "op",
        "op",
        Address("31612345678"),
        Address("1234"),
        octets,
        "gsm7",
        0,
        at_ms,
        part_set=part_set,
        number=number,
    )
    return HeldPart(part_set, number, at_ms, arrival)


async def test_parts_gather_in_any_order_until_their_set_is_used(store: Store) -> None:
    assert [[p.number for p in parts] for parts in await store.hold_parts([held(3)])] == [[3]]
    answer = await store.hold_parts([held(1), held(2, reference=8)])
    assert [[p.number for p in parts] for parts in answer] == [[1, 3], [2]]
    (parts,) = await store.hold_parts([held(2, b"second")])
    assert [p.number for p in parts] == [1, 2, 3]
    assert parts[1] == held(2, b"second")
    await store.accept_incoming([(mo(parts=3), None)], [held(1).part_set])
    assert [[p.number for p in parts] for parts in await store.hold_parts([held(1)])] == [[1]]


async def test_sets_that_will_not_be_completed_are_told(store: Store) -> None:
    await store.hold_parts([held(1), held(2, at_ms=NOW + 500), held(1, at_ms=NOW + 400, reference=8)])
    assert await store.stale_sets(NOW, 9) == []
    (stale,) = await store.stale_sets(NOW + 1, 9)
    assert [p.number for p in stale] == [1, 2]
    assert len(await store.stale_sets(NOW + 9_999, 9)) == 2


async def test_a_notice_that_goes_elsewhere_is_due_in_its_new_lane(store: Store) -> None:
    first = ReportWish(Way.WEBHOOK, 0, "jasmin", f"{LANE}/mo", "POST")
    second = ReportWish(Way.SMPP, 0, "smpp", "client", "")
    ends = Address("31612345678", 1, 1), Address("1234")
    mo = Incoming(new_id(), "acme", "mo", "op", *ends, "STOP", b"STOP", "gsm7", 0, 1, NOW)
    notice = IncomingNotice(mo.id, "acme", first, *ends, "op", "STOP", b"STOP", 0, NOW)
    await store.accept_incoming([(mo, notice)], [])
    (owed,) = await store.claim_notices(LANE, 9, NOW, NOW + 60)
    moved = IncomingNotice(mo.id, "other", second, *ends, "op", "STOP", b"STOP", 0, NOW)
    outcome = DeliveryOutcome(mo.id, owed.slot, Delivery.OPEN, NOW, "500", NOW + 5, moved=moved)
    await store.settle([outcome])
    assert await store.lanes() == [LaneDue("smpp:client", NOW + 5)]
    assert await store.claim_notices(LANE, 9, NOW + 60, NOW + 120) == []
    (again,) = await store.claim_notices("smpp:client", 9, NOW + 5, NOW + 60)
    assert (again.notice, again.attempts, again.lane) == (moved, 2, "smpp:client")
    await store.settle([DeliveryOutcome(mo.id, owed.slot, Delivery.DONE, NOW + 6)])
    assert (await store.lanes(), await store.owed_count()) == ([], 0)


async def test_mos_in_words_that_are_kept_longer_are_not_given_up_with_the_others(store: Store) -> None:
    notices = [
        IncomingNotice(
            new_id(NOW + step),
            "acme",
            ReportWish(Way.WEBHOOK, ReportOn.NOTHING, words, f"{LANE}/mo", "POST"),
            Address("31612345678", 1, 1),
            Address("12345"),
            "op",
            "hi",
            b"hi",
            0,
            NOW,
        )
        for step, words in enumerate(("jasmin", "patient", "cm"))
    ]
    for one in notices:
        mo = Incoming(
            one.message_id, "acme", "r", "op", one.source, one.destination, "hi", b"hi", "gsm7", 0, 1, NOW
        )
        await store.accept_incoming([(mo, one)], [])
    (of_patient,) = await owe(store)
    before_id = new_id(NOW + 1_000)
    last, ended = await store.give_up(0, before_id, 9, at_ms=NOW, why="old", longer=("patient", "cm"))
    assert (last, ended) == (max(of_patient, notices[2].message_id), 2)
    left = await store.claim_notices(LANE, 9, NOW + 5, NOW + 60)
    assert [owed.message_id for owed in left] == [one.message_id for one in notices[1:]]
    assert await store.owed_count() == 2
