"""MOs: parts in any order, repeats, conflicts, strays, sets never completed; stored before acknowledged, never dropped."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chappe.domain.address import Address
from chappe.domain.conditions import TlvMatch
from chappe.domain.incoming import Arrival, HeldPart, Incoming, PartSet
from chappe.domain.interception import (
    Direction,
    Interceptor,
    OnFailure,
    Rejection,
    Replacement,
    Script,
    TlvValue,
)
from chappe.domain.network import Network
from chappe.domain.report import IncomingNotice, Notice, Way
from chappe.domain.routing import Condition, MoTarget, Route
from chappe.pipeline.accept_mo import PART_WAIT_MS
from chappe.ports.connector import Ack
from chappe.ports.directory import Entry, Kind
from chappe.ports.store import StoreBusy
from chappe.stores.memory.store import MemoryStore
from unit.pipeline.rig import MO_ROUTE, START_MS, SUBSCRIBER, Rig, rig

SHORT_CODE = Address("1234", 3, 1)
LANE = "smpp:acme"
ABC = (b"first, ", b"second, ", b"third")


def arrival(octets: bytes = b"STOP", **given_: Any) -> Arrival:
    fields: dict[str, Any] = {
        "group": "op",
        "connector": "op",
        "source": SUBSCRIBER,
        "destination": SHORT_CODE,
        "octets": octets,
        "charset": "gsm7",
        "data_coding": 0,
        "received_ms": START_MS,
    }
    return Arrival(**{**fields, **given_})


def part(number: int, octets: bytes, total: int = 3, reference: int = 7, **given_: Any) -> Arrival:
    part_set = PartSet("op", SUBSCRIBER.value, SHORT_CODE.value, "udh8", reference, total)
    header = bytes((5, 0, 3, reference & 255, total & 255, number & 255))
    return arrival(octets, part_set=part_set, number=number, header=header, **given_)


async def told(house: Rig) -> list[IncomingNotice]:
    """The MO notices owed so far, oldest first; they are taken."""
    owed = await house.store.claim_notices(LANE, 1_000, house.clock.ms + 10**9, house.clock.ms + 10**10)
    notices = [one.notice for one in owed]
    assert all(isinstance(notice, IncomingNotice) for notice in notices)
    return notices  # type: ignore[return-value]


async def texts(house: Rig) -> list[tuple[str | None, bool]]:
    return [(notice.text, notice.partial) for notice in await told(house)]


async def take(house: Rig, *arrivals: Arrival) -> list[Ack]:
    return list((await house.mos.accept(arrivals)).answers)


# ---------------------------------------------------------------- whole ones


async def test_an_mo_is_stored_with_its_notice_and_then_acknowledged() -> None:
    house = rig(MO_ROUTE)
    taken = await house.mos.accept(
        [arrival(priority=2, tlvs=((0x1401, b"x"),), service_type="WAP", protocol_id=9)]
    )
    assert (taken.answers, taken.lanes) == ((Ack.TAKEN,), {LANE})
    (notice,) = await told(house)
    assert (notice.account, notice.text, notice.octets) == ("acme", "STOP", b"STOP")
    assert (notice.source, notice.destination, notice.connector) == (SUBSCRIBER, SHORT_CODE, "op")
    assert (notice.priority, notice.tlvs, notice.service_type, notice.protocol_id) == (
        2,
        ((0x1401, b"x"),),
        "WAP",
        9,
    )
    assert (notice.wish.way, notice.wish.target) == (Way.SMPP, "acme")
    stored = await house.store.incoming(notice.message_id)
    assert stored is not None
    assert (stored.route, stored.text, stored.parts, stored.partial) == ("mo", "STOP", 1, False)


@pytest.mark.parametrize(
    ("given_", "text", "octets"),
    [
        (
            {"octets": "\u4f60".encode("utf-16-be"), "charset": "ucs2", "data_coding": 8},
            "\u4f60",
            b"\x4f\x60",
        ),
        ({"octets": b"\x00\xff", "charset": "binary", "data_coding": 4}, None, b"\x00\xff"),
        ({"octets": b""}, "", b""),
        ({"octets": b"\xd8\x3d", "charset": "ucs2", "data_coding": 8}, "\ufffd", b"\xd8\x3d"),
        (  # Turkish single shift: escape and c are another letter there
            {"octets": b"\x1bc", "header": b"\x03\x24\x01\x01"},
            "\u00e7",
            b"\x03\x24\x01\x01\x1bc",
        ),
        ({"octets": b"hi", "header": b"\x09broken"}, "hi", b"\x09brokenhi"),
    ],
)
async def test_octets_become_text_where_they_are_text_and_stay_beside_it(
    given_: dict[str, Any], text: str | None, octets: bytes
) -> None:
    house = rig(MO_ROUTE)
    assert await take(house, arrival(**given_)) == [Ack.TAKEN]
    (notice,) = await told(house)
    assert (notice.text, notice.octets, notice.udhi) == (text, octets, "header" in given_)


async def test_rules_see_the_subscriber_the_number_called_and_the_connector() -> None:
    rules = [
        Route(
            name="a",
            order=4,
            condition=Condition(text="(?i)stop"),
            deliver=MoTarget(account="stops", target="a"),
        ),
        Route(
            name="b",
            order=3,
            condition=Condition(networks=("20404",), connectors=("op",)),
            deliver=MoTarget(account="dutch", target="a"),
        ),
        Route(
            name="c",
            order=2,
            condition=Condition(destination="1234"),
            deliver=MoTarget(account="code", target="a"),
        ),
        Route(
            name="d",
            order=1,
            condition=Condition(sender="44"),
            deliver=MoTarget(account="british", target="a"),
        ),
    ]
    house = rig(Network(code="20404", prefixes=("316",)), *rules)
    british, american = Address("447900000000", 1, 1), Address("12125550000", 1, 1)
    other = Address("99", 3, 1)
    await take(
        house,
        arrival(b"Stop it"),
        arrival(b"hello"),
        arrival(b"hello", source=american),
        arrival(b"hello", source=british, destination=other),
    )
    owed = await house.store.claim_notices("smpp:a", 9, START_MS, START_MS)
    assert [one.notice.account for one in owed] == ["stops", "dutch", "code", "british"]


@pytest.mark.parametrize("by_text", [True, False])
async def test_what_finds_no_route_is_left_with_the_network(by_text: bool) -> None:
    condition = Condition(text="YES") if by_text else Condition(destination="9")
    house = rig(Route(name="mo", condition=condition, deliver=MoTarget(account="acme", target="acme")))
    assert await take(house, arrival(), part(1, b"x")) == (
        [Ack.LATER, Ack.TAKEN] if by_text else [Ack.LATER] * 2
    )
    assert await told(house) == []
    assert await house.store.newest_id() == 0
    assert house.meter.by_name["mo_unroutable"] >= 1


async def test_a_webhook_may_take_mos_too() -> None:
    deliver = MoTarget(
        account="acme", way=Way.WEBHOOK, target="http://client.example/mo", dialect="jasmin", method="GET"
    )
    house = rig(Route(name="mo", deliver=deliver))
    taken = await house.mos.accept([arrival()])
    assert taken.lanes == {"http://client.example"}
    (owed,) = await house.store.claim_notices("http://client.example", 9, START_MS, START_MS)
    assert (owed.notice.wish.dialect, owed.notice.wish.method) == ("jasmin", "GET")


# ---------------------------------------------------------------- repeats


async def test_the_same_word_twice_is_two_messages() -> None:
    house = rig(MO_ROUTE)
    assert await take(house, arrival(b"1"), arrival(b"1", received_ms=START_MS + 5)) == [Ack.TAKEN] * 2
    assert len(await told(house)) == 2


@pytest.mark.parametrize(("later_ms", "count"), [(1, 1), (299_999, 1), (300_001, 2)])
async def test_one_handed_in_again_after_a_link_went_down_is_one_message(later_ms: int, count: int) -> None:
    house = rig(MO_ROUTE)
    await take(house, arrival())
    again = arrival(received_ms=START_MS + later_ms, sequence=99, maybe_repeated=True)
    assert await take(house, again) == [Ack.TAKEN]
    assert len(await told(house)) == count
    assert house.meter.by_name["mo_repeated"] == 2 - count


@pytest.mark.parametrize(
    "given_",
    [
        {"octets": b"other"},
        {"source": Address("4479")},
        {"destination": Address("99")},
        {"data_coding": 1},
        {"header": b"\x03\x24\x01\x01"},
        {"group": "elsewhere"},
    ],
)
async def test_only_an_exact_repeat_is_one(given_: dict[str, Any]) -> None:
    house = rig(MO_ROUTE)
    await take(house, arrival(), arrival(maybe_repeated=True, **given_))
    assert len(await told(house)) == 2


# ---------------------------------------------------------------- parts


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_parts_make_one_message_in_any_order(order: tuple[int, ...]) -> None:
    house = rig(MO_ROUTE)
    for at in order[:2]:
        assert await take(house, part(at + 1, ABC[at])) == [Ack.TAKEN]
        assert await told(house) == []
    last = order[2]
    taken = await house.mos.accept([part(last + 1, ABC[last])])
    assert (taken.answers, taken.lanes) == ((Ack.TAKEN,), {LANE})
    assert await texts(house) == [("first, second, third", False)]
    house.clock.ms += PART_WAIT_MS * 2
    assert (await house.mos.give_up_sets())[0] == 0


async def test_parts_in_one_batch_and_of_two_messages_mixed() -> None:
    house = rig(MO_ROUTE)
    mixed = [part(2, b"b"), part(1, b"A", 2, 8), part(1, b"a"), part(2, b"B", 2, 8), part(3, b"c")]
    assert await take(house, *mixed) == [Ack.TAKEN] * 5
    assert await texts(house) == [("AB", False), ("abc", False)]


@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=120),
    st.integers(1, 40),
    st.randoms(use_true_random=False),
)
@settings(deadline=None)
async def test_a_text_torn_anywhere_comes_back_whole(text: str, size: int, chance: Any) -> None:
    octets = text.encode("utf-16-be")
    pieces = [octets[at : at + size] for at in range(0, len(octets), size)][:255]
    house = rig(MO_ROUTE)
    parts = [
        part(number, piece, len(pieces), charset="ucs2", data_coding=8, received_ms=START_MS + number)
        for number, piece in enumerate(pieces, 1)
    ]
    repeated = [chance.choice(parts) for _ in range(2)]
    arrivals = parts + repeated
    chance.shuffle(arrivals)
    seen: set[int] = set()
    answers = []
    for one in arrivals:
        if len(seen) < len(parts):
            answers.append((await take(house, one))[0])
        seen.add(one.number)
    assert set(answers) == {Ack.TAKEN}
    (notice,) = await told(house)
    assert notice.octets == b"".join(pieces)
    assert notice.text == text.removeprefix("\ufeff") or "\ufeff" in text or "\ufffe" in text
    assert not notice.partial


async def test_half_a_surrogate_pair_at_the_end_of_a_part_is_made_whole() -> None:
    house = rig(MO_ROUTE)
    high, low = b"\xd8\x3d", b"\xde\x00"
    await take(
        house, part(2, low, 2, charset="ucs2", data_coding=8), part(1, high, 2, charset="ucs2", data_coding=8)
    )
    assert await texts(house) == [("\U0001f600", False)]


@pytest.mark.parametrize("again", [1, 2])
async def test_a_part_handed_in_twice_counts_once(again: int) -> None:
    house = rig(MO_ROUTE)
    await take(house, part(1, b"a"), part(2, b"b"))
    assert await take(
        house, part(again, b"ab"[again - 1 : again], received_ms=START_MS + 50, sequence=9)
    ) == [Ack.TAKEN]
    assert await told(house) == []
    await take(house, part(3, b"c"))
    assert await texts(house) == [("abc", False)]


async def test_a_part_with_other_octets_under_its_number_begins_a_new_message() -> None:
    house = rig(MO_ROUTE)
    await take(house, part(1, b"old1 "), part(2, b"old2 "))
    assert await take(house, part(2, b"new2")) == [Ack.TAKEN]
    assert await texts(house) == [("old1 old2 [\u2026]", True)]
    assert house.meter.by_name["mo_partial"] == 1
    await take(house, part(3, b" new3"), part(1, b"new1 "))
    assert await texts(house) == [("new1 new2 new3", False)]


@pytest.mark.parametrize(
    ("again", "begun"),
    [
        ({"maybe_repeated": True}, False),
        ({"maybe_repeated": True, "received_ms": START_MS + 300_000}, False),
        ({"maybe_repeated": True, "received_ms": START_MS + 300_001}, True),
        ({"maybe_repeated": True, "octets": b"other"}, True),
        ({"maybe_repeated": False}, True),
    ],
)
async def test_a_part_of_a_whole_handed_in_again_begins_no_new_message(
    again: dict[str, Any], begun: bool
) -> None:
    house = rig(MO_ROUTE)
    await take(house, *(part(number, octets) for number, octets in enumerate(ABC, 1)))
    repeated = part(3, **{"octets": ABC[2], "sequence": 9, **again})
    assert await take(house, repeated) == [Ack.TAKEN]
    house.clock.ms += PART_WAIT_MS * 2
    assert (await house.mos.give_up_sets())[0] == int(begun)
    assert house.meter.by_name["mo_repeated"] == int(not begun)


async def test_sets_of_different_totals_or_references_do_not_meet() -> None:
    house = rig(MO_ROUTE)
    await take(house, part(1, b"a", 2), part(2, b"b", 3), part(2, b"c", 2, reference=8))
    assert await told(house) == []


@pytest.mark.parametrize(("number", "total"), [(0, 3), (4, 3), (1, 0), (0, 0)])
async def test_a_stray_part_is_delivered_by_itself_and_marked(number: int, total: int) -> None:
    house = rig(MO_ROUTE)
    assert await take(house, part(number, b"stray", total)) == [Ack.TAKEN]
    assert await texts(house) == [("stray", True)]
    assert house.meter.by_name["mo_stray_parts"] == 1


async def test_a_set_of_one_is_whole_at_once() -> None:
    house = rig(MO_ROUTE)
    await take(house, part(1, b"all", 1))
    assert await texts(house) == [("all", False)]


# ---------------------------------------------------------------- sets never completed


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((1,), "first, [\u2026]"),
        ((2,), "[\u2026]second, [\u2026]"),
        ((1, 3), "first, [\u2026]third"),
        ((3,), "[\u2026]third"),
    ],
)
async def test_after_ten_minutes_what_is_there_is_delivered_with_gaps(
    numbers: tuple[int, ...], text: str
) -> None:
    house = rig(MO_ROUTE)
    await take(house, *(part(number, ABC[number - 1]) for number in numbers))
    house.clock.ms += PART_WAIT_MS
    assert (await house.mos.give_up_sets())[0] == 0
    house.clock.ms += 1
    assert await house.mos.give_up_sets() == (1, {LANE})
    assert await texts(house) == [(text, True)]
    assert await house.mos.give_up_sets() == (0, frozenset())


async def test_a_part_held_twice_is_delivered_once() -> None:
    house = rig(MO_ROUTE)
    await take(house, part(1, b"\x01\x02", charset="binary", data_coding=4))
    await take(
        house, part(1, b"\x01\x02", charset="binary", data_coding=4, received_ms=START_MS + 5, sequence=2)
    )
    house.clock.ms += PART_WAIT_MS + 1
    await house.mos.give_up_sets()
    (notice,) = await told(house)
    assert (notice.text, notice.octets, notice.partial) == (None, b"\x01\x02", True)


async def test_parts_wait_over_a_restart() -> None:
    house = rig(MO_ROUTE)
    await take(house, part(3, ABC[2]), part(1, ABC[0]))
    await house.crash()
    await take(house, part(2, ABC[1]))
    assert await texts(house) == [("first, second, third", False)]


async def test_a_stale_set_that_finds_no_route_any_more_is_kept_for_the_operator() -> None:
    house = rig(MO_ROUTE)
    await take(house, part(1, b"a"))
    house.directory.apply([Entry(Kind.ROUTE, "mo", None)])
    house.clock.ms += PART_WAIT_MS + 1
    assert await house.mos.give_up_sets() == (1, frozenset())
    assert house.meter.by_label["mo_parked", "op"] == 1
    assert await house.mos.give_up_sets() == (0, frozenset())


# ---------------------------------------------------------------- the store


class Fickle(MemoryStore):
    """A store that refuses as long as it is told to."""

    refusing: frozenset[str] = frozenset()

    async def accept_incoming(
        self, taken: Sequence[tuple[Incoming, Notice | None]], sets: Sequence[PartSet]
    ) -> list[bool]:
        if "whole" in self.refusing:
            raise StoreBusy("the disk is full")
        return await super().accept_incoming(taken, sets)

    async def hold_parts(self, parts: Sequence[HeldPart]) -> list[list[HeldPart]]:
        if "part" in self.refusing:
            raise StoreBusy("the disk is full")
        return await super().hold_parts(parts)


async def test_what_is_not_stored_is_left_with_the_network_and_the_rest_is_taken() -> None:
    store = Fickle()
    house = rig(MO_ROUTE, store=store)
    store.refusing = frozenset({"part"})
    assert await take(house, arrival(b"1"), part(1, b"a"), arrival(b"2")) == [Ack.TAKEN, Ack.LATER, Ack.TAKEN]
    assert await texts(house) == [("1", False), ("2", False)]
    assert house.meter.by_name["mo_not_stored"] == 1


async def test_a_whole_that_could_not_be_stored_is_made_when_its_last_part_comes_again() -> None:
    store = Fickle()
    house = rig(MO_ROUTE, store=store)
    await take(house, part(1, b"a", 2))
    store.refusing = frozenset({"whole"})
    assert await take(house, part(2, b"b", 2)) == [Ack.LATER]
    store.refusing = frozenset()
    assert await take(house, part(2, b"b", 2, received_ms=START_MS + 900, sequence=5)) == [Ack.TAKEN]
    assert await texts(house) == [("ab", False)]


async def test_nothing_arrived_is_nothing_done() -> None:
    taken = await rig(MO_ROUTE).mos.accept([])
    assert (taken.answers, taken.lanes) == ((), frozenset())


# ---------------------------------------------------------------- interceptors, several targets


def both(*names: str, **given: Any) -> Route:
    targets = [MoTarget(account="acme", target=name, priority=place) for place, name in enumerate(names)]
    return Route(name="mo", deliver=targets[0], deliver_also=tuple(targets[1:]), **given)


@pytest.mark.parametrize(
    ("bound", "first", "others"),
    [
        (set(), "a", ["b", "c"]),
        ({"b"}, "b", ["a", "c"]),
        ({"c", "b"}, "b", ["c", "a"]),
        ({"nobody"}, "a", ["b", "c"]),
    ],
)
async def test_of_several_targets_one_that_is_there_goes_first(
    bound: set[str], first: str, others: list[str]
) -> None:
    house = rig(both("a", "b", "c"))
    house.bound |= bound
    await house.mos.accept([arrival()])
    (owed,) = await house.store.claim_notices(f"smpp:{first}", 9, house.clock.ms, house.clock.ms + 1)
    assert isinstance(owed.notice, IncomingNotice)
    assert [other.wish.target for other in owed.notice.others] == others


MO = {"direction": Direction.MO}
HERE = Route(name="mo", deliver=MoTarget(account="acme", target="acme"))


async def test_an_interceptor_changes_an_mo_before_it_is_routed() -> None:
    house = rig(
        Route(
            name="mo", condition=Condition(tags=("seen",)), deliver=MoTarget(account="acme", target="acme")
        ),
        Interceptor(
            name="i",
            **MO,
            condition=Condition(connectors=("op",), text="STOP"),
            replace=(Replacement(pattern="STOP", by="END €"),),
            set_tlvs=(TlvValue(tag=0x1401, text="20801", nul=True),),
            add_tags=("seen",),
        ),
    )
    taken = await house.mos.accept([arrival(), arrival(b"other")])
    assert taken.answers == (Ack.TAKEN, Ack.LATER)
    (notice,) = await told(house)
    assert (notice.text, notice.octets, notice.tlvs) == (
        "END €",
        b"END \x1be",
        ((0x1401, b"20801\0"),),
    )


async def test_a_text_that_no_longer_fits_its_coding_becomes_unicode() -> None:
    house = rig(HERE, Interceptor(name="i", **MO, replace=(Replacement(pattern="STOP", by="Стоп"),)))
    await house.mos.accept([arrival()])
    (notice,) = await told(house)
    assert (notice.text, notice.octets, notice.data_coding) == ("Стоп", "Стоп".encode("utf-16-be"), 8)


async def test_a_refused_mo_is_told_to_the_network_and_one_of_several_parts_is_kept() -> None:
    house = rig(HERE, Interceptor(name="i", **MO, condition=Condition(text=".*third"), reject=Rejection()))
    single = await house.mos.accept([arrival(b"a third")])
    assert single.answers == (Ack.REFUSED,)
    parts = await house.mos.accept([part(number, octets) for number, octets in enumerate(ABC, 1)])
    assert parts.answers == (Ack.TAKEN,) * 3
    assert await told(house) == []
    assert (house.meter.by_name["mo_refused"], house.meter.by_name["mo_parked"]) == (2, 1)
    assert await house.store.stale_sets(house.clock.ms + 10**9, 9) == []


@pytest.mark.parametrize(
    ("on_failure", "answer"), [(OnFailure.REFUSE, Ack.LATER), (OnFailure.PASS, Ack.TAKEN)]
)
async def test_where_a_script_fails_the_network_is_to_send_it_again_or_it_passes(
    on_failure: OnFailure, answer: Ack
) -> None:
    house = rig(HERE, Interceptor(name="i", **MO, script=Script(code="pass", on_failure=on_failure)))
    taken = await house.mos.accept([arrival()])
    assert taken.answers == (answer,)
    assert len(await told(house)) == (answer is Ack.TAKEN)


async def test_rules_for_mt_leave_mos_alone() -> None:
    house = rig(HERE, Interceptor(name="i", reject=Rejection()))
    assert (await house.mos.accept([arrival()])).answers == (Ack.TAKEN,)


async def test_mos_are_routed_by_tlv() -> None:
    condition = Condition(tlvs=(TlvMatch(tag=0x1401, values=("20801",)),))
    house = rig(Route(name="mo", condition=condition, deliver=MoTarget(account="acme", target="acme")))
    taken = await house.mos.accept([arrival(tlvs=((0x1401, b"20801\0"),)), arrival()])
    assert taken.answers == (Ack.TAKEN, Ack.LATER)
