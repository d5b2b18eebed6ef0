"""The store's contract: accepting messages, changing their state, matching receipts, timelines, retention."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from chappe.domain.address import Address
from chappe.domain.ids import IdMaker, first_id_at
from chappe.domain.message import AcceptResult, Message, Note, NoteRecord, PartReceipt, Taken, Transition
from chappe.domain.receipt import Receipt
from chappe.domain.report import Delivery, DeliveryOutcome, ReportOn
from chappe.domain.state import OPEN, WAITING, State, bits
from chappe.ports.ledger import LedgerEntry
from chappe.ports.messages import PartLookup
from chappe.ports.store import Store
from making import NOW, final, message, new_id, notice, sent, webhook


async def pay_in(store: Store, amount: int, account: str = "acme") -> None:
    assert await store.deposit(LedgerEntry(account, NOW, amount, "test")) is not None


async def state_of(store: Store, message_id: int) -> State:
    (found,) = await store.messages([message_id])
    assert found is not None
    return found.standing.state


async def in_flight(store: Store, *messages: object) -> None:
    await store.accept(messages)  # type: ignore[arg-type]
    await store.claim("op", len(messages), 1, NOW + 60_000)


async def test_an_accepted_message_comes_back_as_it_was(store: Store) -> None:
    given = message(
        text="a\x00b 'quoted' \"twice\" é € 😀\n",
        octets=None,
        report=webhook(ReportOn.SMSC | ReportOn.SUCCESS),
        tags=("one", "two"),
        tlvs=((0x1401, b"\x00\xff"),),
        reference="r-1",
    )
    assert [taken.result for taken in await store.accept([given])] == [AcceptResult.ACCEPTED]
    (found,) = await store.messages([given.id])
    assert found is not None
    assert found.message == given
    assert found.standing.state is State.QUEUED
    assert found.standing.connector == "op"


async def test_octets_come_back_as_they_were(store: Store) -> None:
    given = message(text=None, octets=bytes(range(256)), data_coding=4)
    await store.accept([given])
    (found,) = await store.messages([given.id])
    assert found is not None
    assert found.message.octets == bytes(range(256))


async def test_unknown_ids_give_none(store: Store) -> None:
    given = message()
    await store.accept([given])
    assert [found is None for found in await store.messages([new_id(), given.id, new_id()])] == [
        True,
        False,
        True,
    ]
    assert await store.timeline(new_id()) is None


async def test_a_balance_is_debited_with_the_message_and_never_below_zero(store: Store) -> None:
    await pay_in(store, 250)
    answers = await store.accept(
        [message(charge=100), message(charge=100), message(charge=100), message(charge=50)]
    )
    assert [a.result for a in answers] == [
        AcceptResult.ACCEPTED,
        AcceptResult.ACCEPTED,
        AcceptResult.NO_BALANCE,
        AcceptResult.ACCEPTED,
    ]
    assert await store.balances(["acme", "other"]) == [0, 0]
    assert await store.messages([answers[2].message_id]) == [None]


async def test_whole_takes_all_or_none(store: Store) -> None:
    await pay_in(store, 250)
    batch = [message(charge=100, idempotency_key="k"), message(charge=100), message(charge=100)]
    answers = await store.accept(batch, whole=True)
    assert AcceptResult.NO_BALANCE in [a.result for a in answers]
    assert await store.messages([m.id for m in batch]) == [None, None, None]
    assert await store.balances(["acme"]) == [250]
    assert await store.depths() == {}
    again = await store.accept(batch[:2], whole=True)
    assert [a.result for a in again] == [AcceptResult.ACCEPTED, AcceptResult.ACCEPTED]
    assert await store.balances(["acme"]) == [50]


async def test_one_accounts_empty_balance_does_not_stop_anothers_message(store: Store) -> None:
    await pay_in(store, 10, "rich")
    answers = await store.accept([message(account="poor", charge=5), message(account="rich", charge=5)])
    assert [a.result for a in answers] == [AcceptResult.NO_BALANCE, AcceptResult.ACCEPTED]


async def test_a_known_key_answers_with_the_earlier_message(store: Store) -> None:
    await pay_in(store, 100)
    first = message(idempotency_key="k", charge=10)
    await store.accept([first])
    again = message(idempotency_key="k", charge=10)
    other = message(idempotency_key="k", account="other")
    answers = await store.accept([again, other, message(idempotency_key="k2"), message(idempotency_key="k2")])
    assert [a.result for a in answers] == [
        AcceptResult.REPEATED,
        AcceptResult.ACCEPTED,
        AcceptResult.ACCEPTED,
        AcceptResult.REPEATED,
    ]
    assert answers[0].message_id == first.id
    assert answers[3].message_id == answers[2].message_id
    assert await store.messages([again.id]) == [None]
    assert await store.balances(["acme"]) == [90]


async def test_a_message_that_could_not_be_paid_holds_no_key(store: Store) -> None:
    assert (await store.accept([message(idempotency_key="k", charge=5)]))[0].result is AcceptResult.NO_BALANCE
    await pay_in(store, 5)
    assert (await store.accept([message(idempotency_key="k", charge=5)]))[0].result is AcceptResult.ACCEPTED


async def test_the_life_of_a_message_stands_in_its_timeline(store: Store) -> None:
    given = message(report=webhook())
    await in_flight(store, given)
    taken = sent(given, "0A", at_ms=NOW + 5, due_ms=NOW + 99, owes=(notice(given, ReportOn.SMSC),))
    assert await store.move([taken]) == [True]
    assert await store.move([final(given, at_ms=NOW + 9, owes=(notice(given),))]) == [True]
    timeline = await store.timeline(given.id)
    assert timeline is not None
    standing = timeline.found.standing
    assert (standing.state, standing.attempts, standing.sent_ms, standing.final_ms) == (
        State.DELIVERED,
        1,
        NOW + 5,
        NOW + 9,
    )
    (part,) = timeline.parts
    assert (part.smsc_id, part.open, part.word, part.sent_ms, part.done_ms) == (
        "0A",
        False,
        "DELIVRD",
        NOW + 5,
        NOW + 9,
    )
    assert [n.notice.event for n in timeline.notices] == [ReportOn.SMSC, ReportOn.SUCCESS]
    assert all(n.delivery is Delivery.OPEN for n in timeline.notices)


async def test_a_change_applies_only_from_the_states_it_names(store: Store) -> None:
    given = message()
    await store.accept([given])
    assert await store.move([sent(given, "1", owes=(notice(given),))]) == [False]
    assert await state_of(store, given.id) is State.QUEUED
    assert await store.owed_count() == 0
    unknown = message()
    assert await store.move([Transition(unknown.id, bits(OPEN), State.REJECTED, NOW)]) == [False]


async def test_the_first_final_state_stands(store: Store) -> None:
    given = message()
    await in_flight(store, given)
    await store.move([sent(given, "1")])
    told = final(given, State.DELIVERED), final(given, State.UNDELIVERED, owes=(notice(given),))
    assert await store.move(told) == [True, False]
    assert await state_of(store, given.id) is State.DELIVERED
    assert await store.owed_count() == 0


async def test_all_of_a_change_is_written(store: Store) -> None:
    given = message()
    await in_flight(store, given)
    retry = Transition(
        given.id,
        bits({State.IN_FLIGHT}),
        State.SCHEDULED,
        NOW,
        connector="other",
        due_ms=NOW + 7,
        error="ESME_RSYSERR",
        command_status=8,
        possible_duplicate="no answer",
        note=Note("deferred", "op", "busy", 1),
    )
    assert await store.move([retry]) == [True]
    timeline = await store.timeline(given.id)
    assert timeline is not None
    standing = timeline.found.standing
    assert (standing.state, standing.connector, standing.due_ms) == (State.SCHEDULED, "other", NOW + 7)
    assert (standing.error, standing.command_status, standing.possible_duplicate) == (
        "ESME_RSYSERR",
        8,
        "no answer",
    )
    assert timeline.notes == (NoteRecord(NOW, Note("deferred", "op", "busy", 1)),)


async def test_what_is_none_in_a_change_stays(store: Store) -> None:
    given = message()
    await in_flight(store, given)
    to_scheduled = Transition(
        given.id, bits({State.IN_FLIGHT}), State.SCHEDULED, NOW, due_ms=NOW + 1, error="x"
    )
    await store.move([to_scheduled])
    await store.move([Transition(given.id, bits(WAITING), State.CANCELLED, NOW)])
    (found,) = await store.messages([given.id])
    assert found is not None
    assert (found.standing.error, found.standing.due_ms) == ("x", NOW + 1)


async def test_an_uncounted_attempt_is_taken_back(store: Store) -> None:
    given = message()
    await in_flight(store, given)
    await store.move([Transition(given.id, bits({State.IN_FLIGHT}), State.QUEUED, NOW, uncounted=True)])
    (found,) = await store.messages([given.id])
    assert found is not None
    assert found.standing.attempts == 0
    assert await store.depths() == {"op": 1}


async def test_a_refund_happens_once(store: Store) -> None:
    await pay_in(store, 100)
    given = message(charge=40)
    await in_flight(store, given)
    lost = Transition(given.id, bits(OPEN), State.REJECTED, NOW, refund=True)
    assert await store.move([lost]) == [True]
    assert await store.move([lost]) == [False]
    assert await store.balances(["acme"]) == [100]


async def test_replacing_the_text_keeps_the_rest(store: Store) -> None:
    given = message()
    await store.accept([given])
    other = msgspec.structs.replace(given, text="another 'text'")
    assert await store.move([Transition(given.id, bits(WAITING), State.QUEUED, NOW, body=other)]) == [True]
    (found,) = await store.messages([given.id])
    assert found is not None
    assert found.message == other
    assert await store.depths() == {"op": 1}


async def test_a_long_message_is_final_when_all_its_parts_are(store: Store) -> None:
    given = message(parts=3)
    await in_flight(store, given)
    await store.move([sent(given, "a", "b", "c")])
    told = [final(given, part=number, when_all_parts=True, owes=(notice(given),)) for number in (3, 1, 2)]
    assert await store.move(told[:1]) == [False]
    assert await store.move(told[1:]) == [False, True]
    assert await state_of(store, given.id) is State.DELIVERED
    assert await store.owed_count() == 1


async def test_all_parts_of_a_sent_message_are_those_that_the_smsc_took(store: Store) -> None:
    whole, unsent = message(parts=3), message(parts=3)
    await in_flight(store, whole)
    await store.move([sent(whole, "a")])
    assert await store.move([final(whole, when_all_parts=True)]) == [True]
    await in_flight(store, unsent)
    early = final(unsent, when_all_parts=True)
    assert await store.move([early]) == [False]


async def test_an_intermediate_receipt_leaves_its_part_open(store: Store) -> None:
    given = message()
    await in_flight(store, given)
    await store.move([sent(given, "a")])
    enroute = PartReceipt(1, final=False, word="ENROUTE", error="", receipt="id:a stat:ENROUTE", done_ms=NOW)
    await store.move([final(given, State.SENT, told=enroute)])
    assert (await store.find_parts([PartLookup("op", ("a",), "")]))[0] is not None


async def test_a_slot_of_notices_is_owed_once(store: Store) -> None:
    given = message(parts=2)
    await in_flight(store, given)
    await store.move([sent(given, "a", owes=(notice(given, ReportOn.SMSC),))])
    await store.move([final(given, owes=(notice(given, ReportOn.SMSC), notice(given)))])
    timeline = await store.timeline(given.id)
    assert timeline is not None
    assert len(timeline.notices) == 2
    assert await store.owed_count() == 2


async def test_parts_are_found_by_space_and_key(store: Store) -> None:
    one, two = message(), message(destination=Address("31687654321", 1, 1))
    await in_flight(store, one, two)
    await store.move([sent(one, "00Ab-12"), sent(two, "77", group="elsewhere")])
    lookups = [
        PartLookup("op", ("ab12",), ""),
        PartLookup("op", ("77",), ""),
        PartLookup("elsewhere", ("none", "77"), "31687654321"),
        PartLookup("elsewhere", ("none", "77"), "31612345678"),
        PartLookup("op", (), ""),
    ]
    found = await store.find_parts(lookups)
    assert [match.found.message.id if match else None for match in found] == [
        one.id,
        None,
        two.id,
        None,
        None,
    ]
    assert found[0] is not None
    assert found[0].part.smsc_id == "00Ab-12"
    assert found[2] is not None
    assert found[2].key_index == 1


async def test_a_closed_part_is_found_no_more(store: Store) -> None:
    given = message()
    await in_flight(store, given)
    await store.move([sent(given, "5")])
    await store.move([final(given)])
    assert await store.find_parts([PartLookup("op", ("5",), "")]) == [None]


async def test_parts_taken_after_a_cancel_are_still_filed(store: Store) -> None:
    given = message()
    await in_flight(store, given)
    await store.move([Transition(given.id, bits({State.IN_FLIGHT}), State.CANCELLED, NOW)])
    assert await store.move([sent(given, "5")]) == [False]
    assert (await store.find_parts([PartLookup("op", ("5",), "")]))[0] is not None


async def test_unmatched_receipts_wait_and_become_orphans(store: Store) -> None:
    value = Receipt("op", "op", "77", State.DELIVERED, "DELIVRD", "000", Address("1"), Address("2"), NOW)
    await store.park_receipts([(value, NOW + 1000), (value, NOW + 5000)])
    assert await store.unmatched(NOW, 10) == []
    (first,) = await store.unmatched(NOW + 1000, 10)
    assert (first.receipt, first.tries) == (value, 0)
    await store.settle_unmatched([], [(first.id, NOW + 2000)])
    (again,) = await store.unmatched(NOW + 2000, 10)
    assert again.tries == 1
    assert await store.unmatched_counts() == (2, 0)
    await store.settle_unmatched([], [(again.id, None)])
    assert await store.unmatched_counts() == (1, 1)
    (second,) = await store.unmatched(NOW + 9000, 10)
    await store.settle_unmatched([second.id], [])
    assert await store.unmatched_counts() == (0, 1)


async def test_receipts_overdue_are_told(store: Store) -> None:
    soon, later, never = message(), message(), message()
    await in_flight(store, soon, later, never)
    await store.move([sent(soon, "1", due_ms=NOW + 10), sent(later, "2", due_ms=NOW + 20), sent(never, "3")])
    assert [found.message.id for found in await store.overdue(NOW + 10, 9)] == [soon.id]
    assert [found.message.id for found in await store.overdue(NOW + 99, 9)] == [soon.id, later.id]
    await store.move([final(soon, State.UNKNOWN)])
    assert [found.message.id for found in await store.overdue(NOW + 99, 9)] == [later.id]


async def test_texts_are_purged_and_the_rest_kept(store: Store) -> None:
    given = (
        message(text="secret", reference="r"),
        message(text=None, octets=b"secret"),
        message(text="still queued"),
    )
    await store.accept(given)
    await store.claim("op", 2, 1, NOW)
    await store.move([sent(given[0], "1"), sent(given[1], "2")])
    before = first_id_at(NOW + 86_400_000)
    last = await store.purge_texts(0, before, 1)
    assert last == given[0].id
    assert await store.purge_texts(last, before, 10) == given[1].id
    assert await store.purge_texts(given[1].id, before, 10) == 0
    found = await store.messages([m.id for m in given])
    assert [(f.message.text, f.message.octets) for f in found if f] == [
        (None, None),
        (None, None),
        ("still queued", None),
    ]
    assert found[0] is not None
    assert found[0].message == msgspec.structs.replace(given[0], text=None)


async def test_records_are_purged_when_nothing_is_owed_any_more(store: Store) -> None:
    await pay_in(store, 100)
    done, owing, waiting = message(charge=10, idempotency_key="k"), message(report=webhook()), message()
    await in_flight(store, done, owing)
    await store.accept([waiting])
    await store.move([sent(done, "1"), sent(owing, "2", owes=(notice(owing, ReportOn.SMSC),))])
    before = first_id_at(NOW + 86_400_000)
    assert await store.purge_records(before, 10) == 1
    assert await store.timeline(done.id) is None
    assert await store.balances(["acme"]) == [90]
    (owed,) = await store.claim_notices("http://client.example", 5, NOW, NOW)
    await store.settle([DeliveryOutcome(owed.message_id, owed.slot, Delivery.DONE, NOW)])
    assert await store.purge_records(before, 10) == 1
    assert await state_of(store, waiting.id) is State.QUEUED
    again = message(idempotency_key="k")
    assert (await store.accept([again]))[0].result is AcceptResult.ACCEPTED


async def test_the_newest_id_is_known(store: Store) -> None:
    assert await store.newest_id() == 0
    given = [message(), message()]
    await store.accept(given)
    assert await store.newest_id() == given[1].id


@pytest.mark.parametrize("seed", range(5))
async def test_counts_and_balances_add_up_over_random_histories(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    await pay_in(store, 3_000)
    charged = refunded = 0
    for _ in range(40):
        batch = [message(charge=chance.randrange(0, 60)) for _ in range(chance.randrange(1, 5))]
        taken = await store.accept(batch)
        charged += sum(
            m.charge for m, t in zip(batch, taken, strict=True) if t.result is AcceptResult.ACCEPTED
        )
        claimed = await store.claim("op", chance.randrange(0, 4), 1, NOW)
        changes = []
        for found in claimed:
            to = chance.choice([State.SENT, State.REJECTED, State.QUEUED, State.SCHEDULED])
            refund = to is State.REJECTED
            refunded += found.message.charge if refund else 0
            changes.append(
                Transition(found.message.id, bits({State.IN_FLIGHT}), to, NOW, due_ms=NOW + 1, refund=refund)
            )
        if changes:
            assert all(await store.move(changes))
        if chance.random() < 0.2:
            await store.release_due(NOW + 1, 3)
    assert await store.balances(["acme"]) == [3_000 - charged + refunded]
    depth = (await store.depths()).get("op", 0)
    assert len(await store.claim("op", 10_000, 1, NOW)) == depth
    assert await store.depths() == {}


async def test_records_between_two_ids_are_one_accounts_and_one_nodes(store: Store) -> None:
    here, there = IdMaker(3), IdMaker(4)
    # Within a millisecond all ids of one node come before all of the next: a range over two has both.
    mine = [here.next(NOW) for _ in range(6)]
    theirs = [there.next(NOW) for _ in range(6)]
    later = here.next(NOW + 1)
    await store.accept([message(id=one) for one in (*mine[:4], *theirs, later)])
    await store.accept([message(id=mine[4], account="other"), message(id=mine[5])])

    async def ids(*ranges: tuple[int, int], account: str = "acme") -> list[int]:
        return [found.message.id for found in await store.messages_between(account, ranges)]

    assert await ids((mine[0], mine[3])) == mine[:4]
    assert await ids((mine[1], later)) == [*mine[1:4], mine[5], later]
    assert await ids((mine[2], mine[5]), (mine[0], mine[0]), (mine[2], mine[2])) == [
        mine[0],
        *mine[2:4],
        mine[5],
    ]
    assert await ids((mine[0], mine[5]), account="other") == [mine[4]]
    assert await ids((mine[3], mine[0])) == []
    assert await ids() == []


async def test_a_key_may_stand_for_its_message_for_a_while_only(store: Store) -> None:
    def keyed(at_ms: int, **given: Any) -> Message:
        return message(id=new_id(at_ms), idempotency_key="k", **{"key_holds_ms": 60_000, **given})

    first, within, after = keyed(NOW), keyed(NOW + 60_000), keyed(NOW + 60_001)
    assert await store.accept([first]) == [Taken(AcceptResult.ACCEPTED, first.id)]
    assert await store.accept([within]) == [Taken(AcceptResult.REPEATED, first.id)]
    others = keyed(NOW + 60_000, account="other")
    assert await store.accept([others]) == [Taken(AcceptResult.ACCEPTED, others.id)]
    assert await store.accept([after]) == [Taken(AcceptResult.ACCEPTED, after.id)]
    # The key is the later one's now, with a while of its own.
    assert await store.accept([keyed(NOW + 120_001)]) == [Taken(AcceptResult.REPEATED, after.id)]
    # A key that holds for good counts whoever has it.
    assert await store.accept([keyed(NOW + 900_000, key_holds_ms=0)]) == [
        Taken(AcceptResult.REPEATED, after.id)
    ]
