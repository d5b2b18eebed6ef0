"""Ids rise whatever the clock does; their renderings come back, and nothing else is taken for one."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.ids import EPOCH_MS, MAX_NODE, IdMaker, IdRenderer, first_id_at, id_time_ms

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


@given(st.text(max_size=40))
def test_no_text_makes_it_raise(text: str) -> None:
    assert RENDERER.parse(text) is None
