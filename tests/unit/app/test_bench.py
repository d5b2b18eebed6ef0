"""`chappe bench`, small: both paths come through to the end, on ports of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("split", [(), ("--fronts", "1", "--relays", "1")])
def test_a_small_run_comes_through_whole_and_leaves_nothing_behind(
    tmp_path: Path, split: tuple[str, ...]
) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "chappe",
            "bench",
            "--messages",
            "20",
            "--connections",
            "2",
            "--binds",
            "1",
            *split,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("yes") == 2
    assert "NO" not in done.stdout
    assert "password" not in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []
