"""The door for MOs: octets, sets and notices come back as they were handed in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.address import Address
from chappe.domain.incoming import Arrival, HeldPart, Incoming, PartSet
from chappe.domain.report import IncomingNotice, ReportWish, Way
from chappe.stores.sqlite.incoming_door import _parts, _ready
from chappe.stores.sqlite.records import to_json
from chappe.stores.sqlite.store import SqliteStore
from making import NOW, new_id

texts = st.text(st.characters(codec="utf-8"), max_size=20)


def held(number: int = 1, octets: bytes = b"\x00\xff", group: str = "op") -> HeldPart:
    part_set = PartSet(group, "316", "1234", "udh8", 7, 3)
    arrival = Arrival(
        group,
        "op",
        Address("316"),
        Address("1234"),
        octets,
        "ucs2",
        8,
        NOW,
        header=b"\x05",
        part_set=part_set,
        number=number,
    )
    return HeldPart(part_set, number, NOW, arrival)


async def test_parts_come_back_octet_for_octet(store: SqliteStore) -> None:
    (found,) = await store.hold_parts([held()])
    assert found == [held()]
    ((stale,),) = await store.stale_sets(NOW + 1, 9)
    assert stale == held()


async def test_a_whole_its_notice_and_the_end_of_its_set_are_one_commit(store: SqliteStore) -> None:
    await store.hold_parts([held()])
    mo = Incoming(
        new_id(), "acme", "mo", "op", Address("316"), Address("1234"), None, b"\xff", "binary", 4, 1, NOW
    )
    wish = ReportWish(Way.SMPP, 0, "smpp", "client")
    told = IncomingNotice(mo.id, "acme", wish, mo.source, mo.destination, "op", None, b"\xff", 4, NOW)
    assert await store.accept_incoming([(mo, told)], [held().part_set]) == [True]
    assert await store.incoming(mo.id) == mo
    assert await store.owed_count() == 1
    assert await store.stale_sets(NOW + 1, 9) == []


@given(texts, st.binary(max_size=50))
def test_the_text_of_a_set_is_its_key(group: str, octets: bytes) -> None:
    one, same = held(1, octets, group), held(2, octets, group)
    assert to_json(one.part_set) == to_json(same.part_set)
    (row,) = _parts(one.part_set, [(1, NOW, to_json(one.arrival))])
    assert row == one


def test_a_window_reaches_back_from_when_it_came() -> None:
    mo = Incoming(
        1, "a", "r", "c", Address(), Address(), "", b"", "gsm7", 0, 1, NOW, digest="d", repeat_window_ms=500
    )
    ready = _ready(mo, None)
    assert (ready.repeats_after_ms, ready.digest, ready.owes) == (NOW - 500, "d", None)
