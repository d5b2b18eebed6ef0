"""Packet ids: exact ranges, nobody's but ours, and never more than a call can make."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.mmp.packets import MOST_MESSAGES, is_within, packet_id, ranges_of, read_packet
from chappe.domain.ids import IdMaker, IdRenderer
from making import NOW

RENDERER = IdRenderer(b"k" * 32)


def made(count: int, node: int = 3) -> list[int]:
    maker = IdMaker(node)
    return [maker.next(NOW) for _ in range(count)]


def test_ids_of_one_call_are_one_range_even_where_milliseconds_are_borrowed() -> None:
    ids = made(MOST_MESSAGES)
    (only,) = ranges_of(reversed(ids))
    assert only == (ids[0], ids[-1])
    text = packet_id([only], RENDERER)
    assert len(text) == 64
    assert read_packet(text, RENDERER) == [only]


def test_a_gap_makes_two_ranges() -> None:
    ids = made(10)
    assert ranges_of(ids[:4] + ids[5:]) == [(ids[0], ids[3]), (ids[5], ids[9])]
    assert ranges_of([ids[2], ids[2]]) == [(ids[2], ids[2])]
    assert ranges_of([]) == []


def test_other_nodes_ids_are_not_within() -> None:
    here, there = made(4100, 3), made(4100, 4)
    (only,) = ranges_of(here)
    # The last of node 3 are of the next millisecond, and so all of node 4's first lie between.
    assert only[0] < there[0] < only[1]
    assert all(is_within(one, [only]) for one in here)
    assert not any(is_within(one, [only]) for one in there)


@given(st.sets(st.integers(0, 200), max_size=30))
def test_a_packet_comes_back_as_it_was(positions: set[int]) -> None:
    ids = made(201)
    wanted = {ids[at] for at in positions}
    ranges = ranges_of(wanted)
    text = packet_id(ranges, RENDERER)
    assert (text == "") == (not ranges or len(ranges) > 12)
    if text:
        assert read_packet(text, RENDERER) == ranges
        assert {one for one in ids if is_within(one, ranges)} == wanted


def test_a_range_longer_than_a_call_is_none_of_ours() -> None:
    ids = made(MOST_MESSAGES + 1)
    assert read_packet(packet_id([(ids[0], ids[-2])], RENDERER), RENDERER) is not None
    assert read_packet(packet_id([(ids[0], ids[-1])], RENDERER), RENDERER) is None
    assert read_packet(packet_id([(ids[1], ids[0])], RENDERER), RENDERER) is None


@given(st.text(max_size=100) | st.text("0123456789abcdef.", max_size=100))
def test_any_text_is_none(text: str) -> None:
    assert read_packet(text, RENDERER) is None


def test_another_house_reads_none_of_ours() -> None:
    assert read_packet(packet_id([(made(1)[0],) * 2], RENDERER), IdRenderer(b"l" * 32)) is None
