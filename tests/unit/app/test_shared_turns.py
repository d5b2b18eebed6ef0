"""Turns that processes share: the whole limit holds however many ask, and a process that dies holds nobody up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
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


GRAB = """
import sys
from pathlib import Path
from chappe.app.shared_turns import SharedTurns
from chappe.ports.turns import Limit
turns = SharedTurns(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
# Time stands still: whatever passes is the burst.
print(sum(turns.take([Limit("acme", 1.0, 500)], 5.0) for _ in range(2_000)))
"""


def test_processes_that_ask_at_once_get_no_more_than_the_whole(tmp_path: Path) -> None:
    command = [sys.executable, "-c", GRAB, str(tmp_path / "t")]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    taken = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(taken) == 500


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
