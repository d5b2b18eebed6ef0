"""Ids rise whatever the clock does; their renderings come back, and nothing else is taken for one."""

import itertools
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.ids import (
    EPOCH_MS,
    MAX_NODE,
    IdMaker,
    IdRenderer,
    first_id_at,
    id_time_ms,
    node_of,
    steps_between,
)

ids = st.integers(0, (1 << 63) - 1)
times = st.integers(EPOCH_MS, EPOCH_MS + (1 << 41) - 2)
RENDERER = IdRenderer(b"sixteen octets at least")


@given(
    st.lists(st.integers(EPOCH_MS - 5_000, EPOCH_MS + 5_000), min_size=2, max_size=200),
    st.integers(0, MAX_NODE),
)
def test_ids_rise_though_the_clock_steps_back(clock: list[int], node: int) -> None:
    maker = IdMaker(node)
    made = [maker.next(at) for at in clock]
    assert made == sorted(set(made))
    assert all(0 < one < 1 << 63 for one in made)


def test_a_full_millisecond_borrows_from_the_next() -> None:
    maker = IdMaker(0)
    made = [maker.next(EPOCH_MS + 10) for _ in range(5_000)]
    assert len(set(made)) == 5_000
    assert {id_time_ms(one) for one in made} == {EPOCH_MS + 10, EPOCH_MS + 11}


@given(st.integers(EPOCH_MS, EPOCH_MS + 1_000), st.integers(EPOCH_MS, EPOCH_MS + 1_000))
def test_after_a_restart_ids_go_on_above_the_newest(before: int, after: int) -> None:
    newest = IdMaker(7).next(before)
    assert IdMaker(3, floor=newest).next(after) > newest


def test_two_nodes_never_make_the_same_id() -> None:
    one, two = IdMaker(1), IdMaker(2)
    assert not {one.next(EPOCH_MS) for _ in range(100)} & {two.next(EPOCH_MS) for _ in range(100)}


@given(times)
def test_the_time_of_an_id_is_when_it_was_made(at: int) -> None:
    made = IdMaker(MAX_NODE).next(at)
    assert id_time_ms(made) == max(at, EPOCH_MS + 1)
    assert first_id_at(at) <= made < first_id_at(at + 2)


def test_no_id_is_older_than_the_epoch() -> None:
    assert first_id_at(0) == 0


@pytest.mark.parametrize("node", [-1, MAX_NODE + 1])
def test_a_node_out_of_range_is_refused(node: int) -> None:
    with pytest.raises(ValueError, match="node"):
        IdMaker(node)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 octets"):
        IdRenderer(b"short")


@given(ids)
def test_both_renderings_come_back(message_id: int) -> None:
    plain, dashed = RENDERER.hex(message_id), RENDERER.uuid(message_id)
    assert len(plain) == 32
    assert dashed.replace("-", "") == plain
    assert RENDERER.parse(plain) == RENDERER.parse(dashed.upper()) == message_id


@given(ids)
def test_the_rendering_is_a_version_4_uuid(message_id: int) -> None:
    value = uuid.UUID(RENDERER.uuid(message_id))
    assert (value.version, value.variant) == (4, uuid.RFC_4122)
    assert str(value) == RENDERER.uuid(message_id)


@given(st.lists(ids, min_size=2, max_size=2, unique=True))
def test_renderings_sort_as_their_ids(two: list[int]) -> None:
    assert sorted(two) == sorted(two, key=RENDERER.hex)


@given(ids, st.integers(0, 31), st.sampled_from("0123456789abcdef"))
def test_a_changed_digit_is_none_of_ours(message_id: int, position: int, digit: str) -> None:
    text = RENDERER.hex(message_id)
    changed = text[:position] + digit + text[position + 1 :]
    assert (RENDERER.parse(changed) == message_id) == (changed == text)


@given(ids)
def test_another_key_does_not_read_it(message_id: int) -> None:
    assert IdRenderer(b"another key of 16+ octets").parse(RENDERER.hex(message_id)) is None


@pytest.mark.parametrize(
    "respelt",
    [
        lambda text: "+" + text[1:],
        lambda text: " " + text[1:],
        lambda text: "0x" + text[2:],
        lambda text: text[0] + "_" + text[2:],
        lambda text: text + " ",
        lambda text: "\u0660" + text[1:],
        lambda text: text[:-1],
        lambda text: text + "0",
        lambda text: "{" + text + "}",
    ],
)
def test_other_spellings_of_the_number_are_not_read(respelt: object) -> None:
    text = RENDERER.hex(5)  # begins with zeros, so that each of these would be the same number
    assert RENDERER.parse(respelt(text)) is None  # type: ignore[operator]


@given(st.integers(0, 1023), st.integers(EPOCH_MS, EPOCH_MS + 10**12), st.integers(0, 9_000))
def test_steps_are_how_often_the_maker_was_asked(node: int, at_ms: int, count: int) -> None:
    maker = IdMaker(node)
    first = last = maker.next(at_ms)
    for _ in range(count):
        last = maker.next(at_ms)
    assert node_of(first) == node_of(last) == node
    assert steps_between(first, last) == count
    assert steps_between(last, first) == (0 if not count else -1)


def test_ids_of_two_nodes_are_no_steps_apart() -> None:
    here, there = IdMaker(3).next(EPOCH_MS + 1_000), IdMaker(4).next(EPOCH_MS + 1_000)
    assert steps_between(here, there) == steps_between(there, here) == -1
    # A second later is a thousand times four thousand and ninety-six steps.
    assert steps_between(here, IdMaker(3).next(EPOCH_MS + 2_000)) == 4_096_000


@given(st.text(max_size=40))
def test_no_text_makes_it_raise(text: str) -> None:
    assert RENDERER.parse(text) is None


@given(ids)
def test_a_signed_decimal_is_a_java_long_and_comes_back(message_id: int) -> None:
    text = RENDERER.decimal(message_id)
    assert -(1 << 63) <= int(text) < 1 << 63
    assert text == str(int(text))
    assert RENDERER.parse_decimal(text) == message_id


def test_decimals_of_ids_in_a_row_tell_nothing_of_each_other() -> None:
    maker = IdMaker(1)
    made = [int(RENDERER.decimal(maker.next(EPOCH_MS + 1_000))) for _ in range(1_000)]
    assert len(set(made)) == 1_000
    assert 350 < sum(one < 0 for one in made) < 650
    # Neighbours differ in half of their bits, as chance has it.
    apart = [((one ^ two) & (1 << 64) - 1).bit_count() for one, two in itertools.pairwise(made)]
    assert 30 < sum(apart) / len(apart) < 34
    assert min(apart) > 8


def test_decimals_are_of_the_key() -> None:
    assert IdRenderer(b"sixteen octets at last").decimal(1) != RENDERER.decimal(1)
    assert RENDERER.decimal(12_345) == IdRenderer(b"sixteen octets at least").decimal(12_345)


@pytest.mark.parametrize("text", ["", "-", "+1", "01", "-0", "1.0", "0x1", " 1", "1\n", "\u0661", str(1 << 63), str(-(1 << 63) - 1), "9" * 4_000])  # fmt: skip
def test_what_is_no_long_is_no_id(text: str) -> None:
    assert RENDERER.parse_decimal(text) is None


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_any_long_is_one_id_or_none(value: int) -> None:
    found = RENDERER.parse_decimal(str(value))
    assert found is None or RENDERER.decimal(found) == str(value)
