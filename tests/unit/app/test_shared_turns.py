"""Turns that processes share: the whole limit holds however many ask, and a process that dies holds nobody up."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chappe.app.shared_turns import SharedTurns
from chappe.pipeline.throughput import OwnTurns
from chappe.ports.turns import Limit

SECOND = Limit("acme", 1.0, 1)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[SharedTurns, SharedTurns]]:
    made = SharedTurns(tmp_path / "t"), SharedTurns(tmp_path / "t")
    yield made
    for each in made:
        each.close()


def test_one_limit_holds_for_both(two: tuple[SharedTurns, SharedTurns]) -> None:
    here, there = two
    assert here.take([SECOND], 5.0)
    assert not there.take([SECOND], 5.9)
    assert there.take([SECOND], 6.0)
    assert not here.take([SECOND], 6.0)


def test_keys_are_told_apart(two: tuple[SharedTurns, SharedTurns]) -> None:
    here, there = two
    assert here.take([SECOND], 5.0)
    assert all(there.take([Limit(f"other{number}", 1.0, 1)], 5.0) for number in range(500))
    assert not here.take([Limit("other499", 1.0, 1)], 5.0)


def test_a_turn_is_taken_under_all_limits_or_none(two: tuple[SharedTurns, SharedTurns]) -> None:
    here, there = two
    other = Limit("other", 1.0, 1)
    assert here.take([SECOND], 5.0)
    assert not there.take([other, SECOND], 5.0)
    assert there.take([other], 5.0)


def test_a_full_table_says_so(tmp_path: Path) -> None:
    turns = SharedTurns(tmp_path / "t", rows=2)
    assert all(turns.take([Limit(name, 1.0, 1)], 5.0) for name in "ab")
    with pytest.raises(ValueError, match="room"):
        turns.take([Limit("c", 1.0, 1)], 5.0)
    turns.close()


def grab(path: Path, tries: int, pipe: Connection) -> None:
    turns = SharedTurns(path)
    pipe.send("ready")
    pipe.recv()
    # Time stands still: whatever passes is the burst.
    pipe.send(sum(turns.take([Limit("acme", 1.0, 500)], 5.0) for _ in range(tries)))


def test_processes_that_ask_at_once_get_no_more_than_the_whole(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ends, processes = [], []
    for _ in range(2):
        mine, theirs = context.Pipe()
        process = context.Process(target=grab, args=(tmp_path / "t", 2_000, theirs))
        process.start()
        ends.append(mine)
        processes.append(process)
    assert [end.recv() for end in ends] == ["ready", "ready"]
    for end in ends:
        end.send("go")
    assert sum(end.recv() for end in ends) == 500
    for process in processes:
        process.join()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.0, 0.7)), max_size=40))
@settings(deadline=None)
def test_it_decides_as_a_single_process_does(asked: list[tuple[str, float]]) -> None:
    own, now = OwnTurns(), 5.0
    with TemporaryDirectory() as folder:
        shared = SharedTurns(Path(folder) / "t", rows=8)
        for key, gap in asked:
            now += gap
            assert shared.take([Limit(key, 0.5, 2)], now) == own.take([Limit(key, 0.5, 2)], now)
        shared.close()
