"""MOs on record: they come back from their stored form, octets and all."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.address import Address
from chappe.domain.incoming import Arrival, HeldPart, Incoming, PartSet

part_sets = st.builds(
    PartSet,
    st.text(max_size=5),
    st.text(max_size=5),
    st.text(max_size=5),
    st.just("udh8"),
    st.integers(0, 65535),
    st.integers(1, 255),
)
addresses = st.builds(Address, st.text(max_size=20), st.integers(0, 6), st.integers(0, 18))
arrivals = st.builds(
    Arrival,
    group=st.text(max_size=5),
    connector=st.text(max_size=5),
    source=addresses,
    destination=addresses,
    octets=st.binary(max_size=200),
    charset=st.just("ucs2"),
    data_coding=st.integers(0, 255),
    received_ms=st.integers(0, 1 << 50),
    header=st.binary(max_size=20),
    part_set=st.none() | part_sets,
    number=st.integers(0, 255),
    tlvs=st.lists(st.tuples(st.integers(0, 65535), st.binary(max_size=9))).map(tuple),
    maybe_repeated=st.booleans(),
)


@given(arrivals)
def test_an_arrival_comes_back(arrival: Arrival) -> None:
    assert msgspec.json.decode(msgspec.json.encode(arrival), type=Arrival) == arrival


@given(part_sets)
def test_a_part_set_is_its_own_key(part_set: PartSet) -> None:
    copy = msgspec.json.decode(msgspec.json.encode(part_set), type=PartSet)
    assert {part_set: 1}[copy] == 1


def test_an_arrival_is_no_part_and_no_repeat_by_itself() -> None:
    arrival = Arrival("g", "c", Address("1"), Address("2"), b"", "gsm7", 0, 5)
    assert (arrival.part_set, arrival.number, arrival.header, arrival.maybe_repeated) == (None, 0, b"", False)


def test_an_arrival_stored_before_a_field_was_added_is_still_read() -> None:
    arrival = Arrival("g", "c", Address("1"), Address("2"), b"x", "gsm7", 0, 5)
    fields = msgspec.json.decode(msgspec.json.encode(arrival))
    assert msgspec.json.decode(msgspec.json.encode(fields[:9]), type=Arrival) == arrival


def test_a_held_part_and_a_whole_mo_are_values() -> None:
    part_set = PartSet("g", "1", "2", "udh8", 7, 3)
    arrival = Arrival("g", "c", Address("1"), Address("2"), b"x", "gsm7", 0, 5, part_set=part_set, number=2)
    assert HeldPart(part_set, 2, 5, arrival) == HeldPart(part_set, 2, 5, arrival)
    mo = Incoming(1, "acme", "r", "c", Address("1"), Address("2"), None, b"\xff", "binary", 4, 1, 5)
    assert msgspec.json.decode(msgspec.json.encode(mo), type=Incoming) == mo
    assert not mo.partial
